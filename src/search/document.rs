//! Stories as documents of the index.

use std::collections::BTreeSet;

use tantivy::TantivyDocument;

use super::schema::{Fields, halves, key, name_key};
use crate::model::{ChannelId, Item, SafeHtml, Story};
use crate::store::Period;
use crate::text::html::to_text;

/// Makes the document of a story; `version` is that of the store.
pub(super) fn document(
    fields: &Fields,
    story: &Story,
    volume: Period,
    version: u64,
) -> TantivyDocument {
    let mut document = TantivyDocument::new();
    let (head, tail) = halves(story.id);
    document.add_u64(fields.key, key(story.id));
    document.add_u64(fields.head, head);
    document.add_u64(fields.tail, tail);
    document.add_u64(fields.version, version);
    document.add_text(fields.volume, volume.to_string());
    document.add_i64(fields.at, story.canonical.sort_key.as_second());
    for name in sources(story) {
        document.add_text(fields.source, name);
    }
    for channel in channels(story) {
        document.add_text(fields.channel, channel.as_str());
    }
    for tag in tags(&story.canonical) {
        document.add_text(fields.tag, tag);
    }
    let titles = titles(story).join("\n");
    let text = format!("{titles}\n{}", text(&story.canonical));
    document.add_text(fields.title, titles);
    document.add_text(fields.text, text);
    document
}

/// Lists the texts of a story in which a phrase may stand, headlines first.
pub(super) fn texts(story: &Story) -> Vec<String> {
    let titles = titles(story).into_iter().map(str::to_owned);
    titles.chain([text(&story.canonical)]).collect()
}

/// Lists the headlines of all copies, each once.
fn titles(story: &Story) -> Vec<&str> {
    let own = story.canonical.title.as_str();
    let copies = story.sightings.iter().map(|seen| seen.title.as_str());
    let mut titles = vec![own];
    for title in copies {
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    titles
}

/// Returns the text of an item, with who made it and what it is about, a line each.
fn text(item: &Item) -> String {
    let html = item.content.as_ref().or(item.summary.as_ref());
    let mut text = html.map_or_else(String::new, |html| to_text(SafeHtml::as_str(html)));
    let caption = item.image.as_ref().and_then(|image| image.caption.as_ref());
    let lines = item.captions.iter().chain(caption);
    let lines = lines.chain(&item.authors).chain(&item.categories);
    for line in lines.chain(&item.origin) {
        text.push('\n');
        text.push_str(line);
    }
    text
}

/// Lists the ids of the sources of a story, and the names of where they have it from (来源).
fn sources(story: &Story) -> BTreeSet<String> {
    let ids = story.sightings.iter().map(|seen| seen.source.to_string());
    let origins = story
        .sightings
        .iter()
        .filter_map(|seen| seen.origin.as_ref());
    let origins = origins.chain(&story.canonical.origin);
    let names = origins.map(|name| name_key(name));
    ids.chain(names).filter(|name| !name.is_empty()).collect()
}

/// Lists the topics of an item by their names.
fn tags(item: &Item) -> BTreeSet<String> {
    let names = item.categories.iter().map(|name| name_key(name));
    names.filter(|name| !name.is_empty()).collect()
}

/// Lists the channels that a story is in, with all above them but the root.
fn channels(story: &Story) -> BTreeSet<ChannelId> {
    let own = story.sightings.iter().map(|seen| seen.source.channel());
    let routed = story.routes.iter().map(|route| route.to.clone());
    let all = own.chain(routed).flat_map(|channel| channel.lineage());
    all.filter(|channel| !channel.is_root()).collect()
}
