//! The same stacks below a drain layer: every way in which the reading of a reply can end whose client has left.

use std::future::ready;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body::Body;
use http_body_util::{BodyExt, Full};
use tokio::runtime::{Builder, Runtime};
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt};
use tower_genai_core::drain::{DrainGuard, DrainLayer, DrainPolicy};
use tower_genai_core::{CallLayer, DrainResult, End, Outcome, Role, SelfCheck, Usage, UsageSource};

use super::support::{MockBody, Recorder, Step, reply};
use super::{
    Answer, BoxBody, CASES, CHUNK, DONE, SSE, STACKS, Stack, answering, around, boxed, check, inner,
    mute_scripted_panics,
};

const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}\n\n";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Case {
    Terminal,
    End,
    EndAfterFrame,
    Trailers,
    MaxBytes,
    MaxTime,
    MaxConcurrent,
    BodyError,
    BodyPanics,
    Shutdown,
    GuardDropped,
    RuntimeGone,
    NoRuntime,
    ClosedBefore,
}

const DRAINED: [Case; 14] = [
    Case::Terminal,
    Case::End,
    Case::EndAfterFrame,
    Case::Trailers,
    Case::MaxBytes,
    Case::MaxTime,
    Case::MaxConcurrent,
    Case::BodyError,
    Case::BodyPanics,
    Case::Shutdown,
    Case::GuardDropped,
    Case::RuntimeGone,
    Case::NoRuntime,
    Case::ClosedBefore,
];

impl Case {
    /// What follows the one frame that the client takes.
    fn rest(self) -> MockBody {
        use Step::{Data, Error, Never, Panic, Trailers};
        let steps = match self {
            Self::Terminal => vec![Data(USAGE), Data(DONE), Never],
            Self::End | Self::EndAfterFrame => vec![Data(USAGE)],
            Self::Trailers => vec![Data(USAGE), Trailers(&[("x-cost", "1")]), Never],
            // The first is allowed for.
            Self::MaxBytes => vec![Data(CHUNK), Data(CHUNK), Data(USAGE), Data(DONE)],
            Self::BodyError => vec![Data(USAGE), Error],
            Self::BodyPanics => vec![Data(USAGE), Panic],
            Self::MaxTime | Self::Shutdown | Self::GuardDropped | Self::RuntimeGone => {
                vec![Data(CHUNK), Never]
            }
            Self::MaxConcurrent | Self::NoRuntime | Self::ClosedBefore => vec![Data(USAGE), Data(DONE)],
        };
        let body = MockBody::new([Data(CHUNK)].into_iter().chain(steps));
        if self == Self::EndAfterFrame { body.telling_end() } else { body }
    }

    fn policy(self) -> DrainPolicy {
        DrainPolicy::Drain {
            max_bytes: if self == Self::MaxBytes { CHUNK.len() as u64 } else { 1 << 20 },
            max_time: Duration::from_secs(60),
            max_concurrent: usize::from(self != Self::MaxConcurrent),
        }
    }

    fn expected(self) -> DrainResult {
        match self {
            Self::Terminal | Self::End | Self::EndAfterFrame | Self::Trailers => DrainResult::Drained,
            Self::MaxBytes => DrainResult::MaxBytes,
            Self::MaxTime => DrainResult::MaxTime,
            Self::MaxConcurrent => DrainResult::MaxConcurrent,
            Self::BodyError | Self::BodyPanics => DrainResult::Failed,
            Self::Shutdown
            | Self::GuardDropped
            | Self::RuntimeGone
            | Self::NoRuntime
            | Self::ClosedBefore => DrainResult::Stopped,
        }
    }

    /// Whether the usage event was read, whatever came after it.
    fn read_usage(self) -> bool {
        self.expected() == DrainResult::Drained || matches!(self, Self::BodyError | Self::BodyPanics)
    }

    /// Takes one frame of the reply, and leaves.
    fn drive(self, drain: &DrainLayer, guard: DrainGuard, stack: Stack) {
        let runtime = runtime();
        let mut body = runtime.block_on(async {
            let request =
                Request::post("/v1/chat/completions").body(Full::from("{\"model\":\"m\"}")).unwrap();
            drain.layer(stack).oneshot(request).await.unwrap().into_body()
        });
        let first = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(first, Poll::Ready(Some(Ok(_)))));
        let guard = match self {
            Self::ClosedBefore => {
                runtime.block_on(guard.shutdown(Duration::ZERO));
                None
            }
            _ => Some(guard),
        };
        if self == Self::NoRuntime {
            drop(body);
        } else {
            let _context = runtime.enter();
            drop(body);
        }
        match guard {
            Some(guard) if self == Self::Shutdown => {
                assert_eq!(runtime.block_on(guard.shutdown(Duration::from_secs(1))), 1);
            }
            Some(guard) if self == Self::GuardDropped => {
                drop(guard);
                runtime.block_on(async { tokio::time::sleep(Duration::from_secs(1)).await });
            }
            Some(guard) if self == Self::RuntimeGone => {
                assert_eq!(guard.in_flight(), 1);
                drop(runtime);
                assert_eq!(guard.in_flight(), 0);
            }
            Some(guard) => assert_eq!(runtime.block_on(guard.shutdown(Duration::from_secs(3600))), 0),
            None => {}
        }
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

fn replying(case: Case) -> Stack {
    answering(move || Answer::Now(ready(Ok(reply(200, SSE, case.rest())))))
}

fn check_drained(name: &str, case: Case, recorders: &[Recorder], self_check: &SelfCheck) {
    for recorder in recorders {
        let told = recorder.told();
        let context = format!("{name}, {case:?}: {told:#?}");
        assert_eq!(recorder.ends(), [End::Dropped], "{context}");
        assert_eq!((told.begun, told.watches_dropped), (1, 1), "{context}");
        assert_eq!(told.phases, ["complete", "enrich", "end"], "{context}");
        let record = &told.records[0];
        let exchange = told.exchanges.iter().chain(told.attempts.iter().map(|a| &a.exchange)).next().unwrap();
        for exchange in [exchange, record.exchange()] {
            assert_eq!(exchange.end, End::Dropped, "{context}");
            assert_eq!(exchange.response_bytes, CHUNK.len() as u64, "what the client had: {context}");
        }
        assert_eq!((record.outcome(), record.error_type()), (Outcome::Dropped, None), "{context}");
        assert_eq!(record.drain(), Some(case.expected()), "{context}");
        assert_eq!(record.response_model(), Some("m"), "{context}");
        let (usage, source) = if case.read_usage() {
            (Usage::new(9, 4), UsageSource::Drained)
        } else {
            (Usage::default(), UsageSource::Missing)
        };
        assert_eq!((record.usage(), record.usage_source()), (&usage, source), "{context}");
    }
    let counts = (self_check.opened(Role::Server), self_check.in_flight(Role::Server));
    assert_eq!(counts, (1, 0), "{name}, {case:?}");
    assert_eq!(self_check.recorded(Role::Server, Outcome::Dropped), 1, "{name}, {case:?}");
    assert_eq!(self_check.panics(), [], "{name}, {case:?}");
}

#[test]
fn below_stacks_in_every_order() {
    mute_scripted_panics();
    for order in STACKS {
        for case in DRAINED {
            let self_check = SelfCheck::new();
            let recorders = [Recorder::default(), Recorder::default(), Recorder::default()];
            let layers = recorders
                .each_ref()
                .map(|recorder| CallLayer::server().with(recorder.clone()).self_check(self_check.clone()));
            let mut stack = replying(case);
            for index in order.iter().rev() {
                stack = around(&layers[*index], stack);
            }
            let (drain, guard) = DrainLayer::new(case.policy());
            case.drive(&drain, guard, stack);
            let used: Vec<_> = order.iter().map(|index| recorders[*index].clone()).collect();
            check_drained(&format!("{order:?}"), case, &used, &self_check);
        }
    }
}

#[test]
fn below_one_composed_layer() {
    mute_scripted_panics();
    for case in DRAINED {
        let self_check = SelfCheck::new();
        let recorders = [Recorder::default(), Recorder::default(), Recorder::default()];
        let layer = recorders
            .iter()
            .fold(CallLayer::server(), |layer, recorder| layer.with(recorder.clone()))
            .self_check(self_check.clone());
        let (drain, guard) = DrainLayer::new(case.policy());
        case.drive(&drain, guard, around(&layer, replying(case)));
        check_drained("composed", case, &recorders, &self_check);
    }
}

/// A drain layer that has nothing to do, or nowhere to do it, changes nothing: all other ends are as they were.
#[test]
fn where_nothing_is_drained_all_ends_are_the_same() {
    mute_scripted_panics();
    let policies = [
        DrainPolicy::Abandon,
        DrainPolicy::Drain { max_bytes: 1, max_time: Duration::MAX, max_concurrent: 1 },
    ];
    for policy in policies {
        for case in CASES {
            let self_check = SelfCheck::new();
            let recorder = Recorder::default();
            let layer = CallLayer::server().with(recorder.clone()).self_check(self_check.clone());
            let (drain, _guard) = DrainLayer::new(policy);
            let drained = drain.layer(around(&layer, inner(case)));
            let mut stack: Stack =
                BoxCloneSyncService::new(drained.map_response(|response| response.map(boxed)));
            let bytes = case.drive(&mut stack);
            check("outside", case, &[recorder], &self_check, bytes);
        }
    }
}

/// The body below the drain layer is asked no more often than it would be without it.
#[test]
fn an_undrained_body_passes_as_it_is() {
    let (drain, _guard) = DrainLayer::new(Case::End.policy());
    let body = MockBody::new([Step::Data(CHUNK)]).telling_end().exactly(CHUNK.len() as u64);
    let stack = answering(move || Answer::Now(ready(Ok(reply(200, SSE, body.clone())))));
    let mut service = drain.layer(stack);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Service::<Request<Full<Bytes>>>::poll_ready(&mut service, &mut cx).is_ready());
    let request = Request::post("/other").body(Full::from("")).unwrap();
    let Poll::Ready(Ok(response)) = pin!(service.call(request)).poll(&mut cx) else { panic!("no reply") };
    let mut body: BoxBody = response.into_body().boxed();
    assert_eq!(body.size_hint().exact(), Some(CHUNK.len() as u64));
    assert!(!body.is_end_stream());
    assert!(matches!(Pin::new(&mut body).poll_frame(&mut cx), Poll::Ready(Some(Ok(_)))));
    assert!(body.is_end_stream());
}
