//! OTLP over HTTP/1.1, with or without TLS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::received::{Message, Received};

pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    scheme: &'static str,
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
    /// Takes bodies of so many bytes at most.
    AtMost(usize),
    Close,
    Silence,
}

impl Collector {
    pub(crate) fn start(answers: &[Answer]) -> Self {
        Self::start_with(answers, None)
    }

    pub(crate) fn start_tls(answers: &[Answer], tls: ServerConfig) -> Self {
        Self::start_with(answers, Some(Arc::new(tls)))
    }

    fn start_with(answers: &[Answer], tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (sender, received) = channel();
        let answers = Arc::new(Mutex::new(answers.to_vec()));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (sender, answers, tls) = (sender.clone(), answers.clone(), tls.clone());
                std::thread::spawn(move || accept(stream.unwrap(), tls, &sender, &answers));
            }
        });
        Self { address, scheme, received }
    }

    pub(crate) fn endpoint(&self) -> String {
        let host = if self.scheme == "https" { "localhost" } else { "127.0.0.1" };
        format!("{}://{host}:{}", self.scheme, self.address.port())
    }

    pub(crate) fn next(&self) -> Received {
        self.received.recv_timeout(Duration::from_secs(10)).expect("an export")
    }

    pub(crate) fn try_next(&self) -> Option<Received> {
        self.received.try_recv().ok()
    }
}

fn accept(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    sender: &Sender<Received>,
    answers: &Mutex<Vec<Answer>>,
) {
    match tls {
        Some(tls) => serve(StreamOwned::new(ServerConnection::new(tls).unwrap(), stream), sender, answers),
        None => serve(stream, sender, answers),
    }
}

fn serve<S: Read + Write>(stream: S, sender: &Sender<Received>, answers: &Mutex<Vec<Answer>>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        loop {
            let before = head.len();
            if stream.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
            if head[before..] == *"\r\n" {
                break;
            }
        }
        let header = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(':'));
            let mut values = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
            values.next().map(|(_, value)| value.trim().to_owned())
        };
        let mut body = vec![0; header("content-length").expect("a content-length").parse().unwrap()];
        stream.read_exact(&mut body).unwrap();
        if header("content-encoding").is_some_and(|encoding| encoding == "gzip") {
            let mut decoded = Vec::new();
            flate2::read::GzDecoder::new(body.as_slice()).read_to_end(&mut decoded).unwrap();
            body = decoded;
        }
        let path = head.split(' ').nth(1).unwrap().split('?').next().unwrap();
        let content_type = header("content-type").unwrap();
        let message = Message::decode(path, &content_type, &body);
        sender.send(Received { head: head.clone(), message }).ok();
        let answer = {
            let mut answers = answers.lock().unwrap();
            if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
        };
        let (status, body) = match &answer {
            Answer::Body(body) => ("200 OK", body.clone()),
            Answer::Status(status) => (*status, b"the credential s3cret is unknown".to_vec()),
            Answer::AtMost(most) if body.len() > *most => ("413 Content Too Large", Vec::new()),
            Answer::AtMost(_) | Answer::Ok | Answer::OkThenClose => ("200 OK", Vec::new()),
            Answer::Close => return,
            Answer::Silence => {
                std::thread::sleep(Duration::from_secs(60));
                return;
            }
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.get_mut().write_all(head.as_bytes()).unwrap();
        stream.get_mut().write_all(&body).unwrap();
        stream.get_mut().flush().unwrap();
        if matches!(answer, Answer::OkThenClose) {
            return;
        }
    }
}
