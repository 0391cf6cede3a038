//! Connector: straight to an address that may be asked, or by way of `http.proxy`.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tower::{Service, ServiceExt};

use super::meter::{Carrier, Metered};
use super::resolver::Resolver;

/// Time limit of connecting, TLS included, however long the whole request may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Silence, and time between two probes, after which a peer is asked whether it is still there.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// Probes without an answer after which a connection is given up.
const KEEPALIVE_PROBES: u32 = 3;

/// Time after which data that nobody has acknowledged ends a connection.
const UNACKNOWLEDGED_TIMEOUT: Duration = Duration::from_secs(30);

/// Protocols offered in the handshake (RFC 7301), the preferred one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Window of an HTTP/2 connection and of each of its streams, in bytes.
pub(super) const WINDOW: u32 = 1 << 20;

/// Bytes that a connection may bring and that reach nobody: 256 KiB, and for HTTP/2 the bodies that
/// may be under way.
const MAX_UNCLAIMED: usize = 256 << 10;

type BoxError = Box<dyn Error + Send + Sync>;
type Direct = HttpsConnector<HttpConnector<Resolver>>;

/// Maker of connections for one pool; the addresses it connects to have passed the guard.
#[derive(Clone, Debug)]
pub(in crate::fetch) struct Connector {
    direct: Direct,
    proxy: Option<Proxy>,
}

/// Proxy: asked for whole `http` addresses, and for tunnels to all others.
#[derive(Clone, Debug)]
struct Proxy {
    address: Uri,
    open: Direct,
    tunnel: HttpsConnector<Tunnel<Direct>>,
}

/// Connection that took too long.
#[derive(Debug, thiserror::Error)]
#[error("no connection within {} s", .0.as_secs())]
struct ConnectTimeout(Duration);

impl Connector {
    /// Makes a connector that finds addresses by `resolver`, speaks TLS as in `tls`, and goes by
    /// `proxy` if there is one.
    pub(super) fn new(resolver: Resolver, tls: ClientConfig, proxy: Option<Uri>) -> Connector {
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        tcp.set_keepalive(Some(KEEPALIVE_INTERVAL));
        tcp.set_keepalive_interval(Some(KEEPALIVE_INTERVAL));
        tcp.set_keepalive_retries(Some(KEEPALIVE_PROBES));
        tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED_TIMEOUT));
        let to_proxy = tls.clone();
        let mut tls = tls;
        tls.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        let tls = Arc::new(tls);
        let proxy = proxy.map(|address| {
            let open = Direct::from((tcp.clone(), to_proxy));
            let tunnel = Tunnel::new(address.clone(), open.clone());
            Proxy {
                address,
                open,
                tunnel: HttpsConnector::from((tunnel, Arc::clone(&tls))),
            }
        });
        Connector {
            direct: Direct::from((tcp, tls)),
            proxy,
        }
    }

    async fn open(self, target: Uri) -> Result<TokioIo<Metered>, BoxError> {
        let Some(proxy) = self.proxy else {
            return Ok(metered(self.direct.oneshot(target).await?, false));
        };
        if target.scheme() == Some(&Scheme::HTTPS) {
            return Ok(metered(proxy.tunnel.oneshot(target).await?, false));
        }
        Ok(metered(proxy.open.oneshot(proxy.address).await?, true))
    }
}

fn metered(stream: impl Carrier + 'static, is_proxied: bool) -> TokioIo<Metered> {
    let most = match stream.connected().is_negotiated_h2() {
        true => MAX_UNCLAIMED + WINDOW as usize,
        false => MAX_UNCLAIMED,
    };
    TokioIo::new(Metered::new(Box::new(stream), most, is_proxied))
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Metered>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Metered>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let opening = self.clone().open(target);
        Box::pin(async move {
            tokio::time::timeout(CONNECT_TIMEOUT, opening)
                .await
                .unwrap_or_else(|_| Err(ConnectTimeout(CONNECT_TIMEOUT).into()))
        })
    }
}
