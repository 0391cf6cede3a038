//! Alarms for the admin, as an Atom feed: one state, one entry.

use atom_syndication as atom;
use chrono::DateTime;
use jiff::Timestamp;

use super::xml::legal;
use crate::config::Server;
use crate::model::WebUrl;

/// Alarm, or the end of one: something that was well is not, or is again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Subject: `source shandong/jinan/daily`, `store`, `feeds.toml`.
    pub subject: String,
    /// Code for machines: `timeout`, `held_back`, `moved` …; `well` for the end of an alarm.
    pub code: String,
    /// Sentence for people: what is seen, and what to do.
    pub message: String,
    /// Lines of TOML that would mend it, to paste into feeds.toml; empty if nobody knows.
    pub repair: Vec<String>,
    /// Time at which it was noticed.
    pub at: Timestamp,
}

impl Alarm {
    /// Code of the end of an alarm.
    pub const WELL: &str = "well";

    /// Returns a headline: subject and code.
    #[must_use]
    pub fn title(&self) -> String {
        match self.code.as_str() {
            Alarm::WELL => format!("{} is well again", self.subject),
            code => format!("{}: {code}", self.subject),
        }
    }

    /// Returns an id that is the same for the same alarm, whenever it is asked for.
    #[must_use]
    pub fn id(&self) -> String {
        let words = format!("{} {} {}", self.subject, self.code, self.at);
        let hash = blake3::hash(words.as_bytes()).to_hex();
        let digits = &hash.as_str()[..32];
        let (a, b, c, d, e) = (
            &digits[..8],
            &digits[8..12],
            &digits[13..16],
            &digits[17..20],
            &digits[20..],
        );
        format!("urn:uuid:{a}-{b}-8{c}-8{d}-{e}")
    }
}

/// Renders the feed of a site, newest first. Its entries lead to the status page, unless only the admin
/// has that.
#[must_use]
pub fn render(alarms: &[Alarm], server: &Server, public_url: &WebUrl) -> Vec<u8> {
    let title = &server.title;
    let status = server.admin.is_none().then(|| atom::Link {
        href: format!("{public_url}status"),
        rel: "alternate".to_owned(),
        ..atom::Link::default()
    });
    let updated = alarms.iter().map(|alarm| alarm.at).max();
    let entries = alarms.iter().rev().map(|alarm| atom::Entry {
        title: atom::Text::plain(legal(&alarm.title())),
        id: alarm.id(),
        updated: date(alarm.at),
        published: Some(date(alarm.at)),
        content: Some(content(alarm)),
        links: status.clone().into_iter().collect(),
        ..atom::Entry::default()
    });
    let feed = atom::Feed {
        title: atom::Text::plain(legal(&format!("{title}: alarms"))),
        id: format!("{public_url}admin/health.atom"),
        updated: date(updated.unwrap_or(Timestamp::UNIX_EPOCH)),
        authors: vec![atom::Person {
            name: "gazetted".to_owned(),
            ..atom::Person::default()
        }],
        entries: entries.collect(),
        ..atom::Feed::default()
    };
    feed.to_string().into_bytes()
}

/// Writes the message as text; above rules to paste as HTML, which keeps their lines.
fn content(alarm: &Alarm) -> atom::Content {
    let (value, kind) = match alarm.repair.as_slice() {
        [] => (legal(&alarm.message).into_owned(), "text"),
        lines => {
            let (message, lines) = (escaped(&alarm.message), escaped(&lines.join("\n")));
            (format!("<p>{message}</p><pre>{lines}</pre>"), "html")
        }
    };
    atom::Content {
        value: Some(value),
        content_type: Some(kind.to_owned()),
        ..atom::Content::default()
    }
}

/// Escapes text for HTML.
fn escaped(text: &str) -> String {
    let text = legal(text).replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

fn date(at: Timestamp) -> atom::FixedDateTime {
    let instant = DateTime::from_timestamp(at.as_second(), 0);
    instant.unwrap_or_default().fixed_offset()
}
