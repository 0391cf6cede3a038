//! Evaluation of an expression on a page.

use dom_query::NodeRef;

use super::function::{self, count};
use super::parse::{Axis, Expr, From, Op, Test, XPathStep};
use super::value::{XPathNode, XPathValue, in_order, number_of};
use crate::source::budget::Budget;

/// Steps that a regex costs to compile.
const REGEX_STEPS: u64 = 2000;

/// Context of an evaluation (XPath 1.0, 1): node, position among its like from 1, size, and
/// the budget of the page.
#[derive(Clone)]
struct Here<'a, 'w> {
    place: XPathNode<'a>,
    position: usize,
    last: usize,
    budget: &'w Budget,
}

/// Evaluates `expr` from `node`.
pub(super) fn evaluate<'a>(expr: &Expr, node: NodeRef<'a>, budget: &Budget) -> XPathValue<'a> {
    let here = Here {
        place: XPathNode::of(node),
        position: 1,
        last: 1,
        budget,
    };
    value(expr, &here)
}

fn value<'a>(expr: &Expr, here: &Here<'a, '_>) -> XPathValue<'a> {
    match expr {
        Expr::Text(text) => XPathValue::Text(text.clone()),
        Expr::Number(number) => XPathValue::Number(*number),
        Expr::Negate(inner) => XPathValue::Number(-number(&value(inner, here), here)),
        Expr::Call(name, given) => call(name, given, here),
        Expr::Binary(op, left, right) => binary(*op, left, right, here),
        Expr::Path(from, steps) => XPathValue::Places(path(from, steps, here)),
    }
}

fn call<'a>(name: &str, given: &[Expr], here: &Here<'a, '_>) -> XPathValue<'a> {
    let own = || XPathValue::Places(vec![here.place.clone()]);
    let first = given.first().map_or_else(own, |expr| value(expr, here));
    match (name, &first) {
        ("position", _) => XPathValue::Number(count(here.position)),
        ("last", _) => XPathValue::Number(count(here.last)),
        ("not", first) => XPathValue::Flag(!first.flag()),
        ("boolean", first) => XPathValue::Flag(first.flag()),
        ("number", first) => XPathValue::Number(number(first, here)),
        ("count", XPathValue::Places(places)) => XPathValue::Number(count(places.len())),
        ("sum", XPathValue::Places(places)) => {
            let numbers = places.iter().map(|place| number_of(&text_at(place, here)));
            XPathValue::Number(numbers.sum())
        }
        ("name" | "local-name", XPathValue::Places(places)) => {
            let name = places.first().map(|place| match &place.attribute {
                Some(name) => name.clone(),
                None => place.node.node_name().unwrap_or_default().to_string(),
            });
            XPathValue::Text(name.unwrap_or_default())
        }
        ("id", first) => XPathValue::Places(by_id(&text(first, here), here)),
        (name, first) => {
            let mut texts = vec![text(first, here)];
            texts.extend(
                given
                    .iter()
                    .skip(1)
                    .map(|expr| text(&value(expr, here), here)),
            );
            let n_bytes: usize = texts.iter().map(String::len).sum();
            let is_paid = match name {
                // Each character is looked for among those of the second text.
                "translate" => here
                    .budget
                    .spend_bytes(n_bytes.saturating_mul(texts[1].len())),
                "matches" => here.budget.spend(REGEX_STEPS) && here.budget.spend_bytes(n_bytes),
                _ => here.budget.spend_bytes(n_bytes),
            };
            if !is_paid {
                return XPathValue::Places(Vec::new());
            }
            function::call(name, &texts).unwrap_or(XPathValue::Places(Vec::new()))
        }
    }
}

fn by_id<'a>(id: &str, here: &Here<'a, '_>) -> Vec<XPathNode<'a>> {
    let root = here.place.node.tree.root();
    let mut nodes = root.descendants_it();
    let found = nodes.find(|node| spend(here) && node.id_attr().as_deref() == Some(id));
    found.map(XPathNode::of).into_iter().collect()
}

/// Counts one more node looked at, and returns whether that is allowed.
fn spend(here: &Here<'_, '_>) -> bool {
    here.budget.spend(1)
}

/// Returns the text of a place; empty once the budget is spent.
fn text_at(place: &XPathNode<'_>, here: &Here<'_, '_>) -> String {
    if here.budget.is_spent() {
        return String::new();
    }
    let text = place.text();
    here.budget.spend_bytes(text.len());
    text
}

/// Returns a value as text, as [`XPathValue::text`] does.
fn text(value: &XPathValue<'_>, here: &Here<'_, '_>) -> String {
    match value {
        XPathValue::Places(places) => {
            let first = places.first();
            first.map(|place| text_at(place, here)).unwrap_or_default()
        }
        other => other.text(),
    }
}

/// Returns a value as a number, as [`XPathValue::number`] does.
fn number(value: &XPathValue<'_>, here: &Here<'_, '_>) -> f64 {
    match value {
        XPathValue::Places(_) => number_of(&text(value, here)),
        other => other.number(),
    }
}

fn binary<'a>(op: Op, left: &Expr, right: &Expr, here: &Here<'a, '_>) -> XPathValue<'a> {
    let one = value(left, here);
    match op {
        Op::Or => return XPathValue::Flag(one.flag() || value(right, here).flag()),
        Op::And => return XPathValue::Flag(one.flag() && value(right, here).flag()),
        _ => {}
    }
    let other = value(right, here);
    match op {
        Op::Union => match (one, other) {
            (XPathValue::Places(mut one), XPathValue::Places(other)) => {
                one.extend(other);
                here.budget.spend_bytes(8 * one.len());
                XPathValue::Places(in_order(one))
            }
            _ => XPathValue::Places(Vec::new()),
        },
        Op::Add => XPathValue::Number(number(&one, here) + number(&other, here)),
        Op::Subtract => XPathValue::Number(number(&one, here) - number(&other, here)),
        Op::Multiply => XPathValue::Number(number(&one, here) * number(&other, here)),
        Op::Divide => XPathValue::Number(number(&one, here) / number(&other, here)),
        Op::Modulo => XPathValue::Number(number(&one, here) % number(&other, here)),
        op => XPathValue::Flag(compare(op, &one, &other, here)),
    }
}

/// Compares two values; of several places one that fits is enough.
fn compare(op: Op, one: &XPathValue<'_>, other: &XPathValue<'_>, here: &Here<'_, '_>) -> bool {
    let each = |value: &XPathValue<'_>| match value {
        XPathValue::Places(places) => places
            .iter()
            .map(|place| XPathValue::Text(text_at(place, here)))
            .collect(),
        value => vec![value.clone().alone()],
    };
    let (ones, others) = (each(one), each(other));
    let mut pairs = ones
        .iter()
        .flat_map(|one| others.iter().map(move |other| (one, other)));
    pairs.any(|(one, other)| spend(here) && holds(op, one, other))
}

impl XPathValue<'_> {
    /// Returns the same value, if it is no place; else false.
    fn alone(self) -> XPathValue<'static> {
        match self {
            XPathValue::Places(_) => XPathValue::Flag(false),
            XPathValue::Text(text) => XPathValue::Text(text),
            XPathValue::Number(number) => XPathValue::Number(number),
            XPathValue::Flag(flag) => XPathValue::Flag(flag),
        }
    }
}

fn holds(op: Op, one: &XPathValue<'_>, other: &XPathValue<'_>) -> bool {
    let is_equal = || match (one, other) {
        (XPathValue::Flag(_), _) | (_, XPathValue::Flag(_)) => one.flag() == other.flag(),
        #[expect(clippy::float_cmp, reason = "XPath compares numbers so")]
        (XPathValue::Number(_), _) | (_, XPathValue::Number(_)) => one.number() == other.number(),
        _ => one.text() == other.text(),
    };
    match op {
        Op::Equal => is_equal(),
        Op::Unequal => !is_equal(),
        Op::Less => one.number() < other.number(),
        Op::LessEqual => one.number() <= other.number(),
        Op::Greater => one.number() > other.number(),
        Op::GreaterEqual => one.number() >= other.number(),
        _ => false,
    }
}

fn path<'a>(from: &From, steps: &[XPathStep], here: &Here<'a, '_>) -> Vec<XPathNode<'a>> {
    let mut places = match from {
        From::Here => vec![here.place.clone()],
        From::Root => vec![XPathNode::of(here.place.node.tree.root())],
        From::Found(expr, predicates) => match value(expr, here) {
            XPathValue::Places(places) => filtered(places, predicates, here),
            _ => Vec::new(),
        },
    };
    for step in steps {
        let found = places.iter().flat_map(|place| walk(step, place, here));
        let found: Vec<XPathNode<'a>> = found.collect();
        here.budget.spend_bytes(8 * found.len());
        places = in_order(found);
    }
    places
}

fn walk<'a>(step: &XPathStep, from: &XPathNode<'a>, here: &Here<'a, '_>) -> Vec<XPathNode<'a>> {
    let mut found = Vec::new();
    if !spend(here) {
        return found;
    }
    for place in along(step.axis, from) {
        if !spend(here) {
            break;
        }
        if fits(&step.test, step.axis, &place) {
            found.push(place);
        }
    }
    filtered(found, &step.predicates, here)
}

fn filtered<'a>(
    mut places: Vec<XPathNode<'a>>,
    predicates: &[Expr],
    here: &Here<'a, '_>,
) -> Vec<XPathNode<'a>> {
    for predicate in predicates {
        let last = places.len();
        let mut position = 0;
        places.retain(|place| {
            position += 1;
            let inner = Here {
                place: place.clone(),
                position,
                last,
                budget: here.budget,
            };
            spend(here)
                && match value(predicate, &inner) {
                    #[expect(clippy::float_cmp, reason = "both count places")]
                    XPathValue::Number(number) => number == count(position),
                    other => other.flag(),
                }
        });
    }
    places
}

fn fits(test: &Test, axis: Axis, place: &XPathNode<'_>) -> bool {
    if let Some(own) = &place.attribute {
        return match test {
            Test::Name(name) => name == own,
            Test::Any | Test::Star => true,
            Test::Text | Test::Comment => false,
        };
    }
    let node = &place.node;
    match test {
        Test::Any => true,
        Test::Text => node.is_text(),
        Test::Comment => node.is_comment(),
        Test::Star => node.is_element() && axis != Axis::Attribute,
        Test::Name(name) => node.has_name(name),
    }
}

/// Lists the places along an axis, nearest first.
fn along<'a>(axis: Axis, from: &XPathNode<'a>) -> Box<dyn Iterator<Item = XPathNode<'a>> + 'a> {
    let node = from.node;
    if from.attribute.is_some() {
        return match axis {
            Axis::Itself => Box::new(std::iter::once(from.clone())),
            Axis::Parent => Box::new(std::iter::once(XPathNode::of(node))),
            _ => Box::new(std::iter::empty()),
        };
    }
    let own = std::iter::once(node);
    let nodes: Box<dyn Iterator<Item = NodeRef<'a>> + 'a> = match axis {
        Axis::Itself => Box::new(own),
        Axis::Child => Box::new(node.children_it(false)),
        Axis::Descendant => Box::new(below(node)),
        Axis::DescendantOrSelf => Box::new(own.chain(below(node))),
        Axis::Parent => Box::new(node.parent().into_iter()),
        Axis::Ancestor => Box::new(above(node)),
        Axis::AncestorOrSelf => Box::new(own.chain(above(node))),
        Axis::FollowingSibling => Box::new(after(node)),
        Axis::PrecedingSibling => Box::new(before(node)),
        Axis::Following => {
            let tops = own.chain(above(node)).flat_map(after);
            Box::new(tops.flat_map(|top| std::iter::once(top).chain(below(top))))
        }
        Axis::Preceding => {
            let tops = own.chain(above(node)).flat_map(before);
            Box::new(tops.flat_map(|top| {
                let mut nodes: Vec<_> = std::iter::once(top).chain(below(top)).collect();
                nodes.reverse();
                nodes
            }))
        }
        Axis::Attribute => return Box::new(attributes(node).into_iter()),
    };
    Box::new(nodes.map(XPathNode::of))
}

fn below<'a>(node: NodeRef<'a>) -> impl Iterator<Item = NodeRef<'a>> + 'a {
    node.descendants().into_iter()
}

fn above<'a>(node: NodeRef<'a>) -> impl Iterator<Item = NodeRef<'a>> + 'a {
    std::iter::successors(node.parent(), NodeRef::parent)
}

fn after<'a>(node: NodeRef<'a>) -> impl Iterator<Item = NodeRef<'a>> + 'a {
    std::iter::successors(node.next_sibling(), NodeRef::next_sibling)
}

fn before<'a>(node: NodeRef<'a>) -> impl Iterator<Item = NodeRef<'a>> + 'a {
    std::iter::successors(node.prev_sibling(), NodeRef::prev_sibling)
}

fn attributes(node: NodeRef<'_>) -> Vec<XPathNode<'_>> {
    let names = node.element_ref().map(|element| {
        let names = element.attrs.iter().map(|attr| attr.name.local.to_string());
        names.collect::<Vec<_>>()
    });
    let place = |name: String| XPathNode {
        node,
        attribute: Some(name),
    };
    names.unwrap_or_default().into_iter().map(place).collect()
}
