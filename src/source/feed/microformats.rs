//! Web pages that are feeds: h-feed and h-entry, and hAtom before them.
//!
//! Classes say what is what. Properties of things inside an entry (the name of
//! its author) are not properties of the entry.

use super::vocabulary::construct::{escaped, one_line};
use super::vocabulary::person;
use super::vocabulary::scope::Scope;
use super::vocabulary::value::page_link;
use super::xml::{
    Attributes, Element, Events, Node, XmlEvent, XmlToken, XmlTokens, XmlTree, unescape,
};
use crate::model::{Content, Draft, Media, Moment, Person, WebUrl};
use crate::source::gate::Limits;
use crate::source::{About, ReadError};

/// Classes that mark a page that may be a feed.
const MARKS: [&str; 2] = ["h-entry", "hentry"];

/// Whether a page may hold entries.
pub(super) fn may_hold_entries(page: &str) -> bool {
    MARKS.iter().any(|mark| page.contains(mark))
}

/// Reads the metadata and entries of a page; the flag says whether its end was there.
///
/// # Errors
///
/// [`ReadError::TooMuch`] beyond a limit.
pub(super) fn read(
    page: &str,
    scope: &Scope<'_>,
    limits: Limits,
) -> Result<(About, Vec<Draft>, bool), ReadError> {
    let page = without_scripts(page);
    let limits = Limits {
        depth: limits.html_depth,
        ..limits
    };
    let mut events = Events::new(&page, limits);
    let mut tree = XmlTree::default();
    let mut about = About::default();
    let mut drafts = Vec::new();
    // The title of the page, until the feed has one of its own.
    let mut page_title = None;
    while let Some(event) = events.next()? {
        let XmlEvent::Start(element) = event else {
            continue;
        };
        let classes = value(&element, "class").unwrap_or_default();
        let has = |class: &str| classes.split_ascii_whitespace().any(|found| found == class);
        if has("h-entry") || has("hentry") {
            if !tree.fill(element, &mut events)? {
                break;
            }
            if let Some(node) = tree.root()
                && drafts.len() < limits.entries
            {
                drafts.push(entry(&node, scope));
            }
        } else if element.local.eq_ignore_ascii_case("html") {
            about.language = value(&element, "lang");
        } else if element.local.eq_ignore_ascii_case("title") && page_title.is_none() {
            page_title = text_of(element, &mut tree, &mut events)?;
        } else if has("p-name") && about.title.is_none() && !has("h-feed") {
            about.title = text_of(element, &mut tree, &mut events)?;
        } else if has("h-card") || has("vcard") {
            if !tree.fill(element, &mut events)? {
                break;
            }
            about
                .authors
                .extend(tree.root().and_then(|node| card(&node, scope)));
        }
    }
    about.title = about.title.or(page_title);
    let is_complete = page.trim_end().ends_with("</html>") || page.trim_end().ends_with("</body>");
    Ok((about, drafts, is_complete))
}

fn text_of<'a>(
    element: Element<'a>,
    tree: &mut XmlTree<'a>,
    events: &mut Events<'a>,
) -> Result<Option<String>, ReadError> {
    let is_whole = tree.fill(element, events)?;
    let text = tree
        .root()
        .filter(|_| is_whole)
        .and_then(|node| node.line());
    Ok(text.map(|text| one_line(&text)))
}

fn value(element: &Element<'_>, wanted: &str) -> Option<String> {
    Attributes::new(element.attributes)
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| unescape(value).into_owned())
}

fn entry(node: &Node<'_, '_>, scope: &Scope<'_>) -> Draft {
    let mut draft = Draft::default();
    let mut implied_name = None;
    let mut waiting: Vec<Node<'_, '_>> = node.children().collect();
    waiting.reverse();
    while let Some(part) = waiting.pop() {
        let classes = part.attribute("class").unwrap_or_default();
        let rels = part.attribute("rel").unwrap_or_default();
        let mut is_closed = false;
        for class in classes.split_ascii_whitespace() {
            match class {
                "p-name" | "entry-title" if draft.title.is_none() => draft.title = text(&part),
                "p-summary" | "entry-summary" if draft.summary.is_none() => {
                    draft.summary = text(&part).map(|text| escaped(&text));
                    draft.is_summary_text = true;
                }
                "e-content" | "entry-content" => {
                    draft.content.push(Content {
                        value: scope.cap(scope.resolve_all(part.markup())),
                        kind: "text/html".to_owned(),
                        language: part.attribute("lang").map(|language| language.into_owned()),
                        src: None,
                    });
                    is_closed = true;
                }
                "dt-published" | "published" if draft.published.is_none() => {
                    draft.published = date(&part, scope);
                }
                "dt-updated" | "updated" if draft.updated.is_none() => {
                    draft.updated = date(&part, scope);
                }
                "u-url" => draft.links.extend(link(&part, scope).map(page_link)),
                "u-uid" if draft.guid.is_none() => draft.guid = link(&part, scope),
                "p-author" | "author" => {
                    draft.authors.extend(card(&part, scope));
                    is_closed = true;
                }
                "p-category" => draft.categories.extend(text(&part)),
                "u-photo" | "u-featured" if draft.image.is_none() => {
                    draft.image = link(&part, scope);
                }
                "u-audio" | "u-video" => draft.enclosures.extend(file(&part, scope)),
                // Something else that has properties of its own.
                _ => is_closed |= class.starts_with("h-"),
            }
        }
        if rels.split_ascii_whitespace().any(|rel| rel == "bookmark") {
            draft.links.extend(link(&part, scope).map(page_link));
        }
        if rels.split_ascii_whitespace().any(|rel| rel == "tag") {
            draft.categories.extend(text(&part));
        }
        if implied_name.is_none() && (part.is("h1") || part.is("h2")) {
            implied_name = text(&part);
        }
        if !is_closed {
            let start = waiting.len();
            waiting.extend(part.children());
            waiting[start..].reverse();
        }
    }
    draft.title = draft.title.or(implied_name);
    draft.address = draft.links.first().map(|link| link.href.clone());
    draft.link = draft.address.as_deref().and_then(WebUrl::parse);
    draft
}

/// Reads a person in a card, or in plain text.
fn card(node: &Node<'_, '_>, scope: &Scope<'_>) -> Option<Person> {
    let mut found = Person {
        url: link(node, scope),
        ..Person::default()
    };
    let mut waiting: Vec<Node<'_, '_>> = node.children().collect();
    while let Some(part) = waiting.pop() {
        let classes = part.attribute("class").unwrap_or_default();
        for class in classes.split_ascii_whitespace() {
            match class {
                "p-name" | "fn" => found.name = text(&part),
                "u-url" | "url" => found.url = link(&part, scope),
                "u-email" | "email" => found.email = text(&part),
                _ => {}
            }
        }
        waiting.extend(part.children());
    }
    if found.name.is_none() {
        let parsed = person::parse(&node.text())?;
        found.name = parsed.name;
        found.email = found.email.or(parsed.email);
    }
    Some(found)
}

fn text(node: &Node<'_, '_>) -> Option<String> {
    let said = match node.is("abbr") || node.is("data") {
        true => node.attribute("title").or_else(|| node.attribute("value")),
        false => None,
    };
    let text = one_line(&said.unwrap_or_else(|| node.text()));
    (!text.is_empty()).then_some(text)
}

fn date(node: &Node<'_, '_>, scope: &Scope<'_>) -> Option<Moment> {
    let said = ["datetime", "title", "value"]
        .iter()
        .find_map(|name| node.attribute(name));
    scope.date(said.unwrap_or_else(|| node.text()).trim())
}

fn link(node: &Node<'_, '_>, scope: &Scope<'_>) -> Option<String> {
    let said = ["href", "src", "value"]
        .iter()
        .find_map(|name| node.attribute(name))?;
    Some(scope.resolve(&said))
}

fn file(node: &Node<'_, '_>, scope: &Scope<'_>) -> Option<Media> {
    Some(Media {
        url: link(node, scope)?,
        kind: node.attribute("type").map(|kind| kind.into_owned()),
        ..Media::default()
    })
}

/// Removes the content of scripts and styles from `page`, which is no markup.
fn without_scripts(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    let mut tokens = XmlTokens::new(page);
    let mut copied = 0;
    while let Some(token) = tokens.next() {
        let XmlToken::Start {
            name,
            is_empty: false,
            ..
        } = token
        else {
            continue;
        };
        let end = match name.to_ascii_lowercase().as_str() {
            "script" => "</script",
            "style" => "</style",
            _ => continue,
        };
        let start = page.len() - tokens.rest().len();
        out.push_str(&page[copied..start]);
        tokens.skip_to(end);
        copied = page.len() - tokens.rest().len();
    }
    out.push_str(&page[copied..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scripts_hold_is_no_markup() {
        let page = "<p>a<SCRIPT x>'<b class=h-entry>'</Script>c<style>d<e</style>f<script>";
        let want = "<p>a<SCRIPT x></Script>c<style></style>f<script>";
        assert_eq!(without_scripts(page), want);
    }
}
