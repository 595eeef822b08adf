use http::HeaderName;
use http::header::USER_AGENT;
use http::request::Parts;
use smallvec::SmallVec;
use tower_genai_core::{CallHandle, CallRecord, ClientAddress};

use crate::calls::MAX_CUSTOM;

/// A label that the conventions do not have.
#[derive(Clone, Debug)]
pub(crate) struct CustomLabel {
    pub(crate) name: String,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Header(HeaderName),
    Address,
    /// `true` when the caller has the tag, else `false`.
    Tag(Box<str>),
}

impl CustomLabel {
    pub(crate) const fn from_header(name: String, header: HeaderName) -> Self {
        Self { name, source: Source::Header(header) }
    }

    pub(crate) fn from_tag(name: String, tag: &str) -> Self {
        Self { name, source: Source::Tag(tag.into()) }
    }

    pub(super) const fn client_address(name: String) -> Self {
        Self { name, source: Source::Address }
    }

    pub(super) const fn user_agent(name: String) -> Self {
        Self { name, source: Source::Header(USER_AGENT) }
    }

    /// What the head of a request says, if it is there that it is said.
    fn pick(&self, head: &Parts) -> Option<Box<str>> {
        match &self.source {
            Source::Header(header) => head.headers.get(header)?.to_str().ok().map(Box::from),
            Source::Address => {
                let ClientAddress(address) = head.extensions.get()?;
                Some(address.to_canonical().to_string().into())
            }
            Source::Tag(_) => None,
        }
    }

    const fn is_in_the_head(&self) -> bool {
        !matches!(self.source, Source::Tag(_))
    }
}

/// The labels of a store that are not the conventions', in the order of their places.
#[derive(Clone, Debug, Default)]
pub(crate) struct CustomLabels {
    labels: Vec<CustomLabel>,
    in_the_head: bool,
}

/// What the heads of a call's request said for the stores that asked, each known by its address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Picked(Vec<(usize, Vec<Option<Box<str>>>)>);

/// The values of the custom labels of one call.
pub(crate) type Values<'r> = SmallVec<[&'r str; MAX_CUSTOM as usize]>;

impl CustomLabels {
    pub(crate) fn new(labels: Vec<CustomLabel>) -> Self {
        let in_the_head = labels.iter().any(CustomLabel::is_in_the_head);
        Self { labels, in_the_head }
    }

    /// Leaves with the call what the head of its request says. It costs nothing where no label is from there.
    pub(crate) fn pick(&self, store: usize, head: &Parts, call: &CallHandle) {
        if !self.in_the_head {
            return;
        }
        let Picked(mut all) = call.extension().unwrap_or_default();
        // Another attempt says the same.
        if !all.iter().any(|(known, _)| *known == store) {
            all.push((store, self.labels.iter().map(|label| label.pick(head)).collect()));
            call.extend(Picked(all));
        }
    }

    /// The values of a call; empty where nobody knows.
    pub(crate) fn values<'r>(&self, store: usize, record: &'r CallRecord) -> Values<'r> {
        if self.labels.is_empty() {
            return Values::new();
        }
        let Picked(all) = record.extensions().get().unwrap_or(const { &Picked(Vec::new()) });
        let picked = all.iter().find(|(known, _)| *known == store).map(|(_, values)| values);
        let value = |(place, label): (usize, &CustomLabel)| match &label.source {
            Source::Tag(tag) => {
                let tagged = record.caller().tags().iter().any(|known| known == tag);
                if tagged { "true" } else { "false" }
            }
            Source::Header(_) | Source::Address => {
                picked.and_then(|values| values.get(place)?.as_deref()).unwrap_or_default()
            }
        };
        self.labels.iter().enumerate().map(value).collect()
    }
}
