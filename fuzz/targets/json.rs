#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tower_genai_fuzz::check;
use tower_genai_wire::{Api, ReplyHead};

fuzz_target!(|body: &[u8]| {
    for api in [Api::OpenAiChat, Api::OllamaChat, Api::Unknown] {
        for content_type in [Some("application/json"), Some("text/plain"), None] {
            let read = check(api, &ReplyHead::new(200, content_type, None), body);
            if let Ok(Value::Object(_) | Value::Array(_)) = serde_json::from_slice(body) {
                assert!(!read.facts.unreadable && !read.facts.streamed, "{read:?}");
            }
        }
    }
});
