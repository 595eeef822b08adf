use super::{read, read_with, stream};
use crate::{Api, ErrorClass};

#[test]
fn what_kind_of_error_it_is() {
    for (api, status, body, error, class) in [
        (
            Api::OpenAiChat,
            429,
            r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
            Some("insufficient_quota"),
            Some(ErrorClass::Quota),
        ),
        (
            Api::OpenAiChat,
            400,
            r#"{"error":{"message":"Unknown parameter: 'quality'.","type":"invalid_request_error","param":"quality","code":"unknown_parameter"}}"#,
            Some("unknown_parameter"),
            Some(ErrorClass::InvalidRequest),
        ),
        (
            Api::OpenAiChat,
            400,
            r#"{"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter","status":400}}"#,
            Some("content_filter"),
            Some(ErrorClass::ContentFilter),
        ),
        // vLLM and Mistral.
        (
            Api::OpenAiChat,
            400,
            r#"{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400}"#,
            Some("400"),
            Some(ErrorClass::ContextLength),
        ),
        (
            Api::AnthropicMessages,
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"},"request_id":"req_1"}"#,
            Some("invalid_request_error"),
            Some(ErrorClass::ContextLength),
        ),
        (
            Api::AnthropicMessages,
            529,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            Some("overloaded_error"),
            Some(ErrorClass::Overloaded),
        ),
        (
            Api::BedrockConverse,
            400,
            r#"{"__type":"ValidationException","message":"Input is too long for requested model."}"#,
            Some("ValidationException"),
            Some(ErrorClass::ContextLength),
        ),
        (
            Api::BedrockInvoke,
            400,
            r#"{"message":"Input is too long for requested model."}"#,
            None,
            Some(ErrorClass::ContextLength),
        ),
        (Api::OpenAiChat, 503, "{}", None, Some(ErrorClass::Overloaded)),
        (Api::OpenAiChat, 404, r#"{"detail":"Not Found"}"#, None, Some(ErrorClass::NotFound)),
        (
            Api::OpenAiChat,
            400,
            r#"{"message":"too many tokens: size limit exceeded"}"#,
            None,
            Some(ErrorClass::ContextLength),
        ),
        (Api::OpenAiChat, 200, r#"{"id":"c","model":"m","choices":[]}"#, None, None),
    ] {
        let facts = read_with(api, status, body);
        assert_eq!((facts.error.as_deref(), facts.error_class), (error, class), "{body}");
    }
}

#[test]
fn an_error_within_a_stream() {
    for (api, event, error, class) in [
        (
            Api::AnthropicMessages,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            "overloaded_error",
            Some(ErrorClass::Overloaded),
        ),
        (
            Api::OpenAiResponses,
            r#"{"type":"error","code":"rate_limit_exceeded","message":"slow down","param":null}"#,
            "rate_limit_exceeded",
            Some(ErrorClass::RateLimit),
        ),
        (
            Api::OpenAiResponses,
            r#"{"type":"response.failed","response":{"id":"r","status":"failed","error":{"code":"server_error","message":"no"}}}"#,
            "server_error",
            Some(ErrorClass::Server),
        ),
        (
            Api::OpenAiChat,
            r#"{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}"#,
            "server_error",
            Some(ErrorClass::Server),
        ),
        (
            Api::OpenAiChat,
            r#"{"id":"c","choices":[],"x_groq":{"id":"req_1","error":"over capacity, please try later"}}"#,
            "_OTHER",
            None,
        ),
    ] {
        let facts = read(api, &stream(&[event]));
        assert_eq!((facts.error.as_deref(), facts.error_class), (Some(error), class), "{event}");
    }
}
