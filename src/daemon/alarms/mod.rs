//! Alarms: watches sources, store and configuration, and says once when one of them stops
//! being well, and once when it is again.
//!
//! ```text
//!   polls, store, feeds.toml ─▶ Board::note   is this another state?    (pure)
//!                                 ├─▶ `alarms` in the folder of the store, a line of JSON each
//!                                 ├─▶ /admin/health.atom
//!                                 └─▶ deliver: [alarm] command, webhook
//! ```

mod board;
mod deliver;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::clock;
use crate::config::Config;
use crate::poll::PollLog;
use crate::publish::alarms::Alarm;
use crate::store::Store;
use board::Board;

/// Time between two looks at what no poll tells: the disk, and feeds.toml.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// Things that are watched, and who hears of them.
pub(super) struct AlarmContext {
    pub(super) store: Arc<Store>,
    pub(super) config: watch::Receiver<Arc<Config>>,
    /// Reason why the feeds.toml read last is not in force.
    pub(super) refused: watch::Receiver<Option<String>>,
    pub(super) polls: Arc<PollLog>,
    /// Last alarms, for the feed.
    pub(super) alarms: watch::Sender<Arc<Vec<Alarm>>>,
    pub(super) stop: CancellationToken,
}

/// Watches until the context says stop.
pub(super) async fn run(mut context: AlarmContext) {
    let mut board = Board::open(context.store.dir());
    context
        .alarms
        .send_replace(Arc::new(board.alarms().to_vec()));
    let mut news = context.polls.follow();
    let mut look = tokio::time::interval(LOOK_INTERVAL);
    loop {
        let now = clock::now();
        let raised = tokio::select! {
            () = context.stop.cancelled() => return,
            record = news.recv() => match record {
                Ok(record) => board.polled(&record, now),
                // What was missed is told by the next poll of each.
                Err(RecvError::Lagged(_)) => Vec::new(),
                Err(RecvError::Closed) => return,
            },
            changed = context.refused.changed() => match changed {
                Ok(()) => board.configured(context.refused.borrow().as_deref(), now),
                Err(_) => return,
            },
            _ = look.tick() => {
                let config = Arc::clone(&context.config.borrow());
                board.looked(&context.store, &config, now)
            }
        };
        if raised.is_empty() {
            continue;
        }
        if let Err(why) = board.save() {
            warn!("cannot write which alarms were raised: {why}");
        }
        context
            .alarms
            .send_replace(Arc::new(board.alarms().to_vec()));
        let config = Arc::clone(&context.config.borrow());
        for alarm in raised {
            deliver::deliver(&config, alarm).await;
        }
    }
}
