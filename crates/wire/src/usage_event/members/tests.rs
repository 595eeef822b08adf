use proptest::prelude::*;

use super::{Members, Token};

/// All tokens of a document with their places, however it is split.
fn tokens(document: &[u8], size: usize) -> Vec<(usize, Token)> {
    let (mut members, mut found, mut place) = (Members::new(), Vec::new(), 0);
    for frame in document.chunks(size) {
        let mut rest = frame;
        while !rest.is_empty() {
            let (len, token) = members.step(rest);
            place += len;
            rest = &rest[len..];
            if token != Token::Nothing {
                found.push((place, token));
            }
        }
    }
    found
}

fn keys(document: &str, name: &str) -> usize {
    let (mut members, mut rest, mut found) = (Members::new(), document.as_bytes(), 0);
    while !rest.is_empty() {
        let (len, token) = members.step(rest);
        rest = &rest[len..];
        found += usize::from(token == Token::Key && members.is_key(name));
    }
    found
}

#[test]
fn an_object() {
    let document = br#" {"a" : [ ] ,"b":{"c":"]\\\""},"d":1.5} "#;
    let expected = [
        (2, Token::Open),
        (5, Token::Key),
        (8, Token::Value(b'[')),
        (11, Token::ValueEnd),
        (12, Token::Comma),
        (16, Token::Key),
        (17, Token::Value(b'{')),
        (18, Token::NotEmpty),
        (30, Token::ValueEnd),
        (30, Token::Comma),
        (34, Token::Key),
        (35, Token::Value(b'1')),
        (38, Token::ValueEnd),
        (38, Token::Close),
    ];
    for size in 1..=document.len() {
        assert_eq!(tokens(document, size), expected, "by {size}");
    }
}

#[test]
fn keys_however_they_are_written() {
    assert_eq!(
        keys(r#"{"stream":1,"str\u0065am":1,"x":{"stream":1},"Stream":1,"stream ":1,"":1}"#, "stream"),
        2
    );
    let escape = |escaped: String, byte| escaped + &format!("\\u{byte:04X}");
    let escaped = "stream_options".bytes().fold(String::new(), escape);
    assert_eq!(keys(&format!(r#"{{"{escaped}":1,"{escaped}x":1,"\ud800":1,"\q":1}}"#), "stream_options"), 1);
}

#[test]
fn what_is_no_object_fails() {
    for document in [
        "[1]",
        "nonsense",
        "{,",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{\"a\":?",
        "{}x",
        "{}{}",
        "{\"a\":1]}",
        "\u{feff}{}",
    ] {
        let found = tokens(document.as_bytes(), document.len());
        assert_eq!(found.last().map(|found| found.1), Some(Token::Fail), "{document}");
    }
    for document in ["", " ", "{", "{\"a", "{\"a\\", "{\"a\":tru", "{\"a\":[[", "{\"a\":\"\\"] {
        assert!(!tokens(document.as_bytes(), 1).iter().any(|found| found.1 == Token::Fail), "{document}");
    }
}

proptest! {
    #[test]
    fn any_split_gives_the_same(
        pieces in proptest::collection::vec(
            proptest::sample::select(
                &["{", "}", "[", "]", ",", ":", "\"", "\"a\":", "\\", "1", "true", "\"x\"", " ", "\n", "{\"a\":", "é"][..]
            ),
            0..30,
        ),
        size in 1..10_usize,
    ) {
        let document = pieces.concat();
        prop_assert_eq!(tokens(document.as_bytes(), size), tokens(document.as_bytes(), document.len().max(1)));
    }

    #[test]
    fn the_members_of_serde_json(
        object in proptest::collection::hash_map("[a-c\"\\\\{}\\[\\]\u{e9}\n]{0,4}", nested(), 0..5),
    ) {
        let document = serde_json::to_string(&object).unwrap();
        let found = tokens(document.as_bytes(), 3);
        let ends = found.iter().filter(|found| found.1 == Token::ValueEnd).count();
        prop_assert_eq!(ends, object.len());
        prop_assert_eq!(found.last().copied(), Some((document.len() - 1, Token::Close)));
    }
}

fn nested() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f32>().prop_map(|number| serde_json::json!(number)),
        "[a\"\\\\\\[\\]{}, ]{0,6}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::hash_map("[a\"{]{0,3}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}
