//! Reads the text that `/metrics` answers with.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::client;

/// The samples of one scrape.
#[derive(Clone, Debug)]
pub struct Exposition {
    /// The text as it came.
    pub text: String,
    samples: Vec<Sample>,
}

#[derive(Clone, Debug)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Exposition {
    /// Scrapes `/metrics`.
    pub async fn scrape(address: SocketAddr) -> Self {
        let reply = client::fetch(address, client::get("/metrics")).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        Self::parse(&reply.text())
    }

    /// Reads a text.
    ///
    /// # Panics
    ///
    /// A line is neither a comment nor a sample.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let samples = lines.map(|line| sample(line).unwrap_or_else(|| panic!("no sample: {line}"))).collect();
        Self { text: text.to_owned(), samples }
    }

    fn matching(&self, name: &str, labels: &[(&str, &str)]) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| {
            let has = |(label, value): &(&str, &str)| sample.labels.get(*label).is_some_and(|v| v == value);
            sample.name == name && labels.iter().all(has)
        })
    }

    /// All samples of that name that have these labels among theirs, by their labels.
    pub fn vector(
        &self,
        name: &str,
        labels: &[(&str, &str)],
    ) -> impl Iterator<Item = (BTreeMap<String, String>, f64)> {
        self.matching(name, labels).map(|sample| (sample.labels.clone(), sample.value))
    }

    /// The sum of all samples of that name that have these labels among theirs; 0 when there are none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.matching(name, labels).map(|sample| sample.value).sum()
    }

    /// The same, for numbers of things.
    ///
    /// # Panics
    ///
    /// It is not a whole number.
    pub fn count(&self, name: &str, labels: &[(&str, &str)]) -> i64 {
        let sum = self.sum(name, labels);
        assert!(sum.fract() == 0.0, "{name}{labels:?} is {sum}");
        format!("{sum:.0}").parse().unwrap()
    }

    /// How many samples have that name and these labels among theirs.
    pub fn series(&self, name: &str, labels: &[(&str, &str)]) -> usize {
        self.matching(name, labels).count()
    }

    /// Calls that were opened but neither are recorded nor in flight.
    pub fn unaccounted(&self) -> i64 {
        self.count("tower_genai_calls_opened_total", &[])
            - self.count("tower_genai_calls_recorded_total", &[])
            - self.count("tower_genai_calls_in_flight", &[])
    }
}

fn sample(line: &str) -> Option<Sample> {
    let (name, rest) = match line.find(['{', ' '])? {
        at if line.as_bytes()[at] == b'{' => (&line[..at], &line[at..]),
        at => (&line[..at], &line[at..]),
    };
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (BTreeMap::new(), rest),
    };
    // What may follow the value, a timestamp or an exemplar, says nothing here.
    let value = rest.trim_start().split(' ').next()?.parse().ok()?;
    Some(Sample { name: name.to_owned(), labels, value })
}

fn labels(mut rest: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let mut labels = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches(',');
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (name, quoted) = rest.split_once("=\"")?;
        let mut value = String::new();
        let mut characters = quoted.char_indices();
        let end = loop {
            match characters.next()? {
                (at, '"') => break at,
                (_, '\\') => match characters.next()?.1 {
                    'n' => value.push('\n'),
                    other => value.push(other),
                },
                (_, other) => value.push(other),
            }
        };
        labels.insert(name.to_owned(), value);
        rest = &quoted[end + 1..];
    }
}
