//! Every metric and label name, once.
#![allow(clippy::disallowed_methods, reason = "this is the module that lists the names")]

pub(crate) mod litellm;

use tower_genai_scrape::Name;

pub(crate) const HTTP_SERVER_REQUEST_DURATION: Name = Name::new("http_server_request_duration_seconds");
pub(crate) const HTTP_SERVER_ACTIVE_REQUESTS: Name = Name::new("http_server_active_requests");
pub(crate) const HTTP_SERVER_RESPONSE_BODY_SIZE: Name = Name::new("http_server_response_body_size_bytes");
pub(crate) const HTTP_CLIENT_REQUEST_DURATION: Name = Name::new("http_client_request_duration_seconds");
pub(crate) const HTTP_CLIENT_ACTIVE_REQUESTS: Name = Name::new("http_client_active_requests");
pub(crate) const RPC_SERVER_CALL_DURATION: Name = Name::new("rpc_server_call_duration_seconds");
pub(crate) const RPC_CLIENT_CALL_DURATION: Name = Name::new("rpc_client_call_duration_seconds");

/// The metrics of exchanges.
pub(crate) const EXCHANGES: [&str; 7] = [
    HTTP_SERVER_REQUEST_DURATION.as_str(),
    HTTP_SERVER_ACTIVE_REQUESTS.as_str(),
    HTTP_SERVER_RESPONSE_BODY_SIZE.as_str(),
    HTTP_CLIENT_REQUEST_DURATION.as_str(),
    HTTP_CLIENT_ACTIVE_REQUESTS.as_str(),
    RPC_SERVER_CALL_DURATION.as_str(),
    RPC_CLIENT_CALL_DURATION.as_str(),
];

pub(crate) const OPERATION_DURATION: Name = Name::new("gen_ai_client_operation_duration_seconds");
pub(crate) const TOKEN_USAGE: Name = Name::new("gen_ai_client_token_usage");
pub(crate) const TIME_TO_FIRST_CHUNK: Name = Name::new("gen_ai_client_operation_time_to_first_chunk_seconds");
pub(crate) const TIME_PER_OUTPUT_CHUNK: Name =
    Name::new("gen_ai_client_operation_time_per_output_chunk_seconds");
pub(crate) const INFERENCE_DURATION: Name = Name::new("gen_ai_client_inference_duration_seconds");
pub(crate) const INFERENCE_TIME_TO_FIRST_CHUNK: Name =
    Name::new("gen_ai_client_inference_time_to_first_chunk_seconds");
pub(crate) const INFERENCE_TIME_PER_OUTPUT_CHUNK: Name =
    Name::new("gen_ai_client_inference_time_per_output_chunk_seconds");
pub(crate) const INFERENCE_INPUT_TOKENS: Name = Name::new("gen_ai_client_inference_operation_input_tokens");
pub(crate) const INFERENCE_OUTPUT_TOKENS: Name = Name::new("gen_ai_client_inference_operation_output_tokens");
pub(crate) const USAGE_INPUT_TOKENS: Name = Name::new("gen_ai_client_inference_usage_input_tokens_total");
pub(crate) const USAGE_OUTPUT_TOKENS: Name = Name::new("gen_ai_client_inference_usage_output_tokens_total");
pub(crate) const USAGE_CACHE_READ_TOKENS: Name =
    Name::new("gen_ai_client_inference_usage_cache_read_input_tokens_total");
pub(crate) const USAGE_CACHE_WRITE_TOKENS: Name =
    Name::new("gen_ai_client_inference_usage_cache_write_input_tokens_total");
pub(crate) const USAGE_REASONING_TOKENS: Name =
    Name::new("gen_ai_client_inference_usage_reasoning_output_tokens_total");
pub(crate) const TIME_PER_OUTPUT_TOKEN: Name = Name::new("gen_ai_server_time_per_output_token_seconds");
pub(crate) const TOKENS: Name = Name::new("gen_ai_client_tokens_total");
pub(crate) const COST: Name = Name::new("gen_ai_client_cost_usd_total");
pub(crate) const CALLS: Name = Name::new("gen_ai_client_calls_total");

pub(crate) const CALLS_OPENED: Name = Name::new("tower_genai_calls_opened_total");
pub(crate) const CALLS_IN_FLIGHT: Name = Name::new("tower_genai_calls_in_flight");
pub(crate) const CALLS_RECORDED: Name = Name::new("tower_genai_calls_recorded_total");
pub(crate) const OBSERVER_PANICS: Name = Name::new("tower_genai_observer_panics_total");
pub(crate) const LABEL_VALUES_FOLDED: Name = Name::new("tower_genai_label_values_folded_total");
pub(crate) const SERIES: Name = Name::new("tower_genai_series");
pub(crate) const SERIES_BUDGET: Name = Name::new("tower_genai_series_budget");
pub(crate) const COST_CALLS: Name = Name::new("tower_genai_cost_calls_total");
pub(crate) const RATE_LIMIT_REMAINING: Name = Name::new("tower_genai_upstream_ratelimit_remaining");
pub(crate) const OVERHEAD: Name = Name::new("tower_genai_overhead_seconds");
pub(crate) const DRAINS: Name = Name::new("tower_genai_drains_total");
pub(crate) const BUILD_INFO: Name = Name::new("tower_genai_build_info");

/// The names of labels.
pub(crate) mod label {
    pub(crate) const METHOD: &str = "http_request_method";
    pub(crate) const ROUTE: &str = "http_route";
    pub(crate) const STATUS: &str = "http_response_status_code";
    pub(crate) const SCHEME: &str = "url_scheme";
    pub(crate) const ERROR_TYPE: &str = "error_type";
    pub(crate) const SERVER_ADDRESS: &str = "server_address";
    pub(crate) const SERVER_PORT: &str = "server_port";

    pub(crate) const RPC_SYSTEM: &str = "rpc_system_name";
    pub(crate) const RPC_METHOD: &str = "rpc_method";
    pub(crate) const RPC_STATUS: &str = "rpc_status_code";

    pub(crate) const OPERATION: &str = "gen_ai_operation_name";
    pub(crate) const PROVIDER: &str = "gen_ai_provider_name";
    pub(crate) const REQUEST_MODEL: &str = "gen_ai_request_model";
    pub(crate) const RESPONSE_MODEL: &str = "gen_ai_response_model";
    pub(crate) const OTEL_TOKEN_TYPE: &str = "gen_ai_token_type";
    pub(crate) const TOKEN_MODALITY: &str = "gen_ai_token_modality";
    pub(crate) const TOKEN_TYPE: &str = "token_type";
    pub(crate) const USAGE_SOURCE: &str = "usage_source";
    pub(crate) const KEY_ALIAS: &str = "key_alias";
    pub(crate) const TEAM: &str = "team";
    pub(crate) const USER: &str = "user";
    pub(crate) const ROLE: &str = "role";
    pub(crate) const OUTCOME: &str = "outcome";

    pub(crate) const PHASE: &str = "phase";
    pub(crate) const UPSTREAM: &str = "upstream";
    pub(crate) const KIND: &str = "kind";
    pub(crate) const COST_STATUS: &str = "cost_status";
    pub(crate) const RESULT: &str = "result";
    pub(crate) const OBSERVER: &str = "observer";
    pub(crate) const METRIC: &str = "metric";
    pub(crate) const LABEL: &str = "label";
    pub(crate) const VERSION: &str = "version";
    pub(crate) const REVISION: &str = "revision";
}
