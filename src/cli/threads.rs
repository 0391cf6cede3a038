//! The threads of the daemon, where the system may give no more of them.
//!
//! A process that may not start another thread (`TasksMax=`, `ulimit -u`) would stop
//! in the middle of something. So those that polls need are started at the beginning
//! and kept, and work waits for one of them; those that the store will need are
//! counted, and where there are not as many it is said at once.

use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::sync::CancellationToken;

/// Threads for blocking work that are there from the beginning.
const MIN_BLOCKING_THREADS: usize = 4;

/// Threads that answer readers, but for those of connections: one that accepts these and sends what is
/// pushed, and some that render for it.
const READER_THREADS: usize = 1 + MIN_READER_BLOCKING_THREADS;

/// Threads that render for readers, there from the beginning.
const MIN_READER_BLOCKING_THREADS: usize = 2;

/// Upper limit of threads that render for readers.
const MAX_READER_BLOCKING_THREADS: usize = 8;

/// Threads of each core's connections that render, there from the beginning.
const MIN_CONNECTION_BLOCKING_THREADS: usize = 1;

/// Upper limit of such threads: more would only wait for a core.
const MAX_CONNECTION_BLOCKING_THREADS: usize = 4;

/// Upper limit of threads for blocking work: they compute, so that more would only wait for a
/// core, and the unit lets a process have 128 of all kinds.
const MAX_BLOCKING_THREADS: usize = 24;

/// Threads of the store: one that commits, one that folds, the seven that sled keeps, and three that
/// sled starts while much is to be written.
const STORE_THREADS: usize = 12;

/// Threads of the search index: tantivy indexes, merges and updates segments each on its own.
const SEARCH_THREADS: usize = 3;

/// Keep-alive of blocking threads, 100 years: longer than any run.
const THREAD_KEEP_ALIVE: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Creates the runtime that polls, whose threads are all there: one per core and
/// [`MIN_BLOCKING_THREADS`] more.
///
/// # Errors
///
/// If the system does not allow these, those for readers, the store and search; the message names
/// the limits to raise.
pub(super) fn runtime() -> anyhow::Result<Runtime> {
    let per_core = 2 + MIN_CONNECTION_BLOCKING_THREADS;
    let needed = n_cores() * per_core
        + MIN_BLOCKING_THREADS
        + READER_THREADS
        + STORE_THREADS
        + SEARCH_THREADS;
    let free = count(needed);
    if free < needed {
        bail!(
            "no more than {free} threads may be started and {needed} are needed: raise TasksMax= \
             of the unit, or `ulimit -u`"
        );
    }
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .thread_keep_alive(THREAD_KEEP_ALIVE)
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .build()
        .context("cannot start threads")?;
    start_blocking(&runtime, MIN_BLOCKING_THREADS);
    Ok(runtime)
}

/// Creates the runtime that accepts connections of readers, and does for them what is no connection. Its
/// threads are all there: [`READER_THREADS`]. A reader waits for a core no longer than the system makes it,
/// however busy those of polls are.
///
/// # Errors
///
/// If the system does not allow them.
pub(super) fn readers() -> anyhow::Result<Runtime> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("readers")
        .enable_all()
        .thread_keep_alive(THREAD_KEEP_ALIVE)
        .max_blocking_threads(MAX_READER_BLOCKING_THREADS)
        .build()
        .context("cannot start threads for readers")?;
    start_blocking(&runtime, MIN_READER_BLOCKING_THREADS);
    Ok(runtime)
}

/// Runtimes of one thread each, a core, that speak with readers; they end when this is dropped.
pub(super) struct ConnectionRuntimes {
    handles: Vec<Handle>,
    stop: CancellationToken,
}

impl ConnectionRuntimes {
    /// Starts them all, each with a thread that renders.
    ///
    /// # Errors
    ///
    /// If the system does not allow them.
    pub(super) fn start() -> anyhow::Result<ConnectionRuntimes> {
        let mut runtimes = ConnectionRuntimes {
            handles: Vec::new(),
            stop: CancellationToken::new(),
        };
        for nth in 0..n_cores() {
            let runtime = Builder::new_current_thread()
                .enable_all()
                .thread_keep_alive(THREAD_KEEP_ALIVE)
                .max_blocking_threads(MAX_CONNECTION_BLOCKING_THREADS)
                .build()
                .context("cannot start threads for connections")?;
            start_blocking(&runtime, MIN_CONNECTION_BLOCKING_THREADS);
            runtimes.handles.push(runtime.handle().clone());
            let stop = runtimes.stop.clone();
            let run = move || {
                runtime.block_on(stop.cancelled());
                runtime.shutdown_background();
            };
            let thread = thread::Builder::new().name(format!("connections-{nth}"));
            thread
                .spawn(run)
                .context("cannot start threads for connections")?;
        }
        Ok(runtimes)
    }

    /// Returns the handles of all.
    pub(super) fn handles(&self) -> Vec<Handle> {
        self.handles.clone()
    }
}

impl Drop for ConnectionRuntimes {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn n_cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Starts so many of a runtime's threads for blocking work.
fn start_blocking(runtime: &Runtime, n_threads: usize) {
    let all = Arc::new(Barrier::new(n_threads));
    for _ in 0..n_threads {
        let all = Arc::clone(&all);
        runtime.spawn_blocking(move || all.wait());
    }
}

/// Counts the threads that can be started, at most `wanted`, by starting and ending them.
fn count(wanted: usize) -> usize {
    let (ends, end) = mpsc::channel::<()>();
    let end = Arc::new(std::sync::Mutex::new(end));
    let mut threads = Vec::with_capacity(wanted);
    for _ in 0..wanted {
        let end = Arc::clone(&end);
        let wait = move || {
            // Until the sender is gone.
            let _ = end.lock().map(|end| end.recv());
        };
        match thread::Builder::new().spawn(wait) {
            Ok(thread) => threads.push(thread),
            Err(_) => break,
        }
    }
    drop(ends);
    let count = threads.len();
    for thread in threads {
        let _ = thread.join();
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_counted_and_gone() {
        assert_eq!(count(3), 3);
    }
}
