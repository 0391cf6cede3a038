//! Wrapper induction: rules for a detected list, as an admin would write them.

use dom_query::{NodeRef, Selection};

use super::anchor::{Anchor, anchors};
use super::detect;
use crate::model::{Document, Draft};
use crate::source::page::credits::dateline::Dated;
use crate::source::page::dom::lines;
use crate::source::page::dom::vocabulary::is_kind;
use crate::source::page::dom::{DomPage, Scripts};
use crate::source::page::{ListRules, Rules, Selector};
use crate::source::{ReadError, Setting};

/// Ancestors up to which a container is named.
const MAX_NAMED: usize = 4;

/// Rules for a list, as `[source.list]` has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InducedRules {
    /// `container`, as CSS
    pub container: Option<String>,
    /// `item`, as CSS
    pub item: Option<String>,
    /// `link`, as CSS
    pub link: Option<String>,
    /// `title`, as CSS
    pub title: Option<String>,
    /// `date`, as CSS
    pub date: Option<String>,
}

/// List that a page shows, and rules that find it.
#[derive(Clone, Debug, Default)]
pub struct Sketched {
    /// Title of the page.
    pub title: Option<String>,
    /// Entries of the list.
    pub drafts: Vec<Draft>,
    /// Rules; `None` where the list is better detected, as on a front page.
    pub rules: Option<InducedRules>,
}

/// Finds the list on a page, and rules for it. Used by `gazetted discover`.
///
/// # Errors
///
/// If the page is empty, too much, or not HTML.
pub fn sketch(document: &Document, setting: &Setting<'_>) -> Result<Sketched, ReadError> {
    let page = DomPage::open(document, setting, Scripts::Dropped)?;
    let root = page.root();
    let listed = detect::entries(&root, &page, setting);
    if !listed.is_likely {
        return Ok(Sketched {
            title: page.title(),
            ..Sketched::default()
        });
    }
    let drafts = listed.drafts;
    let anchors = anchors(&root, &page);
    let chosen = detect::chosen(&anchors, &page);
    let rules =
        rules(&chosen, setting).filter(|rules| is_as_good(rules, &drafts, document, setting));
    Ok(Sketched {
        title: page.title(),
        drafts,
        rules,
    })
}

impl InducedRules {
    /// Compiles the selectors.
    pub(super) fn compiled(&self) -> ListRules {
        let compile = |css: &Option<String>| {
            let css = css.as_deref()?;
            Selector::new(&[css.into()]).ok()
        };
        ListRules {
            container: compile(&self.container),
            item: compile(&self.item),
            link: compile(&self.link),
            title: compile(&self.title),
            date: compile(&self.date),
            ..ListRules::default()
        }
    }
}

/// Derives rules for the list that `chosen` are the links of; `None` if its items have nothing in common.
pub(super) fn rules(chosen: &[&Anchor<'_>], setting: &Setting<'_>) -> Option<InducedRules> {
    let items = detect::items(chosen);
    let (first, anchor) = (items.first()?, chosen.first()?);
    let outer = first.ancestors_it(None);
    let holds_all = |outer: &NodeRef<'_>| {
        items
            .iter()
            .all(|item| item.ancestors_it(None).any(|own| own.id == outer.id))
    };
    let container = outer.filter(NodeRef::is_element).find(holds_all)?;
    let item = common(&items)?;
    let nodes: Vec<NodeRef<'_>> = chosen.iter().map(|anchor| anchor.node).collect();
    let is_anchor = first.id == anchor.node.id;
    let link = if is_anchor {
        None
    } else {
        within(&nodes, &items)
    };
    Some(InducedRules {
        container: named(&container),
        item: Some(item),
        title: link.clone(),
        link: link.map(|link| format!("{link}@href")),
        date: dated(&items, setting),
    })
}

/// Whether the rules find the list that was detected without them: nine tenths of it, and
/// little else.
fn is_as_good(
    sketch: &InducedRules,
    drafts: &[Draft],
    document: &Document,
    setting: &Setting<'_>,
) -> bool {
    let rules = Rules {
        list: Some(sketch.compiled()),
    };
    let Ok(reading) = super::read(&rules, document, setting) else {
        return false;
    };
    let is_found = |draft: &&Draft| reading.drafts.iter().any(|own| own.link == draft.link);
    let n_found = drafts.iter().filter(is_found).count();
    n_found * 10 >= drafts.len() * 9 && n_found * 10 >= reading.drafts.len() * 8
}

/// Writes a selector of what the elements have in common: `li`, `div.item`.
fn common(nodes: &[NodeRef<'_>]) -> Option<String> {
    let first = nodes.first()?;
    // What a page calls its elements may be anything, and is shown to the admin.
    let name = first.node_name().filter(|name| is_plain(name))?;
    let has_name = |node: &NodeRef<'_>| node.has_name(&name);
    if !nodes.iter().all(has_name) {
        return None;
    }
    let classes = classes(first);
    let shared = classes
        .into_iter()
        .find(|class| nodes.iter().all(|node| node.has_class(class)));
    Some(match shared {
        Some(class) => format!("{name}.{class}"),
        None => name.to_string(),
    })
}

/// Writes a selector of the links inside their items: `a`, `h3 a`, `a.title`.
fn within(nodes: &[NodeRef<'_>], items: &[NodeRef<'_>]) -> Option<String> {
    let own = common(nodes)?;
    let is_first = |css: &str| {
        let mut pairs = nodes.iter().zip(items);
        pairs.all(|(node, item)| {
            let found = Selection::from(*item).select(css);
            found
                .nodes()
                .first()
                .is_some_and(|first| first.id == node.id)
        })
    };
    let parents: Option<Vec<NodeRef<'_>>> = nodes.iter().map(NodeRef::parent).collect();
    let parents = parents?;
    let below = common(&parents).map(|parent| format!("{parent} > {own}"));
    let ways = ["a".to_owned(), own.clone()].into_iter().chain(below);
    let mut ways = ways.filter(|css| is_first(css));
    ways.next().or(Some(own))
}

/// Writes a selector of the element of an item that holds the date and little else.
fn dated(items: &[NodeRef<'_>], setting: &Setting<'_>) -> Option<String> {
    let holder = |item: &NodeRef<'_>| -> Option<String> {
        let mut below: Vec<NodeRef<'_>> = item.descendants_it().collect();
        below.retain(|node| node.is_element() && !node.has_name("a"));
        let node = below.into_iter().rev().find(|node| {
            let text = lines::text(node);
            text.chars().nth(40).is_none() && Dated::find(&text, setting).is_some()
        })?;
        common(&[node])
    };
    let found: Vec<String> = items.iter().filter_map(holder).collect();
    let first = found.first()?;
    let n_alike = found.iter().filter(|other| *other == first).count();
    (n_alike * 2 > items.len()).then(|| first.clone())
}

/// Writes a selector for one element that finds no other: by its id, by its classes, or by
/// those of what it is in.
fn named(node: &NodeRef<'_>) -> Option<String> {
    let mut css = String::new();
    let mut at = Some(*node);
    for _ in 0..MAX_NAMED {
        let here = at?;
        let name = here.node_name().filter(|name| is_plain(name))?;
        if matches!(&*name, "body" | "html") {
            break;
        }
        let own = match (stable_id(&here), classes(&here).first()) {
            (Some(id), _) => format!("#{id}"),
            (None, Some(class)) => format!("{name}.{class}"),
            (None, None) => name.to_string(),
        };
        css = if css.is_empty() {
            own
        } else {
            format!("{own} > {css}")
        };
        let found = Selection::from(node.tree.root()).select(&css);
        if found.length() == 1 {
            return Some(css);
        }
        at = here.parent();
    }
    (!css.is_empty()).then_some(css)
}

/// Lists classes that name a kind of element and can be written as they are.
fn classes(node: &NodeRef<'_>) -> Vec<String> {
    let class = node.class().unwrap_or_default();
    let kinds = class
        .split_whitespace()
        .filter(|class| is_kind(class) && is_plain(class));
    kinds.map(str::to_owned).collect()
}

fn stable_id(node: &NodeRef<'_>) -> Option<String> {
    let id = node.id_attr()?;
    (is_plain(&id) && !id.contains(|c: char| c.is_ascii_digit())).then(|| id.to_string())
}

fn is_plain(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && name.chars().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::page::testing::{document, setting};

    #[test]
    fn a_list_is_described_as_an_admin_would() {
        let items: Vec<String> = (1..=9)
            .map(|n| {
                format!(
                    "<li class='item n{n}'><a class=pic href='/2018/{n}00{n}.html'><img src=x></a><h3><a href='/2018/{n}00{n}.html'>\
                     第{n}条关于大桥建设的新闻标题</a></h3><span class=time>2018-03-1{n}</span></li>"
                )
            })
            .collect();
        let html = format!(
            "<html><head><title>望潮</title></head><body><ul class=nav><li><a href=/a>首页</a></li></ul>\
             <div class=main><ul class='news-list'>{}</ul></div></body></html>",
            items.concat()
        );
        let found = setting(|setting| sketch(&document(&html), setting)).unwrap();
        assert_eq!(found.drafts.len(), 9);
        let want = InducedRules {
            container: Some("ul.news-list".to_owned()),
            item: Some("li.item".to_owned()),
            link: Some("h3 > a@href".to_owned()),
            title: Some("h3 > a".to_owned()),
            date: Some("span.time".to_owned()),
        };
        assert_eq!(found.rules, Some(want));
    }

    #[test]
    fn a_name_that_nobody_can_read_is_in_no_rule() {
        for name in ["news\u{202e}\u{1b}[2J", "n\"]x"] {
            let items: String = (1..=9)
                .map(|n| {
                    format!("<{name}><a href=/2018/{n}00{n}.html>第{n}条关于大桥建设的新闻标题</a></{name}>")
                })
                .collect();
            let html = format!("<body><div class=all>{items}</div></body>");
            let found = setting(|setting| sketch(&document(&html), setting)).unwrap();
            assert_eq!(found.drafts.len(), 9);
            let rules = found.rules.map(|rules| rules.item).unwrap_or_default();
            assert_eq!(rules, None);
        }
    }

    #[test]
    fn a_page_without_a_list_has_no_rules() {
        let found = setting(|setting| sketch(&document("<p>Nothing here</p>"), setting)).unwrap();
        assert!(found.drafts.is_empty() && found.rules.is_none());
    }
}
