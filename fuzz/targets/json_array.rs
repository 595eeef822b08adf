#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_genai_fuzz::check;
use tower_genai_wire::{Api, ReplyHead};

fuzz_target!(|body: &[u8]| {
    for status in [200, 429] {
        let head = ReplyHead::new(status, Some("application/json"), None).streaming(true);
        for api in [Api::GeminiGenerate, Api::OpenAiChat] {
            check(api, &head, body);
        }
    }
});
