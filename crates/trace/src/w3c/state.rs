//! `tracestate`: a list of `key=value` members.

use http::HeaderValue;
use http::header::GetAll;
use opentelemetry::trace::TraceState;
use smallvec::SmallVec;

/// More members than this are no valid list.
const MAX_MEMBERS: usize = 32;

/// The longest key and the longest value.
const MAX_LENGTH: usize = 256;

/// The longest parts of a key with a tenant, `tenant@system`.
const MAX_TENANT: usize = 241;
const MAX_SYSTEM: usize = 14;

/// A longer list is cut. 512 characters have to be passed on; eight times as many leave room for other headers where
/// all of them may have 8 KiB.
const MAX_TEXT: usize = 4096;

/// Members longer than this are the first to go.
const LONG: usize = 128;

type Members<'a> = SmallVec<[(&'a str, &'a str); 8]>;

/// Members that a [`TraceState`] cannot hold, among those that it can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unheld {
    /// What it holds.
    held: TraceState,
    /// All members, in their order.
    all: Box<[(Box<str>, Box<str>)]>,
}

/// All headers as one list; `None` when any of it is invalid.
pub(super) fn parse(headers: &GetAll<'_, HeaderValue>) -> Option<(TraceState, Option<Unheld>)> {
    let mut headers = headers.iter().peekable();
    if headers.peek().is_none() {
        return Some((TraceState::NONE, None));
    }
    let mut members = Members::new();
    for header in headers {
        for member in header.to_str().ok()?.split(',') {
            let member = member.trim_matches([' ', '\t']);
            if member.is_empty() {
                continue;
            }
            let (key, value) = member.split_once('=')?;
            if members.len() == MAX_MEMBERS || !is_key(key) || !is_value(value) {
                return None;
            }
            members.push((key, value));
        }
    }
    let holds = |(key, _): &(&str, &str)| can_be_held(key);
    let held = TraceState::from_key_value(members.iter().filter(|member| holds(member)).copied()).ok()?;
    let unheld = (!members.iter().all(holds)).then(|| Unheld {
        held: held.clone(),
        all: members.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
    });
    Some((held, unheld))
}

/// The list as one header; `None` when it is empty.
pub(super) fn format(state: &TraceState, unheld: Option<&Unheld>) -> Option<HeaderValue> {
    let mut members: Members<'_> = match unheld {
        Some(unheld) if unheld.held == *state => unheld.members().collect(),
        // What the state is now comes first, as in any list that is changed.
        Some(unheld) => {
            state.into_iter().chain(unheld.members().filter(|(key, _)| !can_be_held(key))).collect()
        }
        None => state.into_iter().collect(),
    };
    members.truncate(MAX_MEMBERS);
    let length = cut(&mut members);
    if length == 0 {
        return None;
    }
    let mut text = String::with_capacity(length);
    for (key, value) in members {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(key);
        text.push('=');
        text.push_str(value);
    }
    HeaderValue::from_maybe_shared(bytes::Bytes::from(text)).ok()
}

impl Unheld {
    fn members(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all.iter().map(|(key, value)| (&**key, &**value))
    }
}

/// Takes members out until the list is short enough, and says how long it is, with a comma for each.
fn cut(members: &mut Members<'_>) -> usize {
    let mut length = members.iter().map(|member| length_of(member) + 1).sum();
    while length > MAX_TEXT + 1 {
        let long = members.iter().rposition(|member| length_of(member) > LONG);
        let out = members.remove(long.unwrap_or(members.len() - 1));
        length -= length_of(&out) + 1;
    }
    length
}

const fn length_of((key, value): &(&str, &str)) -> usize {
    key.len() + 1 + value.len()
}

fn is_key(key: &str) -> bool {
    match key.split_once('@') {
        None => key.len() <= MAX_LENGTH && is_identifier(key),
        Some((tenant, system)) => {
            tenant.len() <= MAX_TENANT
                && system.len() <= MAX_SYSTEM
                && is_identifier(tenant)
                && is_identifier(system)
        }
    }
}

/// [`TraceState`] (0.33) wants the system to be shorter than it may be.
fn can_be_held(key: &str) -> bool {
    key.split_once('@').is_none_or(|(_, system)| system.len() < MAX_SYSTEM)
}

fn is_identifier(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|first| first.is_ascii_lowercase() || first.is_ascii_digit())
        && bytes.iter().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'*' | b'/')
        })
}

/// Printable ASCII without `,` and `=`; a trailing space was trimmed with the member.
fn is_value(value: &str) -> bool {
    (1..=MAX_LENGTH).contains(&value.len())
        && value.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'='))
}
