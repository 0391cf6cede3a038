//! Collector of the diagnostics of a file while it is checked.

use std::ops::Range;

use super::diagnostic::Diagnostic;
use super::error::{ConfigError, Warning};
use super::parts::Parts;
use super::quote::{floor, place};

/// Most problems of one file that are kept and shown, and most warnings; further problems are
/// counted.
const MAX_SHOWN: usize = 100;

/// Note on one key that the code reads, made while it describes the file.
#[derive(Clone, Debug)]
pub(in crate::config) struct KeyNote {
    /// Name of the table.
    pub(in crate::config) table: &'static str,
    /// Name of the key.
    pub(in crate::config) key: &'static str,
    pub(in crate::config) shape: KeyShape,
    /// Whether the table needs it.
    pub(in crate::config) is_needed: bool,
}

/// Shape of the value of a key.
#[derive(Clone, Debug)]
pub(in crate::config) enum KeyShape {
    /// Single value; what its reader said it expected.
    Value(String),
    /// List of such values.
    List(String),
    /// Value with room for several problems: a selector, credentials.
    Deep,
    /// Table of this name.
    Table(&'static str),
    /// List of tables of this name.
    Tables(&'static str),
}

/// Collector of problems and warnings while a file is checked.
#[derive(Debug, Default)]
pub(in crate::config) struct Diagnostics {
    faults: Vec<Diagnostic>,
    more: usize,
    doubts: Vec<Diagnostic>,
    /// Byte ranges that are not TOML, with tables whose header is not: problems in them are
    /// dropped, because what is made of them means nothing.
    damaged: Vec<Range<usize>>,
    /// Keys that the code reads, if it is to describe the file; there is no file then.
    notes: Option<Vec<KeyNote>>,
}

impl Diagnostics {
    /// Makes a collector for a description of the file, by [`Diagnostics::notes`].
    pub(in crate::config) fn describing() -> Diagnostics {
        Diagnostics {
            notes: Some(Vec::new()),
            ..Diagnostics::default()
        }
    }

    /// Whether the file is described, and not read.
    pub(in crate::config) fn is_describing(&self) -> bool {
        self.notes.is_some()
    }

    /// Adds a note.
    pub(in crate::config) fn note(&mut self, note: KeyNote) {
        if let Some(notes) = &mut self.notes {
            notes.push(note);
        }
    }

    /// Returns the notes.
    pub(in crate::config) fn notes(self) -> Vec<KeyNote> {
        self.notes.unwrap_or_default()
    }

    /// Adds a syntax error at `at`, and marks its line or table as damaged.
    pub(in crate::config) fn add_syntax(&mut self, text: &str, at: Range<usize>, message: String) {
        let start = floor(text, at.start);
        let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let is_header = text[line_start..].trim_start().starts_with('[');
        let end = if is_header { "\n[" } else { "\n" };
        let end = text[start..]
            .find(end)
            .map_or(text.len(), |end| start + end);
        self.add(Diagnostic::at(at, message));
        if self.damaged.len() < MAX_SHOWN {
            self.damaged.push(line_start..end);
        }
    }

    /// Adds the problem that something is absent, unless the file is damaged and may have meant it.
    pub(in crate::config) fn lacking(&mut self, fault: Diagnostic) {
        if self.damaged.is_empty() {
            self.add(fault);
        }
    }

    /// Adds a problem, unless it stands in a damaged place.
    pub(in crate::config) fn add(&mut self, fault: Diagnostic) {
        let is_damage = |line: &Range<usize>| line.contains(&fault.at.start);
        if self.damaged.iter().any(is_damage) {
            return;
        }
        if self.faults.len() < MAX_SHOWN {
            self.faults.push(fault);
        } else {
            self.more += 1;
        }
    }

    /// Adds a warning, something that works but not as written; the same only once.
    pub(in crate::config) fn warn(&mut self, doubt: Diagnostic) {
        let is_known = |old: &Diagnostic| old.at == doubt.at && old.message == doubt.message;
        if self.doubts.len() < MAX_SHOWN && !self.doubts.iter().any(is_known) {
            self.doubts.push(doubt);
        }
    }

    /// Returns the value of `result`, or adds its problem.
    pub(in crate::config) fn take<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|fault| self.add(fault)).ok()
    }

    /// Returns the problems so far, each prefixed with `key`.
    pub(in crate::config) fn under(self, key: &str) -> impl Iterator<Item = Diagnostic> {
        self.faults.into_iter().map(move |fault| fault.under(key))
    }

    /// Returns the warnings in the order of the files.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all problems, if there is one.
    pub(in crate::config) fn finish(mut self, parts: &Parts) -> Result<Vec<Warning>, ConfigError> {
        if !self.faults.is_empty() {
            return Err(ConfigError::new(parts, self.faults, self.more));
        }
        self.doubts.sort_by_key(|doubt| doubt.at.start);
        let warning = |doubt: Diagnostic| {
            let index = parts.index_of(doubt.at.start);
            let (part, at) = (parts.part(index), parts.within(index, &doubt.at));
            let (line, column) = place(parts.text_of(part), at.start);
            Warning {
                place: format!("{}:{line}:{column}", part.name),
                line,
                column,
                message: doubt.message,
            }
        };
        Ok(self.doubts.into_iter().map(warning).collect())
    }
}
