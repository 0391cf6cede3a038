//! Bylines by markup: `rel=author`, `itemprop=author`, classes and addresses that say who
//! wrote.

use std::collections::HashSet;
use std::sync::LazyLock;

use dom_query::{NodeId, NodeRef};
use regex::Regex;

use super::byline;
use super::person::{self, is_cjk};
use super::writer;
use crate::source::page::dom::{letters, lines, vocabulary};

/// Longest text of an element that is a byline, in characters.
const MAX_CHARS: usize = 160;

/// Elements around a byline that may say that it is one of something else.
const CONTEXT_ELEMENTS: usize = 10;

/// Upper limit of elements that are looked at as bylines.
const MAX_CANDIDATES: usize = 60;

/// Words in a class or id of a byline.
static CLASS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)by-?line|author|autor|auteur|(?:^|[-_\s])(?:writer|reporter|journalist|redattore|redakteur|verfasser|firma|signature|contributors?)(?:$|[-_\s])|contributorname";
    Regex::new(pattern).expect("a constant pattern")
});

/// Words in a class beside those that say what else of an author an element has.
static NOT_NAME: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)bio|avatar|bild|foto|image|photo|picture|img|follow|social|share|comment|related|desc|more|role|job|position|time|date|email|icon|count|authori[sz]|location|tool|button|newsletter|wp-image|caption|about";
    Regex::new(pattern).expect("a constant pattern")
});

/// Path of the page of an author.
static PAGE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)/(?:authors?|autor(?:en|es)?|auteurs?|autore|contributors?|profile|journalist[ae]?s?|reporters?)/[^/?#]+";
    Regex::new(pattern).expect("a constant pattern")
});

/// Bylines of a page by its markup.
#[derive(Debug, Default)]
pub(in crate::source::page) struct Marked {
    /// Names of people.
    pub(in crate::source::page) people: Vec<String>,
    /// Name of a writer of whom nothing says that it is a person.
    pub(in crate::source::page) alias: Option<String>,
}

/// Finds the byline that stands nearest to the headline: the first behind it, else the last
/// before it.
pub(in crate::source::page) fn authors(root: &NodeRef<'_>, title: Option<&str>) -> Marked {
    let title = title.map(letters).unwrap_or_default();
    let mut before: Vec<NodeRef<'_>> = Vec::new();
    let mut behind: Vec<NodeRef<'_>> = Vec::new();
    let mut is_behind = false;
    let mut around: HashSet<NodeId> = HashSet::new();
    for node in root.descendants_it().filter(NodeRef::is_element) {
        if !is_behind && is_headline(&node, &title) {
            is_behind = true;
            around.extend(node.ancestors_it(None).map(|outer| outer.id));
        }
        if says_author(&node) {
            if is_behind {
                behind.push(node)
            } else {
                before.push(node)
            }
        }
        if behind.len() >= MAX_CANDIDATES {
            break;
        }
    }
    before.reverse();
    before.truncate(MAX_CANDIDATES);
    let mut marked = Marked::default();
    for nodes in [&behind, &before] {
        for (at, node) in nodes.iter().enumerate() {
            if is_elsewhere(node, &around) || holds_byline(node, nodes) {
                continue;
            }
            let (people, alias) = named(node);
            if !people.is_empty() {
                marked.people = people;
                for next in nodes[at + 1..].iter().filter(|next| is_beside(node, next)) {
                    let more = named(next).0;
                    let more = more
                        .into_iter()
                        .filter(|name| !marked.people.contains(name));
                    let more: Vec<String> = more.collect();
                    marked.people.extend(more);
                }
                return marked;
            }
            marked.alias = marked.alias.or(alias);
        }
    }
    marked
}

fn is_headline(node: &NodeRef<'_>, title: &str) -> bool {
    let is_heading = matches!(node.node_name().as_deref(), Some("h1" | "h2" | "h3" | "h4"));
    let is_said = || node.class().is_some_and(|class| class.contains("itle"));
    !title.is_empty()
        && (is_heading || is_said())
        && lines::short_text(node, title.len() + 40).is_some_and(|text| letters(&text) == title)
}

/// Whether an element says that it names an author.
fn says_author(node: &NodeRef<'_>) -> bool {
    let Some(element) = node.element_ref() else {
        return false;
    };
    let name = element.node_name();
    if matches!(
        &*name,
        "meta" | "link" | "script" | "body" | "html" | "img" | "article" | "main"
    ) {
        return false;
    }
    let is_link = &*name == "a";
    &*name == "address"
        || element.attrs.iter().any(|attr| {
            let value: &str = &attr.value;
            match &*attr.name.local {
                "rel" => value.split_whitespace().any(|word| word == "author"),
                "itemprop" => matches!(value, "author" | "creator"),
                "class" | "id" | "data-testid" | "data-component" => {
                    value.len() < 300 && CLASS.is_match(value) && !NOT_NAME.is_match(value)
                }
                "href" if is_link => PAGE.is_match(value),
                _ => false,
            }
        })
}

/// Whether an element holds another that names a writer by itself.
fn holds_byline(node: &NodeRef<'_>, all: &[NodeRef<'_>]) -> bool {
    let is_inner = |other: &&NodeRef<'_>| other.ancestors_it(None).any(|outer| outer.id == node.id);
    let mut inner = all.iter().filter(is_inner);
    inner.any(|inner| {
        let (people, alias) = named(inner);
        !people.is_empty() || alias.is_some()
    })
}

/// Whether a byline stands in what surrounds the article, or is one of another; what holds the
/// headline, too, is all of the page (`around`).
fn is_elsewhere(node: &NodeRef<'_>, around: &HashSet<NodeId>) -> bool {
    let says = |outer: &NodeRef<'_>| {
        let name = outer.node_name();
        let is_around = matches!(name.as_deref(), Some("nav" | "footer"));
        let is_item = matches!(name.as_deref(), Some("html" | "body" | "article" | "main"));
        let class = outer.class().unwrap_or_default();
        let id = outer.id_attr().unwrap_or_default();
        is_around || !is_item && (vocabulary::says_aside(&class) || vocabulary::says_aside(&id))
    };
    let outer = node.ancestors_it(Some(CONTEXT_ELEMENTS));
    let mut outer = outer.take_while(|outer| !around.contains(&outer.id));
    lines::is_hidden(node) || outer.any(|outer| says(&outer))
}

/// Whether two bylines stand in one place, as those of several authors do.
fn is_beside(one: &NodeRef<'_>, other: &NodeRef<'_>) -> bool {
    let place = |node: &NodeRef<'_>| {
        let parent = node.parent()?;
        let outer = parent.parent().map(|outer| outer.id);
        Some((parent.id, outer))
    };
    let is_kind = one.node_name() == other.node_name() && one.class() == other.class();
    match (place(one), place(other)) {
        (Some((parent, outer)), Some((others, around))) => {
            parent == others || is_kind && outer == around
        }
        _ => false,
    }
}

/// Names of people in a byline, and what it calls its writer otherwise.
fn named(node: &NodeRef<'_>) -> (Vec<String>, Option<String>) {
    let Some(text) = text(node) else {
        return (Vec::new(), None);
    };
    if text.contains(person::is_han) || text.contains(|c| ('\u{3040}'..='\u{30ff}').contains(&c)) {
        return (chinese(&text), None);
    }
    let mut people = writer::people(&text);
    if people.is_empty() {
        let links = node.descendants_it().filter(|below| below.has_name("a"));
        people = links
            .flat_map(|link| writer::people(&lines::text(&link)))
            .collect();
    }
    let is_told = !node.has_name("address");
    let alias = writer::alias(&text).filter(|alias| is_told && !alias.contains(is_cjk));
    (people, alias)
}

fn chinese(text: &str) -> Vec<String> {
    let signed = byline::in_credit(text);
    if !signed.is_empty() {
        return signed;
    }
    let words: Vec<&str> = text.split([' ', '、', '，', '/']).collect();
    let is_name = |word: &&str| person::is_full_name(word);
    if words.iter().all(is_name) {
        return words.into_iter().map(str::to_owned).collect();
    }
    let is_japanese = words.len() == 2 && person::is_full_name(&words.concat());
    if is_japanese {
        vec![text.to_owned()]
    } else {
        Vec::new()
    }
}

/// Text of a byline, without what an inner element says to be no name; `None` if it is long.
fn text(node: &NodeRef<'_>) -> Option<String> {
    let is_no_name = |below: &NodeRef<'_>| {
        let class = below.class().unwrap_or_default();
        let is_said = !class.is_empty() && (NOT_NAME.is_match(&class) || class.contains("title"));
        is_said || below.has_name("time") || below.has_name("button") || below.has_name("svg")
    };
    let mut text = String::new();
    let mut todo = vec![*node];
    while let Some(next) = todo.pop() {
        if next.is_text() {
            text.push_str(&next.text());
            text.push(' ');
        } else if next.id == node.id || !is_no_name(&next) {
            todo.extend(next.children_it(true));
        }
        if text.len() > MAX_CHARS * 8 {
            return None;
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace(" ,", ",");
    (!text.is_empty() && text.chars().nth(MAX_CHARS).is_none()).then_some(text)
}
