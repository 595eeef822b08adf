//! Gemini's and Vertex's requests. Names may be written either way (`maxOutputTokens`, `max_output_tokens`).

use super::{Place, STOP, leaf};
use crate::json::Node;

/// `generateContent`. The model stands in the path.
pub(super) static GENERATE: Node<Place> = Node::object(&[
    ("generationConfig", &GENERATION_CONFIG),
    ("generation_config", &GENERATION_CONFIG),
    ("serviceTier", &leaf(Place::ServiceTier)),
    ("service_tier", &leaf(Place::ServiceTier)),
]);

static GENERATION_CONFIG: Node<Place> = Node::object(&[
    ("temperature", &leaf(Place::Temperature)),
    ("topP", &leaf(Place::TopP)),
    ("top_p", &leaf(Place::TopP)),
    ("topK", &leaf(Place::TopK)),
    ("top_k", &leaf(Place::TopK)),
    ("maxOutputTokens", &leaf(Place::MaxTokens)),
    ("max_output_tokens", &leaf(Place::MaxTokens)),
    ("candidateCount", &leaf(Place::ChoiceCount)),
    ("candidate_count", &leaf(Place::ChoiceCount)),
    ("seed", &leaf(Place::Seed)),
    ("stopSequences", &STOP),
    ("stop_sequences", &STOP),
    ("responseMimeType", &leaf(Place::Format)),
    ("response_mime_type", &leaf(Place::Format)),
    ("frequencyPenalty", &leaf(Place::FrequencyPenalty)),
    ("frequency_penalty", &leaf(Place::FrequencyPenalty)),
    ("presencePenalty", &leaf(Place::PresencePenalty)),
    ("presence_penalty", &leaf(Place::PresencePenalty)),
    ("thinkingConfig", &THINKING_CONFIG),
    ("thinking_config", &THINKING_CONFIG),
    ("imageConfig", &IMAGE_CONFIG),
    ("image_config", &IMAGE_CONFIG),
]);

static THINKING_CONFIG: Node<Place> = Node::object(&[
    ("thinkingBudget", &leaf(Place::ReasoningLevel)),
    ("thinking_budget", &leaf(Place::ReasoningLevel)),
    ("thinkingLevel", &leaf(Place::ReasoningLevel)),
    ("thinking_level", &leaf(Place::ReasoningLevel)),
]);

static IMAGE_CONFIG: Node<Place> =
    Node::object(&[("imageSize", &leaf(Place::ImageSize)), ("image_size", &leaf(Place::ImageSize))]);

/// `embedContent`, `batchEmbedContents`, and `predict` of an embedding model.
pub(super) static EMBED: Node<Place> = Node::object(&[
    ("outputDimensionality", &leaf(Place::Dimensions)),
    ("output_dimensionality", &leaf(Place::Dimensions)),
    ("requests", &EMBEDS),
    ("parameters", &PARAMETERS),
]);

static EMBEDS: Node<Place> = Node::array(&EMBED_REQUEST);
static EMBED_REQUEST: Node<Place> = Node::object(&[
    ("outputDimensionality", &leaf(Place::Dimensions)),
    ("output_dimensionality", &leaf(Place::Dimensions)),
]);

/// Of a prediction.
pub(super) static PARAMETERS: Node<Place> = Node::object(&[
    ("temperature", &leaf(Place::Temperature)),
    ("topP", &leaf(Place::TopP)),
    ("topK", &leaf(Place::TopK)),
    ("maxOutputTokens", &leaf(Place::MaxTokens)),
    ("seed", &leaf(Place::Seed)),
    ("outputDimensionality", &leaf(Place::Dimensions)),
    ("sampleCount", &leaf(Place::ChoiceCount)),
    ("sampleImageSize", &leaf(Place::ImageSize)),
]);
