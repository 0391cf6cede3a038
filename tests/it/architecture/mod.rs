//! The rules of the house: imports go down only, foreign names stay at home,
//! every file says what it is and stays small, folders hold a dozen entries.

mod exceptions;
mod imports;
mod source_file;

use std::collections::{BTreeMap, BTreeSet};

use imports::Imports;
use source_file::{SourceFile, files, says};

/// The layers, lowest first. A module uses modules of lower layers only.
const LAYERS: &[&[&str]] = &[
    &["model"],
    &["clock", "metrics", "sync", "telemetry", "text"],
    &["source"],
    &["config"],
    &["ingest", "publish"],
    &["fetch", "store"],
    &["cluster", "images", "search"],
    &["poll", "serve"],
    &["daemon"],
    &["cli"],
    &["main"],
];

/// Orders within folders, lowest first: an entry imports entries of lower levels only. The
/// `mod.rs` of the folder is its face and stands beside the order.
const ORDERS: &[(&str, &[&[&str]])] = &[
    (
        "store",
        &[
            &["cache", "error"],
            &["codec"],
            &["disk"],
            &["table"],
            &["volume"],
            &["ledger"],
            &["journal"],
            &["commit"],
            &["read"],
            &["compaction"],
            &["maintenance"],
        ],
    ),
    (
        "ingest",
        &[
            &["item"],
            &["identity"],
            &["anomaly", "dedupe", "schedule", "websub"],
            &["outcome"],
        ],
    ),
    (
        "poll",
        &[
            &["folding", "hosts", "poll_log", "watchdog"],
            &["commit_queue"],
            &["pipeline"],
            &["maintenance", "subscriber"],
            &["poller"],
        ],
    ),
    (
        "search",
        &[
            &["atoms", "error"],
            &["query", "schema"],
            &["document", "highlight", "plan"],
            &["index"],
            &["find", "work"],
            &["keeper"],
            &["follow"],
        ],
    ),
    (
        "serve",
        &[
            &["response"],
            &["cards", "pushes", "related", "reports", "shortcuts"],
            &["render_cache"],
            &["app"],
            &["middleware", "routes"],
            &["connection", "hub"],
        ],
    ),
    (
        "source/page",
        &[
            &["dom"],
            &["onward", "selector"],
            &["credits"],
            &["list"],
            &["article"],
        ],
    ),
];

/// Names that only some folders may say.
const HOMES: &[(&str, &[&str])] = &[
    ("async_nats::", &["cluster/"]),
    ("sled::", &["store/"]),
    ("tantivy::", &["search/"]),
    ("image::", &["images/", "cli/demo/"]),
    ("axum::", &["serve/", "cli/demo/"]),
    ("hyper::", &["serve/", "fetch/"]),
    ("hyper_util::", &["serve/", "fetch/"]),
    ("hyper_rustls::", &["fetch/"]),
    ("rustls::", &["fetch/"]),
    (
        "ring::",
        &["ingest/websub/", "poll/subscriber.rs", "serve/hub/"],
    ),
    ("rss::", &["source/feed/", "publish/"]),
    ("atom_syndication::", &["source/feed/", "publish/"]),
    (
        "SafeHtml::vouched",
        &["model/html.rs", "text/html/", "store/codec/scalar.rs"],
    ),
    (
        "clock::now",
        &["clock.rs", "cluster/", "poll/", "serve/", "daemon/", "cli/"],
    ),
    (
        "std::fs",
        &[
            "store/", "cluster/", "images/", "search/", "config/", "daemon/", "cli/",
        ],
    ),
    ("println!", &["cli/", "main.rs"]),
];

/// No file is longer than this many lines.
const MAX_LINES: usize = 400;

/// No folder has more entries than this, beside `mod.rs` and its tests.
const MAX_ENTRIES: usize = 12;

/// Folders that may have more entries, and the reason.
const WIDE: &[(&str, &str)] = &[
    ("", "the top modules, which `LAYERS` orders"),
    (
        "model",
        "a vocabulary: one list of nouns to look things up in",
    ),
];

/// Words that no doc comment begins with: the text behind them describes a thing without saying
/// its name.
const RIDDLES: &[&str] = &[
    "How", "It", "Its", "Of", "That", "What", "When", "Where", "Which", "Who", "Whose", "Why",
];

/// Folders and files that say nothing about what they hold.
const DRAWERS: &[&str] = &[
    "common", "helper", "helpers", "manager", "misc", "types", "util", "utils",
];

#[test]
fn modules_use_only_lower_layers() {
    for file in files() {
        let own = file.top_module();
        let floor = layer(&own);
        let used = file.used_modules(|name| layer(name) < LAYERS.len());
        for used in used.into_iter().filter(|used| *used != own) {
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
        .map(SourceFile::top_module)
        .filter(|name| name != "lib")
        .collect();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(named, found);
}

#[test]
fn no_files_import_each_other() {
    let files = files();
    let found: Vec<(String, String)> = Imports::of(&files)
        .cycles()
        .into_iter()
        .map(|cycle| (shared(&cycle), format!("a cycle of imports: {cycle:?}")))
        .collect();
    exceptions::check(&found, exceptions::CYCLES);
}

#[test]
fn folders_are_read_in_one_direction() {
    let files = files();
    let imports = Imports::of(&files);
    let mut found = Vec::new();
    for (folder, order) in ORDERS {
        for (from, file) in files.iter().enumerate().filter(|(_, file)| !file.is_test()) {
            let Some((own, floor)) = place(file, folder, order).filter(|(own, _)| *own != "mod")
            else {
                continue;
            };
            assert!(
                floor.is_some(),
                "src/{folder}: `{own}` has no place in the order"
            );
            for to in &imports.edges[from] {
                let below = place(&files[*to], folder, order);
                let below = below.filter(|(used, _)| ![own, "mod"].contains(used));
                if below.is_some_and(|(_, used)| used >= floor) {
                    let message = format!("src/{} may not use src/{}", file.path, files[*to].path);
                    found.push((file.path.clone(), message));
                }
            }
        }
    }
    exceptions::check(&found, exceptions::ORDER);
}

#[test]
fn every_entry_of_an_ordered_folder_is_there() {
    let files = files();
    for (folder, order) in ORDERS {
        let found: BTreeSet<&str> = files
            .iter()
            .filter_map(|file| entry(&file.path, folder))
            .filter(|entry| !["mod", "testing", "tests"].contains(entry))
            .collect();
        let named: BTreeSet<&str> = order
            .iter()
            .flat_map(|level| level.iter().copied())
            .collect();
        assert_eq!(named, found, "src/{folder}");
    }
}

#[test]
fn foreign_names_stay_at_home() {
    for file in files() {
        for (name, homes) in HOMES {
            let is_home = homes.iter().any(|home| file.path.starts_with(home));
            let line = file.code().into_iter().find(|line| says(line, name));
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
    let mut found = Vec::new();
    for file in files() {
        let lines = file.text.lines().count();
        if lines > MAX_LINES {
            let message = format!("src/{} has {lines} lines, at most {MAX_LINES}", file.path);
            found.push((file.path, message));
        }
    }
    exceptions::check(&found, exceptions::LENGTH);
}

#[test]
fn folders_hold_a_dozen_entries() {
    let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files() {
        let parts: Vec<&str> = file.path.split('/').collect();
        for depth in 0..parts.len() {
            let entries = folders.entry(parts[..depth].join("/")).or_default();
            if !["mod.rs", "tests.rs", "tests"].contains(&parts[depth]) {
                entries.insert(parts[depth].to_owned());
            }
        }
    }
    let is_wide = |folder: &str| WIDE.iter().any(|(wide, _)| *wide == folder);
    folders.retain(|folder, entries| entries.len() > MAX_ENTRIES && !is_wide(folder));
    let message = |(folder, entries): (String, BTreeSet<String>)| {
        let n = entries.len();
        let message = format!("src/{folder} has {n} entries, at most {MAX_ENTRIES}");
        (format!("{folder}/"), message)
    };
    let found: Vec<(String, String)> = folders.into_iter().map(message).collect();
    exceptions::check(&found, exceptions::WIDTH);
}

#[test]
fn doc_comments_name_their_thing_first() {
    let mut found = Vec::new();
    for file in files() {
        for (line, text) in file.doc_paragraphs() {
            let first = source_file::name(text);
            if RIDDLES.contains(&first.as_str()) {
                let message = format!("src/{}:{line}: begins with `{first}`", file.path);
                found.push((file.path.clone(), message));
            }
        }
    }
    exceptions::check(&found, exceptions::DOCS);
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

fn layer(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|layer| layer.contains(&module))
        .unwrap_or(LAYERS.len())
}

/// The entry of `folder` that `path` belongs to, without its ending.
fn entry<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let below = path.strip_prefix(folder)?.strip_prefix('/')?;
    let entry = below.split('/').next()?;
    Some(entry.trim_end_matches(".rs"))
}

/// The entry of `folder` that a file belongs to, and its level in the order.
fn place<'a>(
    file: &'a SourceFile,
    folder: &str,
    order: &[&[&str]],
) -> Option<(&'a str, Option<usize>)> {
    let entry = entry(&file.path, folder)?;
    Some((entry, order.iter().position(|level| level.contains(&entry))))
}

/// The folder that all of `paths` are in, with a slash at its end.
fn shared(paths: &[&str]) -> String {
    let first = paths.first().copied().unwrap_or_default();
    let ends = first.match_indices('/').map(|(at, _)| &first[..=at]);
    let mut all = ends.filter(|folder| paths.iter().all(|path| path.starts_with(folder)));
    all.next_back().unwrap_or_default().to_owned()
}
