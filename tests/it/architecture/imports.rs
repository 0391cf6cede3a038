//! The graph of imports: which file needs which, re-exports followed to where a name is defined.
//!
//! ```text
//! code ─▶ use trees and paths ─▶ from the crate's root ─▶ deepest module ─▶ through `pub use` ─▶ file
//! ```
//!
//! A `mod.rs` is the face of its folder: that it names what is in there is no edge.

use std::collections::{BTreeMap, BTreeSet};

use super::source_file::{SourceFile, name};

/// Most re-exports that a name is followed through.
const MAX_REEXPORTS: usize = 8;

/// One name that a file imports, by the path written there.
struct Import {
    path: Vec<String>,
    /// The name it has in the file.
    alias: String,
}

pub struct Imports {
    paths: Vec<String>,
    modules: BTreeMap<Vec<String>, usize>,
    uses: Vec<Vec<Import>>,
    /// For each file the files that it needs.
    pub edges: Vec<BTreeSet<usize>>,
}

impl Imports {
    pub fn of(files: &[SourceFile]) -> Imports {
        let mut imports = Imports {
            paths: files.iter().map(|file| file.path.clone()).collect(),
            modules: files
                .iter()
                .enumerate()
                .filter(|(_, file)| file.path != "main.rs")
                .map(|(index, file)| (module(&file.path), index))
                .collect(),
            uses: Vec::new(),
            edges: Vec::new(),
        };
        let (uses, rest): (Vec<_>, Vec<_>) = files
            .iter()
            .map(|file| split(&file.code().join("\n")))
            .unzip();
        imports.uses = uses;
        for (index, code) in rest.iter().enumerate() {
            let written = imports.uses[index].iter().map(|import| import.path.clone());
            let found: BTreeSet<usize> = written
                .chain(paths(code))
                .filter_map(|path| imports.absolute(index, &path))
                .filter_map(|path| imports.resolve(&path, 0))
                .filter(|to| imports.is_edge(index, *to))
                .collect();
            imports.edges.push(found);
        }
        imports
    }

    fn is_edge(&self, from: usize, to: usize) -> bool {
        let own = module(&self.paths[from]);
        let is_face = self.paths[from].ends_with("mod.rs");
        let is_root = |index: usize| matches!(&*self.paths[index], "lib.rs" | "main.rs");
        from != to
            && !is_root(from)
            && !is_root(to)
            && !(is_face && module(&self.paths[to]).starts_with(&own))
    }

    /// Makes a path count from the crate's root; `None` if it leads out of the crate.
    fn absolute(&self, file: usize, path: &[String]) -> Option<Vec<String>> {
        let own = module(&self.paths[file]);
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" | "gazetted" => Some(rest.to_vec()),
            "self" => Some([&own, rest].concat()),
            "super" => {
                let n_up = path.iter().take_while(|part| *part == "super").count();
                let base = own.get(..own.len().checked_sub(n_up)?)?;
                Some([base, &path[n_up..]].concat())
            }
            _ => {
                let child = [&own[..], path].concat();
                if self.modules.contains_key(&child[..=own.len()]) {
                    return Some(child);
                }
                let is_meant = |import: &&Import| import.alias == *first && import.path != path;
                let import = self.uses[file].iter().find(is_meant)?;
                let module = self.absolute(file, &import.path)?;
                let is_module = self.modules.contains_key(&module);
                is_module.then(|| [&module, rest].concat())
            }
        }
    }

    /// Finds the file that defines what `path` names.
    fn resolve(&self, path: &[String], depth: usize) -> Option<usize> {
        let lengths = (0..=path.len()).rev();
        let known = lengths
            .map(|length| (length, self.modules.get(&path[..length])))
            .find_map(|(length, file)| Some((length, *file?)));
        let (length, file) = known?;
        let Some(wanted) = path.get(length).filter(|_| depth < MAX_REEXPORTS) else {
            return Some(file);
        };
        let import = self.uses[file]
            .iter()
            .find(|import| import.alias == *wanted);
        let elsewhere = import.and_then(|import| {
            let mut target = self.absolute(file, &import.path)?;
            target.extend_from_slice(&path[length + 1..]);
            self.resolve(&target, depth + 1)
        });
        Some(elsewhere.unwrap_or(file))
    }

    /// Finds the groups of files that need each other (Tarjan 1972), as paths.
    pub fn cycles(&self) -> Vec<Vec<&str>> {
        let mut search = Search {
            edges: &self.edges,
            number: vec![None; self.edges.len()],
            low: vec![0; self.edges.len()],
            stack: Vec::new(),
            cycles: Vec::new(),
        };
        (0..self.edges.len()).for_each(|file| search.visit(file));
        let names = |cycle: Vec<usize>| {
            let mut names: Vec<&str> = cycle.iter().map(|file| &*self.paths[*file]).collect();
            names.sort_unstable();
            names
        };
        search.cycles.into_iter().map(names).collect()
    }
}

struct Search<'a> {
    edges: &'a [BTreeSet<usize>],
    /// When a file was first seen.
    number: Vec<Option<usize>>,
    /// The earliest file on the stack that is reached from it.
    low: Vec<usize>,
    stack: Vec<usize>,
    cycles: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn visit(&mut self, file: usize) {
        if self.number[file].is_some() {
            return;
        }
        let number = self.number.iter().flatten().count();
        self.number[file] = Some(number);
        self.low[file] = number;
        self.stack.push(file);
        for next in &self.edges[file] {
            let is_new = self.number[*next].is_none();
            self.visit(*next);
            if is_new {
                self.low[file] = self.low[file].min(self.low[*next]);
            } else if self.stack.contains(next) {
                let seen = self.number[*next].unwrap_or(number);
                self.low[file] = self.low[file].min(seen);
            }
        }
        if self.low[file] == number {
            let start = self.stack.iter().position(|open| *open == file);
            let group = self.stack.split_off(start.unwrap_or_default());
            self.cycles
                .extend(Some(group).filter(|group| group.len() > 1));
        }
    }
}

/// The module of a file: `store/mod.rs` is `store`, `lib.rs` the root.
fn module(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(".rs");
    let parts = path
        .split('/')
        .filter(|part| !matches!(*part, "mod" | "lib"));
    parts.map(str::to_owned).collect()
}

/// Splits code into the names that its `use` statements import, and the rest of it.
fn split(code: &str) -> (Vec<Import>, String) {
    let (mut imports, mut rest) = (Vec::new(), String::new());
    for statement in code.split_inclusive(';') {
        let is_start = |at: &usize| {
            let line = statement[..*at].rsplit('\n').next().unwrap_or_default();
            matches!(line.trim(), "" | "pub") || line.trim().starts_with("pub(")
        };
        let mut starts = statement.match_indices("use ").map(|(at, _)| at);
        let start = starts.find(is_start).unwrap_or(statement.len());
        let (before, tree) = statement.split_at(start);
        rest.push_str(before);
        if let Some(tree) = tree.strip_prefix("use ") {
            expand(&[], tree.trim_end_matches(';'), &mut imports);
        }
    }
    (imports, rest)
}

/// Adds every name of a tree such as `a::{b, c::{self, d as e}}`.
fn expand(base: &[String], tree: &str, imports: &mut Vec<Import>) {
    let tree = tree.trim();
    let (head, group) = match tree.split_once('{') {
        Some((head, group)) => (head, group.rsplit_once('}').map(|(group, _)| group)),
        None => (tree, None),
    };
    let (head, renamed) = match head.split_once(" as ") {
        Some((head, renamed)) => (head, Some(renamed.trim().to_owned())),
        None => (head, None),
    };
    let parts = head.split("::").map(str::trim);
    let parts = parts.filter(|part| !part.is_empty()).map(str::to_owned);
    let mut path: Vec<String> = base.iter().cloned().chain(parts).collect();
    let Some(group) = group else {
        path.pop_if(|last| last == "self" && base.len() > 1);
        let alias = renamed.or_else(|| path.last().cloned());
        imports.extend(alias.map(|alias| Import { path, alias }));
        return;
    };
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !group[start..at].trim().is_empty() {
                    expand(&path, &group[start..at], imports);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// All paths of two parts and more, `a::b::c`, that stand in `code`.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(|c: char| c.is_alphabetic() || c == '_') {
        let is_bound = !rest[..at].ends_with("::");
        rest = &rest[at..];
        let mut path = Vec::new();
        loop {
            let part = name(rest);
            rest = &rest[part.len()..];
            path.push(part);
            match rest.strip_prefix("::") {
                Some(behind) if !name(behind).is_empty() => rest = behind,
                _ => break,
            }
        }
        if path.len() > 1 && is_bound {
            found.push(path);
        }
    }
    found
}

#[test]
fn trees_of_names_are_taken_apart() {
    let code = "use a::{b, c::{self, d as e}};\npub(super) use f::g;\nlet x = h::i(j::<k::l>());";
    let (imports, rest) = split(code);
    let imports: Vec<String> = imports
        .iter()
        .map(|import| format!("{} {}", import.path.join("::"), import.alias))
        .collect();
    assert_eq!(imports, ["a::b b", "a::c c", "a::c::d e", "f::g g"]);
    let written: Vec<String> = paths(&rest).iter().map(|path| path.join("::")).collect();
    assert_eq!(written, ["h::i", "k::l"]);
}

#[test]
fn cycles_are_found_through_re_exports() {
    let file = |path: &str, text: &str| SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let files = [
        file(
            "a/mod.rs",
            "mod b;\npub use b::B;\nmod c;\nfn f() { c::f() }",
        ),
        file("a/b.rs", "use crate::d::D;"),
        file("a/c.rs", "use super::f;"),
        file("d.rs", "use crate::a::B;\nfn g() -> crate::e::E {}"),
        file("e.rs", "#[cfg(test)]\nmod tests {\n    use crate::d::D;\n}"),
    ];
    assert_eq!(Imports::of(&files).cycles(), [["a/b.rs", "d.rs"]]);
}
