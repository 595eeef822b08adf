use super::Ending;
use crate::Api;

/// One known path: its last segments, and the segments one of which must stand before them (empty: any).
pub(super) struct Route {
    tail: &'static [&'static str],
    after: &'static [&'static str],
    pub(super) api: Api,
}

/// `messages`, `responses` and the like are words that ordinary applications use for paths of their own.
const VERSIONED: &[&str] = &["v1", "v1beta", "v2", "v3", "openai", "anthropic", "beta"];

pub(super) const ROUTES: &[Route] = &[
    Route { tail: &["chat", "completions"], after: &[], api: Api::OpenAiChat },
    // Mistral's agents answer as a chat does.
    Route { tail: &["agents", "completions"], after: VERSIONED, api: Api::OpenAiChat },
    Route { tail: &["completions"], after: &[], api: Api::OpenAiCompletions },
    Route { tail: &["messages"], after: VERSIONED, api: Api::AnthropicMessages },
    Route { tail: &["responses"], after: VERSIONED, api: Api::OpenAiResponses },
    Route { tail: &["api", "embeddings"], after: &[], api: Api::OllamaEmbed },
    Route { tail: &["embeddings"], after: &[], api: Api::OpenAiEmbeddings },
    // Voyage.
    Route { tail: &["multimodalembeddings"], after: &[], api: Api::OpenAiEmbeddings },
    Route { tail: &["contextualizedembeddings"], after: &[], api: Api::OpenAiEmbeddings },
    Route { tail: &["v1", "chat"], after: &[], api: Api::Chat },
    Route { tail: &["v2", "chat"], after: &[], api: Api::Chat },
    Route { tail: &["v1", "embed"], after: &[], api: Api::CohereEmbed },
    Route { tail: &["v2", "embed"], after: &[], api: Api::CohereEmbed },
    Route { tail: &["rerank"], after: VERSIONED, api: Api::Rerank },
    Route { tail: &["images", "generations"], after: &[], api: Api::OpenAiImages },
    Route { tail: &["images", "edits"], after: VERSIONED, api: Api::OpenAiImages },
    Route { tail: &["images", "variations"], after: VERSIONED, api: Api::OpenAiImages },
    Route { tail: &["audio", "speech"], after: &[], api: Api::OpenAiSpeech },
    Route { tail: &["audio", "transcriptions"], after: &[], api: Api::OpenAiTranscriptions },
    Route { tail: &["audio", "translations"], after: &[], api: Api::OpenAiTranscriptions },
    Route { tail: &["moderations"], after: VERSIONED, api: Api::OpenAiModerations },
    // Mistral.
    Route { tail: &["chat", "moderations"], after: VERSIONED, api: Api::OpenAiModerations },
];

/// What is asked for with an upgrade to WebSocket.
pub(super) const SESSIONS: &[Route] = &[
    Route { tail: &["realtime"], after: VERSIONED, api: Api::OpenAiRealtime },
    Route { tail: &["responses"], after: VERSIONED, api: Api::OpenAiResponses },
];

/// Whether a path ends as one of those that are known, which its last letters tell.
#[inline]
pub(super) fn may_match(path: &str) -> bool {
    let ends = path.as_bytes().last_chunk().is_some_and(|letters: &[u8; 4]| {
        matches!(
            letters,
            // generations, completions; embeddings; messages; responses; edits
            b"ions" | b"ings" | b"ages" | b"nses" | b"dits"
            // chat; embed; rerank; speech
            | b"chat" | b"mbed" | b"rank" | b"eech"
            // generateContent; batchEmbedContents; rawPredict; predict
            | b"tent" | b"ents" | b"dict"
            // converse; invoke; converse-stream
            | b"erse" | b"voke" | b"ream"
        )
    });
    ends || path.ends_with('/') || path.as_bytes().contains(&b'?')
}

impl Route {
    #[cfg(test)]
    pub(super) fn tail(&self) -> &'static [&'static str] {
        self.tail
    }

    pub(super) fn matches(&self, ending: &Ending<'_>) -> bool {
        let depth = self.tail.len();
        let is_tail = self.tail.iter().rev().zip(ending).all(|(wanted, segment)| wanted == segment);
        if !is_tail || self.after.is_empty() {
            return is_tail;
        }
        let (before, further) = (ending[depth], ending.get(depth + 1).copied().unwrap_or_default());
        // Azure: `/openai/deployments/{deployment}/...`.
        before.is_empty() || self.after.contains(&before) || further == "deployments"
    }
}
