//! Gemini's and Vertex's `generateContent` and `streamGenerateContent`.
//!
//! Counts: the prompt contains what the cache held and not what the provider's tools put into it; thoughts stand
//! beside the candidates, unless the total has no room for them. Every chunk of a stream states the counts so far.

use super::{Dialect, OUTPUT, Place, Quiet, Side, Tokens, Tool, leaf, tokens};
use crate::json::Node;

pub(super) static DIALECT: Dialect = Dialect::new(&SCHEMA, Quiet::Counting).ending_with_choices();

/// A reply or a chunk of one. A fault may come as the only element of an array.
static SCHEMA: Node<Place> = Node::object(&[
    ("candidates", &CANDIDATES),
    ("usageMetadata", &USAGE),
    ("modelVersion", &leaf(Place::Model)),
    ("responseId", &leaf(Place::Id)),
    ("promptFeedback", &PROMPT_FEEDBACK),
    ("error", &ERROR),
])
.each(&SCHEMA);

static CANDIDATES: Node<Place> = Node::array(&CANDIDATE);

static CANDIDATE: Node<Place> = Node::object(&[
    ("index", &leaf(Place::ChoiceIndex)),
    ("finishReason", &leaf(Place::FinishReason)),
    ("content", &CONTENT),
    ("groundingMetadata", &GROUNDING),
    ("urlContextMetadata", &URL_CONTEXT),
])
.marked(Place::Choice);

static CONTENT: Node<Place> = Node::object(&[("parts", &PARTS)]);

static PARTS: Node<Place> = Node::array(&PART);

static PART: Node<Place> = Node::object(&[
    ("text", &OUTPUT),
    ("functionCall", &FUNCTION_CALL),
    ("inlineData", &INLINE_DATA),
    ("executableCode", &EXECUTABLE_CODE),
    ("codeExecutionResult", &CODE_RESULT),
]);

static FUNCTION_CALL: Node<Place> = Node::object(&[("name", &OUTPUT)]);
static INLINE_DATA: Node<Place> = Node::object(&[("data", &OUTPUT)]);
static EXECUTABLE_CODE: Node<Place> = Node::object(&[("code", &OUTPUT)]);
static CODE_RESULT: Node<Place> = Node::object(&[("output", &OUTPUT)]);

/// Searches are billed by the query for newer models and by the prompt for older ones; maps by the prompt.
static GROUNDING: Node<Place> =
    Node::object(&[("webSearchQueries", &WEB_SEARCHES), ("groundingChunks", &GROUNDING_CHUNKS)]);
static WEB_SEARCHES: Node<Place> = Node::array(&leaf(Place::EachUse(Tool::WebSearch)));
static GROUNDING_CHUNKS: Node<Place> = Node::array(&GROUNDING_CHUNK);
static GROUNDING_CHUNK: Node<Place> = Node::object(&[("maps", &leaf(Place::AnyUse(Tool::MapsGrounding)))]);

static URL_CONTEXT: Node<Place> = Node::object(&[("urlMetadata", &URLS)]);
static URLS: Node<Place> = Node::array(&leaf(Place::EachUse(Tool::WebFetch)));

/// A prompt that is refused has no candidates.
static PROMPT_FEEDBACK: Node<Place> = Node::object(&[("blockReason", &leaf(Place::FinishReason))]);

/// `status` is the name, `code` repeats the status code of HTTP.
pub(super) static ERROR: Node<Place> =
    Node::object(&[("status", &leaf(Place::ErrorCode)), ("code", &leaf(Place::ErrorType))])
        .marked(Place::Error);

pub(super) static USAGE: Node<Place> = Node::object(&[
    ("promptTokenCount", &tokens(Tokens::Input)),
    ("candidatesTokenCount", &tokens(Tokens::Output)),
    ("totalTokenCount", &tokens(Tokens::Total)),
    ("cachedContentTokenCount", &tokens(Tokens::CacheRead)),
    ("toolUsePromptTokenCount", &tokens(Tokens::ToolInputBeside)),
    ("thoughtsTokenCount", &tokens(Tokens::ReasoningBeside)),
    ("promptTokensDetails", &PROMPT_DETAILS),
    ("cacheTokensDetails", &CACHE_DETAILS),
    ("candidatesTokensDetails", &CANDIDATES_DETAILS),
    ("trafficType", &leaf(Place::TrafficType)),
    ("serviceTier", &leaf(Place::ServiceTier)),
])
.marked(Place::Usage);

const MODALITY: Node<Place> =
    Node::object(&[("modality", &leaf(Place::DetailKind)), ("tokenCount", &leaf(Place::DetailTokens))]);

static PROMPT_DETAILS: Node<Place> = Node::array(&MODALITY.marked(Place::Detail(Side::Input)));
static CACHE_DETAILS: Node<Place> = Node::array(&MODALITY.marked(Place::Detail(Side::CacheRead)));
static CANDIDATES_DETAILS: Node<Place> = Node::array(&MODALITY.marked(Place::Detail(Side::Output)));
