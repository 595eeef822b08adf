//! `genai-proxy`: see the library for what it does.

mod commands;
mod signals;

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use genai_proxy::config::{self, Config, ConfigError};
use genai_proxy::{Proxy, Reread, log};
use tower_genai_telemetry::ProcessEnv;

/// A transparent proxy in front of LLM providers that records every call: metrics, traces, exact cost.
///
/// Without a configuration it serves the well-known providers by prefix (/openai, /anthropic, ...) and a built-in
/// provider, /demo, that needs no key. With a subcommand it answers a question about prices or about telemetry
/// instead.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The configuration, in TOML.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Where to listen; wins over the configuration [default: 127.0.0.1:4000]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    #[command(subcommand)]
    command: Option<commands::Command>,
}

impl Arguments {
    fn read(&self) -> Result<Config, ConfigError> {
        let mut config = match &self.config {
            Some(file) => config::load(file, &ProcessEnv)?,
            None => Config::well_known(),
        };
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        Ok(config)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(command) = &arguments.command {
        return match command.run(arguments.config.as_deref()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                if let commands::Failure::Said(message) = failure {
                    let _ = writeln!(io::stderr(), "{message}");
                }
                ExitCode::FAILURE
            }
        };
    }
    match start(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done about a stderr that is gone.
            let _ = writeln!(io::stderr(), "genai-proxy cannot start:\n{error}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let _log = log::start(&ProcessEnv)?;
    let config = arguments.read()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(arguments, config))
}

async fn serve(arguments: Arguments, config: Config) -> Result<(), Box<dyn Error>> {
    let commands = signals::commands()?;
    let proxy = Proxy::bind(config, &ProcessEnv).await?;
    if arguments.config.is_none() {
        greet(&proxy)?;
    }
    let reread: Option<Reread> = match &arguments.config {
        Some(_) => Some(Box::new(move || arguments.read())),
        None => None,
    };
    proxy.run(commands, reread).await;
    Ok(())
}

/// What a newcomer needs: where it listens, something to paste, and where the result can be seen.
fn greet(proxy: &Proxy) -> io::Result<()> {
    let (address, admin) = (reachable(proxy.address()), reachable(proxy.admin_address()));
    let body = r#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}"#;
    let mut out = io::stdout().lock();
    writeln!(out, "genai-proxy listens on http://{address}")?;
    writeln!(
        out,
        "try:     curl http://{address}/demo/v1/chat/completions -H 'content-type: application/json' -d '{body}'"
    )?;
    writeln!(out, "metrics: http://{admin}/metrics")?;
    out.flush()
}

/// An address that can be connected to, for one that can be bound.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
