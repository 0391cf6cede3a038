//! The store as a file: a backup of its bytes, an export of its records, and both read back.

pub(in crate::store) mod backup;
pub(in crate::store) mod export;
pub(in crate::store) mod import;
pub(in crate::store) mod restore;
