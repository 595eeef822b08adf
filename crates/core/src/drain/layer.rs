use std::sync::Arc;

use tower_layer::Layer;

use super::guard::DrainGuard;
use super::office::Office;
use super::policy::DrainPolicy;
use super::service::Drain;

/// A tower layer that reads replies on when their clients have left. See the [module](super).
///
/// Its clones share their bounds and their guard. The default is [`DrainPolicy::Abandon`].
#[derive(Clone, Debug, Default)]
pub struct DrainLayer {
    office: Option<Arc<Office>>,
}

impl DrainLayer {
    /// A layer with the given policy, and the owner of its background work.
    pub fn new(policy: DrainPolicy) -> (Self, DrainGuard) {
        let office = Office::of(policy);
        (Self { office: office.clone() }, DrainGuard::new(office))
    }
}

impl<S> Layer<S> for DrainLayer {
    type Service = Drain<S>;

    fn layer(&self, inner: S) -> Drain<S> {
        Drain::new(inner, self.office.clone())
    }
}
