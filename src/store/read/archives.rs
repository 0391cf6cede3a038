//! Folder of rendered archives beside the store: what is in it may be lost, and goes with the stories.
//!
//! The store knows nothing of its files but that they tell of stories: whatever takes stories away for
//! good or from readers empties it, so that no copy of them stays there.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tracing::warn;

use crate::store::Store;
use crate::store::disk::file_cache::FileCache;

/// Name of the folder, in that of the store.
const FOLDER: &str = "archives";

/// Most bytes of all archives on the disk.
const ARCHIVE_BYTES: u64 = 256 << 20;

/// Folder of archives, opened when somebody first needs it.
pub(in crate::store) struct ArchiveFolder {
    dir: PathBuf,
    /// Files; `None` where the disk takes none.
    files: OnceLock<Option<FileCache>>,
}

impl ArchiveFolder {
    /// Describes the folder of the store in `dir`, without a look at it.
    pub(in crate::store) fn new(dir: &Path) -> ArchiveFolder {
        ArchiveFolder {
            dir: dir.join(FOLDER),
            files: OnceLock::new(),
        }
    }

    fn files(&self) -> Option<&FileCache> {
        let open = || {
            let files = FileCache::open(&self.dir, ARCHIVE_BYTES);
            let files = files.inspect_err(|why| warn!("no archive is kept on the disk: {why}"));
            files.ok()
        };
        self.files.get_or_init(open).as_ref()
    }
}

impl Store {
    /// Returns the files of rendered archives, at most 256 MiB; `None` where the disk takes none, and
    /// for a store that is read through a copy.
    pub fn archives(&self) -> Option<&FileCache> {
        match self.overlay {
            None => self.archives.files(),
            Some(_) => None,
        }
    }

    /// Removes all rendered archives, as one of them may tell of what readers are not to get any more.
    pub(in crate::store) fn forget_archives(&self) {
        let is_open = self.archives.files.get().is_some();
        if (is_open || self.archives.dir.is_dir())
            && let Some(files) = self.archives()
        {
            files.empty();
        }
    }
}
