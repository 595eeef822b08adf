use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use super::Config;
use crate::call_log::{self, Line};
use crate::exposition::Exposition;

/// A proxy as a process of its own. Dropping it kills it.
#[derive(Debug)]
pub struct Child {
    folder: TempDir,
    address: SocketAddr,
    process: tokio::process::Child,
    output: Arc<Mutex<String>>,
}

impl Child {
    /// Starts `binary` with exactly these environment variables and waits until it listens.
    ///
    /// # Panics
    ///
    /// It does not start.
    pub async fn start(binary: &str, config: &Config, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(binary)
            .arg("--config")
            .arg(config.write(folder.path()))
            .env_clear()
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = Arc::<Mutex<String>>::default();
        tokio::spawn(collect(process.stdout.take().unwrap(), output.clone()));
        tokio::spawn(collect(process.stderr.take().unwrap(), output.clone()));
        let mut child = Self { folder, address: SocketAddr::from(([0; 4], 0)), process, output };
        let line = child.wait_for_output("\"message\":\"listening\"").await;
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        child.address = line["address"].as_str().unwrap().parse().unwrap();
        child
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    ///
    /// # Panics
    ///
    /// It has ended.
    pub fn id(&self) -> u32 {
        self.process.id().expect("it runs")
    }

    /// Everything it wrote to its standard output and standard error.
    pub fn output(&self) -> String {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it has written a line with this text, and returns the line.
    ///
    /// # Panics
    ///
    /// It does not.
    pub async fn wait_for_output(&self, text: &str) -> String {
        for _ in 0..1000 {
            if let Some(line) = self.output().lines().find(|line| line.contains(text)) {
                return line.to_owned();
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("no line with {text}:\n{}", self.output());
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.id().cast_signed()).unwrap(), signal).unwrap();
    }

    /// Replaces the configuration file.
    pub fn rewrite(&self, config: &Config) {
        config.write(self.folder.path());
    }

    /// Replaces the configuration file, and waits until it has been read.
    pub async fn reload(&self, config: &Config) {
        self.rewrite(config);
        self.signal(Signal::HUP);
        self.wait_for_output("clients read again").await;
    }

    /// Scrapes `/metrics`.
    pub async fn metrics(&self) -> Exposition {
        Exposition::scrape(self.address).await
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// It does not end within that time.
    pub async fn ended(&mut self, within: Duration) -> ExitStatus {
        let ended = timeout(within, self.process.wait()).await;
        ended.unwrap_or_else(|_| panic!("it runs on:\n{}", self.output())).unwrap()
    }

    /// The call log as it is.
    pub fn call_log(&self) -> String {
        std::fs::read_to_string(Config::call_log(self.folder.path())).unwrap_or_default()
    }

    /// The lines of the call log.
    pub fn lines(&self) -> Vec<Line> {
        call_log::read(&Config::call_log(self.folder.path()))
    }
}

async fn collect(from: impl AsyncRead + Unpin, to: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut to = to.lock().unwrap_or_else(PoisonError::into_inner);
        to.push_str(&line);
        to.push('\n');
    }
}
