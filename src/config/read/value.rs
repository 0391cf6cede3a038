//! Values of the file, with their byte ranges.

use std::ops::Range;

use toml::de::DeValue;

use super::escape;
use crate::config::report::diagnostic::Diagnostic;

/// One value of the file, with its byte range.
#[derive(Clone, Copy, Debug)]
pub(in crate::config) struct TomlValue<'a> {
    file: &'a str,
    start: usize,
    end: usize,
    data: &'a DeValue<'a>,
}

impl<'a> TomlValue<'a> {
    pub(super) fn new(file: &'a str, at: Range<usize>, data: &'a DeValue<'a>) -> TomlValue<'a> {
        TomlValue {
            file,
            start: at.start,
            end: at.end,
            data,
        }
    }

    /// Returns its byte range.
    pub(in crate::config) fn at(&self) -> Range<usize> {
        self.start..self.end
    }

    pub(super) fn file(&self) -> &'a str {
        self.file
    }

    pub(super) fn data(&self) -> &'a DeValue<'a> {
        self.data
    }

    /// Makes a diagnostic about all of it.
    pub(in crate::config) fn fault(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at(self.at(), message)
    }

    /// Makes a diagnostic about the bytes `spot` of the string that it is, escapes undone.
    pub(in crate::config) fn fault_within(
        &self,
        spot: Range<usize>,
        message: impl Into<String>,
    ) -> Diagnostic {
        let typed = &self.file[self.at()];
        let from = self.start + escape::offset(typed, spot.start);
        let to = self.start + escape::offset(typed, spot.end);
        Diagnostic::at(from..to.max(from), message)
    }

    /// Makes the diagnostic that it is something else than `wanted`.
    pub(in crate::config) fn not(&self, wanted: &str) -> Diagnostic {
        let found = match self.data {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a number with a point",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.fault(format!("expected {wanted}, found {found}"))
    }

    /// Returns the string that it is; anything else is a problem.
    pub(in crate::config) fn str(&self, wanted: &str) -> Result<&'a str, Diagnostic> {
        self.data.as_str().ok_or_else(|| self.not(wanted))
    }

    /// Returns the values of the list that it is; anything else is a problem.
    pub(in crate::config) fn list(
        &self,
        wanted: &str,
    ) -> Result<impl Iterator<Item = TomlValue<'a>> + use<'a>, Diagnostic> {
        let file = self.file;
        let list = self.data.as_array().ok_or_else(|| self.not(wanted))?;
        let value = move |entry: &'a toml::Spanned<DeValue<'a>>| {
            TomlValue::new(file, entry.span(), entry.get_ref())
        };
        Ok(list.iter().map(value))
    }

    /// Returns the values of the list that it is, or itself.
    pub(in crate::config) fn one_or_more(&self) -> Vec<TomlValue<'a>> {
        match self.list("") {
            Ok(values) => values.collect(),
            Err(_) => vec![*self],
        }
    }

    /// Whether this is a table.
    pub(in crate::config) fn is_table(&self) -> bool {
        self.data.is_table()
    }
}
