//! Thread that makes tables of a journal that has grown large, so that commits need not wait for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use tracing::error;

use crate::store::Store;

/// Handle of the thread; dropping it waits for what is being folded.
pub(super) struct Folding {
    store: Arc<Store>,
    /// Wakes the thread; `None` once it is to end.
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Folding {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If the system gives none.
    pub(super) fn start(store: Arc<Store>) -> std::io::Result<Folding> {
        let (wake, woken) = sync_channel(1);
        let folded = Arc::clone(&store);
        let thread = std::thread::Builder::new()
            .name("fold".to_owned())
            .spawn(move || {
                for () in woken {
                    if catch_unwind(AssertUnwindSafe(|| folded.fold_large())).is_err() {
                        error!("folding a volume of the store panicked; please report this");
                    }
                }
            })?;
        Ok(Folding {
            store,
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// Has tables made of the journal if that is large enough.
    pub(super) fn look(&self) {
        if let Some(wake) = self.wake.as_ref().filter(|_| self.store.has_large()) {
            // One that is awake looks again.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Folding {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // Its panics are told where they happen.
            let _ = thread.join();
        }
    }
}
