//! What an operator says about prices: their own, discounts, margins, and the models behind their own names.

use std::collections::HashMap;

use tower_genai_cost::{Catalogue, CatalogueError, Override, Pricing, PricingBuilder};

use super::reader::{Field, Table};
use super::types::MarginConfig;

/// Says what a pricing with this one setting has against it.
fn check<T>(field: &Field<'_, T>, setting: impl FnOnce(PricingBuilder) -> PricingBuilder) -> bool {
    let built = setting(Pricing::builder(Catalogue::default())).build();
    let say = |error: &CatalogueError| error.faults().iter().for_each(|fault| field.fault(fault.what()));
    built.inspect_err(say).is_ok()
}

/// `[[price]]`: a model or a pattern of models, maybe a provider, and prices under LiteLLM's names for them.
pub(super) fn overrides(tables: Vec<Table<'_>>) -> Vec<Override> {
    let mut all: Vec<Override> = Vec::new();
    let mut seen = Vec::new();
    for table in tables {
        let Some(name) = model_or_pattern(&table) else { continue };
        let provider = table.text("provider").map(|field| field.value);
        let mut prices = Override::new(name.value);
        if let Some(provider) = provider {
            prices = prices.of_provider(provider);
        }
        if seen.contains(&(name.value, provider)) {
            name.fault("the prices of these models are stated above already");
        }
        seen.push((name.value, provider));
        let rest = table.rest();
        if rest.is_empty() {
            name.fault("there is no price for it; prices have LiteLLM's names, such as input_cost_per_token");
        }
        for (key, field) in rest {
            let Some(amount) = field.decimal("a number of US dollars") else { continue };
            if check(&amount, |builder| builder.override_with(Override::new("m").price(key, amount.value))) {
                prices = prices.price(key, amount.value);
            }
        }
        all.push(prices);
    }
    all
}

fn model_or_pattern<'t>(table: &Table<'t>) -> Option<Field<'t, &'t str>> {
    match (table.text("model"), table.text("pattern")) {
        (Some(_), Some(pattern)) => {
            pattern.fault("stands beside model; only one of them can be given");
            None
        }
        (Some(model), None) if model.value.contains(['*', '?']) => {
            model.fault("is a pattern; write it as pattern");
            None
        }
        (Some(name), None) | (None, Some(name)) => Some(name),
        (None, None) => {
            table.fault("model", "is missing; give a model, or a pattern such as \"llama-*\"");
            None
        }
    }
}

/// `[discount]`: by `global`, a provider, or `provider/models`, the part of the price that is taken away.
pub(super) fn discounts(table: Table<'_>) -> Vec<(String, String)> {
    let part = |(key, field): (&str, Field<'_, _>)| {
        let part: Field<'_, &str> = Field::decimal(field, "a part of the price, such as 0.05")?;
        check(&part, |builder| builder.discount(key, part.value))
            .then(|| (key.to_owned(), part.value.to_owned()))
    };
    table.rest().into_iter().filter_map(part).collect()
}

/// `[margin]`: by the same keys, the part that is added, or a table with `percentage` and `fixed_amount`.
pub(super) fn margins(table: Table<'_>) -> Vec<MarginConfig> {
    table.rest().into_iter().filter_map(|(key, field)| margin(key, field)).collect()
}

fn margin<'t>(key: &str, field: Field<'t, &'t toml::de::DeValue<'t>>) -> Option<MarginConfig> {
    let (place, percentage, fixed_amount) = if let Some(table) = field.as_table() {
        let read = |key| table.decimal(key).map(|field| field.value.to_owned());
        let both = (read("percentage"), read("fixed_amount"));
        table.finish();
        (field.place(), both.0, both.1)
    } else {
        let part =
            field.decimal("a part of the price, such as 0.1, or a table with percentage and fixed_amount")?;
        let percentage = part.value.to_owned();
        (part.place(), Some(percentage), None)
    };
    let margin = MarginConfig { key: key.to_owned(), percentage, fixed_amount };
    let MarginConfig { percentage, fixed_amount, .. } = &margin;
    let fits = check(&place, |builder| builder.margin(key, percentage.as_deref(), fixed_amount.as_deref()));
    fits.then_some(margin)
}

/// The models behind names of the operator's own, of all upstreams.
#[derive(Debug, Default)]
pub(super) struct Deployments(HashMap<String, String>);

impl Deployments {
    /// Reads an upstream's `deployments = { name = "model" }`.
    pub(super) fn read(&mut self, table: Option<Table<'_>>) {
        for (name, field) in table.map(Table::rest).unwrap_or_default() {
            let Some(model) = field.text() else { continue };
            let before = self.0.insert(name.to_owned(), model.value.to_owned());
            if let Some(before) = before.filter(|before| before != model.value) {
                // The name alone is what the record of a call has.
                model.fault(format!("`{name}` is `{before}` at another upstream; a name has one model"));
            }
        }
    }

    pub(super) fn into_pairs(self) -> Vec<(String, String)> {
        let mut pairs: Vec<_> = self.0.into_iter().collect();
        pairs.sort_unstable();
        pairs
    }
}
