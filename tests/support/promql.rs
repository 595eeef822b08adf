//! As much of PromQL as dashboards ask of one scrape: selectors, aggregations, a division, quantiles of histograms.
//!
//! A `rate` or an `increase` is that since the process started: its counters then were 0, and one scrape knows no other
//! time. What is said here of a panel therefore holds for the whole of its window.

use std::collections::BTreeMap;

use crate::exposition::Exposition;

/// The value of an expression: a number for each set of labels.
pub type Vector = BTreeMap<BTreeMap<String, String>, f64>;

/// Evaluates an expression over a scrape.
///
/// # Panics
///
/// It is none that is understood here.
pub fn evaluate(page: &Exposition, expression: &str) -> Vector {
    let mut parser = Parser { page, rest: expression };
    let value = parser.expression();
    assert!(parser.peek().is_none(), "`{}` is left of `{expression}`", parser.rest);
    value
}

struct Parser<'a> {
    page: &'a Exposition,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn eat(&mut self, token: char) -> bool {
        let there = self.peek() == Some(token);
        if there {
            self.rest = &self.rest[token.len_utf8()..];
        }
        there
    }

    fn expect(&mut self, token: char) {
        assert!(self.eat(token), "`{token}` is missing before `{}`", self.rest);
    }

    fn until(&mut self, end: impl Fn(char) -> bool) -> &'a str {
        let at = self.rest.find(end).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(at);
        self.rest = rest;
        word
    }

    fn word(&mut self) -> &'a str {
        self.peek();
        self.until(|letter| !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | ':' | '.')))
    }

    fn expression(&mut self) -> Vector {
        let value = self.term();
        if !self.eat('/') {
            return value;
        }
        let divisors = self.term();
        value
            .into_iter()
            .filter_map(|(labels, one)| Some((labels.clone(), one / divisors.get(&labels)?)))
            .collect()
    }

    fn term(&mut self) -> Vector {
        let word = self.word();
        assert!(!word.is_empty(), "a name is missing before `{}`", self.rest);
        match word {
            "sum" => self.aggregate(|all| all.iter().sum()),
            "min" => self.aggregate(|all| all.iter().copied().fold(f64::INFINITY, f64::min)),
            "max" => self.aggregate(|all| all.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
            "rate" | "increase" => self.in_parentheses(Self::expression),
            "histogram_quantile" => {
                self.expect('(');
                let quantile = self.word().parse().unwrap();
                self.expect(',');
                let buckets = self.expression();
                self.expect(')');
                quantiles(quantile, &buckets)
            }
            metric => self.selector(metric),
        }
    }

    fn in_parentheses<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.expect('(');
        let value = inner(self);
        self.expect(')');
        value
    }

    /// `sum(x) by (a)` or `sum by (a) (x)`.
    fn aggregate(&mut self, of: fn(&[f64]) -> f64) -> Vector {
        let mut by = self.by();
        let inner = self.in_parentheses(Self::expression);
        if by.is_empty() {
            by = self.by();
        }
        let mut groups: BTreeMap<_, Vec<f64>> = BTreeMap::new();
        for (labels, value) in inner {
            let kept = labels.into_iter().filter(|(name, _)| by.contains(&name.as_str())).collect();
            groups.entry(kept).or_default().push(value);
        }
        groups.into_iter().map(|(labels, values)| (labels, of(&values))).collect()
    }

    fn by(&mut self) -> Vec<&'a str> {
        self.peek();
        let Some(rest) = self.rest.strip_prefix("by") else { return Vec::new() };
        self.rest = rest;
        self.in_parentheses(|parser| parser.until(|letter| letter == ')')).split(',').map(str::trim).collect()
    }

    fn selector(&mut self, metric: &str) -> Vector {
        let mut wanted = Vec::new();
        if self.eat('{') {
            let matchers = self.until(|letter| letter == '}');
            self.expect('}');
            for matcher in matchers.split(',') {
                let (name, value) = matcher.split_once('=').unwrap();
                wanted.push((name.trim(), value.trim().trim_matches('"')));
            }
        }
        if self.eat('[') {
            self.until(|letter| letter == ']');
            self.expect(']');
        }
        self.page.vector(metric, &wanted).collect()
    }
}

/// As Prometheus does: linear within the bucket where the quantile lies.
fn quantiles(quantile: f64, buckets: &Vector) -> Vector {
    let mut groups: BTreeMap<BTreeMap<String, String>, Vec<(f64, f64)>> = BTreeMap::new();
    for (labels, count) in buckets {
        let mut labels = labels.clone();
        let bound = labels.remove("le").expect("buckets have bounds");
        groups.entry(labels).or_default().push((bound.parse().unwrap(), *count));
    }
    let of = |mut buckets: Vec<(f64, f64)>| {
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        let rank = quantile * buckets.last().map_or(0.0, |(_, all)| *all);
        let at = buckets.iter().position(|(_, count)| *count >= rank).unwrap_or(buckets.len() - 1);
        let (low, below) = if at == 0 { (0.0, 0.0) } else { buckets[at - 1] };
        let (high, count) = buckets[at];
        if high.is_infinite() { low } else { low + (high - low) * (rank - below) / (count - below) }
    };
    groups.into_iter().map(|(labels, buckets)| (labels, of(buckets))).collect()
}
