//! Bedrock's requests. The model stands in the path.

use super::{Place, STOP, leaf};
use crate::json::Node;

/// `converse` and `converse-stream`.
pub(super) static CONVERSE: Node<Place> = Node::object(&[
    ("inferenceConfig", &INFERENCE_CONFIG),
    ("additionalModelRequestFields", &ADDITIONAL),
    ("serviceTier", &SERVICE_TIER),
    ("guardrailConfig", &GUARDRAIL),
]);

static GUARDRAIL: Node<Place> = Node::object(&[("guardrailIdentifier", &leaf(Place::Guardrail))]);

/// Nova's too.
pub(super) static INFERENCE_CONFIG: Node<Place> = Node::object(&[
    ("maxTokens", &leaf(Place::MaxTokens)),
    ("max_new_tokens", &leaf(Place::MaxTokens)),
    ("temperature", &leaf(Place::Temperature)),
    ("topP", &leaf(Place::TopP)),
    ("top_p", &leaf(Place::TopP)),
    ("topK", &leaf(Place::TopK)),
    ("top_k", &leaf(Place::TopK)),
    ("stopSequences", &STOP),
]);

/// The parameters of a vendor's own.
static ADDITIONAL: Node<Place> = Node::object(&[
    ("top_k", &leaf(Place::TopK)),
    ("k", &leaf(Place::TopK)),
    ("inferenceConfig", &INFERENCE_CONFIG),
    ("reasoning_effort", &leaf(Place::ReasoningLevel)),
]);

static SERVICE_TIER: Node<Place> = Node::object(&[("type", &leaf(Place::ServiceTier))]);

/// Titan's texts.
pub(super) static TITAN_TEXT: Node<Place> = Node::object(&[
    ("maxTokenCount", &leaf(Place::MaxTokens)),
    ("temperature", &leaf(Place::Temperature)),
    ("topP", &leaf(Place::TopP)),
    ("stopSequences", &STOP),
]);

/// Titan's and Nova's images.
pub(super) static TITAN_IMAGE: Node<Place> = Node::object(&[
    ("numberOfImages", &leaf(Place::ChoiceCount)),
    ("quality", &leaf(Place::ImageQuality)),
    ("seed", &leaf(Place::Seed)),
]);
