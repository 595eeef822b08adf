use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tower_genai_core::Usage;
use tower_genai_core::drain::DrainPolicy;
use tower_genai_cost::Catalogue;
use tower_genai_metrics::Naming;
use tower_genai_scrape::Histograms;
use tower_genai_trace::Trust;

use super::{Backend, Config, ConfigError, Credential, Remote, parse};

fn read(text: &str) -> Result<Config, ConfigError> {
    parse("genai-proxy.toml", text, Path::new("/nonexistent"), &[("OPENAI_API_KEY", "sk-upstream\n")])
}

const NOTHING: [(&str, &str); 0] = [];

fn faults(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

fn remote(config: &Config, at: usize) -> &Remote {
    match &config.upstreams[at].backend {
        Backend::Remote(remote) => remote,
        Backend::Demo => panic!("a remote upstream"),
    }
}

#[test]
fn everything_that_can_be_said_is_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("admin.token"), "s3cret\n").unwrap();
    let text = r#"
        listen = "0.0.0.0:4100"
        drain_delay = "0s"
        drain_timeout = "2m"
        require_client = true
        trusted_peers = ["10.0.0.0/8", "192.168.1.7"]

        [drain]
        max_bytes = 1_000_000
        max_time = "30s"
        max_concurrent = 7

        [admin]
        listen = "127.0.0.1:4001"
        token_file = "admin.token"

        [[upstream]]
        name = "openai"
        prefix = "/openai"
        base_url = "https://api.openai.com"
        provider = "openai"
        api_key_env = "OPENAI_API_KEY"
        timeouts = { connect = "1s", response_head = "10s", idle = "500ms" }

        [[upstream]]
        name = "claude"
        prefix = "/"
        base_url = "http://127.0.0.1:9000/gateway/"
        provider = "anthropic"

        [[client]]
        key_sha256 = "AB12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12"
        alias = "search-team-prod"
        team = "search"
        user = "svc-search"

        [call_log]
        path = "calls.jsonl"
        echo_header = "X-Replay-Id"

        [metrics]
        naming = "both"
        histograms = "native"
    "#;
    let config =
        parse("genai-proxy.toml", text, folder.path(), &[("OPENAI_API_KEY", "sk-upstream\n")]).unwrap();

    assert_eq!(config.listen.to_string(), "0.0.0.0:4100");
    assert_eq!((config.drain_delay, config.drain_timeout), (Duration::ZERO, Duration::from_secs(120)));
    assert_eq!(config.require_client, Some(true));
    let (max_bytes, max_time) = (1_000_000, Duration::from_secs(30));
    assert_eq!(config.drain, DrainPolicy::Drain { max_bytes, max_time, max_concurrent: 7 });
    assert!(config.trusted_peers[1].contains(&std::net::IpAddr::from([192, 168, 1, 7])));
    assert_eq!(config.admin.token.as_ref().unwrap().expose(), "s3cret");
    assert!(!config.admin.open);
    let openai = remote(&config, 0);
    assert_eq!(openai.api_key.as_ref().unwrap().expose(), "sk-upstream");
    assert_eq!(openai.credential, Credential::Bearer);
    assert_eq!(openai.timeouts.idle, Duration::from_millis(500));
    let claude = remote(&config, 1);
    assert_eq!((claude.base_path.as_str(), claude.credential), ("/gateway", Credential::XApiKey));
    assert_eq!(config.clients[0].key_sha256, "ab12".repeat(16));
    let log = config.call_log.as_ref().unwrap();
    assert_eq!(log.path, folder.path().join("calls.jsonl"));
    assert_eq!(log.echo_header.as_ref().unwrap(), "x-replay-id");
    assert_eq!((config.metrics.naming, config.metrics.histograms), (Naming::Both, Histograms::Native));
    assert!(!format!("{config:?}").contains("sk-upstream"));
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn every_fault_is_reported_at_once_with_file_line_and_field() {
    let text = r#"listen = "localhost"
drain_delay = "soon"
colour = "blue"
require_client = "yes"
trusted_peers = ["everyone"]

[drain]
max_bytes = "1MB"
max_concurrent = 0

[admin]
token_file = "admin.token"
listne = "127.0.0.1:4001"

[[upstream]]
name = "openai"
prefix = "openai"
base_url = "api.openai.com"
api_key_env = "NO_SUCH_KEY"
timeouts = { connect = 5, idle = "0s" }

[[upstream]]
name = "openai"
prefix = "/b"
base_url = "https://user:hunter2@api.example.com"

[[upstream]]
prefix = "/b"
base_url = "ftp://example.com"

[[client]]
key_sha256 = "ab12"

[call_log]
echo_header = "authorization"
"#;
    assert_eq!(
        faults(text),
        r#"genai-proxy.toml:1: listen: `localhost` is not an address with a port, such as "127.0.0.1:4000"
genai-proxy.toml:2: drain_delay: `soon` is not a duration such as "5s", "500ms" or "2m"
genai-proxy.toml:3: colour: unknown key; known here: listen, drain_delay, drain_timeout, require_client, drain, open, trusted_peers, ca_file, price_file, price, discount, margin, prefer_stated_cost, admin, upstream, client, call_log, cost_header, metrics, content, tracing
genai-proxy.toml:4: require_client: must be true or false, not a string
genai-proxy.toml:5: trusted_peers: `everyone` is neither an IP address nor a network such as "10.0.0.0/8"
genai-proxy.toml:8: drain.max_bytes: must be a whole number, not a string
genai-proxy.toml:9: drain.max_concurrent: must be a whole number above zero
genai-proxy.toml:12: admin.token_file: `admin.token` cannot be read: No such file or directory (os error 2)
genai-proxy.toml:13: admin.listne: unknown key; known here: listen, token_file, open
genai-proxy.toml:17: upstream.prefix: `openai` must begin with a slash
genai-proxy.toml:18: upstream.base_url: `api.openai.com` is not a URL such as "https://api.openai.com"
genai-proxy.toml:19: upstream.api_key_env: the environment variable NO_SUCH_KEY is not set
genai-proxy.toml:20: upstream.timeouts.connect: must be a string, not an integer
genai-proxy.toml:20: upstream.timeouts.idle: must be longer than zero
genai-proxy.toml:23: upstream.name: `openai` is the name of another upstream
genai-proxy.toml:25: upstream.base_url: holds a credential; use api_key_env or api_key_file
genai-proxy.toml:27: upstream.name: is missing
genai-proxy.toml:28: upstream.prefix: `/b` leads to another upstream
genai-proxy.toml:29: upstream.base_url: must begin with http:// or https://, not ftp://
genai-proxy.toml:31: client.alias: is missing
genai-proxy.toml:32: client.key_sha256: must be the SHA-256 of the client's credential: 64 hex digits
genai-proxy.toml:34: call_log.path: is missing
genai-proxy.toml:35: call_log.echo_header: `authorization` carries credentials, which are never logged"#
    );
}

#[test]
fn a_syntax_fault_names_its_line() {
    assert_eq!(
        faults("listen = \"127.0.0.1:4000\"\n[[upstream]\nname = \"a\"\n").lines().next().unwrap(),
        "genai-proxy.toml:2: unclosed array table, expected `]`"
    );
}

#[test]
fn prices_come_from_the_operators_file_or_its_faults_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let read = |prices: &str| {
        fs::write(folder.path().join("prices.json"), prices).unwrap();
        parse("genai-proxy.toml", "price_file = \"prices.json\"", folder.path(), &NOTHING)
    };
    let config =
        read(r#"{"our-llama": {"litellm_provider": "vllm", "input_cost_per_token": 1e-7}}"#).unwrap();
    assert_eq!(config.pricing.file.unwrap().catalogue.len(), 1);
    let error =
        read(r#"{"our-llama": {"litellm_provider": "vllm", "input_cost_per_token": -1}}"#).unwrap_err();
    let error = error.to_string();
    assert!(
        error.starts_with("genai-proxy.toml:1: price_file: `prices.json`: line 1: \"our-llama\""),
        "{error}"
    );
}

#[test]
fn prices_of_the_operators_own_stay_exact() {
    let config = read(
        r#"
        prefer_stated_cost = true

        [[price]]
        model = "our-llama"
        provider = "vllm"
        input_cost_per_token = 0.00000010000000000000000001
        output_cost_per_token = "3e-7"

        [[price]]
        pattern = "free-*"
        input_cost_per_token = 0
        output_cost_per_token = 0.0

        [discount]
        openai = 0.05
        "openai/gpt-4*" = "0.1"

        [margin]
        global = 0.01
        anthropic = { percentage = 0.1, fixed_amount = "0.001" }

        [cost_header]
        max_body = "64KiB"

        [[upstream]]
        name = "azure"
        prefix = "/azure"
        base_url = "https://our.openai.azure.com"
        deployments = { our-chat = "gpt-4o-2024-08-06" }
        "#,
    )
    .unwrap();
    assert_eq!(config.cost_header.unwrap().max_body, 65_536);
    let pricing = config.pricing.build(&Arc::new(Catalogue::embedded())).unwrap();
    let cost = |provider, model, usage| pricing.price(Some(provider), &[model], &usage, None).unwrap();
    let llama = cost("vllm", "our-llama", Usage::new(1, 0));
    // With the margin of one percent.
    assert_eq!(llama.input.to_string(), "0.00000010000000000000000001");
    assert_eq!(cost("anywhere", "free-of-charge", Usage::new(1_000, 1_000)).total().to_string(), "0");
    // $2.50 less 10 %, and one percent more.
    let gpt = cost("openai", "gpt-4o", Usage::new(1_000_000, 0));
    assert_eq!((gpt.discount.to_string(), gpt.margin.to_string()), ("-0.25".into(), "0.0225".into()));
    let azure = cost("azure.ai.openai", "our-chat", Usage::new(1_000, 0));
    assert_eq!(azure.entry.as_deref(), Some("azure/gpt-4o-2024-08-06"));
}

#[test]
fn every_fault_of_the_prices_is_reported_at_its_line() {
    let text = r#"[[price]]
model = "a"
pattern = "b*"

[[price]]
model = "our-*"
input_cost_per_token = 1

[[price]]
input_cost_per_token = 1

[[price]]
model = "a"
colour = 1
input_cost_per_token = -1e-7
output_cost_per_token = "much"
cache_read_input_token_cost = true

[[price]]
model = "b"

[[price]]
model = "b"
input_cost_per_token = nan

[discount]
openai = 1.5
anthropic = "five percent"

[margin]
openai = {}
anthropic = { percent = 1 }
mistral = []

[cost_header]
max_body = "1MB"

[[upstream]]
name = "one"
prefix = "/one"
base_url = "https://one.example.com"
deployments = { chat = "gpt-4o", empty = "" }

[[upstream]]
name = "two"
prefix = "/two"
base_url = "https://two.example.com"
deployments = { chat = "gpt-4o-mini", number = 4 }
"#;
    assert_eq!(
        faults(text),
        r#"genai-proxy.toml:3: price.pattern: stands beside model; only one of them can be given
genai-proxy.toml:6: price.model: is a pattern; write it as pattern
genai-proxy.toml:9: price.model: is missing; give a model, or a pattern such as "llama-*"
genai-proxy.toml:14: price.colour: not the name of a price
genai-proxy.toml:15: price.input_cost_per_token: a price cannot be negative, found -1e-7
genai-proxy.toml:16: price.output_cost_per_token: expected a number of US dollars, found much
genai-proxy.toml:17: price.cache_read_input_token_cost: must be a number of US dollars, not a boolean
genai-proxy.toml:20: price.model: there is no price for it; prices have LiteLLM's names, such as input_cost_per_token
genai-proxy.toml:23: price.model: the prices of these models are stated above already
genai-proxy.toml:24: price.input_cost_per_token: expected a number of US dollars, found nan
genai-proxy.toml:27: discount.openai: a discount is at most 1, which is all of the price
genai-proxy.toml:28: discount.anthropic: expected a number, found five percent
genai-proxy.toml:31: margin.openai: expected a percentage, a fixed amount, or both
genai-proxy.toml:32: margin.anthropic.percent: unknown key; known here: percentage, fixed_amount
genai-proxy.toml:32: margin.anthropic: expected a percentage, a fixed amount, or both
genai-proxy.toml:33: margin.mistral: must be a part of the price, such as 0.1, or a table with percentage and fixed_amount, not an array
genai-proxy.toml:36: cost_header.max_body: `1MB` is not a size such as "64KiB" or "1MiB"
genai-proxy.toml:42: upstream.deployments.empty: must not be empty
genai-proxy.toml:48: upstream.deployments.chat: `chat` is `gpt-4o` at another upstream; a name has one model
genai-proxy.toml:48: upstream.deployments.number: must be a string, not an integer"#
    );
}

#[test]
fn traces_from_this_machine_are_trusted_and_stay_with_us_unless_it_is_said() {
    let upstream = "[[upstream]]\nname = \"a\"\nprefix = \"/\"\nbase_url = \"https://a.example\"\n";
    for (text, trust, forward_baggage) in [
        (upstream.to_owned(), Trust::Trust, false),
        (format!("[tracing]\n{upstream}forward_baggage = false\n"), Trust::Trust, false),
        (format!("listen = \"[::1]:0\"\n{upstream}"), Trust::Trust, false),
        (format!("listen = \"0.0.0.0:0\"\n{upstream}"), Trust::LinkOnly, false),
        (format!("listen = \"[::]:0\"\n[tracing]\n{upstream}"), Trust::LinkOnly, false),
        (format!("listen = \"10.0.0.1:0\"\n[tracing]\ntrust = \"trust\"\n{upstream}"), Trust::Trust, false),
        (format!("[tracing]\ntrust = \"trust\"\n{upstream}"), Trust::Trust, false),
        (format!("[tracing]\ntrust = \"link_only\"\n{upstream}"), Trust::LinkOnly, false),
        (format!("[tracing]\ntrust = \"ignore\"\n{upstream}forward_baggage = true\n"), Trust::Ignore, true),
    ] {
        let config = read(&text).unwrap();
        assert_eq!((config.trust(), config.upstreams[0].forward_baggage), (trust, forward_baggage), "{text}");
    }
    assert_eq!(
        faults(&format!("[tracing]\ntrust = true\nsampler = 1\n{upstream}forward_baggage = \"yes\"\n")),
        "genai-proxy.toml:2: tracing.trust: must be a string, not a boolean\n\
         genai-proxy.toml:3: tracing.sampler: unknown key; known here: trust\n\
         genai-proxy.toml:8: upstream.forward_baggage: must be true or false, not a string"
    );
    assert_eq!(
        faults("[tracing]\ntrust = \"link-only\"\n"),
        "genai-proxy.toml:2: tracing.trust: `link-only` is not one of \"trust\", \"link_only\" and \"ignore\""
    );
}

#[test]
fn a_credential_in_a_url_is_not_repeated() {
    let text = "[[upstream]]\nname = \"a\"\nprefix = \"/\"\nbase_url = \"user:hunter2@host\"\n";
    assert!(!faults(text).contains("hunter2"), "{}", faults(text));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = super::load(Path::new("/nonexistent/p.toml"), &NOTHING).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/nonexistent/p.toml: cannot be read: No such file or directory (os error 2)"
    );
}

#[test]
fn without_upstreams_the_well_known_ones_serve() {
    let config = read("").unwrap();
    let names: Vec<_> = config.upstreams.iter().map(|upstream| &*upstream.name).collect();
    assert!(["openai", "anthropic", "gemini", "ollama", "demo"].iter().all(|name| names.contains(name)));
    assert!(config.upstreams.iter().all(|upstream| match &upstream.backend {
        Backend::Remote(remote) => remote.api_key.is_none(),
        Backend::Demo => true,
    }));
}

#[test]
fn the_commented_example_is_a_configuration() {
    let example = include_str!("../../genai-proxy.toml");
    let read =
        |text: &str| parse("genai-proxy.toml", text, Path::new("/nonexistent"), &[("OPENAI_API_KEY", "k")]);
    let config = read(example).unwrap();
    assert_eq!((config.upstreams.len(), config.clients.len()), (3, 1));
    // What is commented out is known as well; only its files are missing.
    let uncommented = |line: &'static str| {
        line.strip_prefix('#')
            .filter(|rest| rest.starts_with(|first: char| first.is_alphabetic() || first == '['))
            .unwrap_or(line)
    };
    let everything: Vec<&str> = example.lines().map(uncommented).collect();
    let error = read(&everything.join("\n")).unwrap_err();
    let files = ["ca_file", "price_file", "admin.token_file"];
    assert_eq!(error.faults().len(), files.len(), "{error}");
    for (fault, field) in error.faults().iter().zip(files) {
        assert!(fault.to_string().contains(&format!("{field}: ")), "{fault}");
    }
}

#[test]
fn a_signature_in_place_of_a_key() {
    let upstream = |base_url: &str, more: &str| {
        format!("[[upstream]]\nname = \"a\"\nprefix = \"/a\"\nbase_url = \"{base_url}\"\n{more}")
    };
    let signing = |base_url, more| {
        let config = read(&upstream(base_url, more)).unwrap();
        remote(&config, 0).signing.clone().map(|signing| format!("{signing:?}"))
    };
    assert_eq!(
        signing("https://bedrock-runtime.eu-west-3.amazonaws.com", "auth = \"aws_sigv4\"").unwrap(),
        "AwsSigning { region: \"eu-west-3\", service: \"bedrock\", profile: None }"
    );
    assert_eq!(
        signing(
            "http://127.0.0.1:9",
            "auth = \"aws_sigv4\"\naws_region = \"us-east-1\"\naws_service = \"sagemaker\"\naws_profile = \"ml\""
        )
        .unwrap(),
        "AwsSigning { region: \"us-east-1\", service: \"sagemaker\", profile: Some(\"ml\") }"
    );
    assert_eq!(signing("https://bedrock-runtime.eu-west-3.amazonaws.com", ""), None);

    let faults = |base_url, more| faults(&upstream(base_url, more));
    assert_eq!(
        faults("http://127.0.0.1:9", "auth = \"aws_sigv4\"\napi_key_env = \"OPENAI_API_KEY\""),
        "genai-proxy.toml:5: upstream.auth: needs aws_region, since the host of base_url names no region of AWS"
    );
    assert_eq!(
        faults(
            "https://bedrock-runtime.us-east-1.amazonaws.com",
            "auth = \"aws_sigv4\"\napi_key_env = \"OPENAI_API_KEY\""
        ),
        "genai-proxy.toml:1: upstream.auth: stands beside an api_key; only one of them can be given"
    );
    assert_eq!(
        faults("http://127.0.0.1:9", "auth = \"digest\"\naws_region = \"x\""),
        "genai-proxy.toml:5: upstream.auth: `digest` is not known; known here: aws_sigv4"
    );
    assert_eq!(
        faults("http://127.0.0.1:9", "aws_region = \"us-east-1\""),
        "genai-proxy.toml:5: upstream.aws_region: means nothing without auth = \"aws_sigv4\""
    );
}

#[test]
fn the_region_is_in_the_host() {
    for (host, region) in [
        ("bedrock-runtime.us-east-1.amazonaws.com", Some("us-east-1")),
        ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", Some("us-gov-west-1")),
        ("vpce-0a1b-x.bedrock-runtime.eu-central-1.vpce.amazonaws.com", Some("eu-central-1")),
        ("bedrock-runtime.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
        ("s3.amazonaws.com", None),
        ("bedrock-runtime.us-east-1.example.com", None),
        ("127.0.0.1", None),
    ] {
        assert_eq!(super::types::AwsSigning::region_of(host), region, "{host}");
    }
}

#[test]
fn replies_are_drained_only_when_it_is_said() {
    assert_eq!(read("").unwrap().drain, DrainPolicy::Abandon);
    let (max_bytes, max_time) = (16 << 20, Duration::from_secs(120));
    assert_eq!(
        read("[drain]").unwrap().drain,
        DrainPolicy::Drain { max_bytes, max_time, max_concurrent: 100 }
    );
    assert_eq!(
        faults("[drain]\nmax_bytes = -5\nmax_time = \"0s\"\nmax_concurrent = 0x10\nbytes = 1"),
        "genai-proxy.toml:2: drain.max_bytes: must be a whole number above zero\n\
         genai-proxy.toml:3: drain.max_time: must be longer than zero\n\
         genai-proxy.toml:5: drain.bytes: unknown key; known here: max_bytes, max_time, max_concurrent"
    );
}

#[test]
fn faults_of_the_metrics() {
    let text = r#"[metrics]
naming = "LiteLLM"
names = 1
histograms = "round"
series_budget = 0
idle_expiry = "0s"
exclude = ["litellm_*", "gen_ai_client_token_usage"]
exclude_labels = ["colour"]
include_labels = ["password"]
label_from_header = { app = "x-app", key = "Authorization", role = "x-role" }
labels_of = { gen_ai_client_calls_total = ["app", "team", "team"], gen_ai_client_tokens_total = "team" }
allow_values = { app = [], team = ["search"] }
series_budget_of = { gen_ai_client_calls_total = 0 }
buckets_of = { gen_ai_client_operation_duration_seconds = [1, 0.5], gen_ai_client_calls_total = [1] }
"#;
    let error = faults(text);
    assert_eq!(
        error.lines().map(|line| line.trim_start_matches("genai-proxy.toml:")).collect::<Vec<_>>(),
        [
            "2: metrics.naming: `LiteLLM` is no naming; there are otel, litellm and both",
            "3: metrics.names: unknown key; known here: naming, histograms, created, chunk_timing, idle_expiry, \
             series_budget, label_from_header, label_from_tag, include_labels, labels_of, exclude_labels, allow_values, \
             series_budget_of, buckets_of, only, exclude",
            "4: metrics.histograms: `round` is no kind of histogram; there are classic, native and both",
            "5: metrics.series_budget: must be a whole number above zero",
            "6: metrics.idle_expiry: must be longer than zero",
            "7: metrics.exclude: there is no metric `litellm_*` in this naming",
            "8: metrics.exclude_labels: no metric has a label `colour`",
            "9: metrics.include_labels: no metric has a label `password` that is off; there are end_user, hashed_api_key, \
             client_address, user_agent, and in LiteLLM's histograms api_key_alias, team, team_alias and user",
            "10: metrics.label_from_header.key: `authorization` carries a credential, which is never shown",
            "10: metrics.label_from_header.role: gen_ai_client_calls_total has a label `role` already",
            "11: metrics.labels_of.gen_ai_client_calls_total: `team` is there twice for `gen_ai_client_calls_total`",
            "11: metrics.labels_of.gen_ai_client_tokens_total: must be an array of strings",
            "12: metrics.allow_values.app: no value is allowed for `app`: to be rid of it, exclude it",
            "13: metrics.series_budget_of.gen_ai_client_calls_total: a budget of 0 leaves `gen_ai_client_calls_total` no \
             series; to be rid of it, exclude it",
            "14: metrics.buckets_of.gen_ai_client_calls_total: gen_ai_client_calls_total is no histogram",
            "14: metrics.buckets_of.gen_ai_client_operation_duration_seconds: `gen_ai_client_operation_duration_seconds`: \
             bucket bounds must ascend, but 0.5 follows 1",
        ]
    );
}

#[test]
fn what_may_be_seen_of_content() {
    let text = r#"
        [content]
        redact = ['\bsk-\w+', "(?i)secret"]
        max_bytes = "8KiB"
        "#;
    let content = read(text).unwrap().content;
    assert_eq!(content.max_bytes, Some(8192));
    assert!(content.redact[1].is_match("a Secret"));
    let text = "[content]\nredact = ['a[', 'x*', 3]\nmax_bytes = 5\npattern = ''\n";
    let error = read(text).unwrap_err();
    assert_eq!(
        error.to_string().lines().collect::<Vec<_>>(),
        [
            "genai-proxy.toml:2: content.redact: must be an array of strings",
            "genai-proxy.toml:2: content.redact: `a[` is not a regular expression: unclosed character class",
            "genai-proxy.toml:2: content.redact: `x*` matches the empty text",
            "genai-proxy.toml:3: content.max_bytes: must be a string, not an integer",
            "genai-proxy.toml:4: content.pattern: unknown key; known here: redact, max_bytes",
        ]
    );
}
