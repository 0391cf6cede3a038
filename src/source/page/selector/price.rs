//! Price of a CSS selector: the most that evaluating it on a page can come to.

use dom_query::NodeRef;

use crate::source::budget::Budget;

/// Parts of a selector that make it dear, counted as it is compiled.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::source::page) struct CssPrice {
    /// Names, classes, attributes and pseudo-classes: each is compared with each element.
    parts: u64,
    /// Parts that look at all elements beside one: `~`, `:nth-child()` and its like.
    sideways: u64,
    /// Parts that look at all elements below one: `:has()`.
    below: u64,
    /// Parts that read all text of an element: `:contains()`, `:has-text()`.
    texts: u64,
}

impl CssPrice {
    /// Counts the parts of a selector; what is written in quotes counts too.
    pub(super) fn of(css: &str) -> CssPrice {
        let css = css.to_ascii_lowercase();
        let of = |parts: &[&str]| {
            let counts = parts.iter().map(|part| css.matches(part).count());
            count(counts.sum())
        };
        let n_breaks = css.chars().filter(|c| !c.is_ascii_alphanumeric()).count();
        CssPrice {
            parts: 1 + count(n_breaks),
            sideways: of(&["~", ":nth-", ":only-", "-of-type", ":last-child"]),
            below: of(&[":has("]),
            texts: of(&[":contains", ":has-text", ":only-text"]),
        }
    }

    /// Takes the price for all below `root` out of the budget; returns whether it was there.
    pub(super) fn pay(self, root: &NodeRef<'_>, budget: &Budget) -> bool {
        if self.sideways + self.below + self.texts == 0 {
            let n_nodes = 1 + count(root.descendants_it().count());
            return budget.spend(n_nodes.saturating_mul(self.parts));
        }
        let shape = Shape::of(root);
        let n_bytes = match self.texts {
            0 => 0,
            _ => count(root.text().len()),
        };
        let steps = [
            shape.n_nodes.saturating_mul(self.parts),
            shape.n_pairs.saturating_mul(self.sideways),
            (shape.n_nodes * shape.depth).saturating_mul(self.below * self.parts),
            (n_bytes / 8 * shape.depth).saturating_mul(self.texts),
        ];
        budget.spend(steps.into_iter().fold(0, u64::saturating_add))
    }
}

/// Shape of the tree below a node.
#[derive(Clone, Copy, Debug, Default)]
struct Shape {
    n_nodes: u64,
    /// Pairs of nodes that have one parent.
    n_pairs: u64,
    /// Nodes from the uppermost to the deepest.
    depth: u64,
}

impl Shape {
    fn of(root: &NodeRef<'_>) -> Shape {
        let mut shape = Shape::default();
        let mut todo = vec![(*root, 1_u64)];
        while let Some((node, depth)) = todo.pop() {
            shape.n_nodes += 1;
            shape.depth = shape.depth.max(depth);
            let n_before = todo.len();
            todo.extend(node.children_it(false).map(|child| (child, depth + 1)));
            let n_children = count(todo.len() - n_before);
            shape.n_pairs += n_children * n_children / 2;
        }
        shape
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
