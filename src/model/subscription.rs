//! WebSub state of a source (W3C Recommendation, January 2018): discovery, back-off, subscription.

use std::fmt;

use jiff::Timestamp;

use super::{CallbackToken, Document, Secret, SourceId, WebUrl};

/// Hub discovery of one document (WebSub, 4): the topic and its hubs.
///
/// Written by `source::hub` from `Link` headers and the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubOffer {
    /// Topic to subscribe to (`rel=self`), or the document's address if it names none.
    pub topic: Topic,
    /// Hubs to ask (`rel=hub`), in the order in which they are named; one or two.
    pub hubs: Vec<WebUrl>,
}

/// Topic of a subscription: the address of a document as its publisher spells it, because a hub
/// compares it as text. At most [`WebUrl::MAX`] bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Topic(Box<str>);

/// WebSub state of one source: discovery, back-off and the subscription proper.
///
/// Written by `ingest::websub` on polls, hub notices and timers; kept in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// Source whose document is pushed.
    pub source: SourceId,
    /// Discovery of its last whole document; `None` if that named no hub.
    pub offer: Option<HubOffer>,
    /// Subscription that was asked for or is active.
    pub contract: Option<Contract>,
    /// Earliest next request to the hub; counts at most 24 hours ahead.
    pub due: Option<Timestamp>,
    /// Requests in a row that were not confirmed; also picks the hub, in turn.
    pub failures: u32,
    /// Reason why it does not work, for people.
    pub trouble: Option<String>,
}

/// Subscription at one hub (WebSub, 5): topic, callback, secret, lease.
#[derive(Clone, PartialEq)]
pub struct Contract {
    /// Topic subscribed to.
    pub topic: Topic,
    /// Address of the hub.
    pub hub: WebUrl,
    /// Address at which the hub reaches us; ends in `token`.
    pub callback: WebUrl,
    /// Capability token: the last segment of `callback`.
    pub token: CallbackToken,
    /// HMAC key with which the hub signs what it pushes.
    pub secret: Secret,
    /// Request that the hub has not verified yet.
    pub pending: Option<Pending>,
    /// Lease that the hub has granted; `None` before the first and after the last.
    pub lease: Option<Lease>,
    /// Time of the last push that was in order.
    pub received: Option<Timestamp>,
    /// Pushes that brought something new since the lease began or a poll last found what had not
    /// been pushed; saturates. From 1 on (3 if `has_missed`) the source is polled more rarely.
    pub credit: u32,
    /// Whether a poll has ever found something new that should have been pushed.
    pub has_missed: bool,
}

/// Request that waits for the hub to verify our intent (WebSub, 5.3); valid for 2 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Mode that was asked for.
    pub mode: Mode,
    /// Time of the request.
    pub since: Timestamp,
}

/// `hub.mode` of a request to a hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Start or renew a subscription.
    Subscribe,
    /// End it.
    Unsubscribe,
}

/// Lease of a subscription: the time for which the hub pushes; an hour to 30 days at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Start of the unbroken run of leases.
    pub since: Timestamp,
    /// End, unless it is renewed.
    pub until: Timestamp,
}

/// Notice of a hub at a callback address, checked: the intent was ours, or the signature is good.
#[derive(Clone, Debug)]
pub enum HubNotice {
    /// Verification: the hub confirms what we asked for.
    Confirmed {
        /// Token of the callback address.
        token: CallbackToken,
        /// Mode that is confirmed.
        mode: Mode,
        /// Lease granted, in seconds; `None` if the hub does not say, `u64::MAX` if more.
        lease_seconds: Option<u64>,
    },
    /// Denial: the hub will not push, or not any more (WebSub, 5.2).
    Denied {
        /// Token of the callback address.
        token: CallbackToken,
        /// Reason in the hub's words, one line of at most 200 characters.
        reason: Option<String>,
    },
    /// Content distribution: a pushed document, whose signature is good (WebSub, 7).
    Pushed {
        /// Token of the callback address.
        token: CallbackToken,
        /// Document that was pushed.
        document: Document,
    },
}

impl Topic {
    /// Parses a topic, keeping its spelling; `None` unless it is, trimmed, an absolute web address.
    ///
    /// ```
    /// use gazetted::model::Topic;
    /// assert_eq!(Topic::parse("HTTP://Example.COM").unwrap().as_str(), "HTTP://Example.COM");
    /// assert!(Topic::parse("/feed").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Topic> {
        let text = text.trim();
        let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
        let is_short = text.len() <= WebUrl::MAX;
        (is_plain && is_short && WebUrl::parse(text).is_some()).then(|| Topic(text.into()))
    }

    /// Returns the topic as it is spelled.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` names this topic, also if somebody has normalised it as a URL.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        *self.0 == *text || WebUrl::parse(&self.0) == WebUrl::parse(text)
    }
}

impl Subscription {
    /// Makes the state of a source of which nothing is known yet.
    #[must_use]
    pub fn new(source: SourceId) -> Subscription {
        Subscription {
            source,
            offer: None,
            contract: None,
            due: None,
            failures: 0,
            trouble: None,
        }
    }
}

impl Contract {
    /// Makes a subscription that no hub has been asked for yet. `callback` ends in `token`.
    #[must_use]
    pub fn new(
        topic: Topic,
        hub: WebUrl,
        (callback, token): (WebUrl, CallbackToken),
        secret: Secret,
    ) -> Contract {
        Contract {
            topic,
            hub,
            callback,
            token,
            secret,
            pending: None,
            lease: None,
            received: None,
            credit: 0,
            has_missed: false,
        }
    }

    /// Whether the hub may push: a lease is running or being asked for, and we are not leaving.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let pending = self.pending.map(|pending| pending.mode);
        pending != Some(Mode::Unsubscribe) && (pending.is_some() || self.lease.is_some())
    }
}

/// Without the token, the callback and the secret, which would let a reader of the log push.
impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contract")
            .field("topic", &self.topic)
            .field("hub", &self.hub)
            .field("pending", &self.pending)
            .field("lease", &self.lease)
            .field("received", &self.received)
            .field("credit", &self.credit)
            .field("has_missed", &self.has_missed)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Topic({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_stay_between_us_and_the_hub_is_not_shown() {
        let source: SourceId = "a/b".parse().unwrap();
        let topic = Topic::parse("https://a.example/feed").unwrap();
        let hub = WebUrl::parse("https://hub.example/").unwrap();
        let token = CallbackToken::new(&source, [0xa5; 16]);
        let callback = format!("https://news.example/websub/{}", token.segment());
        let callback = (WebUrl::parse(&callback).unwrap(), token);
        let contract = Contract::new(topic, hub, callback, Secret::new([0x5a; 32]));
        let shown = format!("{contract:?}");
        assert!(shown.contains("a.example"), "{shown}");
        assert!(
            !shown.contains("a5a5") && !shown.contains("5a5a"),
            "{shown}"
        );
    }

    #[test]
    fn a_topic_is_compared_as_an_address() {
        let topic = Topic::parse("http://Example.com").unwrap();
        assert!(topic.is("http://Example.com"));
        assert!(topic.is("http://example.com/"));
        assert!(!topic.is("http://example.com/feed"));
        assert!(!topic.is(""));
    }
}
