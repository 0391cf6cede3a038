//! What we remember of a source and its hub (WebSub, W3C Recommendation 2018).

use std::fmt;

use jiff::Timestamp;

use super::{CallbackToken, Document, Secret, SourceId, WebUrl};

/// What a document says about being pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubOffer {
    /// What to subscribe to (`rel=self`).
    pub topic: Topic,
    /// Whom to ask (`rel=hub`), the first that is named first; one or two.
    pub hubs: Vec<WebUrl>,
}

/// The address of a document as its publisher spells it: a hub compares it as
/// text.
#[derive(Clone, PartialEq, Eq)]
pub struct Topic(Box<str>);

/// A source and its hub.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// Whose items are pushed.
    pub source: SourceId,
    /// What its last whole document offered.
    pub offer: Option<HubOffer>,
    /// What we asked for, or have.
    pub contract: Option<Contract>,
    /// Before this, nothing is asked again.
    pub due: Option<Timestamp>,
    /// Requests in a row that were not confirmed.
    pub failures: u32,
    /// Why it does not work, for people.
    pub trouble: Option<String>,
}

/// What one hub was asked for.
#[derive(Clone, PartialEq)]
pub struct Contract {
    /// What about.
    pub topic: Topic,
    /// Which hub.
    pub hub: WebUrl,
    /// Where it reaches us.
    pub callback: WebUrl,
    /// The end of that.
    pub token: CallbackToken,
    /// What it signs with.
    pub secret: Secret,
    /// What it has not confirmed yet.
    pub pending: Option<Pending>,
    /// For how long it has promised to push.
    pub lease: Option<Lease>,
    /// When it last pushed something that was in order.
    pub received: Option<Timestamp>,
    /// Pushes in a row that brought something new before a poll did.
    pub credit: u32,
    /// Whether a poll has found what should have been pushed.
    pub has_missed: bool,
}

/// A request that waits for the hub to verify that we meant it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// What was asked.
    pub mode: Mode,
    /// When.
    pub since: Timestamp,
}

/// `hub.mode` of what we ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Begin, or go on.
    Subscribe,
    /// End.
    Unsubscribe,
}

/// The time for which a hub pushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Since when without a break.
    pub since: Timestamp,
    /// Until when, unless it is renewed.
    pub until: Timestamp,
}

/// What a hub told us at a callback address, checked.
#[derive(Clone, Debug)]
pub enum HubNotice {
    /// It confirms what we asked for.
    Confirmed {
        /// Where it was told.
        token: CallbackToken,
        /// What it confirms.
        mode: Mode,
        /// For how long it says it will push, in seconds.
        lease_seconds: Option<u64>,
    },
    /// It will not push, or not any more.
    Denied {
        /// Where it was told.
        token: CallbackToken,
        /// Why, in its words.
        reason: Option<String>,
    },
    /// It pushes a document; the signature is good.
    Pushed {
        /// Where it was pushed.
        token: CallbackToken,
        /// What was pushed.
        document: Document,
    },
}

impl Topic {
    /// The topic of this spelling, if it is an absolute web address.
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

    /// The topic as it is spelled.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` means this topic, also if somebody has tidied it up.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        *self.0 == *text || WebUrl::parse(&self.0) == WebUrl::parse(text)
    }
}

impl Subscription {
    /// A source of which nothing is known yet.
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
    /// A contract nobody has been asked for yet. `callback` ends in `token`.
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

    /// Whether the hub may push: it has promised to, or is about to.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let pending = self.pending.map(|pending| pending.mode);
        pending != Some(Mode::Unsubscribe) && (pending.is_some() || self.lease.is_some())
    }
}

/// Without what would let a reader of the log push.
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
