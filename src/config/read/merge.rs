//! Several files as one: byte ranges count on behind those of the files before, and the tables
//! of included files join those of the main one.

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::config::report::collector::Diagnostics;
use crate::config::report::diagnostic::Diagnostic;
use crate::config::report::parts::Parts;
use crate::config::report::quote::quoted;

/// Lists of tables that an included file may have.
const LISTS: [&str; 2] = ["channel", "source"];

/// Tables by name that an included file may have.
const NAMED: [&str; 2] = ["host", "rule"];

/// Parses all files into one table; what is wrong with them is added to `problems`.
pub(in crate::config) fn parse<'a>(parts: &'a Parts, problems: &mut Diagnostics) -> DeTable<'a> {
    let mut whole = DeTable::new();
    for (nth, part) in parts.iter().enumerate() {
        let text = parts.text_of(part);
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let at = error.span().unwrap_or(text.len()..text.len());
            let at = at.start + part.start..at.end + part.start;
            problems.add_syntax(parts.whole(), at, error.message().replace('\n', "; "));
        }
        let root = shift_table(root.into_inner(), part.start);
        match nth {
            0 => whole = root,
            _ => merge(&mut whole, root, problems),
        }
    }
    whole
}

/// Adds the tables of an included file to those of the main one.
fn merge<'a>(whole: &mut DeTable<'a>, included: DeTable<'a>, problems: &mut Diagnostics) {
    for (key, value) in included {
        let name = key.get_ref().as_ref();
        let (is_list, is_named) = (LISTS.contains(&name), NAMED.contains(&name));
        if !is_list && !is_named {
            let message = format!("an included file cannot have {}", quoted(name));
            let help = "it may have [[channel]], [[source]], [host] and [rule]; the rest belongs into the main file";
            problems.add(Diagnostic::at(key.span(), message).help(help));
            continue;
        }
        let Some(there) = whole.get_mut(name) else {
            whole.insert(key, value);
            continue;
        };
        match (there.get_mut(), value.into_inner()) {
            (DeValue::Array(all), DeValue::Array(more)) if is_list => {
                more.into_iter().for_each(|table| all.push(table));
            }
            (DeValue::Table(all), DeValue::Table(more)) if is_named => {
                for (key, value) in more {
                    match all.get_key_value(key.get_ref().as_ref()) {
                        Some((first, _)) => {
                            let message = format!("{} is there twice", quoted(key.get_ref()));
                            problems
                                .add(Diagnostic::at(key.span(), message).first_at(first.span()));
                        }
                        None => drop(all.insert(key, value)),
                    }
                }
            }
            // One of them is of another kind, which is told where it is read.
            (_, other) => {
                let message = format!("{} is of another kind in another file", quoted(name));
                problems.add(Diagnostic::at(key.span(), message));
                drop(other);
            }
        }
    }
}

fn shift_table(table: DeTable<'_>, by: usize) -> DeTable<'_> {
    let entries = table.into_iter();
    let entries = entries.map(|(key, value)| {
        let at = moved(key.span(), by);
        (Spanned::new(at, key.into_inner()), shift_value(value, by))
    });
    entries.collect()
}

fn shift_value(value: Spanned<DeValue<'_>>, by: usize) -> Spanned<DeValue<'_>> {
    let at = moved(value.span(), by);
    let inner = match value.into_inner() {
        DeValue::Array(array) => {
            let values = array.into_iter().map(|value| shift_value(value, by));
            DeValue::Array(values.collect::<DeArray<'_>>())
        }
        DeValue::Table(table) => DeValue::Table(shift_table(table, by)),
        other => other,
    };
    Spanned::new(at, inner)
}

fn moved(at: std::ops::Range<usize>, by: usize) -> std::ops::Range<usize> {
    at.start + by..at.end + by
}
