//! The member of a trace state that is Datadog's: `dd=s:2;o:synthetics;t.dm:-4`.

use std::fmt::Write as _;

use opentelemetry::trace::TraceState;

use super::tags;

pub(super) const KEY: &str = "dd";

/// The longest value that a member can have.
const MAX_BYTES: usize = 256;

/// What the headers say beside the ids.
pub(super) struct Member<'a> {
    pub(super) priority: Option<i16>,
    pub(super) origin: Option<&'a str>,
    pub(super) tags: &'a str,
}

impl Member<'_> {
    /// What does not fit is left out.
    pub(super) fn into_state(self) -> Option<TraceState> {
        let mut text = String::new();
        if let Some(priority) = self.priority {
            // Writing to a string does not fail.
            let _ = write!(text, "s:{priority}");
        }
        if let Some(origin) = self.origin.filter(|origin| !origin.is_empty()) {
            push(&mut text, "o", "", origin);
        }
        for (name, value) in tags::passed_on(self.tags) {
            if name.bytes().all(|byte| byte.is_ascii_graphic() && !b",;:=~".contains(&byte)) {
                push(&mut text, "t.", name, value);
            }
        }
        if text.is_empty() { None } else { TraceState::from_key_value([(KEY, text)]).ok() }
    }
}

fn push(text: &mut String, prefix: &str, name: &str, value: &str) {
    let semicolon = usize::from(!text.is_empty());
    if text.len() + semicolon + prefix.len() + name.len() + 1 + value.len() > MAX_BYTES {
        return;
    }
    text.extend([&";"[..semicolon], prefix, name, ":"]);
    text.extend(value.chars().map(|char| match char {
        '=' => '~',
        ',' | ';' | '~' => '_',
        ' '..='~' => char,
        _ => '_',
    }));
}

pub(super) fn priority(member: &str) -> Option<i16> {
    field(member, "s")?.parse().ok()
}

pub(super) fn origin(member: &str) -> Option<String> {
    field(member, "o").map(decoded)
}

pub(super) fn tags(member: &str) -> impl Iterator<Item = (&str, String)> {
    fields(member).filter_map(|(name, value)| Some((name.strip_prefix("t.")?, decoded(value))))
}

fn field<'a>(member: &'a str, wanted: &str) -> Option<&'a str> {
    fields(member).find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

fn fields(member: &str) -> impl Iterator<Item = (&str, &str)> {
    member.split(';').filter_map(|field| field.split_once(':'))
}

fn decoded(value: &str) -> String {
    value.replace('~', "=")
}
