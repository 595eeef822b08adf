use crate::UNSAMPLED;
use crate::harness::{Harness, Sent};

/// Sends these states beside a valid parent, which continues whatever they are.
async fn with(harness: &Harness, states: &[&str]) -> Sent {
    let states = states.iter().map(|state| ("tracestate", *state));
    let headers: Vec<_> = [("traceparent", UNSAMPLED)].into_iter().chain(states).collect();
    let sent = harness.send(&headers).await;
    sent.continues();
    sent
}

async fn kept(cases: &[(&[&str], &str)]) {
    let harness = Harness::new().await;
    for (states, expected) in cases {
        assert_eq!(with(&harness, states).await.state(), Some(*expected), "{states:?}");
    }
}

async fn discarded(cases: &[&[&str]]) {
    let harness = Harness::new().await;
    for states in cases {
        assert_eq!(with(&harness, states).await.state(), None, "{states:?}");
    }
}

#[tokio::test]
async fn tracestate_included_traceparent_missing() {
    let harness = Harness::new().await;
    for state in ["foo=1", "foo=1,bar=2"] {
        harness.send(&[("tracestate", state)]).await.restarts();
    }
}

#[tokio::test]
async fn tracestate_included_traceparent_included() {
    kept(&[(&["foo=1,bar=2"], "foo=1,bar=2")]).await;
}

#[tokio::test]
async fn tracestate_header_name() {
    let harness = Harness::new().await;
    for name in ["trace-state", "trace.state"] {
        let sent = harness.send(&[("traceparent", UNSAMPLED), (name, "foo=1")]).await;
        assert_eq!(sent.continues().state(), None);
    }
}

#[tokio::test]
async fn tracestate_header_name_valid_casing() {
    let harness = Harness::new().await;
    for name in ["TraceState", "TrAcEsTaTe", "TRACESTATE"] {
        let sent = harness.send(&[("traceparent", UNSAMPLED), (name, "foo=1")]).await;
        assert_eq!(sent.continues().state(), Some("foo=1"));
    }
}

#[tokio::test]
async fn tracestate_empty_header() {
    discarded(&[&[""]]).await;
    kept(&[(&["foo=1", ""], "foo=1"), (&["", "foo=1"], "foo=1")]).await;
}

#[tokio::test]
async fn tracestate_multiple_headers_different_keys() {
    kept(&[(&["foo=1,bar=2", "rojo=1,congo=2", "baz=3"], "foo=1,bar=2,rojo=1,congo=2,baz=3")]).await;
}

/// They may be passed on as they are, or one of them; they are passed on.
#[tokio::test]
async fn tracestate_duplicated_keys() {
    kept(&[
        (&["foo=1,foo=1"], "foo=1,foo=1"),
        (&["foo=1,foo=2"], "foo=1,foo=2"),
        (&["foo=1", "foo=1"], "foo=1,foo=1"),
        (&["foo=1", "foo=2"], "foo=1,foo=2"),
    ])
    .await;
}

#[tokio::test]
async fn tracestate_all_allowed_characters() {
    let key: String = ('a'..='z').chain('0'..='9').chain("_-*/".chars()).collect();
    let value: String = (' '..='~').filter(|char| !matches!(char, ',' | '=')).collect();
    for key in [key.clone(), format!("{key}@a-z0-9_-*/")] {
        let member = format!("{key}={value}");
        kept(&[(&[&member], &member)]).await;
    }
}

#[tokio::test]
async fn tracestate_ows_handling() {
    kept(&[
        (&["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
        (&["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], "foo=1,bar=2,baz=3"),
        (&[" foo=1"], "foo=1"),
        (&["\tfoo=1"], "foo=1"),
        (&["foo=1 "], "foo=1"),
        (&["foo=1\t"], "foo=1"),
        (&["\t foo=1 \t"], "foo=1"),
    ])
    .await;
}

#[tokio::test]
async fn tracestate_key_illegal_characters() {
    discarded(&[&["foo =1"], &["FOO=1"], &["foo.bar=1"], &["bar=2", "FOO=1"]]).await;
}

#[tokio::test]
async fn tracestate_key_illegal_vendor_format() {
    discarded(&[&["foo@=1,bar=2"], &["@foo=1,bar=2"], &["foo@@bar=1,bar=2"], &["foo@bar@baz=1,bar=2"]]).await;
}

#[tokio::test]
async fn tracestate_member_count_limit() {
    let members = |from: usize, to: usize| {
        (from..=to).map(|i| format!("bar{i:02}={i:02}")).collect::<Vec<_>>().join(",")
    };
    let lines = [members(1, 10), members(11, 20), members(21, 30), members(31, 32), members(31, 33)];
    let [a, b, c, two, three] = lines.each_ref().map(String::as_str);
    kept(&[(&[a, b, c, two], &members(1, 32))]).await;
    discarded(&[&[a, b, c, three]]).await;
}

#[tokio::test]
async fn tracestate_key_length_limit() {
    let longest = format!("{}=1", "z".repeat(256));
    let longest_with_vendor = format!("{}@{}=1", "t".repeat(241), "v".repeat(14));
    for member in [longest, longest_with_vendor] {
        kept(&[(&["foo=1", &member], &format!("foo=1,{member}"))]).await;
    }
    let too_long = format!("{}=1", "z".repeat(257));
    let long_tenant = format!("{}@v=1", "t".repeat(242));
    let long_vendor = format!("t@{}=1", "v".repeat(15));
    discarded(&[&["foo=1", &too_long], &["foo=1", &long_tenant], &["foo=1", &long_vendor]]).await;
}

#[tokio::test]
async fn tracestate_value_illegal_characters() {
    discarded(&[&["foo=bar=baz"], &["foo=,bar=3"]]).await;
}

/// At least 512 characters are passed on, and a very long list by whole members.
#[tokio::test]
async fn tracestate_length() {
    let member = |i: usize| format!("k{i:02}={}", "v".repeat(250));
    let list = |count: usize| (0..count).map(member).collect::<Vec<_>>().join(",");
    kept(&[(&[&list(3)], &list(3)), (&[&list(32)], &list(16))]).await;
    assert_eq!(list(16).len(), 4079);
}
