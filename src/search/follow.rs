//! Following the store: a round of the keeper after commits, in the background.

use std::sync::Arc;
use std::time::Duration;

use tokio::task;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::error::SearchError;
use super::index::{SearchIndex, SearchState};
use super::keeper::Keeper;
use crate::store::Store;

/// Time that commits are gathered before they are put into the index: each commit of an index
/// flushes some ten files.
const GATHER: Duration = Duration::from_secs(2);

/// Time after which it is tried again after an error.
const RETRY: Duration = Duration::from_secs(15);

/// Keeps the index up to the store until `stop`; on errors it goes on trying, and says so once.
pub async fn follow(index: Arc<SearchIndex>, store: Arc<Store>, stop: CancellationToken) {
    let mut commits = store.commits();
    let mut keeper = Some(Keeper::new(Arc::clone(&index), store, stop.clone()));
    let mut last = None;
    loop {
        commits.borrow_and_update();
        let done = round(&mut keeper).await;
        let why = match &done {
            Ok(()) => None,
            Err(SearchError::Stopped) => break,
            Err(why) => Some(why.to_string()),
        };
        if let Some(why) = why.as_ref().filter(|_| why != last) {
            warn!("the search index is behind the store: {why}");
        }
        let is_good = why.is_none();
        last = why;
        tokio::select! {
            () = stop.cancelled() => break,
            () = index.calls.notified() => continue,
            () = sleep(RETRY), if !is_good => continue,
            changed = commits.changed(), if is_good => if changed.is_err() { break },
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep(GATHER) => {}
        }
    }
    if index.state() == SearchState::Ready {
        let _ = round(&mut keeper).await;
    }
}

/// Runs a round on a thread that may block.
async fn round(keeper: &mut Option<Keeper>) -> Result<(), SearchError> {
    let Some(mut working) = keeper.take() else {
        return Err(SearchError::Stopped);
    };
    let done = task::spawn_blocking(move || {
        let done = working.round();
        (working, done)
    });
    match done.await {
        Ok((working, done)) => {
            *keeper = Some(working);
            done
        }
        Err(panic) => {
            error!(error = %panic, "keeping the search index failed");
            Err(SearchError::Stopped)
        }
    }
}
