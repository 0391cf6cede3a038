//! Guarded name lookup: only addresses that may be asked are handed on. The connector sees no
//! other, so the address that was judged is the address that is connected.
//!
//! Not by `getaddrinfo`, which holds a thread for as long as a name server is
//! silent. The system's configuration is looked at again now and then: a daemon
//! may start before its network does.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::{TokioResolver, system_conf};
use hyper_util::client::legacy::connect::dns;
use tower::Service;

use super::addresses::PeerAddresses;
use crate::fetch::{Guard, Refused};
use crate::sync;

/// Time limit of one question to one name server.
const QUERY_TIMEOUT: Duration = Duration::from_secs(3);

/// Questions before a name counts as not to be found.
const QUERY_ATTEMPTS: usize = 2;

/// Most cached answers.
const MAX_CACHED_ANSWERS: u64 = 4096;
/// Longest time an answer is cached, however long its own time to live.
const MAX_TTL: Duration = Duration::from_secs(3600);

/// Shortest time between two looks at the system's configuration.
const MIN_CONFIG_CHECK_INTERVAL: Duration = Duration::from_secs(30);

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Resolver that hands on only addresses that the guard lets pass; cheap to clone.
#[derive(Clone)]
pub(in crate::fetch) struct Resolver {
    names: Arc<Names>,
    guard: Arc<Guard>,
    known: PeerAddresses,
    /// Name of the proxy, which is not judged: the admin chose it, nobody else can.
    trusted: Option<Arc<str>>,
}

/// Name servers to ask.
enum Names {
    /// Name servers of `http.nameservers`.
    Fixed(TokioResolver),
    /// Name servers of `/etc/resolv.conf`, with the time of the last look.
    System(Mutex<Option<System>>),
}

struct System {
    config: ResolverConfig,
    looked: Instant,
    resolver: TokioResolver,
}

/// Name without an address, and why.
#[derive(Debug, thiserror::Error)]
pub(in crate::fetch) enum NoAddress {
    #[error("there is no such name ({0})")]
    Unknown(String),
    #[error("no name server answers for {0}")]
    Silent(String),
    #[error("the name cannot be looked up: {0}")]
    Failed(#[from] NetError),
}

impl Resolver {
    pub(in crate::fetch) fn new(
        nameservers: &[SocketAddr],
        guard: Arc<Guard>,
        trusted: Option<&str>,
    ) -> Result<Resolver, NetError> {
        let names = match nameservers {
            [] => Names::System(Mutex::new(None)),
            some => {
                let servers = some.iter().map(|server| name_server(*server)).collect();
                let config = ResolverConfig::from_parts(None, Vec::new(), servers);
                Names::Fixed(build(config, ResolverOpts::default())?)
            }
        };
        Ok(Resolver {
            names: Arc::new(names),
            guard,
            known: PeerAddresses::default(),
            trusted: trusted.map(Arc::from),
        })
    }

    /// Looks `name` up; port 0 with each address.
    ///
    /// # Errors
    ///
    /// [`Refused`] if there are addresses but none that may be asked, [`NoAddress`] if there are
    /// none.
    pub(in crate::fetch) async fn addresses(
        &self,
        name: &str,
    ) -> Result<Vec<SocketAddr>, BoxError> {
        let found = self.lookup(name).await?;
        let found = found.into_iter().map(|ip| SocketAddr::new(ip, 0));
        if self.trusted.as_deref() == Some(name) {
            return Ok(found.collect());
        }
        let passed = self.guard.filter(name, found)?;
        self.known.found(name, &passed);
        Ok(passed)
    }

    /// Returns the address that `name` was last found at; see [`PeerAddresses`].
    pub(in crate::fetch) fn known(&self, name: &str) -> Option<IpAddr> {
        self.known.of(name)
    }

    async fn lookup(&self, name: &str) -> Result<Vec<IpAddr>, NoAddress> {
        let resolver = self.names.resolver()?;
        // The root at its end: no search domain of this machine is tried, which
        // would let `printer` or a typing mistake reach something inside.
        let mut full = Name::from_str_relaxed(name).map_err(NetError::from)?;
        full.set_fqdn(true);
        match resolver.lookup_ip(full).await {
            Ok(found) => Ok(found.iter().collect()),
            Err(why) if why.is_no_records_found() => Err(NoAddress::Unknown(name.to_owned())),
            Err(NetError::Timeout) => Err(NoAddress::Silent(name.to_owned())),
            Err(why) => Err(why.into()),
        }
    }
}

impl Names {
    fn resolver(&self) -> Result<TokioResolver, NetError> {
        let system = match self {
            Names::Fixed(resolver) => return Ok(resolver.clone()),
            Names::System(system) => system,
        };
        let mut system = sync::lock(system);
        if let Some(known) = system.as_mut() {
            if known.looked.elapsed() < MIN_CONFIG_CHECK_INTERVAL {
                return Ok(known.resolver.clone());
            }
            known.looked = Instant::now();
        }
        let (config, options) = match system_conf::read_system_conf() {
            Ok(read) => read,
            Err(why) => {
                let held = system.as_ref().map(|known| known.resolver.clone());
                return held.ok_or(why);
            }
        };
        let known = match system
            .take()
            .filter(|known| is_same(&known.config, &config))
        {
            Some(known) => known,
            None => System {
                resolver: build(config.clone(), options)?,
                config,
                looked: Instant::now(),
            },
        };
        Ok(system.insert(known).resolver.clone())
    }
}

fn is_same(one: &ResolverConfig, other: &ResolverConfig) -> bool {
    let servers = |config: &ResolverConfig| {
        let servers = config.name_servers().iter();
        servers.map(|server| server.ip).collect::<Vec<_>>()
    };
    servers(one) == servers(other)
}

fn build(config: ResolverConfig, options: ResolverOpts) -> Result<TokioResolver, NetError> {
    let provider = TokioRuntimeProvider::default();
    let mut builder = TokioResolver::builder_with_config(config, provider);
    let ours = builder.options_mut();
    *ours = options;
    ours.timeout = QUERY_TIMEOUT;
    ours.attempts = QUERY_ATTEMPTS;
    ours.cache_size = MAX_CACHED_ANSWERS;
    ours.positive_max_ttl = Some(MAX_TTL);
    ours.negative_max_ttl = Some(Duration::from_secs(60));
    ours.ip_strategy = hickory_resolver::config::LookupIpStrategy::Ipv4AndIpv6;
    builder.build()
}

fn name_server(address: SocketAddr) -> NameServerConfig {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = address.port();
    }
    NameServerConfig::new(address.ip(), true, connections)
}

impl Service<dns::Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: dns::Name) -> Self::Future {
        let resolver = self.clone();
        Box::pin(async move { Ok(resolver.addresses(name.as_str()).await?.into_iter()) })
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

/// Returns the refusal of the guard that an error of [`Resolver::addresses`] is, if it is one.
pub(in crate::fetch) fn refused<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a Refused> {
    error.downcast_ref()
}
