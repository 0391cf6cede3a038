//! Rhythm of a channel: how soon it may have something new.

use std::time::Duration;

use super::Site;
use crate::model::ChannelId;

/// Rhythm of channels without enabled sources.
const DEFAULT: Duration = Duration::from_secs(30 * 60);

/// Shortest rhythm.
const MIN: Duration = Duration::from_secs(60);

/// Longest rhythm.
const MAX: Duration = Duration::from_secs(24 * 3600);

impl Site<'_> {
    /// Computes the time for which readers and caches need not ask again for a channel's feed:
    /// the shortest interval of its enabled sources, as long as we leave the quickest of them
    /// alone. Whole minutes, 1 to 1 440; the same in `ttl` and in `Cache-Control`.
    #[must_use]
    pub fn rhythm(&self, channel: &ChannelId) -> Duration {
        let sources = self.config.sources_in(channel);
        let shortest = sources
            .filter(|source| source.enabled)
            .map(|source| source.interval)
            .min();
        let minutes = shortest.unwrap_or(DEFAULT).clamp(MIN, MAX).as_secs() / 60;
        Duration::from_secs(minutes * 60)
    }
}
