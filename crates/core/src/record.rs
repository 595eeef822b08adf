//! The record of one model call.

use std::fmt;
use std::time::{Duration, SystemTime};

use compact_str::CompactString;
use tower_genai_wire::{Api, Billing, HeadFacts, Operation, ReplyFacts, RequestFacts, Usage};

use crate::caller::Caller;
use crate::chunks::ChunkTimes;
use crate::content::Content;
use crate::cost::{Cost, CostStatus};
use crate::end::{DrainResult, End, ErrorOrigin, Outcome};
use crate::exchange::{Exchange, Role};
use crate::session::SessionId;
use crate::text::CallText;
use crate::upstream::Upstream;
use crate::verdict::Verdict;

/// Identifies one call: 128 random bits, shown as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallId(pub(crate) u128);

impl CallId {
    pub(crate) fn random() -> Self {
        Self(fastrand::u128(..))
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0.to_be_bytes()) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 0xf)];
        }
        // Digits are text.
        f.pad(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallId({self})")
    }
}

/// Where the token counts of a record come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UsageSource {
    /// The provider reported them, or the handler that called the model did.
    Reported,
    /// The provider reported them after the client had left, for a `DrainLayer`.
    Drained,
    /// Nobody reported them; they were counted with a tokenizer.
    Estimated,
    /// Nobody reported them.
    #[default]
    Missing,
}

impl UsageSource {
    /// The value in labels, attributes and log lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Drained => "drained",
            Self::Estimated => "estimated",
            Self::Missing => "missing",
        }
    }
}

/// The span that belongs to a call, so that log lines and exemplars can name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanRef {
    /// The trace id, 16 bytes.
    pub trace_id: [u8; 16],
    /// The span id, 8 bytes.
    pub span_id: [u8; 8],
    /// Whether the span is sampled.
    pub sampled: bool,
}

/// Everything known about one model call once it has ended.
///
/// Observers read it through accessors, so that fields can be added without breaking them. In the `complete` and
/// `enrich` phases some parts can still be set; in `on_end` the record is read-only.
#[derive(Clone, Debug)]
pub struct CallRecord {
    pub(crate) id: CallId,
    pub(crate) started_at: SystemTime,
    pub(crate) operation: Operation,
    pub(crate) api: Api,
    pub(crate) path: CompactString,
    pub(crate) request: RequestFacts,
    pub(crate) reply: ReplyFacts,
    pub(crate) usage: Usage,
    pub(crate) usage_source: UsageSource,
    pub(crate) drain: Option<DrainResult>,
    pub(crate) billing: Option<Box<Billing>>,
    pub(crate) cost: Option<Cost>,
    pub(crate) cost_status: Option<CostStatus>,
    pub(crate) caller: Caller,
    pub(crate) upstream: Upstream,
    pub(crate) exchange: Exchange,
    pub(crate) request_bytes: u64,
    pub(crate) time_before: Option<Duration>,
    pub(crate) time_to_first_chunk: Option<Duration>,
    pub(crate) chunk_times: Option<Box<ChunkTimes>>,
    pub(crate) verdict: Verdict,
    pub(crate) attempts: u32,
    pub(crate) span: Option<SpanRef>,
    pub(crate) session: Option<SessionId>,
    pub(crate) extensions: http::Extensions,
    pub(crate) text: Option<Box<CallText>>,
    pub(crate) content: Option<Box<Content>>,
}

impl CallRecord {
    /// The call's own id.
    pub const fn id(&self) -> CallId {
        self.id
    }

    /// When the call began, by the system's clock.
    pub const fn started_at(&self) -> SystemTime {
        self.started_at
    }

    /// Which side observed it.
    pub const fn role(&self) -> Role {
        self.exchange.role
    }

    /// `gen_ai.operation.name`.
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// `gen_ai.provider.name`: what the [`Upstream`] says, else what the host tells.
    pub fn provider(&self) -> Option<&str> {
        self.upstream.provider()
    }

    /// `gen_ai.provider.name` where it must be said: [`provider`](Self::provider), else the provider whose API the call
    /// speaks (`openai` for all who imitate it), else `unknown`.
    pub fn likely_provider(&self) -> &str {
        self.provider().or(self.api.provider()).unwrap_or("unknown")
    }

    /// `openai.api.type`: which of OpenAI's two ways to chat the call is; `None` for other calls.
    pub const fn openai_api_type(&self) -> Option<&'static str> {
        self.api.openai_type()
    }

    /// Which upstream served it.
    pub const fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// The path of the request, without its query. Never a label: it may hold anything.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Which known API the path belongs to, as a template from a closed list: `/v1/chat/completions`,
    /// `/model/{model}/converse`. `None` for a path that is in no table.
    pub fn api_route(&self) -> Option<&'static str> {
        self.api.path_route(&self.path)
    }

    /// What the request said.
    pub const fn request(&self) -> &RequestFacts {
        &self.request
    }

    /// What the reply said.
    pub const fn reply(&self) -> &ReplyFacts {
        &self.reply
    }

    /// What the head of the reply said beside its body: the provider's request id and the caller's limits.
    pub fn reply_head(&self) -> Option<&HeadFacts> {
        self.reply.head.as_deref()
    }

    /// `gen_ai.request.model`.
    pub fn request_model(&self) -> Option<&str> {
        self.request.model.as_deref()
    }

    /// `gen_ai.response.model`.
    pub fn response_model(&self) -> Option<&str> {
        self.reply.model.as_deref()
    }

    /// `gen_ai.response.finish_reasons`, one for each choice in their order: `error` for one that began and never came
    /// to its end, because the reply broke off or was given up.
    pub fn finish_reasons(&self) -> impl Iterator<Item = &str> {
        let (stated, choices) = if self.broke_off() {
            // What a request asks for is not bounded; more choices than this are not read.
            let asked = self.request.choice_count.map_or(1, |count| count.clamp(1, 128));
            (&[][..], Some(u32::try_from(asked).unwrap_or(1)))
        } else {
            (self.reply.finish_reasons.as_slice(), None)
        };
        let each = choices.into_iter().flat_map(|choices| self.reply.finish_reasons_of(choices));
        stated.iter().map(CompactString::as_str).chain(each.map(|reason| reason.unwrap_or("error")))
    }

    /// Whether the reply began and has not been read to its end.
    fn broke_off(&self) -> bool {
        let ends_with_reasons = matches!(
            self.operation,
            Operation::Chat | Operation::TextCompletion | Operation::GenerateContent
        ) && !matches!(self.request.output_type, Some("image" | "speech"));
        let began = self.exchange.status.is_some_and(|status| status.is_success()) || self.session.is_some();
        // A whole document that is an error has no choices.
        let cut = self.verdict.outcome != Outcome::Complete
            && (self.reply.streamed || self.exchange.end != End::Complete);
        ends_with_reasons && began && cut
    }

    /// The token counts; all absent when [`usage_source`](Self::usage_source) is `Missing`.
    pub const fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Where the token counts come from.
    pub const fn usage_source(&self) -> UsageSource {
        self.usage_source
    }

    /// What became of the rest of the reply when the client left before its end; `None` when nobody wanted to read it.
    ///
    /// The record then describes what the client had: its [`duration`](Self::duration) and the bytes of its
    /// [`exchange`](Self::exchange) end where the client left, and its [`outcome`](Self::outcome) is
    /// [`Dropped`](Outcome::Dropped). Usage, finish reasons and all else that the reply says is from all that was read.
    pub const fn drain(&self) -> Option<DrainResult> {
        self.drain
    }

    /// Fills token counts in, in the `complete` phase.
    pub fn set_usage(&mut self, usage: Usage, source: UsageSource) {
        self.usage = usage;
        self.usage_source = source;
    }

    /// The text of the call, in the `complete` phase and where an observer
    /// [asked for it](crate::Observer::text_limit): `None` later, and for APIs whose text is not understood.
    pub fn text(&self) -> Option<&CallText> {
        self.text.as_deref()
    }

    /// What was said in the call, where an observer [asked for it](crate::Observer::content_limit) and every
    /// [`Redact`](crate::Redact) has seen it; `None` otherwise, and for APIs whose messages are not understood. Where the
    /// call failed there is no more than was said until then.
    pub fn content(&self) -> Option<&Content> {
        self.content.as_deref()
    }

    /// What is billed beside tokens: what the reply states, else what the request does; `None` for most calls.
    pub fn billing(&self) -> Option<&Billing> {
        self.billing.as_deref()
    }

    /// What it cost; `None` unless the status is `Priced`.
    pub const fn cost(&self) -> Option<&Cost> {
        self.cost.as_ref()
    }

    /// Whether it was priced; `None` when nobody tried.
    pub const fn cost_status(&self) -> Option<CostStatus> {
        self.cost_status
    }

    /// States the cost, in the `enrich` phase.
    pub fn set_cost(&mut self, cost: Cost) {
        self.cost = Some(cost);
        self.cost_status = Some(CostStatus::Priced);
    }

    /// States that there is no cost, and why, in the `enrich` phase.
    pub fn set_unpriced(&mut self, status: CostStatus) {
        self.cost = None;
        self.cost_status = Some(status);
    }

    /// Who called.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The HTTP exchange that carried the call.
    pub const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Bytes of the request's body that were sent.
    pub const fn request_bytes(&self) -> u64 {
        self.request_bytes
    }

    /// Whether the reply is a stream of events.
    pub const fn streamed(&self) -> bool {
        self.reply.streamed
    }

    /// From the request's [`Arrival`](crate::Arrival) until the call: the process's own time before the provider was
    /// asked. `None` where nobody said when the request arrived.
    pub const fn time_before(&self) -> Option<Duration> {
        self.time_before
    }

    /// From the call until the first event that carries output; streams only.
    pub const fn time_to_first_chunk(&self) -> Option<Duration> {
        self.time_to_first_chunk
    }

    /// The times between the chunks after the first; only of streams, and where an observer
    /// [asked for them](crate::Observer::chunk_bounds).
    pub fn chunk_times(&self) -> Option<&ChunkTimes> {
        self.chunk_times.as_deref()
    }

    /// From the call until the end of the reply, or until the client left.
    pub const fn duration(&self) -> Duration {
        self.exchange.duration
    }

    /// How many attempts joined layers saw; 0 when nobody joined.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The span of the call.
    pub const fn span(&self) -> Option<SpanRef> {
        self.span
    }

    /// The session the call was a part of; `None` for a call with an exchange of its own.
    pub const fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// What those who took part have left with the call, by [`CallHandle::extend`](crate::CallHandle::extend).
    pub const fn extensions(&self) -> &http::Extensions {
        &self.extensions
    }

    /// What became of the call.
    pub const fn outcome(&self) -> Outcome {
        self.verdict.outcome
    }

    /// `error.type`: what the one who caused or noticed the fault said, else the provider's code, else the status,
    /// else our own word. `None` unless the outcome is `Failed`.
    pub fn error_type(&self) -> Option<&str> {
        self.verdict.error_type.as_deref()
    }

    /// Which party the error came from; `None` unless the outcome is `Failed`.
    pub const fn error_origin(&self) -> Option<ErrorOrigin> {
        self.verdict.error_origin
    }
}
