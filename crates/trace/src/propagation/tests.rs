use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceState};
use opentelemetry::{Context, KeyValue, SpanId, TraceFlags, TraceId};
use opentelemetry_sdk::propagation::BaggagePropagator;
use proptest::prelude::*;

use super::{Debugged, Denied, Propagation, PropagatorError};
use crate::boundary::Sight;

const TRACE: &str = "80f198ee56343ba864fe8b2a57d3eff7";
const LOW: &str = "000000000000000064fe8b2a57d3eff7";
const SPAN: &str = "e457b5a2e4d86bd1";

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    headers
}

fn read(propagation: &Propagation, pairs: &[(&str, &str)]) -> Option<Context> {
    propagation.extract(&Context::new(), &headers(pairs))
}

/// `trace id, span id, sampled` of what is read.
fn ids(context: &Context) -> (String, String, bool) {
    let span = context.span();
    let span = span.span_context();
    assert!(span.is_valid() && span.is_remote());
    (span.trace_id().to_string(), span.span_id().to_string(), span.is_sampled())
}

fn write(propagation: &Propagation, context: &Context) -> Vec<(String, String)> {
    write_over(propagation, context, &[])
}

fn write_over(
    propagation: &Propagation,
    context: &Context,
    before: &[(&str, &str)],
) -> Vec<(String, String)> {
    let mut headers = headers(before);
    propagation.inject(context, &mut headers, Sight::ALL);
    let mut out: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
        .collect();
    out.sort();
    out
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn span(trace_id: &str, sampled: bool, state: TraceState) -> Context {
    let flags = if sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let (trace_id, span_id) = (TraceId::from_hex(trace_id).unwrap(), SpanId::from_hex(SPAN).unwrap());
    Context::new().with_remote_span_context(SpanContext::new(trace_id, span_id, flags, true, state))
}

#[test]
fn b3_is_read_from_one_header() {
    for (value, trace, sampled, debug) in [
        (format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90"), TRACE, true, false),
        (format!("{TRACE}-{SPAN}-1"), TRACE, true, false),
        (format!("{TRACE}-{SPAN}-0"), TRACE, false, false),
        (format!("{TRACE}-{SPAN}-d"), TRACE, true, true),
        (format!("{TRACE}-{SPAN}"), TRACE, false, false),
        (format!("{}-{SPAN}-1", &TRACE[16..]), LOW, true, false),
        (format!(" {TRACE}-{SPAN}-1 "), TRACE, true, false),
    ] {
        for propagation in [Propagation::b3(), Propagation::b3_multi()] {
            let context = read(&propagation, &[("b3", &value)]).unwrap_or_else(|| panic!("{value} is valid"));
            assert_eq!(ids(&context), (trace.to_owned(), SPAN.to_owned(), sampled), "{value}");
            assert_eq!(context.get::<Debugged>().is_some(), debug, "{value}");
        }
    }
}

#[test]
fn b3_that_names_no_span() {
    for value in [
        "",
        "-",
        "1",
        "d",
        "true",
        "2",
        TRACE,
        &format!("{TRACE}-"),
        &format!("{TRACE}-{SPAN}-"),
        &format!("{TRACE}-{SPAN}-2"),
        &format!("{TRACE}-{SPAN}-1-"),
        &format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b9"),
        &format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90-1"),
        &format!("{TRACE}-{}-1", &SPAN[1..]),
        &format!("{}-{SPAN}-1", &TRACE[1..]),
        &format!("{}-{SPAN}-1", TRACE.to_uppercase()),
        &format!("{}-{SPAN}-1", "0".repeat(32)),
        &format!("{}-{SPAN}-1", "0".repeat(16)),
        &format!("{TRACE}-0000000000000000-1"),
        &format!("{TRACE}_{SPAN}_1"),
    ] {
        let context = read(&Propagation::b3(), &[("b3", value)]);
        assert!(context.is_none(), "{value:?}");
    }
}

#[test]
fn b3_is_read_from_several_headers() {
    for (pairs, trace, sampled, debug) in [
        (&[("x-b3-sampled", "1")][..], TRACE, true, false),
        (&[("x-b3-sampled", "0"), ("x-b3-parentspanid", "05e3ac9a4f6e3b90")], TRACE, false, false),
        (&[("x-b3-sampled", "true")], TRACE, true, false),
        (&[("x-b3-sampled", "false")], TRACE, false, false),
        (&[("x-b3-flags", "1")], TRACE, true, true),
        (&[("x-b3-flags", "1"), ("x-b3-sampled", "0")], TRACE, true, true),
        (&[("x-b3-flags", "0"), ("x-b3-sampled", "1")], TRACE, true, false),
        (&[], TRACE, false, false),
    ] {
        let pairs = [pairs, &[("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)]].concat();
        let context = read(&Propagation::b3_multi(), &pairs).unwrap_or_else(|| panic!("{pairs:?} is valid"));
        assert_eq!(ids(&context), (trace.to_owned(), SPAN.to_owned(), sampled), "{pairs:?}");
        assert_eq!(context.get::<Debugged>().is_some(), debug, "{pairs:?}");
    }
    let short = read(&Propagation::b3(), &[("x-b3-traceid", &TRACE[16..]), ("x-b3-spanid", SPAN)]);
    assert_eq!(ids(&short.unwrap()).0, LOW);
    // The one header comes first, and the several stand in for one that is no good.
    let several = [("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)];
    for (single, trace) in [(format!("{LOW}-{SPAN}-1"), LOW), ("nonsense".to_owned(), TRACE)] {
        let pairs = [&several[..], &[("b3", single.as_str())]].concat();
        assert_eq!(ids(&read(&Propagation::b3_multi(), &pairs).unwrap()).0, trace);
    }
    for pairs in [
        &[("x-b3-traceid", TRACE)][..],
        &[("x-b3-spanid", SPAN)],
        &[("x-b3-spanid", SPAN), ("x-b3-sampled", "0")],
        &[("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN), ("x-b3-sampled", "yes")],
        &[("x-b3-traceid", TRACE), ("x-b3-spanid", "")],
        &[("x-b3-sampled", "1")],
        &[("x-b3-flags", "1")],
        &[],
    ] {
        assert!(read(&Propagation::b3_multi(), pairs).is_none(), "{pairs:?}");
    }
}

#[test]
fn b3_that_denies_wants_no_span() {
    for pair in [("b3", "0"), ("x-b3-sampled", "0"), ("x-b3-sampled", "false")] {
        let context = read(&Propagation::b3(), &[pair]).unwrap();
        assert!(!context.span().span_context().is_valid());
        assert!(context.get::<Denied>().is_some() && super::denies(&context), "{pair:?}");
        assert_eq!(write(&Propagation::b3(), &context), owned(&[("b3", "0")]));
        assert_eq!(write(&Propagation::b3_multi(), &context), owned(&[("x-b3-sampled", "0")]));
        // A span that somebody makes all the same is one.
        let span = span(TRACE, false, TraceState::NONE).span().span_context().clone();
        assert!(!super::denies(&context.with_remote_span_context(span)));
    }
}

#[test]
fn b3_is_written_in_the_place_of_either_form() {
    let before = [("b3", "0"), ("x-b3-parentspanid", SPAN), ("x-b3-flags", "1"), ("x-b3-sampled", "0")];
    let debugged = |context: &Context| context.with_value(Debugged);
    for (context, letter, multi) in [
        (span(TRACE, true, TraceState::NONE), "1", ("x-b3-sampled", "1")),
        (span(TRACE, false, TraceState::NONE), "0", ("x-b3-sampled", "0")),
        (debugged(&span(TRACE, false, TraceState::NONE)), "d", ("x-b3-flags", "1")),
    ] {
        assert_eq!(
            write_over(&Propagation::b3(), &context, &before),
            owned(&[("b3", &format!("{TRACE}-{SPAN}-{letter}"))])
        );
        let mut several = owned(&[multi, ("x-b3-spanid", SPAN), ("x-b3-traceid", TRACE)]);
        several.sort();
        assert_eq!(write_over(&Propagation::b3_multi(), &context, &before), several);
    }
    assert_eq!(write_over(&Propagation::b3(), &Context::new(), &before[..1]), owned(&[("b3", "0")]));
}

#[test]
fn jaeger_is_read_whatever_the_length_of_its_ids() {
    for (value, trace, span, sampled, debug) in [
        (format!("{TRACE}:{SPAN}:0:1"), TRACE, SPAN, true, false),
        (format!("{TRACE}:{SPAN}:05e3ac9a4f6e3b90:0"), TRACE, SPAN, false, false),
        (format!("{TRACE}%3A{SPAN}%3a0%3A1"), TRACE, SPAN, true, false),
        (format!("{}:{SPAN}:0:1", &TRACE[16..]), LOW, SPAN, true, false),
        (format!("{}:{}:0:03", TRACE.to_uppercase(), SPAN.to_uppercase()), TRACE, SPAN, true, true),
        (format!("{TRACE}:{SPAN}:0:2"), TRACE, SPAN, true, true),
        ("abc:1:0:f1".to_owned(), "00000000000000000000000000000abc", "0000000000000001", true, false),
    ] {
        let context = read(&Propagation::jaeger(), &[("uber-trace-id", &value)]);
        let context = context.unwrap_or_else(|| panic!("{value} is valid"));
        assert_eq!(ids(&context), (trace.to_owned(), span.to_owned(), sampled), "{value}");
        assert_eq!(context.get::<Debugged>().is_some(), debug, "{value}");
    }
    for value in [
        "",
        ":::",
        &format!("{TRACE}:{SPAN}:0"),
        &format!("{TRACE}:{SPAN}::1"),
        &format!("{TRACE}:{SPAN}:0:"),
        &format!("{TRACE}:{SPAN}:0:1:0"),
        &format!("{TRACE}:{SPAN}:0:101"),
        &format!("{TRACE}:{SPAN}:0:x"),
        &format!("0{TRACE}:{SPAN}:0:1"),
        &format!("{TRACE}:0{SPAN}:0:1"),
        &format!("+{}:{SPAN}:0:1", &TRACE[1..]),
        &format!("0:{SPAN}:0:1"),
        &format!("{TRACE}:0:0:1"),
        &format!("{TRACE}%{SPAN}:0:1"),
        "%ff:1:0:1",
    ] {
        assert!(read(&Propagation::jaeger(), &[("uber-trace-id", value)]).is_none(), "{value:?}");
    }
}

#[test]
fn jaeger_is_written_in_full() {
    let short = read(&Propagation::jaeger(), &[("uber-trace-id", "abc:1:9:3")]).unwrap();
    assert_eq!(
        write(&Propagation::jaeger(), &short),
        owned(&[("uber-trace-id", "00000000000000000000000000000abc:0000000000000001:0:3")])
    );
    for (sampled, flags) in [(true, "1"), (false, "0")] {
        let context = span(TRACE, sampled, TraceState::NONE);
        let expected = format!("{TRACE}:{SPAN}:0:{flags}");
        assert_eq!(write(&Propagation::jaeger(), &context), owned(&[("uber-trace-id", &expected)]));
    }
}

/// The two halves of [`TRACE`], and [`SPAN`], as Datadog writes them.
const HIGH_HEX: &str = "80f198ee56343ba8";
const LOW_DECIMAL: &str = "7277407061855694839";
const SPAN_DECIMAL: &str = "16453819474850114513";

fn datadog(more: &[(&str, &str)]) -> Option<Context> {
    let ids = [("x-datadog-trace-id", LOW_DECIMAL), ("x-datadog-parent-id", SPAN_DECIMAL)];
    read(&Propagation::datadog(), &[&ids[..], more].concat())
}

#[test]
fn datadog_is_read_with_ids_of_either_length() {
    let tid = format!("_dd.p.dm=-1,_dd.p.tid={HIGH_HEX}");
    for (more, trace, sampled) in [
        (&[("x-datadog-tags", tid.as_str()), ("x-datadog-sampling-priority", "1")][..], TRACE, true),
        (&[("x-datadog-sampling-priority", "2")], LOW, true),
        (&[("x-datadog-sampling-priority", "0")], LOW, false),
        (&[("x-datadog-sampling-priority", "-1")], LOW, false),
        (&[("x-datadog-sampling-priority", "often")], LOW, false),
        (&[], LOW, false),
        // Upper halves that are none leave the lower.
        (&[("x-datadog-tags", "_dd.p.tid=80f198ee")], LOW, false),
        (&[("x-datadog-tags", "_dd.p.tid=80F198EE56343BA8")], LOW, false),
        (&[("x-datadog-tags", "tid=80f198ee56343ba8,,=,_dd.p.tid")], LOW, false),
        (&[("x-datadog-tags", &format!("{tid},_dd.p.a={}", "x".repeat(512)))], LOW, false),
    ] {
        let context = datadog(more).unwrap();
        assert_eq!(ids(&context), (trace.to_owned(), SPAN.to_owned(), sampled), "{more:?}");
    }
    for (trace, parent) in [
        ("0", "1"),
        ("1", "0"),
        ("", "1"),
        ("1", ""),
        ("-1", "1"),
        ("+1", "1"),
        ("1", "18446744073709551616"),
        ("1e3", "1"),
        ("abc", "1"),
    ] {
        let pairs = [("x-datadog-trace-id", trace), ("x-datadog-parent-id", parent)];
        assert!(read(&Propagation::datadog(), &pairs).is_none(), "{pairs:?}");
        assert!(read(&Propagation::datadog(), &pairs[..1]).is_none());
        assert!(read(&Propagation::datadog(), &pairs[1..]).is_none());
    }
}

#[test]
fn datadogs_details_pass_through_a_process_and_through_trace_context() {
    let said = [
        ("x-datadog-origin", "synthetics=browser"),
        ("x-datadog-sampling-priority", "2"),
        ("x-datadog-tags", "_dd.p.tid=80f198ee56343ba8,_dd.p.dm=-4,_dd.p.usr.id=YWxpY2U=,other=1"),
    ];
    let context = datadog(&said).unwrap();
    let state = "s:2;o:synthetics~browser;t.dm:-4;t.usr.id:YWxpY2U~";
    assert_eq!(context.span().span_context().trace_state().get("dd"), Some(state));
    let mut expected = owned(&[
        ("x-datadog-origin", "synthetics=browser"),
        ("x-datadog-parent-id", SPAN_DECIMAL),
        ("x-datadog-sampling-priority", "2"),
        ("x-datadog-tags", "_dd.p.tid=80f198ee56343ba8,_dd.p.dm=-4,_dd.p.usr.id=YWxpY2U="),
        ("x-datadog-trace-id", LOW_DECIMAL),
    ]);
    assert_eq!(write(&Propagation::datadog(), &context), expected);

    let through = write(&Propagation::w3c(), &context);
    assert_eq!(
        through,
        owned(&[("traceparent", &format!("00-{TRACE}-{SPAN}-01")), ("tracestate", &format!("dd={state}"))])
    );
    let through: Vec<_> = through.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let context = read(&Propagation::w3c(), &through).unwrap();
    assert_eq!(write(&Propagation::datadog(), &context), expected);

    // A sampler that decided otherwise is believed.
    let span = context.span().span_context().clone();
    let flags = TraceFlags::NOT_SAMPLED;
    let unsampled =
        SpanContext::new(span.trace_id(), span.span_id(), flags, true, span.trace_state().clone());
    expected[2].1 = "0".to_owned();
    let context = Context::new().with_remote_span_context(unsampled);
    assert_eq!(write(&Propagation::datadog(), &context), expected);
}

#[test]
fn datadog_is_written_without_tags_that_are_too_long_or_none() {
    let long = format!("t.a:{}", "v".repeat(240));
    for (trace, value, tags) in [
        (TRACE, "s:1", Some(format!("_dd.p.tid={HIGH_HEX}"))),
        (LOW, "s:1", None),
        (LOW, long.as_str(), Some(format!("_dd.p.a={}", "v".repeat(240)))),
    ] {
        let context = span(trace, true, TraceState::from_key_value([("dd", value)]).unwrap());
        let out = write_over(
            &Propagation::datadog(),
            &context,
            &[("x-datadog-tags", "stale"), ("x-datadog-origin", "stale")],
        );
        assert_eq!(
            out.iter().find(|(name, _)| name == "x-datadog-tags").map(|(_, value)| value),
            tags.as_ref()
        );
        assert!(out.iter().all(|(name, _)| name != "x-datadog-origin"));
    }
    // Names so short that their prefixes make the list longer than 512 bytes: the upper half of the id goes with the rest.
    let many: String = (0..64).map(|_| "t.:").collect::<Vec<_>>().join(";");
    let context = span(TRACE, true, TraceState::from_key_value([("dd", many)]).unwrap());
    let out = write(&Propagation::datadog(), &context);
    assert!(out.iter().all(|(name, _)| name != "x-datadog-tags"), "{out:?}");
}

fn baggage_of(lines: &[&str]) -> Vec<(String, String, String)> {
    let pairs: Vec<_> = lines.iter().map(|line| ("baggage", *line)).collect();
    let Some(context) = read(&Propagation::baggage(), &pairs) else { return Vec::new() };
    let members = context.baggage().iter();
    let mut members: Vec<_> = members
        .map(|(key, (value, properties))| (key.to_string(), value.to_string(), properties.to_string()))
        .collect();
    members.sort();
    members
}

#[test]
fn baggage_is_read_member_by_member() {
    let member =
        |key: &str, value: &str, properties: &str| (key.to_owned(), value.to_owned(), properties.to_owned());
    for (lines, expected) in [
        (&["a=1"][..], vec![member("a", "1", "")]),
        (&["a=1,b=2", "c=3"], vec![member("a", "1", ""), member("b", "2", ""), member("c", "3", "")]),
        (&[" a = 1 ; p1 ; p2 = v , b=2 "], vec![member("a", "1", "p1 ; p2 = v"), member("b", "2", "")]),
        (&["a=1;p=%20v"], vec![member("a", "1", "p=%20v")]),
        (&["a=%E2%82%AC%20x%3D1=2"], vec![member("a", "€ x=1=2", "")]),
        (&["a=%FF%41"], vec![member("a", "\u{fffd}A", "")]),
        (&["a=x\u{e9}"], vec![member("a", "x\u{e9}", "")]),
        (&["a=%zz%"], vec![member("a", "%zz%", "")]),
        (&["a="], vec![member("a", "", "")]),
        (&["a=1,a=2"], vec![member("a", "2", "")]),
        // What is no member is left out, and the others stay.
        (&["a=1,nonsense,=2,b@d=3, ,c=4"], vec![member("a", "1", ""), member("c", "4", "")]),
        (&["", ","], vec![]),
        (&[], vec![]),
    ] {
        assert_eq!(baggage_of(lines), expected, "{lines:?}");
    }
}

#[test]
fn baggage_has_its_limits() {
    let members = |count: usize| (0..count).map(|i| format!("k{i:02}={i}")).collect::<Vec<_>>().join(",");
    assert_eq!(baggage_of(&[&members(64)]).len(), 64);
    assert_eq!(baggage_of(&[&members(65)]).len(), 64);
    let whole = format!("a={}", "v".repeat(8190));
    assert_eq!(baggage_of(&[&whole]).len(), 1);
    assert_eq!(baggage_of(&[&format!("{whole}v")]).len(), 0);
    assert_eq!(baggage_of(&["b=1", &whole, "c=3"]).len(), 1, "what comes first stays");

    // Written, each character is three.
    let mut headers = HeaderMap::new();
    let context =
        Context::new().with_baggage((0..64).map(|i| KeyValue::new(format!("k{i:02}"), " ".repeat(100))));
    Propagation::baggage().inject(&context, &mut headers, Sight::ALL);
    let written = headers["baggage"].to_str().unwrap();
    assert!(written.len() <= 8192);
    assert_eq!(written.split(',').count(), 8192 / 305);
}

#[test]
fn baggage_is_written_so_that_all_can_read_it() {
    let context =
        read(&Propagation::baggage(), &[("baggage", "b=%22%25%2C%3B%5C%20%E2%82%AC;p=1;q,a=1=2")]).unwrap();
    let expected = "a=1=2,b=%22%25%2C%3B%5C%20%E2%82%AC;p=1;q";
    assert_eq!(write(&Propagation::baggage(), &context), owned(&[("baggage", expected)]));
    let sdk = BaggagePropagator::new()
        .extract(&std::collections::HashMap::from([("baggage".to_owned(), expected.to_owned())]));
    assert_eq!(sdk.baggage().get("b").unwrap().as_str(), "\"%,;\\ €");
    // As it was, when nothing has changed.
    let same = [("baggage", "b=%22%25%2C%3B%5C%20%E2%82%AC;p=1;q"), ("baggage", " a = 1=2")];
    assert_eq!(write_over(&Propagation::baggage(), &context, &same).len(), 2);
    let other = [("baggage", "b=2"), ("baggage", "a=1")];
    assert_eq!(write_over(&Propagation::baggage(), &context, &other), owned(&[("baggage", expected)]));
    // A process without baggage leaves its own requests alone.
    assert_eq!(write_over(&Propagation::baggage(), &Context::new(), &other).len(), 2);
    // Not to strangers.
    let mut headers = HeaderMap::new();
    Propagation::baggage().inject(&context, &mut headers, Sight::NOTHING);
    assert!(headers.is_empty());
}

#[test]
fn the_first_of_several_that_names_a_span_is_believed() {
    let names = ["tracecontext", "baggage", "b3", "jaeger", "datadog"];
    let all = Propagation::from_names(names).unwrap();
    let trace = |byte: char| byte.to_string().repeat(32);
    let traceparent = format!("00-{}-{SPAN}-01", trace('1'));
    let b3 = format!("{}-{SPAN}-1", trace('2'));
    let jaeger = format!("{}:{SPAN}:0:1", trace('3'));
    let pairs = [
        ("traceparent", traceparent.as_str()),
        ("b3", b3.as_str()),
        ("uber-trace-id", jaeger.as_str()),
        ("baggage", "a=1"),
    ];
    for (from, expected) in [(0, trace('1')), (1, trace('2')), (2, trace('3'))] {
        let context = read(&all, &pairs[from..]).unwrap();
        assert_eq!(ids(&context).0, expected);
        assert_eq!(context.baggage().get("a").unwrap().as_str(), "1");
    }
    let context = read(&all, &pairs[3..]).unwrap();
    assert!(!context.span().span_context().is_valid(), "baggage without a span is baggage");
    assert_eq!(context.baggage().len(), 1);
    assert!(read(&all, &[]).is_none());
    assert!(read(&Propagation::none(), &pairs).is_none());
    let context = span(TRACE, true, TraceState::NONE);
    assert_eq!(write(&Propagation::none(), &context), owned(&[]));
    assert_eq!(write(&all, &context).len(), 1 + 1 + 1 + 4);
}

#[test]
fn names_of_propagators() {
    let names = |names: &[&str]| Propagation::from_names(names).map(|found| format!("{found:?}"));
    assert_eq!(
        names(&["tracecontext", "baggage", "b3", "b3multi", "jaeger", "datadog"]).unwrap(),
        "[tracecontext, baggage, b3, b3multi, jaeger, datadog]"
    );
    assert_eq!(names(&["b3", " b3 ", "baggage"]).unwrap(), "[b3, baggage]");
    assert_eq!(names(&["none"]).unwrap(), "[]");
    assert_eq!(names(&[]).unwrap(), "[]");
    assert_eq!(format!("{:?}", Propagation::default()), "[tracecontext, baggage]");
    let unknown = names(&["xray", "b3", "", "none"]).unwrap_err();
    assert_eq!(unknown, PropagatorError::Unknown(vec!["xray".to_owned(), String::new()]));
    assert_eq!(
        unknown.to_string(),
        "unknown propagators `xray`, ``; there are `tracecontext`, `baggage`, `b3`, `b3multi`, `jaeger`, `datadog`, and `none`"
    );
    assert_eq!(names(&["none", "b3"]).unwrap_err(), PropagatorError::NoneBesideOthers);
}

fn formats() -> [(Propagation, &'static [&'static str]); 6] {
    [
        (Propagation::w3c(), &["traceparent", "tracestate"]),
        (Propagation::baggage(), &["baggage"]),
        (Propagation::b3(), &["b3", "x-b3-sampled"]),
        (Propagation::b3_multi(), &["x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags"]),
        (Propagation::jaeger(), &["uber-trace-id"]),
        (
            Propagation::datadog(),
            &[
                "x-datadog-trace-id",
                "x-datadog-parent-id",
                "x-datadog-sampling-priority",
                "x-datadog-tags",
                "x-datadog-origin",
            ],
        ),
    ]
}

proptest! {
    #[test]
    fn a_span_that_is_written_is_read_again(
        trace_id in 1..=u128::MAX,
        span_id in 1..=u64::MAX,
        sampled: bool,
        debug: bool,
    ) {
        let low_is_zero = trace_id << 64 == 0;
        let flags = if sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
        let span = SpanContext::new(TraceId::from(trace_id), SpanId::from(span_id), flags, true, TraceState::NONE);
        let mut context = Context::new().with_remote_span_context(span.clone());
        if debug && sampled {
            context = context.with_value(Debugged);
        }
        for (propagation, _) in formats() {
            let mut headers = HeaderMap::new();
            propagation.inject(&context, &mut headers, Sight::ALL);
            let read = propagation.extract(&Context::new(), &headers);
            match format!("{propagation:?}").as_str() {
                "[baggage]" => prop_assert!(read.is_none()),
                "[datadog]" if low_is_zero => prop_assert!(read.is_none()),
                name => {
                    let read = read.unwrap();
                    let read_span = read.span().span_context().clone();
                    prop_assert_eq!(
                        (read_span.trace_id(), read_span.span_id(), read_span.is_sampled()),
                        (span.trace_id(), span.span_id(), sampled)
                    );
                    if name.contains("b3") || name.contains("jaeger") {
                        prop_assert_eq!(read.get::<Debugged>().is_some(), debug && sampled);
                    }
                }
            }
        }
    }

    #[test]
    fn baggage_that_is_written_is_read_again(
        members in proptest::collection::hash_map("[!#-'*+.0-9A-Z^-z|~-]{1,20}", ".{0,30}", 0..20),
    ) {
        let context = Context::new().with_baggage(members.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())));
        let mut headers = HeaderMap::new();
        Propagation::baggage().inject(&context, &mut headers, Sight::ALL);
        let read = Propagation::baggage().extract(&Context::new(), &headers).unwrap_or_default();
        prop_assert_eq!(read.baggage().len(), members.len());
        for (key, value) in &members {
            prop_assert_eq!(read.baggage().get(key).map(|value| value.as_str().to_owned()), Some(value.clone()));
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic_and_written_again(
        values in proptest::collection::vec("[0-9a-f:;,=%.d -]{0,60}|[ -~]{0,80}", 5),
        bytes in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        for (propagation, names) in formats() {
            let mut headers = HeaderMap::new();
            for (name, value) in names.iter().zip(&values) {
                headers.append(*name, HeaderValue::from_str(value).unwrap());
            }
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                headers.append(names[0], value);
            }
            if let Some(context) = propagation.extract(&Context::new(), &headers) {
                let mut out = HeaderMap::new();
                propagation.inject(&context, &mut out, Sight::ALL);
                let again = propagation.extract(&Context::new(), &out).unwrap_or_default();
                let (again, context) = (again.span(), context.span());
                prop_assert_eq!(again.span_context(), context.span_context());
            }
        }
    }
}

#[test]
fn a_custom_propagator_of_baggage_delivers_it_beside_a_span_and_without_one() {
    let custom = Propagation::custom(std::sync::Arc::new(BaggagePropagator::new()));
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let alone = read(&custom, &[("baggage", "user=alice")]).unwrap();
    let beside = Propagation::w3c().and(&custom);
    let beside = read(&beside, &[("traceparent", &parent), ("baggage", "user=alice")]).unwrap();
    for context in [&alone, &beside] {
        assert_eq!(context.baggage().get("user").map(ToString::to_string).as_deref(), Some("alice"));
    }
    assert!(!alone.span().span_context().is_valid());
    assert_eq!(ids(&beside), (TRACE.to_owned(), SPAN.to_owned(), true));
    assert!(read(&custom, &[("traceparent", &parent)]).is_none());
}

#[test]
fn what_a_custom_propagator_writes_is_held_back_from_strangers() {
    /// Writes what others said in several formats, and the span in one of them.
    #[derive(Debug)]
    struct Talkative;

    impl TextMapPropagator for Talkative {
        fn inject_context(&self, _: &Context, injector: &mut dyn opentelemetry::propagation::Injector) {
            for name in ["uberctx-user", "ot-baggage-user", "baggage", "tracestate", "x-datadog-origin", "b3"]
            {
                injector.set(name, "said".to_owned());
            }
        }

        fn extract_with_context(
            &self,
            context: &Context,
            _: &dyn opentelemetry::propagation::Extractor,
        ) -> Context {
            context.clone()
        }

        fn fields(&self) -> opentelemetry::propagation::text_map_propagator::FieldIter<'_> {
            opentelemetry::propagation::text_map_propagator::FieldIter::new(&[])
        }
    }

    let custom = Propagation::custom(std::sync::Arc::new(Talkative));
    let mut sent = headers(&[("b3", "before"), ("x-other", "1")]);
    custom.inject(&Context::new(), &mut sent, Sight::NOTHING);
    assert_eq!(sent, headers(&[("b3", "said"), ("x-other", "1")]));
    custom.inject(&Context::new(), &mut sent, Sight::ALL);
    assert_eq!(sent.len(), 7);
}
