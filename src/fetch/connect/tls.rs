//! Connection pools, one for each set of TLS files.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Certificate, Identity, redirect};

use super::resolver::Resolver;
use crate::config::TlsFiles;
use crate::fetch::{FetchError, SetupError};
use crate::model::WebUrl;
use crate::sync;

/// Time limit of connecting, however long the whole request may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Limit of all headers of an HTTP/2 answer together, in bytes.
const MAX_HEADERS: u32 = 64 << 10;

/// One connection pool for each set of TLS files, and one for all others.
///
/// Connections are never shared between them: a certificate that was shown once
/// speaks for every later request on its connection.
#[derive(Clone, Debug)]
pub(in crate::fetch) struct Pools {
    usual: reqwest::Client,
    special: Arc<Mutex<HashMap<TlsFiles, reqwest::Client>>>,
    resolver: Resolver,
    proxy: Option<WebUrl>,
}

impl Pools {
    pub(in crate::fetch) fn new(
        resolver: Resolver,
        proxy: Option<WebUrl>,
    ) -> Result<Pools, SetupError> {
        // Already installed is as good as installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Pools {
            usual: builder(&resolver, proxy.as_ref())?.build()?,
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
    pub(in crate::fetch) fn get(
        &self,
        files: Option<&TlsFiles>,
    ) -> Result<reqwest::Client, FetchError> {
        let Some(files) = files else {
            return Ok(self.usual.clone());
        };
        let mut special = sync::lock(&self.special);
        if let Some(client) = special.get(files) {
            return Ok(client.clone());
        }
        let client = self.build(files)?;
        special.insert(files.clone(), client.clone());
        Ok(client)
    }

    fn build(&self, files: &TlsFiles) -> Result<reqwest::Client, FetchError> {
        let failed = |path: &Path, why: String| FetchError::Certificate {
            path: path.to_owned(),
            why,
        };
        let read = |path: &Path| TlsFiles::read(path).map_err(|why| failed(path, why.to_string()));
        let setup = |why: reqwest::Error| failed(files.any(), why.to_string());
        let mut builder = builder(&self.resolver, self.proxy.as_ref())
            .map_err(|why| failed(files.any(), why.to_string()))?;
        if let Some(path) = &files.ca {
            let found = Certificate::from_pem_bundle(&read(path)?).map_err(setup)?;
            if found.is_empty() {
                return Err(failed(path, "it holds no certificate".to_owned()));
            }
            builder = builder.tls_certs_only(found);
        }
        if let Some(path) = &files.cert {
            let mut pem = read(path)?;
            if let Some(key) = &files.key {
                pem.push(b'\n');
                pem.extend(read(key)?);
            }
            let identity = Identity::from_pem(&pem)
                .map_err(|_| failed(path, "it holds no certificate with a key".to_owned()))?;
            builder = builder.identity(identity);
        }
        builder.build().map_err(setup)
    }
}

fn builder(
    resolver: &Resolver,
    proxy: Option<&WebUrl>,
) -> Result<reqwest::ClientBuilder, SetupError> {
    let builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .referer(false)
        .dns_resolver(resolver.clone())
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_max_header_list_size(MAX_HEADERS)
        .pool_max_idle_per_host(2)
        .pool_idle_timeout(Duration::from_secs(30));
    // Whatever the environment says.
    let builder = builder.no_proxy();
    Ok(match proxy {
        Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy.as_str())?),
        None => builder,
    })
}
