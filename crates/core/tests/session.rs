//! A session: one exchange, and a record for each call that is made over it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod support;

use std::sync::{Arc, Mutex};

use http::{Request, Response};
use support::{MockBody, Recorder, Step, reply};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_genai_core::{
    CallHandle, CallLayer, CallRecord, End, ErrorOrigin, Fault, Operation, Outcome, Role, SelfCheck, Session,
    SessionEnd, SessionSlot, Usage, UsageSource,
};

const REALTIME: &str = "https://api.openai.com/v1/realtime?model=gpt-realtime";
const RESPONSES: &str = "https://api.openai.com/v1/responses";

fn request(uri: &str) -> Request<MockBody> {
    Request::get(uri)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-protocol", "realtime, openai-insecure-api-key.sk-1")
        .body(MockBody::default())
        .unwrap()
}

/// A frame of a server, or of a client that does not mask.
fn text(event: &str) -> Vec<u8> {
    let mut frame = vec![0x81, 126];
    frame.extend_from_slice(&u16::try_from(event.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(event.as_bytes());
    frame
}

const CLOSE: &[u8] = &[0x88, 0];

type Slot = Arc<Mutex<Option<SessionSlot>>>;

/// A service that answers once, and keeps the slot as one does that copies the bytes.
fn answering<B>(
    answer: Response<MockBody>,
    slot: &Slot,
) -> impl Service<Request<B>, Response = Response<MockBody>, Error = &'static str> {
    let slot = slot.clone();
    let mut answer = Some(answer);
    service_fn(move |request: Request<B>| {
        *slot.lock().unwrap() = request.extensions().get().cloned();
        std::future::ready(answer.take().ok_or("asked twice"))
    })
}

fn switching() -> Response<MockBody> {
    reply(101, &[("connection", "upgrade"), ("upgrade", "websocket")], MockBody::default())
}

/// A session that has been granted.
async fn session(layer: &CallLayer, uri: &str) -> Session {
    let slot = Slot::default();
    let response = layer.layer(answering(switching(), &slot)).oneshot(request(uri)).await.unwrap();
    drop(response);
    let slot = slot.lock().unwrap().take().expect("the layer offers a slot");
    slot.take().expect("the session is in it")
}

fn layer() -> (CallLayer, Recorder, SelfCheck) {
    let (recorder, check) = (Recorder::default(), SelfCheck::new());
    (CallLayer::client().self_check(check.clone()).with(recorder.clone()), recorder, check)
}

fn settled(check: &SelfCheck, records: u64) {
    let recorded = [Outcome::Complete, Outcome::Failed, Outcome::Dropped];
    let recorded: u64 = recorded.iter().map(|outcome| check.recorded(Role::Client, *outcome)).sum();
    assert_eq!((check.opened(Role::Client), recorded, check.in_flight(Role::Client)), (records, records, 0));
    assert_eq!(check.panics(), []);
}

fn created(id: &str) -> Vec<u8> {
    text(&format!(r#"{{"type":"response.created","response":{{"id":"{id}","status":"in_progress"}}}}"#))
}

fn delta(id: &str) -> Vec<u8> {
    text(&format!(r#"{{"type":"response.output_audio.delta","response_id":"{id}","delta":"AAAA"}}"#))
}

fn done(id: &str, input: u64, output: u64) -> Vec<u8> {
    text(&format!(
        r#"{{"type":"response.done","response":{{"id":"{id}","status":"completed","usage":{{"input_tokens":{input},"output_tokens":{output}}}}}}}"#
    ))
}

fn session_created() -> Vec<u8> {
    text(r#"{"type":"session.created","session":{"id":"sess_1","model":"gpt-realtime-2025-08-28"}}"#)
}

#[tokio::test]
async fn each_response_is_a_record_and_the_session_an_exchange() {
    let (layer, recorder, check) = layer();
    let mut session = session(&layer, REALTIME).await;
    assert_eq!(recorder.ends(), [], "the exchange is under way");
    session.on_server_bytes(&session_created());
    session.on_client_bytes(&text(r#"{"type":"response.create"}"#));
    for bytes in [created("resp_1"), delta("resp_1"), created("resp_2"), done("resp_1", 12, 7)] {
        bytes.chunks(5).for_each(|bytes| session.on_server_bytes(bytes));
    }
    assert_eq!(check.in_flight(Role::Client), 1);
    session.on_server_bytes(&done("resp_2", 30, 0));
    session.end(SessionEnd::Client);

    let told = recorder.told();
    let [first, second] = &told.records[..] else { panic!("{:#?}", told.records) };
    assert_eq!(recorder.ends(), [End::Upgraded]);
    assert_eq!((told.begun, told.watches_dropped), (3, 3));
    assert_eq!(first.session().map(|id| id.to_string().len()), Some(32));
    assert_eq!(first.session(), second.session());
    assert_ne!(first.id(), second.id());
    assert_eq!(
        (first.request_model(), first.response_model()),
        (Some("gpt-realtime"), Some("gpt-realtime-2025-08-28"))
    );
    assert_eq!((first.reply().id.as_deref(), second.reply().id.as_deref()), (Some("resp_1"), Some("resp_2")));
    assert_eq!((first.usage(), first.usage_source()), (&Usage::new(12, 7), UsageSource::Reported));
    assert_eq!(second.usage(), &Usage::new(30, 0));
    assert_eq!((first.outcome(), first.operation()), (Outcome::Complete, Operation::Chat));
    assert_eq!((first.provider(), first.path()), (Some("openai"), "/v1/realtime"));
    assert!(first.streamed() && first.time_to_first_chunk().is_some());
    assert_eq!(second.time_to_first_chunk(), None);
    let length = |bytes: Vec<u8>| (bytes.len() - 4) as u64;
    assert_eq!(first.exchange().response_bytes, length(delta("resp_1")) + length(done("resp_1", 12, 7)));
    let hash = "0f2c10bf3d128c719c6bfa4ecbae94b7fceebaea6e4438fef38a90e5acc326f3"; // of `sk-1`, the key among the protocols
    assert_eq!(first.caller().hashed_key(), Some(hash));
    settled(&check, 2);
}

fn outcome(record: &CallRecord) -> (Outcome, Option<&str>, Option<ErrorOrigin>) {
    (record.outcome(), record.error_type(), record.error_origin())
}

#[tokio::test]
async fn what_is_under_way_ends_with_the_session() {
    let dropped = (Outcome::Dropped, None, None);
    let truncated = (Outcome::Failed, Some("truncated"), Some(ErrorOrigin::Upstream));
    let timeout = (Outcome::Failed, Some("timeout"), Some(ErrorOrigin::Upstream));
    for (closes, end, expected) in [
        ("nobody", SessionEnd::Client, dropped),
        ("nobody", SessionEnd::Server, truncated),
        ("nobody", SessionEnd::Idle, timeout),
        ("nobody", SessionEnd::Stopped, dropped),
        ("client", SessionEnd::Server, dropped),
        ("server", SessionEnd::Client, truncated),
    ] {
        let (layer, recorder, check) = layer();
        let mut session = session(&layer, REALTIME).await;
        session.on_server_bytes(&[session_created(), created("resp_1"), delta("resp_1")].concat());
        match closes {
            "client" => {
                session.on_client_bytes(&[0x88, 0x80, 1, 2, 3, 4]);
                session.on_server_bytes(CLOSE);
            }
            "server" => {
                session.on_server_bytes(CLOSE);
                session.on_client_bytes(&[0x88, 0x80, 1, 2, 3, 4]);
            }
            _ => {}
        }
        session.end(end);
        let record = recorder.only_record();
        assert_eq!(outcome(&record), expected, "{closes} closes, {end:?}");
        assert_eq!(record.usage_source(), UsageSource::Missing);
        assert_eq!(record.response_model(), Some("gpt-realtime-2025-08-28"));
        assert_eq!(record.reply().id.as_deref(), Some("resp_1"));
        assert_eq!(recorder.ends(), [End::Upgraded]);
        settled(&check, 1);
    }
    // One that is just dropped.
    let (layer, recorder, check) = layer();
    let mut session = session(&layer, REALTIME).await;
    session.on_server_bytes(&created("resp_1"));
    drop(session);
    assert_eq!(outcome(&recorder.only_record()), dropped);
    settled(&check, 1);
}

#[tokio::test]
async fn who_is_refused_has_failed() {
    let (layer, recorder, check) = layer();
    let slot = Slot::default();
    let error =
        Step::Data(r#"{"error":{"message":"...","type":"invalid_request_error","code":"invalid_api_key"}}"#);
    let answer = reply(401, &[("content-type", "application/json")], MockBody::new([error]));
    let response = layer.layer(answering(answer, &slot)).oneshot(request(REALTIME)).await.unwrap();
    http_body_util::BodyExt::collect(response.into_body()).await.unwrap();
    let record = recorder.only_record();
    assert_eq!(outcome(&record), (Outcome::Failed, Some("invalid_api_key"), Some(ErrorOrigin::Upstream)));
    assert_eq!((record.request_model(), record.session()), (Some("gpt-realtime"), None));
    assert_eq!(recorder.ends(), [End::Complete]);
    assert!(slot.lock().unwrap().take().and_then(|slot| slot.take()).is_none());
    settled(&check, 1);
}

#[tokio::test]
async fn who_cannot_reach_the_server_has_failed() {
    let (layer, recorder, check) = layer();
    let service = service_fn(|request: Request<_>| {
        let call = request.extensions().get::<CallHandle>().unwrap();
        call.fail(Fault::new("connect", ErrorOrigin::Upstream));
        drop::<Request<tower_genai_core::RequestBody<MockBody>>>(request);
        std::future::ready(Err::<Response<MockBody>, _>("nobody there"))
    });
    layer.layer(service).oneshot(request(REALTIME)).await.unwrap_err();
    assert_eq!(
        outcome(&recorder.only_record()),
        (Outcome::Failed, Some("connect"), Some(ErrorOrigin::Upstream))
    );
    settled(&check, 1);
}

#[tokio::test]
async fn where_nobody_watches_the_exchange_ends_with_the_head() {
    let (layer, recorder, check) = layer();
    let mut answer = Some(switching());
    let service = service_fn(move |request: Request<_>| {
        drop::<Request<tower_genai_core::RequestBody<MockBody>>>(request);
        std::future::ready(answer.take().ok_or("asked twice"))
    });
    layer.layer(service).oneshot(request(REALTIME)).await.unwrap();
    assert_eq!((recorder.ends(), recorder.told().records.len()), (vec![End::Upgraded], 0));
    settled(&check, 0);
}

#[tokio::test]
async fn a_session_of_something_else_is_an_exchange() {
    let (layer, recorder, check) = layer();
    let mut session = session(&layer, "http://localhost/chat").await;
    session.on_server_bytes(&created("resp_1"));
    assert_eq!(recorder.ends(), []);
    session.end(SessionEnd::Server);
    let told = recorder.told();
    assert_eq!((recorder.ends(), told.records.len()), (vec![End::Upgraded], 0));
    assert_eq!(told.exchanges[0].response_bytes, created("resp_1").len() as u64);
    settled(&check, 0);
}

#[tokio::test]
async fn layers_further_in_take_part() {
    let (inner, outer, front) = (Recorder::default(), Recorder::default(), Recorder::default());
    let checks = [SelfCheck::new(), SelfCheck::new()];
    let slot = Slot::default();
    let stack = CallLayer::client()
        .self_check(checks[0].clone())
        .with(inner.clone())
        .layer(answering(switching(), &slot));
    let stack = CallLayer::client().self_check(checks[1].clone()).with(outer.clone()).layer(stack);
    let stack = CallLayer::server().exchange_only().with(front.clone()).layer(stack);
    stack.oneshot(request(REALTIME)).await.unwrap();
    let mut session = slot.lock().unwrap().take().unwrap().take().unwrap();
    assert_eq!([inner.ends(), outer.ends(), front.ends()].concat(), []);
    session.on_server_bytes(&[created("resp_1"), done("resp_1", 1, 2)].concat());
    session.end(SessionEnd::Client);
    assert_eq!(inner.only_record().id(), outer.only_record().id());
    assert!(front.told().records.is_empty());
    for recorder in [&inner, &outer, &front] {
        assert_eq!(recorder.ends(), [End::Upgraded]);
        let told = recorder.told();
        assert_eq!(told.begun, told.watches_dropped);
    }
    assert_eq!(inner.told().attempts.len(), 1);
    for check in &checks {
        settled(check, 1);
    }
}

#[tokio::test]
async fn responses_begin_when_they_are_asked_for() {
    let (layer, recorder, check) = layer();
    let mut session = session(&layer, RESPONSES).await;
    let ask =
        |model: &str| text(&format!(r#"{{"type":"response.create","model":"{model}","temperature":0.5}}"#));
    session.on_client_bytes(&[ask("gpt-5.2"), ask("gpt-5-nano"), ask("gpt-none"), ask("gpt-last")].concat());
    assert_eq!(check.in_flight(Role::Client), 4);
    let server = [
        r#"{"type":"response.created","response":{"id":"resp_1","model":"gpt-5.2-2025-12-11"}}"#,
        r#"{"type":"response.output_text.delta","delta":"Hi"}"#,
        r#"{"type":"response.completed","response":{"id":"resp_1","model":"gpt-5.2-2025-12-11","status":"completed",
            "usage":{"input_tokens":10,"output_tokens":5}}}"#,
        r#"{"type":"response.created","response":{"id":"resp_2"}}"#,
        r#"{"type":"response.failed","response":{"id":"resp_2","status":"failed","error":{"code":"server_error"}}}"#,
        r#"{"type":"error","status":404,"error":{"code":"model_not_found"}}"#,
    ];
    for event in server {
        session.on_server_bytes(&text(event));
    }
    session.end(SessionEnd::Server);
    let told = recorder.told();
    let models: Vec<_> = told.records.iter().map(CallRecord::request_model).collect();
    assert_eq!(models, [Some("gpt-5.2"), Some("gpt-5-nano"), Some("gpt-none"), Some("gpt-last")]);
    let upstream = Some(ErrorOrigin::Upstream);
    let outcomes: Vec<_> = told.records.iter().map(outcome).collect();
    assert_eq!(
        outcomes,
        [
            (Outcome::Complete, None, None),
            (Outcome::Failed, Some("server_error"), upstream),
            (Outcome::Failed, Some("model_not_found"), upstream),
            (Outcome::Failed, Some("truncated"), upstream),
        ]
    );
    let first = &told.records[0];
    assert_eq!((first.usage(), first.response_model()), (&Usage::new(10, 5), Some("gpt-5.2-2025-12-11")));
    assert_eq!(
        (first.request().temperature, first.request_bytes()),
        (Some(0.5), ask("gpt-5.2").len() as u64 - 4)
    );
    assert!(first.time_to_first_chunk().is_some());
    settled(&check, 4);
}

#[tokio::test]
async fn transcriptions_have_records_of_their_own() {
    let (layer, recorder, check) = layer();
    let mut session = session(&layer, "http://localhost/v1/realtime?intent=transcription").await;
    let server = [
        r#"{"type":"session.updated","session":{"audio":{"input":{"transcription":{"model":"gpt-4o-transcribe"}}}}}"#,
        r#"{"type":"input_audio_buffer.committed","item_id":"item_1"}"#,
        r#"{"type":"conversation.item.input_audio_transcription.completed","item_id":"item_1","transcript":"Hi",
            "usage":{"type":"tokens","input_tokens":17,"output_tokens":9}}"#,
        r#"{"type":"conversation.item.input_audio_transcription.failed","item_id":"item_2",
            "error":{"type":"transcription_error","code":"audio_unintelligible"}}"#,
    ];
    for event in server {
        session.on_server_bytes(&text(event));
    }
    session.end(SessionEnd::Client);
    let told = recorder.told();
    let [first, second] = &told.records[..] else { panic!("{:#?}", told.records) };
    assert_eq!(
        (first.operation(), first.request_model()),
        (Operation::GenerateContent, Some("gpt-4o-transcribe"))
    );
    assert_eq!((first.usage(), outcome(first).0), (&Usage::new(17, 9), Outcome::Complete));
    assert_eq!(outcome(second), (Outcome::Failed, Some("audio_unintelligible"), Some(ErrorOrigin::Upstream)));
    settled(&check, 2);
}

#[tokio::test]
async fn more_than_is_kept_is_still_recorded() {
    let (layer, recorder, check) = layer();
    let mut session = session(&layer, REALTIME).await;
    let ids: Vec<String> = (0..200).map(|number| format!("resp_{number}")).collect();
    for id in &ids {
        session.on_server_bytes(&created(id));
    }
    assert!(check.in_flight(Role::Client) < 100);
    for id in &ids {
        session.on_server_bytes(&done(id, 1, 1));
    }
    session.end(SessionEnd::Client);
    assert_eq!(recorder.told().records.len(), 200);
    settled(&check, 200);
}
