//! A stand-in for the providers: answers with recorded exchanges.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tower_genai_tests::corpus::Corpus;
use tower_genai_tests::replay::{Mode, Replay, Settings};

/// Answers HTTP/1.1 and HTTP/2 (without TLS) requests with recorded replies of model providers.
///
/// The first line on the standard output is the address it listens on, as a URL.
///
/// A request can name the exchange in the header `x-replay-id`. One that does not is answered with the first recorded
/// exchange that has a 2xx reply, the same path, the host of the header `x-replay-host` (else of --host, else any) and
/// that is streamed exactly if the JSON body of the request says `"stream": true`; exchanges whose reply reports usage
/// come before others. Where nothing fits the answer is 501 with a line of text.
///
/// `x-replay-mode` says how the body is sent, else --mode. `x-replay-script` asks for a scripted answer instead of a
/// recorded one: json, stream=EVENTS,MILLISECONDS, status=CODE, error-body, error-event=EVENTS, cut=EVENTS, close,
/// hang, stall=EVENTS and more.
#[derive(Debug, Parser)]
#[command(name = "replay", verbatim_doc_comment)]
struct Arguments {
    /// The folder with exchanges.jsonl.gz and expected.jsonl; without it only scripted answers are given.
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Only exchanges of this host, such as api.openai.com, when the request names neither exchange nor host.
    #[arg(long)]
    host: Option<String>,
    /// whole, frames=SEED, bytes, gzip, gzip-frames=SEED, deflate, br or zstd.
    #[arg(long, default_value = "whole")]
    mode: Mode,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "replay: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(arguments: Arguments) -> io::Result<()> {
    let corpus = arguments.corpus.map(|folder| Corpus::load(&folder)).transpose()?.unwrap_or_default();
    let settings = Settings { corpus: Arc::new(corpus), mode: arguments.mode, host: arguments.host };
    let replay = Replay::listen(arguments.listen, settings).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {}: {error}", arguments.listen))
    })?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", replay.url())?;
    stdout.flush()?;
    drop(stdout);
    replay.forever().await;
    Ok(())
}
