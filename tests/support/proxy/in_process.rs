use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use genai_proxy::{Command, config};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::Config;
use crate::call_log::{self, Line};
use crate::exposition::Exposition;

/// A proxy in this process. Dropping it stops it, without order.
#[derive(Debug)]
pub struct Proxy {
    folder: TempDir,
    address: SocketAddr,
    commands: mpsc::Sender<Command>,
    running: JoinHandle<()>,
}

impl Proxy {
    /// Starts with an empty environment.
    pub async fn start(config: &Config) -> Self {
        Self::start_in(config, &[]).await
    }

    /// Starts with these environment variables.
    pub async fn start_in(config: &Config, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config =
            config::load(&config.write(folder.path()), &environment).unwrap_or_else(|e| panic!("{e}"));
        let proxy = genai_proxy::Proxy::bind(config, &environment).await.unwrap_or_else(|e| panic!("{e}"));
        let address = proxy.address();
        let (commands, receiver) = mpsc::channel(4);
        let running = tokio::spawn(proxy.run(receiver, None));
        Self { folder, address, commands, running }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The file of the call log.
    pub fn call_log(&self) -> PathBuf {
        Config::call_log(self.folder.path())
    }

    /// Scrapes `/metrics`.
    pub async fn metrics(&self) -> Exposition {
        Exposition::scrape(self.address).await
    }

    /// Waits until no call is in flight: clients that left are noticed a little later.
    ///
    /// # Panics
    ///
    /// It does not come to that.
    pub async fn settled(&self) -> Exposition {
        let mut metrics = self.metrics().await;
        for _ in 0..1000 {
            if metrics.count("tower_genai_calls_in_flight", &[]) == 0 {
                return metrics;
            }
            sleep(Duration::from_millis(10)).await;
            metrics = self.metrics().await;
        }
        panic!("calls stay in flight:\n{}", metrics.text);
    }

    /// Stops in good order and reads the call log.
    ///
    /// # Panics
    ///
    /// It does not stop.
    pub async fn finish(mut self) -> Vec<Line> {
        self.commands.send(Command::Interrupt).await.unwrap();
        timeout(Duration::from_secs(30), &mut self.running).await.expect("the proxy stops").unwrap();
        call_log::read(&self.call_log())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.running.abort();
    }
}
