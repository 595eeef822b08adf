#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_genai_fuzz::check_request;
use tower_genai_wire::{Api, RequestHead};

fuzz_target!(|body: &[u8]| {
    let json = RequestHead::new(Some("application/json"), None);
    for api in [
        Api::OpenAiChat,
        Api::OpenAiResponses,
        Api::OpenAiImages,
        Api::OpenAiSpeech,
        Api::AnthropicMessages,
        Api::GeminiGenerate,
        Api::BedrockConverse,
        Api::CohereEmbed,
        Api::OllamaChat,
        Api::Unknown,
    ] {
        check_request(api, &json, body);
    }
    let form = RequestHead::new(Some("multipart/form-data; boundary=b"), None);
    for api in [Api::OpenAiTranscriptions, Api::OpenAiImages] {
        check_request(api, &form, body);
    }
});
