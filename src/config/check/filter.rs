//! `[[source.filter]]` and `[[source.rewrite]]`.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use crate::config::read;
use crate::config::read::{Table, TomlValue};
use crate::config::report::collector::Diagnostics;
use crate::config::report::diagnostic::Diagnostic;
use crate::config::schema::filter::{Action, Field, Filter, Rewrite, Wanted};
use crate::model::ChannelId;

/// Words of `action`.
const ACTIONS: &[(&str, FilterKind)] = &[
    ("keep", FilterKind::Keep),
    ("drop", FilterKind::Drop),
    ("tag", FilterKind::Tag),
    ("route", FilterKind::Route),
];

/// Words of `field` in a filter.
const FIELDS: &[(&str, Field)] = &[
    ("any", Field::Any),
    ("title", Field::Title),
    ("summary", Field::Summary),
    ("content", Field::Content),
    ("url", Field::Url),
    ("author", Field::Author),
    ("category", Field::Category),
];

/// Words of `field` in a rewrite: fields that can be rewritten.
const WRITABLE: &[(&str, Field)] = &[
    ("title", Field::Title),
    ("summary", Field::Summary),
    ("content", Field::Content),
    ("url", Field::Url),
];

/// Largest compiled regular expression, in bytes.
const MAX_REGEX: usize = 1 << 20;

#[derive(Clone, Copy)]
enum FilterKind {
    Keep,
    Drop,
    Tag,
    Route,
}

/// Channel that a filter routes to, and the byte range where that is written.
pub(super) type Target = (ChannelId, Range<usize>);

/// Reads the filters of one source; the channels that they name are added to `targets`.
pub(super) fn filters(
    tables: Vec<Table<'_>>,
    targets: &mut Vec<Target>,
    problems: &mut Diagnostics,
) -> Vec<Filter> {
    tables
        .into_iter()
        .filter_map(|table| filter(table, targets, problems))
        .collect()
}

fn filter(
    mut table: Table<'_>,
    targets: &mut Vec<Target>,
    problems: &mut Diagnostics,
) -> Option<Filter> {
    let at = table.at();
    let kind = table.need("action", problems, read::word(ACTIONS));
    let field = table.read("field", problems, read::word(FIELDS));
    let contains = table.read_deep("contains", problems, |value, problems| {
        let each = value.one_or_more().into_iter();
        let words = each.filter_map(|value| problems.take(read::text(value)));
        Some(words.collect())
    });
    let matches = table.read("match", problems, regex);
    let to = table.read_deep("to", problems, |value, _| Some(value));
    let action = match (kind?, to) {
        (FilterKind::Keep, None) => Some(Action::Keep),
        (FilterKind::Drop, None) => Some(Action::Drop),
        (FilterKind::Tag, Some(value)) => {
            let to = read::text(value).map_err(|fault| fault.under("to"));
            problems.take(to).map(Action::Tag)
        }
        (FilterKind::Route, Some(value)) => {
            let to = super::id::id(value).map_err(|fault| fault.under("to"));
            let to = problems.take(to);
            targets.extend(to.clone().map(|to| (to, value.at())));
            to.map(Action::Route)
        }
        (FilterKind::Keep | FilterKind::Drop, Some(value)) => {
            problems.add(value.fault("`to` is for `tag` and `route` only"));
            None
        }
        (FilterKind::Tag, None) => {
            problems.add(Diagnostic::at(
                at.clone(),
                "`tag` needs `to`, the category to add",
            ));
            None
        }
        (FilterKind::Route, None) => {
            problems.add(Diagnostic::at(at.clone(), "`route` needs `to`, a channel"));
            None
        }
    };
    let wanted = match (contains, matches) {
        (Some(words), None) => Some(Wanted::Contains(words)),
        (None, Some(regex)) => Some(Wanted::Match(regex)),
        (Some(_), Some(_)) => {
            problems.add(Diagnostic::at(
                at,
                "a filter has `contains` or `match`, not both",
            ));
            None
        }
        (None, None) => {
            if table.get("match").is_none() {
                problems.lacking(Diagnostic::at(at, "a filter needs `contains` or `match`"));
            }
            None
        }
    };
    table.finish(&[], problems);
    Some(Filter {
        action: action?,
        field: field.unwrap_or(Field::Any),
        wanted: wanted?,
    })
}

/// Reads the rewrites of one source.
pub(super) fn rewrites(tables: Vec<Table<'_>>, problems: &mut Diagnostics) -> Vec<Rewrite> {
    let mut rewrites = Vec::new();
    for mut table in tables {
        let field = table.need("field", problems, read::word(WRITABLE));
        let find = table.need("find", problems, regex);
        let replace = table.read("replace", problems, |value| {
            value.str("a string").map(str::to_owned)
        });
        table.finish(&[], problems);
        if let (Some(field), Some(find)) = (field, find) {
            let replace = replace.unwrap_or_default();
            rewrites.push(Rewrite {
                field,
                find,
                replace,
            });
        }
    }
    rewrites
}

fn regex(value: TomlValue<'_>) -> Result<Regex, Diagnostic> {
    let text = value.str("a regular expression in quotes")?;
    let built = RegexBuilder::new(text).size_limit(MAX_REGEX).build();
    built.map_err(|why| {
        let why = why.to_string();
        let last = why.lines().last().unwrap_or_default();
        value.fault(format!("not a regular expression: {}", last.trim()))
    })
}
