mod session;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use compact_str::CompactString;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Response, StatusCode, request};
use tower_genai_wire::{ReplyFacts, ReplyHead, ReplyReader, Usage};

use super::Core;
use super::facts::ExchangeFacts;
use super::party::{Party, READER, shielded};
use crate::arrival::Arrival;
use crate::call::{CallHandle, CallSlot, Shared};
use crate::caller::Caller;
use crate::chunks::Pace;
use crate::clock::Instant;
use crate::content::{self, Kept};
use crate::credential;
use crate::end::{DrainResult, End};
use crate::gate::Admitted;
use crate::record::{CallRecord, UsageSource};
use crate::session::{SessionId, Within};
use crate::text::CallText;
use crate::upstream::Upstream;
use crate::verdict::{Fault, Verdict};

/// Ends a model call, once: by [`end`](Self::end), or else by its drop.
///
/// The layers hold one per call they open. Code that must record a call which never reaches a layer, such as a
/// refusal, opens one by hand with [`CallLayer::open`](super::CallLayer::open).
pub struct CallGuard(Option<Box<Running>>);

struct Running {
    party: Party,
    shared: Arc<Shared>,
    facts: ExchangeFacts,
    admitted: Admitted,
    started_at: SystemTime,
    path: CompactString,
    caller: Caller,
    upstream: Upstream,
    /// In a box of its own: allocators are quick with pieces below a kilobyte, and slow with larger ones.
    reader: Option<Box<ReplyReader>>,
    time_before: Option<Duration>,
    time_to_head: Option<Duration>,
    first_output: Option<Instant>,
    /// What counts the times between chunks, once there is one and where somebody asks for them.
    pace: Option<Box<Pace>>,
    /// What it has to do with a session; most calls have nothing to do with one.
    tie: Option<Tie>,
    /// The usage that was known when the client left, once something has been read after that.
    before_leaving: Option<Box<Option<Usage>>>,
}

enum Tie {
    /// The call asks for a session. When it gets one it has been none: its head is what the session's calls begin
    /// with.
    Asks(Box<request::Parts>),
    /// The call is a response within a session.
    Within(Box<Within>),
}

// Two kilobytes in two pieces: see the field `reader`. An `Arc` adds its two counts.
const _: () = assert!(
    size_of::<Shared>() + 16 <= 1024 && size_of::<Running>() <= 1024 && size_of::<ReplyReader>() <= 1024
);

/// What a call is opened as.
#[derive(Clone, Copy)]
enum Opening {
    Call,
    /// What may turn out to be no call.
    Asks,
    Within(SessionId),
}

impl CallGuard {
    pub(super) fn open(
        core: &Arc<Core>,
        admitted: Admitted,
        facts: ExchangeFacts,
        head: &mut request::Parts,
    ) -> Self {
        Self(Some(Running::open(core, admitted, facts, head, Opening::Call)))
    }

    /// The call's handle.
    pub fn handle(&self) -> Option<CallHandle> {
        self.0.as_ref().map(|running| CallHandle { shared: running.shared.clone() })
    }

    /// The reply's head has arrived.
    pub fn on_head<B>(&mut self, head: &Response<B>) {
        self.on_head_of(head, None);
    }

    /// The same, with the length that the reply's body says it has.
    pub(super) fn on_head_of<B>(&mut self, head: &Response<B>, length: Option<u64>) {
        if let Some(running) = &mut self.0 {
            running.on_head(head, length);
        }
    }

    /// A frame of the reply's body is handed on.
    pub fn on_data(&mut self, bytes: &[u8]) {
        if let Some(running) = &mut self.0 {
            running.on_data(bytes);
        }
    }

    pub(super) fn on_trailers(&mut self, trailers: &HeaderMap) {
        if let Some(running) = &mut self.0 {
            running.facts.on_trailers(trailers);
        }
    }

    pub(super) fn party(&mut self) -> Option<&mut Party> {
        self.0.as_mut().map(|running| &mut running.party)
    }

    pub(super) fn shared(&self) -> Option<&Arc<Shared>> {
        self.0.as_ref().map(|running| &running.shared)
    }

    /// Ends the call and records it.
    pub fn end(mut self, end: End) {
        self.end_in_place(end);
    }

    /// The same, for one that is about to be dropped where it stands.
    pub(super) fn end_in_place(&mut self, end: End) {
        if let Some(running) = self.0.take() {
            running.end(end);
        }
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        if let Some(running) = self.0.take() {
            let terminal = running.reader.as_ref().is_some_and(|reader| reader.facts().terminal);
            let end = running.facts.dropped(terminal);
            running.end(end);
        }
    }
}

impl fmt::Debug for CallGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CallGuard").field(&self.0.as_ref().map(|running| running.shared.id())).finish()
    }
}

impl Running {
    fn open(
        core: &Arc<Core>,
        admitted: Admitted,
        facts: ExchangeFacts,
        head: &mut request::Parts,
        opening: Opening,
    ) -> Box<Self> {
        let counted = !matches!(opening, Opening::Asks);
        let id = crate::record::CallId::random();
        let shared = Arc::new(Shared::new(id, core.clone(), admitted, &head.headers, counted));
        let handle = CallHandle { shared: shared.clone() };
        if let Some(slot) = head.extensions.get::<CallSlot>() {
            slot.fill(&handle);
        }
        let caller = credential::complete(head.extensions.get::<Caller>(), &head.headers);
        let mut upstream = head.extensions.get::<Upstream>().cloned().unwrap_or_default();
        if upstream.provider().is_none()
            && let Some(provider) = head.uri.host().and_then(tower_genai_wire::provider_of_host)
        {
            upstream = upstream.with_provider(provider);
        }
        let path = head.uri.path().into();
        let mut started_at = SystemTime::now();
        let arrival = head.extensions.get::<Arrival>();
        let time_before = arrival.map(|arrival| facts.started().saturating_duration_since(arrival.moment()));
        let mut seen = facts.head(head, core.role, Some(&handle), 0);
        if let Opening::Within(session) = opening {
            seen.session = Some(session);
            // It began a little before it was opened.
            let before = core.clock.now().saturating_duration_since(facts.started());
            started_at = started_at.checked_sub(before).unwrap_or(started_at);
        }
        seen.started_at = Some(started_at);
        let party = Party::begin(core, &mut seen);
        head.extensions.insert(handle);
        Box::new(Self {
            party,
            shared,
            facts,
            admitted,
            started_at,
            path,
            caller,
            upstream,
            reader: None,
            time_before,
            time_to_head: None,
            first_output: None,
            pace: None,
            before_leaving: None,
            tie: None,
        })
    }

    fn on_head<B>(&mut self, head: &Response<B>, length: Option<u64>) {
        if head.status() != StatusCode::SWITCHING_PROTOCOLS {
            self.is_a_call();
        }
        self.facts.on_head(head, length);
        self.party.on_head(head);
        let now = self.party.core().clock.now();
        self.time_to_head = Some(now.saturating_duration_since(self.facts.started()));
        if let Some(usage) = head.extensions().get::<Usage>() {
            self.shared.annotate(|notes| {
                notes.usage.get_or_insert(*usage);
            });
        }
        let text = |name| head.headers().get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        let reply = ReplyHead::new(head.status().as_u16(), text(CONTENT_TYPE), text(CONTENT_ENCODING))
            .streaming(self.admitted.api.path_stream(&self.path) == Some(true));
        shielded(self.party.core(), READER, || {
            let budget = &self.party.core().decoder_budget;
            let mut reader = Box::new(ReplyReader::with_budget(self.admitted.api, &reply, budget));
            for (name, value) in head.headers() {
                reader.read_header(name.as_str(), value.as_bytes());
            }
            let text_limit = self.shared.text_limit();
            if text_limit > 0 && head.status().as_u16() < 400 {
                reader.keep_text(self.admitted.api, text_limit as usize);
            }
            let content_limit = self.shared.content_limit();
            if content_limit > 0 && head.status().as_u16() < 400 {
                reader.keep_content(self.admitted.api, content_limit as usize);
            }
            self.reader = Some(reader);
        });
    }

    fn on_data(&mut self, bytes: &[u8]) {
        let left = self.shared.has_left();
        if !left {
            self.facts.on_data(bytes);
        }
        let Some(reader) = &mut self.reader else { return };
        if left && self.before_leaving.is_none() {
            shielded(self.party.core(), READER, || {
                reader.catch_up();
                self.before_leaving = Some(Box::new(reader.facts().usage));
            });
        }
        let mut progress = None;
        shielded(self.party.core(), READER, || progress = Some(reader.push(bytes)));
        let Some(progress) = progress else {
            // Half-read facts of a reader that panicked are not trusted.
            self.reader = None;
            return;
        };
        if !left {
            self.on_output(progress.first_output, progress.outputs);
        }
        if progress.terminal {
            self.shared.set_terminal();
        }
    }

    /// So many chunks of output have arrived, maybe the first.
    fn on_output(&mut self, first: bool, mut chunks: u32) {
        let mut now = None;
        if first && self.first_output.is_none() {
            let first = self.party.core().clock.now();
            self.first_output = Some(first);
            self.pace = self.shared.chunk_bounds().map(|bounds| Box::new(Pace::new(first, bounds)));
            chunks = chunks.saturating_sub(1);
            now = Some(first);
        }
        if chunks > 0
            && let Some(pace) = &mut self.pace
        {
            pace.tell(now.unwrap_or_else(|| self.party.core().clock.now()), chunks);
        }
    }

    fn read_reply(&mut self) -> (ReplyFacts, Kept) {
        let mut read = (ReplyFacts::default(), Kept::default());
        let Some(mut reader) = self.reader.take() else { return read };
        shielded(self.party.core(), READER, || {
            reader.finish();
            let kept = Kept { text: reader.take_text(), content: reader.take_content() };
            read = (reader.take_facts(), kept);
        });
        read
    }

    fn end(mut self: Box<Self>, end: End) {
        self.is_a_call();
        let within = self.take_within();
        let (mut reply, reply_kept) = self.read_reply();
        let Self { mut party, shared, facts, admitted, started_at, path, caller, mut upstream, .. } = *self;
        let core = party.core().clone();
        let started = facts.started();
        let status = facts.status();
        // Whoever left was given no end, whatever the rest of the reply has brought.
        let left_at = shared.left_at();
        let (ended, how) = left_at.map_or_else(|| (core.clock.now(), end), |at| (at, End::Dropped));
        let mut exchange = facts.into_exchange(core.role, ended, how);
        exchange.time_to_head = self.time_to_head;
        if within.is_none() {
            party.on_exchange(&exchange);
        }

        let mut settled = shared.settle();
        let session = within.map(|within| {
            settled.request = within.request;
            settled.request_bytes = within.request_bytes;
            reply = within.reply;
            within.session
        });
        let attempts = settled.attempts();
        let request_kept = std::mem::take(&mut settled.request_kept);
        let mut notes = std::mem::take(&mut settled.notes);
        let fault = notes.extensions.remove::<Fault>();
        let mut request = std::mem::take(&mut settled.request);
        let verdict = Verdict::of(how, status, reply.error.as_ref(), fault.as_ref());
        // What a provider reports counts as reported, also when it is a bare total that says neither side.
        let usage = notes.usage.or(reply.usage);
        let drained =
            self.before_leaving.is_some_and(|before| notes.usage.is_none() && *before != reply.usage);
        if let Some(model) = notes.request_model {
            request.model = Some(model);
        }
        if request.model.is_none() {
            request.model = admitted.api.path_model(&path).map(Into::into);
        }
        request.stream = request.stream.or_else(|| admitted.api.path_stream(&path));
        if let Some(model) = notes.response_model {
            reply.model = Some(model);
        }
        if let Some(provider) = notes.provider {
            upstream = upstream.with_provider(provider);
        }
        // What a request asked for is not billed where nobody served it.
        let served = status.is_some_and(|status| status.as_u16() < 400);
        let asked = request.billing.take().filter(|_| served);
        let billing = match (reply.billing.take(), asked) {
            (Some(stated), Some(asked)) => Some(Box::new(stated.or(*asked))),
            (stated, asked) => stated.or(asked),
        };
        let mut record = CallRecord {
            id: shared.id(),
            started_at,
            operation: notes.operation.unwrap_or(admitted.operation),
            api: admitted.api,
            path,
            request,
            usage: usage.unwrap_or_default(),
            usage_source: match usage {
                Some(_) if drained => UsageSource::Drained,
                Some(_) => UsageSource::Reported,
                None => UsageSource::Missing,
            },
            drain: notes.drain.or_else(|| left_at.map(|_| drain_result(end))),
            billing,
            cost: None,
            cost_status: None,
            caller,
            upstream,
            time_before: self.time_before,
            time_to_first_chunk: self.first_output.map(|at| at.saturating_duration_since(started)),
            chunk_times: self.pace.map(|pace| Box::new(pace.into_times())),
            reply,
            exchange,
            request_bytes: settled.request_bytes,
            verdict,
            attempts,
            span: notes.span,
            extensions: notes.extensions,
            session,
            content: content::of_call(request_kept.content, reply_kept.content, &core, &settled.joined),
            text: request_kept.text.zip(reply_kept.text).map(|(request, reply)| {
                let text = CallText { request, reply };
                Box::new(text)
            }),
        };
        party.complete(&mut record);
        settled.joined.iter_mut().for_each(|joined| joined.party.complete(&mut record));
        // Whoever keeps the record keeps no text.
        record.text = None;
        party.enrich(&mut record);
        settled.joined.iter_mut().for_each(|joined| joined.party.enrich(&mut record));
        party.on_end(&record);
        settled.joined.iter_mut().for_each(|joined| joined.party.on_end(&record));

        core.self_check.count_recorded(core.role, record.outcome());
        for joined in settled.joined.iter().filter(|joined| joined.counts) {
            joined.party.core().self_check.count_recorded(core.role, record.outcome());
        }
    }
}

/// What the end of the reading says about it, where the one who read says nothing.
const fn drain_result(end: End) -> DrainResult {
    match end {
        End::Complete | End::Upgraded => DrainResult::Drained,
        End::Failed(_) => DrainResult::Failed,
        End::Dropped => DrainResult::Stopped,
    }
}
