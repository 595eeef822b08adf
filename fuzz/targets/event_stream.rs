#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_genai_fuzz::{Splits, check, event_stream_of};
use tower_genai_wire::{Api, ReplyHead};

fuzz_target!(|script: &[u8]| {
    let head = ReplyHead::new(200, Some("application/vnd.amazon.eventstream"), None);
    for api in [Api::BedrockConverse, Api::BedrockInvoke, Api::AnthropicMessages] {
        // As it is: hardly ever more than a broken prelude.
        check(api, &head, script);
        let mut stream = event_stream_of(script);
        check(api, &head, &stream);
        if !stream.is_empty() {
            let mut random = Splits::new(script);
            let at = random.below(stream.len());
            stream[at] ^= 1 << random.below(8);
            assert!(check(api, &head, &stream).facts.unreadable);
        }
    }
});
