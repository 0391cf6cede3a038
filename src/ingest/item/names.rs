//! Names of people, as readers get them.

use crate::model::Person;
use crate::text::{html, plain};

/// Bytes of a name.
const MAX_NAME: usize = 200;

/// Names of an item.
const MAX_NAMES: usize = 16;

/// Most names that one line is taken apart into; more are no list of names.
const MAX_PARTS: usize = 8;

/// Returns the names of people, each once; mail addresses are not passed on.
#[must_use]
pub fn of(people: &[Person]) -> Vec<String> {
    let lines = people.iter().filter_map(|person| person.name.as_deref());
    distinct(lines.flat_map(in_line))
}

/// Returns the names in lines that an article page gives.
#[must_use]
pub fn in_lines(lines: &[String]) -> Vec<String> {
    let lines = lines.iter().map(|name| plain::line(name, MAX_NAME));
    distinct(lines)
}

/// Returns the names in one line: `A; B` are two, `A (@a)` is A, `a@b.example` is none.
fn in_line(line: &str) -> Vec<String> {
    let line = &plain_text(line);
    let parts: Vec<&str> = line.split([';', '；', '、']).collect();
    let parts = match parts.len() <= MAX_PARTS {
        true => parts,
        false => vec![line.as_str()],
    };
    parts.into_iter().filter_map(name).collect()
}

/// Returns a line without markup and without what was escaped once too often; each link in
/// it is a name of its own.
fn plain_text(line: &str) -> String {
    let mut text = line.to_owned();
    if text.contains('<') && text.contains("</") {
        text = html::to_text(&text.replace("</a>", ";</a>").replace("</A>", ";</A>"));
    }
    match text.contains('&') && text.contains(';') {
        true => html::entities::decode(&text).into_owned(),
        false => text,
    }
}

/// Returns one name without a handle behind it; `None` for a mail address or a handle alone.
fn name(text: &str) -> Option<String> {
    let mut name = plain::line(text, MAX_NAME);
    for (start, end) in [(" (@", ")"), (" [@", "]"), (" <@", ">"), (" @", "")] {
        let cut = name.find(start).filter(|at| {
            let handle = name[at + start.len()..]
                .strip_suffix(end)
                .unwrap_or_default();
            !handle.is_empty() && handle.chars().all(is_of_handle)
        });
        if let Some(at) = cut {
            name.truncate(at);
        }
    }
    let name = name.trim_matches([',', ' ']);
    let is_name = !name.is_empty() && !name.contains('@');
    is_name.then(|| name.to_owned())
}

fn is_of_handle(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '@')
}

/// Keeps each name that is not empty, once, in order.
fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in names.filter(|name| !name.is_empty()).take(MAX_NAMES * 4) {
        if kept.len() < MAX_NAMES && !kept.contains(&name) {
            kept.push(name);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, want: &[&str]) {
        let person = Person {
            name: Some(given.to_owned()),
            ..Person::default()
        };
        assert_eq!(of(&[person]), want, "given {given}");
    }

    #[test]
    fn names_are_names() {
        check("Ann Lee", &["Ann Lee"]);
        check("Ann Lee (@annlee)", &["Ann Lee"]);
        check("Ann Lee @ann_lee@town.example", &["Ann Lee"]);
        check("Ann Lee; Bo Birch", &["Ann Lee", "Bo Birch"]);
        check("张三、李四", &["张三", "李四"]);
        check("Lee, Ann", &["Lee, Ann"]);
        check("K. O&#039;Dale &amp; Son", &["K. O'Dale & Son"]);
        check("<b>Ann</b> Lee", &["Ann Lee"]);
        check(
            "<a href=\"https://a.de/@1\">V. Alder</a>, <a href='2'>L. Birch</a>",
            &["V. Alder", "L. Birch"],
        );
        check("a@b.example", &[]);
        check("@ann", &[]);
    }
}
