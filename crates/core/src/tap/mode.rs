use std::fmt;

use super::{RequestBody, TapBody};

/// Which type a tapped body has for the neighbour.
pub trait BodyMode<B>: Clone {
    /// The type the inner neighbour sees of a request's body.
    type Request;
    /// The type the outer neighbour sees of a response's body.
    type Response;

    /// Gives a request's body its type.
    fn wrap_request(&self, body: RequestBody<B>) -> Self::Request;
    /// Gives a response's body its type.
    fn wrap_response(&self, body: TapBody<B>) -> Self::Response;
}

/// Bodies become [`RequestBody`] and [`TapBody`]: the default, for neighbours that take any body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wrap;

impl<B> BodyMode<B> for Wrap {
    type Request = RequestBody<B>;
    type Response = TapBody<B>;

    fn wrap_request(&self, body: RequestBody<B>) -> RequestBody<B> {
        body
    }

    fn wrap_response(&self, body: TapBody<B>) -> TapBody<B> {
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
    type Request = B;
    type Response = B;

    fn wrap_request(&self, body: RequestBody<B>) -> B {
        if body.is_watched() { (self.0)(body.into_tap_body()) } else { body.into_inner() }
    }

    fn wrap_response(&self, body: TapBody<B>) -> B {
        if body.is_watched() { (self.0)(body) } else { body.into_inner() }
    }
}
