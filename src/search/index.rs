//! The index on the disk, open: read by whoever searches, written by the keeper.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tantivy::directory::MmapDirectory;
use tantivy::{Index, IndexReader, ReloadPolicy};
use tokio::sync::{Notify, watch};

use super::error::SearchError;
use super::schema::{FOLDER, Fields, schema, teach};
use crate::sync;

/// State of the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SearchState {
    /// Not open yet.
    #[default]
    Opening,
    /// Being built: what is in it already can be searched.
    Building {
        /// Stories that are in it.
        done: u64,
        /// Stories of the store, roughly.
        total: u64,
    },
    /// Up to date, but for the last seconds.
    Ready,
    /// Out of order, and why; it is tried again.
    Failed(String),
}

/// Index of one store. Readers and the keeper share it.
#[derive(Debug)]
pub struct SearchIndex {
    /// Folder of the index.
    dir: PathBuf,
    open: RwLock<Option<OpenIndex>>,
    state: watch::Sender<SearchState>,
    /// Whether it is to be thrown away and built anew.
    is_to_rebuild: AtomicBool,
    /// Whether reading it failed, so that it is to be looked at.
    is_suspect: AtomicBool,
    /// Wakes the keeper.
    pub(super) calls: Notify,
}

/// Open index.
#[derive(Clone)]
pub(super) struct OpenIndex {
    pub(super) index: Index,
    pub(super) reader: IndexReader,
    pub(super) fields: Fields,
}

impl std::fmt::Debug for OpenIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OpenIndex").finish()
    }
}

impl SearchIndex {
    /// Makes the index of the store in `store`, closed; [`follow`](super::follow()) opens it.
    #[must_use]
    pub fn beside(store: &Path) -> SearchIndex {
        SearchIndex {
            dir: store.join(FOLDER),
            open: RwLock::default(),
            state: watch::Sender::default(),
            is_to_rebuild: AtomicBool::new(false),
            // Looked at once after each start.
            is_suspect: AtomicBool::new(true),
            calls: Notify::new(),
        }
    }

    /// Returns the state of the index.
    #[must_use]
    pub fn state(&self) -> SearchState {
        self.state.borrow().clone()
    }

    /// Returns a receiver of the state; it wakes at each change.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<SearchState> {
        self.state.subscribe()
    }

    /// Asks for the index to be thrown away and built anew.
    pub fn ask_rebuild(&self) {
        self.set(SearchState::Building { done: 0, total: 0 });
        self.is_to_rebuild.store(true, Ordering::Release);
        self.calls.notify_one();
    }

    /// Takes the order to build it anew.
    pub(super) fn take_rebuild(&self) -> bool {
        self.is_to_rebuild.swap(false, Ordering::AcqRel)
    }

    /// Asks for the index to be looked at.
    pub(super) fn suspect(&self) {
        self.is_suspect.store(true, Ordering::Release);
        self.calls.notify_one();
    }

    /// Takes the doubt in it.
    pub(super) fn take_suspect(&self) -> bool {
        self.is_suspect.swap(false, Ordering::AcqRel)
    }

    pub(super) fn set(&self, state: SearchState) {
        self.state.send_replace(state);
    }

    /// Returns the open index.
    ///
    /// # Errors
    ///
    /// [`SearchError::NotReady`] if it is not open.
    pub(super) fn opened(&self) -> Result<OpenIndex, SearchError> {
        sync::read(&self.open).clone().ok_or(SearchError::NotReady)
    }

    /// Opens the folder, making an empty index if there is none.
    ///
    /// # Errors
    ///
    /// If the disk refuses, or there is something else in it, such as an index of another release.
    pub(super) fn open(&self) -> Result<OpenIndex, SearchError> {
        fs::create_dir_all(&self.dir)?;
        let directory = MmapDirectory::open(&self.dir).map_err(tantivy::TantivyError::from)?;
        let (schema, fields) = schema();
        let index = Index::open_or_create(directory, schema)?;
        teach(&index);
        let reader = index.reader_builder();
        let reader = reader.reload_policy(ReloadPolicy::Manual).try_into()?;
        let open = OpenIndex {
            index,
            reader,
            fields,
        };
        *sync::write(&self.open) = Some(open.clone());
        Ok(open)
    }

    /// Closes the index and removes its folder. Whoever reads it goes on with what was there.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub(super) fn throw_away(&self) -> Result<(), SearchError> {
        *sync::write(&self.open) = None;
        match fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(SearchError::Folder(error))
            }
            _ => Ok(()),
        }
    }
}
