//! Connection pools, one for each set of TLS files.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;

use super::connector::{Connector, WINDOW};
use super::resolver::Resolver;
use super::tls;
use crate::config::TlsFiles;
use crate::fetch::{FetchError, SetupError};
use crate::model::WebUrl;
use crate::sync;

/// Limit of all headers of an answer together, in bytes. Much less than a connection may bring
/// unasked: up to two buffers of this size are read ahead of who reads a body.
const MAX_HEADERS: u32 = 64 << 10;

/// Idle connections kept to one host.
const MAX_IDLE_PER_HOST: usize = 2;

/// Time for which an idle connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Pool of connections, and the requests on them; clones share it.
pub(in crate::fetch) type Pool = Client<Connector, Full<Bytes>>;

/// One connection pool for each set of TLS files, and one for all others.
///
/// Connections are never shared between them: a certificate that was shown once
/// speaks for every later request on its connection.
#[derive(Clone, Debug)]
pub(in crate::fetch) struct Pools {
    usual: Pool,
    special: Arc<Mutex<HashMap<TlsFiles, Pool>>>,
    resolver: Resolver,
    proxy: Option<Uri>,
}

impl Pools {
    /// Makes the usual pool; connections are made when somebody asks.
    ///
    /// # Errors
    ///
    /// [`SetupError`] if the system has no certificates that could vouch for a server, or the
    /// address of the proxy is none.
    pub(in crate::fetch) fn new(
        resolver: Resolver,
        proxy: Option<&WebUrl>,
    ) -> Result<Pools, SetupError> {
        let proxy = proxy.map(|url| url.as_str().parse()).transpose()?;
        Ok(Pools {
            usual: pool(&resolver, tls::usual()?, proxy.as_ref()),
            special: Arc::default(),
            resolver,
            proxy,
        })
    }

    /// Returns the pool for requests with `files`; made at the first request and kept.
    ///
    /// # Errors
    ///
    /// [`FetchError::Certificate`] if a file cannot be read or is not what it should be.
    pub(in crate::fetch) fn get(&self, files: Option<&TlsFiles>) -> Result<Pool, FetchError> {
        let Some(files) = files else {
            return Ok(self.usual.clone());
        };
        let mut special = sync::lock(&self.special);
        if let Some(pool) = special.get(files) {
            return Ok(pool.clone());
        }
        let pool = pool(&self.resolver, tls::with(files)?, self.proxy.as_ref());
        special.insert(files.clone(), pool.clone());
        Ok(pool)
    }
}

fn pool(resolver: &Resolver, tls: ClientConfig, proxy: Option<&Uri>) -> Pool {
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(MAX_IDLE_PER_HOST)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .http1_max_buf_size(MAX_HEADERS as usize)
        .http2_max_header_list_size(MAX_HEADERS)
        .http2_initial_stream_window_size(WINDOW)
        .http2_initial_connection_window_size(WINDOW)
        .build(Connector::new(resolver.clone(), tls, proxy.cloned()))
}
