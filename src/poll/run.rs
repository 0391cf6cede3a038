//! The loop: starts what is due, remembers what came of it, until told to stop.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp, Unit};
use tokio::sync::{Semaphore, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::once::Tools;
use super::queue::{Entry, Queue};
use super::turns::Turns;
use super::writer::{Unwritten, Writer};
use crate::clock;
use crate::config::{Config, Source};
use crate::fetch::Client;
use crate::ingest::pace;
use crate::ingest::plan::{self, Outcome};
use crate::model::{Commit, Health, SourceId, SourceState};
use crate::store::Store;

/// The clock is looked at no less often than this, in case it was set.
const GLANCE: Duration = Duration::from_secs(30);

/// A clock that goes back further than this was set.
const CLOCK_STEP: SignedDuration = SignedDuration::from_secs(60);

/// A source that could not be written is tried again after this.
const STORE_TROUBLE: SignedDuration = SignedDuration::from_secs(60);

/// How long to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Until what is due now has been polled.
    Once,
    /// Until told to stop.
    Forever,
}

/// Polls the sources of a configuration into a store.
#[derive(Debug)]
pub struct Poller {
    store: Arc<Store>,
    config: watch::Receiver<Arc<Config>>,
    client: Client,
    turns: Arc<Turns>,
    parsers: Arc<Semaphore>,
    queue: Queue,
    states: BTreeMap<SourceId, SourceState>,
    running: HashMap<Id, SourceId>,
    tasks: JoinSet<Option<SourceState>>,
}

impl Poller {
    /// A poller that knows what the store remembers.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or HTTPS cannot be set up.
    pub fn new(store: Arc<Store>, config: watch::Receiver<Arc<Config>>) -> anyhow::Result<Poller> {
        let mut states = store
            .states()
            .context("cannot read what the store knows of the sources")?;
        if !store.damage().is_empty() {
            states.values_mut().for_each(plan::distrust);
        }
        let client = Client::new(&config.borrow().http)?;
        let n_cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Poller {
            store,
            config,
            client,
            turns: Arc::default(),
            parsers: Arc::new(Semaphore::new(n_cores)),
            queue: Queue::default(),
            states,
            running: HashMap::new(),
            tasks: JoinSet::new(),
        })
    }

    /// Polls. What has been fetched when `shutdown` comes is written; what is
    /// still on its way is given up and fetched again after the next start.
    ///
    /// # Errors
    ///
    /// When the thread that writes cannot be started.
    pub async fn run(mut self, span: Span, shutdown: CancellationToken) -> anyhow::Result<()> {
        let (writer, thread) = Writer::start(Arc::clone(&self.store))?;
        let begun = clock::now();
        self.fill_queue(begun);
        let mut last = begun;
        loop {
            let now = clock::now();
            if last.duration_since(now) > CLOCK_STEP {
                warn!("the clock was set back, looking at every source anew");
                self.fill_queue(now);
            }
            last = now;
            self.start_due(&writer, span, begun);
            if span == Span::Once && self.tasks.is_empty() {
                break;
            }
            let wake = self.wake(span);
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                Some(done) = self.tasks.join_next_with_id() => self.finish(done),
                Ok(()) = self.config.changed() => self.reload(),
                () = tokio::time::sleep_until(wake) => {}
            }
        }
        self.tasks.shutdown().await;
        drop(writer);
        let written = tokio::task::spawn_blocking(move || thread.join()).await;
        anyhow::ensure!(
            matches!(written, Ok(Ok(()))),
            "the thread that writes the store died"
        );
        Ok(())
    }

    fn start_due(&mut self, writer: &Writer, span: Span, begun: Timestamp) {
        let horizon = match span {
            Span::Once => begun,
            Span::Forever => clock::now(),
        };
        let config = Arc::clone(&self.config.borrow());
        for id in self.queue.start(horizon) {
            let Some(source) = config.sources.get(&id) else {
                self.queue.finish(&id, None);
                continue;
            };
            let tools = Tools {
                config: Arc::clone(&config),
                client: self.client.clone(),
                store: Arc::clone(&self.store),
                turns: Arc::clone(&self.turns),
                parsers: Arc::clone(&self.parsers),
            };
            let state = self.states.get(&id).cloned().unwrap_or_default();
            let handle = self
                .tasks
                .spawn(poll(tools, writer.clone(), Arc::clone(source), state));
            self.running.insert(handle.id(), id);
        }
    }

    fn finish(&mut self, done: Result<(Id, Option<SourceState>), JoinError>) {
        let (task, state) = match done {
            Ok((task, state)) => (task, state),
            Err(error) => (error.id(), None),
        };
        let Some(id) = self.running.remove(&task) else {
            return;
        };
        let due = match state {
            Some(state) => {
                let config = Arc::clone(&self.config.borrow());
                let source = config.sources.get(&id);
                let due = source.map(|source| due(source, Some(&state), clock::now()));
                self.states.insert(id.clone(), state);
                due
            }
            None => clock::now().checked_add(STORE_TROUBLE).ok(),
        };
        self.queue.finish(&id, due);
    }

    fn reload(&mut self) {
        let http = self.config.borrow_and_update().http.clone();
        match Client::new(&http) {
            Ok(client) => self.client = client,
            Err(why) => error!("[http] of the new configuration is not used: {why}"),
        }
        self.fill_queue(clock::now());
    }

    fn fill_queue(&mut self, now: Timestamp) {
        let config = Arc::clone(&self.config.borrow());
        let entries = config
            .sources
            .values()
            .filter(|source| source.enabled)
            .map(|source| {
                let host = source.url.host();
                let state = self.states.get(&source.id);
                Entry {
                    source: source.id.clone(),
                    host_limit: config.host(&host).concurrency,
                    host,
                    due: Some(due(source, state, now)),
                }
            });
        self.queue.replace(config.http.concurrency, entries);
    }

    /// When to look again, if nothing else happens.
    fn wake(&self, span: Span) -> Instant {
        if span == Span::Once {
            return Instant::now() + GLANCE;
        }
        let until = self
            .queue
            .next_due()
            .map(|due| due.duration_since(clock::now()));
        let wait = until.and_then(|wait| Duration::try_from(wait).ok());
        let wait = wait.unwrap_or(if until.is_some() {
            Duration::ZERO
        } else {
            GLANCE
        });
        Instant::now() + wait.min(GLANCE)
    }
}

/// When a source is due, given what we remember.
///
/// A clock that was wrong must not freeze it, a new address is asked at once,
/// and a shorter interval counts from now on.
fn due(source: &Source, state: Option<&SourceState>, now: Timestamp) -> Timestamp {
    let Some(state) = state else { return now };
    if state.asked.as_ref() != Some(&source.url) {
        return now;
    }
    let is_from_the_future = |at: Timestamp| at.duration_since(now) > CLOCK_STEP;
    if state.polled.is_some_and(is_from_the_future) {
        return now;
    }
    let Some(due) = state.due else { return now };
    let longest = pace::MAX_WAIT.max(source.interval);
    let latest = now.checked_add(longest).unwrap_or(now);
    let usual = state
        .polled
        .and_then(|polled| polled.checked_add(source.interval).ok());
    let is_well = state.failures == 0;
    due.min(latest)
        .min(usual.filter(|_| is_well).unwrap_or(latest))
}

/// One poll; `None` if it could not be written.
async fn poll(
    tools: Tools,
    writer: Writer,
    source: Arc<Source>,
    before: SourceState,
) -> Option<SourceState> {
    let started = Instant::now();
    let now = clock::now();
    let visit = {
        let (source, before) = (Arc::clone(&source), before.clone());
        tokio::spawn(async move { tools.poll(&source, &before, now).await })
    };
    let commit = match AbortOnDrop(visit).join().await {
        Ok(Ok(commit)) => commit,
        Ok(Err(why)) => {
            error!("cannot read the store: {why}");
            return None;
        }
        Err(panic) => {
            error!("the poll panicked: {panic}; this is a bug, please report it");
            let outcome = Outcome::Failed {
                code: "panic",
                message: "reading it failed inside gazetted; please report this".to_owned(),
                retry_after: None,
            };
            let state = plan::state(&source, &before, &outcome, now);
            Commit {
                source: source.id.clone(),
                at: now,
                upserts: Vec::new(),
                state,
            }
        }
    };
    let n_new = commit
        .upserts
        .iter()
        .filter(|upsert| upsert.item.first_seen == commit.at)
        .count();
    let n_changed = commit.upserts.len() - n_new;
    let state = commit.state.clone();
    match writer.write(commit).await {
        Ok(()) => {
            report(&source.id, &state, n_new, n_changed, started.elapsed());
            Some(state)
        }
        Err(Unwritten) => None,
    }
}

/// The one line of a poll.
fn report(source: &SourceId, state: &SourceState, n_new: usize, n_changed: usize, took: Duration) {
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let due = state.due.and_then(|due| due.round(Unit::Second).ok());
    let due = due.map(tracing::field::display);
    match &state.health {
        Health::Failing { code, message } => warn!(
            source.id = %source,
            items.new = n_new,
            failures = state.failures,
            code,
            due,
            duration_ms,
            "{source}: {message}"
        ),
        Health::Good | Health::Unknown => info!(
            source.id = %source,
            items.new = n_new,
            items.changed = n_changed,
            items.all = state.entries,
            due,
            duration_ms,
            "{source}: polled"
        ),
    }
}

/// A task that ends with whoever waits for it.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> AbortOnDrop<T> {
    async fn join(mut self) -> Result<T, JoinError> {
        (&mut self.0).await
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;
    use crate::source::Reader;

    #[test]
    fn a_clock_that_was_wrong_freezes_nothing() {
        let url = WebUrl::parse("https://paper.example/feed").unwrap();
        let source = Source::new("a/b".parse().unwrap(), url.clone(), Reader::Feed);
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let ahead: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        let state = SourceState {
            asked: Some(url),
            polled: Some(ahead),
            due: ahead.checked_add(source.interval).ok(),
            ..SourceState::default()
        };
        assert_eq!(due(&source, Some(&state), now), now);
        let usual = due(&source, Some(&state), ahead);
        assert_eq!(Some(usual), state.due);
    }
}
