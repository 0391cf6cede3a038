//! List pages, read by selectors.

pub(super) mod anchor;
mod dated;
pub(super) mod detect;
mod entry;
pub(super) mod floor;
pub mod induce;
pub(super) mod item;
pub mod repair;

use std::collections::HashSet;

use dom_query::{NodeId, NodeRef};

use super::credits::dateline;
use super::dom::{DomPage, Scripts};
use super::{ListRules, Rules, Selector, onward};
use crate::model::{Document, Draft, ExtractionCounts, Person, WebUrl};
use crate::source::{About, ParsedDocument, ReadError, Setting};
use item::headline;

/// Upper limit of elements that a selector may give; no list is longer.
const MAX_MATCHES: usize = 20_000;

/// Reads a list page, by rules or, without them, by detection.
///
/// A container that is there but holds no items means that there is no news.
///
/// # Errors
///
/// [`ReadError::Rebuilt`] if the container is gone, [`ReadError::Hollow`] if none of its
/// items has a link or a title any more, [`ReadError::Costly`] if a selector looks at too much.
pub fn read(
    rules: &Rules,
    document: &Document,
    setting: &Setting<'_>,
) -> Result<ParsedDocument, ReadError> {
    let rules = rules.list.as_ref();
    let page = DomPage::open(document, setting, Scripts::for_rules(rules.is_some()))?;
    if let Some(refusal) = onward::refusal(&page) {
        return Err(refusal);
    }
    let found = match rules {
        None => detected(&page, setting),
        Some(rules) => found(rules, &page, setting),
    };
    let next = rules.map_or_else(Vec::new, |rules| next(rules, &page));
    page.budget.check()?;
    let FoundList {
        containers,
        items,
        drafts,
    } = match found {
        Ok(found) => found,
        Err(error) => {
            return leading(&page, document, setting).ok_or(explained(error, &page, document));
        }
    };
    let mut counts = ExtractionCounts::of(&drafts);
    counts.containers = count(containers);
    counts.items = count(items);
    Ok(ParsedDocument {
        about: About {
            title: page.title(),
            link: Some(document.url.clone()),
            language: page.language(),
            hubs: page.linked("hub"),
            feed_url: page.linked("self").into_iter().next(),
            ..About::default()
        },
        drafts: match rules {
            Some(rules) => wanted(rules, drafts),
            None => drafts,
        },
        format: "page",
        encoding: page.encoding,
        replaced: page.replaced,
        repaired: Vec::new(),
        complete: page.complete,
        counts,
        next,
        leads_on: false,
    })
}

/// Findings on a page, before anything is left out.
struct FoundList {
    containers: usize,
    items: usize,
    drafts: Vec<Draft>,
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Detects the list that the page shows by itself.
fn detected(page: &DomPage, setting: &Setting<'_>) -> Result<FoundList, ReadError> {
    let listed = detect::entries(&page.root(), page, setting);
    if !listed.is_likely {
        return Err(ReadError::NoList(""));
    }
    Ok(FoundList {
        containers: 1,
        items: listed.drafts.len(),
        drafts: listed.drafts,
    })
}

/// Returns a page that shows nothing and leads on to others of its site.
fn leading(page: &DomPage, document: &Document, setting: &Setting<'_>) -> Option<ParsedDocument> {
    let next = onward::links(page, document, setting);
    (!next.is_empty()).then(|| ParsedDocument {
        about: About {
            title: page.title(),
            link: Some(document.url.clone()),
            language: page.language(),
            ..About::default()
        },
        format: "page",
        encoding: page.encoding,
        complete: true,
        next,
        leads_on: true,
        ..ParsedDocument::default()
    })
}

/// Returns the error, with what the page is instead of a list.
fn explained(error: ReadError, page: &DomPage, document: &Document) -> ReadError {
    match error {
        ReadError::NoList(_) => ReadError::NoList(onward::reason(page, document)),
        other => other,
    }
}

fn found(rules: &ListRules, page: &DomPage, setting: &Setting<'_>) -> Result<FoundList, ReadError> {
    let containers = match &rules.container {
        None => vec![page.root()],
        Some(container) => outermost(container.nodes(&page.root(), &page.budget)),
    };
    if containers.is_empty() {
        let typed = rules.container.as_ref().map_or("", Selector::as_typed);
        return Err(ReadError::Rebuilt(typed.to_owned()));
    }
    let Some(item) = &rules.item else {
        let is_named = rules.container.is_some() || rules.url_pattern.is_some();
        if !is_named {
            return detected(page, setting);
        }
        let each = containers.iter();
        let drafts = each.flat_map(|container| detect::entries(container, page, setting).drafts);
        let drafts: Vec<Draft> = drafts.take(setting.limits.entries).collect();
        return Ok(FoundList {
            containers: containers.len(),
            items: drafts.len(),
            drafts,
        });
    };
    let items = containers
        .iter()
        .flat_map(|container| outermost(item.nodes(container, &page.budget)));
    let items: Vec<_> = items.take(setting.limits.entries).collect();
    if items.is_empty() && rules.container.is_some() && holds_list(&containers) {
        return Err(ReadError::Unmatched(item.as_typed().to_owned()));
    }
    let drafts = items
        .iter()
        .filter_map(|item| draft(rules, item, page, setting));
    let drafts: Vec<_> = drafts.collect();
    if drafts.is_empty() && !items.is_empty() {
        return Err(ReadError::Hollow(item.as_typed().to_owned()));
    }
    Ok(FoundList {
        containers: containers.len(),
        items: items.len(),
        drafts,
    })
}

/// Whether containers hold more links than an empty list has beside it.
fn holds_list(containers: &[NodeRef<'_>]) -> bool {
    const FEW: usize = 3;
    let below = containers.iter().flat_map(NodeRef::descendants_it);
    below
        .filter(|node| node.has_name("a"))
        .take(FEW + 1)
        .count()
        > FEW
}

/// Filters drafts by the rules, each address once, up to their limit.
pub(in crate::source) fn wanted<S>(rules: &ListRules<S>, drafts: Vec<Draft>) -> Vec<Draft> {
    let mut seen = HashSet::new();
    drafts
        .into_iter()
        .filter(|draft| rules.is_wanted(draft.link.as_ref()))
        .filter(|draft| draft.link.is_none() || seen.insert(draft.link.clone()))
        .take(rules.limit.unwrap_or(usize::MAX))
        .collect()
}

/// Finds the next page of the list; empty if there is none.
fn next(rules: &ListRules, page: &DomPage) -> Vec<WebUrl> {
    let reference = rules.next_page.as_ref();
    let reference = reference.and_then(|next| next.reference(&page.root(), &page.budget));
    let next = reference.and_then(|reference| resolve(&reference, page));
    next.filter(|next| *next != page.url).into_iter().collect()
}

/// Keeps the nodes that are in none of the others; what is in an item is part of it. So the
/// work stays linear however deep the matches nest.
pub(super) fn outermost<'a>(mut nodes: Vec<NodeRef<'a>>) -> Vec<NodeRef<'a>> {
    nodes.truncate(MAX_MATCHES);
    let ids: HashSet<NodeId> = nodes.iter().map(|node| node.id).collect();
    let is_inner =
        |node: &NodeRef<'_>| node.ancestors_it(None).any(|outer| ids.contains(&outer.id));
    nodes.into_iter().filter(|node| !is_inner(node)).collect()
}

/// Makes the draft of one item; `None` if it has neither a link nor a title.
fn draft(
    rules: &ListRules,
    item: &NodeRef<'_>,
    page: &DomPage,
    setting: &Setting<'_>,
) -> Option<Draft> {
    let anchor = first_link(item);
    let reference = match &rules.link {
        Some(link) => link.reference(item, &page.budget),
        None => anchor
            .as_ref()
            .and_then(|anchor| Some(anchor.attr("href")?.to_string())),
    };
    let link = reference.and_then(|reference| resolve(&reference, page));
    let title = match &rules.title {
        Some(title) => title.value(item, &page.budget),
        None => anchor.as_ref().and_then(headline),
    };
    if link.is_none() && title.is_none() {
        return None;
    }
    let values = |selector: &Option<super::Selector>| {
        selector
            .as_ref()
            .map(|selector| selector.values(item, &page.budget))
            .unwrap_or_default()
    };
    let image = rules
        .image
        .as_ref()
        .and_then(|image| image.reference(item, &page.budget));
    let dated = || {
        let own = dated::of_item(item, title.as_deref(), setting);
        own.or_else(|| dateline::date_in_url(link.as_ref()?, setting))
    };
    let dated = if rules.date.is_none() { dated() } else { None };
    Some(Draft {
        guid: rules
            .uid
            .as_ref()
            .and_then(|uid| uid.value(item, &page.budget)),
        link,
        title,
        summary: rules
            .summary
            .as_ref()
            .and_then(|summary| summary.markup(item, &page.budget)),
        published: match &rules.date {
            Some(date) => date.date(item, (&page.budget, setting)),
            None => dated.map(|dated| dated.moment),
        },
        is_date_guessed: rules.date.is_none(),
        is_title_guessed: rules.title.is_none(),
        authors: values(&rules.author).into_iter().map(named).collect(),
        categories: values(&rules.category),
        image: image.and_then(|image| Some(page.base.join(&image)?.as_str().to_owned())),
        ..Draft::default()
    })
}

/// Makes a person of a name.
pub(in crate::source) fn named(name: String) -> Person {
    Person {
        name: Some(name),
        ..Person::default()
    }
}

/// Resolves an address; `None` for a place on the page itself.
fn resolve(reference: &str, page: &DomPage) -> Option<WebUrl> {
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

#[cfg(test)]
mod tests;
