//! Whether the clock is to be believed when it says that most of the store is too old.
//!
//! All that is removed by age is gone, and a clock that is fast makes everything old. So
//! time is taken from what the volumes bear out, and where most of the store should have
//! gone long ago an admin is asked.

use std::time::Duration;

use jiff::Timestamp;

use super::clock::before;
use super::{Retention, Swept};
use crate::model::ChannelId;
use crate::store::Store;
use crate::store::codec::key::{IndexPosition, IndexPrefix};
use crate::store::error::StoreError;
use crate::sync;

/// Time by which an item or story is past its age to count as overdue: the length of a volume, by which
/// any sweep may be late.
const OVERDUE_AFTER: Duration = Duration::from_secs(10 * 24 * 60 * 60);

impl Store {
    /// Returns the reason why old items are not removed, if they are not.
    #[must_use]
    pub fn waiting(&self) -> Option<String> {
        let waiting = sync::lock(&self.waiting);
        waiting.as_ref().map(|(_, why)| why.clone())
    }

    /// Runs the sweep that waits for an admin's word.
    ///
    /// # Errors
    ///
    /// As [`Store::retain_all`].
    pub fn retain_waiting(&self, now: Timestamp) -> Result<Swept, StoreError> {
        let waiting = sync::lock(&self.waiting);
        let retention = waiting.as_ref().map(|(retention, _)| retention.clone());
        drop(waiting);
        match retention {
            Some(retention) => self.retain_all(&retention, now),
            None => Ok(Swept::default()),
        }
    }

    /// Returns a reason not to trust a sweep by age: most of the store should have gone long ago.
    /// Either the clock is fast, or nobody has swept for long, or a rule has become stricter; only an
    /// admin can tell.
    pub(super) fn doubt(
        &self,
        retention: &Retention,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let earlier = before(now, OVERDUE_AFTER);
        let by_age = Retention {
            max_items: None,
            ..retention.clone()
        };
        let mut n_overdue = 0;
        for period in self.outdated(&by_age, earlier)? {
            let volume = self.volumes.find(period)?;
            n_overdue += volume.map_or(0, |volume| volume.items());
        }
        let all = self.ledger.get()?.totals()?.items;
        if n_overdue * 2 > all {
            return Ok(Some(would_take(
                n_overdue,
                all,
                "items",
                &ChannelId::root(),
            )));
        }
        let rules = retention.channels.iter();
        let mut ages: Vec<(ChannelId, Duration)> = rules
            .filter_map(|(channel, rule)| Some((channel.clone(), rule.max_age?)))
            .collect();
        let is_own = retention.longest() > retention.max_age;
        ages.extend(
            retention
                .max_age
                .filter(|_| is_own)
                .map(|age| (ChannelId::root(), age)),
        );
        for (channel, age) in ages {
            let bottom = IndexPosition::bottom(before(earlier, age));
            let n_over = self.n_places(&channel, Some(bottom))?;
            let all = match n_over {
                0 => continue,
                _ => self.n_places(&channel, None)?,
            };
            if n_over * 2 > all {
                return Ok(Some(would_take(n_over, all, "stories", &channel)));
            }
        }
        Ok(None)
    }

    /// Counts the stories of a channel, or those behind `after`.
    fn n_places(
        &self,
        channel: &ChannelId,
        after: Option<IndexPosition>,
    ) -> Result<u64, StoreError> {
        let head = IndexPrefix::channel(channel);
        let mut count = 0;
        for period in self.volumes.present() {
            if let Some(volume) = self.volumes.find(period)? {
                let places = volume.places(head, after, usize::MAX, &self.damage)?;
                count += places.len() as u64;
            }
        }
        Ok(count)
    }
}

/// Makes the reason, for people.
fn would_take(some: u64, all: u64, what: &str, channel: &ChannelId) -> String {
    let place = match *channel == ChannelId::root() {
        true => "the store".to_owned(),
        false => format!("channel `{channel}`"),
    };
    format!(
        "what is too old is not removed: {some} of {all} {what} of {place} should have gone more \
         than ten days ago. If the clock is right and they may go, say `gazetted retain --yes`"
    )
}
