use std::sync::Arc;
use std::time::SystemTime;

use http::Version;
use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry::{Context, StringValue};
use tower_genai_core::{Attempt, CallHandle, CallRecord, End, Exchange, Head, Operation, Reply, Watch};

use crate::attributes::{Attributes, ERROR_TYPE, exchange as plain, gen_ai, rpc};
use crate::content::span_attributes;
use crate::names;
use crate::settings::Settings;

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

/// A span that is not recorded: only its identity is passed on.
pub(crate) struct Unrecorded(pub(crate) Context);

impl Watch for Unrecorded {
    fn around(&mut self, poll: &mut dyn FnMut()) {
        let _current = self.0.clone().attach();
        poll();
    }
}

/// A span that is recorded.
pub(crate) struct SpanWatch {
    pub(crate) context: Context,
    /// Whether it has not ended.
    pub(crate) open: bool,
    pub(crate) kind: Kind,
    pub(crate) grpc: bool,
    /// The operation of the model call, if it is one.
    pub(crate) operation: Option<Operation>,
    /// When it began, by the system's clock. Its end is so much later as the tap's clock says, which tests can pause.
    pub(crate) started: SystemTime,
    pub(crate) settings: Arc<Settings>,
    /// The version of the reply.
    pub(crate) version: Option<Version>,
    /// Set for an attempt that others may follow.
    pub(crate) tried: Option<Tried>,
    /// The end of an attempt that may turn out to be the last.
    pub(crate) attempt: Option<Ended>,
}

/// What an attempt that is not the last says about its call, which has not ended.
pub(crate) struct Tried {
    call: CallHandle,
    provider: StringValue,
}

impl Tried {
    pub(crate) fn of(head: &Head<'_>) -> Option<Self> {
        let call = head.call()?;
        let provider = head.provider().or_else(|| call.api_provider()).unwrap_or("unknown");
        Some(Self { call: call.clone(), provider: gen_ai::provider(provider) })
    }
}

pub(crate) struct Ended {
    at: SystemTime,
    error: Option<StringValue>,
}

impl SpanWatch {
    fn response(&self, exchange: &Exchange, to: &mut Attributes) {
        if self.grpc {
            rpc::response(exchange, to);
        } else {
            plain::response(exchange, to);
            if self.kind == Kind::Exchange {
                to.maybe("network.protocol.version", self.version.and_then(plain::version));
            }
        }
    }

    fn error(&self, exchange: &Exchange) -> Option<StringValue> {
        if self.grpc { rpc::error(exchange) } else { plain::error(exchange) }
    }

    fn end_exchange(&mut self, exchange: &Exchange) {
        if self.open {
            let mut attributes = Attributes::default();
            self.response(exchange, &mut attributes);
            self.end(&mut attributes, self.error(exchange), self.started + exchange.duration);
        }
    }

    fn end(&mut self, attributes: &mut Attributes, error: Option<StringValue>, at: SystemTime) {
        self.open = false;
        let span = self.context.span();
        if let Some(error) = error {
            attributes.push(ERROR_TYPE, error);
            // The conventions want no description where the type says it all.
            span.set_status(Status::error(""));
        }
        span.set_attributes(attributes.drain());
        span.end_with_timestamp(at);
    }
}

impl Watch for SpanWatch {
    fn around(&mut self, poll: &mut dyn FnMut()) {
        let _current = self.context.clone().attach();
        poll();
    }

    fn on_head(&mut self, reply: &Reply<'_>) {
        self.version = Some(reply.version);
        if self.open && !self.settings.response_headers.is_empty() {
            let mut attributes = Attributes::default();
            self.settings.response_headers.show(reply.headers, &mut attributes);
            self.context.span().set_attributes(attributes.drain());
        }
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
            let at = self.started + attempt.exchange.duration;
            self.attempt = Some(Ended { at, error: self.error(&attempt.exchange) });
            if self.kind == Kind::Server {
                let mut attributes = Attributes::default();
                plain::status(&attempt.exchange, &mut attributes);
                self.context.span().set_attributes(attributes.drain());
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
            let method = &record.exchange().method;
            self.context.span().update_name(names::of_call(
                record.operation(),
                method,
                record.request_model(),
            ));
        } else if attempt.is_none() {
            plain::status(record.exchange(), &mut attributes);
        }
        gen_ai::call(record, self.settings.profile, &mut attributes);
        let capture = self.settings.capture;
        if let Some(content) = record.content().filter(|_| capture.span) {
            attributes.extend(span_attributes(content, capture.max_bytes));
        }
        if let Some(first) = record.time_to_first_chunk().filter(|_| record.streamed()) {
            let at = record.started_at() + first;
            self.context.span().add_event_with_timestamp(names::FIRST_CHUNK, at, Vec::new());
        }
        let error = gen_ai::error(record).map(|error| error.to_owned().into());
        // A reply may be read on when its client has left; the record is of what the client had, and the span too.
        let at = attempt.map_or_else(|| record.started_at() + record.duration(), |attempt| attempt.at);
        self.end(&mut attributes, error, at);
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
        if let (Some(Tried { call, provider }), Some(operation)) = (self.tried.take(), self.operation) {
            attributes.push(gen_ai::PROVIDER, provider);
            if let Some(request) = call.request() {
                if let (false, Some(model)) = (operation == Operation::Unknown, &request.model) {
                    self.context.span().update_name(format!("{} {model}", operation.as_str()));
                }
                gen_ai::request(operation, &request, self.settings.profile, &mut attributes);
            }
        }
        let ended = self.attempt.take();
        let (at, error) = ended.map_or_else(|| (SystemTime::now(), None), |ended| (ended.at, ended.error));
        self.end(&mut attributes, error, at);
    }
}
