//! A list page, by selectors.

use std::collections::HashSet;

use dom_query::{NodeId, NodeRef};

use super::tree::Page;
use super::{ListRules, Rules, detect, line};
use crate::model::{Document, Draft, Person, WebUrl};
use crate::source::{About, ReadError, Reading, Setting};

/// The most elements that a selector may give; no list is longer.
const MAX_MATCHES: usize = 20_000;

/// Reads a list page.
///
/// A container that is there but holds no items means that there is no news.
///
/// # Errors
///
/// [`ReadError::Rebuilt`] when the container is gone, or when none of its items
/// has a link or a title any more.
pub fn read(
    rules: &Rules,
    document: &Document,
    setting: &Setting<'_>,
) -> Result<Reading, ReadError> {
    let page = Page::open(document, setting)?;
    let drafts = match &rules.list {
        Some(rules) => drafts(rules, &page, setting)?,
        None => detect::entries(&page, setting),
    };
    Ok(Reading {
        about: About {
            title: page.title(),
            link: Some(document.url.clone()),
            language: page.language(),
            ..About::default()
        },
        drafts,
        format: "page",
        encoding: page.encoding,
        replaced: page.replaced,
        repaired: Vec::new(),
        complete: page.complete,
    })
}

fn drafts(rules: &ListRules, page: &Page, setting: &Setting<'_>) -> Result<Vec<Draft>, ReadError> {
    let containers = match &rules.container {
        None => vec![page.root()],
        Some(container) => outermost(container.nodes(&page.root())),
    };
    if containers.is_empty() {
        let typed = rules
            .container
            .as_ref()
            .map_or("", |container| container.as_typed());
        return Err(ReadError::Rebuilt(typed.to_owned()));
    }
    let items = containers
        .iter()
        .flat_map(|container| outermost(rules.item.nodes(container)));
    let items: Vec<_> = items.take(setting.limits.entries).collect();
    let found = items
        .iter()
        .filter_map(|item| draft(rules, item, page, setting));
    let found: Vec<_> = found.collect();
    if found.is_empty() && !items.is_empty() {
        return Err(ReadError::Rebuilt(rules.item.as_typed().to_owned()));
    }
    let limit = rules.limit.unwrap_or(usize::MAX);
    let mut seen = HashSet::new();
    Ok(found
        .into_iter()
        .filter(|draft| is_wanted(rules, draft))
        .filter(|draft| draft.link.is_none() || seen.insert(draft.link.clone()))
        .take(limit)
        .collect())
}

fn is_wanted(rules: &ListRules, draft: &Draft) -> bool {
    let Some(pattern) = &rules.url_pattern else {
        return true;
    };
    draft
        .link
        .as_ref()
        .is_some_and(|link| pattern.is_match(link.as_str()))
}

/// Those that are in none of the others; what is in an item is part of it. So
/// the work stays linear however deep the matches nest.
pub(super) fn outermost<'a>(mut nodes: Vec<NodeRef<'a>>) -> Vec<NodeRef<'a>> {
    nodes.truncate(MAX_MATCHES);
    let ids: HashSet<NodeId> = nodes.iter().map(|node| node.id).collect();
    let is_inner =
        |node: &NodeRef<'_>| node.ancestors_it(None).any(|outer| ids.contains(&outer.id));
    nodes.into_iter().filter(|node| !is_inner(node)).collect()
}

/// One item; none if it has neither a link nor a title.
fn draft(
    rules: &ListRules,
    item: &NodeRef<'_>,
    page: &Page,
    setting: &Setting<'_>,
) -> Option<Draft> {
    let anchor = first_link(item);
    let reference = match &rules.link {
        Some(link) => link.reference(item),
        None => anchor
            .as_ref()
            .and_then(|anchor| Some(anchor.attr("href")?.to_string())),
    };
    let link = reference.and_then(|reference| resolve(&reference, page));
    let title = match &rules.title {
        Some(title) => title.value(item),
        None => anchor.as_ref().and_then(headline),
    };
    if link.is_none() && title.is_none() {
        return None;
    }
    let values = |selector: &Option<super::Selector>| {
        selector
            .as_ref()
            .map(|selector| selector.values(item))
            .unwrap_or_default()
    };
    let image = rules.image.as_ref().and_then(|image| image.reference(item));
    Some(Draft {
        guid: rules.uid.as_ref().and_then(|uid| uid.value(item)),
        link,
        title,
        summary: rules
            .summary
            .as_ref()
            .and_then(|summary| summary.markup(item)),
        published: rules
            .date
            .as_ref()
            .and_then(|date| date.date(item, setting)),
        authors: values(&rules.author).into_iter().map(named).collect(),
        categories: values(&rules.category),
        image: image.and_then(|image| Some(page.base.join(&image)?.as_str().to_owned())),
        ..Draft::default()
    })
}

fn named(name: String) -> Person {
    Person {
        name: Some(name),
        ..Person::default()
    }
}

/// The address, unless it is a place on the page itself.
fn resolve(reference: &str, page: &Page) -> Option<WebUrl> {
    let is_here = reference.trim_start().starts_with('#');
    if is_here {
        None
    } else {
        page.base.join(reference)
    }
}

fn first_link<'a>(item: &NodeRef<'a>) -> Option<NodeRef<'a>> {
    let is_link = |node: &NodeRef<'_>| node.has_name("a") && node.has_attr("href");
    if is_link(item) {
        return Some(*item);
    }
    item.descendants_it().find(is_link)
}

/// The text of a link, or its `title` where that is the text in full.
pub(super) fn headline(anchor: &NodeRef<'_>) -> Option<String> {
    let text = line::text(anchor);
    let full = anchor
        .attr("title")
        .map(|title| super::tree::fold(&title))
        .unwrap_or_default();
    let cut = text.trim_end_matches(['.', '…', '。', ' ']);
    let is_longer = full.len() > text.len() && full.starts_with(cut);
    let title = if is_longer { full } else { text };
    (!title.is_empty()).then_some(title)
}
