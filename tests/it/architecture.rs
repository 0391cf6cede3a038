//! The rules of the house: imports go down only, foreign names stay at home,
//! every file says what it is and stays small.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers, lowest first. A module uses modules of lower layers only.
const LAYERS: &[&[&str]] = &[
    &["model"],
    &["clock", "sync", "telemetry", "text"],
    &["source"],
    &["config"],
    &["ingest", "publish"],
    &["fetch", "store"],
    &["poll", "serve"],
    &["daemon"],
    &["cli"],
    &["main"],
];

/// Names that only some folders may say.
const HOMES: &[(&str, &[&str])] = &[
    ("sled::", &["store/"]),
    ("axum::", &["serve/", "cli/demo/"]),
    ("hyper::", &["serve/"]),
    ("hyper_util::", &["serve/"]),
    ("reqwest::", &["fetch/"]),
    ("rustls::", &["fetch/"]),
    ("ring::", &["ingest/websub/", "poll/subscriber.rs"]),
    ("rss::", &["source/feed/", "publish/"]),
    ("atom_syndication::", &["source/feed/", "publish/"]),
    (
        "SafeHtml::vouched",
        &["model/html.rs", "text/html", "store/codec/scalar.rs"],
    ),
    (
        "clock::now",
        &[
            "clock.rs",
            "poll/",
            "serve/",
            "daemon.rs",
            "daemon/",
            "cli/",
        ],
    ),
    (
        "std::fs",
        &["store/", "config/", "daemon.rs", "daemon/", "cli/"],
    ),
    ("println!", &["cli/", "main.rs"]),
];

/// No file is longer than this many lines.
const MAX_LINES: usize = 400;

/// Folders and files that say nothing about what they hold.
const DRAWERS: &[&str] = &[
    "common", "helper", "helpers", "manager", "misc", "types", "util", "utils",
];

#[test]
fn modules_use_only_lower_layers() {
    for file in files() {
        let own = file.module();
        let floor = layer(&own);
        for used in file.uses().into_iter().filter(|used| *used != own) {
            assert!(
                layer(&used) < floor,
                "src/{}: `{own}` may not use `{used}`",
                file.path
            );
        }
    }
}

#[test]
fn every_top_module_has_a_layer() {
    let named: BTreeSet<&str> = LAYERS
        .iter()
        .flat_map(|layer| layer.iter().copied())
        .collect();
    let found: BTreeSet<String> = files()
        .iter()
        .map(SourceFile::module)
        .filter(|name| name != "lib")
        .collect();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(named, found);
}

#[test]
fn foreign_names_stay_at_home() {
    for file in files() {
        for (name, homes) in HOMES {
            let is_home = homes.iter().any(|home| file.path.starts_with(home));
            let line = file.code().position(|line| says(line, name));
            assert!(
                is_home || line.is_none(),
                "src/{}: `{name}` belongs to {homes:?}",
                file.path
            );
        }
    }
}

#[test]
fn every_file_says_what_it_is() {
    for file in files() {
        assert!(
            file.text.starts_with("//! "),
            "src/{} has no `//!` header",
            file.path
        );
    }
}

#[test]
fn files_stay_small() {
    for file in files() {
        let lines = file.text.lines().count();
        assert!(
            lines <= MAX_LINES,
            "src/{} has {lines} lines, at most {MAX_LINES}",
            file.path
        );
    }
}

#[test]
fn there_are_no_drawers() {
    for file in files() {
        for part in file.path.trim_end_matches(".rs").split('/') {
            assert!(
                !DRAWERS.contains(&part),
                "src/{}: `{part}` says nothing",
                file.path
            );
        }
    }
}

struct SourceFile {
    /// Below `src`, with forward slashes.
    path: String,
    text: String,
}

impl SourceFile {
    /// The top module this file belongs to.
    fn module(&self) -> String {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs").to_owned()
    }

    /// Lines that are neither comments nor tests.
    fn code(&self) -> impl Iterator<Item = &str> {
        self.text
            .lines()
            .take_while(|line| !line.starts_with("#[cfg(test)]"))
            .filter(|line| !line.trim_start().starts_with("//"))
    }

    /// The top modules that the code names, in paths and in grouped imports.
    fn uses(&self) -> BTreeSet<String> {
        let code: String = self.code().collect::<Vec<_>>().join("\n");
        let mut used = BTreeSet::new();
        for own in ["crate::", "gazetted::"] {
            for (at, _) in code.match_indices(own) {
                let rest = &code[at + own.len()..];
                match rest.strip_prefix('{') {
                    Some(group) => used.extend(top_names(group)),
                    None => used.extend([name(rest)]),
                }
            }
        }
        used.retain(|name| LAYERS.iter().any(|layer| layer.contains(&name.as_str())));
        used
    }
}

/// The first names in `a::b, c::{d, e}}`, up to the closing brace.
fn top_names(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names = vec![name(group.trim_start())];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    names
}

fn name(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// Whether `line` says `name` as a whole path segment.
fn says(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

fn layer(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|layer| layer.contains(&module))
        .unwrap_or(LAYERS.len())
}

fn files() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_string_lossy()
                    .replace('\\', "/");
                files.push(SourceFile { path, text });
            }
        }
    }
    assert!(files.len() > 10, "src is not where this test looks");
    files
}
