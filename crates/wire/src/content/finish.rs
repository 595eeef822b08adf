//! Why a model stopped, in the conventions' words.

/// The conventions' word for a provider's, or that where there is none.
pub(super) fn reason(provider: &str) -> &str {
    match provider {
        "stop" | "end_turn" | "stop_sequence" | "STOP" | "completed" | "eos" | "stop_token" => "stop",
        "length" | "max_tokens" | "MAX_TOKENS" | "max_output_tokens" | "model_context_window_exceeded" => {
            "length"
        }
        "content_filter"
        | "content_filtered"
        | "guardrail_intervened"
        | "refusal"
        | "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY" => "content_filter",
        "tool_calls" | "function_call" | "tool_use" => "tool_call",
        "compaction" => "compaction",
        "error" | "failed" | "cancelled" => ERROR,
        other => other,
    }
}

/// The reason of a choice that has none.
pub(super) const ERROR: &str = "error";
