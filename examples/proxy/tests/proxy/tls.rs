//! TLS to upstreams, and forward proxies on the way.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::{nobody, post, proxy_with, raw, read_head, send, serve, upstream};

/// An upstream for `localhost` that says which version it was asked with, or repeats what is said to it over a
/// WebSocket, and the file of its authority.
async fn secure(folder: &tempfile::TempDir, alpn: &[&str]) -> (SocketAddr, PathBuf) {
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &ca).unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, ca.pem()).unwrap();

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(|mut request: Request<_>| async move {
                    if request.headers().contains_key("upgrade") {
                        tokio::spawn(echo(hyper::upgrade::on(&mut request)));
                        let reply = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
                        let reply = reply.header("connection", "upgrade").header("upgrade", "websocket");
                        return Ok(reply.body(Full::default()).unwrap());
                    }
                    let host = request.headers().get("host").map(|host| host.to_str().unwrap().to_owned());
                    let authority = request.uri().authority().map(ToString::to_string).or(host);
                    let seen = format!("{:?} {}", request.version(), authority.unwrap());
                    Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::from(seen)))
                });
                let _ = Builder::new(TokioExecutor::new())
                    .serve_connection_with_upgrades(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    (address, file)
}

async fn echo(upgrade: OnUpgrade) {
    let (mut from, mut to) = tokio::io::split(TokioIo::new(upgrade.await.unwrap()));
    tokio::io::copy(&mut from, &mut to).await.unwrap();
    to.shutdown().await.unwrap();
}

fn table(address: SocketAddr, ca: Option<&PathBuf>) -> String {
    let ca = ca.map(|file| format!("ca_file = {:?}\n", file.display().to_string())).unwrap_or_default();
    let port = address.port();
    format!("[[upstream]]\nname = \"up\"\nprefix = \"/\"\nbase_url = \"https://localhost:{port}\"\n{ca}")
}

#[tokio::test]
async fn http_2_is_spoken_where_the_upstream_offers_it() {
    for (alpn, version) in
        [(&["h2", "http/1.1"][..], "HTTP/2.0"), (&["http/1.1"], "HTTP/1.1"), (&[], "HTTP/1.1")]
    {
        let folder = tempfile::tempdir().unwrap();
        let (address, ca) = secure(&folder, alpn).await;
        let running = proxy_with(&table(address, Some(&ca)), &[], None).await;
        for _ in 0..3 {
            let reply =
                send(post(running.url("/v1/x"), &[("te", "trailers"), ("connection", "te")], "{}")).await;
            assert_eq!(reply.text(), format!("{version} localhost:{}", address.port()));
        }
    }
}

#[tokio::test]
async fn a_websocket_is_asked_for_in_http_1_whatever_the_upstream_offers() {
    let folder = tempfile::tempdir().unwrap();
    let (address, ca) = secure(&folder, &["h2", "http/1.1"]).await;
    let running = proxy_with(&table(address, Some(&ca)), &[], None).await;
    let mut client = TcpStream::connect(running.address).await.unwrap();
    let request = "GET /v1/realtime HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    client.write_all(request.as_bytes()).await.unwrap();
    let head = read_head(&mut client).await.to_lowercase();
    assert!(head.starts_with("http/1.1 101") && head.contains("upgrade: websocket\r\n"), "{head}");
    // Who says nothing more still hears the rest.
    let said = vec![0x82; 100_000];
    client.write_all(&said).await.unwrap();
    client.shutdown().await.unwrap();
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).await.unwrap();
    assert!(heard == said, "{} bytes", heard.len());
}

#[tokio::test]
async fn an_authority_nobody_named_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (address, _) = secure(&folder, &["h2"]).await;
    let running = proxy_with(&table(address, None), &[], None).await;
    let reply = send(post(running.url("/v1/x"), &[], "{}")).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert_eq!(reply.json()["error"]["type"], "tls");
    assert_eq!(reply.json()["error"]["cause"], "invalid peer certificate: UnknownIssuer");
}

#[tokio::test]
async fn a_tunnel_is_asked_of_the_forward_proxy() {
    let folder = tempfile::tempdir().unwrap();
    let (address, ca) = secure(&folder, &["h2"]).await;
    let asked = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&asked);
    let forward = raw(move |_, mut stream: TcpStream| {
        let heard = Arc::clone(&heard);
        async move {
            *heard.lock().unwrap() = read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let mut upstream = TcpStream::connect(address).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut upstream).await;
        }
    })
    .await;
    let url = format!("http://aladdin:sesame@{forward}");
    let running = proxy_with(&table(address, Some(&ca)), &[("HTTPS_PROXY", url.as_str())], None).await;
    let reply = send(post(running.url("/v1/x"), &[], "{}")).await;
    assert_eq!(reply.text(), format!("HTTP/2.0 localhost:{}", address.port()));
    let head = asked.lock().unwrap().clone();
    assert!(head.starts_with(&format!("CONNECT localhost:{} HTTP/1.1\r\n", address.port())), "{head}");
    assert!(head.contains("\r\nProxy-Authorization: Basic YWxhZGRpbjpzZXNhbWU=\r\n"), "{head}");
}

#[tokio::test]
async fn a_forward_proxy_that_refuses_or_is_away_is_502_without_its_password() {
    let refuses = raw(|_, mut stream: TcpStream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await.unwrap();
    })
    .await;
    for (forward, cause) in [
        (refuses, "tunnel error: proxy authorization required"),
        (nobody().await, "tcp connect error: Connection refused (os error 111)"),
    ] {
        let url = format!("http://aladdin:sesame@{forward}");
        let running = proxy_with(&table(nobody().await, None), &[("https_proxy", url.as_str())], None).await;
        let reply = send(post(running.url("/v1/x"), &[], "{}")).await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
        assert_eq!(reply.json()["error"]["type"], "connect");
        let text = reply.text();
        assert!(text.contains(cause) && !text.contains("sesame"), "{text}");
    }
}

#[tokio::test]
async fn a_forward_proxy_gets_absolute_urls_for_http_and_no_proxy_is_heeded() {
    let asked = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&asked);
    let forward = raw(move |_, mut stream: TcpStream| {
        let heard = Arc::clone(&heard);
        async move {
            *heard.lock().unwrap() = read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nvia").await.unwrap();
        }
    })
    .await;
    let direct = serve(|_| async { Response::new(Full::<Bytes>::from("direct")) }).await;
    let url = format!("http://aladdin:sesame@{forward}");
    let mut env = vec![("HTTP_PROXY", url.as_str())];
    let running = proxy_with(&upstream(direct), &env, None).await;
    assert_eq!(send(post(running.url("/v1/x"), &[], "{}")).await.text(), "via");
    let head = asked.lock().unwrap().clone();
    assert!(head.starts_with(&format!("POST http://{direct}/v1/x HTTP/1.1\r\n")), "{head}");
    assert!(head.contains("\r\nproxy-authorization: Basic YWxhZGRpbjpzZXNhbWU=\r\n"), "{head}");

    env.push(("NO_PROXY", "127.0.0.1"));
    let running = proxy_with(&upstream(direct), &env, None).await;
    assert_eq!(send(post(running.url("/v1/x"), &[], "{}")).await.text(), "direct");
}
