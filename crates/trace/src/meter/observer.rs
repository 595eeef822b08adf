use std::fmt;
use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::{Counter, Meter, MeterProvider};
use tower_genai_core::{
    CallRecord, Cost, ModalityTokens, Observer, Operation, Outcome, Profile, Role, Usage, UsageSource,
};

use super::instruments::{Instruments, Renamed};
use super::sets::{Modality, Set, Sets};

/// Measures every model call that has ended, with the instruments in the [table](crate::meter).
///
/// ```
/// use opentelemetry_sdk::metrics::SdkMeterProvider;
/// use tower_genai_core::{CallLayer, Profile};
/// use tower_genai_trace::meter::MeterObserver;
///
/// let provider = SdkMeterProvider::builder().build();
/// let layer = CallLayer::client().with(MeterObserver::new(&provider, Profile::V1_41));
/// # drop(layer);
/// ```
#[derive(Clone)]
pub struct MeterObserver(Arc<Measuring>);

struct Measuring {
    instruments: Instruments,
    sets: Sets,
    profile: Profile,
}

impl MeterObserver {
    /// Instruments of the provider's, in the scope `tower-genai`.
    pub fn new(provider: &impl MeterProvider, profile: Profile) -> Self {
        let scope = InstrumentationScope::builder("tower-genai").with_version(env!("CARGO_PKG_VERSION"));
        Self::from_meter(&provider.meter_with_scope(scope.build()), profile)
    }

    /// Instruments of the meter's, in its own scope.
    pub fn from_meter(meter: &Meter, profile: Profile) -> Self {
        let instruments = Instruments::new(meter, profile);
        Self(Arc::new(Measuring { instruments, sets: Sets::new(), profile }))
    }
}

impl Observer for MeterObserver {
    fn name(&self) -> &'static str {
        "meter"
    }

    fn on_end(&self, record: &CallRecord) {
        let Measuring { instruments, sets, .. } = &*self.0;
        let set = sets.of(record);
        let seconds = record.duration().as_secs_f64();
        let usage = counted(record);
        let inference = is_inference(record.operation());
        let to_first = record.time_to_first_chunk().filter(|_| record.streamed());

        if instruments.v1_41.is_some() || !inference {
            instruments.operation_duration.record(seconds, &set.failed);
        }
        if let Some(released) = &instruments.v1_41 {
            for (tokens, attributes) in [usage.input, usage.output].into_iter().zip(&set.token_types) {
                if let Some(tokens) = tokens {
                    released.token_usage.record(tokens, attributes);
                }
            }
            if let Some(to_first) = to_first {
                released.time_to_first_chunk.record(to_first.as_secs_f64(), &set.call);
            }
        }
        if let Some(renamed) = instruments.v2026_10.as_ref().filter(|_| inference) {
            renamed.duration.record(seconds, &set.failed);
            if let Some(to_first) = to_first {
                renamed.time_to_first_chunk.record(to_first.as_secs_f64(), &set.call);
            }
            tokens(renamed, record, usage, &set);
        }
        if let (Outcome::Complete, Some(to_first)) = (record.outcome(), to_first) {
            instruments.time_to_first_token.record(to_first.as_secs_f64(), &set.call);
            if let Some(tokens @ 2..) = usage.output {
                let rest = record.duration().saturating_sub(to_first).as_secs_f64();
                instruments.time_per_output_token.record(rest / (tokens - 1) as f64, &set.call);
            }
        }
        if record.role() == Role::Client {
            instruments.response_duration.record(seconds, &set.failed);
        }
        if let Some(cost) = record.cost().map(Cost::total) {
            instruments.cost.record(cost.to_f64(), &set.call);
        }
    }
}

impl fmt::Debug for MeterObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeterObserver").field("profile", &self.0.profile).finish_non_exhaustive()
    }
}

/// The tokens that were counted: these metrics have nothing that would keep a guess apart from them.
fn counted(record: &CallRecord) -> Usage {
    match record.usage_source() {
        UsageSource::Estimated => Usage::default(),
        _ => *record.usage(),
    }
}

/// What the conventions call an inference.
const fn is_inference(operation: Operation) -> bool {
    matches!(operation, Operation::Chat | Operation::TextCompletion | Operation::GenerateContent)
}

/// Calls without usage count as well: with none.
fn tokens(renamed: &Renamed, record: &CallRecord, usage: Usage, set: &Set) {
    renamed.input_tokens.record(usage.input.unwrap_or(0), &set.failed);
    renamed.output_tokens.record(usage.output.unwrap_or(0), &set.failed);
    let modalities = record.billing().map(|billing| billing.modalities).unwrap_or_default();
    let ModalityTokens { image_input, image_output, video_input, video_output, .. } = modalities;
    let counters = &renamed.usage;
    let count = |counter: &Counter<u64>, tokens: Option<u64>, parts: Parts| parts.count(counter, tokens, set);
    count(&counters.input, usage.input.or(Some(0)), Parts::new(image_input, usage.audio_input, video_input));
    count(
        &counters.output,
        usage.output.or(Some(0)),
        Parts::new(image_output, usage.audio_output, video_output),
    );
    count(
        &counters.cache_read,
        usage.cache_read,
        Parts::new(modalities.image_cache_read, modalities.audio_cache_read, None),
    );
    count(&counters.cache_write, usage.cache_write, Parts::default());
    count(&counters.reasoning, usage.reasoning, Parts::default());
}

/// The parts of a count that are stated to be no text.
#[derive(Clone, Copy, Default)]
struct Parts {
    image: Option<u64>,
    audio: Option<u64>,
    /// The conventions have no word for it.
    video: Option<u64>,
}

impl Parts {
    const fn new(image: Option<u64>, audio: Option<u64>, video: Option<u64>) -> Self {
        Self { image, audio, video }
    }

    fn count(self, counter: &Counter<u64>, tokens: Option<u64>, set: &Set) {
        let Some(tokens) = tokens else { return };
        let Self { image, audio, video } = self;
        let add = |modality: Modality, tokens| counter.add(tokens, &set.modalities[modality as usize]);
        let mut rest = tokens;
        for (modality, part) in
            [(Modality::Image, image), (Modality::Audio, audio), (Modality::Unknown, video)]
        {
            // A part cannot be more than the whole.
            let part = part.unwrap_or(0).min(rest);
            rest -= part;
            if part > 0 {
                add(modality, part);
            }
        }
        // Who tells modalities apart says by that what is text.
        let told_apart = image.or(audio).or(video).is_some();
        if rest > 0 || tokens == 0 {
            add(if told_apart && tokens > 0 { Modality::Text } else { Modality::Unknown }, rest);
        }
    }
}
