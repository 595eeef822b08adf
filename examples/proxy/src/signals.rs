//! Signals as commands.

use std::io;

use genai_proxy::Command;
use tokio::sync::mpsc::{self, Receiver, Sender};

#[cfg(unix)]
pub(crate) fn commands() -> io::Result<Receiver<Command>> {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    async fn forward(mut signal: Signal, command: Command, sender: Sender<Command>) {
        while signal.recv().await.is_some() && sender.send(command).await.is_ok() {}
    }

    let (sender, receiver) = mpsc::channel(4);
    for (kind, command) in [
        (SignalKind::terminate(), Command::Terminate),
        (SignalKind::interrupt(), Command::Interrupt),
        (SignalKind::hangup(), Command::Reload),
    ] {
        tokio::spawn(forward(signal(kind)?, command, sender.clone()));
    }
    Ok(receiver)
}

/// Elsewhere there is only Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn commands() -> io::Result<Receiver<Command>> {
    async fn forward(sender: Sender<Command>) {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(Command::Interrupt).await.is_ok() {}
    }

    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(forward(sender));
    Ok(receiver)
}
