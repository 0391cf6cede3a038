//! Identifiers that others registered or invented, checked and taken apart by their form.

pub mod fragment;
pub mod language;
pub mod link_header;
pub mod media_type;
pub mod secret;
