//! Exceptions of the rules: what broke one when it was made, and is to be mended.
//!
//! Each is a path below `src`, of a file or, with a slash at its end, of a folder. A list only
//! shrinks: an exception that covers nothing any more fails.

/// Folders within which files import each other.
pub const CYCLES: &[&str] = &["poll/", "store/"];

/// Files with imports against the order of their folder.
pub const ORDER: &[&str] = &[
    "poll/hosts/robots.rs",
    "store/codec/",
    "store/disk/migrate.rs",
    "store/journal/mod.rs",
    "store/volume/scan.rs",
];

/// Files with doc comments that begin with a relative clause or a pronoun.
pub const DOCS: &[&str] = &[
    "cli/retain.rs",
    "cli/story/mod.rs",
    "poll/",
    "serve/routes/health.rs",
    "store/cache.rs",
    "store/codec/",
    "store/commit/",
    "store/compaction/",
    "store/disk/",
    "store/error.rs",
    "store/journal/",
    "store/ledger/",
    "store/maintenance/",
    "store/mod.rs",
    "store/read/",
    "store/table/",
    "store/volume/",
];

/// Fails for each of `found`, a path and what is wrong there, that no exception covers, and for
/// each exception that covers none of them.
#[track_caller]
pub fn check(found: &[(String, String)], exceptions: &[&str]) {
    let covers = |exception: &str, path: &str| match exception.ends_with('/') {
        true => path.starts_with(exception),
        false => path == exception,
    };
    let wrong: Vec<&str> = found
        .iter()
        .filter(|(path, _)| !exceptions.iter().any(|exception| covers(exception, path)))
        .map(|(_, message)| message.as_str())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for exception in exceptions {
        assert!(
            found.iter().any(|(path, _)| covers(exception, path)),
            "`{exception}` is no exception any more: remove it from the list"
        );
    }
}

#[test]
#[should_panic(expected = "remove it")]
fn an_exception_that_is_mended_has_to_go() {
    check(&[("a/b.rs".to_owned(), String::new())], &["a/", "c.rs"]);
}

#[test]
#[should_panic(expected = "b is wrong")]
fn what_is_no_exception_fails() {
    let found = [
        ("a.rs".to_owned(), "a is wrong".to_owned()),
        ("b.rs".to_owned(), "b is wrong".to_owned()),
    ];
    check(&found, &["a.rs"]);
}
