//! Rights, discussion, and the feed that an item was taken from.

use super::names;
use crate::model::{Draft, FeedNote, Notes, Person, SourceNote, WebUrl};
use crate::source::About;
use crate::text::identifiers::secret;
use crate::text::{html, plain};

/// Bytes of a notice of rights.
const MAX_RIGHTS: usize = 2048;

/// Bytes of an id, a title.
const MAX_LINE: usize = 1024;

/// Largest number of an episode or a season that is believed.
const MAX_EPISODE: u32 = 100_000;

/// Collects the statements of an entry beside its news; `feed` is what its feed says of itself.
#[must_use]
pub fn of(draft: &Draft, feed: &FeedNote, base: &WebUrl) -> Notes {
    let address = |written: &Option<String>| base.join(written.as_deref()?);
    let licence = draft.links.iter().find(|link| {
        let rel = link.rel.as_deref().unwrap_or_default();
        rel.eq_ignore_ascii_case("license") || rel.eq_ignore_ascii_case("licence")
    });
    let replies = draft.links.iter().find(|link| {
        let is_replies = link.rel.as_deref() == Some("replies");
        let kind = link.kind.as_deref().unwrap_or("text/html");
        is_replies && kind.contains("html")
    });
    let page = address(&draft.comments).or_else(|| base.join(&replies?.href));
    let comments_feed = address(&draft.comments_feed).filter(|url| Some(url) != page.as_ref());
    let number = |written: &Option<String>| {
        let number: u32 = written.as_deref()?.trim().parse().ok()?;
        (1..=MAX_EPISODE).contains(&number).then_some(number)
    };
    let copied = draft.source.as_deref().map(|note| of_source(note, base));
    Notes {
        contributors: names::of(&draft.contributors),
        rights: draft.rights.as_deref().and_then(rights),
        licence: licence.and_then(|link| base.join(&link.href)),
        comments: page,
        comments_feed,
        comments_count: draft.comments_count,
        is_explicit: draft.podcast.explicit,
        episode: number(&draft.podcast.episode),
        season: number(&draft.podcast.season),
        feed: copied
            .filter(|note| note.id.is_some() || note.link.is_some())
            .or_else(|| (*feed != FeedNote::default()).then(|| feed.clone())),
    }
}

/// Collects the statements of a feed about itself, but its title, which an admin can overrule.
#[must_use]
pub fn feed(about: &About) -> FeedNote {
    FeedNote {
        id: about.id.as_deref().and_then(id),
        title: None,
        link: None,
        updated: about.updated.map(|moment| moment.at),
        rights: about.rights.as_deref().and_then(rights),
        authors: names::of(&about.authors),
    }
}

/// Gives notes that come from elsewhere the bounds of an entry's.
pub(super) fn bound(notes: &mut Notes) {
    let short = |text: &mut Option<String>, most: usize| {
        *text = text.take().map(|text| plain::line(&text, most));
    };
    notes.contributors = names::in_lines(&notes.contributors);
    short(&mut notes.rights, MAX_RIGHTS);
    if let Some(feed) = &mut notes.feed {
        short(&mut feed.id, MAX_LINE);
        short(&mut feed.title, MAX_LINE);
        short(&mut feed.rights, MAX_RIGHTS);
        feed.authors = names::in_lines(&feed.authors);
    }
}

fn of_source(note: &SourceNote, base: &WebUrl) -> FeedNote {
    let link = note.link.as_deref().and_then(|link| base.join(link));
    let authors: &[Person] = &note.authors;
    FeedNote {
        id: note.id.as_deref().and_then(id),
        title: note
            .title
            .as_deref()
            .and_then(|title| line(title, MAX_LINE)),
        link: link.map(|link| secret::without(&link)),
        updated: note.updated.map(|moment| moment.at),
        rights: note.rights.as_deref().and_then(rights),
        authors: names::of(authors),
    }
}

/// Returns an id without the secrets of an address that serves as one.
fn id(written: &str) -> Option<String> {
    let plain = Some(plain::line(written, MAX_LINE)).filter(|id| !id.is_empty())?;
    Some(match WebUrl::parse(&plain).filter(secret::is_in) {
        Some(url) => secret::without(&url).to_string(),
        None => plain,
    })
}

fn rights(written: &str) -> Option<String> {
    line(written, MAX_RIGHTS)
}

fn line(markup: &str, most: usize) -> Option<String> {
    let text = plain::line(&html::to_text(markup), most);
    (!text.is_empty()).then_some(text)
}
