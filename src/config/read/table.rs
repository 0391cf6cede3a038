//! One table of the file, read key by key.

use std::ops::Range;

use toml::de::DeTable;

use super::Value;
use crate::config::fault::{Fault, Problems};
use crate::config::quote::quoted;

/// How far apart two names are that one may be a slip of the other.
const MIN_LIKENESS: f64 = 0.8;

/// The longest key for which a likely name is looked up, in bytes.
const MAX_KEY: usize = 40;

/// One table of the file, read key by key; what is left over in the end nobody knows.
#[derive(Debug)]
pub(in crate::config) struct Table<'a> {
    /// As the admin writes it: `[[source]]`.
    name: &'static str,
    file: &'a str,
    at: Range<usize>,
    entries: &'a DeTable<'a>,
    /// Keys that somebody has asked for.
    known: Vec<&'static str>,
    /// Keys that have been refused already.
    refused: &'static [&'static str],
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
        }
    }

    /// `value` as a table called `name`.
    pub(in crate::config) fn of(name: &'static str, value: Value<'a>) -> Result<Table<'a>, Fault> {
        let entries = value.data().as_table();
        let entries = entries.ok_or_else(|| value.not("a table"))?;
        Ok(Table::new(name, value.file(), value.at(), entries))
    }

    /// Where its header stands.
    pub(in crate::config) fn at(&self) -> Range<usize> {
        self.at.clone()
    }

    /// The value under `key`.
    pub(in crate::config) fn get(&mut self, key: &'static str) -> Option<Value<'a>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let value = self.entries.get(key)?;
        Some(Value::new(self.file, value.span(), value.get_ref()))
    }

    /// What `read` makes of the value under `key`.
    pub(in crate::config) fn read<T>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
        read: impl FnOnce(Value<'a>) -> Result<T, Fault>,
    ) -> Option<T> {
        let result = read(self.get(key)?);
        problems.take(result.map_err(|fault| fault.under(key)))
    }

    /// As [`Table::read`], for a value with room for several problems.
    pub(in crate::config) fn read_deep<T>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
        read: impl FnOnce(Value<'a>, &mut Problems) -> Option<T>,
    ) -> Option<T> {
        let mut inner = Problems::default();
        let result = read(self.get(key)?, &mut inner);
        for fault in inner.under(key) {
            problems.add(fault);
        }
        result
    }

    /// As [`Table::read`]; it is a problem if there is nothing.
    pub(in crate::config) fn need<T>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
        read: impl FnOnce(Value<'a>) -> Result<T, Fault>,
    ) -> Option<T> {
        if self.get(key).is_none() {
            problems.lacking(Fault::at(self.at(), format!("{} needs `{key}`", self.name)));
            return None;
        }
        self.read(key, problems, read)
    }

    /// What `read` makes of each value of the list under `key`.
    pub(in crate::config) fn read_list<T>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
        read: impl Fn(Value<'a>) -> Result<T, Fault>,
    ) -> Option<Vec<T>> {
        let values = self.read(key, problems, |value| value.list("a list of strings"))?;
        let each = |value| problems.take(read(value).map_err(|fault| fault.under(key)));
        Some(values.filter_map(each).collect())
    }

    /// The table under `key`, called `name`.
    pub(in crate::config) fn table(
        &mut self,
        key: &'static str,
        name: &'static str,
        problems: &mut Problems,
    ) -> Option<Table<'a>> {
        self.read(key, problems, |value| Table::of(name, value))
    }

    /// The tables under `key`, each called `name`.
    pub(in crate::config) fn tables(
        &mut self,
        key: &'static str,
        name: &'static str,
        problems: &mut Problems,
    ) -> Vec<Table<'a>> {
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

    /// All its keys that nobody has asked for yet, with their values.
    pub(in crate::config) fn rest(&self) -> Vec<(&'a str, Range<usize>, Value<'a>)> {
        let is_left = |key: &str| !self.known.contains(&key) && !self.refused.contains(&key);
        let entries = self.entries.iter();
        entries
            .filter(|(key, _)| is_left(key.get_ref()))
            .map(|(key, value)| {
                let value = Value::new(self.file, value.span(), value.get_ref());
                (key.get_ref().as_ref(), key.span(), value)
            })
            .collect()
    }

    /// Says that `keys` are not for this table, and what to do instead.
    pub(in crate::config) fn refuse(
        &mut self,
        keys: &'static [&'static str],
        help: &str,
        problems: &mut Problems,
    ) {
        for (key, at, _) in self.rest() {
            if keys.contains(&key) {
                let message = format!("{}: `{key}` cannot stand here", self.name);
                problems.add(Fault::at(at, message).help(help));
            }
        }
        self.refused = keys;
    }

    /// Every key that nobody has asked for is a problem. Those `later` are
    /// good names that this version does not know what to do with.
    pub(in crate::config) fn finish(self, later: &[&str], problems: &mut Problems) {
        for (key, at, _) in self.rest() {
            let name = self.name;
            let fault = match later.contains(&key) {
                true => Fault::at(at, format!("{name}: `{key}` is not supported yet"))
                    .help("this version does not do this; remove the key"),
                false => Fault::at(at, format!("{name} has no key {}", quoted(key)))
                    .help(self.likely(key)),
            };
            problems.add(fault);
        }
    }

    /// What `key` was perhaps meant to be.
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
