//! Runs one case many times, for a profiler: `cargo bench --bench profile -- plain|call|sampled|stacked|stream COUNT`.

use tower::Layer;
use tower_genai_benches::traffic::{
    chat, chat_request, plain, plain_request, stream, unsampled_chat_request, unsampled_stream_request,
};
use tower_genai_benches::{Case, case, layers};

fn main() {
    // Cargo adds a `--bench` of its own.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let name = arguments.next().unwrap_or_default();
    let count = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let tracers = layers::batched_tracers();
    let composed = layers::composed(&tracers);
    let Case { mut run, .. } = match name.as_str() {
        "plain" => case("plain", layers::metrics().layer(plain()), plain_request),
        "sampled" => case("sampled", composed.layer(chat()), chat_request),
        "stacked" => case("stacked", layers::stacked(&tracers, chat()), unsampled_chat_request),
        "stream" => case("stream", composed.layer(stream::<_, 100>()), unsampled_stream_request),
        "bare" => case("bare", chat(), chat_request),
        _ => case("call", composed.layer(chat()), unsampled_chat_request),
    };
    run(count);
}
