use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::body::BoxError;
use crate::upstream::fault::Failure;
use crate::upstream::stall::Stalled;

/// The largest body that is signed. A signature covers the hash of the whole body and stands before it, so the body has
/// to be held. Bedrock takes 25 MB.
const MOST: usize = 32 * 1024 * 1024;

/// Takes a whole body, as long as the client sends something within `idle`.
///
/// # Errors
///
/// What the client did wrong: it broke off, sent nothing for too long, or sent too much.
pub(in crate::upstream) async fn collect<B>(body: B, idle: Duration) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let mut body = pin!(body);
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    loop {
        let frame = match timeout(idle, body.frame()).await {
            Err(_) => return Err(Failure::stalled(idle)),
            Ok(None) => break,
            Ok(Some(Err(error))) => {
                let error: BoxError = error.into();
                let stalled = error.is::<Stalled>();
                return Err(if stalled { Failure::stalled(idle) } else { Failure::broken_upload() });
            }
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + whole.len() + data.len() > MOST {
            return Err(Failure::too_large(MOST));
        }
        // Most bodies are one frame, which need not be copied.
        if first.is_empty() && whole.is_empty() {
            first = data;
            continue;
        }
        if whole.is_empty() {
            whole.extend_from_slice(&std::mem::take(&mut first));
        }
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}
