//! Tokens that nobody reported, counted with the model's tokenizer.
//!
//! A reply that was cut, or a provider that states no usage, leaves a call without token counts. A [`TokenEstimator`]
//! among the observers counts them in the text of the request and of the reply, and the record says so:
//! [`UsageSource::Estimated`](crate::UsageSource::Estimated). Where the exact counts can be had, by asking for them
//! with the stream or by draining it, that is better.
//!
//! ```
//! use tower_genai_core::CallLayer;
//! use tower_genai_core::estimate::TokenEstimator;
//!
//! let layer = CallLayer::client().with(TokenEstimator::new());
//! # drop(layer);
//! ```
//!
//! # What is estimated
//!
//! A guess of a part would be worse than none, so a call is estimated on both sides or not at all:
//!
//! * chat and text completions of OpenAI's shape, whose reply was delivered, wholly or in part, with a status below 400;
//! * of a model whose tokenizer is known (`tiktoken-rs`: OpenAI's) and which does not reason in secret (`o1`, `o3`,
//!   `o4`, `gpt-5` but for `gpt-5-chat`, `gpt-oss`): those tokens are billed and nobody sees them;
//! * whose request and reply are text: no images, audio, files, tools or JSON schemas, which are counted in ways that
//!   are not documented;
//! * whose request and reply have each no more than [`max_text`](TokenEstimator::max_text) bytes of text.
//!
//! Messages have an overhead of three tokens each, one more where they have a name, and three for the answer's begin:
//! OpenAI's cookbook, [How to count tokens with
//! tiktoken](https://github.com/openai/openai-cookbook/blob/main/examples/How_to_count_tokens_with_tiktoken.ipynb).
//!
//! # What it costs
//!
//! Each event of a stream is read for its text, where otherwise most are passed over. Counting happens at the end of a
//! call, where it holds up the thread: about 2 ms for the default of 16 KiB of ordinary text, and at most some 15 ms for
//! text made to be slow (one letter, or spaces, without an end). Calls whose usage was reported are not counted.

mod estimator;
mod model;

pub use estimator::TokenEstimator;
