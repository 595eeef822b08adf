//! Words that others choose, in a bounded number.

use std::fmt;
use std::sync::Arc;

use foldhash::fast::RandomState;

/// Words that have been admitted, up to a limit: what bounds labels and attributes whose values a client or a provider
/// chooses. An admitted word is shared and costs no further allocation.
///
/// ```
/// use tower_genai_core::Vocabulary;
///
/// let models = Vocabulary::new(1);
/// assert_eq!(models.admit("gpt-4o").as_deref(), Some("gpt-4o"));
/// assert_eq!(models.admit("gpt-5"), None, "one too many");
/// assert_eq!(models.get("gpt-4o").as_deref(), Some("gpt-4o"));
/// ```
pub struct Vocabulary {
    words: papaya::HashSet<Arc<str>, RandomState>,
    limit: usize,
}

impl Vocabulary {
    /// Room for so many words. Words that arrive at the same moment may pass the limit by a few.
    pub fn new(limit: usize) -> Self {
        Self { words: papaya::HashSet::with_hasher(RandomState::default()), limit }
    }

    /// The word, if it has been admitted.
    pub fn get(&self, word: &str) -> Option<Arc<str>> {
        self.words.pin().get(word).cloned()
    }

    /// The word, which is admitted while there is room.
    pub fn admit(&self, word: &str) -> Option<Arc<str>> {
        let words = self.words.pin();
        if let Some(known) = words.get(word) {
            return Some(known.clone());
        }
        if words.len() >= self.limit {
            return None;
        }
        let word: Arc<str> = word.into();
        words.insert(word.clone());
        Some(word)
    }

    /// How many words have been admitted.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether none has been.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vocabulary").field("words", &self.len()).field("limit", &self.limit).finish()
    }
}
