//! [GenAI spans](https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/), and what is ours.

use opentelemetry::{Array, StringValue, Value};
use tower_genai_core::{CallRecord, Cost, Head, Operation, Profile, References, RequestFacts, Role, Usage};

use super::{Attributes, OUTCOME};

/// `gen_ai.operation.name`.
pub(crate) const OPERATION: &str = "gen_ai.operation.name";

/// `gen_ai.provider.name`.
pub(crate) const PROVIDER: &str = "gen_ai.provider.name";

/// The guardrail of a call to Bedrock, where its head names one.
pub(crate) fn guardrail(head: &Head<'_>, to: &mut Attributes) {
    let named = head.parts.headers.get("x-amzn-bedrock-guardrailidentifier");
    to.text("aws.bedrock.guardrail.id", named.and_then(|name| name.to_str().ok()));
}

/// `error.type`, when the call counts as an error: a server that refuses has not failed, since 4xx is the caller's error.
pub(crate) fn error(record: &CallRecord) -> Option<&str> {
    let refused = record.exchange().status.is_some_and(|status| (400..500).contains(&status.as_u16()));
    record.error_type().filter(|_| !(record.role() == Role::Server && refused))
}

/// Everything the record says.
pub(crate) fn call(record: &CallRecord, profile: Profile, to: &mut Attributes) {
    to.push(OPERATION, record.operation().as_str());
    let served_by = record.likely_provider();
    to.push(PROVIDER, provider(served_by));
    if record.operation() == Operation::Embeddings {
        embeddings(record, to);
    } else {
        inference(record, profile, to);
    }
    match served_by {
        "openai" => openai(record, to),
        "azure.ai.inference" => {
            to.push("azure.resource_provider.namespace", "Microsoft.CognitiveServices");
        }
        _ => {}
    }
    if let Some(price) = record.cost() {
        cost(price, record.usage(), to);
    }
    ours(record, to);
}

/// The conventions know less of these.
fn embeddings(record: &CallRecord, to: &mut Attributes) {
    embeddings_request(record.request(), to);
    to.text("gen_ai.response.model", record.response_model());
    to.count("gen_ai.usage.input_tokens", record.usage().input);
}

fn embeddings_request(request: &RequestFacts, to: &mut Attributes) {
    to.text("gen_ai.request.model", request.model.as_deref());
    if let Some(format) = &request.encoding_format {
        let formats = vec![StringValue::from(format.as_str().to_owned())];
        to.push("gen_ai.request.encoding_formats", Value::Array(Array::String(formats)));
    }
    to.maybe("gen_ai.embeddings.dimension.count", request.dimensions);
}

fn inference(record: &CallRecord, profile: Profile, to: &mut Attributes) {
    inference_request(record.request(), profile, to);
    reply(record, to);
    let first = record.time_to_first_chunk().filter(|_| record.streamed());
    to.maybe("gen_ai.response.time_to_first_chunk", first.map(|first| first.as_secs_f64()));
    usage(record.usage(), profile, to);
    if profile.has_v2026_10() {
        modalities(record, to);
    }
}

/// What the request of a call says.
pub(crate) fn request(operation: Operation, request: &RequestFacts, profile: Profile, to: &mut Attributes) {
    if operation == Operation::Embeddings {
        embeddings_request(request, to);
    } else {
        inference_request(request, profile, to);
    }
}

fn inference_request(request: &RequestFacts, profile: Profile, to: &mut Attributes) {
    to.text("gen_ai.request.model", request.model.as_deref());
    if request.stream == Some(true) {
        to.push("gen_ai.request.stream", true);
    }
    to.maybe("gen_ai.request.max_tokens", request.max_tokens);
    to.maybe("gen_ai.request.temperature", request.temperature);
    to.maybe("gen_ai.request.top_p", request.top_p);
    // It has become a whole number.
    if profile.has_v2026_10() {
        to.maybe("gen_ai.request.top_k", request.top_k);
    } else {
        to.maybe("gen_ai.request.top_k", request.top_k.map(|top_k| top_k as f64));
    }
    to.maybe("gen_ai.request.frequency_penalty", request.frequency_penalty);
    to.maybe("gen_ai.request.presence_penalty", request.presence_penalty);
    to.maybe("gen_ai.request.seed", request.seed);
    to.maybe("gen_ai.request.choice.count", request.choice_count.filter(|count| *count != 1));
    if !request.stop_sequences.is_empty() {
        let stops = request.stop_sequences.iter().map(|stop| StringValue::from(String::from(stop.as_str())));
        to.push("gen_ai.request.stop_sequences", Value::Array(Array::String(stops.collect())));
    }
    to.maybe("gen_ai.output.type", request.output_type);
    to.text("gen_ai.request.reasoning.level", request.reasoning_level.as_deref());
    to.text("gen_ai.request.previous_response.id", request.previous_response_id.as_deref());
    if let Some(references) = &request.references {
        refers_to(references, to);
    }
}

fn refers_to(references: &References, to: &mut Attributes) {
    to.text("gen_ai.conversation.id", references.conversation.as_deref());
    to.text("gen_ai.prompt.name", references.prompt.as_deref());
    to.text("gen_ai.prompt.version", references.prompt_version.as_deref());
    to.text("aws.bedrock.guardrail.id", references.guardrail.as_deref());
}

fn reply(record: &CallRecord, to: &mut Attributes) {
    let reply = record.reply();
    to.text("gen_ai.response.id", reply.id.as_deref());
    to.text("gen_ai.response.model", reply.model.as_deref());
    let reasons: Vec<StringValue> = record.finish_reasons().map(finish_reason).collect();
    if !reasons.is_empty() {
        to.push("gen_ai.response.finish_reasons", Value::Array(Array::String(reasons)));
    }
}

fn openai(record: &CallRecord, to: &mut Attributes) {
    to.maybe("openai.api.type", record.openai_api_type());
    let asked = record.request().service_tier.as_deref().filter(|tier| *tier != "auto");
    to.text("openai.request.service_tier", asked);
    to.maybe("openai.response.service_tier", record.reply().service_tier.as_deref().map(service_tier));
    to.text("openai.response.system_fingerprint", record.reply().system_fingerprint.as_deref());
}

fn usage(usage: &Usage, profile: Profile, to: &mut Attributes) {
    to.count("gen_ai.usage.input_tokens", usage.input);
    to.count("gen_ai.usage.output_tokens", usage.output);
    to.count("gen_ai.usage.cache_read.input_tokens", usage.cache_read);
    if profile.has_v1_41() {
        to.count("gen_ai.usage.cache_creation.input_tokens", usage.cache_write);
    }
    // In either profile: backends know one or the other.
    to.count("gen_ai.usage.cache_write.input_tokens", usage.cache_write);
    to.count("gen_ai.usage.reasoning.output_tokens", usage.reasoning);
}

/// The parts of the usage that are not text.
fn modalities(record: &CallRecord, to: &mut Attributes) {
    let usage = record.usage();
    to.count("gen_ai.usage.audio.input_tokens", usage.audio_input);
    to.count("gen_ai.usage.audio.output_tokens", usage.audio_output);
    if let Some(billing) = record.billing() {
        let parts = &billing.modalities;
        to.count("gen_ai.usage.image.input_tokens", parts.image_input);
        to.count("gen_ai.usage.image.output_tokens", parts.image_output);
        to.count("gen_ai.usage.audio.cache_read.input_tokens", parts.audio_cache_read);
        to.count("gen_ai.usage.image.cache_read.input_tokens", parts.image_cache_read);
    }
}

fn cost(cost: &Cost, usage: &Usage, to: &mut Attributes) {
    to.push("gen_ai.usage.cost", cost.total().to_f64());
    to.push("gen_ai.cost.input", cost.input.to_f64());
    to.push("gen_ai.cost.output", cost.output.to_f64());
    to.maybe("gen_ai.cost.cache_read", usage.cache_read.map(|_| cost.cache_read.to_f64()));
    to.maybe("gen_ai.cost.cache_write", usage.cache_write.map(|_| cost.cache_write.to_f64()));
    to.maybe("gen_ai.cost.tools", (!cost.tools.is_zero()).then(|| cost.tools.to_f64()));
}

fn ours(record: &CallRecord, to: &mut Attributes) {
    to.push("tower_genai.call_id", record.id().to_string());
    to.maybe("tower_genai.session_id", record.session().map(|session| session.to_string()));
    to.push(OUTCOME, record.outcome().as_str());
    to.push("tower_genai.usage_source", record.usage_source().as_str());
    to.maybe("tower_genai.cost_status", record.cost_status().map(tower_genai_core::CostStatus::as_str));
    let caller = record.caller();
    to.text("tower_genai.key_alias", caller.key_alias());
    to.text("tower_genai.team", caller.team());
    to.text("user.id", caller.user());
}

/// The provider, without an allocation for the usual ones.
pub(crate) fn provider(name: &str) -> StringValue {
    const USUAL: [&str; 17] = [
        "openai",
        "anthropic",
        "azure.ai.openai",
        "azure.ai.inference",
        "gcp.gemini",
        "gcp.vertex_ai",
        "gcp.gen_ai",
        "aws.bedrock",
        "mistral_ai",
        "cohere",
        "deepseek",
        "groq",
        "x_ai",
        "perplexity",
        "openrouter",
        "ollama",
        "unknown",
    ];
    shared(&USUAL, name)
}

/// The reason, without an allocation for the usual ones.
fn finish_reason(reason: &str) -> StringValue {
    const USUAL: [&str; 10] = [
        "error",
        "stop",
        "length",
        "tool_calls",
        "content_filter",
        "end_turn",
        "max_tokens",
        "tool_use",
        "stop_sequence",
        "completed",
    ];
    shared(&USUAL, reason)
}

fn service_tier(tier: &str) -> StringValue {
    shared(&["default", "flex", "priority", "scale", "auto"], tier)
}

fn shared(usual: &[&'static str], text: &str) -> StringValue {
    match usual.iter().find(|usual| **usual == text) {
        Some(usual) => StringValue::from(*usual),
        None => StringValue::from(text.to_owned()),
    }
}
