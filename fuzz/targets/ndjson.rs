#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_genai_fuzz::check;
use tower_genai_wire::{Api, ReplyHead};

fuzz_target!(|body: &[u8]| {
    for api in [Api::OllamaChat, Api::Chat, Api::OpenAiChat] {
        check(api, &ReplyHead::new(200, Some("application/x-ndjson"), None), body);
    }
});
