//! The program: its command line, its signals, what it prints.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use http::StatusCode;

use crate::support::{eventually, get, send};

pub(crate) struct Program {
    pub(crate) child: Child,
    stdout: Option<BufReader<std::process::ChildStdout>>,
    stderr: Arc<Mutex<String>>,
}

impl Program {
    pub(crate) fn start(arguments: &[&str], env: &[(&str, &str)]) -> Self {
        let mut child =
            command(arguments, env).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = child.stdout.take().map(BufReader::new);
        let stderr = Arc::new(Mutex::new(String::new()));
        let (sink, mut lines) = (Arc::clone(&stderr), BufReader::new(child.stderr.take().unwrap()));
        std::thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|n| n > 0) {
                sink.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        Self { child, stdout, stderr }
    }

    pub(crate) fn log(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// The address the log names.
    pub(crate) async fn address(&self) -> SocketAddr {
        let address = || {
            let log = self.log();
            let line = log.lines().find(|line| line.contains("\"message\":\"listening\""))?;
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            Some(line["address"].as_str().unwrap().parse().unwrap())
        };
        eventually(|| address().is_some()).await;
        address().unwrap()
    }

    pub(crate) fn lines(&mut self, n: usize) -> Vec<String> {
        let stdout = self.stdout.as_mut().unwrap();
        let mut lines = vec![String::new(); n];
        for line in &mut lines {
            stdout.read_line(line).unwrap();
        }
        lines
    }

    pub(crate) fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        rest
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    pub(crate) async fn end(&mut self) -> bool {
        let mut status = None;
        eventually(|| {
            status = self.child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.unwrap().success()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn command(arguments: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genai-proxy"));
    command.args(arguments).env_clear().envs(env.iter().copied()).stdin(Stdio::null());
    command
}

pub(crate) fn run(arguments: &[&str], env: &[(&str, &str)]) -> Output {
    command(arguments, env).output().unwrap()
}

pub(crate) fn write(folder: &Path, text: &str) -> String {
    let file = folder.join("genai-proxy.toml");
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

#[tokio::test]
async fn a_newcomer_is_told_what_to_paste_and_it_works() {
    let mut program = Program::start(&["--listen", "127.0.0.1:0"], &[]);
    let lines = program.lines(3);
    let address = program.address().await;
    assert_eq!(lines[0], format!("genai-proxy listens on http://{address}\n"));
    let pasted = lines[1].strip_prefix("try:").unwrap().trim();
    assert!(pasted.starts_with("curl "), "{pasted}");
    assert_eq!(lines[2], format!("metrics: http://{address}/metrics\n"));

    for line in [pasted.to_owned(), pasted.replace("\"messages\"", "\"stream\":true,\"messages\"")] {
        let output = Command::new("sh").args(["-c", &line]).output().unwrap();
        if !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("not found") {
            eprintln!("curl is not installed: the line was not tried");
            return;
        }
        assert!(String::from_utf8(output.stdout).unwrap().contains("\"model\":\"gpt-4o-mini\""), "{line}");
    }
    let page = send(get(format!("http://{address}/metrics"), &[])).await.text();
    let cost = page.lines().find(|line| line.starts_with("gen_ai_client_cost_usd_total{")).unwrap();
    assert!(cost.contains("gen_ai_request_model=\"gpt-4o-mini\""), "{cost}");

    program.signal("INT");
    assert!(program.end().await);
    assert_eq!(program.rest(), "");
}

#[test]
fn faults_stop_the_start_and_are_all_listed() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(
        folder.path(),
        "drain_delay = \"soon\"\n\n[[upstream]]\nname = \"a\"\nprefix = \"/\"\nbase_url = \"nowhere\"\n",
    );
    let output = run(&["--config", &file], &[]);
    assert!(!output.status.success());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!(
            "genai-proxy cannot start:\n\
             {file}:1: drain_delay: `soon` is not a duration such as \"5s\", \"500ms\" or \"2m\"\n\
             {file}:6: upstream.base_url: `nowhere` is not a URL such as \"https://api.openai.com\"\n"
        )
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn faults_of_the_environment_stop_the_start() {
    for (variable, value) in
        [("RUST_LOG", "=,="), ("HTTPS_PROXY", "socks5://p"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "not a url")]
    {
        let output = run(&["--listen", "127.0.0.1:0"], &[(variable, value)]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains(variable), "{variable}: {text}");
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["--listen", &address], &[]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        text.ends_with(&format!("cannot listen on {address}: Address already in use (os error 98)\n")),
        "{text}"
    );
}

#[tokio::test]
async fn sigterm_turns_readiness_and_ends_and_a_second_one_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = |delay: &str| format!("listen = \"127.0.0.1:0\"\ndrain_delay = \"{delay}\"\n");
    let mut program = Program::start(&["--config", &write(folder.path(), &text("1s"))], &[]);
    let ready = format!("http://{}/health/readiness", program.address().await);
    program.signal("TERM");
    let mut status = StatusCode::OK;
    for _ in 0..100 {
        status = send(get(ready.clone(), &[])).await.status;
        if status != StatusCode::OK {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(program.end().await);

    let mut program = Program::start(&["--config", &write(folder.path(), &text("60s"))], &[]);
    program.address().await;
    program.signal("TERM");
    eventually(|| program.log().contains("draining")).await;
    let asked = SystemTime::now();
    program.signal("TERM");
    program.end().await;
    assert!(asked.elapsed().unwrap() < Duration::from_secs(2));
}

#[tokio::test]
async fn sighup_reads_the_clients_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = "listen = \"127.0.0.1:0\"\n";
    let file = write(folder.path(), text);
    let program = Program::start(&["--config", &file], &[]);
    program.address().await;
    write(folder.path(), &format!("{text}[[client]]\nkey_sha256 = \"{}\"\nalias = \"a\"\n", "ab".repeat(32)));
    program.signal("HUP");
    eventually(|| program.log().contains("\"clients\":1")).await;
    write(folder.path(), "nonsense = 1");
    program.signal("HUP");
    eventually(|| program.log().contains(":1: nonsense: unknown key")).await;
}
