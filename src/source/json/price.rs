//! Price of a JSONPath expression: the most that evaluating it on a document can come to.

use serde_json::Value;

use crate::source::budget::Budget;

/// Parts of an expression that make it dear, counted as it is compiled.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PathPrice {
    /// Descents (`..`): each looks at all below what the one before found.
    descents: u32,
    /// Queries in filters that begin at the root (`$`) and may look at all of it: once for each
    /// value that is filtered.
    roots: u32,
    /// Whether there is a filter.
    is_filtered: bool,
}

impl PathPrice {
    /// Counts the parts of an expression, quoted names left out.
    pub(super) fn of(path: &str) -> PathPrice {
        let path = unquoted(path);
        let first_filter = path.find('?').unwrap_or(path.len());
        let filters = &path[first_filter..];
        let roots = filters.match_indices('$').filter(|(at, _)| {
            // As far as the query goes: to the next operator, or out of the filter.
            let query = filters[at + 1..]
                .split(['=', '<', '>', '!', '&', '|', '('])
                .next();
            query.is_some_and(|query| query.contains("..") || query.contains(['*', '?', ':']))
        });
        PathPrice {
            descents: count(path.matches("..").count()),
            roots: count(roots.count()),
            is_filtered: !filters.is_empty(),
        }
    }

    /// Takes the price on a document out of the budget; returns whether it was there. A path of
    /// names and indexes costs nothing worth counting.
    pub(super) fn pay(self, root: &Value, budget: &Budget) -> bool {
        if self.descents == 0 && !self.is_filtered {
            return budget.spend(1);
        }
        let (n_values, depth) = measure(root);
        let deeper = depth.saturating_pow(self.descents.saturating_sub(1));
        let again = n_values.saturating_pow(self.roots);
        budget.spend(n_values.saturating_mul(deeper).saturating_mul(again))
    }
}

/// Returns an expression without its quoted names.
fn unquoted(path: &str) -> String {
    let mut quote = None;
    let mut is_escaped = false;
    let is_code = |c: &char| {
        let was = quote;
        match (quote, *c) {
            _ if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(*c),
            _ => {}
        }
        was.is_none() && quote.is_none()
    };
    path.chars().filter(is_code).collect()
}

/// Counts the values of a document, and how deep they nest.
fn measure(root: &Value) -> (u64, u64) {
    let (mut n_values, mut deepest) = (0_u64, 1_u64);
    let mut todo = vec![(root, 1_u64)];
    while let Some((value, depth)) = todo.pop() {
        n_values += 1;
        deepest = deepest.max(depth);
        match value {
            Value::Array(values) => todo.extend(values.iter().map(|value| (value, depth + 1))),
            Value::Object(values) => todo.extend(values.values().map(|value| (value, depth + 1))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    (n_values, deepest)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_at_everything_is_counted() {
        let check = |path: &str, want: (u32, u32, bool)| {
            let price = PathPrice::of(path);
            let found = (price.descents, price.roots, price.is_filtered);
            assert_eq!(found, want, "{path}");
        };
        check("$.data.list[*]", (0, 0, false));
        check("$..list[*]", (1, 0, false));
        check("$['a..b']..c", (1, 0, false));
        check(r#"$["it\"s..", 'x?']"#, (0, 0, false));
        check("$.list[?@.type == 'a..?']", (0, 0, true));
        check("$.list[?@.id == $.id]", (0, 0, true));
        check("$..[?@..a && $..b]", (3, 1, true));
        check("$.list[?$.list[?@.x]]", (0, 1, true));
    }

    #[test]
    fn a_price_is_paid_before() {
        let pay = |path: &str, root: &Value| PathPrice::of(path).pay(root, &Budget::default());
        let flat: Value = (0..10_000).collect();
        assert!(pay("$..[?@.a]", &flat));
        assert!(!pay("$[?$..b]", &flat));
        let mut deep = Value::from(1);
        for _ in 0..100 {
            deep = Value::Array(vec![deep, Value::from(1)]);
        }
        assert!(pay("$..*..*", &deep));
        assert!(!pay("$..*..*..*..*..*", &deep));
    }
}
