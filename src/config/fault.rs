//! Diagnostics of a file while it is checked.

use std::ops::Range;

use super::problem::{ConfigError, Warning};
use super::quote::{floor, place};

/// Most problems of one file that are kept and shown, and most warnings; further problems are
/// counted.
const MAX_SHOWN: usize = 100;

/// One diagnostic, with byte ranges in the file's text.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// Byte range of the mistake.
    pub(super) at: Range<usize>,
    /// Message; readable alone.
    pub(super) message: String,
    /// Advice.
    pub(super) help: Option<String>,
    /// Byte range where the same was said before, if that is the mistake.
    pub(super) first: Option<Range<usize>>,
    /// Whether `at` may hold a secret, and is not to be shown.
    pub(super) is_secret: bool,
}

impl Fault {
    pub(super) fn at(at: Range<usize>, message: impl Into<String>) -> Fault {
        Fault {
            at,
            message: message.into(),
            help: None,
            first: None,
            is_secret: false,
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Fault {
        self.help = Some(help.into());
        self
    }

    /// Marks `at` as a secret that must not be shown.
    pub(super) fn secret(mut self) -> Fault {
        self.is_secret = true;
        self
    }

    /// Prefixes the message with `key`.
    pub(super) fn under(self, key: &str) -> Fault {
        Fault {
            message: format!("`{key}`: {}", self.message),
            ..self
        }
    }

    pub(super) fn first_at(mut self, first: Range<usize>) -> Fault {
        self.first = Some(first);
        self
    }
}

/// Collector of problems and warnings while a file is checked.
#[derive(Debug, Default)]
pub(super) struct Problems {
    faults: Vec<Fault>,
    more: usize,
    doubts: Vec<Fault>,
    /// Byte ranges that are not TOML, with tables whose header is not: problems in them are
    /// dropped, because what is made of them means nothing.
    damaged: Vec<Range<usize>>,
}

impl Problems {
    /// Adds a syntax error at `at`, and marks its line or table as damaged.
    pub(super) fn add_syntax(&mut self, text: &str, at: Range<usize>, message: String) {
        let start = floor(text, at.start);
        let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let is_header = text[line_start..].trim_start().starts_with('[');
        let end = if is_header { "\n[" } else { "\n" };
        let end = text[start..]
            .find(end)
            .map_or(text.len(), |end| start + end);
        self.add(Fault::at(at, message));
        if self.damaged.len() < MAX_SHOWN {
            self.damaged.push(line_start..end);
        }
    }

    /// Adds the problem that something is absent, unless the file is damaged and may have meant it.
    pub(super) fn lacking(&mut self, fault: Fault) {
        if self.damaged.is_empty() {
            self.add(fault);
        }
    }

    /// Adds a problem, unless it stands in a damaged place.
    pub(super) fn add(&mut self, fault: Fault) {
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
    pub(super) fn warn(&mut self, doubt: Fault) {
        let is_known = |old: &Fault| old.at == doubt.at && old.message == doubt.message;
        if self.doubts.len() < MAX_SHOWN && !self.doubts.iter().any(is_known) {
            self.doubts.push(doubt);
        }
    }

    /// Returns the value of `result`, or adds its problem.
    pub(super) fn take<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.add(fault)).ok()
    }

    /// Returns the problems so far, each prefixed with `key`.
    pub(super) fn under(self, key: &str) -> impl Iterator<Item = Fault> {
        self.faults.into_iter().map(move |fault| fault.under(key))
    }

    /// Returns the warnings in the order of the file.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all problems, if there is one.
    pub(super) fn finish(mut self, name: &str, text: &str) -> Result<Vec<Warning>, ConfigError> {
        if !self.faults.is_empty() {
            return Err(ConfigError::new(name, text, self.faults, self.more));
        }
        self.doubts.sort_by_key(|doubt| doubt.at.start);
        let warning = |doubt: Fault| {
            let (line, column) = place(text, doubt.at.start);
            Warning {
                place: format!("{name}:{line}:{column}"),
                line,
                column,
                message: doubt.message,
            }
        };
        Ok(self.doubts.into_iter().map(warning).collect())
    }
}
