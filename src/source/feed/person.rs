//! Persons, however they were written.

use super::construct::one_line;
use super::scope::Scope;
use super::xml::Node;
use crate::model::Person;

/// Reads a person element: Atom's with parts, or a line of text.
pub(super) fn of(node: &Node<'_, '_>, scope: &Scope<'_>) -> Option<Person> {
    if !node.has_children() {
        return parse(&node.text());
    }
    let scope = scope.inside(node);
    let mut person = Person::default();
    for part in node.children() {
        let Some(value) = part.line() else {
            continue;
        };
        match part.name(&mut [0; 24]) {
            "name" if person.name.is_none() => person.name = Some(one_line(&value)),
            "email" if person.email.is_none() => person.email = Some(value),
            "uri" | "url" | "homepage" | "web" if person.url.is_none() => {
                person.url = Some(scope.resolve(&value));
            }
            _ => {}
        }
    }
    if person == Person::default() {
        return parse(&node.text());
    }
    Some(tidy(person))
}

/// Splits a mail address off a person's name.
pub(super) fn tidy(mut person: Person) -> Person {
    if person.email.is_none()
        && let Some(Person {
            name,
            email: Some(email),
            ..
        }) = person.name.as_deref().and_then(parse)
    {
        person.email = Some(email);
        person.name = name;
    }
    person
}

/// Parses a person in one line: `a@b.c (Name)`, `Name <a@b.c>`, `Name` …
pub(super) fn parse(line: &str) -> Option<Person> {
    let line = one_line(line);
    let line = line.trim_matches([',', ';', ' ']);
    let line = strip_mailto(line);
    if line.is_empty() {
        return None;
    }
    let Some((start, end)) = find_email(line) else {
        return Some(Person {
            name: Some(line.to_owned()),
            ..Person::default()
        });
    };
    let email = line[start..end].to_owned();
    let around = format!("{} {}", strip_mailto_end(&line[..start]), &line[end..]);
    let is_bracket = |c: char| {
        matches!(
            c,
            '<' | '>' | '(' | ')' | '[' | ']' | '"' | ',' | ' ' | '-' | ':'
        )
    };
    let name = one_line(&around.replace("()", " ").replace("<>", " "));
    let mut name = name.trim_matches(is_bracket).to_owned();
    // The end of a bracket that belongs to the name itself.
    if name.contains('(') && !name.contains(')') {
        name.push(')');
    }
    Some(Person {
        name: (!name.is_empty()).then_some(name),
        email: Some(email),
        url: None,
    })
}

fn strip_mailto(line: &str) -> &str {
    match line.get(..7) {
        Some(start) if start.eq_ignore_ascii_case("mailto:") => line[7..].trim_start(),
        _ => line,
    }
}

fn strip_mailto_end(line: &str) -> &str {
    line.trim_end().strip_suffix("mailto:").unwrap_or(line)
}

/// Finds the first mail address; byte offsets of its start and end.
fn find_email(line: &str) -> Option<(usize, usize)> {
    let is_part = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%' | '\'' | '=')
    };
    let at = line.find('@')?;
    let before = &line[..at];
    let start = before.rfind(|c| !is_part(c)).map_or(0, |found| {
        found + before[found..].chars().next().map_or(1, char::len_utf8)
    });
    let after = &line[at + 1..];
    let is_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    let length = after.find(|c| !is_host(c)).unwrap_or(after.len());
    let length = after[..length].trim_end_matches(['.', '-']).len();
    (start < at && length > 0).then_some((start, at + 1 + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, name: &str, email: &str) {
        let person = parse(given).unwrap_or_default();
        let got = (
            person.name.unwrap_or_default(),
            person.email.unwrap_or_default(),
        );
        assert_eq!(got, (name.to_owned(), email.to_owned()), "given {given}");
    }

    #[test]
    fn names_and_addresses_are_told_apart() {
        check("a@e.com (Ann Lee)", "Ann Lee", "a@e.com");
        check("Ann Lee <a@e.com>", "Ann Lee", "a@e.com");
        check("Ann Lee (a@e.com)", "Ann Lee", "a@e.com");
        check("\"Ann Lee\" <mailto:a@e.com>", "Ann Lee", "a@e.com");
        check("mailto:a@e.com", "", "a@e.com");
        check("Ann Lee", "Ann Lee", "");
        check("记者 张三", "记者 张三", "");
        check("@ann", "@ann", "");
        check(" ", "", "");
    }
}
