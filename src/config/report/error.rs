//! Errors and warnings about a `feeds.toml`, for those who read or print them.

use std::collections::BTreeMap;
use std::fmt;

use super::diagnostic::Diagnostic;
use super::parts::Parts;
use super::quote::place;
use super::render::Report;

/// Error with every problem of a configuration; printed by `cli`, logged on a reload.
///
/// A command prints it whole: [`fmt::Display`] is the report with
/// carets, [`ConfigError::coloured`] the same for a terminal. A log takes
/// [`ConfigError::summary`].
pub struct ConfigError {
    /// Report on each file that has problems.
    reports: Vec<Report>,
    /// Name of the main file.
    name: String,
    problems: Vec<Problem>,
    more: usize,
}

/// One problem of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Name of the file.
    pub file: String,
    /// Line; the first is 1.
    pub line: usize,
    /// Column in characters; the first is 1.
    pub column: usize,
    /// Message; readable alone.
    pub message: String,
    /// Advice.
    pub help: Option<String>,
}

impl ConfigError {
    pub(in crate::config) fn new(
        parts: &Parts,
        mut faults: Vec<Diagnostic>,
        more: usize,
    ) -> ConfigError {
        faults.sort_by_key(|fault| fault.at.start);
        let mut problems = Vec::with_capacity(faults.len());
        let mut of_parts: BTreeMap<usize, Vec<Diagnostic>> = BTreeMap::new();
        for fault in faults {
            let index = parts.index_of(fault.at.start);
            let fault = localised(parts, index, fault);
            let part = parts.part(index);
            let (line, column) = place(parts.text_of(part), fault.at.start);
            problems.push(Problem {
                file: part.name.clone(),
                line,
                column,
                message: fault.message.clone(),
                help: fault.help.clone(),
            });
            of_parts.entry(index).or_default().push(fault);
        }
        let reports = of_parts.into_iter().map(|(index, faults)| {
            let part = parts.part(index);
            Report::new(&part.name, parts.text_of(part), faults)
        });
        ConfigError {
            problems,
            reports: reports.collect(),
            name: parts.part(0).name.clone(),
            more,
        }
    }

    /// Makes the error of a file whose text we do not have.
    pub(in crate::config) fn unreadable(
        name: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> ConfigError {
        let fault = Diagnostic::at(0..0, message).help(help);
        ConfigError::new(&Parts::one(name, ""), vec![fault], 0)
    }

    /// Returns the problems in the order of the file; at most 100.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Formats one line for a log: the first problem, and the number of others.
    #[must_use]
    pub fn summary(&self) -> String {
        let [first, rest @ ..] = self.problems.as_slice() else {
            return String::new();
        };
        let Problem {
            file: name,
            line,
            column,
            message,
            ..
        } = first;
        match rest.len() + self.more {
            0 => format!("{name}:{line}:{column}: {message}"),
            n => format!("{name}:{line}:{column}: {message} (and {n} more)"),
        }
    }

    /// Formats the whole report, for a terminal that shows colours.
    #[must_use]
    pub fn coloured(&self) -> String {
        let mut text: String = self.reports.iter().map(Report::coloured).collect();
        text.push_str(&self.tail());
        text
    }

    fn tail(&self) -> String {
        match (self.problems.len(), self.more) {
            (1, 0) => String::new(),
            (n, 0) => format!("{n} problems in {}\n", self.name),
            (n, more) => format!("{n} problems in {}, and {more} more\n", self.name),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reports: String = self.reports.iter().map(Report::plain).collect();
        write!(f, "{reports}{}", self.tail())
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}

/// Turns the places of a diagnostic into those of its file.
fn localised(parts: &Parts, index: usize, fault: Diagnostic) -> Diagnostic {
    let mut help = fault.help;
    let first = fault.first.filter(|first| {
        let other = parts.index_of(first.start);
        if other != index {
            let part = parts.part(other);
            let (line, _) = place(parts.text_of(part), first.start - part.start);
            help = Some(format!("the first one is in {}:{line}", part.name));
        }
        other == index
    });
    Diagnostic {
        at: parts.within(index, &fault.at),
        first: first.map(|first| parts.within(index, &first)),
        help,
        ..fault
    }
}

/// Warning: something that works, but not as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Place, as `feeds.toml:12:5`.
    pub place: String,
    /// Line; the first is 1.
    pub line: usize,
    /// Column in characters; the first is 1.
    pub column: usize,
    /// Message: the mistake, and what is done instead.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}
