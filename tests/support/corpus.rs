//! Recorded exchanges with model providers, and what an independent program read out of them.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::read::GzDecoder;
use serde::{Deserialize, Deserializer};

/// The recorded exchanges of a folder, in their order.
#[derive(Debug, Default)]
pub struct Corpus {
    /// All exchanges.
    pub exchanges: Vec<Exchange>,
    /// What the providers reported, by the id of the exchange; 2xx replies only.
    pub expected: HashMap<String, Expected>,
    by_id: HashMap<String, usize>,
}

/// One request and its reply.
#[derive(Debug, Deserialize)]
pub struct Exchange {
    /// Where it was recorded.
    pub id: String,
    /// The host the request went to, maybe with a port.
    pub host: String,
    /// In capitals.
    #[serde(deserialize_with = "capitals")]
    pub method: String,
    /// The path, percent-encoded as it was sent.
    pub path: String,
    /// The query without its question mark; may be empty.
    pub query: String,
    /// What the client sent.
    pub request: Message,
    /// What the provider answered.
    pub response: Message,
}

/// Headers and body of a request or a response.
#[derive(Debug, Deserialize)]
pub struct Message {
    /// The status; 0 in a request.
    #[serde(default)]
    pub status: u16,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The decoded body.
    #[serde(rename = "body_b64", deserialize_with = "base64")]
    pub body: Bytes,
}

/// What a provider reported about one call.
#[derive(Clone, Debug, Deserialize)]
pub struct Expected {
    /// The exchange.
    pub id: String,
    /// `openai`, `openai-responses`, `anthropic`, ...
    pub dialect: String,
    /// Whether the reply is a stream of events.
    pub streamed: bool,
    /// `None`: not judged.
    pub response_model: Option<String>,
    /// Whether the reply reports any usage.
    pub has_usage: bool,
    /// The distinct values; empty: not judged.
    pub finish_reasons: Vec<String>,
    /// Input tokens, cached ones included.
    pub input: Option<u64>,
    /// Output tokens, reasoning included.
    pub output: Option<u64>,
    /// Input tokens read from a cache.
    pub cache_read: Option<u64>,
    /// Input tokens written to a cache.
    pub cache_write: Option<u64>,
    /// Output tokens spent on reasoning.
    pub reasoning: Option<u64>,
}

// Some recorders wrote `post`.
fn capitals<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(String::deserialize(from)?.to_ascii_uppercase())
}

fn base64<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
    STANDARD.decode(text.as_bytes()).map(Bytes::from).map_err(serde::de::Error::custom)
}

impl Corpus {
    /// Reads `exchanges.jsonl.gz` and `expected.jsonl`.
    ///
    /// # Errors
    ///
    /// Either file cannot be read or is not of the expected form; the message names it.
    pub fn load(folder: &Path) -> io::Result<Self> {
        let exchanges: Vec<Exchange> = lines(&folder.join("exchanges.jsonl.gz"), GzDecoder::new)?;
        let expected: Vec<Expected> = lines(&folder.join("expected.jsonl"), |file| file)?;
        let by_id = exchanges.iter().enumerate().map(|(at, exchange)| (exchange.id.clone(), at)).collect();
        let expected = expected.into_iter().map(|row| (row.id.clone(), row)).collect();
        Ok(Self { exchanges, expected, by_id })
    }

    /// The exchange of that id.
    pub fn get(&self, id: &str) -> Option<&Exchange> {
        self.by_id.get(id).map(|at| &self.exchanges[*at])
    }

    /// The exchange that answers a request best that names none: same path, same host when one is given, streamed or
    /// not as asked, a 2xx reply; one that reports usage before one that does not.
    pub fn find(&self, path: &str, host: Option<&str>, stream: bool) -> Option<&Exchange> {
        let fits = |exchange: &&Exchange| {
            exchange.path == path
                && host.is_none_or(|host| exchange.host == host)
                && self.expected.get(&exchange.id).is_some_and(|expected| expected.streamed == stream)
        };
        let with_usage = |exchange: &&Exchange| self.expected[&exchange.id].has_usage;
        let mut fitting = self.exchanges.iter().filter(fits).peekable();
        let first = fitting.peek().copied();
        fitting.find(with_usage).or(first)
    }
}

fn lines<T, R>(path: &Path, reader: impl FnOnce(File) -> R) -> io::Result<Vec<T>>
where
    T: serde::de::DeserializeOwned,
    R: io::Read,
{
    let about = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(about)?;
    BufReader::with_capacity(1 << 16, reader(file))
        .lines()
        .map(|line| serde_json::from_str(&line?).map_err(io::Error::from))
        .collect::<io::Result<_>>()
        .map_err(about)
}
