//! What is found wrong while a file is checked.

use std::ops::Range;

use super::problem::{ConfigError, Warning};
use super::quote::{floor, place};

/// How many problems of one file are kept and shown; the rest is counted.
const MAX_SHOWN: usize = 100;

/// One thing that is wrong, by offsets into the text.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// Where.
    pub(super) at: Range<usize>,
    /// What; readable alone.
    pub(super) message: String,
    /// What to do.
    pub(super) help: Option<String>,
    /// Where the same was said before, if that is what is wrong.
    pub(super) first: Option<Range<usize>>,
    /// Whether what stands there may be a secret, and is not to be shown.
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

    /// The same, about what must not be shown.
    pub(super) fn secret(mut self) -> Fault {
        self.is_secret = true;
        self
    }

    /// The same, as a problem of `key`.
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

/// Collects what is wrong while a file is checked.
#[derive(Debug, Default)]
pub(super) struct Problems {
    faults: Vec<Fault>,
    more: usize,
    doubts: Vec<Fault>,
    /// Lines that are not TOML, tables whose header is not: what is made of
    /// them means nothing.
    damaged: Vec<Range<usize>>,
}

impl Problems {
    /// Notes what is no TOML in `text`; what follows from it is not noted.
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

    /// Notes that something is not there; a damaged file may have meant it.
    pub(super) fn lacking(&mut self, fault: Fault) {
        if self.damaged.is_empty() {
            self.add(fault);
        }
    }

    /// Notes a problem.
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

    /// Notes something that works, but not as written; the same only once.
    pub(super) fn warn(&mut self, doubt: Fault) {
        let is_known = |old: &Fault| old.at == doubt.at && old.message == doubt.message;
        if self.doubts.len() < MAX_SHOWN && !self.doubts.iter().any(is_known) {
            self.doubts.push(doubt);
        }
    }

    /// What is good of `result`; the rest is noted.
    pub(super) fn take<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.add(fault)).ok()
    }

    /// The problems so far, as those of `key`.
    pub(super) fn under(self, key: &str) -> impl Iterator<Item = Fault> {
        self.faults.into_iter().map(move |fault| fault.under(key))
    }

    /// The warnings, or the error that all problems make together.
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
