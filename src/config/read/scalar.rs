//! Readers of plain values: text, numbers, durations, sizes, choices.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::DeValue;

use super::TomlValue;
use crate::config::report::diagnostic::Diagnostic;
use crate::config::report::quote::quoted;
use crate::config::units;

/// Longest text, in characters.
const MAX_TEXT: usize = 1000;

/// Reads text for people: trimmed, not empty, on one line.
pub(in crate::config) fn text(value: TomlValue<'_>) -> Result<String, Diagnostic> {
    let text = value.str("a string")?.trim();
    if text.is_empty() {
        return Err(value
            .fault("there is no text")
            .help("say something, or remove the key"));
    }
    if text.chars().any(char::is_control) {
        return Err(value.fault("the text has a line break or a control character"));
    }
    if text.chars().count() > MAX_TEXT {
        return Err(value.fault(format!("the text is longer than {MAX_TEXT} characters")));
    }
    Ok(text.to_owned())
}

/// Reads `true` or `false`.
pub(in crate::config) fn flag(value: TomlValue<'_>) -> Result<bool, Diagnostic> {
    match value.data() {
        DeValue::Boolean(flag) => Ok(*flag),
        _ => Err(value.not("true or false")),
    }
}

/// Reads the path of a folder or file; it need not exist.
pub(in crate::config) fn path(value: TomlValue<'_>) -> Result<PathBuf, Diagnostic> {
    let path = value.str("a path in quotes")?;
    match path.is_empty() || path.contains('\0') {
        true => Err(value.fault("this is not a path")),
        false => Ok(PathBuf::from(path)),
    }
}

/// Makes a reader of one of some words.
pub(in crate::config) fn word<T: Copy>(
    words: &[(&str, T)],
) -> impl Fn(TomlValue<'_>) -> Result<T, Diagnostic> {
    move |value| {
        let all: Vec<String> = words
            .iter()
            .map(|(word, _)| format!("\"{word}\""))
            .collect();
        let all = all.join(", ");
        let found = value.str(&format!("one of {all}"))?;
        let choice = words.iter().find(|(word, _)| *word == found);
        choice.map(|(_, meaning)| *meaning).ok_or_else(|| {
            value
                .fault(format!("{} is not a choice", quoted(found)))
                .help(format!("choose from {all}"))
        })
    }
}

/// Makes a reader of a whole number within limits.
pub(in crate::config) fn whole<T>(
    limits: RangeInclusive<i64>,
) -> impl Fn(TomlValue<'_>) -> Result<T, Diagnostic>
where
    T: TryFrom<i64>,
{
    move |value| {
        let DeValue::Integer(typed) = value.data() else {
            return Err(value.not("a whole number"));
        };
        let number = i64::from_str_radix(typed.as_str(), typed.radix()).ok();
        number
            .filter(|number| limits.contains(number))
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| {
                let (min, max) = (limits.start(), limits.end());
                let number = quoted(typed.as_str());
                value
                    .fault(format!("{number} is out of range"))
                    .help(format!("use {min} to {max}"))
            })
    }
}

/// Reads a share of a whole, from 0 to 1.
pub(in crate::config) fn share(value: TomlValue<'_>) -> Result<f64, Diagnostic> {
    let typed = match value.data() {
        DeValue::Float(typed) => typed.as_str().parse::<f64>().ok(),
        DeValue::Integer(typed) => typed.as_str().parse::<f64>().ok(),
        _ => return Err(value.not("a number from 0 to 1")),
    };
    typed
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| {
            value
                .fault("this is no share")
                .help("use a number from 0 to 1")
        })
}

/// Makes a reader of a duration within limits, in the words of [`units::duration`].
pub(in crate::config) fn duration(
    limits: RangeInclusive<Duration>,
) -> impl Fn(TomlValue<'_>) -> Result<Duration, Diagnostic> {
    move |value| {
        let found = value.str("a duration in quotes, such as \"15m\"")?;
        let time = units::duration(found).ok_or_else(|| {
            value
                .fault(format!("{} is not a duration", quoted(found)))
                .help("write it like \"30s\", \"15m\", \"1h30m\", \"72h\" or \"400d\"")
        })?;
        match limits.contains(&time) {
            true => Ok(time),
            false => {
                let (min, max) = (
                    units::written(*limits.start()),
                    units::written(*limits.end()),
                );
                Err(value
                    .fault(format!("{} is out of range", quoted(found)))
                    .help(format!("use {min} to {max}")))
            }
        }
    }
}

/// Makes a reader of a number of bytes within limits: `"10MiB"` or a whole number.
pub(in crate::config) fn size(
    limits: RangeInclusive<usize>,
) -> impl Fn(TomlValue<'_>) -> Result<usize, Diagnostic> {
    move |value| {
        let (typed, bytes) = match value.data() {
            DeValue::Integer(typed) => {
                let bytes = u64::from_str_radix(typed.as_str(), typed.radix()).ok();
                (typed.as_str(), bytes)
            }
            DeValue::String(typed) => (typed.as_ref(), units::size(typed)),
            _ => return Err(value.not("a size such as \"10MiB\"")),
        };
        bytes
            .and_then(|bytes| usize::try_from(bytes).ok())
            .filter(|bytes| limits.contains(bytes))
            .ok_or_else(|| {
                let (min, max) = (limits.start(), limits.end());
                value
                    .fault(format!("{} is not a size we can take", quoted(typed)))
                    .help(format!("use {min} to {max} bytes, written like \"10MiB\""))
            })
    }
}
