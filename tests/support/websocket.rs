//! Both ends of WebSocket connections, byte for byte.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// What has passed through one end of a connection.
#[derive(Clone, Debug, Default)]
pub struct Passed {
    read: Arc<Mutex<Vec<u8>>>,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Passed {
    /// What was read after the head of the handshake.
    pub fn read(&self) -> Vec<u8> {
        after_head(&self.read.lock().unwrap())
    }

    /// What was written after the head of the handshake.
    pub fn written(&self) -> Vec<u8> {
        after_head(&self.written.lock().unwrap())
    }

    /// The head that was read.
    pub fn head(&self) -> String {
        let read = self.read.lock().unwrap();
        String::from_utf8_lossy(&read[..read.len() - after_head(&read).len()]).into_owned()
    }
}

fn after_head(bytes: &[u8]) -> Vec<u8> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    bytes[end + 4..].to_vec()
}

/// A connection whose bytes are written down.
#[derive(Debug)]
pub struct Recorded {
    stream: TcpStream,
    passed: Passed,
}

impl Recorded {
    /// Writes down what passes from now on.
    pub fn new(stream: TcpStream) -> (Self, Passed) {
        let passed = Passed::default();
        (Self { stream, passed: passed.clone() }, passed)
    }
}

impl AsyncRead for Recorded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        self.passed.read.lock().unwrap().extend_from_slice(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Recorded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.passed.written.lock().unwrap().extend_from_slice(&bytes[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// An end of a connection that speaks in bytes.
#[derive(Debug)]
pub struct Raw {
    stream: TcpStream,
    /// The head that the other end sent.
    pub head: String,
}

impl Raw {
    /// Asks `address` for a WebSocket, with more header lines.
    pub async fn ask(address: SocketAddr, path: &str, lines: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: keep-alive, Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{lines}\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let head = read_head(&mut stream).await;
        Self { stream, head }
    }

    /// Takes the next connection and grants it a WebSocket, with more header lines.
    pub async fn grant(listener: &TcpListener, lines: &str) -> Self {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = read_head(&mut stream).await;
        let reply = format!(
            "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{lines}\r\n"
        );
        stream.write_all(reply.as_bytes()).await.unwrap();
        Self { stream, head }
    }

    /// Sends bytes.
    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Receives exactly so many bytes.
    ///
    /// # Panics
    ///
    /// They do not come.
    pub async fn receive(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let read = timeout(PATIENCE, self.stream.read_exact(&mut bytes)).await;
        read.expect("the bytes do not come").expect("the connection is cut");
        bytes
    }

    /// Whatever comes until the other end is gone.
    ///
    /// # Panics
    ///
    /// It is not.
    pub async fn rest(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // A reset is an end too.
        let _ = timeout(PATIENCE, self.stream.read_to_end(&mut bytes)).await.expect("it goes on");
        bytes
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = timeout(PATIENCE, stream.read_u8()).await.expect("the head does not come");
        head.push(byte.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&head))));
    }
    String::from_utf8(head).unwrap()
}

/// A frame: the first byte with its bits and opcode, and the payload, masked if it is a client's.
pub fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    let masked = if mask.is_some() { 0x80 } else { 0 };
    match payload.len() {
        length @ 0..=125 => frame.push(masked + u8::try_from(length).unwrap()),
        length @ 126..=0xffff => {
            frame.push(masked + 126);
            frame.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(masked + 127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend(mask.iter().flatten());
    frame.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ mask.map_or(0, |mask| mask[at % 4])));
    frame
}
