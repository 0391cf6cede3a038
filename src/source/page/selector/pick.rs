//! Values that selectors find below an element.

use dom_query::{Matcher, NodeRef, Selection};

use super::xpath::XPathFound;
use super::{Find, Selector, Way};
use crate::model::Moment;
use crate::source::Setting;
use crate::source::budget::Budget;
use crate::source::page::dom::{lines, picture};
use crate::text::html::entities;

impl Selector {
    /// Lists the elements that the first way with any finds.
    pub(in crate::source::page) fn nodes<'a>(
        &self,
        root: &NodeRef<'a>,
        budget: &Budget,
    ) -> Vec<NodeRef<'a>> {
        let found = self.ways.iter().map(|way| way.nodes(root, budget));
        found
            .into_iter()
            .find(|nodes| !nodes.is_empty())
            .unwrap_or_default()
    }

    /// Finds the first value, as one line of text.
    pub(in crate::source::page) fn value(
        &self,
        root: &NodeRef<'_>,
        budget: &Budget,
    ) -> Option<String> {
        self.ways
            .iter()
            .find_map(|way| way.values(root, budget).next())
    }

    /// Lists all values of the first way that has any.
    pub(in crate::source::page) fn values(
        &self,
        root: &NodeRef<'_>,
        budget: &Budget,
    ) -> Vec<String> {
        let found = self
            .ways
            .iter()
            .map(|way| way.values(root, budget).collect::<Vec<_>>());
        found
            .into_iter()
            .find(|values| !values.is_empty())
            .unwrap_or_default()
    }

    /// Finds the first address: the named attribute, else the one an element of its kind has.
    /// Not resolved.
    pub(in crate::source::page) fn reference(
        &self,
        root: &NodeRef<'_>,
        budget: &Budget,
    ) -> Option<String> {
        self.ways.iter().find_map(|way| {
            let found = way.found(root, budget).into_iter();
            found.filter_map(|found| way.reference(found)).next()
        })
    }

    /// Finds the first value as markup, not sanitised.
    pub(in crate::source::page) fn markup(
        &self,
        root: &NodeRef<'_>,
        budget: &Budget,
    ) -> Option<String> {
        self.ways.iter().find_map(|way| {
            if way.attr.is_some() || !way.refine.is_plain() || way.is_text(root, budget) {
                return way.values(root, budget).next().map(|text| escape(&text));
            }
            let found = way
                .nodes(root, budget)
                .into_iter()
                .find(|node| !lines::text(node).is_empty());
            found.map(|node| node.inner_html().trim().to_owned())
        })
    }

    /// Finds the first date.
    pub(in crate::source::page) fn date(
        &self,
        root: &NodeRef<'_>,
        (budget, setting): (&Budget, &Setting<'_>),
    ) -> Option<Moment> {
        self.ways.iter().find_map(|way| {
            let mut values = way.values(root, budget);
            values.find_map(|value| way.refine.date(&value, setting))
        })
    }
}

impl Way {
    /// Lists the matches below `root`, or else `root` itself; none if the budget is not enough for
    /// that.
    fn found<'a>(&self, root: &NodeRef<'a>, budget: &Budget) -> Vec<XPathFound<'a>> {
        let (found, is_paid) = match &self.find {
            Find::Here => (vec![XPathFound::Node(*root)], true),
            _ if budget.is_spent() => (Vec::new(), false),
            Find::Css(matcher, price) => match price.pay(root, budget) {
                true => (
                    matching(root, matcher).map(XPathFound::Node).collect(),
                    true,
                ),
                false => (Vec::new(), false),
            },
            Find::XPath(expression) => {
                let found = expression.find(root, budget);
                (found, !budget.is_spent())
            }
        };
        if is_paid {
            return found;
        }
        budget.blame(&self.typed.path);
        Vec::new()
    }

    fn nodes<'a>(&self, root: &NodeRef<'a>, budget: &Budget) -> Vec<NodeRef<'a>> {
        let found = self.found(root, budget).into_iter();
        let node = |found| match found {
            XPathFound::Node(node) => Some(node),
            XPathFound::Text(_) => None,
        };
        found.filter_map(node).collect()
    }

    /// Whether this way finds text and no elements.
    fn is_text(&self, root: &NodeRef<'_>, budget: &Budget) -> bool {
        matches!(self.find, Find::XPath(_)) && self.nodes(root, budget).is_empty()
    }

    fn values(&self, root: &NodeRef<'_>, budget: &Budget) -> impl Iterator<Item = String> {
        self.found(root, budget)
            .into_iter()
            .filter_map(|found| self.value_of(found))
    }

    fn value_of(&self, found: XPathFound<'_>) -> Option<String> {
        let raw = match (found, &self.attr) {
            (XPathFound::Text(text), _) => crate::source::page::dom::fold(&text),
            (XPathFound::Node(node), Some(name)) => {
                crate::source::page::dom::fold(&node.attr(name)?)
            }
            (XPathFound::Node(node), None) => lines::text(&node),
        };
        self.refine.apply(raw)
    }

    fn reference(&self, found: XPathFound<'_>) -> Option<String> {
        let node = match found {
            XPathFound::Node(node) if self.attr.is_none() => node,
            found => return self.value_of(found),
        };
        let raw = match node.node_name()?.as_ref() {
            "img" | "source" | "amp-img" => picture::reference(&node)?,
            "a" | "area" | "link" => node.attr("href")?.trim().to_owned(),
            _ => lines::text(&node),
        };
        self.refine.apply(raw)
    }
}

fn matching<'a>(root: &NodeRef<'a>, matcher: &Matcher) -> std::vec::IntoIter<NodeRef<'a>> {
    let below = Selection::from(*root).select_matcher(matcher);
    let nodes = if below.is_empty() && root.is_match(matcher) {
        vec![*root]
    } else {
        below.nodes().to_vec()
    };
    nodes.into_iter()
}

fn escape(text: &str) -> String {
    let mut markup = String::new();
    entities::escape_into(text, &mut markup);
    markup
}
