//! The operator's pages, and who may see them.

use http::{Method, StatusCode};

use crate::support::{get, nobody, post, proxy, proxy_with, send, upstream};

const PAGES: [&str; 5] =
    ["/metrics", "/spend", "/health/liveliness", "/health/liveness", "/health/readiness"];

#[tokio::test]
async fn the_pages_win_over_any_prefix_and_answer_get_head_and_options() {
    let running = proxy(&upstream(nobody().await)).await;
    for page in PAGES {
        let reply = send(get(running.url(page), &[])).await;
        assert_eq!(reply.status, StatusCode::OK, "{page}");
        assert!(!reply.body.is_empty());

        let mut head = get(running.url(page), &[]);
        *head.method_mut() = Method::HEAD;
        let reply = send(head).await;
        assert_eq!((reply.status, reply.body.len()), (StatusCode::OK, 0), "{page}");

        let mut options = get(running.url(page), &[]);
        *options.method_mut() = Method::OPTIONS;
        let reply = send(options).await;
        assert_eq!(reply.status, StatusCode::NO_CONTENT, "{page}");
        assert_eq!(reply.headers["allow"], "GET, HEAD, OPTIONS");

        let reply = send(post(running.url(page), &[], "")).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{page}");
        assert_eq!(reply.headers["allow"], "GET, HEAD, OPTIONS");
    }
}

#[tokio::test]
async fn a_listener_of_their_own_takes_them_off_the_traffic_port() {
    let running = proxy(&format!("[admin]\nlisten = \"127.0.0.1:0\"\n{}", upstream(nobody().await))).await;
    assert_ne!(running.address, running.admin);
    for page in PAGES {
        assert_eq!(send(get(format!("http://{}{page}", running.admin), &[])).await.status, StatusCode::OK);
        assert_eq!(send(get(running.url(page), &[])).await.status, StatusCode::BAD_GATEWAY, "the upstream's");
    }
    let reply = send(get(format!("http://{}/v1/models", running.admin), &[])).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_token_is_asked_for_where_one_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "s3cret\n").unwrap();
    let running = proxy(&format!("[admin]\ntoken_file = {:?}\n", file.display().to_string())).await;
    for page in PAGES {
        for (headers, status) in [
            (&[][..], StatusCode::UNAUTHORIZED),
            (&[("authorization", "Bearer wrong")], StatusCode::UNAUTHORIZED),
            (&[("authorization", "s3cret")], StatusCode::UNAUTHORIZED),
            (&[("authorization", "Bearer s3cret")], StatusCode::OK),
        ] {
            let reply = send(get(running.url(page), headers)).await;
            assert_eq!(reply.status, status, "{page} {headers:?}");
        }
    }
}

#[tokio::test]
async fn an_address_others_can_reach_is_closed_unless_opened() {
    for (extra, status) in [("", StatusCode::FORBIDDEN), ("[admin]\nopen = true\n", StatusCode::OK)] {
        let mut config = crate::support::configuration(extra);
        config.listen = "0.0.0.0:0".parse().unwrap();
        let running = crate::support::start(config, &[], None).await;
        for page in PAGES {
            let url = format!("http://127.0.0.1:{}{page}", running.address.port());
            assert_eq!(send(get(url, &[])).await.status, status, "{page} {extra}");
        }
    }
}

#[tokio::test]
async fn a_path_without_an_upstream_is_404_and_says_what_there_is() {
    let running = proxy_with("", &[], None).await;
    let reply = send(post(running.url("/nothing"), &[], "{}")).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let message = reply.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("/openai") && message.contains("/demo"), "{message}");
}
