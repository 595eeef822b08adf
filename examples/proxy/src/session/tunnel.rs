use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tower_genai_core::{SessionEnd, SessionSlot};

use super::{Party, Sessions, Watched};

/// What is read at once; it waits for nothing more.
const BUFFER: usize = 16 * 1024;

/// Copies the bytes of a session between a client and an upstream that have both agreed to one.
pub(crate) struct Tunnel {
    pub(crate) client: OnUpgrade,
    pub(crate) upstream: OnUpgrade,
    /// Where the layers have left what they watch the session with.
    pub(crate) slot: Option<SessionSlot>,
    /// How long neither may say anything.
    pub(crate) idle: Duration,
    pub(crate) name: Arc<str>,
    pub(crate) sessions: Sessions,
}

impl Tunnel {
    pub(crate) async fn run(self) {
        let Self { client, upstream, slot, idle, name, sessions } = self;
        let upgraded = tokio::select! {
            upgraded = async { tokio::try_join!(client, upstream) } => upgraded,
            () = sessions.closing() => return,
        };
        let (client, upstream) = match upgraded {
            Ok(both) => both,
            Err(error) => {
                tracing::debug!(upstream = &*name, %error, "a session did not begin");
                return;
            }
        };
        let watched = Watched::new(slot.and_then(|slot| slot.take()));
        let (from_client, to_client) = split(TokioIo::new(client));
        let (from_upstream, to_upstream) = split(TokioIo::new(upstream));
        let otherwise = tokio::select! {
            _ = async {
                tokio::try_join!(
                    carry(Party::Client, from_client, to_upstream, &watched),
                    carry(Party::Upstream, from_upstream, to_client, &watched),
                )
            } => SessionEnd::Server,
            () = watched.idle(idle) => SessionEnd::Idle,
            () = sessions.closing() => SessionEnd::Stopped,
        };
        let end = watched.end(otherwise);
        if end == SessionEnd::Idle {
            tracing::warn!(upstream = &*name, error.r#type = "timeout", ?idle, "a silent session was cut");
        } else {
            tracing::debug!(upstream = &*name, ?end, "a session has ended");
        }
    }
}

/// Hands on what one party says, until it says no more; then the other is told so, and may go on.
///
/// # Errors
///
/// One of them cannot be heard, or the client cannot be spoken to: then both have nothing more to say.
async fn carry(
    speaker: Party,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    watched: &Watched,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = from.read(&mut buffer).await.inspect_err(|_| watched.gone(speaker))?;
        let bytes = buffer.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            watched.gone(speaker);
            return to.shutdown().await;
        }
        let written = async {
            to.write_all(bytes).await?;
            to.flush().await
        };
        if let Err(error) = written.await {
            watched.gone(speaker.other());
            // What an upstream has said before it hung up is still for the client.
            return if speaker == Party::Client { Ok(()) } else { Err(error) };
        }
        watched.passed(speaker, bytes);
    }
}
