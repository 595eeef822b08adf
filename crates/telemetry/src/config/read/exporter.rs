//! Where signals go to.

use std::time::Duration;

use super::super::{Compression, Endpoint, Exporter, Headers, OtlpConfig, Protocol};
use super::stated::Stated;
use super::tls::TlsParts;
use super::variables::{ExporterVariables, GENERAL};
use super::{Names, Reader, Words, millis};
use crate::env::Environment;
use crate::signal::Signal;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The kinds of exporter, as variables name them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// With the protocol, where one is named.
    Otlp(Option<Protocol>),
    Console,
    InMemory,
    None,
}

/// What is said about an exporter: for all signals or for one.
pub(super) struct Statement {
    kind: Option<Stated<Kind>>,
    endpoint: Option<Stated<String>>,
    headers: Option<Stated<Headers>>,
    timeout: Option<Stated<Duration>>,
    compression: Option<Stated<Compression>>,
    insecure: Option<Stated<bool>>,
    tls: TlsParts,
}

impl Statement {
    /// The variable that says that the signal is to go somewhere, or to be left out.
    pub(super) fn reason(&self) -> Option<&'static str> {
        let kind = self.kind.as_ref().map(|kind| kind.variable);
        kind.or_else(|| self.endpoint.as_ref().map(|endpoint| endpoint.variable))
    }

    fn protocol(&self) -> Option<Stated<Protocol>> {
        match self.kind.as_ref()? {
            Stated { value: Kind::Otlp(Some(protocol)), variable } => {
                Some(Stated { value: *protocol, variable })
            }
            _ => None,
        }
    }
}

/// A signal's own variables.
pub(super) struct Own {
    signal: Signal,
    /// By `OTEL_<SIGNAL>_EXPORTER`, which alone can ask for metrics and logs.
    exporter: Option<Stated<Kind>>,
    statement: Statement,
}

impl Own {
    /// The variable that names the kind of this very signal's exporter.
    pub(super) fn exporter_variable(&self) -> Option<&'static str> {
        self.exporter.as_ref().map(|exporter| exporter.variable)
    }

    /// The variable that says where the signal is to go.
    pub(super) fn reason(&self) -> Option<&'static str> {
        self.exporter_variable().or_else(|| self.statement.reason())
    }
}

impl<E: Environment> Reader<'_, E> {
    /// What holds for the signals that say nothing else.
    pub(super) fn general(&mut self) -> Statement {
        self.statement(&GENERAL, general_kind)
    }

    pub(super) fn own(&mut self, signal: Signal) -> Own {
        let exporter = self.parsed(&[signal.exporter_variable()], |value| exporter_kind(value, signal));
        let statement = self.statement(signal.variables(), |value| signal_protocol(value, signal));
        Own { signal, exporter, statement }
    }

    fn statement(
        &mut self,
        names: &ExporterVariables,
        kind: impl FnOnce(&str) -> Result<Kind, String>,
    ) -> Statement {
        let kind = self.parsed(names.protocol, kind);
        let endpoint = self.parsed(names.endpoint, |value| Endpoint::check(value).map(|()| value.to_owned()));
        Statement {
            kind,
            endpoint,
            headers: self.headers(names.headers),
            timeout: self.parsed(names.timeout, millis),
            compression: self.parsed(names.compression, compression),
            insecure: self.parsed(names.insecure, |value| Words::Specified.parse(value)),
            tls: self.tls_parts(names),
        }
    }

    fn headers(&mut self, names: Names<'_>) -> Option<Stated<Headers>> {
        let (variable, value) = self.first_of(names)?;
        match Headers::parse(&value) {
            Ok(value) => Some(Stated { value, variable }),
            Err(problems) => {
                for problem in problems {
                    self.fault(variable, problem);
                }
                None
            }
        }
    }

    /// The exporter of a signal that is wanted for the reason that the variable is. `None` if there shall be none.
    pub(super) fn exporter(
        &mut self,
        own: &Own,
        general: &Statement,
        reason: &'static str,
    ) -> Option<Exporter> {
        let section = own.signal.as_str();
        let kind = own.exporter.as_ref().or_else(|| {
            // A signal's own protocol or endpoint says more than a kind for all of them.
            let said = own.statement.kind.is_none() && own.statement.endpoint.is_none();
            if said { general.kind.as_ref() } else { None }
        });
        self.origins.set_variable((section, "exporter"), kind.map_or(reason, |kind| kind.variable));
        match kind.map_or(Kind::Otlp(None), |kind| kind.value) {
            Kind::None => None,
            Kind::Console => Some(Exporter::Console),
            Kind::InMemory => Some(Exporter::InMemory),
            Kind::Otlp(_) => Some(Exporter::Otlp(Box::new(self.otlp(own, general)?))),
        }
    }

    fn otlp(&mut self, own: &Own, general: &Statement) -> Option<OtlpConfig> {
        let Own { signal, statement: own, .. } = own;
        let section = signal.as_str();
        let protocol = self.told((section, "protocol"), own.protocol().or_else(|| general.protocol()));
        let protocol = protocol.unwrap_or(Protocol::HttpProtobuf);
        let insecure =
            one_of(own.insecure.as_ref(), general.insecure.as_ref()).is_some_and(|insecure| insecure.value);
        let endpoint = self.endpoint(*signal, protocol, own, general, insecure);
        let headers = self.told((section, "headers"), one_of(own.headers.as_ref(), general.headers.as_ref()));
        let timeout = self.told((section, "timeout"), one_of(own.timeout.as_ref(), general.timeout.as_ref()));
        let compression = self
            .told((section, "compression"), one_of(own.compression.as_ref(), general.compression.as_ref()));
        let tls = self.tls(section, &own.tls, &general.tls);
        Some(OtlpConfig {
            protocol,
            endpoint: endpoint?,
            headers: headers.unwrap_or_default(),
            timeout: timeout.unwrap_or(DEFAULT_TIMEOUT),
            compression: compression.unwrap_or_default(),
            tls: tls?,
        })
    }

    fn endpoint(
        &mut self,
        signal: Signal,
        protocol: Protocol,
        own: &Statement,
        general: &Statement,
        insecure: bool,
    ) -> Option<Endpoint> {
        let (stated, parsed) = match (&own.endpoint, &general.endpoint) {
            (Some(own), _) => (own, Endpoint::of_signal(&own.value, protocol, insecure)),
            (None, Some(general)) => (general, Endpoint::of_all(&general.value, protocol, signal, insecure)),
            (None, None) => return Some(Endpoint::default_for(protocol, signal)),
        };
        match parsed {
            Ok(value) => {
                self.told((signal.as_str(), "endpoint"), Some(Stated { value, variable: stated.variable }))
            }
            Err(problem) => {
                self.fault(stated.variable, problem);
                None
            }
        }
    }
}

/// The specific statement, or else the general one.
fn one_of<T: Clone>(own: Option<&Stated<T>>, general: Option<&Stated<T>>) -> Option<Stated<T>> {
    own.or(general).cloned()
}

const PROTOCOLS: &str = "`http/protobuf`, `grpc` or `http/json`";

/// The standard's names and `LiteLLM`'s.
fn protocol(value: &str) -> Option<Protocol> {
    match value.to_ascii_lowercase().as_str() {
        "http/protobuf" | "otlp_http" => Some(Protocol::HttpProtobuf),
        "http/json" => Some(Protocol::HttpJson),
        "grpc" | "otlp_grpc" => Some(Protocol::Grpc),
        _ => None,
    }
}

fn general_kind(value: &str) -> Result<Kind, String> {
    if let Some(protocol) = protocol(value) {
        return Ok(Kind::Otlp(Some(protocol)));
    }
    place(value).ok_or_else(|| {
        format!(
            "names no protocol and no exporter, `{value}`: use {PROTOCOLS}, `console`, `in_memory` or `none`"
        )
    })
}

fn signal_protocol(value: &str, signal: Signal) -> Result<Kind, String> {
    protocol(value).map(|protocol| Kind::Otlp(Some(protocol))).ok_or_else(|| {
        let variable = signal.exporter_variable();
        let advice =
            if place(value).is_some() { format!("; {variable} takes this word") } else { String::new() };
        format!("names no protocol, `{value}`: use {PROTOCOLS}{advice}")
    })
}

fn exporter_kind(value: &str, signal: Signal) -> Result<Kind, String> {
    if value.eq_ignore_ascii_case("otlp") {
        return Ok(Kind::Otlp(None));
    }
    place(value).ok_or_else(|| {
        let advice = match value {
            "prometheus" => "; Prometheus scrapes the `/metrics` page, which needs no variable",
            _ if value.contains(',') => "; there is one exporter for a signal",
            _ if protocol(value).is_some() => "; OTEL_EXPORTER_OTLP_PROTOCOL takes this word",
            _ => "",
        };
        format!(
            "names no exporter of {signal}, `{value}`: use `otlp`, `console`, `in_memory` or `none`{advice}"
        )
    })
}

/// The kinds that need no collector.
fn place(value: &str) -> Option<Kind> {
    match value.to_ascii_lowercase().as_str() {
        "console" => Some(Kind::Console),
        "in_memory" => Some(Kind::InMemory),
        "none" => Some(Kind::None),
        _ => None,
    }
}

fn compression(value: &str) -> Result<Compression, String> {
    match value.to_ascii_lowercase().as_str() {
        "gzip" => Ok(Compression::Gzip),
        "none" => Ok(Compression::None),
        _ => Err(format!("must be `gzip` or `none`, not `{value}`")),
    }
}
