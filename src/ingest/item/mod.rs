//! Items from drafts: plain text, safe markup, bounded lists.

pub mod arrival;
pub mod article;
pub(super) mod boilerplate;
pub mod content_hash;
pub mod filter;
pub mod headline;
pub mod listed;
pub mod media;
pub mod names;
pub mod notes;
pub mod sort_key;

use crate::model::{
    Article, Content, Draft, FeedNote, Image, Item, ItemId, Moment, SafeHtml, SourceId, StoredItem,
    WebUrl,
};
use crate::text::identifiers::language;
use crate::text::{fingerprint, html, plain};
use sort_key::Observation;

/// Longest title, in bytes.
const MAX_TITLE: usize = 1024;
/// Longest name of a person, origin or category, in bytes.
const MAX_NAME: usize = 200;
/// Longest caption, in bytes.
const MAX_CAPTION: usize = 1024;
/// Longest guid, in bytes.
const MAX_GUID: usize = 2048;

/// Upper limit of an item's categories.
const MAX_CATEGORIES: usize = 64;
/// Upper limit of an item's captions.
const MAX_CAPTIONS: usize = 32;

/// Length of the text that stands in for a missing title, in graphemes.
const STAND_IN_GRAPHEMES: usize = 60;

/// Length of a teaser made of a text, in graphemes.
const TEASER_GRAPHEMES: usize = 200;

/// Origin of a draft, as far as its item needs it.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Source that brought it.
    pub source: &'a SourceId,
    /// Language of the source, BCP 47, as far as anybody told.
    pub language: Option<&'a str>,
    /// Base of relative links in its markup, if the draft has no link of its own.
    pub base: &'a WebUrl,
    /// Statements of its feed about itself.
    pub feed: &'a FeedNote,
    /// Names it goes by, folded; see [`headline::names`].
    pub names: &'a [String],
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
    let published = date(draft, article, held);
    let sort_key = held.map_or_else(
        || sort_key::sort_key(published, sight),
        |held| held.sort_key,
    );
    let updated = draft.updated.map(|moment| moment.at);
    let base = draft.link.as_ref().unwrap_or(origin.base);
    let content = content(draft, article, base);
    let summary = draft
        .summary
        .as_deref()
        .map(|markup| html::sanitize(markup, Some(base)));
    let summary = summary.filter(|markup| !markup.is_empty());
    let summary = summary.filter(|markup| !repeats_title(markup, draft, origin));
    let subtitle = draft.subtitle.as_deref().filter(|_| content.is_none());
    let summary = summary.or_else(|| {
        let subtitle = subtitle.map(html::from_text);
        subtitle.filter(|markup| !markup.is_empty() && !repeats_title(markup, draft, origin))
    });
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
            .map(|guid| plain::line(guid, MAX_GUID))
            .filter(|guid| !guid.is_empty()),
        url: draft.link.clone(),
        title: own_title(
            draft,
            article,
            origin,
            summary.as_ref().or(content.as_ref()),
        ),
        language: language::meant(draft.language.as_deref().unwrap_or_default())
            .or_else(|| language::meant(origin.language?)),
        authors: authors(draft, article),
        origin: source_name(draft, article),
        published: sort_key::shown(published, sort_key),
        updated: updated.or_else(|| held.map(|_| sight.now)),
        first_seen: held.map_or(sight.now, |held| held.first_seen),
        sort_key,
        image: media::image(draft, article, base).or_else(|| {
            let texts = content.iter().chain(&summary);
            texts.into_iter().find_map(pictured)
        }),
        captions: captions(draft, article),
        categories: categories(draft),
        enclosures: media::enclosures(draft, base),
        notes: notes::of(draft, origin.feed, base),
        fingerprint: origin.fingerprint,
        summary,
        content,
    }
}

/// Removes the text of an item and leaves a teaser: its own, else the beginning of the text.
pub fn keep_teaser(item: &mut Item) {
    let content = item.content.take();
    if item.summary.is_none() {
        let teaser = content.map(|content| html::excerpt(content.as_str(), TEASER_GRAPHEMES));
        let teaser = teaser.filter(|teaser| !teaser.is_empty());
        item.summary = teaser.map(|teaser| html::from_text(&teaser));
    }
}

/// Gives an item that comes from elsewhere, such as an export, the bounds and the safe markup that
/// those of [`item`] have. Changes none of its own making.
pub fn admit(item: &mut Item) {
    let base = item.url.clone();
    for markup in [&mut item.summary, &mut item.content].into_iter().flatten() {
        *markup = html::sanitize(markup.as_str(), base.as_ref());
    }
    let line = |text: &mut String, most: usize| *text = plain::line(text, most);
    item.title = title_line(&item.title);
    item.guid.iter_mut().for_each(|guid| line(guid, MAX_GUID));
    item.origin.iter_mut().for_each(|name| line(name, MAX_NAME));
    item.language = item.language.take().and_then(|tag| language::meant(&tag));
    item.authors = names::in_lines(&item.authors);
    item.captions = distinct(
        item.captions
            .iter()
            .map(|text| plain::line(text, MAX_CAPTION)),
        MAX_CAPTIONS,
    );
    let categories = item.categories.iter().map(String::as_str);
    item.categories = names_of(categories, MAX_CATEGORIES);
    for text in item
        .image
        .iter_mut()
        .flat_map(|image| [&mut image.caption, &mut image.credit])
    {
        text.iter_mut().for_each(|text| line(text, MAX_CAPTION));
    }
    media::bound(&mut item.enclosures);
    notes::bound(&mut item.notes);
}

/// Returns a headline as items have it: one line of at most 1 024 bytes, never empty.
#[must_use]
pub fn title_line(text: &str) -> String {
    let line = plain::line(text, MAX_TITLE);
    match line.is_empty() {
        true => "—".to_owned(),
        false => line,
    }
}

/// Whether a teaser says no more than the headline, and perhaps the name of the paper, as
/// those of news searches do.
fn repeats_title(summary: &SafeHtml, draft: &Draft, origin: &Origin<'_>) -> bool {
    let title = fingerprint::fold(draft.title.as_deref().unwrap_or_default());
    if title.is_empty() || html::first_picture(summary.as_str()).is_some() {
        return false;
    }
    let text = fingerprint::fold(&html::to_text(summary.as_str()));
    let note = draft.source.as_ref().and_then(|note| note.title.as_deref());
    let note = note.map(fingerprint::fold).unwrap_or_default();
    let names = origin.names.iter().map(String::as_str).chain([&*note, ""]);
    let mut said = names.flat_map(|name| {
        // The headline may end in the name that stands behind the teaser's link.
        let bare = title.strip_suffix(name).unwrap_or(&title);
        [
            format!("{title}{name}"),
            format!("{bare}{name}"),
            bare.to_owned(),
        ]
    });
    said.any(|said| said == text)
}

/// Finds when it was published, as far as anybody says. Where nobody does, the time of the
/// last change is as good when it is first seen; later ones are edits.
fn date(draft: &Draft, article: Option<&Article>, held: Option<&StoredItem>) -> Option<Moment> {
    let told = listed::date(draft, article).and_then(sort_key::believable);
    let others = [article.and_then(|article| article.published), draft.updated];
    let others = others.into_iter().flatten();
    told.or_else(|| {
        others
            .filter(|_| held.is_none())
            .find_map(sort_key::believable)
    })
}

/// Returns the headline without the name of the paper: that of the source, or of the
/// original.
fn own_title(
    draft: &Draft,
    article: Option<&Article>,
    origin: &Origin<'_>,
    body: Option<&SafeHtml>,
) -> String {
    let whole = title(draft, article, body);
    let host = |url: &WebUrl| url.host().trim_start_matches("www.").to_owned();
    let hosts = [draft.link.as_ref(), draft.source_link().as_ref()].map(|url| url.map(host));
    let note = draft.source.as_ref().and_then(|note| note.title.as_deref());
    let others = [note, draft.origin.as_deref()].into_iter().flatten();
    let others = others.chain(hosts.iter().flatten().map(String::as_str));
    let mut names = headline::names(others);
    names.extend(
        article
            .and_then(|article| article.origin.as_deref())
            .map(fingerprint::fold),
    );
    names.extend_from_slice(origin.names);
    headline::without_name(&whole, &names).to_owned()
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
    let text = || body.map(|body| html::excerpt(body.as_str(), STAND_IN_GRAPHEMES));
    let link = || draft.link.as_ref().map(|link| line(link.as_str()));
    listed::headline(draft, article, listed, own)
        .or_else(|| text().filter(|text| !text.is_empty()))
        .or_else(link)
        .unwrap_or_else(|| "—".to_owned())
}

fn content(draft: &Draft, article: Option<&Article>, base: &WebUrl) -> Option<SafeHtml> {
    let own = article.and_then(|article| article.content.as_deref());
    let own = own.map(|markup| html::sanitize(markup, Some(base)));
    let own = own.filter(|markup| !markup.is_empty());
    own.or_else(|| {
        let bodies = draft.content.iter().map(|content| safe(content, base));
        bodies.into_iter().find(|markup| !markup.is_empty())
    })
    .or_else(|| player(draft, base))
}

/// Makes the text of an entry that has none but a teaser, and a player on a page elsewhere: the
/// teaser, and the link that is left of the player.
fn player(draft: &Draft, base: &WebUrl) -> Option<SafeHtml> {
    let url = base.join(draft.player.as_deref()?)?;
    let is_played = media::enclosures(draft, base)
        .iter()
        .any(|file| file.duration.is_some() || file.kind.as_deref().is_some_and(is_playable));
    let teaser = draft.summary.as_deref().unwrap_or_default();
    let frame = format!("{teaser}<iframe src=\"{url}\"></iframe>");
    (!is_played).then(|| html::sanitize(&frame, Some(base)))
}

fn is_playable(kind: &str) -> bool {
    kind.starts_with("audio/") || kind.starts_with("video/")
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
    match own.is_empty() {
        true => names::of(&draft.authors),
        false => names::in_lines(own),
    }
}

fn source_name(draft: &Draft, article: Option<&Article>) -> Option<String> {
    let note = draft.source.as_ref().and_then(|note| note.title.as_deref());
    let named = article.and_then(|article| article.origin.as_deref());
    let name = named.or(draft.origin.as_deref()).or(note)?;
    Some(plain::line(name, MAX_NAME)).filter(|name| !name.is_empty())
}

/// Finds the first picture of a sanitised text; its addresses are absolute.
fn pictured(text: &SafeHtml) -> Option<Image> {
    let picture = html::first_picture(text.as_str())?;
    Some(Image {
        url: WebUrl::parse(&picture.src)?,
        caption: picture.alt.map(|alt| plain::line(&alt, MAX_CAPTION)),
        credit: None,
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

fn names_of<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> Vec<String> {
    distinct(texts.map(|text| plain::line(text, MAX_NAME)), most)
}

/// Categories as people call them.
fn categories(draft: &Draft) -> Vec<String> {
    let called = draft.categories.iter().map(|category| {
        let mut labels = draft.category_labels.iter();
        let label = labels.find(|(term, _)| term == category);
        label.map_or(category, |(_, label)| label).as_str()
    });
    names_of(called, MAX_CATEGORIES)
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
