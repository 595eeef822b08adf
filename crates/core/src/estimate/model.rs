use tiktoken_rs::tokenizer::{Tokenizer, get_tokenizer};
use tiktoken_rs::{CoreBPE, bpe_for_tokenizer};

/// The tokenizers of models that answer in chat or text today.
const TOKENIZERS: [Tokenizer; 2] = [Tokenizer::O200kBase, Tokenizer::Cl100kBase];

/// Reads the vocabularies, which takes the better part of a second.
pub(super) fn load() {
    for tokenizer in TOKENIZERS {
        // They are compiled in.
        let _ = bpe_for_tokenizer(tokenizer);
    }
}

/// The tokenizer of a model whose tokens can all be seen.
pub(super) fn tokenizer_of(model: &str) -> Option<&'static CoreBPE> {
    let tokenizer = get_tokenizer(model).filter(|tokenizer| TOKENIZERS.contains(tokenizer))?;
    if reasons_in_secret(model) {
        return None;
    }
    bpe_for_tokenizer(tokenizer).ok()
}

/// Whether a model thinks in tokens that are billed and not shown.
fn reasons_in_secret(model: &str) -> bool {
    // A fine-tuned model is named after its base: `ft:o4-mini-2025-04-16:...`.
    let base = model.strip_prefix("ft:").unwrap_or(model);
    let is_gpt_5 = base.starts_with("gpt-5") && !base.contains("-chat");
    is_gpt_5
        || base.starts_with("gpt-oss")
        || ["o1", "o3", "o4"].iter().any(|family| base.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::tokenizer_of;

    #[test]
    fn only_models_whose_tokens_can_all_be_seen() {
        for known in [
            "gpt-4o-mini-2024-07-18",
            "gpt-4.1",
            "gpt-4",
            "gpt-3.5-turbo-0125",
            "ft:gpt-4o-mini:acme",
            "gpt-5-chat-latest",
        ] {
            assert!(tokenizer_of(known).is_some(), "{known}");
        }
        for unknown in [
            "o1",
            "o3-mini-2025-01-31",
            "ft:o4-mini-2025-04-16:acme",
            "gpt-5-mini",
            "gpt-oss-120b",
            "claude-3-opus",
            "llama-3",
            "",
            "davinci",
        ] {
            assert!(tokenizer_of(unknown).is_none(), "{unknown}");
        }
    }
}
