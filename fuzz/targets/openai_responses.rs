#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_genai_fuzz::check_dialect;
use tower_genai_wire::Api;

fuzz_target!(|script: &[u8]| check_dialect(&[Api::OpenAiResponses, Api::Unknown], script));
