//! Pure functions on text: decoding, dates, HTML, addresses, hashes, tokens.

pub mod charset;
pub mod date;
pub mod fingerprint;
pub mod html;
pub mod identifiers;
pub mod link;
pub mod network;
pub mod plain;
pub mod script;
pub mod site;
pub mod token;
