//! Pure functions on text: decoding, dates, HTML, addresses, hashes, tokens.

pub mod charset;
pub mod date;
pub mod fingerprint;
pub mod fragment;
pub mod html;
pub mod language;
pub mod link;
pub mod link_header;
pub mod media_type;
pub mod network;
pub mod plain;
pub mod script;
pub mod secret;
pub mod site;
pub mod token;
