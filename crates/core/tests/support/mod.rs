//! A body that does as it is told, and an observer that writes down what it is told.
#![allow(dead_code)]

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::{Body, Frame, SizeHint};
use tower_genai_core::{Attempt, CallRecord, End, Exchange, Head, Observer, Watch};

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Data(&'static str),
    Trailers(&'static [(&'static str, &'static str)]),
    Error,
    Panic,
    Never,
}

/// A scripted body. It says that it has ended only when `tells_end` is set.
#[derive(Clone, Debug, Default)]
pub(crate) struct MockBody {
    pub(crate) steps: VecDeque<Step>,
    pub(crate) tells_end: bool,
    pub(crate) exact: Option<u64>,
}

impl MockBody {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), tells_end: false, exact: None }
    }

    pub(crate) fn telling_end(mut self) -> Self {
        self.tells_end = true;
        self
    }

    pub(crate) fn exactly(mut self, bytes: u64) -> Self {
        self.exact = Some(bytes);
        self
    }
}

impl Body for MockBody {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        match self.steps.pop_front() {
            None => Poll::Ready(None),
            Some(Step::Data(text)) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(text.as_bytes()))))),
            Some(Step::Trailers(pairs)) => {
                let mut trailers = HeaderMap::new();
                for (name, value) in pairs {
                    trailers.insert(*name, value.parse().unwrap());
                }
                Poll::Ready(Some(Ok(Frame::trailers(trailers))))
            }
            Some(Step::Error) => Poll::Ready(Some(Err("the body broke"))),
            Some(Step::Panic) => panic!("the body panicked"),
            Some(Step::Never) => {
                self.steps.push_front(Step::Never);
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.tells_end && self.steps.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.exact.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: MockBody) -> Response<MockBody> {
    let mut reply = Response::builder().status(status);
    for (name, value) in headers {
        reply = reply.header(*name, *value);
    }
    reply.body(body).unwrap()
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) begun: u32,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) phases: Vec<&'static str>,
    pub(crate) records: Vec<CallRecord>,
    pub(crate) arounds: u32,
    pub(crate) watches_dropped: u32,
}

/// Writes everything down, with a watch for each request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(pub(crate) Arc<Mutex<Told>>);

impl Recorder {
    pub(crate) fn told(&self) -> Told {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn ends(&self) -> Vec<End> {
        let told = self.told();
        told.exchanges
            .iter()
            .chain(told.attempts.iter().map(|attempt| &attempt.exchange))
            .map(|e| e.end)
            .collect()
    }

    pub(crate) fn only_record(&self) -> CallRecord {
        let told = self.told();
        assert_eq!(told.records.len(), 1, "exactly one record");
        told.records[0].clone()
    }
}

struct Pen(Recorder);

impl Drop for Pen {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().watches_dropped += 1;
    }
}

impl Watch for Pen {
    fn around(&mut self, poll: &mut dyn FnMut()) {
        self.0.0.lock().unwrap().arounds += 1;
        poll();
    }
}

impl Observer for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }
    fn begin(&self, _: &mut Head<'_>) -> Option<Box<dyn Watch>> {
        self.0.lock().unwrap().begun += 1;
        Some(Box::new(Pen(self.clone())))
    }
    fn on_exchange(&self, exchange: &Exchange) {
        self.0.lock().unwrap().exchanges.push(exchange.clone());
    }
    fn on_attempt(&self, attempt: &Attempt) {
        self.0.lock().unwrap().attempts.push(attempt.clone());
    }
    fn complete(&self, _: &mut CallRecord) {
        self.0.lock().unwrap().phases.push("complete");
    }
    fn enrich(&self, _: &mut CallRecord) {
        self.0.lock().unwrap().phases.push("enrich");
    }
    fn on_end(&self, record: &CallRecord) {
        let mut told = self.0.lock().unwrap();
        told.phases.push("end");
        told.records.push(record.clone());
    }
}
