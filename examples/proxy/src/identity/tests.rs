use http::request::Parts;
use http::{HeaderMap, Request};
use tower_genai_core::{Caller, ClientAddress};

use super::credential::{self, hash};
use super::{Clients, Standing, TrustedPeers, insert};
use crate::config::{ClientConfig, Credential, Secret};

fn clients(keys: &[&str]) -> Vec<ClientConfig> {
    keys.iter()
        .map(|key| ClientConfig {
            key_sha256: hash(key.as_bytes()),
            alias: format!("alias-of-{key}"),
            team: Some("search".to_owned()),
            user: None,
        })
        .collect()
}

fn head(uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

#[test]
fn a_client_is_known_by_its_credential_in_any_place() {
    let table = Clients::new(&clients(&["sk-a"]));
    for (uri, headers) in [
        ("/v1", &[("authorization", "Bearer sk-a")][..]),
        ("/v1", &[("authorization", "bearer  sk-a")]),
        ("/v1", &[("x-api-key", "sk-a")]),
        ("/v1", &[("api-key", "sk-a")]),
        ("/v1", &[("x-goog-api-key", "sk-a")]),
        ("/v1?alt=sse&key=sk%2Da", &[]),
        ("/v1?api-key=sk-a", &[]),
        ("/v1", &[("sec-websocket-protocol", "openai-insecure-api-key.sk-a")]),
        ("/v1", &[("authorization", "Bearer other"), ("x-api-key", "sk-a")]),
    ] {
        let mut head = head(uri, headers);
        let (caller, standing) = table.identify(&mut head);
        assert_eq!(standing, Standing::Known, "{uri} {headers:?}");
        assert_eq!(caller.key_alias(), Some("alias-of-sk-a"));
        assert_eq!(caller.team(), Some("search"));
        assert_eq!(caller.hashed_key(), Some(hash(b"sk-a").as_str()));
        assert!(head.headers.is_empty(), "{:?}", head.headers);
        assert!(!head.uri.to_string().contains("key="), "{}", head.uri);
    }
}

#[test]
fn the_rest_of_the_query_stays_as_it_was() {
    for (before, after) in [
        ("/v1?key=a", "/v1"),
        ("/v1?a=%20&key=x&b=+", "/v1?a=%20&b=+"),
        ("/v1?monkey=1&key=x&&", "/v1?monkey=1&&"),
        ("http://host/v1?key=a&b", "http://host/v1?b"),
    ] {
        let mut head = head(before, &[]);
        credential::remove(&mut head);
        assert_eq!(head.uri, after);
    }
}

#[test]
fn the_protocols_without_a_key_stay() {
    let lines =
        [("sec-websocket-protocol", "realtime,openai-insecure-api-key.sk-a , openai-beta.realtime-v1")];
    let mut head = head("/v1/realtime?model=m", &lines);
    assert_eq!(Clients::new(&clients(&["sk-a"])).identify(&mut head).1, Standing::Known);
    assert_eq!(head.headers["sec-websocket-protocol"], "realtime, openai-beta.realtime-v1");

    let mut head = self::head("/v1/realtime", &lines);
    assert_eq!(Clients::new(&[]).identify(&mut head).1, Standing::Unknown);
    assert_eq!(head.headers["sec-websocket-protocol"], lines[0].1);
}

#[test]
fn a_stranger_keeps_the_credential_and_is_named_by_its_hash() {
    let table = Clients::new(&clients(&["sk-a"]));
    let mut head = head("/v1", &[("authorization", "Bearer sk-b")]);
    let (caller, standing) = table.identify(&mut head);
    assert_eq!(standing, Standing::Unknown);
    assert_eq!(caller, Caller::new().with_hashed_key(hash(b"sk-b").as_str()));
    assert_eq!(head.headers["authorization"], "Bearer sk-b");

    // A signature is a credential, but no key.
    let mut head = self::head("/v1", &[("authorization", "AWS4-HMAC-SHA256 Credential=AKIA")]);
    assert_eq!(table.identify(&mut head), (Caller::new(), Standing::Unknown));
    assert!(head.headers.contains_key("authorization"));
}

#[test]
fn nobody_is_nobody_and_a_reload_makes_someone_known() {
    let table = Clients::new(&[]);
    assert_eq!(table.identify(&mut head("/v1", &[])).1, Standing::Anonymous);
    assert_eq!(table.identify(&mut head("/v1", &[("x-api-key", "")])).1, Standing::Anonymous);
    table.replace(&clients(&["sk-c"]));
    assert_eq!(table.identify(&mut head("/v1", &[("x-api-key", "sk-c")])).1, Standing::Known);
}

#[test]
fn the_hash_is_litellms() {
    // hashlib.sha256(b"sk-1234").hexdigest()
    assert_eq!(hash(b"sk-1234"), "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b");
}

#[test]
fn an_upstreams_key_goes_where_its_provider_reads_it() {
    for (kind, name, value) in [
        (Credential::Bearer, "authorization", "Bearer sk-up"),
        (Credential::XApiKey, "x-api-key", "sk-up"),
        (Credential::ApiKey, "api-key", "sk-up"),
        (Credential::XGoogApiKey, "x-goog-api-key", "sk-up"),
    ] {
        let mut headers = HeaderMap::new();
        insert(&mut headers, kind, &Secret::new("sk-up"));
        assert_eq!(headers[name], value);
        assert!(headers[name].is_sensitive());
    }
}

#[test]
fn only_trusted_peers_speak_for_others_and_nobody_is_told() {
    let trusted = TrustedPeers::new(vec!["10.0.0.0/8".parse().unwrap()]);
    let sent = [("x-litellm-end-user-id", "ada"), ("x-genai-tags", "beta, eu,"), ("x-other", "stays")];
    for (peer, end_user, tags) in [
        ("10.1.2.3", Some("ada"), &["beta", "eu"][..]),
        ("::ffff:10.1.2.3", Some("ada"), &["beta", "eu"]),
        ("127.0.0.1", None, &[]),
    ] {
        let mut head = head("/v1", &sent);
        let peer = ClientAddress(peer.parse().unwrap());
        let caller = trusted.complete(Caller::new(), &mut head.headers, Some(peer));
        assert_eq!(caller.end_user(), end_user);
        assert!(caller.tags().iter().map(AsRef::as_ref).eq(tags.iter().copied()));
        assert_eq!(head.headers.len(), 1);
    }
}
