//! Errors of the store, said so that somebody can act.

use std::io;
use std::path::PathBuf;

/// Failure of the store, said so that somebody can act.
///
/// At start `main` ends with it. Later `poll` puts its commits off and `serve` keeps what it last
/// rendered.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No store in the folder.
    #[error("there is no store in {}: say where it is with --state", .0.display())]
    NotThere(PathBuf),
    /// Folder that a store is to be made in and that holds something.
    #[error("{} is not empty: name a folder that is, or is not there yet", .0.display())]
    NotEmpty(PathBuf),
    /// Store whose restore was cut off.
    #[error(
        "the store in {} was being restored and is not whole: empty the folder and restore again", .0.display()
    )]
    Unfinished(PathBuf),
    /// Backup, or export, that cannot be used.
    #[error("this backup cannot be used: {why}")]
    BadBackup {
        /// Reason, for people.
        why: String,
    },
    /// Store that another process has open.
    #[error(
        "the store in {} is in use by another gazetted: stop that one, or give this one a folder of its own with --state", .0.display()
    )]
    AlreadyOpen(PathBuf),
    /// Store of a newer release.
    #[error(
        "the store in {} has layout {found}, this release knows layouts up to {known}: run the release that wrote it; nothing was touched", .dir.display()
    )]
    NewerLayout {
        /// Folder of the store.
        dir: PathBuf,
        /// Layout as the store names it.
        found: String,
        /// Latest layout that this release knows.
        known: u32,
    },
    /// Full disk, or quota.
    #[error("the disk of the store is full: make room; nothing is fetched until then")]
    Full,
    /// Store that is read through a copy, because it cannot be written, or is not to be.
    #[error(
        "the disk of the store is read-only: nothing is fetched; once it can be written, start gazetted again"
    )]
    ReadOnly,
    /// Folder that was removed, or replaced by another, while the store was open.
    #[error(
        "the folder {} was removed or replaced while gazetted was running: put it back, or start gazetted again; nothing is fetched until then", .0.display()
    )]
    Displaced(PathBuf),
    /// Work that was given up because the program stops.
    #[error("gazetted is being stopped")]
    Stopping,
    /// Store that was to be opened again after an error, and could not be.
    #[error("the store is closed after an error of its disk; the next commit tries again")]
    Closed,
    /// Part of the store that was written by us and cannot be read back.
    #[error("{what} of the store is damaged: {why}")]
    Damaged {
        /// Name of the part: `the ledger`, `volume 2026-11-01`.
        what: String,
        /// Reason, for people.
        why: String,
    },
    /// System that cannot keep the promise of `durable = true`.
    #[error(
        "cannot make flushes survive a power loss: {why}; where that is acceptable, set `durable = false` under [store]"
    )]
    NotDurable {
        /// Reason, as the kernel said it.
        why: String,
    },
    /// Refusal of the operating system.
    #[error("cannot {doing}: {said}; the store has to be a folder that this user can write")]
    Io {
        /// Attempted act: `open /var/lib/gazetted/lock`.
        doing: String,
        /// Error of the system.
        said: io::Error,
    },
}

impl StoreError {
    /// Wraps a refusal of the system; `doing` completes "cannot …". A full disk is
    /// [`StoreError::Full`].
    pub(super) fn io(doing: impl Into<String>, source: io::Error) -> StoreError {
        match is_full(&source) {
            true => StoreError::Full,
            false => StoreError::Io {
                doing: doing.into(),
                said: source,
            },
        }
    }

    /// Sorts an error of sled's database `what`: refusals of the system, damage, and a full disk.
    pub(super) fn sled(what: &str, error: sled::Error) -> StoreError {
        match error {
            sled::Error::Io(source) if !is_about_bytes(&source) => {
                StoreError::io(format!("use {what} of the store"), source)
            }
            other => StoreError::Damaged {
                what: what.to_owned(),
                why: other.to_string(),
            },
        }
    }
}

/// Returns whether the disk, a quota or the limit of a file leaves no room.
pub(super) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// Returns whether an error of reading is about what was read, not about reading.
///
/// A file that is too short gives an end of file; sled reports a bad header as invalid data.
pub(super) fn is_about_bytes(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory
    )
}
