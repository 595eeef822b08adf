use serde::Serialize;

use super::Part;

/// A message to or from a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Message {
    /// Who speaks: `system`, `user`, `assistant`, `tool`, or what else a provider knows.
    pub role: String,
    /// What is said.
    pub parts: Vec<Part>,
    /// The name of who speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why the model stopped, for a message of its own: `stop`, `length`, `content_filter`, `tool_call`, `error` where
    /// the reason never came, or a provider's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
}

impl Message {
    /// A message without a name.
    pub(super) fn new(role: impl Into<String>, parts: Vec<Part>) -> Self {
        Self { role: role.into(), parts, name: None, finish_reason: None }
    }

    /// Shows every text there is; see [`Content::for_each_text`](super::Content::for_each_text).
    pub fn for_each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.role);
        self.name.iter_mut().for_each(&mut *visit);
        self.parts.iter_mut().for_each(|part| part.for_each_text(visit));
        self.finish_reason.iter_mut().for_each(visit);
    }
}
