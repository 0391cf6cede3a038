//! Connecting: names, addresses that may be asked, TLS, what a connection may bring, credentials.

pub(super) mod addresses;
pub(super) mod connector;
pub(super) mod credentials;
pub(super) mod meter;
pub(super) mod pools;
pub(super) mod resolver;
pub(super) mod tls;
