//! Supply chain: licences, sources and versions of what the program is built upon are as `deny.toml`
//! wants them.
//!
//! The gate asks `cargo deny` where it can be had; this asks Cargo alone, of the lock file, without a
//! network.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::process::Command;
use std::str::SplitWhitespace;
use std::sync::LazyLock;

use serde_json::Value;
use toml::Table;

/// Where all that is not ours comes from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

static DENY: LazyLock<Table> = LazyLock::new(|| include_str!("../../deny.toml").parse().unwrap());

struct Package {
    name: String,
    version: String,
    licence: Option<String>,
    source: Option<String>,
}

/// Says what Cargo does, of the lock file and without a network.
fn cargo(command: &str, arguments: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([command, "--locked", "--offline", "--manifest-path"]);
    cargo.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    let output = cargo.args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// All packages that this kind of machine needs, for tests and fuzzing too.
fn packages() -> Vec<Package> {
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let arguments = ["--format-version", "1", "--filter-platform", &platform];
    let found: Value = serde_json::from_str(&cargo("metadata", &arguments)).unwrap();
    let text = |package: &Value, key: &str| package[key].as_str().map(str::to_owned);
    let all = found["packages"].as_array().unwrap().iter();
    let all = all.map(|package| Package {
        name: text(package, "name").unwrap(),
        version: text(package, "version").unwrap(),
        licence: text(package, "license"),
        source: text(package, "source"),
    });
    all.collect()
}

/// Names and versions of the packages that the program is built of and by.
fn built() -> BTreeSet<(String, String)> {
    let shape = ["--prefix", "none", "--format", "{p}"];
    let which = ["--package", "gazetted", "--edges", "normal,build"];
    let tree = cargo("tree", &[which, shape].concat());
    let lines = tree.lines().filter_map(|line| line.split_once(' '));
    let pairs = lines.map(|(name, rest)| {
        let version = rest.split(' ').next().unwrap_or_default();
        (name.to_owned(), version.trim_start_matches('v').to_owned())
    });
    pairs.collect()
}

/// A list of `deny.toml`: strings, or the `crate` of tables.
fn list(table: &str, key: &str) -> Vec<&'static str> {
    let entries = DENY[table][key].as_array().unwrap().iter();
    let name = |entry: &'static toml::Value| entry.as_str().or_else(|| entry["crate"].as_str());
    entries.map(|entry| name(entry).unwrap()).collect()
}

/// Whether an SPDX expression can be met by licences of `allowed`.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    // Cargo's older way to say OR.
    let spaced = expression.replace('/', " OR ");
    let spaced = spaced.replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    any(&mut words, allowed) && words.next().is_none()
}

fn any(words: &mut Peekable<SplitWhitespace<'_>>, allowed: &[&str]) -> bool {
    let mut is_met = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        is_met |= all(words, allowed);
    }
    is_met
}

fn all(words: &mut Peekable<SplitWhitespace<'_>>, allowed: &[&str]) -> bool {
    let mut is_met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        is_met &= one(words, allowed);
    }
    is_met
}

fn one(words: &mut Peekable<SplitWhitespace<'_>>, allowed: &[&str]) -> bool {
    let Some(word) = words.next() else {
        return false;
    };
    if word == "(" {
        let is_met = any(words, allowed);
        return words.next() == Some(")") && is_met;
    }
    match words.next_if_eq(&"WITH").and_then(|_| words.next()) {
        Some(exception) => allowed.contains(&format!("{word} WITH {exception}").as_str()),
        None => allowed.contains(&word),
    }
}

fn numbers(version: &str) -> Vec<u64> {
    let release = version.split(['-', '+']).next().unwrap_or_default();
    release.split('.').map(|n| n.parse().unwrap()).collect()
}

#[test]
fn licences_are_those_that_are_allowed() {
    let (allowed, built) = (list("licenses", "allow"), built());
    let mut n_seen = 0;
    for package in packages() {
        if built.contains(&(package.name.clone(), package.version)) {
            let licence = package.licence.unwrap_or_default();
            assert!(
                is_allowed(&licence, &allowed),
                "{}: `{licence}`",
                package.name
            );
            n_seen += 1;
        }
    }
    assert_eq!(n_seen, built.len());
}

#[test]
fn expressions_of_licences_are_understood() {
    let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"];
    for good in [
        "MIT",
        "GPL-3.0 OR MIT",
        "MIT/Apache-2.0",
        "ISC AND (MIT OR Apache-2.0)",
        "Apache-2.0 WITH LLVM-exception",
        "GPL-3.0 AND ISC OR MIT",
    ] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "Apache-2.0",
        "MIT WITH LLVM-exception",
        "ISC AND (GPL-3.0 OR Apache-2.0)",
        "(MIT",
    ] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}

#[test]
fn all_comes_from_one_registry() {
    for Package { name, source, .. } in packages() {
        let is_ours = name.starts_with("gazetted");
        assert_eq!(source.as_deref(), (!is_ours).then_some(REGISTRY), "{name}");
    }
}

#[test]
fn no_version_is_below_its_floor_and_nothing_banned_is_there() {
    let found = packages();
    for banned in list("bans", "deny") {
        let (name, floor) = match banned.split_once(":<") {
            Some((name, floor)) => (name, Some(numbers(floor))),
            None => (banned, None),
        };
        for package in found.iter().filter(|package| package.name == name) {
            let version = numbers(&package.version);
            let is_good = floor.as_ref().is_some_and(|floor| version >= *floor);
            assert!(is_good, "{name} {}: {banned}", package.version);
        }
    }
}

#[test]
fn no_package_is_there_twice_but_those_that_are_known() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version) in built() {
        versions.entry(name).or_default().insert(version);
    }
    let mut skipped = list("bans", "skip");
    for (name, mut found) in versions {
        let several = found.len() > 1;
        for skip in skipped.extract_if(.., |skip| skip.starts_with(&format!("{name}@"))) {
            assert!(
                several,
                "`{skip}` is no exception any more: remove it from deny.toml"
            );
            let (_, version) = skip.split_once('@').unwrap();
            assert!(found.remove(version), "there is no {skip}");
        }
        assert!(found.len() == 1, "{name} is there in {found:?}");
    }
    assert!(skipped.is_empty(), "there is none of {skipped:?}");
}
