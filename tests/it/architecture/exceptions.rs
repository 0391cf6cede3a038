//! Exceptions of the rules: what broke one when it was made, and is to be mended.
//!
//! Each is a path below `src`, of a file or, with a slash at its end, of a folder. A list only
//! shrinks: an exception that covers nothing any more fails.

/// Folders within which files import each other.
pub const CYCLES: &[&str] = &["store/"];

/// Files with imports against the order of their folder.
pub const ORDER: &[&str] = &[
    "ingest/item/mod.rs",
    "store/codec/",
    "store/disk/",
    "store/journal/mod.rs",
    "store/ledger/",
    "store/volume/",
];

/// Folders of more than a dozen entries.
pub const WIDTH: &[&str] = &["cli/", "store/", "text/"];

/// Files of too many lines.
pub const LENGTH: &[&str] = &["store/"];

/// Files with doc comments that begin with a relative clause or a pronoun.
pub const DOCS: &[&str] = &[
    "cli/probe.rs",
    "cli/retain.rs",
    "cli/story/mod.rs",
    "cli/trial.rs",
    "daemon/correct.rs",
    "fetch/cookies.rs",
    "fetch/response/decode.rs",
    "ingest/anomaly/drift/mod.rs",
    "ingest/anomaly/flood.rs",
    "ingest/arrival.rs",
    "ingest/dedupe/similarity/facts.rs",
    "ingest/dedupe/similarity/template.rs",
    "ingest/dedupe/similarity/verdict.rs",
    "ingest/dedupe/story.rs",
    "ingest/faith.rs",
    "ingest/headline.rs",
    "ingest/identity/key.rs",
    "ingest/identity/mod.rs",
    "ingest/item/mod.rs",
    "ingest/item/sort_key.rs",
    "ingest/listed.rs",
    "ingest/media.rs",
    "ingest/names.rs",
    "ingest/notes.rs",
    "ingest/outcome/mod.rs",
    "model/draft.rs",
    "model/item.rs",
    "poll/",
    "publish/atom.rs",
    "publish/json.rs",
    "publish/rss.rs",
    "serve/routes/health.rs",
    "source/feed/mod.rs",
    "source/feed/vocabulary/extension.rs",
    "source/page/article/held.rs",
    "source/page/article/sitename.rs",
    "source/page/credits/caption.rs",
    "source/page/credits/dateline.rs",
    "source/page/credits/origin.rs",
    "source/page/credits/person.rs",
    "source/page/dom/script.rs",
    "source/page/dom/written.rs",
    "source/page/list/dated.rs",
    "source/page/list/entry.rs",
    "source/page/list/floor.rs",
    "source/page/list/item.rs",
    "source/page/list/mod.rs",
    "source/page/onward.rs",
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
    "text/fragment.rs",
    "text/html/attribute.rs",
    "text/html/clean/mod.rs",
    "text/html/player.rs",
    "text/media_type.rs",
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
