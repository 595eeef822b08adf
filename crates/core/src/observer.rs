//! What is told about calls, and to whom.

use std::time::SystemTime;

use http::request::Parts;
use http::{HeaderMap, StatusCode, Version};

use crate::call::CallHandle;
use crate::exchange::{Attempt, Exchange, Role};
use crate::record::CallRecord;
use crate::route::Route;
use crate::session::SessionId;
use crate::upstream::Upstream;

/// The request as an observer sees it before the inner service does.
///
/// Headers may be edited: this is where trace context is injected.
#[derive(Debug)]
pub struct Head<'a> {
    /// Method, URI, headers and extensions of the request.
    pub parts: &'a mut Parts,
    pub(crate) role: Role,
    pub(crate) route: Option<&'a Route>,
    pub(crate) server: Option<&'a Route>,
    pub(crate) https: bool,
    pub(crate) call: Option<&'a CallHandle>,
    pub(crate) attempt: u32,
    pub(crate) session: Option<SessionId>,
    pub(crate) started_at: Option<SystemTime>,
}

impl Head<'_> {
    /// Which side the layer stands on.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The route template the layer's extractor found.
    pub const fn route(&self) -> Option<&Route> {
        self.route
    }

    /// Where a client sends to, as [`Exchange::server`] will have it.
    pub const fn server(&self) -> Option<&Route> {
        self.server
    }

    /// Whether the request's scheme is `https`, as [`Exchange::https`] will have it.
    pub const fn https(&self) -> bool {
        self.https
    }

    /// The call this exchange carries; `None` for a plain exchange.
    pub const fn call(&self) -> Option<&CallHandle> {
        self.call
    }

    /// 0 when this layer opens the call (or the exchange is plain), else the number of the attempt it joined with.
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The session the call is a part of: then no exchange begins, and none will be told of its end. `None` for most.
    pub const fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// `gen_ai.provider.name`: what the [`Upstream`] in the extensions says, else what the host of the URI tells.
    pub fn provider(&self) -> Option<&str> {
        let upstream = self.parts.extensions.get::<Upstream>().and_then(Upstream::provider);
        upstream.or_else(|| tower_genai_wire::provider_of_host(self.parts.uri.host()?))
    }

    /// When the exchange began, by the system's clock: the moment its [`duration`](Exchange::duration) is counted from
    /// and, for a call, what its record says as well.
    pub fn started_at(&self) -> SystemTime {
        // Nobody asks about most plain exchanges.
        self.started_at.unwrap_or_else(SystemTime::now)
    }
}

/// The head of a reply.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Reply<'a> {
    /// Its status.
    pub status: StatusCode,
    /// Its HTTP version.
    pub version: Version,
    /// Its headers.
    pub headers: &'a HeaderMap,
}

/// Something that wants to know about exchanges and calls: metrics, spans, prices, sinks.
///
/// # When the methods are called
///
/// Each request that passes the layer leads to one `begin` and, exactly once, whatever happens, to either
/// [`on_exchange`](Self::on_exchange) (the layer opened the call, or the exchange is plain) or
/// [`on_attempt`](Self::on_attempt) (another layer further out opened the call and this one joined). A model call then
/// also leads, once per call and for every observer that took part, to [`complete`](Self::complete) of all observers,
/// [`enrich`](Self::enrich) of all, and [`on_end`](Self::on_end) of all, in this order: what one of them adds to
/// the record in an earlier phase is seen by all in the later ones, however the layers are stacked.
///
/// A response within a [`Session`](crate::Session) is a call whose exchange is the session's: its `begin`, whose head
/// says [`session`](Head::session), leads to the three last and to no end of an exchange.
///
/// The methods run on the I/O path and in `Drop`, maybe after the runtime is gone. They must not block, await or take
/// contended locks: use atomics and `try_send`. A panic is caught, counted and goes no further.
pub trait Observer: Send + Sync + 'static {
    /// A name for the counter of panics.
    fn name(&self) -> &'static str;

    /// How many bytes of a request's text, and as many of the reply's, the observer wants to be kept until the call has
    /// ended: it finds them with [`CallRecord::text`] in [`complete`](Self::complete), and nobody does later. It is
    /// asked once, when it is added to a layer; by default no text is kept, and more than 128 KiB never are.
    fn text_limit(&self) -> usize {
        0
    }

    /// How many bytes of what the request says, and as many of what the reply does, the observer wants to be kept: it
    /// finds them with [`CallRecord::content`]. It is asked once, when it is added to a layer; by default no content is
    /// kept, and more than 128 KiB of a side never are.
    fn content_limit(&self) -> usize {
        0
    }

    /// By which sizes, in seconds, the observer wants the times between the chunks of a streamed reply to be counted: it
    /// finds them with [`CallRecord::chunk_times`]. It is asked once, when it is added to a layer. By default there are
    /// no sizes, and then the clock is not read for a chunk; with some it is, each time that one arrives.
    fn chunk_bounds(&self) -> Vec<f64> {
        Vec::new()
    }

    /// A request is about to go to the inner service. State for this one request is returned as a [`Watch`]; `None`
    /// costs no allocation.
    fn begin(&self, head: &mut Head<'_>) -> Option<Box<dyn Watch>> {
        let _ = head;
        None
    }

    /// An exchange of a layer that opened it has ended.
    fn on_exchange(&self, exchange: &Exchange) {
        let _ = exchange;
    }

    /// An attempt of a layer that joined has ended.
    fn on_attempt(&self, attempt: &Attempt) {
        let _ = attempt;
    }

    /// The call has ended; missing facts may be filled in.
    fn complete(&self, record: &mut CallRecord) {
        let _ = record;
    }

    /// Facts that follow from facts may be added: the price.
    fn enrich(&self, record: &mut CallRecord) {
        let _ = record;
    }

    /// The record is final.
    fn on_end(&self, record: &CallRecord) {
        let _ = record;
    }
}

/// The state of an observer for one request. Its methods are called beside those of its [`Observer`], at the same
/// moments.
pub trait Watch: Send + Sync {
    /// Calls the inner service, or polls its future; something may be made current around it.
    fn around(&mut self, run: &mut dyn FnMut()) {
        run();
    }

    /// The head of the reply has arrived. It is told before any byte of the body is seen, and not at all when there is
    /// no reply.
    fn on_head(&mut self, reply: &Reply<'_>) {
        let _ = reply;
    }

    /// See [`Observer::on_exchange`].
    fn on_exchange(&mut self, exchange: &Exchange) {
        let _ = exchange;
    }

    /// See [`Observer::on_attempt`]. When another attempt follows, the watch is dropped after this call and the
    /// attempt's own watch takes its place.
    fn on_attempt(&mut self, attempt: &Attempt) {
        let _ = attempt;
    }

    /// See [`Observer::complete`].
    fn complete(&mut self, record: &mut CallRecord) {
        let _ = record;
    }

    /// See [`Observer::enrich`].
    fn enrich(&mut self, record: &mut CallRecord) {
        let _ = record;
    }

    /// See [`Observer::on_end`]. The watch is dropped afterwards.
    fn on_end(&mut self, record: &CallRecord) {
        let _ = record;
    }
}
