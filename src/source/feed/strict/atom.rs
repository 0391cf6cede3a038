//! Atom 1.0 by the package `atom_syndication`.

use jiff::Timestamp;

use super::Clean;
use crate::model::{Draft, Moment, Person, Precision, WebLink};
use crate::source::About;
use crate::source::feed::vocabulary::construct::{Dialect, Text, one_line};
use crate::source::feed::vocabulary::entry::FeedEntry;
use crate::source::feed::vocabulary::scope::Scope;
use crate::source::feed::vocabulary::value::tag;
use crate::source::feed::vocabulary::{about, link, person};

/// Reads a clean Atom document; `None` if the package cannot.
pub(super) fn read(text: &str, scope: &Scope<'_>) -> Option<Clean> {
    let feed = atom_syndication::Feed::read_from(text.as_bytes()).ok()?;
    let (title, title_markup) = construct(feed.title, scope).into_title();
    let mut about = About {
        id: line(&feed.id),
        title,
        title_markup,
        subtitle: feed
            .subtitle
            .map(|text| construct(text, scope).value)
            .filter(|text| !text.is_empty()),
        rights: feed
            .rights
            .map(|text| construct(text, scope).value)
            .filter(|text| !text.is_empty()),
        updated: moment(&feed.updated),
        authors: feed
            .authors
            .iter()
            .map(|author| author_of(author, scope))
            .collect(),
        links: feed
            .links
            .iter()
            .filter_map(|found| web_link(found, scope))
            .collect(),
        ..About::default()
    };
    about::settle(&mut about);
    let entries = feed.entries.into_iter();
    let mut drafts: Vec<Draft> = entries.map(|entry| draft(entry, scope)).collect();
    for draft in drafts.iter_mut().filter(|draft| draft.authors.is_empty()) {
        draft.authors.clone_from(&about.authors);
    }
    Some(Clean {
        about,
        drafts,
        format: "atom10",
    })
}

fn draft(found: atom_syndication::Entry, scope: &Scope<'_>) -> Draft {
    let scope = &scope.of_entry();
    let mut entry = FeedEntry::new();
    entry.dialect = Dialect::Atom10;
    let draft = &mut entry.draft;
    (draft.title, draft.title_markup) = construct(found.title, scope).into_title();
    if let Some(summary) = found.summary {
        (draft.summary, draft.is_summary_text) = construct(summary, scope).into_markup();
    }
    if let Some(content) = found.content {
        let value = content.value.unwrap_or_default();
        let text = match content.content_type.as_deref() {
            Some("html") => Text::html(value.trim().to_owned(), scope),
            _ => Text::plain(value.trim().to_owned(), scope),
        };
        draft
            .content
            .extend((!text.is_empty()).then(|| text.into_content()));
    }
    draft.guid = line(&found.id);
    draft.updated = moment(&found.updated);
    draft.published = found.published.as_ref().and_then(moment);
    draft.rights = found
        .rights
        .map(|text| construct(text, scope).value)
        .filter(|text| !text.is_empty());
    draft.authors = found
        .authors
        .iter()
        .map(|author| author_of(author, scope))
        .collect();
    draft.categories = found
        .categories
        .iter()
        .map(|category| tag(&category.term))
        .filter(|term| !term.is_empty())
        .collect();
    let labels = found.categories.iter().filter_map(|category| {
        let label = tag(category.label.as_deref()?);
        let term = tag(&category.term);
        (!label.is_empty() && !term.is_empty() && label != term).then_some((term, label))
    });
    draft.category_labels = labels.collect();
    draft.links = found
        .links
        .iter()
        .filter_map(|found| web_link(found, scope))
        .collect();
    entry.finish(scope)
}

fn construct(text: atom_syndication::Text, scope: &Scope<'_>) -> Text {
    let value = text.value.trim().to_owned();
    match text.r#type {
        atom_syndication::TextType::Html => Text::html(value, scope),
        _ => Text::plain(value, scope),
    }
}

fn author_of(found: &atom_syndication::Person, scope: &Scope<'_>) -> Person {
    let url = found.uri.as_deref().and_then(line);
    person::tidy(Person {
        name: line(&found.name).map(|name| one_line(&name)),
        email: found.email.as_deref().and_then(line),
        url: url.map(|url| scope.resolve(&url)),
    })
}

fn web_link(found: &atom_syndication::Link, scope: &Scope<'_>) -> Option<WebLink> {
    let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    let href = scope.resolve_some(&found.href);
    href.map(|href| WebLink {
        href,
        rel: Some(link::relation(Some(found.rel.clone()))),
        kind: given(&found.mime_type),
        title: given(&found.title),
        hreflang: given(&found.hreflang),
        length: given(&found.length),
    })
}

fn line(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn moment(date: &atom_syndication::FixedDateTime) -> Option<Moment> {
    Some(Moment {
        at: Timestamp::from_second(date.timestamp()).ok()?,
        precision: Precision::Second,
    })
}
