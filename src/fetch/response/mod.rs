//! Responses: exchange on a connection, redirects, challenges, content encodings, freshness.

pub(super) mod challenge;
pub(super) mod decode;
pub(super) mod exchange;
pub(super) mod freshness;
pub(super) mod read;
pub(super) mod redirect;
