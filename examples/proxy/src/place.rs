//! Where a request belongs, found out once, before any layer sees it.

use std::sync::Arc;

use crate::admin::Page;
use crate::route::Destination;

/// What a path leads to; an extension of every request of the traffic listener.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A page for operators.
    Page(Page),
    /// An upstream.
    Upstream {
        destination: Arc<Destination>,
        /// `/openai/{path}`: what stands for the path in metrics and spans.
        template: Arc<str>,
        /// Where in the client's path the part for the upstream begins.
        rest: usize,
    },
    /// Nothing.
    Nowhere,
}

impl Place {
    /// The route, for labels.
    pub(crate) fn template(&self) -> Option<&str> {
        match self {
            Self::Page(page) => Some(page.path()),
            Self::Upstream { template, .. } => Some(template),
            Self::Nowhere => None,
        }
    }
}
