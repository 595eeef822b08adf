//! `/spend`: who spent what, as far as this process saw it.

use std::time::{Duration, SystemTime};

use http::{Response, StatusCode};
use jiff::{SignedDuration, Timestamp, Unit};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use tower_genai_cost::ledger::{Amounts, Dimension, Spend, SpendGroup, SpendLedger, SpendQuery, SpendReport};

use crate::body::Body;
use crate::reply;

/// Answers questions about a ledger.
#[derive(Clone, Debug)]
pub(crate) struct SpendPage {
    ledger: SpendLedger,
    instance: String,
}

impl SpendPage {
    /// `instance` tells this process from others of the fleet.
    pub(crate) fn new(ledger: SpendLedger, instance: String) -> Self {
        Self { ledger, instance }
    }

    pub(crate) async fn answer(&self, query: Option<&str>) -> Response<Body> {
        let refuse = |message: &str| reply::error(StatusCode::BAD_REQUEST, "invalid_query", message);
        let query = match parse(query.unwrap_or_default()) {
            Ok(query) => query,
            Err(message) => return refuse(&message),
        };
        let page = self.clone();
        // Off the threads that serve: many accounts take their time.
        let made = tokio::task::spawn_blocking(move || {
            let report = page.ledger.report(&query)?;
            Ok::<_, tower_genai_cost::ledger::SinceError>(page.document(&query, &report))
        });
        match made.await {
            Ok(Ok(document)) => reply::document(StatusCode::OK, &document),
            Ok(Err(error)) => refuse(&format!("since: {error}")),
            Err(error) => {
                tracing::error!(%error, "the report of what was spent failed");
                reply::error(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "report_failed",
                    "the report could not be made",
                )
            }
        }
    }

    fn document(&self, query: &SpendQuery, report: &SpendReport) -> Value {
        let group_by: Vec<_> = query.dimensions().iter().map(|dimension| dimension.as_str()).collect();
        let group = |group: &SpendGroup| {
            let mut members = spent(group.spend());
            for (place, dimension) in group_by.iter().enumerate() {
                members.insert((*dimension).to_owned(), group.value(place).into());
            }
            Value::Object(members)
        };
        let folded: Map<_, _> = Dimension::ALL
            .into_iter()
            .map(|dimension| (dimension.as_str().to_owned(), report.folded(dimension).into()))
            .collect();
        json!({
            "instance": self.instance,
            "covers_since": timestamp(report.covers_since()),
            "since": timestamp(report.since().unwrap_or(report.covers_since())),
            "until": timestamp(report.until()),
            "group_by": group_by,
            "groups": report.groups().iter().map(group).collect::<Vec<_>>(),
            "total": spent(report.total()),
            "folded": folded,
            "accounts": report.accounts(),
        })
    }
}

fn spent(spend: &Spend) -> Map<String, Value> {
    let (reported, estimated) = (spend.reported, spend.estimated());
    let members = [
        ("cost_usd", reported.cost.to_string().into()),
        ("estimated_cost_usd", estimated.cost.to_string().into()),
        ("calls", spend.calls.into()),
        ("priced_calls", spend.priced_calls.into()),
        ("unpriced_calls", spend.unpriced_calls.into()),
        ("no_usage_calls", spend.no_usage_calls.into()),
        ("invalid_usage_calls", spend.invalid_usage_calls.into()),
        ("tokens", tokens(&reported)),
        ("estimated_tokens", tokens(&estimated)),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn tokens(amounts: &Amounts) -> Value {
    let tokens = amounts.tokens;
    json!({
        "input": tokens.input,
        "output": tokens.output,
        "cache_read": tokens.cache_read,
        "cache_write": tokens.cache_write,
        "reasoning": tokens.reasoning,
        "audio_input": tokens.audio_input,
        "audio_output": tokens.audio_output,
    })
}

fn timestamp(time: SystemTime) -> Option<String> {
    let timestamp = Timestamp::try_from(time).and_then(|time| time.round(Unit::Second)).ok()?;
    Some(timestamp.to_string())
}

fn parse(query: &str) -> Result<SpendQuery, String> {
    let mut asked = SpendQuery::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_decode_str(value).decode_utf8_lossy();
        match key {
            "group_by" => {
                for word in value.split(',') {
                    let dimension =
                        word.trim().parse().map_err(|error| format!("group_by: `{word}`: {error}"))?;
                    asked = asked.group_by(dimension);
                }
            }
            "since" => {
                let ago = window(&value).ok_or_else(|| {
                    format!("since: `{value}` is not a length of time such as `15m`, `24h` or `7d`")
                })?;
                asked = asked.since(ago);
            }
            key => return Err(format!("`{key}` is not known here; known are group_by and since")),
        }
    }
    Ok(asked)
}

/// A length of time above zero: whole days, or what durations of the configuration may be.
fn window(text: &str) -> Option<Duration> {
    const DAY: u64 = 24 * 60 * 60;
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u64>().ok());
    let window = match days {
        Some(days) => Duration::from_secs(days.checked_mul(DAY)?),
        None => Duration::try_from(text.parse::<SignedDuration>().ok()?).ok()?,
    };
    (!window.is_zero()).then_some(window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_or_refused_with_what_is_allowed() {
        let day = Duration::from_secs(86_400);
        let team = SpendQuery::new().group_by(Dimension::Team);
        assert_eq!(parse(""), Ok(SpendQuery::new()));
        assert_eq!(parse("group_by=team&since=24h"), Ok(team.clone().since(day)));
        assert_eq!(parse("since=1d&group_by=team%2Cmodel"), Ok(team.group_by(Dimension::Model).since(day)));
        for (query, message) in [
            (
                "group_by=colour",
                "group_by: `colour`: spending can be grouped by model, provider, key_alias, team, user, tag",
            ),
            (
                "group_by=",
                "group_by: ``: spending can be grouped by model, provider, key_alias, team, user, tag",
            ),
            ("since=yesterday", "since: `yesterday` is not a length of time such as `15m`, `24h` or `7d`"),
            ("since=0h", "since: `0h` is not a length of time such as `15m`, `24h` or `7d`"),
            ("since=-1h", "since: `-1h` is not a length of time such as `15m`, `24h` or `7d`"),
            (
                "since=99999999999999999d",
                "since: `99999999999999999d` is not a length of time such as `15m`, `24h` or `7d`",
            ),
            ("by=team", "`by` is not known here; known are group_by and since"),
        ] {
            assert_eq!(parse(query), Err(message.to_owned()), "{query}");
        }
    }
}
