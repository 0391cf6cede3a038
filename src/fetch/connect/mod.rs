//! Connecting: names, addresses that may be asked, TLS, credentials.

pub(super) mod addresses;
pub(super) mod credentials;
pub(super) mod resolver;
pub(super) mod tls;
