//! Tables of the file, read key by key.

use std::ops::Range;
use std::sync::LazyLock;

use toml::de::{DeTable, DeValue};

use super::TomlValue;
use crate::config::report::collector::{Diagnostics, KeyNote, KeyShape};
use crate::config::report::diagnostic::Diagnostic;
use crate::config::report::quote::quoted;

/// Least Jaro–Winkler similarity, 0 to 1, at which one name may be a slip of the other.
const MIN_LIKENESS: f64 = 0.8;

/// Longest key for which a likely name is looked up, in bytes.
const MAX_KEY: usize = 40;

/// One table of the file, read key by key; a key that is left over in the end is unknown.
#[derive(Debug)]
pub(in crate::config) struct Table<'a> {
    /// Name as the admin writes it: `[[source]]`.
    name: &'static str,
    file: &'a str,
    at: Range<usize>,
    entries: &'a DeTable<'a>,
    /// Keys that have been asked for.
    known: Vec<&'static str>,
    /// Keys that have been refused already.
    refused: &'static [&'static str],
    /// Whether the key that is being described is needed.
    is_needing: bool,
}

impl<'a> Table<'a> {
    pub(in crate::config) fn new(
        name: &'static str,
        file: &'a str,
        at: Range<usize>,
        entries: &'a DeTable<'a>,
    ) -> Table<'a> {
        Table {
            name,
            file,
            at,
            entries,
            known: Vec::new(),
            refused: &[],
            is_needing: false,
        }
    }

    /// Takes `value` as a table called `name`; anything else is a problem.
    pub(in crate::config) fn of(
        name: &'static str,
        value: TomlValue<'a>,
    ) -> Result<Table<'a>, Diagnostic> {
        let entries = value.data().as_table();
        let entries = entries.ok_or_else(|| value.not("a table"))?;
        Ok(Table::new(name, value.file(), value.at(), entries))
    }

    /// Returns the byte range of its header.
    pub(in crate::config) fn at(&self) -> Range<usize> {
        self.at.clone()
    }

    /// Returns the value under `key`, and marks the key as known.
    pub(in crate::config) fn get(&mut self, key: &'static str) -> Option<TomlValue<'a>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let value = self.entries.get(key)?;
        Some(TomlValue::new(self.file, value.span(), value.get_ref()))
    }

    /// Reads the value under `key`; `None` if it is absent, or wrong and noted.
    pub(in crate::config) fn read<T>(
        &mut self,
        key: &'static str,
        problems: &mut Diagnostics,
        read: impl FnOnce(TomlValue<'a>) -> Result<T, Diagnostic>,
    ) -> Option<T> {
        if problems.is_describing() {
            let expected = read(self.probe()).err().map(|fault| fault.message);
            self.describe(key, KeyShape::Value(expected.unwrap_or_default()), problems);
            return None;
        }
        let result = read(self.get(key)?);
        problems.take(result.map_err(|fault| fault.under(key)))
    }

    /// Makes a table without entries, for a description.
    pub(in crate::config) fn empty(name: &'static str) -> Table<'static> {
        static EMPTY: LazyLock<DeTable<'static>> = LazyLock::new(DeTable::new);
        Table::new(name, "", 0..0, &EMPTY)
    }

    /// Returns a value that no reader takes: a date.
    fn probe(&self) -> TomlValue<'a> {
        static DATE: LazyLock<DeValue<'static>> = LazyLock::new(|| {
            let date = toml::value::Date {
                year: 1979,
                month: 5,
                day: 27,
            };
            DeValue::Datetime(date.into())
        });
        TomlValue::new(self.file, 0..0, &DATE)
    }

    /// Notes a key, for a description.
    fn describe(&mut self, key: &'static str, shape: KeyShape, problems: &mut Diagnostics) {
        let table = self.name;
        problems.note(KeyNote {
            table,
            key,
            shape,
            is_needed: self.is_needing,
        });
    }

    /// Reads as [`Table::read`] does, a value with room for several problems.
    pub(in crate::config) fn read_deep<T>(
        &mut self,
        key: &'static str,
        problems: &mut Diagnostics,
        read: impl FnOnce(TomlValue<'a>, &mut Diagnostics) -> Option<T>,
    ) -> Option<T> {
        if problems.is_describing() {
            self.describe(key, KeyShape::Deep, problems);
            return None;
        }
        let mut inner = Diagnostics::default();
        let result = read(self.get(key)?, &mut inner);
        for fault in inner.under(key) {
            problems.add(fault);
        }
        result
    }

    /// Reads as [`Table::read`] does; absence is a problem.
    pub(in crate::config) fn need<T>(
        &mut self,
        key: &'static str,
        problems: &mut Diagnostics,
        read: impl FnOnce(TomlValue<'a>) -> Result<T, Diagnostic>,
    ) -> Option<T> {
        self.needing(key, problems, |table, problems| {
            table.read(key, problems, read)
        })
    }

    /// Reads as [`Table::read_list`] does; absence is a problem.
    pub(in crate::config) fn need_list<T>(
        &mut self,
        key: &'static str,
        problems: &mut Diagnostics,
        read: impl Fn(TomlValue<'a>) -> Result<T, Diagnostic>,
    ) -> Option<Vec<T>> {
        self.needing(key, problems, |table, problems| {
            table.read_list(key, problems, read)
        })
    }

    /// Calls `read` for a key that has to be there.
    fn needing<T>(
        &mut self,
        key: &'static str,
        problems: &mut Diagnostics,
        read: impl FnOnce(&mut Table<'a>, &mut Diagnostics) -> Option<T>,
    ) -> Option<T> {
        if problems.is_describing() {
            self.is_needing = true;
            let value = read(self, problems);
            self.is_needing = false;
            return value;
        }
        if self.get(key).is_none() {
            problems.lacking(Diagnostic::at(
                self.at(),
                format!("{} needs `{key}`", self.name),
            ));
            return None;
        }
        read(self, problems)
    }

    /// Reads each value of the list under `key`; wrong ones are noted and left out.
    pub(in crate::config) fn read_list<T>(
        &mut self,
        key: &'static str,
        problems: &mut Diagnostics,
        read: impl Fn(TomlValue<'a>) -> Result<T, Diagnostic>,
    ) -> Option<Vec<T>> {
        if problems.is_describing() {
            let expected = read(self.probe()).err().map(|fault| fault.message);
            self.describe(key, KeyShape::List(expected.unwrap_or_default()), problems);
            return None;
        }
        let values = self.read(key, problems, |value| value.list("a list of strings"))?;
        let each = |value| problems.take(read(value).map_err(|fault| fault.under(key)));
        Some(values.filter_map(each).collect())
    }

    /// Reads the table under `key`, called `name`.
    pub(in crate::config) fn table(
        &mut self,
        key: &'static str,
        name: &'static str,
        problems: &mut Diagnostics,
    ) -> Option<Table<'a>> {
        if problems.is_describing() {
            self.describe(key, KeyShape::Table(name), problems);
            return Some(Table::empty(name));
        }
        self.read(key, problems, |value| Table::of(name, value))
    }

    /// Reads the tables under `key`, each called `name`.
    pub(in crate::config) fn tables(
        &mut self,
        key: &'static str,
        name: &'static str,
        problems: &mut Diagnostics,
    ) -> Vec<Table<'a>> {
        if problems.is_describing() {
            self.describe(key, KeyShape::Tables(name), problems);
            return vec![Table::empty(name)];
        }
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        if value.is_table() {
            let fault = value.fault(format!("`{key}` is a list of tables"));
            problems.add(fault.help(format!("write `{name}`, with two brackets")));
            return Vec::new();
        }
        let values = problems.take(
            value
                .list("a list of tables")
                .map_err(|fault| fault.under(key)),
        );
        let table = |value| problems.take(Table::of(name, value).map_err(|fault| fault.under(key)));
        values.into_iter().flatten().filter_map(table).collect()
    }

    /// Returns all keys that have not been asked for yet, with their byte ranges and values.
    pub(in crate::config) fn rest(&self) -> Vec<(&'a str, Range<usize>, TomlValue<'a>)> {
        let is_left = |key: &str| !self.known.contains(&key) && !self.refused.contains(&key);
        let entries = self.entries.iter();
        entries
            .filter(|(key, _)| is_left(key.get_ref()))
            .map(|(key, value)| {
                let value = TomlValue::new(self.file, value.span(), value.get_ref());
                (key.get_ref().as_ref(), key.span(), value)
            })
            .collect()
    }

    /// Notes that `keys` are not for this table, with advice.
    pub(in crate::config) fn refuse(
        &mut self,
        keys: &'static [&'static str],
        help: &str,
        problems: &mut Diagnostics,
    ) {
        for (key, at, _) in self.rest() {
            if keys.contains(&key) {
                let message = format!("{}: `{key}` cannot stand here", self.name);
                problems.add(Diagnostic::at(at, message).help(help));
            }
        }
        self.refused = keys;
    }

    /// Notes every key that has not been asked for. Those in `later` are good names that this
    /// version does not support.
    pub(in crate::config) fn finish(self, later: &[&str], problems: &mut Diagnostics) {
        for (key, at, _) in self.rest() {
            let name = self.name;
            let fault = match later.contains(&key) {
                true => Diagnostic::at(at, format!("{name}: `{key}` is not supported yet"))
                    .help("this version does not do this; remove the key"),
                false => Diagnostic::at(at, format!("{name} has no key {}", quoted(key)))
                    .help(self.likely(key)),
            };
            problems.add(fault);
        }
    }

    /// Formats a guess at what `key` was meant to be, or the list of known keys.
    fn likely(&self, key: &str) -> String {
        let likeness = |name: &&str| strsim::jaro_winkler(name, key);
        let best = match key.len() <= MAX_KEY {
            true => self
                .known
                .iter()
                .copied()
                .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
                .filter(|name| likeness(name) >= MIN_LIKENESS),
            false => None,
        };
        match best {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("it may have: {}", self.known.join(", ")),
        }
    }
}
