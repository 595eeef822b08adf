use std::fmt;

use super::TapBody;

/// Which type a tapped body has for the neighbour.
pub trait BodyMode<B>: Clone {
    /// The type the neighbour sees.
    type Body;

    /// Gives the tapped body that type.
    fn wrap(&self, body: TapBody<B>) -> Self::Body;
}

/// Bodies become [`TapBody`]: the default, for neighbours that take any body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wrap;

impl<B> BodyMode<B> for Wrap {
    type Body = TapBody<B>;

    fn wrap(&self, body: TapBody<B>) -> TapBody<B> {
        body
    }
}

/// Bodies keep their type `B`, for neighbours that name a concrete one (`axum::serve`, `from_fn`, a tonic client).
///
/// Made by [`CallLayer::same_body`](super::CallLayer::same_body). A body that needs no tap is passed on as it is; any
/// other costs the one allocation of the conversion.
pub struct Same<B>(pub(super) fn(TapBody<B>) -> B);

impl<B> Clone for Same<B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Same<B> {}

impl<B> fmt::Debug for Same<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Same")
    }
}

impl<B> BodyMode<B> for Same<B> {
    type Body = B;

    fn wrap(&self, body: TapBody<B>) -> B {
        if body.is_watched() { (self.0)(body) } else { body.into_inner() }
    }
}
