//! Which test holds which case of the catalogue of hostile inputs and faults
//! (201 numbers; the catalogue itself is no part of the project).
//!
//! `cases.txt` names them: each test there exists, and the README states how many
//! cases have one: `UPDATE_EXPECT=1 cargo test --test it cases` writes that number.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const CASES: &str = include_str!("cases.txt");

/// How many cases the catalogue has.
const ALL: u16 = 201;

/// A case, and the file and name of a test that fails where it is not held.
type Held = (u16, &'static str, &'static str);

fn all() -> impl Iterator<Item = Held> {
    let lines = CASES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
        [case, file, name] => (case.parse().unwrap(), file, name),
        _ => panic!("`{line}` is not `number file test`"),
    })
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_case_names_a_test_that_is_there() {
    for (case, file, name) in all() {
        assert!((1..=ALL).contains(&case), "there is no case {case}");
        let text = fs::read_to_string(root().join(file))
            .unwrap_or_else(|why| panic!("case {case}: {file}: {why}"));
        assert!(
            is_test(&text, name),
            "case {case}: {file} has no test `{name}`"
        );
    }
}

/// Whether `text` has a function of that name with `#[test]` or
/// `#[tokio::test…]` among its attributes, and not ignored.
fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_named = |line: &str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        let rest = line.strip_prefix("fn ").and_then(|l| l.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with('('))
    };
    let Some(at) = lines.iter().position(|line| is_named(line)) else {
        return false;
    };
    let head: Vec<&str> = lines[..at]
        .iter()
        .rev()
        .take_while(|line| line.starts_with("#[") || line.starts_with("//"))
        .copied()
        .collect();
    let is_marked = |line: &&str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
    // Property tests stand inside `proptest!`, with the same attribute.
    head.iter().any(is_marked) && !head.iter().any(|line| line.starts_with("#[ignore"))
}

#[test]
fn the_readme_states_how_many_cases_are_held() {
    let held: BTreeSet<u16> = all().map(|(case, ..)| case).collect();
    let (before, after) = ("**", " of 201 catalogued hostile inputs and faults**");
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let end = text.find(after).expect("the README states the count");
    let start = text[..end].rfind(before).unwrap() + before.len();
    let stated = &text[start..end];
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let text = format!("{}{}{}", &text[..start], held.len(), &text[end..]);
        fs::write(&path, text).unwrap();
        return;
    }
    assert_eq!(
        stated,
        held.len().to_string(),
        "UPDATE_EXPECT=1 writes it into the README"
    );
}

#[test]
fn a_test_is_found_by_its_name_and_attribute() {
    let text = "#[test]\nfn one() {}\nfn two() {}\n#[tokio::test]\nasync fn three() {}\n\
                #[test]\n#[ignore]\nfn four() {}\n";
    for (name, want) in [
        ("one", true),
        ("two", false),
        ("three", true),
        ("four", false),
        ("thre", false),
    ] {
        assert_eq!(is_test(text, name), want, "{name}");
    }
}
