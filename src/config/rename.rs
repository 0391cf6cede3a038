//! Renaming of a source in the text of a feeds.toml: the rest stays as it was typed, comments too.

use std::ops::Range;

use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::SourceId;

/// Reason why a source cannot be renamed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RenameError {
    /// Text that is no TOML.
    #[error("it is no TOML: {0}")]
    Unreadable(String),
    /// Both ids are the same.
    #[error("`{0}` has that id already")]
    Same(SourceId),
    /// No such source.
    #[error("there is no source `{0}`")]
    Unknown(SourceId),
    /// The source got another id before, the second one.
    #[error("`{0}` was renamed before, it is `{1}` now")]
    Renamed(SourceId, String),
    /// Another source has the new id.
    #[error("there is a source `{0}` already")]
    Taken(SourceId),
    /// The second one had the new id before, so that what is remembered under it is its.
    #[error("`{0}` is what `{1}` was before")]
    Former(SourceId, String),
}

/// Source as typed, as far as its names go; ranges in bytes of the text.
struct TypedSource<'a> {
    id: &'a str,
    id_at: Range<usize>,
    was: Vec<&'a str>,
    was_at: Option<Range<usize>>,
    /// Whether it is written on one line, in braces.
    is_inline: bool,
}

/// Gives the source `former` the id `new`, and lists `former` first in its `was`; returns `text`
/// with nothing else changed.
///
/// `new` is taken out of `was`, if the source gets back an id that it had.
///
/// # Errors
///
/// [`RenameError`], if `text` is no TOML, has no source `former`, or has another source that is or
/// was `new`.
pub fn source(text: &str, former: &SourceId, new: &SourceId) -> Result<String, RenameError> {
    if former == new {
        return Err(RenameError::Same(new.clone()));
    }
    let root = DeTable::parse(text);
    let root = root.map_err(|error| RenameError::Unreadable(error.message().to_owned()))?;
    let sources = typed(text, root.get_ref());
    if sources.iter().any(|source| source.id == new.as_str()) {
        return Err(RenameError::Taken(new.clone()));
    }
    let had = |id: &SourceId| {
        let mut sources = sources.iter();
        sources.find(|source| source.was.contains(&id.as_str()))
    };
    let Some(source) = sources.iter().find(|source| source.id == former.as_str()) else {
        return Err(match had(former) {
            Some(now) => RenameError::Renamed(former.clone(), now.id.to_owned()),
            None => RenameError::Unknown(former.clone()),
        });
    };
    if let Some(other) = had(new).filter(|other| other.id != source.id) {
        return Err(RenameError::Former(new.clone(), other.id.to_owned()));
    }
    Ok(edited(text, source, new))
}

/// Lists the sources of a file, `[[source]]` or inline; those without an id are left out.
fn typed<'a>(text: &str, root: &'a DeTable<'_>) -> Vec<TypedSource<'a>> {
    let Some(DeValue::Array(all)) = root.get("source").map(Spanned::get_ref) else {
        return Vec::new();
    };
    let source = |source: &'a Spanned<DeValue<'_>>| {
        let DeValue::Table(table) = source.get_ref() else {
            return None;
        };
        let (id, was) = (table.get("id")?, table.get("was"));
        let formers = match was.map(Spanned::get_ref) {
            Some(DeValue::Array(was)) => was.iter().filter_map(words).collect(),
            _ => Vec::new(),
        };
        Some(TypedSource {
            id: words(id)?,
            id_at: id.span(),
            was: formers,
            was_at: was.map(Spanned::span),
            is_inline: text[source.span()].starts_with('{'),
        })
    };
    all.iter().filter_map(source).collect()
}

fn words<'a>(value: &'a Spanned<DeValue<'_>>) -> Option<&'a str> {
    match value.get_ref() {
        DeValue::String(words) => Some(words),
        _ => None,
    }
}

/// Returns `text` with the new id of a source, and its former one in `was`.
fn edited(text: &str, source: &TypedSource<'_>, new: &SourceId) -> String {
    let former = source.id;
    let mut edits: Vec<(Range<usize>, String)> = vec![(source.id_at.clone(), format!("\"{new}\""))];
    match &source.was_at {
        Some(at) => edits.push(match source.was.contains(&new.as_str()) {
            true => {
                let others = source.was.iter().filter(|was| **was != new.as_str());
                let all = [former].into_iter().chain(others.copied());
                (at.clone(), list(all))
            }
            false if source.was.is_empty() => (at.clone(), list([former].into_iter())),
            // What is noted beside the others stays.
            false => (at.start + 1..at.start + 1, format!("\"{former}\", ")),
        }),
        None => edits.push(line_of_was(text, source)),
    }
    edits.sort_by_key(|(at, _)| at.start);
    let mut edited = text.to_owned();
    for (at, with) in edits.into_iter().rev() {
        edited.replace_range(at, &with);
    }
    edited
}

/// Returns the line `was = […]` for a source that has none, and its place: behind that of the id.
fn line_of_was(text: &str, source: &TypedSource<'_>) -> (Range<usize>, String) {
    let was = format!("was = {}", list([source.id].into_iter()));
    let end = source.id_at.end;
    if source.is_inline {
        return (end..end, format!(", {was}"));
    }
    let begin = text[..source.id_at.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let line = &text[begin..];
    let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
    let break_at = text[end..].find('\n').map_or(text.len(), |at| end + at);
    let (place, returns) = match text[..break_at].ends_with('\r') {
        true => (break_at - 1, "\r\n"),
        false => (break_at, "\n"),
    };
    (place..place, format!("{returns}{indent}{was}"))
}

fn list<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = ids.map(|id| format!("\"{id}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{RenameError, source};
    use crate::config::Config;

    const FILE: &str = "# the papers\n[[source]]\n  id = \"a/one\"   # since 2019\n  url = \"https://one.example/rss\"\n\n[[source]]\nid = 'a/two'\nurl = \"https://two.example/rss\"\nwas = [ \"a/zwei\", # once\n]\n";

    fn renamed(text: &str, former: &str, new: &str) -> Result<String, RenameError> {
        source(text, &former.parse().unwrap(), &new.parse().unwrap())
    }

    #[track_caller]
    fn check(text: &str, (former, new): (&str, &str), want: &str) {
        let got = renamed(text, former, new).unwrap();
        assert_eq!(got, want);
        let config = Config::parse("feeds.toml", &got).unwrap();
        let source = &config.sources[&new.parse().unwrap()];
        assert!(source.was.contains(&former.parse().unwrap()), "{got}");
    }

    #[test]
    fn all_else_stays_as_it_was_typed() {
        let want = FILE.replace(
            "\"a/one\"   # since 2019",
            "\"b/uno\"   # since 2019\n  was = [\"a/one\"]",
        );
        check(FILE, ("a/one", "b/uno"), &want);
        let want = FILE
            .replace("'a/two'", "\"a/due\"")
            .replace("[ \"a/z", "[\"a/two\",  \"a/z");
        check(FILE, ("a/two", "a/due"), &want);
        let back = FILE.replace("'a/two'", "\"a/zwei\"");
        let back = back.replace("[ \"a/zwei\", # once\n]", "[\"a/two\"]");
        check(FILE, ("a/two", "a/zwei"), &back);
    }

    #[test]
    fn it_may_be_typed_in_any_way() {
        check(
            "source = [{ id = \"a/one\", url = \"https://one.example/rss\" }]",
            ("a/one", "b/uno"),
            "source = [{ id = \"b/uno\", was = [\"a/one\"], url = \"https://one.example/rss\" }]",
        );
        check(
            "[[source]]\r\nurl = \"https://one.example/rss\"\r\nid = \"a/one\"\r\n",
            ("a/one", "b/uno"),
            "[[source]]\r\nurl = \"https://one.example/rss\"\r\nid = \"b/uno\"\r\nwas = [\"a/one\"]\r\n",
        );
        check(
            "[[source]]\nurl = \"https://one.example/rss\"\nid = \"a/one\"",
            ("a/one", "b/uno"),
            "[[source]]\nurl = \"https://one.example/rss\"\nid = \"b/uno\"\nwas = [\"a/one\"]",
        );
    }

    #[test]
    fn clashes_are_refused() {
        let check = |former, new, want: &str| {
            let why = renamed(FILE, former, new).unwrap_err();
            assert_eq!(why.to_string(), want);
        };
        check("a/one", "a/one", "`a/one` has that id already");
        check("a/one", "a/two", "there is a source `a/two` already");
        check("a/one", "a/zwei", "`a/zwei` is what `a/two` was before");
        check("a/drei", "a/vier", "there is no source `a/drei`");
        check(
            "a/zwei",
            "a/vier",
            "`a/zwei` was renamed before, it is `a/two` now",
        );
        let why = renamed("id = ", "a/one", "a/two").unwrap_err();
        assert!(matches!(why, RenameError::Unreadable(_)), "{why}");
    }
}
