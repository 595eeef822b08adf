//! Names that LiteLLM gave.
use tower_genai_scrape::Name;

pub(crate) const PROXY_TOTAL_REQUESTS: Name = Name::new("litellm_proxy_total_requests_metric_total");
pub(crate) const PROXY_FAILED_REQUESTS: Name = Name::new("litellm_proxy_failed_requests_metric_total");
pub(crate) const REQUESTS: Name = Name::new("litellm_requests_metric_total");
pub(crate) const LLM_API_FAILED_REQUESTS: Name = Name::new("litellm_llm_api_failed_requests_metric_total");
pub(crate) const REQUEST_TOTAL_LATENCY: Name = Name::new("litellm_request_total_latency_metric");
pub(crate) const LLM_API_LATENCY: Name = Name::new("litellm_llm_api_latency_metric");
pub(crate) const LLM_API_TIME_TO_FIRST_TOKEN: Name = Name::new("litellm_llm_api_time_to_first_token_metric");
pub(crate) const OVERHEAD_LATENCY: Name = Name::new("litellm_overhead_latency_metric");
pub(crate) const SPEND: Name = Name::new("litellm_spend_metric_total");
pub(crate) const TOTAL_TOKENS: Name = Name::new("litellm_total_tokens_metric_total");
pub(crate) const INPUT_TOKENS: Name = Name::new("litellm_input_tokens_metric_total");
pub(crate) const OUTPUT_TOKENS: Name = Name::new("litellm_output_tokens_metric_total");
pub(crate) const INPUT_CACHED_TOKENS: Name = Name::new("litellm_input_cached_tokens_metric_total");
pub(crate) const INPUT_CACHE_CREATION_TOKENS: Name =
    Name::new("litellm_input_cache_creation_tokens_metric_total");
pub(crate) const INPUT_AUDIO_TOKENS: Name = Name::new("litellm_input_audio_tokens_metric_total");
pub(crate) const OUTPUT_REASONING_TOKENS: Name = Name::new("litellm_output_reasoning_tokens_metric_total");
pub(crate) const OUTPUT_AUDIO_TOKENS: Name = Name::new("litellm_output_audio_tokens_metric_total");
pub(crate) const IMAGES_GENERATED: Name = Name::new("litellm_images_generated_metric_total");
pub(crate) const VIDEO_DURATION_SECONDS: Name = Name::new("litellm_video_duration_seconds_metric_total");
pub(crate) const PROVIDER_CACHE_READ_INPUT_TOKENS: Name =
    Name::new("litellm_provider_cache_read_input_tokens_metric_total");
pub(crate) const PROVIDER_CACHE_CREATION_INPUT_TOKENS: Name =
    Name::new("litellm_provider_cache_creation_input_tokens_metric_total");
pub(crate) const ZERO_COST_REQUESTS: Name = Name::new("litellm_zero_cost_requests_total");
pub(crate) const DEPLOYMENT_SUCCESS_RESPONSES: Name = Name::new("litellm_deployment_success_responses_total");
pub(crate) const DEPLOYMENT_FAILURE_RESPONSES: Name = Name::new("litellm_deployment_failure_responses_total");
pub(crate) const DEPLOYMENT_TOTAL_REQUESTS: Name = Name::new("litellm_deployment_total_requests_total");
pub(crate) const DEPLOYMENT_LATENCY_PER_OUTPUT_TOKEN: Name =
    Name::new("litellm_deployment_latency_per_output_token");
pub(crate) const DEPLOYMENT_STATE: Name = Name::new("litellm_deployment_state");
pub(crate) const REMAINING_REQUESTS: Name = Name::new("litellm_remaining_requests_metric");
pub(crate) const REMAINING_TOKENS: Name = Name::new("litellm_remaining_tokens_metric");
pub(crate) const CALLBACK_LOGGING_FAILURES: Name =
    Name::new("litellm_callback_logging_failures_metric_total");
pub(crate) const IN_FLIGHT_REQUESTS: Name = Name::new("litellm_in_flight_requests");

/// Those that are shown besides the metrics of calls.
pub(crate) const OTHERS: [&str; 2] = [CALLBACK_LOGGING_FAILURES.as_str(), IN_FLIGHT_REQUESTS.as_str()];
