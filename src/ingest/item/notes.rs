//! Rights, discussion, and the feed that an item was taken from.

use url::Url;

use super::names;
use crate::model::{
    Draft, EpisodeKind, FeedNote, Notes, Person, ReplyNote, SideFile, SourceNote, WebLink, WebUrl,
};
use crate::source::About;
use crate::text::identifiers::{language, media_type, secret};
use crate::text::{html, plain};

/// Bytes of a notice of rights.
const MAX_RIGHTS: usize = 2048;

/// Bytes of an id, a title.
const MAX_LINE: usize = 1024;

/// Largest number of an episode or a season that is believed.
const MAX_EPISODE: u32 = 100_000;

/// Transcripts of an episode that are kept: one for each of a few formats and languages.
const MAX_TRANSCRIPTS: usize = 8;

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
        episode_kind: draft.podcast.episode_kind.as_deref().and_then(episode_kind),
        transcripts: transcripts(draft, base),
        chapters: draft
            .podcast
            .chapters
            .as_ref()
            .and_then(|file| side_file(file, base)),
        reply_to: reply_to(draft, base),
        feed: copied
            .filter(|note| note.id.is_some() || note.link.is_some())
            .or_else(|| (*feed != FeedNote::default()).then(|| feed.clone())),
    }
}

fn episode_kind(written: &str) -> Option<EpisodeKind> {
    let is_it = |kind: &EpisodeKind| written.trim().eq_ignore_ascii_case(kind.name());
    EpisodeKind::ALL.into_iter().find(is_it)
}

fn transcripts(draft: &Draft, base: &WebUrl) -> Vec<SideFile> {
    let all = draft.podcast.transcripts.iter();
    all.filter_map(|file| side_file(file, base))
        .take(MAX_TRANSCRIPTS)
        .collect()
}

/// Returns a file beside an episode; `None` if nobody knows its media type, without which it
/// is of no use.
fn side_file(file: &WebLink, base: &WebUrl) -> Option<SideFile> {
    let url = base.join(&file.href)?;
    let said = file.kind.as_deref().and_then(media_type::canonical);
    let kind = said.or_else(|| media_type::of_address(url.as_str()).map(str::to_owned))?;
    let language = file.hreflang.as_deref().and_then(language::meant);
    Some(SideFile {
        url,
        kind,
        language,
    })
}

/// Returns the entry that is replied to. RFC 4685 demands its id; where only its address is
/// given, that stands for it.
fn reply_to(draft: &Draft, base: &WebUrl) -> Option<ReplyNote> {
    let reply = draft.in_reply_to.as_ref()?;
    let url = reply.href.as_deref().and_then(|href| base.join(href));
    let url = url.map(|url| secret::without(&url));
    let named = reply.id.as_deref().and_then(id);
    let named = named.filter(|id| Url::parse(id).is_ok() && !id.contains(char::is_whitespace));
    let id = named.or_else(|| url.as_ref().map(ToString::to_string))?;
    Some(ReplyNote { id, url })
}

/// Collects the statements of a feed about itself, but its title, which an admin can overrule.
/// An id that holds a secret of `address`, that of the feed, is none for readers.
#[must_use]
pub fn feed(about: &About, address: &WebUrl) -> FeedNote {
    let own = about.id.as_deref().and_then(id);
    FeedNote {
        id: own.filter(|id| !secret::is_told(id, address)),
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
