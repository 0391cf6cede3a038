//! Ids of channels and sources, as a file gives them.

use std::str::FromStr;

use crate::config::read::TomlValue;
use crate::config::report::diagnostic::Diagnostic;
use crate::config::report::quote::quoted;
use crate::model::{BadId, RESERVED};

/// Segments that are addresses of our own below a channel.
const RESERVED_BELOW: &[&str] = &["archive", "hot", "pictures"];

/// Reads an id of a channel or source.
///
/// # Errors
///
/// A [`Diagnostic`] for a value that is no text, for a text that is no such id, and for an id of
/// which a segment is reserved.
pub(super) fn id<T: FromStr<Err = BadId>>(value: TomlValue<'_>) -> Result<T, Diagnostic> {
    let found = value.str("a name in quotes")?;
    let id = found
        .parse()
        .map_err(|error| bad_id(value, found, &error))?;
    match reserved(found) {
        Some(word) => Err(taken(value, word)),
        None => Ok(id),
    }
}

/// Finds the segment of a name that is an address of our own.
fn reserved(name: &str) -> Option<&str> {
    let mut segments = name.split('/');
    let first = segments.next().unwrap_or_default();
    let is_taken = RESERVED.contains(&first) || RESERVED_BELOW.contains(&first);
    match is_taken {
        true => Some(first),
        false => segments.find(|segment| RESERVED_BELOW.contains(segment)),
    }
}

fn taken(value: TomlValue<'_>, word: &str) -> Diagnostic {
    value
        .fault(format!("`{word}` is an address of our own"))
        .help("use another name for this segment")
}

fn bad_id(value: TomlValue<'_>, found: &str, error: &BadId) -> Diagnostic {
    match error {
        BadId::Segment(segment) => value
            .fault(format!("{} is not a name", quoted(segment)))
            .help("use 1 to 64 of a-z, 0-9 and - between slashes; titles may be in any script"),
        BadId::NoChannel(_) => value
            .fault(format!("{} names no channel", quoted(found)))
            .help(format!(
                "write `region/{found}`: the part before the last slash is its channel"
            )),
        BadId::TooLong => value.fault(error.to_string()),
    }
}
