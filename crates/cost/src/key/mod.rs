//! What a price is for: the grammar of the keys of LiteLLM's price file.
//!
//! ```text
//! key     := meter [ "_" size ] [ "_above_1hr" ] [ "_above_" threshold ] [ "_" tier ]
//! meter   := subject "_cost_per_" unit  |  subject "_" [ modality "_" ] "token_cost"  |  "cost_per_second"
//! subject := "input" | "output" | "cache_read_input" | "cache_creation_input" | "explicit_cache_read_input"
//!          | "citation" | "ocr" | "annotation" | "web_search" | "file_search" | "code_interpreter"
//!          | "google_maps_grounding"
//! unit    := [ modality "_" ] "token" | "second" | "audio_per_second" | "video_per_second" | "image" | "pixel"
//!          | "character" | "query" | "request" | "page" | "credit" | "session" | "text_message"
//! modality  := "audio" | "image" | "video" | "reasoning"
//! size      := of an image ("1K", "512"), of a second of video ("1080p"), of a search ("low", "medium", "high")
//! threshold := N [ "k" ] "_tokens"  |  N "s_interval"
//! tier      := "flex" | "priority" | "batches" | "balanced" | "ultrafast" | "decisions"
//! ```
//!
//! The catalogue's own text writes the same facts shorter: `in.audio>200k@flex` is
//! `input_cost_per_audio_token_above_200k_tokens_flex`, and `out/second#1080p` is `output_cost_per_second_1080p`.

mod price_key;
mod size;
mod words;

pub(crate) use price_key::{Above, PriceKey};
pub(crate) use size::{Size, dimensions};
pub(crate) use words::{Lifetime, Modality, Subject, Unit};
