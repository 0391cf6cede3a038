//! What is wrong with a `feeds.toml`, and where, for those who read or print it.

use std::fmt;

use super::fault::Fault;
use super::quote::place;
use super::report::Report;

/// Everything that is wrong with a file.
///
/// Who runs the program prints it whole: [`fmt::Display`] is the report with
/// carets, [`ConfigError::coloured`] the same for a terminal. Who only logs
/// takes [`ConfigError::summary`].
pub struct ConfigError {
    report: Report,
    problems: Vec<Problem>,
    more: usize,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its line; the first is 1.
    pub line: usize,
    /// Its column in characters; the first is 1.
    pub column: usize,
    /// What is wrong; readable alone.
    pub message: String,
    /// What to do.
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

    /// A file whose text we do not have.
    pub(super) fn unreadable(
        name: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> ConfigError {
        let fault = Fault::at(0..0, message).help(help);
        ConfigError::new(name, "", vec![fault], 0)
    }

    /// What is wrong, in the order of the file.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// One line for a log: the first problem, and how many there are.
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

    /// The whole report, for a terminal that shows colours.
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

/// Something that works, but not as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// `feeds.toml:12:5`
    pub place: String,
    /// Its line; the first is 1.
    pub line: usize,
    /// Its column in characters; the first is 1.
    pub column: usize,
    /// What we do instead.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}
