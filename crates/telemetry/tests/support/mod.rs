//! A collector of a few lines: takes OTLP over HTTP/1.1 and keeps what it was sent.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) request: ExportTraceServiceRequest,
}

impl Received {
    pub(crate) fn spans(&self) -> Vec<Span> {
        let resources = self.request.resource_spans.iter();
        resources.flat_map(|resource| &resource.scope_spans).flat_map(|scope| scope.spans.clone()).collect()
    }
}

pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    received: Receiver<Received>,
}

/// What a collector does with the requests, in their order; the last goes on for ever.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Ok,
    /// Answers, and closes the connection a moment later without having said so.
    OkThenClose,
    Body(Vec<u8>),
    Status(&'static str),
    Close,
    Silence,
}

impl Collector {
    pub(crate) fn start(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, received) = channel();
        let answers = Arc::new(Mutex::new(answers.to_vec()));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (sender, answers) = (sender.clone(), answers.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &sender, &answers));
            }
        });
        Self { address, received }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn next(&self) -> Received {
        self.received.recv_timeout(Duration::from_secs(10)).expect("an export")
    }

    pub(crate) fn try_next(&self) -> Option<Received> {
        self.received.try_recv().ok()
    }
}

fn serve(stream: TcpStream, sender: &Sender<Received>, answers: &Mutex<Vec<Answer>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let mut head = String::new();
        loop {
            let before = head.len();
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
            if head[before..] == *"\r\n" {
                break;
            }
        }
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length:").map(|v| v.trim().parse())
            })
            .expect("a content-length")
            .unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let request = ExportTraceServiceRequest::decode(body.as_slice()).expect("an export request");
        sender.send(Received { head, request }).ok();
        let answer = {
            let mut answers = answers.lock().unwrap();
            if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
        };
        let (status, body) = match &answer {
            Answer::Ok | Answer::OkThenClose => ("200 OK", Vec::new()),
            Answer::Body(body) => ("200 OK", body.clone()),
            Answer::Status(status) => (*status, b"the credential s3cret is unknown".to_vec()),
            Answer::Close => return,
            Answer::Silence => {
                std::thread::sleep(Duration::from_secs(60));
                return;
            }
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/x-protobuf\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&body).unwrap();
        if matches!(answer, Answer::OkThenClose) {
            return;
        }
    }
}

/// The threads of this process.
pub(crate) fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// The open files of this process.
pub(crate) fn files() -> usize {
    open_files().len()
}

/// What the process has open.
pub(crate) fn open_files() -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir("/proc/self/fd").unwrap();
    files.filter_map(|file| std::fs::read_link(file.unwrap().path()).ok()).collect()
}
