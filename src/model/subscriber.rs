//! Subscribers of our own hub (W3C WebSub, January 2018): who is told of which feed, and until when.

use std::fmt;

use jiff::Timestamp;

use super::{Secret, Topic, WebUrl};

/// Subscription of somebody to one of our feeds, at our hub.
///
/// Made when its callback has confirmed that it is meant (WebSub, 5.3); kept in the ledger.
#[derive(Clone, PartialEq)]
pub struct Subscriber {
    /// Feed, as the subscriber spells its address.
    pub topic: Topic,
    /// Address to which the feed is posted when it has changed.
    pub callback: WebUrl,
    /// Key of the signatures, fewer than 200 bytes; `None` if none was asked for.
    pub secret: Option<Secret>,
    /// End of the lease.
    pub until: Timestamp,
    /// Version that the subscriber has: the first 32 characters of its tag; empty if nobody knows.
    pub version: String,
    /// Last change of the channel in that version; `None` while there was none.
    pub changed: Option<Timestamp>,
    /// Deliveries in a row that failed.
    pub failures: u32,
    /// Earliest next attempt after a failure.
    pub due: Option<Timestamp>,
}

/// Key of a subscription in the store: 16 bytes of the blake3 hash of topic, NUL, callback, as these
/// two tell subscriptions apart (WebSub, 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriberKey([u8; 16]);

impl SubscriberKey {
    /// Computes the key of the subscription of `callback` to `topic`.
    #[must_use]
    pub fn of(topic: &Topic, callback: &WebUrl) -> SubscriberKey {
        let mut hasher = blake3::Hasher::new();
        hasher.update(topic.as_str().as_bytes());
        hasher.update(&[0]);
        hasher.update(callback.as_str().as_bytes());
        let mut key = [0; 16];
        hasher.finalize_xof().fill(&mut key);
        SubscriberKey(key)
    }

    /// Makes a key of the bytes that [`SubscriberKey::as_bytes`] returned.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> SubscriberKey {
        SubscriberKey(bytes)
    }

    /// Returns the bytes, as the store keeps them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Subscriber {
    /// Returns the key under which the store keeps it.
    #[must_use]
    pub fn key(&self) -> SubscriberKey {
        SubscriberKey::of(&self.topic, &self.callback)
    }
}

/// Without callback and secret: whoever knows them could push in our name.
impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber")
            .field("topic", &self.topic)
            .field("host", &self.callback.host())
            .field("until", &self.until)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topic_and_callback_tell_subscriptions_apart() {
        let key = |topic: &str, callback: &str| {
            let topic = Topic::parse(topic).unwrap();
            SubscriberKey::of(&topic, &WebUrl::parse(callback).unwrap())
        };
        let one = key("https://n.example/a.rss", "https://r.example/1");
        assert_eq!(one, key("https://n.example/a.rss", "https://r.example/1"));
        assert_ne!(one, key("https://n.example/a.atom", "https://r.example/1"));
        assert_ne!(one, key("https://n.example/a.rss", "https://r.example/2"));
    }

    #[test]
    fn the_log_learns_neither_callback_nor_secret() {
        let subscriber = Subscriber {
            topic: Topic::parse("https://n.example/a.rss").unwrap(),
            callback: WebUrl::parse("https://r.example/unguessable").unwrap(),
            secret: Some(Secret::from_text("hush")),
            until: Timestamp::UNIX_EPOCH,
            version: String::new(),
            changed: None,
            failures: 0,
            due: None,
        };
        let shown = format!("{subscriber:?}");
        assert!(shown.contains("r.example"), "{shown}");
        assert!(
            !shown.contains("hush") && !shown.contains("unguessable"),
            "{shown}"
        );
    }
}
