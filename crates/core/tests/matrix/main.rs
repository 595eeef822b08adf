//! {each layer alone, all orders stacked, composed} x {every way an exchange can end}: one record, the right end, one
//! pass over the body.

#![allow(clippy::unwrap_used, clippy::panic)]

mod drained;
#[path = "../support/mod.rs"]
mod support;

use std::convert::Infallible;
use std::future::{Pending, Ready, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body;
use http_body_util::Full;
use support::{MockBody, Recorder, Step, reply};
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_genai_core::{CallLayer, End, Failure, Outcome, Role, SelfCheck};

type Error = &'static str;
type BoxBody = http_body_util::combinators::BoxBody<Bytes, Error>;
type Stack = BoxCloneSyncService<Request<Full<Bytes>>, Response<BoxBody>, Error>;

const SSE: &[(&str, &str)] = &[("content-type", "text/event-stream")];
const CHUNK: &str =
    "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n";
const DONE: &str = "data: [DONE]\n\n";

/// How the inner service answers, and what is done with the answer.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Case {
    EndOfStream,
    Trailers,
    EndAtWrap,
    EndAfterFrame,
    ExactContentLength,
    HeadRequest,
    NoContent,
    BodyError,
    InnerError,
    FutureDropped,
    BodyDroppedMidEvent,
    DroppedAfterTerminal,
    BodyPanics,
    FuturePanics,
}

const CASES: [Case; 14] = [
    Case::EndOfStream,
    Case::Trailers,
    Case::EndAtWrap,
    Case::EndAfterFrame,
    Case::ExactContentLength,
    Case::HeadRequest,
    Case::NoContent,
    Case::BodyError,
    Case::InnerError,
    Case::FutureDropped,
    Case::BodyDroppedMidEvent,
    Case::DroppedAfterTerminal,
    Case::BodyPanics,
    Case::FuturePanics,
];

impl Case {
    fn expected(self) -> End {
        match self {
            Self::BodyError => End::Failed(Failure::Body),
            Self::InnerError => End::Failed(Failure::BeforeHead),
            Self::FutureDropped | Self::BodyDroppedMidEvent => End::Dropped,
            Self::BodyPanics | Self::FuturePanics => End::Failed(Failure::Panic),
            _ => End::Complete,
        }
    }

    fn answer(self) -> Option<Response<MockBody>> {
        let whole = [Step::Data(CHUNK), Step::Data(DONE)];
        let (status, headers, body) = match self {
            Self::EndOfStream => (200, SSE, MockBody::new(whole)),
            Self::Trailers => {
                let steps =
                    [Step::Data(CHUNK), Step::Data(DONE), Step::Trailers(&[("x-cost", "1")]), Step::Never];
                (200, SSE, MockBody::new(steps))
            }
            Self::EndAtWrap => (200, SSE, MockBody::new([]).telling_end()),
            Self::EndAfterFrame => (200, SSE, MockBody::new(whole).telling_end()),
            Self::ExactContentLength => {
                let headers: &[(&str, &str)] =
                    &[("content-type", "application/json"), ("content-length", "13")];
                (200, headers, MockBody::new([Step::Data("{\"model\":\"m\"}"), Step::Never]))
            }
            Self::HeadRequest => (200, &[("content-length", "99")][..], MockBody::new([Step::Never])),
            Self::NoContent => (204, &[][..], MockBody::new([Step::Never])),
            Self::BodyError => (200, SSE, MockBody::new([Step::Data(CHUNK), Step::Error])),
            Self::BodyDroppedMidEvent => (200, SSE, MockBody::new([Step::Data("data: {\"id"), Step::Never])),
            Self::DroppedAfterTerminal => {
                (200, SSE, MockBody::new([Step::Data(CHUNK), Step::Data(DONE), Step::Never]))
            }
            Self::BodyPanics => (200, SSE, MockBody::new([Step::Data(CHUNK), Step::Panic])),
            Self::InnerError | Self::FutureDropped | Self::FuturePanics => return None,
        };
        Some(reply(status, headers, body))
    }

    /// Drives one request through the stack as this case says; returns the bytes of the body that were handed on.
    fn drive(self, stack: &mut Stack) -> u64 {
        let method = if self == Self::HeadRequest { Method::HEAD } else { Method::POST };
        let request = Request::builder()
            .method(method)
            .uri("/v1/chat/completions")
            .body(Full::from("{\"model\":\"m\",\"stream\":true}"))
            .unwrap();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(stack.poll_ready(&mut cx).is_ready());
        let mut future = pin!(stack.call(request));
        let response = match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut cx))) {
            Ok(Poll::Ready(Ok(response))) => response,
            Ok(Poll::Ready(Err(_)) | Poll::Pending) | Err(_) => return 0,
        };
        let mut bytes = 0;
        let mut body = response.into_body();
        loop {
            let polled = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut body).poll_frame(&mut cx)));
            match polled {
                Ok(Poll::Ready(Some(Ok(frame)))) => {
                    if let Some(data) = frame.data_ref() {
                        bytes += data.len() as u64;
                    }
                    // hyper does not poll a body again that says it has ended, and is not asked for more after the
                    // trailers or after the length that was promised.
                    let delivered = self == Self::ExactContentLength && bytes == 13;
                    if body.is_end_stream() || frame.is_trailers() || delivered {
                        return bytes;
                    }
                }
                _ => return bytes,
            }
        }
    }
}

#[derive(Clone)]
enum Answer {
    Now(Ready<Result<Response<MockBody>, Error>>),
    Never(Pending<Result<Response<MockBody>, Error>>),
    Panic,
}

impl Future for Answer {
    type Output = Result<Response<MockBody>, Error>;
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Now(answer) => Pin::new(answer).poll(cx),
            Self::Never(answer) => Pin::new(answer).poll(cx),
            Self::Panic => panic!("the service panicked"),
        }
    }
}

/// The orders in which one, two or three layers can stand, outermost first.
const STACKS: [&[usize]; 15] = [
    &[0],
    &[1],
    &[2],
    &[0, 1],
    &[1, 0],
    &[0, 2],
    &[2, 0],
    &[1, 2],
    &[2, 1],
    &[0, 1, 2],
    &[0, 2, 1],
    &[1, 0, 2],
    &[1, 2, 0],
    &[2, 0, 1],
    &[2, 1, 0],
];

fn boxed<B>(body: B) -> BoxBody
where
    B: Body<Data = Bytes, Error = Error> + Send + Sync + 'static,
{
    http_body_util::BodyExt::boxed(body)
}

fn inner(case: Case) -> Stack {
    answering(move || match case {
        Case::InnerError => Answer::Now(ready(Err("refused"))),
        Case::FutureDropped => Answer::Never(pending()),
        Case::FuturePanics => Answer::Panic,
        _ => Answer::Now(ready(Ok(case.answer().unwrap()))),
    })
}

fn answering(answer: impl Fn() -> Answer + Clone + Send + Sync + 'static) -> Stack {
    let service = service_fn(move |request: Request<BoxBody>| {
        // The request's body is read, as a client would read it to send it.
        let mut body = request.into_body();
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(_)) = Pin::new(&mut body).poll_frame(&mut cx) {}
        answer()
    });
    let service = service
        .map_request(|request: Request<Full<Bytes>>| request.map(|body| boxed(body_error(body))))
        .map_response(|response: Response<MockBody>| response.map(boxed));
    BoxCloneSyncService::new(service)
}

fn body_error(body: Full<Bytes>) -> impl Body<Data = Bytes, Error = Error> + Send + Sync + 'static {
    http_body_util::BodyExt::map_err(body, |never: Infallible| match never {})
}

/// Puts one layer around a stack of any depth.
fn around(layer: &CallLayer, stack: Stack) -> Stack {
    // The tapped request body goes on as it is; the box makes stacks of different depth one type.
    let adapted = ReadThrough(stack);
    BoxCloneSyncService::new(layer.layer(adapted).map_response(|response| response.map(boxed)))
}

/// Lets a stack for `Full` take a tapped body: what the tap saw is passed on, frame by frame.
#[derive(Clone)]
struct ReadThrough(Stack);

impl Service<Request<tower_genai_core::RequestBody<Full<Bytes>>>> for ReadThrough {
    type Response = Response<BoxBody>;
    type Error = Error;
    type Future = <Stack as Service<Request<Full<Bytes>>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<tower_genai_core::RequestBody<Full<Bytes>>>) -> Self::Future {
        let (head, mut body) = request.into_parts();
        let mut cx = Context::from_waker(Waker::noop());
        let mut whole = Vec::new();
        while let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut body).poll_frame(&mut cx) {
            whole.extend_from_slice(frame.data_ref().unwrap());
        }
        self.0.call(Request::from_parts(head, Full::from(whole)))
    }
}

fn check(name: &str, case: Case, recorders: &[Recorder], self_check: &SelfCheck, bytes: u64) {
    for recorder in recorders {
        let told = recorder.told();
        let context = format!("{name}, {case:?}: {told:#?}");
        assert_eq!(
            recorder.ends(),
            [case.expected()],
            "one exchange or attempt, with the right end: {context}"
        );
        assert_eq!(told.begun, 1, "{context}");
        assert_eq!(told.watches_dropped, 1, "{context}");
        let exchange = told.exchanges.iter().chain(told.attempts.iter().map(|a| &a.exchange)).next().unwrap();
        assert_eq!(exchange.response_bytes, bytes, "{context}");
        if case == Case::HeadRequest {
            assert!(told.records.is_empty(), "HEAD is no model call: {context}");
            continue;
        }
        assert_eq!(told.phases, ["complete", "enrich", "end"], "{context}");
        let record = &told.records[0];
        assert_eq!(record.exchange().end, case.expected(), "{context}");
        assert_eq!(record.exchange().response_bytes, bytes, "{context}");
        assert_eq!(record.request_bytes(), 27, "the request is read once: {context}");
        assert_eq!(record.request_model(), Some("m"), "{context}");
        // Each event is counted by one reader: a second pass would count it again.
        let chunks = u64::from(bytes >= CHUNK.len() as u64);
        assert_eq!(record.reply().events, chunks, "{context}");
    }
    let role = Role::Server;
    let expected = u64::from(case != Case::HeadRequest);
    let recorded: u64 = [Outcome::Complete, Outcome::Failed, Outcome::Dropped]
        .map(|o| self_check.recorded(role, o))
        .iter()
        .sum();
    assert_eq!(self_check.opened(role), expected, "{name}, {case:?}");
    assert_eq!(recorded, expected, "{name}, {case:?}");
    assert_eq!(self_check.in_flight(role), 0, "{name}, {case:?}");
    assert_eq!(self_check.panics(), [], "{name}, {case:?}");
}

/// The panics that the cases ask for are not worth a backtrace each; a failed assertion is.
fn mute_scripted_panics() {
    static MUTED: std::sync::Once = std::sync::Once::new();
    MUTED.call_once(|| {
        let show = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let scripted = ["the body panicked", "the service panicked"];
            if !panic.payload().downcast_ref::<&str>().is_some_and(|message| scripted.contains(message)) {
                show(panic);
            }
        }));
    });
}

#[test]
fn stacked_in_every_order() {
    mute_scripted_panics();
    for order in STACKS {
        for case in CASES {
            let self_check = SelfCheck::new();
            let recorders = [Recorder::default(), Recorder::default(), Recorder::default()];
            let layers = recorders
                .each_ref()
                .map(|recorder| CallLayer::server().with(recorder.clone()).self_check(self_check.clone()));
            let mut stack = inner(case);
            for index in order.iter().rev() {
                stack = around(&layers[*index], stack);
            }
            let bytes = case.drive(&mut stack);
            let used: Vec<_> = order.iter().map(|index| recorders[*index].clone()).collect();
            check(&format!("{order:?}"), case, &used, &self_check, bytes);
            let opener = used[0].told();
            assert_eq!(opener.exchanges.len(), 1, "the outermost opens");
        }
    }
}

#[test]
fn composed_in_one_layer() {
    mute_scripted_panics();
    for case in CASES {
        let self_check = SelfCheck::new();
        let recorders = [Recorder::default(), Recorder::default(), Recorder::default()];
        let layer = recorders
            .iter()
            .fold(CallLayer::server(), |layer, recorder| layer.with(recorder.clone()))
            .self_check(self_check.clone());
        let mut stack = around(&layer, inner(case));
        let bytes = case.drive(&mut stack);
        check("composed", case, &recorders, &self_check, bytes);
    }
}
