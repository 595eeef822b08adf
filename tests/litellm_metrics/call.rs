//! What is implied by an exchange.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tower_genai_tests::call_log::Line;
use tower_genai_tests::corpus::{Corpus, Exchange, Expected};
use tower_genai_tests::hex;

use crate::{KEY, is_known, upstream_of};

/// What is implied by one exchange.
pub(crate) struct Call {
    corpus: Arc<Corpus>,
    at: usize,
    pub(crate) expected: Option<Expected>,
    pub(crate) line: Line,
    known: bool,
    /// The model as it is shown: `other` where nobody has answered for it yet, `None` where nobody says any.
    asked: String,
    model: String,
    api_base: String,
    /// The body of a reply that is whole JSON.
    pub(crate) reply: Value,
    class: Option<String>,
}

pub(crate) fn calls(corpus: &Arc<Corpus>, lines: &HashMap<&str, &Line>, url: &str) -> Vec<Call> {
    let mut answered = HashSet::new();
    let call = |(at, exchange): (usize, &Exchange)| {
        let line = lines[&*exchange.id];
        let reply = serde_json::from_slice(&exchange.response.body).unwrap_or_default();
        let asked = model(exchange).or_else(|| line.text("gen_ai.request.model").map(str::to_owned));
        if exchange.response.status < 300 {
            answered.extend(asked.clone());
        }
        let none = || "None".to_owned();
        let shown = asked.map(|model| if answered.contains(&model) { model } else { "other".to_owned() });
        let served = line.text("gen_ai.response.model").map(str::to_owned);
        Call {
            corpus: Arc::clone(corpus),
            at,
            expected: corpus.expected.get(&exchange.id).cloned(),
            line: line.clone(),
            known: is_known(at),
            model: shown.clone().or(served).unwrap_or_else(none),
            asked: shown.unwrap_or_else(none),
            api_base: url.trim_end_matches('/').to_owned(),
            class: class(exchange, &reply),
            reply,
        }
    };
    corpus.exchanges.iter().enumerate().map(call).collect()
}

/// The model that a request names, in its body or in its path; `None` too where it is no JSON.
fn model(exchange: &Exchange) -> Option<String> {
    let body: Value = serde_json::from_slice(&exchange.request.body).ok()?;
    let in_path = match exchange.path.split('/').collect::<Vec<_>>()[..] {
        ["", "model", model, _] | ["", "openai", "deployments", model, ..] => Some(model),
        ["", "v1beta", "models", method] => method.split(':').next(),
        _ => None,
    };
    let decoded = |model| percent_decode_str(model).decode_utf8().unwrap().into_owned();
    body["model"].as_str().map(str::to_owned).or(in_path.map(decoded))
}

/// What LiteLLM would have raised.
fn class(exchange: &Exchange, reply: &Value) -> Option<String> {
    let raised = match exchange.response.status {
        400 => "BadRequestError",
        401 => "AuthenticationError",
        404 => "NotFoundError",
        200 if reply["error"]["code"] == "content_filter" => "ContentPolicyViolationError",
        200 if reply["error"].is_null() => return None,
        status => panic!("{}: {status} {}", exchange.id, reply["error"]),
    };
    let provider = provider(&exchange.host);
    let dot = if provider == "None" {
        String::new()
    } else {
        format!("{}{}.", provider[..1].to_uppercase(), &provider[1..])
    };
    Some(format!("{dot}{raised}"))
}

/// LiteLLM's name of the provider.
fn provider(host: &str) -> &'static str {
    match host.split(':').next().unwrap() {
        "api.openai.com" => "openai",
        "api.anthropic.com" => "anthropic",
        "bedrock-runtime.us-east-1.amazonaws.com" => "bedrock",
        "api.writer.com" => "writer",
        "api.cohere.com" => "cohere",
        "api.groq.com" => "groq",
        "api.mistral.ai" => "mistral",
        "api.together.xyz" => "together_ai",
        "api.voyageai.com" => "voyage",
        "api.deepseek.com" => "deepseek",
        "generativelanguage.googleapis.com" => "gemini",
        azure if azure.ends_with(".openai.azure.com") => "azure",
        _ => "None",
    }
}

impl Call {
    pub(crate) fn exchange(&self) -> &Exchange {
        &self.corpus.exchanges[self.at]
    }

    pub(crate) fn label(&self, name: &str) -> String {
        match name {
            "model" | "litellm_model_name" => self.model.clone(),
            "requested_model" | "model_group" => self.asked.clone(),
            "model_id" => upstream_of(&self.exchange().host),
            "api_provider" => provider(&self.exchange().host).to_owned(),
            "api_base" => self.api_base.clone(),
            "status_code" => match &self.class {
                Some(class) if class.ends_with("ContentPolicyViolationError") => "400".to_owned(),
                _ => self.exchange().response.status.to_string(),
            },
            "exception_class" => self.class.clone().unwrap_or_else(|| "None".to_owned()),
            "api_key_alias" => if self.known { "search-prod" } else { "None" }.to_owned(),
            "team_alias" => if self.known { "search" } else { "None" }.to_owned(),
            // The proxy reserves the keys of its clients: they are shown whatever the answer was.
            "hashed_api_key" if self.known => hex(&Sha256::digest(KEY)),
            "hashed_api_key" => "None".to_owned(),
            "reason" if self.line.text("cost_status") == Some("unpriced") => "missing_pricing_key".to_owned(),
            "reason" => "cost_calculation_error".to_owned(),
            other => panic!("no label {other}"),
        }
    }

    pub(crate) fn failure(&self) -> Option<f64> {
        self.class.as_ref().map(|_| 1.0)
    }

    pub(crate) fn success(&self) -> Option<f64> {
        self.class.is_none().then_some(1.0)
    }

    /// By the call log: no recording says what a call cost.
    pub(crate) fn cost(&self) -> Option<f64> {
        self.line.text("cost_usd").map(|cost| cost.parse().unwrap())
    }

    /// What was used and could not be priced.
    pub(crate) fn zero_cost(&self) -> Option<f64> {
        let used = self.expected.as_ref().is_some_and(|expected| expected.has_usage);
        let status = self.line.text("cost_status");
        (status == Some("invalid_usage") || used && status == Some("unpriced")).then_some(1.0)
    }

    pub(crate) fn tokens(&self, of: impl FnOnce(&Expected) -> Option<u64>) -> Option<f64> {
        let expected = self.expected.as_ref().filter(|expected| expected.has_usage)?;
        // A usage that is a total and nothing else is of input only: no row knows it.
        let total = || self.reply["usage"]["total_tokens"].as_u64();
        let alone = self.reply["usage"].as_object().is_some_and(|usage| usage.len() == 1);
        let input = total().filter(|_| alone).or(expected.input);
        let row = Expected { input, ..expected.clone() };
        of(&row).map(|tokens| tokens as f64)
    }

    pub(crate) fn total(&self) -> Option<f64> {
        self.tokens(|row| Some(row.input.unwrap_or(0) + row.output.unwrap_or(0)))
    }

    pub(crate) fn images(&self) -> Option<f64> {
        let made = self.exchange().path.ends_with("/images/generations") && self.class.is_none();
        let images = self.reply["data"].as_array().filter(|_| made)?;
        Some(images.len() as f64)
    }

    /// What a header says, by the names that providers have for it, the most telling first.
    fn header(&self, names: &[&str]) -> Option<f64> {
        let headers = &self.exchange().response.headers;
        names.iter().find_map(|name| headers.get(*name)?.parse::<u64>().ok()).map(|number| number as f64)
    }

    pub(crate) fn remaining_requests(&self) -> Option<f64> {
        self.header(&[
            "x-ratelimit-remaining-requests",
            "anthropic-ratelimit-requests-remaining",
            "x-ratelimit-remaining-req-10-second",
            "x-ratelimit-remaining",
        ])
    }

    pub(crate) fn remaining_tokens(&self) -> Option<f64> {
        self.header(&[
            "x-ratelimit-remaining-tokens",
            "anthropic-ratelimit-tokens-remaining",
            "x-ratelimit-remaining-tokens-minute",
        ])
    }

    pub(crate) fn duration(&self) -> Option<f64> {
        self.success()?;
        self.line["duration_s"].as_f64()
    }

    pub(crate) fn first_token(&self) -> Option<f64> {
        self.success()?;
        self.line.get("time_to_first_chunk_s").filter(|_| self.is_stream()).map(|time| time.as_f64().unwrap())
    }

    pub(crate) fn is_stream(&self) -> bool {
        self.expected.as_ref().is_some_and(|expected| expected.streamed)
    }

    pub(crate) fn per_output_token(&self) -> Option<f64> {
        let tokens = self.tokens(|row| row.output)?;
        if self.is_stream() {
            (tokens > 1.0).then(|| Some((self.duration()? - self.first_token()?) / (tokens - 1.0))).flatten()
        } else {
            (tokens > 0.0).then(|| Some(self.duration()? / tokens)).flatten()
        }
    }
}
