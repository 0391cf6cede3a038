//! Names of people, as readers get them.

use crate::model::Person;
use crate::text::{html, plain};

/// Bytes of a name.
const MAX_NAME: usize = 200;

/// Names of an item.
const MAX_NAMES: usize = 16;

/// Most names that one line is taken apart into; more are no list of names.
const MAX_PARTS: usize = 8;

/// Times that a name was escaped once too often.
const MAX_ESCAPES: usize = 2;

/// Words before a name.
const BY: [&str; 8] = [
    "by ",
    "by: ",
    "written by ",
    "posted by ",
    "reported by ",
    "作者:",
    "作者：",
    "文/",
];

/// Words between two names.
const AND: [&str; 6] = [" and ", " & ", " und ", " et ", " y ", " e "];

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
    let parts = parts.into_iter().flat_map(couple);
    parts.filter_map(name).collect()
}

/// Takes `A, B and C` apart, where all of them are names of people: two or three words with
/// capitals each. A firm or an office has other words in it, or fewer.
fn couple(line: &str) -> Vec<&str> {
    let is_person = |side: &&str| {
        let words: Vec<&str> = side.split_whitespace().collect();
        let is_name = |word: &&str| {
            let letters = word.chars().filter(|c| c.is_alphabetic());
            word.starts_with(char::is_uppercase) && letters.filter(|c| c.is_uppercase()).count() < 3
        };
        (2..=3).contains(&words.len()) && words.iter().all(is_name)
    };
    let sides = AND.iter().map(|and| line.split(and).collect::<Vec<&str>>());
    let lists = sides.filter(|sides| sides.len() == 2);
    let lists = lists.map(|sides| {
        let (first, last) = (sides[0].split(',').map(str::trim), sides[1]);
        first.chain([last]).collect::<Vec<&str>>()
    });
    let mut lists = lists.filter(|names| names.iter().all(is_person));
    lists.next().unwrap_or_else(|| vec![line])
}

/// Returns a line without markup and without what was escaped once too often; each link in
/// it is a name of its own.
fn plain_text(line: &str) -> String {
    let mut text = line.to_owned();
    if text.contains('<') && text.contains("</") {
        text = html::to_text(&text.replace("</a>", ";</a>").replace("</A>", ";</A>"));
    }
    for _ in 0..MAX_ESCAPES {
        if !(text.contains('&') && text.contains(';')) {
            break;
        }
        text = html::entities::decode(&text).into_owned();
    }
    text
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
    let name = without_by(name.trim_matches([',', ' ']));
    let is_name = !name.is_empty() && !name.contains('@');
    is_name.then(|| name.to_owned())
}

/// Returns a name without the words that lead to it.
fn without_by(name: &str) -> &str {
    let rest = BY.iter().find_map(|by| {
        let said = name.get(..by.len())?;
        said.eq_ignore_ascii_case(by)
            .then(|| name[by.len()..].trim_start())
    });
    let rest = rest.filter(|rest| rest.starts_with(|c: char| c.is_uppercase() || c >= '\u{2e80}'));
    rest.unwrap_or(name)
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
        check("By Ann Lee", &["Ann Lee"]);
        check("作者：张三", &["张三"]);
        check("Byron Lee", &["Byron Lee"]);
        check("Dee O&amp;#039;Dale", &["Dee O'Dale"]);
        check(
            "Ann Lee, Bo Birch and Cy Cedar",
            &["Ann Lee", "Bo Birch", "Cy Cedar"],
        );
        check("Ann Lee, Staff Writer", &["Ann Lee, Staff Writer"]);
        check("Ann Lee and Bo T. Birch", &["Ann Lee", "Bo T. Birch"]);
        check("Ärzte und Apotheker", &["Ärzte und Apotheker"]);
        check(
            "Office of Health and Town Planning",
            &["Office of Health and Town Planning"],
        );
        check("Simon & Garfunkel", &["Simon & Garfunkel"]);
        check(
            "<a href=\"https://a.de/@1\">V. Alder</a>, <a href='2'>L. Birch</a>",
            &["V. Alder", "L. Birch"],
        );
        check("a@b.example", &[]);
        check("@ann", &[]);
    }
}
