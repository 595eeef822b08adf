use papaya::HashSet;

/// How many models are warned about; more are unlikely to be read.
const MODELS: usize = 1_000;

/// How much of a model's name is shown and remembered. A client can choose the name.
const NAME_CHARS: usize = 100;

/// The models without a price that have been warned about.
#[derive(Default)]
pub(super) struct Warned(HashSet<Box<str>>);

impl Warned {
    /// Says that a model has no price, once for each.
    pub(super) fn unpriced(&self, provider: Option<&str>, model: Option<&str>) {
        let provider = provider.unwrap_or_default();
        let model = model.unwrap_or_default();
        let model = model.char_indices().nth(NAME_CHARS).map_or(model, |(end, _)| &model[..end]);
        let name = format!("{provider}/{model}");

        let seen = self.0.pin();
        if seen.contains(name.as_str()) || seen.len() >= MODELS || !seen.insert(name.into()) {
            return;
        }
        tracing::warn!(
            provider,
            model,
            "no price for this model: what its calls cost is unknown, and not zero"
        );
        if seen.len() == MODELS {
            tracing::warn!(models = MODELS, "further models without a price are not named");
        }
    }

    /// Begins again.
    pub(super) fn clear(&self) {
        self.0.pin().clear();
    }
}
