use http::HeaderMap;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceState};
use opentelemetry::{Context, SpanId, TraceFlags, TraceId};
use proptest::prelude::*;

use super::{TRACEPARENT, TRACESTATE, extract, inject, read, write};

const TRACE: &str = "12345678901234567890123456789012";
const SPAN: &str = "1234567890123456";
const VALID: &str = "00-12345678901234567890123456789012-1234567890123456-01";

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

fn parent(value: &str) -> Option<SpanContext> {
    extract(&headers(&[("traceparent", value)]))
}

/// The `tracestate` that goes out again after these came in beside a valid parent.
fn state(values: &[&str]) -> Option<String> {
    let mut incoming = headers(&[("traceparent", VALID)]);
    for value in values {
        incoming.append(TRACESTATE, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    let parent = read(&Context::new(), &incoming).expect("tracestate never invalidates traceparent");
    write(&parent, &mut incoming, true);
    assert_eq!(incoming[TRACEPARENT], VALID);
    let mut out = incoming.get_all(TRACESTATE).iter();
    let first = out.next().map(|value| value.to_str().unwrap().to_owned());
    assert!(out.next().is_none(), "one header goes out");
    first
}

#[test]
fn a_parent_is_read_field_by_field() {
    let parent = parent(VALID).unwrap();
    assert_eq!(parent.trace_id().to_string(), TRACE);
    assert_eq!(parent.span_id().to_string(), SPAN);
    assert_eq!(parent.trace_flags(), TraceFlags::SAMPLED);
    assert!(parent.is_remote());
    assert_eq!(*parent.trace_state(), TraceState::NONE);
}

#[test]
fn parents_that_are_valid() {
    for text in [
        VALID,
        "00-12345678901234567890123456789012-1234567890123456-00",
        " 00-12345678901234567890123456789012-1234567890123456-01\t",
        "cc-12345678901234567890123456789012-1234567890123456-01",
        "cc-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like",
        "01-12345678901234567890123456789012-1234567890123456-01-",
        "fe-12345678901234567890123456789012-1234567890123456-01",
    ] {
        let parent = parent(text).unwrap_or_else(|| panic!("{text:?} is valid"));
        assert_eq!(parent.trace_id().to_string(), TRACE, "{text:?}");
    }
}

#[test]
fn parents_that_are_none() {
    for text in [
        "",
        "-",
        "00",
        // Version.
        "ff-12345678901234567890123456789012-1234567890123456-01",
        "FF-12345678901234567890123456789012-1234567890123456-01",
        ".0-12345678901234567890123456789012-1234567890123456-01",
        "0.-12345678901234567890123456789012-1234567890123456-01",
        "0-12345678901234567890123456789012-1234567890123456-01",
        "000-12345678901234567890123456789012-1234567890123456-01",
        "00-12345678901234567890123456789012-1234567890123456-01-",
        "00-12345678901234567890123456789012-1234567890123456-01-extra",
        "00-12345678901234567890123456789012-1234567890123456-01.",
        "cc-12345678901234567890123456789012-1234567890123456-01.what",
        "cc-12345678901234567890123456789012-1234567890123456-011",
        // Trace id.
        "00-00000000000000000000000000000000-1234567890123456-01",
        "00-.2345678901234567890123456789012-1234567890123456-01",
        "00-1234567890123456789012345678901.-1234567890123456-01",
        "00-1234567890123456789012345678901-1234567890123456-01",
        "00-123456789012345678901234567890123-1234567890123456-01",
        "00-ABCDEF78901234567890123456789012-1234567890123456-01",
        "00-1234567890123456789012345678901é-1234567890123456-01",
        // Span id.
        "00-12345678901234567890123456789012-0000000000000000-01",
        "00-12345678901234567890123456789012-.234567890123456-01",
        "00-12345678901234567890123456789012-123456789012345-01",
        "00-12345678901234567890123456789012-12345678901234567-01",
        "00-12345678901234567890123456789012-ABCDEF7890123456-01",
        // Flags.
        "00-12345678901234567890123456789012-1234567890123456-.0",
        "00-12345678901234567890123456789012-1234567890123456-0.",
        "00-12345678901234567890123456789012-1234567890123456-0A",
        "00-12345678901234567890123456789012-1234567890123456-1",
        "00-12345678901234567890123456789012-1234567890123456-001",
        "00-12345678901234567890123456789012-1234567890123456-",
        "00-12345678901234567890123456789012-1234567890123456",
        // Separators and lists.
        "00_12345678901234567890123456789012_1234567890123456_01",
        "00 12345678901234567890123456789012 1234567890123456 01",
        "00-12345678901234567890123456789012-1234567890123456-01,00-12345678901234567890123456789012-1234567890123456-01",
    ] {
        assert_eq!(parent(text), None, "{text:?}");
    }
}

#[test]
fn more_than_one_parent_is_none() {
    let other = "00-12345678901234567890123456789011-1234567890123456-01";
    for pairs in [[VALID, other], [VALID, VALID], ["", VALID], [VALID, ""]] {
        let headers = headers(&pairs.map(|value| ("traceparent", value)));
        assert_eq!(extract(&headers), None, "{pairs:?}");
    }
}

#[test]
fn no_parent_means_no_state_either() {
    assert_eq!(extract(&headers(&[("tracestate", "foo=1")])), None);
    assert_eq!(extract(&headers(&[("traceparent", "nonsense"), ("tracestate", "foo=1")])), None);
    assert_eq!(extract(&HeaderMap::new()), None);
}

#[test]
fn the_random_flag_is_carried_and_unknown_flags_are_cleared() {
    for (incoming, outgoing) in
        [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("ff", "03"), ("fc", "00")]
    {
        let parent = parent(&format!("00-{TRACE}-{SPAN}-{incoming}")).unwrap();
        let mut headers = HeaderMap::new();
        inject(&parent, &mut headers);
        assert_eq!(headers[TRACEPARENT], format!("00-{TRACE}-{SPAN}-{outgoing}"));
    }
}

#[test]
fn a_higher_version_goes_out_as_version_00() {
    let parent = parent(&format!("cc-{TRACE}-{SPAN}-01-more")).unwrap();
    let mut headers = HeaderMap::new();
    inject(&parent, &mut headers);
    assert_eq!(headers[TRACEPARENT], VALID);
}

#[test]
fn states_that_are_kept() {
    let key_of_256 = format!("{}=1", "z".repeat(256));
    let key_with_tenant = format!("{}@{}=1", "t".repeat(241), "v".repeat(14));
    let among_others = format!("foo=1,{key_with_tenant},bar=2,t@{}=3", "v".repeat(14));
    let value_of_256 = format!("foo={}", "v".repeat(256));
    for (incoming, outgoing) in [
        (&["foo=1,bar=2"][..], "foo=1,bar=2"),
        (&["foo=1,bar=2", "rojo=1", "congo=2"], "foo=1,bar=2,rojo=1,congo=2"),
        (&["foo=1", "", "bar=2"], "foo=1,bar=2"),
        (&["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
        (&["foo=1,,,bar=2,"], "foo=1,bar=2"),
        (&["foo=1,foo=2"], "foo=1,foo=2"),
        (&["foo=a b!\"#$%&'()*+-./:;<>?@[\\]^_`{|}~"], "foo=a b!\"#$%&'()*+-./:;<>?@[\\]^_`{|}~"),
        (&["foo= 1"], "foo= 1"),
        (&["0_-*/=1,a@b=2,1@2=3"], "0_-*/=1,a@b=2,1@2=3"),
        (&[&key_of_256], &key_of_256),
        (&[&key_with_tenant], &key_with_tenant),
        (&[&among_others], &among_others),
        (&[&value_of_256], &value_of_256),
    ] {
        assert_eq!(state(incoming).as_deref(), Some(outgoing), "{incoming:?}");
    }
}

#[test]
fn states_that_are_dropped_whole() {
    let key_of_257 = format!("foo=1,{}=1", "z".repeat(257));
    let long_tenant = format!("foo=1,{}@v=1", "t".repeat(242));
    let long_system = format!("foo=1,t@{}=1", "v".repeat(15));
    let value_of_257 = format!("foo=1,bar={}", "v".repeat(257));
    for incoming in [
        "foo",
        "foo=1,bar",
        "=1",
        "foo=1,=2",
        "foo=bar=baz",
        "foo=,bar=3",
        "foo =1",
        "FOO=1",
        "foo.bar=1",
        "foo@=1,bar=2",
        "@foo=1,bar=2",
        "foo@@bar=1,bar=2",
        "foo@bar@baz=1,bar=2",
        "_foo=1",
        "foo=1;bar=2=",
        "foo=a\tb",
        "foo=é",
        &key_of_257,
        &long_tenant,
        &long_system,
        &value_of_257,
    ] {
        assert_eq!(state(&[incoming]), None, "{incoming:?}");
        assert_eq!(state(&["ok=1", incoming]), None, "{incoming:?} after a valid one");
    }
}

#[test]
fn an_empty_state_is_allowed_and_never_written() {
    for incoming in [&[""][..], &[" \t"], &[","], &["", ""], &[]] {
        assert_eq!(state(incoming), None, "{incoming:?}");
    }
}

#[test]
fn a_state_has_at_most_32_members() {
    let members = |count: usize| (0..count).map(|i| format!("bar{i:02}={i:02}")).collect::<Vec<_>>();
    let (most, too_many) = (members(32), members(33));
    assert_eq!(state(&[&most[..10].join(","), &most[10..].join(",")]), Some(most.join(",")));
    assert_eq!(state(&[&too_many[..10].join(","), &too_many[10..].join(",")]), None);
    assert_eq!(state(&[&too_many.join(",")]), None);
}

#[test]
fn a_state_that_is_too_long_is_cut_by_whole_members() {
    let short = |from: usize, to: usize| (from..to).map(|i| format!("k{i:02}={}", "v".repeat(124)));
    let long = |name: &str| format!("{name}={}", "v".repeat(200));
    // 4096 characters: 31 members of 128, their commas, and one more of 97.
    let most = short(0, 31).chain([format!("k31={}", "v".repeat(93))]).collect::<Vec<_>>().join(",");
    assert_eq!(most.len(), 4096);
    assert_eq!(state(&[&most]), Some(most.clone()));
    assert_eq!(state(&[&format!("{most}v")]), Some(short(0, 31).collect::<Vec<_>>().join(",")));
    // Those of more than 128 characters go first, from the right.
    let members: Vec<_> =
        [long("a")].into_iter().chain(short(0, 28)).chain([long("b")]).chain(short(28, 30)).collect();
    let left: Vec<_> = members.iter().filter(|member| !member.starts_with('b')).cloned().collect();
    assert_eq!(state(&[&members.join(",")]), Some(left.join(",")));
}

#[test]
fn a_state_that_was_changed_keeps_what_it_cannot_hold() {
    let unheld = format!("t@{}=1", "v".repeat(14));
    let incoming = headers(&[("traceparent", VALID), ("tracestate", &format!("foo=1,{unheld},bar=2"))]);
    let context = read(&Context::new(), &incoming).unwrap();
    let span = context.span().span_context().clone();
    assert_eq!(extract(&incoming).unwrap(), span);
    let changed = span.trace_state().insert("mine", "3").unwrap();
    let span = SpanContext::new(span.trace_id(), span.span_id(), span.trace_flags(), false, changed);
    let mut outgoing = HeaderMap::new();
    write(&context.with_remote_span_context(span), &mut outgoing, true);
    assert_eq!(outgoing[TRACESTATE], format!("mine=3,foo=1,bar=2,{unheld}"));
    write(&context, &mut outgoing, false);
    assert_eq!(outgoing, headers(&[("traceparent", VALID)]));
}

#[test]
fn what_was_in_the_headers_is_replaced() {
    let mut outgoing = headers(&[
        ("traceparent", "00-00000000000000000000000000000001-0000000000000001-00"),
        ("traceparent", "00-00000000000000000000000000000002-0000000000000002-00"),
        ("tracestate", "theirs=1"),
        ("tracestate", "more=2"),
    ]);
    inject(&parent(VALID).unwrap(), &mut outgoing);
    assert_eq!(outgoing, headers(&[("traceparent", VALID)]));
}

#[test]
fn an_invalid_span_writes_nothing() {
    let mut outgoing = headers(&[("traceparent", VALID), ("tracestate", "foo=1")]);
    let before = outgoing.clone();
    inject(&SpanContext::NONE, &mut outgoing);
    assert_eq!(outgoing, before);
}

fn states() -> impl Strategy<Value = TraceState> {
    let key = "[a-z0-9][a-z0-9_*/-]{0,20}(@[a-z][a-z0-9_*/-]{0,12})?";
    let value = "[ -+\\--<>-~]{0,40}[!-+\\--<>-~]";
    proptest::collection::vec((key, value), 0..=32)
        .prop_map(|members| TraceState::from_key_value(members).unwrap())
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        trace_id in 1..=u128::MAX,
        span_id in 1..=u64::MAX,
        flags in 0..=3_u8,
        state in states(),
    ) {
        let span = SpanContext::new(
            TraceId::from(trace_id),
            SpanId::from(span_id),
            TraceFlags::new(flags),
            true,
            state,
        );
        let mut headers = HeaderMap::new();
        inject(&span, &mut headers);
        prop_assert_eq!(extract(&headers), Some(span));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(
        parents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..3),
        states in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..3),
    ) {
        let mut headers = HeaderMap::new();
        for (name, values) in [(TRACEPARENT, parents), (TRACESTATE, states)] {
            for value in values {
                if let Ok(value) = http::HeaderValue::from_bytes(&value) {
                    headers.append(&name, value);
                }
            }
        }
        if let Some(span) = extract(&headers) {
            prop_assert!(span.is_valid());
        }
    }

    #[test]
    fn one_wrong_byte_never_yields_another_id(at in 0..55_usize, byte in 0x20..0x7f_u8) {
        let mut text = VALID.as_bytes().to_vec();
        text[at] = byte;
        let headers = headers(&[("traceparent", std::str::from_utf8(&text).unwrap())]);
        if let Some(span) = extract(&headers) {
            prop_assert!(byte.is_ascii_digit() || matches!(byte, b'a'..=b'f' | b'-'));
            let read = format!("{}-{}", span.trace_id(), span.span_id());
            prop_assert_eq!(read.as_bytes(), &text[3..52]);
        }
    }
}
