//! Pure helpers on text.

pub mod charset;
pub mod date;
pub mod fingerprint;
pub mod html;
pub mod link;
pub mod link_header;
pub mod network;
pub mod plain;
pub mod script;
pub mod site;
pub mod token;
