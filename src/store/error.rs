//! What goes wrong with a disk, said so that somebody can act.

use std::io;
use std::path::PathBuf;

/// A store in trouble.
///
/// At start `main` ends with it. Later `poll` puts its commits off and `serve`
/// keeps what it last rendered.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is none.
    #[error("there is no store in {}: say where it is with --state", .0.display())]
    NotThere(PathBuf),
    /// Something is in the folder that a store is to be made in.
    #[error("{} is not empty: name a folder that is, or is not there yet", .0.display())]
    NotEmpty(PathBuf),
    /// A restore was cut off.
    #[error(
        "the store in {} was being restored and is not whole: empty the folder and restore again", .0.display()
    )]
    Unfinished(PathBuf),
    /// A backup, or an export, cannot be used.
    #[error("this backup cannot be used: {why}")]
    BadBackup {
        /// What is wrong with it.
        why: String,
    },
    /// Another process has it open.
    #[error(
        "the store in {} is in use by another gazetted: stop that one, or give this one a folder of its own with --state", .0.display()
    )]
    AlreadyOpen(PathBuf),
    /// A newer release wrote it.
    #[error(
        "the store in {} has layout {found}, this release knows layouts up to {known}: run the release that wrote it; nothing was touched", .dir.display()
    )]
    NewerLayout {
        /// Where it is.
        dir: PathBuf,
        /// What it says of itself.
        found: String,
        /// What we know.
        known: u32,
    },
    /// There is no room.
    #[error("the disk of the store is full: make room; nothing is fetched until then")]
    Full,
    /// It is read through a copy, because it cannot be written, or is not to be.
    #[error(
        "the disk of the store is read-only: nothing is fetched; once it can be written, start gazetted again"
    )]
    ReadOnly,
    /// It was to be opened again after an error, and could not be.
    #[error("the store is closed after an error of its disk; the next commit tries again")]
    Closed,
    /// It was written by us and cannot be read back.
    #[error("{what} of the store is damaged: {why}")]
    Damaged {
        /// The ledger, or a volume.
        what: String,
        /// How that showed.
        why: String,
    },
    /// The promise of `durable = true` cannot be kept here.
    #[error(
        "cannot make flushes survive a power loss: {why}; where that is acceptable, set `durable = false` under [store]"
    )]
    NotDurable {
        /// What the kernel said.
        why: String,
    },
    /// The operating system said no.
    #[error("cannot {doing}: {said}; the store has to be a folder that this user can write")]
    Io {
        /// What we were about to do.
        doing: String,
        /// What it said.
        said: io::Error,
    },
}

impl StoreError {
    /// The system's refusal to do something: `open /var/lib/gazetted/lock`.
    pub(super) fn io(doing: impl Into<String>, source: io::Error) -> StoreError {
        match source.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => StoreError::Full,
            _ => StoreError::Io {
                doing: doing.into(),
                said: source,
            },
        }
    }

    /// What sled said of one of its databases.
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

/// Whether an error of reading is about what was read, not about reading.
///
/// A file that is too short gives an end of file; sled reports a bad header as
/// invalid data.
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
