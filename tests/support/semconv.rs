//! The conventions about spans as data, and the comparison of spans with them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::Value;

use crate::corpus::{Exchange, Expected};
use crate::otlp::{Kind, Span};

/// What the conventions want of spans.
#[derive(Debug, Deserialize)]
pub struct Conventions {
    http_server: Vec<Rule>,
    http_client: Vec<Rule>,
    rpc: Vec<Rule>,
    inference: Vec<Rule>,
    embeddings: Vec<Rule>,
    provider: BTreeMap<String, Vec<Rule>>,
    ours: Ours,
}

#[derive(Debug, Deserialize)]
struct Ours {
    call: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    key: String,
    #[serde(rename = "type")]
    kind: String,
    level: Level,
    when: Option<String>,
    profiles: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Level {
    Required,
    Conditional,
    Recommended,
    OptIn,
    Ours,
}

/// What a span is about.
#[derive(Debug, Default)]
pub struct About<'a> {
    /// The exchange behind it.
    pub exchange: Option<&'a Exchange>,
    /// What its provider reported.
    pub expected: Option<&'a Expected>,
}

impl Conventions {
    /// Those in `tests/data`.
    ///
    /// # Panics
    ///
    /// The file is not of the form that it describes.
    pub fn load() -> Self {
        toml::from_str(include_str!("../data/semconv_spans.toml")).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Everything that is wrong with a span, by the profiles (`v1_41`, `v2026_10`) whose names it may have.
    pub fn faults(&self, span: &Span, profiles: &[&str], about: &About<'_>) -> Vec<String> {
        let rules: Vec<&Rule> = self.rules(span).into_iter().filter(|rule| rule.is_of(profiles)).collect();
        let mut faults = Vec::new();
        let mut types = HashMap::<&str, Vec<&str>>::new();
        for rule in &rules {
            types.entry(&rule.key).or_default().push(&rule.kind);
            let holds = match &rule.when {
                None => rule.level == Level::Required,
                Some(when) => holds(when, span, about),
            };
            if holds && !span.attributes.contains_key(&rule.key) {
                faults.push(format!("{} ({:?}, {:?}) is missing", rule.key, rule.level, rule.when));
            }
            if let Some(field) = rule.when.as_deref().and_then(|when| when.strip_prefix("expected:"))
                && let (Some(expected), Some(actual)) =
                    (expected(about, field), span.attributes.get(&rule.key))
                && expected != distinct(actual)
            {
                faults.push(format!("{} is {actual} instead of {expected}", rule.key));
            }
        }
        for (key, actual) in &span.types {
            match types.get(&**key) {
                None => faults.push(format!("{key} is no attribute of such a span")),
                // Where profiles differ the newest has its way.
                Some(types) if types.last() != Some(actual) => {
                    faults.push(format!("{key} is a {actual} instead of a {types:?}"));
                }
                Some(_) => {}
            }
        }
        faults
    }

    fn rules(&self, span: &Span) -> Vec<&Rule> {
        let Some(operation) = span.attributes.get("gen_ai.operation.name") else {
            let rules = match span.kind {
                _ if span.attributes.contains_key("rpc.system.name") => &self.rpc,
                Kind::Server => &self.http_server,
                _ => &self.http_client,
            };
            return rules.iter().collect();
        };
        let rules = if operation == "embeddings" { &self.embeddings } else { &self.inference };
        let provider = span.attributes.get("gen_ai.provider.name").and_then(|name| self.provider.get(name));
        rules.iter().chain(provider.into_iter().flatten()).chain(&self.ours.call).collect()
    }
}

impl Rule {
    fn is_of(&self, profiles: &[&str]) -> bool {
        self.profiles.as_ref().is_none_or(|of| of.iter().any(|profile| profiles.contains(&&**profile)))
    }
}

fn holds(when: &str, span: &Span, about: &About<'_>) -> bool {
    let exchange = about.exchange;
    match when.split_once(':') {
        None => match when {
            "error" => span.failed,
            "replied" => exchange.is_some(),
            "query" => exchange.is_some_and(|exchange| !exchange.query.is_empty()),
            "route" => span.name.contains(' '),
            other => panic!("{other} is no condition"),
        },
        Some(("has", key)) => span.attributes.contains_key(key),
        Some(("asks", condition)) => exchange.is_some_and(|exchange| says(&exchange.request.body, condition)),
        Some(("replies", condition)) => exchange.is_some_and(|exchange| {
            let text = |document: Value| document.pointer(condition)?.as_str().map(|text| !text.is_empty());
            let reply = serde_json::from_slice(&exchange.response.body).ok();
            exchange.response.status < 300 && reply.and_then(text).unwrap_or(false)
        }),
        Some(("expected", field)) => expected(about, field).is_some(),
        Some(other) => panic!("{other:?} is no condition"),
    }
}

/// Whether a JSON document has a value at that place, and it is that or another one.
fn says(document: &[u8], condition: &str) -> bool {
    let Ok(document) = serde_json::from_slice::<Value>(document) else { return false };
    let at =
        |path| document.pointer(path).filter(|value| !value.is_null() && *value != "" && !value.is_object());
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Some((path, other)) = condition.split_once("!=") {
        at(path).is_some_and(|value| shown(value) != other)
    } else if let Some((path, same)) = condition.split_once('=') {
        at(path).is_some_and(|value| shown(value) == same)
    } else {
        at(condition).is_some()
    }
}

/// The corpus knows the values that occur and not how often.
fn distinct(values: &str) -> String {
    values.split(',').collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(",")
}

/// What the corpus says about a call, as an attribute shows it.
fn expected(about: &About<'_>, field: &str) -> Option<String> {
    let expected = about.expected?;
    // Zero may be the corpus's word for what was not said.
    let count = |count: Option<u64>| count.filter(|count| *count > 0).map(|count| count.to_string());
    match field {
        "input" => count(expected.input),
        "output" => count(expected.output),
        "cache_read" => count(expected.cache_read),
        "cache_write" => count(expected.cache_write),
        "reasoning" => count(expected.reasoning),
        "response_model" => expected.response_model.clone(),
        "finish_reasons" => {
            let reasons = expected.finish_reasons.join(",");
            Some(distinct(&reasons)).filter(|reasons| !reasons.is_empty())
        }
        other => panic!("{other} is nothing that the corpus expects"),
    }
}
