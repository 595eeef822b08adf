#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_genai_fuzz::check_content;
use tower_genai_wire::Api;

fuzz_target!(|script: &[u8]| {
    check_content(
        &[
            Api::OpenAiChat,
            Api::OpenAiResponses,
            Api::AnthropicMessages,
            Api::GeminiGenerate,
            Api::BedrockConverse,
            Api::BedrockInvoke,
        ],
        script,
    );
});
