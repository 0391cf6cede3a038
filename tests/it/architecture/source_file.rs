//! Files below `src` as text: what of them is code, and which top modules it names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub struct SourceFile {
    /// Below `src`, with forward slashes.
    pub path: String,
    pub text: String,
}

impl SourceFile {
    /// The top module this file belongs to.
    pub fn top_module(&self) -> String {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs").to_owned()
    }

    /// Whether the file is there for tests alone, and declared under `#[cfg(test)]`.
    pub fn is_test(&self) -> bool {
        ["tests.rs", "testing.rs"]
            .iter()
            .any(|name| self.path.ends_with(&format!("/{name}")))
            || self.path.contains("/tests/")
    }

    /// Lines that are neither comments nor tests.
    ///
    /// An item under `#[cfg(test)]` ends where a line says so in the first column; below it,
    /// more code may stand.
    pub fn code(&self) -> Vec<&str> {
        let mut code = Vec::new();
        let mut lines = self.text.lines();
        while let Some(line) = lines.next() {
            if line.trim() == "#[cfg(test)]" {
                let item = lines.find(|line| !line.trim_start().starts_with("#["));
                if item.is_some_and(|item| !item.ends_with(';')) {
                    lines.find(|line| matches!(*line, "}" | "};"));
                }
            } else if !line.trim_start().starts_with("//") {
                code.push(line);
            }
        }
        code
    }

    /// The top modules that the code names, in paths and in grouped imports.
    pub fn used_modules(&self, known: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let code = self.code().join("\n");
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
        used.retain(|name| known(name));
        used
    }

    /// Lines that begin a paragraph of a doc comment, with their number.
    pub fn doc_paragraphs(&self) -> Vec<(usize, &str)> {
        let mut paragraphs = Vec::new();
        let mut is_within = false;
        for (index, line) in self.text.lines().enumerate() {
            let line = line.trim_start();
            let doc = line.strip_prefix("///").or(line.strip_prefix("//!"));
            let doc = doc.map_or("", str::trim);
            if !doc.is_empty() && !is_within {
                paragraphs.push((index + 1, doc));
            }
            is_within = !doc.is_empty();
        }
        paragraphs
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

/// The identifier that `text` begins with.
pub fn name(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// Whether `line` says `name` as a whole path segment.
pub fn says(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

/// Every file below `src`, in the order of their paths.
pub fn files() -> Vec<SourceFile> {
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
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

#[test]
fn code_goes_on_behind_a_test_item() {
    let text = "//! x\n#[cfg(test)]\nmod tests;\nuse a::b;\n#[cfg(test)]\n#[path = \"x\"]\nmod more {\n    use c::d;\n}\n// no\nuse e::f;";
    let file = SourceFile {
        path: "x.rs".to_owned(),
        text: text.to_owned(),
    };
    assert_eq!(file.code(), ["use a::b;", "use e::f;"]);
}
