//! Hashes by which an entry can be known again.

use crate::config::{IdentityKey, Source};
use crate::ingest::item::content_hash;
use crate::model::{Draft, Precision, SeenEntry, WebUrl};
use crate::text::fingerprint::{self, MIN_TELLING_TITLE_WEIGHT, title_weight};

/// Distance of dates, in seconds, from which on an entry is no later state of one that
/// has its name: three weeks.
pub(in crate::ingest) const MAX_REVISION_SECONDS: i64 = 21 * 24 * 3600;

/// Hashes of an entry's parts, of those it has and that its source lets count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EntryHashes {
    /// Guid, trimmed.
    pub(super) guid: Option<u64>,
    /// Canonical address, without parameters that say nothing.
    pub(super) link: Option<u64>,
    /// Folded title.
    pub(super) title: Option<u64>,
    /// Published date, in seconds since 1970.
    pub(super) date: Option<i64>,
    /// Text, without boilerplate.
    pub(super) text: Option<u64>,
    /// Whether the title is heavy, so that it says what happened.
    pub(super) is_heavy: bool,
    /// Whether the date has a time of day.
    pub(super) is_exact: bool,
    /// Whether the link leads to a home page.
    pub(super) is_home: bool,
}

/// Hashes the canonical address of a link, as the seen set of `source` remembers it.
pub(super) fn link(url: &WebUrl, source: &Source) -> u64 {
    fingerprint::hash(&content_hash::address(url, &source.strip_params))
}

/// Returns the guid of a draft, trimmed; `None` if it is empty.
pub(super) fn guid(draft: &Draft) -> Option<&str> {
    let guid = draft.guid.as_deref().map(str::trim);
    guid.filter(|guid| !guid.is_empty())
}

impl EntryHashes {
    /// Hashes the parts of a draft that `source` lets count: by `identity`, `trust_guid`,
    /// `strip_params`.
    pub(super) fn of(draft: &Draft, source: &Source) -> EntryHashes {
        let counts = |rung| source.identity.contains(&rung);
        let has_guid = counts(IdentityKey::Guid) && source.trust_guid != Some(false);
        let link = draft.link.as_ref().filter(|_| counts(IdentityKey::Link));
        let title = draft.title.as_deref().map(fingerprint::fold);
        let title = title.filter(|title| !title.is_empty());
        let published = draft.published;
        EntryHashes {
            guid: guid(draft).filter(|_| has_guid).map(fingerprint::hash),
            link: link.map(|url| self::link(url, source)),
            title: title.as_deref().map(fingerprint::hash),
            date: published.map(|moment| moment.at.as_second()),
            text: content_hash::text(draft),
            is_heavy: title.as_deref().is_some_and(is_heavy),
            is_exact: published.is_some_and(|moment| moment.precision > Precision::Day),
            is_home: link.is_some_and(|url| {
                let url = url.to_url();
                url.path() == "/" && url.query().is_none()
            }),
        }
    }

    /// Returns all hashes that are compared.
    pub(super) fn parts(&self) -> EntryParts {
        (self.guid, self.link, self.title, self.date, self.text)
    }

    /// Returns title and date together; `None` unless there are both.
    pub(super) fn title_and_date(&self) -> Option<(u64, i64)> {
        self.title.zip(self.date)
    }

    /// Returns title and text together; `None` unless there are both.
    pub(super) fn title_and_text(&self) -> Option<(u64, u64)> {
        self.title.zip(self.text)
    }

    /// Whether the entry and a known one both have a date, and not the same.
    pub(super) fn is_dated_otherwise(&self, known: &SeenEntry) -> bool {
        differ(self.date, known.date)
    }
}

/// Guid, link, title, date and text.
pub(super) type EntryParts = (
    Option<u64>,
    Option<u64>,
    Option<u64>,
    Option<i64>,
    Option<u64>,
);

/// Returns all hashes of a known entry that are compared.
pub(super) fn parts(known: &SeenEntry) -> EntryParts {
    (known.guid, known.link, known.title, known.date, known.text)
}

/// Returns title and date of a known entry together; `None` unless there are both.
pub(super) fn title_and_date(known: &SeenEntry) -> Option<(u64, i64)> {
    known.title.zip(known.date)
}

/// Returns title and text of a known entry together; `None` unless there are both.
pub(super) fn title_and_text(known: &SeenEntry) -> Option<(u64, u64)> {
    known.title.zip(known.text)
}

/// Whether both are there and not equal.
pub(super) fn differ<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

/// Whether an entry is news under the name of an old one: dated long after that, and
/// with another title or text. Withdrawn releases come back so, and the programme of
/// next year.
pub(super) fn is_again(marks: &EntryHashes, known: &SeenEntry) -> bool {
    let (Some(now), Some(then)) = (marks.date, known.date) else {
        return false;
    };
    let says_other = match (marks.text, known.text) {
        (Some(text), Some(before)) => text != before,
        _ => differ(marks.title, known.title),
    };
    now.saturating_sub(then) > MAX_REVISION_SECONDS && says_other
}

fn is_heavy(title: &str) -> bool {
    title_weight(title) >= MIN_TELLING_TITLE_WEIGHT
}
