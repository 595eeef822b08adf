use crate::harness::Harness;
use crate::{SAMPLED, UNSAMPLED};

#[tokio::test]
async fn both_traceparent_and_tracestate_missing() {
    Harness::new().await.send(&[]).await.restarts();
}

#[tokio::test]
async fn traceparent_included_tracestate_missing() {
    let sent = Harness::new().await.send(&[("traceparent", SAMPLED)]).await;
    assert_eq!(sent.continues().state(), None);
}

#[tokio::test]
async fn traceparent_duplicated() {
    let harness = Harness::new().await;
    let other = "00-12345678901234567890123456789011-1234567890123456-01";
    for (first, second) in [(other, SAMPLED), (SAMPLED, SAMPLED), (SAMPLED, ""), ("", SAMPLED)] {
        harness
            .send(&[("traceparent", first), ("traceparent", second), ("tracestate", "foo=1")])
            .await
            .restarts();
    }
}

#[tokio::test]
async fn traceparent_header_name() {
    let harness = Harness::new().await;
    for name in ["trace-parent", "trace.parent"] {
        harness.send(&[(name, SAMPLED)]).await.restarts();
    }
}

#[tokio::test]
async fn traceparent_header_name_valid_casing() {
    let harness = Harness::new().await;
    for name in ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"] {
        harness.send(&[(name, SAMPLED)]).await.continues();
    }
}

/// Every value is sent alone and with a state, which must not outlive it.
async fn invalid(values: &[&str]) {
    let harness = Harness::new().await;
    for value in values {
        harness.send(&[("traceparent", value)]).await.restarts();
        harness.send(&[("traceparent", value), ("tracestate", "foo=1")]).await.restarts();
    }
}

#[tokio::test]
async fn traceparent_version_0x00() {
    invalid(&[
        "00-12345678901234567890123456789012-1234567890123456-01.",
        "00-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like",
        "00-12345678901234567890123456789012-1234567890123456-01-",
    ])
    .await;
}

#[tokio::test]
async fn traceparent_version_0xcc() {
    let harness = Harness::new().await;
    for value in [
        "cc-12345678901234567890123456789012-1234567890123456-01",
        "cc-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like",
    ] {
        harness.send(&[("traceparent", value)]).await.continues();
    }
    invalid(&["cc-12345678901234567890123456789012-1234567890123456-01.what-the-future-will-be-like"]).await;
}

#[tokio::test]
async fn traceparent_version_0xff() {
    invalid(&["ff-12345678901234567890123456789012-1234567890123456-01"]).await;
}

#[tokio::test]
async fn traceparent_version_illegal_characters() {
    invalid(&[
        ".0-12345678901234567890123456789012-1234567890123456-01",
        "0.-12345678901234567890123456789012-1234567890123456-01",
        "CC-12345678901234567890123456789012-1234567890123456-01",
    ])
    .await;
}

#[tokio::test]
async fn traceparent_version_too_long() {
    invalid(&[
        "000-12345678901234567890123456789012-1234567890123456-01",
        "0000-12345678901234567890123456789012-1234567890123456-01",
    ])
    .await;
}

#[tokio::test]
async fn traceparent_version_too_short() {
    invalid(&["0-12345678901234567890123456789012-1234567890123456-01"]).await;
}

#[tokio::test]
async fn traceparent_trace_id_all_zero() {
    invalid(&["00-00000000000000000000000000000000-1234567890123456-01"]).await;
}

#[tokio::test]
async fn traceparent_trace_id_illegal_characters() {
    invalid(&[
        "00-.2345678901234567890123456789012-1234567890123456-01",
        "00-1234567890123456789012345678901.-1234567890123456-01",
        "00-1234567890123456789012345678901A-1234567890123456-01",
    ])
    .await;
}

#[tokio::test]
async fn traceparent_trace_id_too_long() {
    invalid(&["00-123456789012345678901234567890123-1234567890123456-01"]).await;
}

#[tokio::test]
async fn traceparent_trace_id_too_short() {
    invalid(&["00-1234567890123456789012345678901-1234567890123456-01"]).await;
}

#[tokio::test]
async fn traceparent_parent_id_all_zero() {
    invalid(&["00-12345678901234567890123456789012-0000000000000000-01"]).await;
}

#[tokio::test]
async fn traceparent_parent_id_illegal_characters() {
    invalid(&[
        "00-12345678901234567890123456789012-.234567890123456-01",
        "00-12345678901234567890123456789012-123456789012345.-01",
        "00-12345678901234567890123456789012-123456789012345F-01",
    ])
    .await;
}

#[tokio::test]
async fn traceparent_parent_id_too_long() {
    invalid(&["00-12345678901234567890123456789012-12345678901234567-01"]).await;
}

#[tokio::test]
async fn traceparent_parent_id_too_short() {
    invalid(&["00-12345678901234567890123456789012-123456789012345-01"]).await;
}

#[tokio::test]
async fn traceparent_trace_flags_illegal_characters() {
    invalid(&[
        "00-12345678901234567890123456789012-1234567890123456-.0",
        "00-12345678901234567890123456789012-1234567890123456-0.",
        "00-12345678901234567890123456789012-1234567890123456-0A",
    ])
    .await;
}

#[tokio::test]
async fn traceparent_trace_flags_too_long() {
    invalid(&["00-12345678901234567890123456789012-1234567890123456-001"]).await;
}

#[tokio::test]
async fn traceparent_trace_flags_too_short() {
    invalid(&["00-12345678901234567890123456789012-1234567890123456-1"]).await;
}

/// Level 2: the random flag stays, as the sampler here leaves the sampled one; flags without a meaning do not.
#[tokio::test]
async fn traceparent_trace_flags_carried() {
    let harness = Harness::new().await;
    for (incoming, outgoing) in
        [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("ff", "03"), ("fc", "00")]
    {
        let value = format!("{}{incoming}", UNSAMPLED.strip_suffix("00").unwrap());
        let sent = harness.send(&[("traceparent", &value)]).await;
        assert_eq!(sent.continues().flags, outgoing, "{value}");
    }
}

#[tokio::test]
async fn traceparent_ows_handling() {
    let harness = Harness::new().await;
    for (before, after) in [(" ", ""), ("\t", ""), ("", " "), ("", "\t"), ("\t ", " \t")] {
        harness.send(&[("traceparent", &format!("{before}{SAMPLED}{after}"))]).await.continues();
    }
}
