//! Connection to the servers of NATS, and what of JetStream a cluster uses.
//!
//! | name | kind | holds |
//! |---|---|---|
//! | `gazetted_NAME` | stream, subjects `gazetted.NAME.log.>` | the log |
//! | `gazetted_NAME_nodes` | key-value bucket, entries live [`LEASE_TTL`] | the lease of each node |
//! | `gazetted_NAME_snapshots` | object store | backups that nodes begin with |
//!
//! They are made by the first node that finds them missing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::jetstream::context::Context;
use async_nats::jetstream::object_store::ObjectStore;
use async_nats::jetstream::stream::{self, DiscardPolicy, StorageType, Stream};
use async_nats::jetstream::{kv, object_store};
use async_nats::{Auth, AuthError, Client, ConnectOptions, Event};
use tokio::sync::OnceCell;
use tracing::{info, warn};

use super::ClusterError;
use super::members::LEASE_TTL;
use crate::config::{Cluster, ClusterLogin};
use crate::model::{LogOp, SourceId};
use crate::sync;

/// Time that a request to JetStream may take; a new leader is elected within it, as a rule.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// Time between two signs of life of the connection; a server that gives none for two of them is left.
const PING_INTERVAL: Duration = Duration::from_secs(2);

/// Longest pause between two attempts to connect.
const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(1);

/// Time for which JetStream knows a message again by its id.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

/// Connection of a node.
#[derive(Clone, Debug)]
pub(super) struct Bus {
    pub(super) client: Client,
    pub(super) context: Context,
    config: Arc<Cluster>,
    /// Stream of the log, once it was found.
    found: Arc<OnceCell<Stream>>,
}

impl Bus {
    /// Makes a connection, which is set up in the background and again whenever it is lost.
    ///
    /// # Errors
    ///
    /// If the certificates cannot be read or an address cannot be one.
    pub(super) async fn connect(config: Arc<Cluster>) -> Result<Bus, ClusterError> {
        let login = config.login.clone();
        let options = ConnectOptions::with_auth_callback(move |_| {
            let login = login.clone();
            async move { credentials(login).await }
        });
        let told = Arc::new(Mutex::new(String::new()));
        let mut options = options
            .name(format!("gazetted {}", config.node))
            .no_echo()
            .retry_on_initial_connect()
            .max_reconnects(None)
            .ping_interval(PING_INTERVAL)
            .connection_timeout(Duration::from_secs(3))
            .request_timeout(Some(REQUEST_TIMEOUT))
            .reconnect_delay_callback(|attempts| {
                let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
                (Duration::from_millis(50).saturating_mul(attempts)).min(MAX_RECONNECT_DELAY)
            })
            .event_callback(move |event| {
                tell(&event, &told);
                std::future::ready(())
            });
        if let Some(ca) = &config.ca {
            options = options.add_root_certificates(ca.clone());
        }
        if let Some((chain, key)) = &config.identity {
            options = options.add_client_certificate(chain.clone(), key.clone());
        }
        let client = options.connect(config.servers.as_slice()).await;
        let client = client.map_err(ClusterError::bus("connect to NATS"))?;
        let mut context = async_nats::jetstream::new(client.clone());
        context.set_timeout(REQUEST_TIMEOUT);
        Ok(Bus {
            client,
            context,
            config,
            found: Arc::default(),
        })
    }

    /// Name of the stream, and beginning of those of the buckets.
    pub(super) fn name(&self) -> String {
        format!("gazetted_{}", self.config.name)
    }

    /// Subjects of the whole log.
    pub(super) fn subjects(&self) -> String {
        format!("gazetted.{}.log.>", self.config.name)
    }

    /// Subject of an operation: that of its source, for the outcome of a poll, so that JetStream can tell whether
    /// another node has written it meanwhile.
    pub(super) fn subject(&self, op: &LogOp, is_fenced: bool) -> String {
        let own = |source: &SourceId| source.as_str().replace('/', ".");
        let end = match op {
            LogOp::Commit(commit) if is_fenced => {
                format!("source.{}", own(&commit.source))
            }
            LogOp::Commit(commit) => format!("push.{}", own(&commit.source)),
            _ => "admin".to_owned(),
        };
        format!("gazetted.{}.log.{end}", self.config.name)
    }

    /// Returns the stream of the log, made if it is not there.
    ///
    /// # Errors
    ///
    /// If JetStream does not answer, or cannot make it: too few servers for its replicas.
    pub(super) async fn log(&self) -> Result<Stream, ClusterError> {
        let config = stream::Config {
            name: self.name(),
            subjects: vec![self.subjects()],
            storage: StorageType::File,
            num_replicas: self.config.replicas,
            duplicate_window: DUPLICATE_WINDOW,
            allow_direct: true,
            description: Some("log of a gazetted cluster".to_owned()),
            ..stream::Config::default()
        };
        let made = self.context.get_or_create_stream(config).await;
        made.map_err(ClusterError::bus("find or make the stream of the log"))
    }

    /// Returns the stream of the log as it was found once.
    ///
    /// # Errors
    ///
    /// As [`Bus::log`].
    pub(super) async fn log_at_hand(&self) -> Result<&Stream, ClusterError> {
        self.found.get_or_try_init(|| self.log()).await
    }

    /// Returns the bucket of leases, made if it is not there.
    ///
    /// # Errors
    ///
    /// As [`Bus::log`].
    pub(super) async fn nodes(&self) -> Result<kv::Store, ClusterError> {
        let bucket = format!("{}_nodes", self.name());
        if let Ok(store) = self.context.get_key_value(&bucket).await {
            return Ok(store);
        }
        // As the library makes a bucket, but for the window of duplicates: 2.9 refuses one that is longer
        // than entries live, and the library asks for the default of two minutes.
        let config = stream::Config {
            name: format!("KV_{bucket}"),
            subjects: vec![format!("$KV.{bucket}.>")],
            max_messages_per_subject: 1,
            max_age: LEASE_TTL,
            duplicate_window: LEASE_TTL,
            storage: StorageType::Memory,
            num_replicas: self.config.replicas,
            discard: DiscardPolicy::New,
            allow_rollup: true,
            deny_delete: true,
            allow_direct: true,
            description: Some("leases of the nodes of a gazetted cluster".to_owned()),
            ..stream::Config::default()
        };
        let made = self.context.create_stream(config).await;
        made.map_err(ClusterError::bus("find or make the bucket of leases"))?;
        let made = self.context.get_key_value(&bucket).await;
        made.map_err(ClusterError::bus("find the bucket of leases"))
    }

    /// Returns the object store of snapshots, made if it is not there.
    ///
    /// # Errors
    ///
    /// As [`Bus::log`].
    pub(super) async fn snapshots(&self) -> Result<ObjectStore, ClusterError> {
        let bucket = format!("{}_snapshots", self.name());
        if let Ok(store) = self.context.get_object_store(&bucket).await {
            return Ok(store);
        }
        let config = object_store::Config {
            bucket,
            num_replicas: self.config.replicas,
            description: Some("backups that nodes of a gazetted cluster begin with".to_owned()),
            ..object_store::Config::default()
        };
        let made = self.context.create_object_store(config).await;
        made.map_err(ClusterError::bus(
            "find or make the object store of snapshots",
        ))
    }
}

/// Reads the credentials, anew at each connection.
async fn credentials(login: Option<ClusterLogin>) -> Result<Auth, AuthError> {
    let read = tokio::task::spawn_blocking(move || {
        let mut auth = Auth::new();
        match login {
            Some(ClusterLogin::User { user, password }) => {
                auth.username = Some(user);
                auth.password = Some(password.reveal().map_err(AuthError::new)?);
            }
            Some(ClusterLogin::Token(token)) => {
                auth.token = Some(token.reveal().map_err(AuthError::new)?);
            }
            None => {}
        }
        Ok(auth)
    });
    read.await.map_err(AuthError::new)?
}

/// Says in the log what became of the connection; what is told again and again, as of a wrong password, once.
fn tell(event: &Event, told: &Mutex<String>) {
    let what = match event {
        Event::Connected => "connected to NATS".to_owned(),
        Event::Disconnected => "the connection to NATS is lost; it is tried again".to_owned(),
        Event::ServerError(error) => format!("NATS: {error}"),
        Event::ClientError(error) => {
            tracing::debug!("NATS: {error}");
            return;
        }
        Event::SlowConsumer(_) | Event::LameDuckMode | Event::Draining | Event::Closed => return,
    };
    let mut told = sync::lock(told);
    if *told == what {
        return;
    }
    match event {
        Event::Connected => info!("{what}"),
        _ => warn!("{what}"),
    }
    *told = what;
}
