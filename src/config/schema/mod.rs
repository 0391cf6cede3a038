//! The checked configuration: one file for each kind of table of feeds.toml.

pub(super) mod access;
pub(super) mod channel;
pub(super) mod cluster;
pub(super) mod expect;
pub(super) mod filter;
pub(super) mod rule;
pub(super) mod settings;
pub(super) mod source;
