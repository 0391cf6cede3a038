//! The file as typed: tables read key by key, values with their byte ranges.
//!
//! serde stops at the first thing that is wrong; this reads on, so that one
//! run of `gazetted check` shows everything.

mod escape;
mod merge;
mod name;
mod scalar;
mod table;
mod value;

pub(super) use merge::parse;
pub(super) use name::{
    address, encoding, host_pattern, language, name_server, network, timezone, web_url,
};
pub(super) use scalar::{duration, flag, path, share, size, text, whole, word};
pub(super) use table::Table;
pub(super) use value::TomlValue;
