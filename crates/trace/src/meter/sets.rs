//! Sets of attributes, in a bounded number, each made once.

use std::sync::Arc;

use foldhash::fast::RandomState;
use opentelemetry::KeyValue;
use papaya::Equivalent;
use tower_genai_core::{CallRecord, Operation, Vocabulary};

use crate::attributes::{Attributes, ERROR_TYPE, exchange, gen_ai};

/// What stands for a value that is not shown.
const OTHER: &str = "other";

/// How many sets there may be. The SDK keeps 2000 series of an instrument, and a set has up to four in one: a series for
/// each [`Modality`].
const SETS: usize = 2000 / Modality::ALL.len();
/// How many models an upstream may answer for.
const MODELS: usize = 1000;
/// How many different kinds of errors are told apart.
const ERROR_TYPES: usize = 100;

/// The sets of attributes of one kind of call.
pub(super) struct Set {
    /// What every metric has.
    pub(super) call: Vec<KeyValue>,
    /// The same with `error.type`.
    pub(super) failed: Vec<KeyValue>,
    /// With `gen_ai.token.type`: input, output.
    pub(super) token_types: [Vec<KeyValue>; 2],
    /// With `gen_ai.token.modality`, in the order of [`Modality`].
    pub(super) modalities: [Vec<KeyValue>; 4],
}

/// `gen_ai.token.modality`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Modality {
    Text,
    Image,
    Audio,
    Unknown,
}

impl Modality {
    const ALL: [Self; 4] = [Self::Text, Self::Image, Self::Audio, Self::Unknown];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Unknown => "unknown",
        }
    }
}

pub(super) struct Sets {
    known: papaya::HashMap<Key<Arc<str>>, Arc<Set>, RandomState>,
    models: Vocabulary,
    error_types: Vocabulary,
}

/// What tells one set from another: absent values are empty.
#[derive(PartialEq, Eq, Hash)]
struct Key<T> {
    operation: Operation,
    https: bool,
    /// Provider, requested model, model that answered, authority of the server, kind of error.
    words: [T; 5],
}

impl Equivalent<Key<Arc<str>>> for Key<&str> {
    fn equivalent(&self, key: &Key<Arc<str>>) -> bool {
        self.operation == key.operation
            && self.https == key.https
            && self.words.iter().zip(&key.words).all(|(one, other)| **one == **other)
    }
}

impl Sets {
    pub(super) fn new() -> Self {
        Self {
            known: papaya::HashMap::with_hasher(RandomState::default()),
            models: Vocabulary::new(MODELS),
            error_types: Vocabulary::new(ERROR_TYPES),
        }
    }

    /// The set of a call.
    pub(super) fn of(&self, record: &CallRecord) -> Arc<Set> {
        let exchange = record.exchange();
        let mut key = Key {
            operation: record.operation(),
            https: exchange.https,
            words: [
                presentable(record.likely_provider()),
                self.request_model(record),
                presentable(record.response_model().unwrap_or_default()),
                exchange.server.as_deref().unwrap_or_default(),
                self.error_type(record),
            ],
        };
        let known = self.known.pin();
        if let Some(set) = known.get(&key) {
            return set.clone();
        }
        if known.len() >= SETS {
            let [provider, requested, answered, server, error] = &mut key.words;
            for word in [provider, requested, answered, server] {
                *word = if word.is_empty() { "" } else { OTHER };
            }
            *error = if error.is_empty() { "" } else { "_OTHER" };
            if let Some(set) = known.get(&key) {
                return set.clone();
            }
        }
        let set = Arc::new(Set::new(&key));
        let owned = Key { operation: key.operation, https: key.https, words: key.words.map(Arc::from) };
        known.get_or_insert(owned, set).clone()
    }

    /// Anybody can ask for any model; what an upstream answers for exists.
    fn request_model<'r>(&self, record: &'r CallRecord) -> &'r str {
        let Some(model) = record.request_model() else { return "" };
        // Within a session there was an answer to the request that opened it.
        let answered =
            record.exchange().status.is_some_and(|status| status.is_success()) || record.session().is_some();
        let shown = model == presentable(model)
            && if answered { self.models.admit(model).is_some() } else { self.models.get(model).is_some() };
        if shown { model } else { OTHER }
    }

    /// Identifiers only, so that a provider's message never becomes one.
    fn error_type<'r>(&self, record: &'r CallRecord) -> &'r str {
        let Some(error) = record.error_type() else { return "" };
        let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let shown = error.len() <= 64 && error.bytes().all(word) && self.error_types.admit(error).is_some();
        if shown { error } else { "_OTHER" }
    }
}

/// A text that can be shown: not overlong, and nothing that does not print.
fn presentable(text: &str) -> &str {
    if text.len() <= 128 && !text.chars().any(char::is_control) { text } else { OTHER }
}

impl Set {
    fn new(key: &Key<&str>) -> Self {
        let [provider, request_model, response_model, server, error] = key.words;
        let mut call = Attributes::default();
        call.push(gen_ai::OPERATION, key.operation.as_str());
        call.push(gen_ai::PROVIDER, gen_ai::provider(provider));
        let stated = |word: &'static str, value: &str, to: &mut Attributes| {
            to.text(word, Some(value).filter(|value| !value.is_empty()));
        };
        stated("gen_ai.request.model", request_model, &mut call);
        stated("gen_ai.response.model", response_model, &mut call);
        if server == OTHER {
            call.push("server.address", OTHER);
        } else {
            exchange::sent_to(server, key.https, &mut call);
        }
        let call: Vec<KeyValue> = call.into_iter().collect();
        let with = |key: &'static str, value: &'static str| {
            let mut more = call.clone();
            more.push(KeyValue::new(key, value));
            more
        };
        let mut failed = call.clone();
        if !error.is_empty() {
            failed.push(KeyValue::new(ERROR_TYPE, error.to_owned()));
        }
        Self {
            failed,
            token_types: ["input", "output"].map(|kind| with("gen_ai.token.type", kind)),
            modalities: Modality::ALL.map(|modality| with("gen_ai.token.modality", modality.as_str())),
            call,
        }
    }
}
