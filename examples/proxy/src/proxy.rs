//! Putting it together, running it, and stopping it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::uri::{Authority, Scheme};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tower_genai_core::Upstream;
use tower_genai_telemetry::Environment;
use tower_genai_trace::{Audience, Outgoing};
use tower_layer::Layer;

use crate::admin::{Admin, Readiness};
use crate::admin_site::AdminSite;
use crate::background::Background;
use crate::config::{AwsSigning, Backend, Config, ConfigError, Remote, UpstreamConfig};
use crate::demo::DemoService;
use crate::entrance::Entrance;
use crate::env::look_up;
use crate::error::StartError;
use crate::front::{Front, Site};
use crate::gate::Gate;
use crate::identity::{Clients, TrustedPeers};
use crate::route::{Destination, Routes};
use crate::server::{Phase, Phases, is_loopback, serve};
use crate::session::Sessions;
use crate::spend::SpendPage;
use crate::stack::Layers;
use crate::upstream::{CredentialSource, Detours, RemoteService, Roots, Signer};

/// How long the call log and the spans may take to be written out, each.
const PATIENCE: Duration = Duration::from_secs(5);

/// The same, when the operator will not wait.
const HURRY: Duration = Duration::from_millis(500);

/// How long a scrape that is under way at the end may take.
const ADMIN_GRACE: Duration = Duration::from_secs(1);

/// What an operator asks of a running proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// `SIGTERM`: stop in good order. A second one stops at once.
    Terminate,
    /// `SIGINT`: stop in good order, without the delay that load balancers need. A second one stops at once.
    Interrupt,
    /// `SIGHUP`: read the clients and the price file again, and open the call log again.
    Reload,
}

/// Reads the configuration again.
pub type Reread = Box<dyn Fn() -> Result<Config, ConfigError> + Send + Sync>;

/// A proxy whose listeners are bound.
#[derive(Debug)]
pub struct Proxy {
    listener: TcpListener,
    admin: Option<(TcpListener, AdminSite)>,
    address: SocketAddr,
    admin_address: SocketAddr,
    site: Arc<Site>,
    clients: Arc<Clients>,
    readiness: Readiness,
    background: Background,
    sessions: Sessions,
    drain_delay: Duration,
    drain_timeout: Duration,
}

impl Proxy {
    /// Makes everything the configuration asks for and binds the listeners, without serving yet.
    ///
    /// From the environment come the forward proxies (`HTTPS_PROXY`, ...) and where telemetry goes (`OTEL_*`).
    ///
    /// # Errors
    ///
    /// When the environment has a fault, the call log cannot be opened, a certificate authority cannot be used, or an
    /// address cannot be bound.
    pub async fn bind(config: Config, env: &dyn Environment) -> Result<Self, StartError> {
        let detours = Detours::from_env(env)?;
        let clients = Arc::new(Clients::new(&config.clients));
        let background = Background::start(&config, &clients.callers(), env)?;
        let readiness = Readiness::default();

        let (listener, address) = listen(config.listen).await?;
        let own_listener = match config.admin.listen {
            Some(own) => Some(listen(own).await?),
            None => None,
        };
        let admin_address = own_listener.as_ref().map_or(address, |(_, address)| *address);
        let scrape = background.scrape(&config.metrics)?;
        let spend = SpendPage::new(background.layers.ledger(), instance(env, admin_address));
        let pages = Admin::new(&config.admin, is_loopback(admin_address), readiness.clone(), scrape, spend);
        let (admin, beside_traffic) = match own_listener {
            Some((listener, _)) => (Some((listener, AdminSite::new(pages))), None),
            None => (None, Some(pages)),
        };

        let (roots, sessions) = (Roots::default(), Sessions::default());
        let mut routes = Routes::default();
        for upstream in &config.upstreams {
            let destination =
                Arc::new(destination(upstream, &background.layers, &roots, &detours, &sessions, env)?);
            for route in &upstream.routes {
                routes.add(route.clone(), Arc::clone(&destination));
            }
        }
        let site = Arc::new(Site {
            admin: beside_traffic,
            routes,
            clients: Arc::clone(&clients),
            trusted_peers: TrustedPeers::new(config.trusted_peers),
            require_client: config.require_client == Some(true),
            keys_for_anonymous: is_loopback(address) || config.require_client == Some(false),
        });
        Ok(Self {
            listener,
            admin,
            address,
            admin_address,
            site,
            clients,
            readiness,
            background,
            sessions,
            drain_delay: config.drain_delay,
            drain_timeout: config.drain_timeout,
        })
    }

    /// Where requests are taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where `/metrics`, `/spend` and `/health` are.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// Serves until a command ends it; when `commands` is closed, it serves on. At the end every call has been
    /// recorded, and the call log and the spans are written out.
    ///
    /// `reread` is asked for the clients on [`Command::Reload`].
    pub async fn run(self, mut commands: mpsc::Receiver<Command>, reread: Option<Reread>) {
        let Self {
            listener,
            admin,
            address,
            admin_address: _,
            site,
            clients,
            readiness,
            mut background,
            sessions,
            drain_delay,
            drain_timeout,
        } = self;
        let front = background.layers.around_front().layer(Front::new(Arc::clone(&site)));
        let service = Entrance::new(site, front);
        let (traffic_phases, admin_phases) = (Phases::new(), Phases::new());
        let mut traffic =
            tokio::spawn(serve(listener, service, traffic_phases.clone(), sessions, drain_timeout));
        let admin = admin.map(|(listener, site)| {
            tokio::spawn(serve(listener, site, admin_phases.clone(), Sessions::default(), ADMIN_GRACE))
        });
        tracing::info!(%address, "listening");

        let delay = loop {
            match next(&mut commands).await {
                Command::Reload => reload(&clients, &background, reread.as_ref()),
                Command::Terminate => break drain_delay,
                Command::Interrupt => break Duration::ZERO,
            }
        };
        readiness.withdraw();
        tracing::info!(delay_seconds = delay.as_secs_f64(), "draining");
        let drains = background.take_drains();
        let mut cut = None;
        let in_order = async {
            tokio::time::sleep(delay).await;
            let deadline = Instant::now() + drain_timeout;
            traffic_phases.enter(Phase::Closing);
            cut = Some((&mut traffic).await.unwrap_or_default());
            // Their clients have left, and so are no traffic any more.
            if let Some(drains) = drains {
                let stopped = drains.shutdown(deadline.saturating_duration_since(Instant::now())).await;
                if stopped > 0 {
                    tracing::warn!(replies = stopped, "replies without a client were not read to their end");
                }
            }
        };
        let patience = tokio::select! {
            () = in_order => PATIENCE,
            () = impatience(&mut commands) => {
                tracing::warn!("stopping at once");
                traffic_phases.enter(Phase::Aborting);
                HURRY
            }
        };
        let cut = match cut {
            Some(cut) => cut,
            None => traffic.await.unwrap_or_default(),
        };
        if cut > 0 {
            tracing::warn!(connections = cut, "connections were cut");
        }
        background.finish(patience).await;
        admin_phases.enter(Phase::Closing);
        if let Some(admin) = admin {
            let _ = admin.await;
        }
        tracing::info!("stopped");
    }
}

async fn next(commands: &mut mpsc::Receiver<Command>) -> Command {
    match commands.recv().await {
        Some(command) => command,
        None => std::future::pending().await,
    }
}

/// Waits for a second command to stop.
async fn impatience(commands: &mut mpsc::Receiver<Command>) {
    while next(commands).await == Command::Reload {}
}

fn reload(clients: &Clients, background: &Background, reread: Option<&Reread>) {
    background.reopen_log();
    background.reread_prices();
    match reread.map(|reread| reread()) {
        Some(Ok(config)) => {
            clients.replace(&config.clients);
            tracing::info!(clients = config.clients.len(), "clients read again");
        }
        Some(Err(error)) => {
            tracing::error!(%error, "the configuration has faults; the clients stay as they were");
        }
        None => {}
    }
}

/// What tells this process from others: the name of its host, and where its pages are, as scrapers have it.
fn instance(env: &dyn Environment, address: SocketAddr) -> String {
    let named = look_up(env, "HOSTNAME").ok().flatten();
    let kernel = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = named.or_else(kernel).unwrap_or_else(|| address.ip().to_string());
    format!("{}:{}", host.trim(), address.port())
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let bind = async {
        let listener = TcpListener::bind(address).await?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    bind.await.map_err(|error: std::io::Error| StartError::new(format!("cannot listen on {address}"), error))
}

fn destination(
    config: &UpstreamConfig,
    layers: &Layers,
    roots: &Roots,
    detours: &Detours,
    sessions: &Sessions,
    env: &dyn Environment,
) -> Result<Destination, StartError> {
    let mut upstream = Upstream::new().with_name(Arc::clone(&config.name));
    if let Some(provider) = &config.provider {
        upstream = upstream.with_provider(Arc::clone(provider));
    }
    let name = Arc::clone(&config.name);
    let outgoing = if config.forward_baggage {
        Outgoing::always(Audience::Own)
    } else {
        Outgoing::new().providers_only()
    };
    Ok(match &config.backend {
        Backend::Remote(remote) => {
            let Remote { scheme, authority, base_path, .. } = &**remote;
            let upstream = upstream.with_api_base(&format!("{scheme}://{authority}{base_path}"));
            let signer = remote.signing.as_ref().map(|signing| signer(signing, env)).transpose()?;
            let signs = signer.is_some();
            let sessions = sessions.clone();
            let service = RemoteService::new(Arc::clone(&name), remote, roots, detours, signer, sessions)
                .map_err(|error| {
                    let what = format!("upstream `{name}`: a certificate of ca_file cannot be used");
                    StartError::new(what, error)
                })?;
            Destination {
                upstream,
                scheme: remote.scheme.clone(),
                authority: remote.authority.clone(),
                base_path: remote.base_path.clone(),
                key: remote.api_key.clone().map(|key| (remote.credential, key)),
                signs,
                upload_pause: config.stream_usage.then_some(remote.timeouts.response_head),
                service: layers.around_upstream(Gate::new(service), config.stream_usage, outgoing),
                name,
            }
        }
        Backend::Demo => Destination {
            upstream,
            scheme: Scheme::HTTP,
            authority: Authority::from_static("demo.localhost"),
            base_path: String::new(),
            key: None,
            signs: false,
            upload_pause: None,
            service: layers.around_upstream(Gate::new(DemoService::new()), config.stream_usage, outgoing),
            name,
        },
    })
}

fn signer(signing: &AwsSigning, env: &dyn Environment) -> Result<Signer, ConfigError> {
    let AwsSigning { region, service, profile } = signing;
    let credentials = CredentialSource::new(Arc::clone(region), profile.as_ref(), env)?;
    Ok(Signer::new(credentials, Arc::clone(region), Arc::clone(service)))
}
