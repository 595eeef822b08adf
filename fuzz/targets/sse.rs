#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_genai_fuzz::check;
use tower_genai_wire::{Api, ReplyHead};

fuzz_target!(|body: &[u8]| {
    for api in [Api::OpenAiChat, Api::AnthropicMessages, Api::OpenAiResponses, Api::Unknown] {
        check(api, &ReplyHead::new(200, Some("text/event-stream"), None), body);
    }
    check(Api::OpenAiChat, &ReplyHead::new(200, None, None), body);
});
