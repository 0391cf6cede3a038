//! Items from drafts: plain text, safe markup, bounded lists.

pub mod article;
pub(super) mod boilerplate;
pub mod content_hash;
pub mod filter;
pub mod sort_key;

use super::listed;
use crate::model::{
    Article, Content, Draft, Enclosure, Image, Item, ItemId, Media, Person, SafeHtml, SourceId,
    StoredItem, WebUrl,
};
use crate::text::{html, plain};
use sort_key::Observation;

/// Longest title, in bytes.
const MAX_TITLE: usize = 1024;
/// Longest name of a person, origin or category, in bytes.
const MAX_NAME: usize = 200;
/// Longest caption, in bytes.
const MAX_CAPTION: usize = 1024;
/// Longest guid, in bytes.
const MAX_GUID: usize = 2048;

/// Upper limit of an item's authors.
const MAX_AUTHORS: usize = 16;
/// Upper limit of an item's categories.
const MAX_CATEGORIES: usize = 64;
/// Upper limit of an item's enclosures.
const MAX_FILES: usize = 16;
/// Upper limit of an item's captions.
const MAX_CAPTIONS: usize = 32;

/// Length of the text that stands in for a missing title, in graphemes.
const STAND_IN: usize = 60;

/// Length of a teaser made of a text, in graphemes.
const TEASER: usize = 200;

/// Origin of a draft, as far as its item needs it.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Source that brought it.
    pub source: &'a SourceId,
    /// Language of the source, BCP 47, as far as anybody told.
    pub language: Option<&'a str>,
    /// Base of relative links in its markup, if the draft has no link of its own.
    pub base: &'a WebUrl,
    /// Content hash of the draft.
    pub fingerprint: u64,
}

/// Makes the item of a draft and its article page.
///
/// An item that the store has (`held`) keeps its sort key and the time it was first seen; if
/// no source says when it was updated, that is now.
#[must_use]
pub fn item(
    id: ItemId,
    draft: &Draft,
    article: Option<&Article>,
    held: Option<&StoredItem>,
    origin: &Origin<'_>,
    sight: &Observation<'_>,
) -> Item {
    let published = listed::date(draft, article);
    let updated = draft.updated.map(|moment| moment.at);
    let base = draft.link.as_ref().unwrap_or(origin.base);
    let content = content(draft, article, base);
    let summary = draft
        .summary
        .as_deref()
        .map(|markup| html::sanitize(markup, Some(base)));
    let summary = summary.filter(|markup| !markup.is_empty());
    let summary = summary.or_else(|| {
        let own = article.and_then(|article| article.summary.as_deref())?;
        Some(html::from_text(own)).filter(|markup| !markup.is_empty())
    });
    Item {
        id,
        source: origin.source.clone(),
        guid: draft
            .guid
            .as_deref()
            .map(|guid| plain::line(guid, MAX_GUID)),
        url: draft.link.clone(),
        title: title(draft, article, summary.as_ref().or(content.as_ref())),
        language: draft
            .language
            .as_deref()
            .or(origin.language)
            .map(|tag| plain::line(tag, 35)),
        authors: authors(draft, article),
        origin: source_name(draft, article),
        published: published.map(|moment| moment.at),
        updated: updated.or_else(|| held.map(|_| sight.now)),
        first_seen: held.map_or(sight.now, |held| held.first_seen),
        sort_key: held.map_or_else(
            || sort_key::sort_key(published, sight),
            |held| held.sort_key,
        ),
        image: image(draft, article, base).or_else(|| {
            let texts = content.iter().chain(&summary);
            texts.into_iter().find_map(pictured)
        }),
        captions: captions(draft, article),
        categories: names(draft.categories.iter().map(String::as_str), MAX_CATEGORIES),
        enclosures: enclosures(draft, base),
        fingerprint: origin.fingerprint,
        summary,
        content,
    }
}

/// Removes the text of an item and leaves a teaser: its own, else the beginning of the text.
pub fn keep_teaser(item: &mut Item) {
    let content = item.content.take();
    if item.summary.is_none() {
        let teaser = content.map(|content| html::excerpt(content.as_str(), TEASER));
        let teaser = teaser.filter(|teaser| !teaser.is_empty());
        item.summary = teaser.map(|teaser| html::from_text(&teaser));
    }
}

/// Chooses the headline; a list often cuts it, the article does not. Without either: the
/// beginning of the text, the link, or a dash. Never empty.
fn title(draft: &Draft, article: Option<&Article>, body: Option<&SafeHtml>) -> String {
    let line = |text: &str| plain::line(text, MAX_TITLE);
    let listed = draft
        .title
        .as_deref()
        .map(line)
        .filter(|title| !title.is_empty());
    let own = article
        .and_then(|article| article.title.as_deref())
        .map(line);
    let own = own.filter(|title| !title.is_empty());
    let text = || body.map(|body| html::excerpt(body.as_str(), STAND_IN));
    let link = || draft.link.as_ref().map(|link| line(link.as_str()));
    listed::headline(draft, article, listed, own)
        .or_else(|| text().filter(|text| !text.is_empty()))
        .or_else(link)
        .unwrap_or_else(|| "—".to_owned())
}

fn content(draft: &Draft, article: Option<&Article>, base: &WebUrl) -> Option<SafeHtml> {
    let own = article.and_then(|article| article.content.as_deref());
    let markup = match own {
        Some(markup) => html::sanitize(markup, Some(base)),
        None => safe(
            draft
                .content
                .iter()
                .find(|content| !content.value.is_empty())?,
            base,
        ),
    };
    (!markup.is_empty()).then_some(markup)
}

fn safe(content: &Content, base: &WebUrl) -> SafeHtml {
    if content.kind == "text/plain" {
        html::from_text(&content.value)
    } else {
        html::sanitize(&content.value, Some(base))
    }
}

fn authors(draft: &Draft, article: Option<&Article>) -> Vec<String> {
    let own = article
        .map(|article| article.authors.as_slice())
        .unwrap_or_default();
    if own.is_empty() {
        names(draft.authors.iter().filter_map(shown), MAX_AUTHORS)
    } else {
        names(own.iter().map(String::as_str), MAX_AUTHORS)
    }
}

/// Returns the name of a person for readers; mail addresses are not passed on.
fn shown(person: &Person) -> Option<&str> {
    person.name.as_deref().filter(|name| !name.contains('@'))
}

fn source_name(draft: &Draft, article: Option<&Article>) -> Option<String> {
    let note = draft.source.as_ref().and_then(|note| note.title.as_deref());
    let named = article.and_then(|article| article.origin.as_deref());
    let name = named.or(draft.origin.as_deref()).or(note)?;
    Some(plain::line(name, MAX_NAME)).filter(|name| !name.is_empty())
}

fn image(draft: &Draft, article: Option<&Article>, base: &WebUrl) -> Option<Image> {
    let figure = article.and_then(|article| article.figures.first());
    let is_picture = |media: &&Media| {
        media
            .kind
            .as_deref()
            .is_some_and(|kind| kind.starts_with("image"))
    };
    let media = draft.media.iter().chain(&draft.enclosures).find(is_picture);
    let given = draft
        .image
        .as_deref()
        .or(media.map(|media| media.url.as_str()));
    let given = given.or(draft.thumbnails.first().map(String::as_str));
    let url = given.or(figure.map(|figure| figure.url.as_str()))?;
    let caption = match given {
        Some(_) => media.and_then(|media| media.description.as_deref()),
        None => figure.and_then(|figure| figure.caption.as_deref()),
    };
    Some(Image {
        url: base.join(url)?,
        caption: caption.map(|text| plain::line(text, MAX_CAPTION)),
    })
}

/// Finds the first picture of a sanitised text; its addresses are absolute.
fn pictured(text: &SafeHtml) -> Option<Image> {
    let picture = html::first_picture(text.as_str())?;
    Some(Image {
        url: WebUrl::parse(&picture.src)?,
        caption: picture.alt.map(|alt| plain::line(&alt, MAX_CAPTION)),
    })
}

fn captions(draft: &Draft, article: Option<&Article>) -> Vec<String> {
    let figures = article
        .map(|article| article.figures.as_slice())
        .unwrap_or_default();
    let own = figures
        .iter()
        .filter_map(|figure| figure.caption.as_deref());
    let lines = own.chain(draft.captions.iter().map(String::as_str));
    distinct(
        lines.map(|text| plain::line(text, MAX_CAPTION)),
        MAX_CAPTIONS,
    )
}

fn enclosures(draft: &Draft, base: &WebUrl) -> Vec<Enclosure> {
    let files = draft.enclosures.iter().filter_map(|file| {
        Some(Enclosure {
            url: base.join(&file.url)?,
            kind: file.kind.as_deref().map(|kind| plain::line(kind, 127)),
            length: file
                .length
                .as_deref()
                .and_then(|text| text.trim().parse().ok())
                .unwrap_or(0),
        })
    });
    files.take(MAX_FILES).collect()
}

fn names<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> Vec<String> {
    distinct(texts.map(|text| plain::line(text, MAX_NAME)), most)
}

/// Lists texts that are not empty, each once, in order, at most `most`.
fn distinct(texts: impl Iterator<Item = String>, most: usize) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for text in texts.filter(|text| !text.is_empty()).take(most * 4) {
        if kept.len() < most && !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept
}
