//! From the text of the file to a [`Config`].

use std::collections::HashSet;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use http::header::{self, HeaderName};
use http::uri::{Authority, Scheme};
use ipnet::IpNet;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use toml::de::DeTable;
use tower_genai_core::drain::DrainPolicy;
use tower_genai_telemetry::Environment;
use tower_genai_trace::Trust;

use super::error::{ConfigError, Fault};
use super::prices::{self, Deployments};
use super::reader::{Field, Source, Table};
use super::types::{
    AdminConfig, AwsSigning, Backend, CallLogConfig, ClientConfig, Config, CostHeaderConfig, Credential,
    PriceFileConfig, PricingConfig, Remote, Route, Secret, Timeouts, UpstreamConfig,
};
use super::{ContentConfig, MetricsConfig};
use crate::env::look_up;
use crate::price_file;

/// Reads a configuration file.
///
/// Paths in the file are relative to its folder; variables it names are looked up in `env`.
///
/// # Errors
///
/// Every fault of the file at once, each with its line and field.
pub fn load(file: &Path, env: &dyn Environment) -> Result<Config, ConfigError> {
    let name = file.display().to_string();
    let text = read_text(file, &name)?;
    parse(&name, &text, file.parent().unwrap_or(Path::new("")), env)
}

/// Reads what a configuration file says about prices, and nothing else: credentials need not be there.
///
/// # Errors
///
/// Every fault of that part at once, each with its line and field.
pub fn load_pricing(file: &Path) -> Result<PricingConfig, ConfigError> {
    let name = file.display().to_string();
    let text = read_text(file, &name)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    read(&name, &text, |root| {
        let nothing: [(&str, &str); 0] = [];
        let reading = Reading { folder, env: &nothing };
        let mut pricing = reading.pricing(&root);
        let mut deployments = Deployments::default();
        for upstream in root.tables("upstream") {
            deployments.read(upstream.table("deployments"));
        }
        pricing.deployments = deployments.into_pairs();
        pricing
    })
}

fn read_text(file: &Path, name: &str) -> Result<String, ConfigError> {
    fs::read_to_string(file)
        .map_err(|error| ConfigError::new(vec![Fault::outside(name, format!("cannot be read: {error}"))]))
}

/// Reads a configuration text; `file` is the name faults are reported under, `folder` what paths are relative to.
///
/// # Errors
///
/// Every fault of the text at once, each with its line and field.
pub fn parse(file: &str, text: &str, folder: &Path, env: &dyn Environment) -> Result<Config, ConfigError> {
    read(file, text, |root| Reading { folder, env }.root(root))
}

/// Reads a document with `interpret`, which says its faults to the source.
fn read<T>(file: &str, text: &str, interpret: impl FnOnce(Table<'_>) -> T) -> Result<T, ConfigError> {
    let source = Source { file, text, faults: Vec::new().into() };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        source.fault(error.span().map_or(0, |span| span.start), None, error.message());
    }
    let read = errors.is_empty().then(|| interpret(Table::root(&document, &source)));
    match read {
        Some(read) if source.faults.borrow().is_empty() => Ok(read),
        _ => Err(ConfigError::new(source.faults.take())),
    }
}

struct Reading<'a> {
    folder: &'a Path,
    env: &'a dyn Environment,
}

impl Reading<'_> {
    fn root(&self, root: Table<'_>) -> Config {
        let listen = root.parsed("listen", address);
        let drain_delay = root.duration("drain_delay", true);
        let drain_timeout = root.duration("drain_timeout", true);
        let require_client = root.flag("require_client").map(|field| field.value);
        let drain = root.table("drain").map(drain).unwrap_or_default();
        let open = root.flag("open").is_some_and(|field| field.value);
        let trusted_peers = root.texts("trusted_peers").iter().filter_map(network).collect();
        let ca = self.authorities(&root);
        let mut pricing = self.pricing(&root);
        let mut admin = root.table("admin").map(|table| self.admin(table)).unwrap_or_default();
        admin.open |= open;
        let mut deployments = Deployments::default();
        let upstreams = self.upstreams(root.tables("upstream"), &ca, &mut deployments);
        pricing.deployments = deployments.into_pairs();
        let clients = clients(root.tables("client"));
        let call_log = root.table("call_log").and_then(|table| self.call_log(table));
        let cost_header = root.table("cost_header").and_then(cost_header);
        let metrics = root.table("metrics").map(MetricsConfig::read).unwrap_or_default();
        let content = root.table("content").map(ContentConfig::read).unwrap_or_default();
        let trust = root.table("tracing").and_then(tracing);
        root.finish();
        Config {
            listen: listen.unwrap_or(Config::LISTEN),
            drain_delay: drain_delay.unwrap_or(Config::DRAIN_DELAY),
            drain_timeout: drain_timeout.unwrap_or(Config::DRAIN_TIMEOUT),
            require_client,
            drain,
            trusted_peers,
            admin,
            upstreams: if upstreams.is_empty() { UpstreamConfig::well_known(&ca) } else { upstreams },
            clients,
            call_log,
            pricing,
            cost_header,
            metrics,
            content,
            trust,
        }
    }

    /// What is said about prices outside the upstreams.
    fn pricing(&self, root: &Table<'_>) -> PricingConfig {
        PricingConfig {
            file: root.text("price_file").and_then(|field| self.price_file(&field)),
            overrides: prices::overrides(root.tables("price")),
            deployments: Vec::new(),
            discounts: root.table("discount").map(prices::discounts).unwrap_or_default(),
            margins: root.table("margin").map(prices::margins).unwrap_or_default(),
            prefer_stated: root.flag("prefer_stated_cost").is_some_and(|field| field.value),
        }
    }

    fn price_file(&self, field: &Field<'_, &str>) -> Option<PriceFileConfig> {
        let path = self.folder.join(field.value);
        match price_file::read(&path) {
            Ok((catalogue, stamp)) => Some(PriceFileConfig { path, catalogue, stamp }),
            Err(error) => {
                // One line for each fault of the file.
                let error = error.to_string();
                error.lines().for_each(|line| field.fault(format!("`{}`: {line}", field.value)));
                None
            }
        }
    }

    fn admin(&self, table: Table<'_>) -> AdminConfig {
        let listen = table.parsed("listen", address);
        let token = table.text("token_file").and_then(|field| self.secret_file(&field));
        let open = table.flag("open").is_some_and(|field| field.value);
        table.finish();
        AdminConfig { listen, token, open }
    }

    fn call_log(&self, table: Table<'_>) -> Option<CallLogConfig> {
        let path = table.required("path").map(|field| match field.value {
            "-" => PathBuf::from("-"),
            path => self.folder.join(path),
        });
        let echo_header = table.parsed("echo_header", echo_header);
        table.finish();
        Some(CallLogConfig { path: path?, echo_header })
    }

    fn upstreams(
        &self,
        tables: Vec<Table<'_>>,
        ca: &[CertificateDer<'static>],
        deployments: &mut Deployments,
    ) -> Vec<UpstreamConfig> {
        let (mut names, mut prefixes) = (HashSet::new(), HashSet::new());
        let mut upstreams = Vec::new();
        for table in tables {
            deployments.read(table.table("deployments"));
            upstreams.extend(self.upstream(table, ca, &mut names, &mut prefixes));
        }
        upstreams
    }

    fn upstream<'t>(
        &self,
        table: Table<'t>,
        ca: &[CertificateDer<'static>],
        names: &mut HashSet<&'t str>,
        prefixes: &mut HashSet<&'t str>,
    ) -> Option<UpstreamConfig> {
        let name = table.required("name");
        if let Some(name) = name.as_ref().filter(|name| !names.insert(name.value)) {
            name.fault(format!("`{}` is the name of another upstream", name.value));
        }
        let prefix = table.required("prefix");
        if let Some(prefix) = &prefix {
            match check_prefix(prefix.value) {
                Err(message) => prefix.fault(message),
                Ok(()) if !prefixes.insert(prefix.value) => {
                    prefix.fault(format!("`{}` leads to another upstream", prefix.value));
                }
                Ok(()) => {}
            }
        }
        let base = table
            .required("base_url")
            .and_then(|field| base_url(field.value).map_err(|message| field.fault(message)).ok());
        let provider = table.text("provider").map(|field| Arc::from(field.value));
        let api_key = self.api_key(&table);
        let host = base.as_ref().map_or("", |(_, authority, _)| authority.host());
        let signing = signing(&table, host);
        if signing.is_some() && api_key.is_some() {
            table.fault("auth", "stands beside an api_key; only one of them can be given");
        }
        let stream_usage = table.flag("stream_usage").is_none_or(|field| field.value);
        let forward_baggage = table.flag("forward_baggage").is_some_and(|field| field.value);
        let timeouts = table.table("timeouts").map(timeouts).unwrap_or_default();
        let mut all = self.authorities(&table);
        all.extend_from_slice(ca);
        table.finish();

        let (scheme, authority, base_path) = base?;
        Some(UpstreamConfig {
            name: name?.value.into(),
            routes: vec![Route { prefix: prefix?.value.to_owned(), strip: true }],
            stream_usage,
            forward_baggage,
            backend: Backend::Remote(Box::new(Remote {
                credential: Credential::of(provider.as_deref(), authority.host()),
                scheme,
                authority,
                base_path,
                api_key,
                signing,
                timeouts,
                ca: all,
            })),
            provider,
        })
    }

    fn api_key(&self, table: &Table<'_>) -> Option<Secret> {
        let variable = table.text("api_key_env");
        let file = table.text("api_key_file");
        if let (Some(_), Some(file)) = (&variable, &file) {
            file.fault("stands beside api_key_env; only one of them can be given");
            return None;
        }
        if let Some(variable) = variable {
            return match look_up(self.env, variable.value) {
                Ok(Some(value)) => header_value(&variable, value),
                Ok(None) => {
                    variable.fault(format!("the environment variable {} is not set", variable.value));
                    None
                }
                Err(error) => {
                    variable.fault(format!("the environment variable {} {error}", variable.value));
                    None
                }
            };
        }
        file.and_then(|file| self.secret_file(&file))
    }

    fn secret_file(&self, field: &Field<'_, &str>) -> Option<Secret> {
        let text = self.read(field)?;
        let text = text.trim();
        if text.is_empty() {
            field.fault(format!("`{}` is empty", field.value));
            return None;
        }
        header_value(field, text.to_owned())
    }

    fn authorities(&self, table: &Table<'_>) -> Vec<CertificateDer<'static>> {
        let Some(field) = table.text("ca_file") else { return Vec::new() };
        let Some(text) = self.read(&field) else { return Vec::new() };
        match CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>() {
            Ok(found) if !found.is_empty() => found,
            Ok(_) => {
                field.fault(format!("`{}` holds no certificate in PEM format", field.value));
                Vec::new()
            }
            Err(error) => {
                field.fault(format!("`{}` is not in PEM format: {error}", field.value));
                Vec::new()
            }
        }
    }

    fn read(&self, field: &Field<'_, &str>) -> Option<String> {
        fs::read_to_string(self.folder.join(field.value))
            .map_err(|error| field.fault(format!("`{}` cannot be read: {error}", field.value)))
            .ok()
    }
}

/// A table that says nothing more is there to say that replies are read on.
fn drain(table: Table<'_>) -> DrainPolicy {
    let max_bytes = table.count("max_bytes").unwrap_or(16 * 1024 * 1024);
    let max_time = table.duration("max_time", false).unwrap_or(Duration::from_secs(120));
    let max_concurrent = table.count("max_concurrent").unwrap_or(100);
    table.finish();
    DrainPolicy::Drain {
        max_bytes,
        max_time,
        max_concurrent: usize::try_from(max_concurrent).unwrap_or(usize::MAX),
    }
}

fn tracing(table: Table<'_>) -> Option<Trust> {
    let trust = table.parsed("trust", |text| match text {
        "trust" => Ok(Trust::Trust),
        "link_only" => Ok(Trust::LinkOnly),
        "ignore" => Ok(Trust::Ignore),
        _ => Err(format!("`{text}` is not one of \"trust\", \"link_only\" and \"ignore\"")),
    });
    table.finish();
    trust
}

fn cost_header(table: Table<'_>) -> Option<CostHeaderConfig> {
    if table.required("max_body").is_none() {
        table.finish();
        return None;
    }
    let max_body = table.size("max_body");
    table.finish();
    Some(CostHeaderConfig { max_body: max_body? })
}

fn clients(tables: Vec<Table<'_>>) -> Vec<ClientConfig> {
    let mut seen = HashSet::new();
    tables.into_iter().filter_map(|table| client(table, &mut seen)).collect()
}

fn client(table: Table<'_>, seen: &mut HashSet<String>) -> Option<ClientConfig> {
    let key = table.required("key_sha256").and_then(|field| {
        let key = field.value.to_ascii_lowercase();
        if key.len() != 64 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            field.fault("must be the SHA-256 of the client's credential: 64 hex digits");
            None
        } else if seen.insert(key.clone()) {
            Some(key)
        } else {
            field.fault("is the credential of another client");
            None
        }
    });
    let alias = table.required("alias").map(|field| field.value.to_owned());
    let team = table.text("team").map(|field| field.value.to_owned());
    let user = table.text("user").map(|field| field.value.to_owned());
    table.finish();
    Some(ClientConfig { key_sha256: key?, alias: alias?, team, user })
}

fn signing(table: &Table<'_>, host: &str) -> Option<AwsSigning> {
    let auth = table.text("auth");
    let region = table.text("aws_region");
    let service = table.text("aws_service");
    let profile = table.text("aws_profile");
    let Some(auth) = auth else {
        for field in [&region, &service, &profile].into_iter().flatten() {
            field.fault("means nothing without auth = \"aws_sigv4\"");
        }
        return None;
    };
    if auth.value != "aws_sigv4" {
        auth.fault(format!("`{}` is not known; known here: aws_sigv4", auth.value));
        return None;
    }
    let Some(region) = region.map(|field| field.value).or_else(|| AwsSigning::region_of(host)) else {
        auth.fault("needs aws_region, since the host of base_url names no region of AWS");
        return None;
    };
    Some(AwsSigning {
        region: region.into(),
        service: service.map_or(AwsSigning::BEDROCK, |field| field.value).into(),
        profile: profile.map(|field| field.value.into()),
    })
}

fn timeouts(table: Table<'_>) -> Timeouts {
    let Timeouts { connect, response_head, idle } = Timeouts::default();
    let read = |key, default: Duration| table.duration(key, false).unwrap_or(default);
    let timeouts = Timeouts {
        connect: read("connect", connect),
        response_head: read("response_head", response_head),
        idle: read("idle", idle),
    };
    table.finish();
    timeouts
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is not an address with a port, such as \"127.0.0.1:4000\""))
}

fn network(field: &Field<'_, &str>) -> Option<IpNet> {
    let text = field.value;
    let parsed = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    if parsed.is_err() {
        field.fault(format!("`{text}` is neither an IP address nor a network such as \"10.0.0.0/8\""));
    }
    parsed.ok()
}

fn check_prefix(prefix: &str) -> Result<(), String> {
    if !prefix.starts_with('/') {
        return Err(format!("`{prefix}` must begin with a slash"));
    }
    if prefix.len() > 1 && prefix.ends_with('/') {
        return Err(format!("`{prefix}` must not end with a slash"));
    }
    if prefix.contains(['?', '#']) || prefix.parse::<Uri>().is_err() {
        return Err(format!("`{prefix}` is not the path of a URL"));
    }
    Ok(())
}

fn base_url(text: &str) -> Result<(Scheme, Authority, String), String> {
    let wrong = || format!("`{}` is not a URL such as \"https://api.openai.com\"", without_user_info(text));
    let parts = text.parse::<Uri>().map_err(|_| wrong())?.into_parts();
    let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else { return Err(wrong()) };
    if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
        return Err(format!("must begin with http:// or https://, not {scheme}://"));
    }
    if authority.as_str().contains('@') {
        return Err("holds a credential; use api_key_env or api_key_file".to_owned());
    }
    let path = parts.path_and_query.as_ref();
    if path.is_some_and(|path| path.query().is_some()) || text.contains('#') {
        return Err("must not have a query or a fragment".to_owned());
    }
    let path = path.map_or("", |path| path.path()).trim_end_matches('/').to_owned();
    Ok((scheme, authority, path))
}

/// What may be shown of a URL that could not be read.
fn without_user_info(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, rest)) => format!("...@{rest}"),
        None => text.to_owned(),
    }
}

fn header_value(field: &Field<'_, &str>, text: String) -> Option<Secret> {
    if text.bytes().any(|byte| !(0x21..=0x7e).contains(&byte)) {
        field.fault("holds something that is not one word of visible ASCII");
        return None;
    }
    Some(Secret::new(text))
}

fn echo_header(text: &str) -> Result<HeaderName, String> {
    let name: HeaderName = text.parse().map_err(|_| format!("`{text}` is not the name of a header"))?;
    let secret =
        [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION, header::SEC_WEBSOCKET_PROTOCOL];
    let keys = ["x-api-key", "api-key", "x-goog-api-key"];
    if secret.contains(&name) || keys.contains(&name.as_str()) {
        return Err(format!("`{name}` carries credentials, which are never logged"));
    }
    Ok(name)
}
