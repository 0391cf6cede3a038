//! Answers to requests: what the daemon says and does, as lines of JSON.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::oneshot;

use super::request::Request;
use super::select::{near, select, source};
use super::stored::{answer_of_store, plan_of};
use super::{Ask, CONTROL_TIMEOUT, ControlContext};
use crate::clock;
use crate::config::Config;
use crate::daemon::clustering::{self, membership};
use crate::model::{Health, SourceId};
use crate::poll::{Ordered, PollOrder, PollRecord};
use crate::search::SearchState;
use crate::serve;
use crate::store::Store;

/// Longest wait for an ordered poll, beyond which the order stands and its end is not told.
const MAX_POLL_WAIT: Duration = Duration::from_secs(15 * 60);

/// Client that is being answered.
pub(super) struct Client(pub(super) UnixStream);

impl Client {
    /// Sends one line of JSON.
    ///
    /// # Errors
    ///
    /// If the client has left, or reads nothing for 30 s.
    async fn say(&mut self, line: &Value) -> anyhow::Result<()> {
        let line = format!("{line}\n");
        let sent = tokio::time::timeout(CONTROL_TIMEOUT, self.0.write_all(line.as_bytes()));
        sent.await.context("the client does not read")??;
        Ok(())
    }

    /// Says what is wrong with a request; one that has left needs no answer.
    pub(super) async fn refuse(&mut self, why: &str) {
        let _ = self.say(&json!({"error": why})).await;
    }

    /// Returns once the client has left, or says more than it should.
    async fn left(&self) {
        while self.0.readable().await.is_ok() {
            match self.0.try_read(&mut [0]) {
                Err(why) if why.kind() == ErrorKind::WouldBlock => {}
                Ok(_) | Err(_) => return,
            }
        }
    }
}

impl ControlContext {
    /// Answers a request; what goes wrong is the last line.
    pub(super) async fn answer(&self, request: Request, client: &mut Client) {
        if let Err(why) = self.attempt(request, client).await {
            client.refuse(&format!("{why:#}")).await;
        }
    }

    async fn attempt(&self, request: Request, client: &mut Client) -> anyhow::Result<()> {
        let config = Arc::clone(&self.config.borrow());
        match request {
            Request::Status => {
                let refused = self.refused.borrow().clone();
                let report = self.blocking(move |store| {
                    let report = serve::live_report(store, &config, refused, clock::now())?;
                    Ok(serde_json::to_value(report)?)
                });
                client.say(&report.await?).await
            }
            Request::Watch { what } => {
                let sources = select(&config, &what)?;
                self.watch(&sources, client).await
            }
            Request::Reload => {
                let n_sources = self.ask(Ask::Reload).await?;
                client.say(&json!({"sources": n_sources})).await
            }
            Request::Plan { file } => {
                let lines = self.blocking(move |store| plan_of(store, &config, &file));
                for line in lines.await? {
                    client.say(&line).await?;
                }
                Ok(())
            }
            Request::Poll { what, release } => {
                let sources = select(&config, &what)?;
                self.poll(sources, release, client).await
            }
            Request::Pause { what } => {
                let n_changed = self.pause(&config, &what, Some(clock::now())).await?;
                client.say(&json!({"paused": n_changed})).await
            }
            Request::Resume { what } => {
                let n_changed = self.pause(&config, &what, None).await?;
                client.say(&json!({"resumed": n_changed})).await
            }
            Request::Log { source: id } => {
                let id = source(&id)?;
                let records = self.polls.of(&id);
                if records.is_empty() && !config.sources.contains_key(&id) {
                    bail!("there is no source `{id}`{}", near(&config, id.as_str()));
                }
                for record in records {
                    client.say(&told(&record)).await?;
                }
                Ok(())
            }
            Request::Reindex => self.reindex(client).await,
            Request::Cluster => {
                let status = membership(self.cluster.as_ref())?.status();
                client.say(&clustering::told(&status, &config)).await
            }
            Request::Drain => {
                membership(self.cluster.as_ref())?.drain();
                client.say(&json!({"draining": true})).await
            }
            Request::Purge { .. } | Request::Takedown { .. } | Request::Takedowns => {
                let cluster = self.cluster.clone();
                let lines = self.blocking(move |store| {
                    answer_of_store((store, cluster.as_ref()), Some(&config), &request)
                });
                for line in lines.await?.into_iter().flatten() {
                    client.say(&line).await?;
                }
                Ok(())
            }
        }
    }

    /// Runs what may block on a thread of its own.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let store = Arc::clone(&self.store);
        let done = tokio::task::spawn_blocking(move || work(&store)).await;
        done.context("it panicked; please report this")?
    }

    /// Asks the daemon's own loop, and waits for what it has done.
    async fn ask(
        &self,
        ask: impl FnOnce(oneshot::Sender<Result<usize, String>>) -> Ask,
    ) -> anyhow::Result<usize> {
        let (reply, done) = oneshot::channel();
        let sent = self.asks.send(ask(reply)).await;
        sent.ok().context("the daemon is stopping")?;
        let done = done.await.context("the daemon is stopping")?;
        done.map_err(anyhow::Error::msg)
    }

    /// Pauses sources from `now` on, or ends their pauses; returns how many changed.
    async fn pause(
        &self,
        config: &Config,
        what: &[String],
        now: Option<Timestamp>,
    ) -> anyhow::Result<usize> {
        let sources = select(config, what)?;
        self.ask(|reply| Ask::Pause {
            sources,
            now,
            reply,
        })
        .await
    }

    /// Has the search index built anew, and sends a line for each step until it is up to date.
    async fn reindex(&self, client: &mut Client) -> anyhow::Result<()> {
        let index = self.index.as_ref();
        let index = index.context("there is no search index: `[server] search` is off")?;
        let mut state = index.watch();
        index.ask_rebuild();
        loop {
            let now = state.borrow_and_update().clone();
            match now {
                SearchState::Ready => return client.say(&json!({"ready": true})).await,
                SearchState::Failed(why) => bail!("{why}"),
                SearchState::Building { done, total } => {
                    client.say(&json!({"done": done, "total": total})).await?;
                }
                SearchState::Opening => {}
            }
            tokio::select! {
                () = client.left() => return Ok(()),
                () = self.stop.cancelled() => bail!("the daemon is stopping"),
                changed = state.changed() => changed.context("the daemon is stopping")?,
            }
        }
    }

    /// Sends a line for each poll of `sources`, until the client leaves.
    async fn watch(&self, sources: &[SourceId], client: &mut Client) -> anyhow::Result<()> {
        let mut news = self.polls.follow();
        loop {
            let record = tokio::select! {
                () = client.left() => return Ok(()),
                () = self.stop.cancelled() => return Ok(()),
                record = news.recv() => record,
            };
            match record {
                Ok(record) if sources.binary_search(&record.source).is_ok() => {
                    client.say(&told(&record)).await?;
                }
                Ok(_) => {}
                Err(RecvError::Lagged(n)) => client.say(&json!({"missed": n})).await?,
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    }

    /// Orders polls and sends a line for each as it ends; those that wait for their host are not waited
    /// for.
    async fn poll(
        &self,
        sources: Vec<SourceId>,
        is_release: bool,
        client: &mut Client,
    ) -> anyhow::Result<()> {
        if !self.store.is_open() {
            bail!(
                "nothing is polled at present: the store cannot be read; `gazetted status --json` says why"
            );
        }
        let (begun, mut news) = (clock::now(), self.polls.follow());
        let (reply, done) = oneshot::channel();
        let order = PollOrder {
            sources: sources.clone(),
            is_release,
            reply,
        };
        let sent = self.orders.send(order).await;
        sent.ok()
            .context("the daemon does not poll: it is stopping, or its store is closed")?;
        let done = done.await.context("the daemon is stopping")?;
        // A poll under way answers an order, but not a release: it has not heard of it.
        let mut waiting: BTreeMap<SourceId, Option<Timestamp>> = BTreeMap::new();
        for (source, ordered) in sources.into_iter().zip(done) {
            match ordered {
                Ordered::Due => drop(waiting.insert(source, Some(begun))),
                Ordered::Running => drop(waiting.insert(source, is_release.then_some(begun))),
                Ordered::Held { until } => {
                    let why =
                        format!("its host wants to be left alone until {until:.0}; polled then");
                    client
                        .say(&json!({"source": source.as_str(), "waits": why}))
                        .await?;
                }
                Ordered::Elsewhere => {
                    let why = "another node of the cluster polls it: see `gazetted cluster status`";
                    client
                        .say(&json!({"source": source.as_str(), "waits": why}))
                        .await?;
                }
                Ordered::Off => {
                    let why = "it is switched off or paused";
                    client
                        .say(&json!({"source": source.as_str(), "waits": why}))
                        .await?;
                }
            }
        }
        let deadline = tokio::time::Instant::now() + MAX_POLL_WAIT;
        while !waiting.is_empty() {
            let record = tokio::select! {
                () = client.left() => return Ok(()),
                () = self.stop.cancelled() => bail!("the daemon is stopping"),
                () = tokio::time::sleep_until(deadline) => bail!("{} have not ended", waiting.len()),
                record = news.recv() => record,
            };
            let ended = match record {
                Ok(record) => vec![record],
                // Those that were missed are in the log.
                Err(RecvError::Lagged(_)) => {
                    let last = waiting.keys().filter_map(|id| self.polls.of(id).pop());
                    last.filter(|record| record.at >= begun).collect()
                }
                Err(RecvError::Closed) => bail!("the daemon is stopping"),
            };
            for record in ended {
                let since = waiting.get(&record.source);
                if since.is_some_and(|since| since.is_none_or(|since| record.at >= since)) {
                    waiting.remove(&record.source);
                    client.say(&told(&record)).await?;
                }
            }
        }
        Ok(())
    }
}

/// Describes a poll as JSON.
pub(super) fn told(record: &PollRecord) -> Value {
    let message = match &record.health {
        Health::Failing { message, .. } => Some(message),
        Health::Good | Health::Unknown => None,
    };
    json!({
        "source": record.source.as_str(),
        "at": record.at.to_string(),
        "outcome": record.outcome(),
        "message": message,
        "new": record.new,
        "changed": record.changed,
        "held": record.held,
        "entries": record.entries,
        "bytes": record.bytes,
        "took_ms": u64::try_from(record.took.as_millis()).unwrap_or(u64::MAX),
        "due": record.due.map(|due| due.to_string()),
    })
}
