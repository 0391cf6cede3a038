//! Editing feeds.toml: sources and channels come and go, comments and order stay.

mod opml;
mod text;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use toml_edit::{
    Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TomlError, Value, value,
};

pub use opml::{BadOpml, Imported, import};
pub use text::slug;

/// File of the configuration, as text that is edited.
#[derive(Clone, Debug)]
pub struct Editor {
    document: DocumentMut,
}

/// Source to be added: keys and values as they stand in feeds.toml.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewSource {
    /// Id; made unique by a number when it is added.
    pub id: String,
    /// Address.
    pub url: String,
    /// Other keys of `[[source]]`, in their order.
    pub keys: Vec<(&'static str, Setting)>,
    /// Keys of `[source.list]`.
    pub list: Vec<(&'static str, Setting)>,
    /// Keys of `[source.article]`.
    pub article: Vec<(&'static str, Setting)>,
    /// Tables `[[source.filter]]`.
    pub filters: Vec<Vec<(&'static str, Setting)>>,
    /// Tables `[[source.rewrite]]`.
    pub rewrites: Vec<Vec<(&'static str, Setting)>>,
}

/// Value of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// String.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
    /// List of strings.
    List(Vec<String>),
    /// Inline table of strings.
    Table(Vec<(&'static str, String)>),
}

impl Setting {
    /// Makes a string.
    pub fn text(text: impl Into<String>) -> Setting {
        Setting::Text(text.into())
    }

    fn item(&self) -> Item {
        match self {
            Setting::Text(text) => value(text),
            Setting::Flag(flag) => value(*flag),
            Setting::List(texts) => value(texts.iter().collect::<Array>()),
            Setting::Table(pairs) => {
                let pairs = pairs.iter().map(|(key, text)| (*key, Value::from(text)));
                value(pairs.collect::<InlineTable>())
            }
        }
    }
}

impl Editor {
    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// If it is no TOML.
    pub fn parse(text: &str) -> Result<Editor, TomlError> {
        let document = text.parse()?;
        Ok(Editor { document })
    }

    /// Returns the text as it stands now.
    #[must_use]
    pub fn text(&self) -> String {
        self.document.to_string()
    }

    /// Returns the values of a key of all `[[source]]` tables.
    pub fn values(&self, key: &str) -> BTreeSet<String> {
        let sources = self
            .document
            .get("source")
            .and_then(Item::as_array_of_tables);
        let tables = sources.into_iter().flat_map(ArrayOfTables::iter);
        let values = tables.filter_map(|table| table.get(key)?.as_str());
        values.map(str::to_owned).collect()
    }

    /// Adds a source behind the others; returns its id, which has a number if the one that was wanted is
    /// taken.
    pub fn add_source(&mut self, source: &NewSource) -> String {
        let id = self.free_id(&source.id);
        let mut table = Table::new();
        table.insert("id", value(&id));
        table.insert("url", value(&source.url));
        fill(&mut table, &source.keys);
        for (name, keys) in [("list", &source.list), ("article", &source.article)] {
            if !keys.is_empty() {
                let mut part = Table::new();
                fill(&mut part, keys);
                table.insert(name, Item::Table(part));
            }
        }
        for (name, tables) in [("filter", &source.filters), ("rewrite", &source.rewrites)] {
            if !tables.is_empty() {
                let mut parts = ArrayOfTables::new();
                for keys in tables {
                    let mut part = Table::new();
                    fill(&mut part, keys);
                    parts.push(part);
                }
                table.insert(name, Item::ArrayOfTables(parts));
            }
        }
        self.push("source", table);
        id
    }

    /// Adds a channel with a title, unless there is a table of it.
    pub fn add_channel(&mut self, id: &str, title: &str) {
        let channels = self.document.get("channel");
        let channels = channels.and_then(Item::as_array_of_tables);
        let is_it = |table: &Table| table.get("id").and_then(Item::as_str) == Some(id);
        let is_there = channels.is_some_and(|channels| channels.iter().any(is_it));
        if !is_there {
            let mut table = Table::new();
            table.insert("id", value(id));
            table.insert("title", value(title));
            self.push("channel", table);
        }
    }

    /// Removes a source with its tables, and the comment right above it; returns whether it was there.
    pub fn remove_source(&mut self, id: &str) -> bool {
        let sources = self.document.get_mut("source");
        let Some(sources) = sources.and_then(Item::as_array_of_tables_mut) else {
            return false;
        };
        let is_it = |table: &Table| table.get("id").and_then(Item::as_str) == Some(id);
        let Some(at) = sources.iter().position(is_it) else {
            return false;
        };
        let above = sources.get(at).and_then(|table| table.decor().prefix());
        let above = above.and_then(|prefix| prefix.as_str()).unwrap_or_default();
        // What stands above a blank line is about more than this one.
        let kept = above
            .rsplit_once("\n\n")
            .map(|(kept, _)| format!("{kept}\n"));
        sources.remove(at);
        if let Some(kept) = kept.filter(|kept| !kept.trim().is_empty()) {
            match sources.get_mut(at) {
                Some(next) => {
                    let own = next.decor().prefix().and_then(|prefix| prefix.as_str());
                    let joined = format!("{kept}{}", own.unwrap_or_default());
                    next.decor_mut().set_prefix(joined);
                }
                None => {
                    let own = self
                        .document
                        .trailing()
                        .as_str()
                        .unwrap_or_default()
                        .to_owned();
                    self.document.set_trailing(format!("{kept}{own}"));
                }
            }
        }
        true
    }

    /// Returns `id`, or the first of `id-2`, `id-3` … that no source has.
    fn free_id(&self, id: &str) -> String {
        let taken = self.values("id");
        let numbered = (2_u32..).map(|number| format!("{id}-{number}"));
        let mut all = std::iter::once(id.to_owned()).chain(numbered);
        all.find(|id| !taken.contains(id)).unwrap_or_default()
    }

    /// Adds a table to those of `name`, with a blank line above it.
    fn push(&mut self, name: &str, mut table: Table) {
        let is_first = self.document.is_empty();
        table
            .decor_mut()
            .set_prefix(if is_first { "" } else { "\n" });
        let tables = self.document.entry(name);
        let tables = tables.or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        if let Some(tables) = tables.as_array_of_tables_mut() {
            tables.push(table);
        }
    }
}

fn fill(table: &mut Table, keys: &[(&'static str, Setting)]) {
    for (key, setting) in keys {
        table.insert(key, setting.item());
    }
}

/// Replaces the file at `path` as a whole; it keeps its mode.
///
/// # Errors
///
/// If the disk refuses; then the file is as before.
pub fn save(path: &Path, text: &str) -> io::Result<()> {
    // A link stays one.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let draft = path.with_file_name(name);
    let mut file = File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    if let Ok(about) = fs::metadata(&path) {
        file.set_permissions(about.permissions())?;
    }
    file.sync_all()?;
    fs::rename(&draft, &path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# The papers of the province.
[server]
title = \"X\" # shown to readers

# ---- Jinan

# the daily
[[source]]
id = \"a/one\"
url = \"http://one.example/\"
[source.list]
item = \"li\"

# the evening paper
[[source]]
id = \"a/two\"
url = \"http://two.example/\"
# the end
";

    fn new(id: &str) -> NewSource {
        NewSource {
            id: id.to_owned(),
            url: "http://new.example/".to_owned(),
            keys: vec![("title", Setting::text("新"))],
            list: vec![("item", Setting::text("li"))],
            ..NewSource::default()
        }
    }

    #[test]
    fn a_source_is_added_behind_the_others_and_the_rest_stays() {
        let mut editor = Editor::parse(FILE).unwrap();
        assert_eq!(editor.add_source(&new("a/one")), "a/one-2");
        let text = editor.text();
        let kept: Vec<&str> = FILE.lines().filter(|line| *line != "# the end").collect();
        assert!(text.starts_with(&kept.join("\n")), "{text}");
        let added = "\n[[source]]\nid = \"a/one-2\"\nurl = \"http://new.example/\"\ntitle = \"新\"\n\
                     \n[source.list]\nitem = \"li\"\n";
        assert!(text.contains(added), "{text}");
        assert!(text.contains("# the end"), "{text}");
    }

    #[test]
    fn a_source_is_removed_with_its_own_comment_alone() {
        let mut editor = Editor::parse(FILE).unwrap();
        assert!(editor.remove_source("a/one"));
        assert!(!editor.remove_source("a/one"));
        let text = editor.text();
        assert!(
            !text.contains("one.example") && !text.contains("[source.list]"),
            "{text}"
        );
        assert!(!text.contains("# the daily"), "{text}");
        assert!(
            text.contains("# ---- Jinan") && text.contains("# the evening paper"),
            "{text}"
        );
    }

    #[test]
    fn channels_are_added_once_and_to_an_empty_file() {
        let mut editor = Editor::parse("").unwrap();
        editor.add_channel("a", "甲");
        editor.add_channel("a", "乙");
        editor.add_source(&new("a/one"));
        let want = "[[channel]]\nid = \"a\"\ntitle = \"甲\"\n\n[[source]]\nid = \"a/one\"\n";
        assert!(editor.text().starts_with(want), "{}", editor.text());
    }
}
