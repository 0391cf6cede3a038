//! What the documents name is there: files, commands, keys of feeds.toml.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Documents at the root of the project; those of `docs/` come with them.
const AT_THE_ROOT: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
];

/// Folders whose files documents name by their whole path.
const FOLDERS: &[&str] = &[
    ".ci/",
    "benches/",
    "contrib/",
    "docs/",
    "fuzz/",
    "proptest-regressions/",
    "src/",
    "systemd/",
    "templates/",
    "tests/",
];

/// Folders that a run of the fuzzer makes.
const MADE: &[&str] = &["fuzz/artifacts/", "fuzz/corpus/"];

/// Calls by which `config::check` reads a key; the key follows in quotes.
const READS: &[&str] = &[
    ".read(\"",
    ".read_list(\"",
    ".read_deep(\"",
    ".need(\"",
    ".table(\"",
    "find(\"",
];

/// Upper limit of the README, in lines: two screens.
const MAX_README_LINES: usize = 110;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Paths of all documents, from the root of the project.
fn documents() -> Vec<String> {
    let mut paths: Vec<String> = AT_THE_ROOT.iter().map(|&name| name.to_owned()).collect();
    for folder in ["docs", "docs/guide"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                paths.push(format!("{folder}/{name}"));
            }
        }
    }
    assert!(paths.len() > AT_THE_ROOT.len());
    paths
}

/// Pieces of `text` between each `open` and the `close` behind it, within a line.
fn between<'a>(text: &'a str, open: &str, close: char) -> Vec<&'a str> {
    let pieces = text.lines().flat_map(|line| line.split(open).skip(1));
    pieces.filter_map(|rest| rest.split(close).next()).collect()
}

/// Pieces in backticks, within a line.
fn quoted(text: &str) -> Vec<&str> {
    let lines = text.lines();
    lines
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect()
}

/// Whether `path` is a name of a file and not of a class of files.
fn is_plain(path: &str) -> bool {
    path.chars()
        .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
        && !path.contains("layout-N")
}

#[test]
fn files_that_documents_name_are_there() {
    let mut n_found = 0;
    for document in documents() {
        for word in quoted(&text(&document))
            .into_iter()
            .flat_map(str::split_whitespace)
        {
            let is_path = FOLDERS.iter().any(|folder| word.starts_with(folder));
            let is_made = MADE.iter().any(|folder| word.starts_with(folder));
            if !is_path || is_made || !is_plain(word) {
                continue;
            }
            assert!(root().join(word).exists(), "{document} names `{word}`");
            n_found += 1;
        }
    }
    assert!(n_found > 30, "documents name {n_found} files");
}

#[test]
fn links_between_documents_lead_somewhere() {
    for document in documents() {
        let folder = PathBuf::from(&document);
        let folder = folder.parent().unwrap();
        for link in between(&text(&document), "](", ')') {
            let target = link.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let path = root().join(folder).join(target);
            assert!(path.exists(), "{document} links to {link}");
        }
    }
}

/// Anchor of a heading, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c => c.is_alphanumeric().then_some(c),
    });
    kept.collect()
}

#[test]
fn links_to_headings_lead_to_one() {
    let mut n_found = 0;
    for document in documents() {
        let folder = PathBuf::from(&document);
        let folder = folder.parent().unwrap();
        for link in between(&text(&document), "](", ')') {
            let Some((target, heading)) = link.split_once('#').filter(|_| !link.contains("://"))
            else {
                continue;
            };
            let target = match target {
                "" => text(&document),
                path => text(&folder.join(path).to_string_lossy()),
            };
            let headings = target.lines().filter(|line| line.starts_with('#'));
            let is_there = headings.into_iter().any(|line| anchor(line) == heading);
            assert!(is_there, "{document} links to {link}");
            n_found += 1;
        }
    }
    assert!(n_found > 10, "{n_found} links");
}

#[test]
fn the_book_has_every_page() {
    let contents = text("docs/SUMMARY.md");
    let listed: BTreeSet<String> = between(&contents, "](", ')')
        .into_iter()
        .map(|path| format!("docs/{path}"))
        .collect();
    let pages = documents().into_iter();
    let pages: BTreeSet<String> = pages
        .filter(|path| path.starts_with("docs/") && !path.ends_with("/SUMMARY.md"))
        .collect();
    assert_eq!(listed, pages);
}

#[test]
fn every_code_of_health_is_among_the_messages() {
    let messages = text("docs/guide/messages.md");
    let mut n_codes = 0;
    for file in [
        "src/fetch/error.rs",
        "src/source/mod.rs",
        "src/ingest/anomaly/drift/mod.rs",
        "src/ingest/anomaly/empty.rs",
        "src/ingest/anomaly/flood.rs",
        "src/ingest/anomaly/notice.rs",
        "src/ingest/outcome/mod.rs",
        "src/poll/pipeline/failure.rs",
    ] {
        let code = text(file);
        let marks = [
            "} => \"",
            "(_) => \"",
            "Empty => \"",
            "Incomplete => \"",
            "Missing => \"",
            "Wall => \"",
            "code: \"",
            "code = \"",
            "&mut state, \"",
            "plain(\"",
        ];
        for name in marks.iter().flat_map(|mark| between(&code, mark, '"')) {
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
                continue;
            }
            assert!(
                messages.contains(&format!("| `{name}` |")),
                "`{name}`, a code in {file}, is not in docs/guide/messages.md"
            );
            n_codes += 1;
        }
    }
    assert!(n_codes > 35, "{n_codes} codes");
}

/// Words in backticks and in code blocks.
fn words_of_code(text: &str) -> BTreeSet<&str> {
    let blocks = text.split("```").skip(1).step_by(2);
    let pieces = blocks.chain(quoted(text));
    pieces
        .flat_map(|piece| piece.split(|c: char| !(c.is_alphanumeric() || c == '_')))
        .collect()
}

#[test]
fn every_key_of_feeds_toml_is_in_its_reference() {
    let reference = text("docs/configuration.md");
    let named = words_of_code(&reference);
    let mut n_keys = 0;
    for entry in fs::read_dir(root().join("src/config/check")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let code = text(&format!("src/config/check/{name}"));
        for key in READS.iter().flat_map(|call| between(&code, call, '"')) {
            assert!(
                named.contains(key),
                "`{key}`, read in check/{name}, is not in docs/configuration.md"
            );
            n_keys += 1;
        }
    }
    assert!(n_keys > 80, "{n_keys} keys");
}

#[test]
fn the_readme_is_two_screens_and_names_the_command_of_the_gate() {
    let readme = text("README.md");
    let n_lines = readme.lines().count();
    assert!(n_lines <= MAX_README_LINES, "{n_lines} lines");
    let gate = text(".ci/run");
    assert!(gate.lines().any(|line| line == "cargo test"));
    let is_command = |line: &str| line.split('#').next().unwrap().trim() == "cargo test";
    assert!(readme.lines().any(is_command));
}

/// Names of the commands, as the program tells them: `run`, `story explain` …
fn commands(path: &[&str]) -> Vec<String> {
    let mut command = crate::world::gazetted();
    let output = command.args(path).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| line.starts_with("  "));
    // Long descriptions go on further to the right.
    let names = lines.filter(|line| !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_has_a_section_an_example_and_a_man_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut generate = crate::world::gazetted();
    assert!(
        generate
            .arg("generate")
            .arg(folder.path())
            .status()
            .unwrap()
            .success()
    );
    let reference = text("docs/commands.md");
    let all = commands(&[]);
    assert!(all.len() > 30, "{all:?}");
    for name in &all {
        let is_named = |open: &str| reference.contains(&format!("`{name}{open}"));
        assert!(
            is_named("`") || is_named(" ") || is_named(","),
            "{name} is not in docs/commands.md"
        );
        let page = folder.path().join(format!("gazetted-{name}.1"));
        assert!(page.exists(), "{} is not there", page.display());
        let mut command = crate::world::gazetted();
        let output = command.arg(name).arg("--help").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        let has_example = help.contains("Example") || *name == "story";
        assert!(has_example, "{name} --help has no example");
    }
    for file in ["gazetted.1", "gazetted.bash", "_gazetted", "gazetted.fish"] {
        assert!(folder.path().join(file).exists(), "{file}");
    }
}
