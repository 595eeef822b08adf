use std::time::SystemTime;

use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry::{Context, StringValue};
use tower_genai_core::{Attempt, CallRecord, End, Exchange, Operation, Outcome, Watch};

use crate::attributes::{Attributes, ERROR_TYPE, exchange as plain, gen_ai, rpc};
use crate::names;

/// What a span is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A request that is answered.
    Server,
    /// A model call that is sent.
    Model,
    /// Any other request that is sent, or one attempt at a model call.
    Exchange,
}

/// A running span.
pub(crate) struct SpanWatch {
    context: Context,
    /// Whether the span is recorded and has not ended.
    open: bool,
    kind: Kind,
    grpc: bool,
    /// The operation of the model call, if it is one.
    operation: Option<Operation>,
    /// The end of an attempt that may turn out to be the last.
    attempt: Option<Ended>,
}

struct Ended {
    at: SystemTime,
    error: Option<StringValue>,
}

impl SpanWatch {
    pub(crate) const fn new(
        context: Context,
        recording: bool,
        kind: Kind,
        grpc: bool,
        operation: Option<Operation>,
    ) -> Self {
        Self { context, open: recording, kind, grpc, operation, attempt: None }
    }

    fn response(&self, exchange: &Exchange, to: &mut Attributes) {
        if self.grpc { rpc::response(exchange, to) } else { plain::response(exchange, to) }
    }

    fn error(&self, exchange: &Exchange) -> Option<StringValue> {
        if self.grpc { rpc::error(exchange) } else { plain::error(exchange) }
    }

    fn end_exchange(&mut self, exchange: &Exchange) {
        if self.open {
            let mut attributes = Attributes::default();
            self.response(exchange, &mut attributes);
            self.end(attributes, self.error(exchange), None);
        }
    }

    fn end(&mut self, mut attributes: Attributes, error: Option<StringValue>, at: Option<SystemTime>) {
        self.open = false;
        let span = self.context.span();
        if let Some(error) = error {
            attributes.push(ERROR_TYPE, error);
            // The conventions want no description where the type says it all.
            span.set_status(Status::error(""));
        }
        span.set_attributes(attributes);
        match at {
            Some(at) => span.end_with_timestamp(at),
            None => span.end(),
        }
    }
}

impl Watch for SpanWatch {
    fn around(&mut self, poll: &mut dyn FnMut()) {
        let _current = self.context.clone().attach();
        poll();
    }

    fn on_exchange(&mut self, exchange: &Exchange) {
        if self.operation.is_none() {
            self.end_exchange(exchange);
        } else if exchange.end == End::Upgraded {
            // It asked for a session and got it: the calls made over it have spans of their own.
            self.context.span().update_name(names::of_method(&exchange.method));
            self.end_exchange(exchange);
        }
        // Otherwise the record of the call comes later and knows more.
    }

    fn on_attempt(&mut self, attempt: &Attempt) {
        if self.kind == Kind::Exchange {
            self.end_exchange(&attempt.exchange);
        } else if self.open {
            self.attempt = Some(Ended { at: SystemTime::now(), error: self.error(&attempt.exchange) });
            if self.kind == Kind::Server {
                let mut attributes = Attributes::default();
                plain::status(&attempt.exchange, &mut attributes);
                self.context.span().set_attributes(attributes);
            }
        }
    }

    fn on_end(&mut self, record: &CallRecord) {
        if !self.open {
            return;
        }
        let attempt = self.attempt.take();
        let mut attributes = Attributes::default();
        if self.kind == Kind::Model {
            self.context.span().update_name(names::of_call(record));
        } else if attempt.is_none() {
            plain::status(record.exchange(), &mut attributes);
        }
        gen_ai::call(record, &mut attributes);
        let failed = record.outcome() == Outcome::Failed;
        let refused = record.exchange().status.is_some_and(|status| (400..500).contains(&status.as_u16()));
        // A server that refuses has not failed: 4xx is the caller's error.
        let counts = failed && !(self.kind == Kind::Server && refused);
        let error = record.error_type().filter(|_| counts).map(|error| error.to_owned().into());
        // A reply may be read on when its client has left; the span is of what the client had.
        let left = record.drain().map(|_| record.started_at() + record.duration());
        self.end(attributes, error, left.or_else(|| attempt.map(|attempt| attempt.at)));
    }
}

impl Drop for SpanWatch {
    /// An attempt that was not the last, or a watch that nobody told of an end.
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        let mut attributes = Attributes::default();
        attributes.maybe(gen_ai::OPERATION, self.operation.map(Operation::as_str));
        let (at, error) = self.attempt.take().map_or((None, None), |ended| (Some(ended.at), ended.error));
        self.end(attributes, error, at);
    }
}
