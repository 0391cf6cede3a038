//! Links with relations, and which of them is the one to follow.

use super::scope::Scope;
use crate::model::WebLink;
use crate::source::feed::xml::Node;

/// Reads a link element, whether an attribute or its text holds the address.
pub(in crate::source::feed) fn of(node: &Node<'_, '_>, scope: &Scope<'_>) -> Option<WebLink> {
    let scope = scope.inside(node);
    let value = |name: &str| node.attribute(name).map(|value| value.into_owned());
    let written = ["href", "url", "resource"]
        .iter()
        .find_map(|name| value(name));
    let href = match written {
        Some(href) => href,
        None => match node.line() {
            Some(href) => href,
            // An empty reference names the document itself.
            None if node.has_attribute("href") => String::new(),
            None => return None,
        },
    };
    let href = scope.resolve_some(&href)?;
    Some(WebLink {
        href,
        rel: Some(relation(value("rel"))),
        kind: value("type"),
        title: value("title"),
        hreflang: value("hreflang"),
        length: value("length"),
    })
}

/// Shortens a relation to its registered name; none means `alternate`.
pub(in crate::source::feed) fn relation(rel: Option<String>) -> String {
    let rel = rel.unwrap_or_else(|| "alternate".to_owned());
    let short = rel
        .strip_prefix("http://www.iana.org/assignments/relation/")
        .map(str::to_owned);
    short.unwrap_or(rel)
}

/// Whether the link has this relation.
pub(in crate::source::feed) fn is(link: &WebLink, rel: &str) -> bool {
    link.rel.as_deref().is_some_and(|found| {
        found
            .split_ascii_whitespace()
            .any(|word| word.eq_ignore_ascii_case(rel))
    })
}

/// Finds the link that leads to a page for people.
pub(in crate::source::feed) fn home(links: &[WebLink]) -> Option<&WebLink> {
    let alternates = || links.iter().filter(|link| is(link, "alternate"));
    let is_page = |link: &&WebLink| match link.kind.as_deref() {
        None => true,
        Some(kind) => kind.contains("html") || kind == "text/plain",
    };
    alternates().find(is_page).or_else(|| alternates().next())
}
