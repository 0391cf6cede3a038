//! Pings: hubs of others are told that feeds have changed, at most every few seconds each.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use tracing::warn;
use url::form_urlencoded::Serializer;

use super::later;
use crate::config::Config;
use crate::ingest::websub::hub::retry;
use crate::model::{ChannelId, SubscriberKey, Topic, WebUrl};
use crate::publish::{Address, Format, View};
use crate::serve::app::App;

/// Least time between two pings to one hub.
const SPACING: SignedDuration = SignedDuration::from_secs(5);

/// Channels in one ping; the others are in the next.
const MAX_CHANNELS: usize = 100;

/// Hubs of others, and what they have not been told yet.
#[derive(Default)]
pub(super) struct Pings {
    /// Generation of each channel that was looked at last.
    seen: BTreeMap<ChannelId, u64>,
    hubs: BTreeMap<WebUrl, OutsideHub>,
}

/// Hub of somebody else.
#[derive(Default)]
struct OutsideHub {
    untold: BTreeSet<ChannelId>,
    /// Channels of the ping under way; empty if there is none.
    telling: BTreeSet<ChannelId>,
    due: Option<Timestamp>,
    failures: u32,
}

impl Pings {
    /// Takes what is there at the start as known.
    pub(super) fn begin(&mut self, app: &App) {
        self.look(app);
    }

    /// Follows the list of hubs; those that stay keep what they have not been told.
    pub(super) fn configure(&mut self, config: &Config) {
        let before = std::mem::take(&mut self.hubs);
        let wanted = config.server.ping_hubs.iter();
        self.hubs = wanted
            .map(|hub| (hub.clone(), OutsideHub::default()))
            .collect();
        for (hub, state) in before {
            if let Some(place) = self.hubs.get_mut(&hub) {
                *place = state;
            }
        }
    }

    /// Notes which channels have changed.
    pub(super) fn news(&mut self, app: &App) {
        if self.hubs.is_empty() {
            return;
        }
        for channel in self.look(app) {
            for hub in self.hubs.values_mut() {
                hub.untold.insert(channel.clone());
            }
        }
    }

    /// Returns the channels that have changed since the last look.
    fn look(&mut self, app: &App) -> Vec<ChannelId> {
        let mut changed = Vec::new();
        for channel in app.config().channels.keys() {
            let generation = app.store.generation(channel);
            let before = self.seen.insert(channel.clone(), generation);
            if before.is_some_and(|before| before != generation) {
                changed.push(channel.clone());
            }
        }
        changed
    }

    /// Returns the pings to send by `now`: hub and form.
    pub(super) fn due(&mut self, app: &App, now: Timestamp) -> Vec<(WebUrl, String)> {
        let mut due = Vec::new();
        for (url, hub) in &mut self.hubs {
            if hub.is_waiting() && hub.due.is_none_or(|then| then <= now) {
                for _ in 0..MAX_CHANNELS {
                    hub.telling.extend(hub.untold.pop_first());
                }
                due.push((url.clone(), form(app, &hub.telling)));
            }
        }
        due
    }

    /// Attends to the end of a ping. What was not told is told later, after longer and longer.
    pub(super) fn done(&mut self, url: &WebUrl, result: Result<(), String>, now: Timestamp) {
        let Some(hub) = self.hubs.get_mut(url) else {
            return;
        };
        let mut told = std::mem::take(&mut hub.telling);
        match result {
            Ok(()) => {
                hub.failures = 0;
                hub.due = Some(later(now, SPACING));
            }
            Err(why) => {
                hub.failures = hub.failures.saturating_add(1);
                hub.untold.append(&mut told);
                let then = later(now, wait(url, hub.failures));
                hub.due = Some(then);
                warn!("the hub {url} was not told of news: {why}; again at {then:.0}");
            }
        }
    }

    /// Returns the time of the next ping.
    pub(super) fn wake(&self) -> Option<Timestamp> {
        let waiting = self.hubs.values().filter(|hub| hub.is_waiting());
        let dues = waiting.map(|hub| hub.due.unwrap_or(Timestamp::UNIX_EPOCH));
        dues.min()
    }
}

impl OutsideHub {
    /// Whether there is something to tell, and nothing is being told.
    fn is_waiting(&self) -> bool {
        self.telling.is_empty() && !self.untold.is_empty()
    }
}

/// Writes the form of a ping: the feeds of the channels in all formats.
fn form(app: &App, channels: &BTreeSet<ChannelId>) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("hub.mode", "publish");
    for channel in channels {
        for format in Format::ALL {
            let feed = Address::Feed(channel, View::Newest, format);
            form.append_pair("hub.url", &feed.under(&app.public_url));
        }
    }
    form.finish()
}

/// Computes the wait after so many failures in a row.
fn wait(url: &WebUrl, failures: u32) -> SignedDuration {
    let topic = Topic::parse(url.as_str());
    let wait = topic.map(|topic| retry(failures, &SubscriberKey::of(&topic, url), None));
    wait.unwrap_or(SPACING)
}
