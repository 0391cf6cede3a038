//! Vocabularies: elements of RSS, Atom and their extensions as fields of a draft.

pub(super) mod about;
pub(super) mod address;
pub(super) mod construct;
pub(super) mod entry;
pub(super) mod extension;
pub(super) mod link;
pub(super) mod media;
pub(super) mod person;
pub(super) mod scope;
pub(super) mod value;
