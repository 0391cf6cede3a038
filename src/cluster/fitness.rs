//! Fitness: whether this store can follow the log, and if not, why, and what to do.

use tracing::info;

use super::{ClusterError, Shared};
use crate::model::{ChannelId, LogPosition};

/// Finds the place of this store in the log `log`; an empty store begins a log that has its beginning.
pub(super) fn place(
    shared: &Shared,
    log: i128,
    (first, last): (u64, u64),
) -> Result<LogPosition, ClusterError> {
    let store = &shared.store;
    match store.log_position()? {
        Some(place) if place.log == log => Ok(place),
        Some(_) => Err(ClusterError::Unfit(another(shared))),
        None if !store.page(&ChannelId::root(), None, 1)?.is_empty()
            || !store.states()?.is_empty() =>
        {
            Err(ClusterError::Unfit(format!(
                "this store holds news and has never followed the log of cluster `{}`. If it is to be the \
                 beginning of the cluster, stop the daemon and run `gazetted cluster seed`, once, on this \
                 node only. Otherwise: {REJOIN}",
                shared.config.name
            )))
        }
        None if first > 1 => Err(ClusterError::Unfit(behind(shared, 0, first))),
        None => {
            let place = LogPosition { log, sequence: 0 };
            store.follow_log(Some(place))?;
            info!(
                messages = last,
                "follows the log of cluster `{}`", shared.config.name
            );
            Ok(place)
        }
    }
}

/// Way to begin anew, for people.
const REJOIN: &str = "Stop the daemon, move the folder of the store away, and start it again: it begins \
                      with a snapshot of the cluster";

pub(super) fn another(shared: &Shared) -> String {
    format!(
        "the log of cluster `{}` is another one than this store has followed: it was deleted and made anew, or \
         the servers are others. {REJOIN}",
        shared.config.name
    )
}

pub(super) fn ahead(shared: &Shared, own: u64, last: u64) -> String {
    format!(
        "this store holds message {own} of the log of cluster `{}`, which ends at {last} without it: the servers have \
         lost what they had confirmed, or were restored. Nothing is changed. If all nodes say so, the one \
         with the highest number begins a new log: `gazetted cluster seed` there, and on the others: {REJOIN}",
        shared.config.name
    )
}

pub(super) fn behind(shared: &Shared, own: u64, first: u64) -> String {
    format!(
        "this store has followed the log of cluster `{}` up to message {own}, and it begins at {first} now. \
         {REJOIN}",
        shared.config.name
    )
}
