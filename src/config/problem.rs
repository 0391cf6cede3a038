//! Errors and warnings about a `feeds.toml`, for those who read or print them.

use std::fmt;

use super::fault::Fault;
use super::quote::place;
use super::report::Report;

/// Error with every problem of a file; printed by `cli`, logged on a reload.
///
/// A command prints it whole: [`fmt::Display`] is the report with
/// carets, [`ConfigError::coloured`] the same for a terminal. A log takes
/// [`ConfigError::summary`].
pub struct ConfigError {
    report: Report,
    problems: Vec<Problem>,
    more: usize,
}

/// One problem of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
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
    pub(super) fn new(name: &str, text: &str, mut faults: Vec<Fault>, more: usize) -> ConfigError {
        faults.sort_by_key(|fault| fault.at.start);
        let problem = |fault: &Fault| {
            let (line, column) = place(text, fault.at.start);
            Problem {
                line,
                column,
                message: fault.message.clone(),
                help: fault.help.clone(),
            }
        };
        ConfigError {
            problems: faults.iter().map(problem).collect(),
            report: Report::new(name, text, faults),
            more,
        }
    }

    /// Makes the error of a file whose text we do not have.
    pub(super) fn unreadable(
        name: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> ConfigError {
        let fault = Fault::at(0..0, message).help(help);
        ConfigError::new(name, "", vec![fault], 0)
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
            line,
            column,
            message,
            ..
        } = first;
        let name = &self.report.name;
        match rest.len() + self.more {
            0 => format!("{name}:{line}:{column}: {message}"),
            n => format!("{name}:{line}:{column}: {message} (and {n} more)"),
        }
    }

    /// Formats the whole report, for a terminal that shows colours.
    #[must_use]
    pub fn coloured(&self) -> String {
        let mut text = self.report.coloured();
        text.push_str(&self.tail());
        text
    }

    fn tail(&self) -> String {
        match (self.problems.len(), self.more) {
            (1, 0) => String::new(),
            (n, 0) => format!("{n} problems in {}\n", self.report.name),
            (n, more) => format!("{n} problems in {}, and {more} more\n", self.report.name),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.report.plain(), self.tail())
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}

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
