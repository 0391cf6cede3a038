//! RSS 2.0 by the package `rss`.

use std::collections::BTreeMap;

use super::Clean;
use crate::model::{Draft, Media, WebLink};
use crate::source::About;
use crate::source::feed::vocabulary::construct::Text;
use crate::source::feed::vocabulary::entry::FeedEntry;
use crate::source::feed::vocabulary::scope::Scope;
use crate::source::feed::vocabulary::value::tag;
use crate::source::feed::vocabulary::{about, person};

/// Reads a clean RSS document; `None` if the package cannot.
pub(super) fn read(text: &str, scope: &Scope<'_>) -> Option<Clean> {
    let channel = rss::Channel::read_from(text.as_bytes()).ok()?;
    let mut about = channel_about(&channel, scope);
    about::settle(&mut about);
    let items = channel.items.into_iter();
    let mut drafts: Vec<Draft> = items.map(|item| draft(item, scope)).collect();
    for draft in &mut drafts {
        draft.language.clone_from(&about.language);
    }
    Some(Clean {
        about,
        drafts,
        format: "rss20",
    })
}

fn channel_about(channel: &rss::Channel, scope: &Scope<'_>) -> About {
    let (title, title_markup) = Text::html(channel.title.clone(), scope).into_title();
    let subtitle = Text::html(channel.description.clone(), scope).value;
    let own = WebLink {
        href: scope.resolve(&channel.link),
        rel: Some("alternate".to_owned()),
        ..WebLink::default()
    };
    let date = |text: &Option<String>| text.as_deref().and_then(|text| scope.date(text));
    let rights = channel.copyright.clone();
    let editor = channel.managing_editor.as_deref();
    About {
        title,
        title_markup,
        subtitle: (!subtitle.is_empty()).then_some(subtitle),
        language: channel.language.clone(),
        updated: date(&channel.last_build_date),
        published: date(&channel.pub_date),
        rights: rights.map(|rights| Text::html(rights, scope).value),
        generator: channel.generator.clone(),
        ttl: channel.ttl.clone(),
        image: channel
            .image
            .as_ref()
            .map(|image| scope.resolve(&image.url)),
        authors: editor.and_then(person::parse).into_iter().collect(),
        categories: channel
            .categories
            .iter()
            .map(|found| tag(&found.name))
            .filter(|name| !name.is_empty())
            .collect(),
        links: std::iter::once(own)
            .chain(
                extensions(&channel.extensions, "atom", "link")
                    .filter_map(|found| link(found, scope)),
            )
            .collect(),
        ..About::default()
    }
}

fn link(extension: &rss::extension::Extension, scope: &Scope<'_>) -> Option<WebLink> {
    let value = |name: &str| {
        extension
            .attrs
            .get(name)
            .filter(|value| !value.is_empty())
            .cloned()
    };
    Some(WebLink {
        href: scope.resolve_some(&value("href")?)?,
        rel: value("rel").or_else(|| Some("alternate".to_owned())),
        kind: value("type"),
        title: value("title"),
        hreflang: value("hreflang"),
        length: value("length"),
    })
}

fn draft(item: rss::Item, scope: &Scope<'_>) -> Draft {
    let scope = &scope.of_entry();
    let mut entry = FeedEntry::new();
    let draft = &mut entry.draft;
    if let Some(title) = item.title {
        (draft.title, draft.title_markup) = Text::html(title, scope).into_title();
    }
    if let Some(description) = item.description {
        (draft.summary, draft.is_summary_text) = Text::html(description, scope).into_markup();
    }
    draft.content.extend(
        item.content
            .map(|body| Text::html(body, scope).into_content()),
    );
    let href = item.link.and_then(|href| scope.resolve_some(&href));
    draft.links.extend(href.map(|href| WebLink {
        href,
        rel: Some("alternate".to_owned()),
        ..WebLink::default()
    }));
    draft.published = item.pub_date.and_then(|date| scope.date(&date));
    let creators = item
        .dublin_core_ext
        .map(|ext| ext.creators)
        .unwrap_or_default();
    let names = item.author.into_iter().chain(creators);
    draft.authors = names.filter_map(|name| person::parse(&name)).collect();
    draft.categories = item
        .categories
        .iter()
        .map(|found| tag(&found.name))
        .filter(|name| !name.is_empty())
        .collect();
    draft.enclosures.extend(item.enclosure.and_then(|file| {
        Some(Media {
            url: scope.resolve_some(&file.url)?,
            kind: Some(file.mime_type).filter(|kind| !kind.is_empty()),
            length: Some(file.length).filter(|length| !length.is_empty()),
            ..Media::default()
        })
    }));
    draft.comments = item.comments.map(|href| scope.resolve(&href));
    let said = |prefix, name| {
        let mut found = extensions(&item.extensions, prefix, name);
        found.next().and_then(|extension| extension.value.clone())
    };
    draft.comments_count = said("slash", "comments").and_then(|count| count.trim().parse().ok());
    draft.comments_feed = said("wfw", "commentRss").map(|href| scope.resolve(&href));
    if let Some(guid) = item.guid {
        entry.identify(guid.value, guid.permalink, scope);
    }
    entry.finish(scope)
}

fn extensions<'e>(
    all: &'e BTreeMap<String, BTreeMap<String, Vec<rss::extension::Extension>>>,
    prefix: &str,
    name: &str,
) -> impl Iterator<Item = &'e rss::extension::Extension> + use<'e> {
    let found = all.get(prefix).and_then(|names| names.get(name));
    found.into_iter().flatten()
}
