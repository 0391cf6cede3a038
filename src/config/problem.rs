//! What is wrong with a `feeds.toml`, and where.

/// Everything that is wrong with a file; printed with its carets by miette.
#[derive(Debug, thiserror::Error)]
#[error("stub")]
pub struct ConfigError;

/// Something that works, but not as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// `feeds.toml:12:5`
    pub place: String,
    /// What we do instead.
    pub message: String,
}
