//! Extraction of JSON from a document: all of it, in a call (JSONP), or in the scripts of a page.

use serde_json::Value;

use super::literal;
use crate::model::Document;
use crate::source::gate;
use crate::source::page::dom::script;
use crate::source::{ReadError, Setting};
use crate::text::charset;

/// Most scripts of a page that are looked at.
const MAX_SCRIPTS: usize = 200;

/// Most beginnings of JSON that are tried in one script.
const MAX_TRIES: usize = 20;

/// JSON values of a document, largest first, with how it was decoded.
pub(super) struct Embedded {
    pub(super) values: Vec<Value>,
    /// Title of the page.
    pub(super) title: Option<String>,
    pub(super) encoding: &'static str,
    pub(super) replaced: u32,
    pub(super) complete: bool,
}

/// Extracts all JSON of a document, largest pieces first.
///
/// # Errors
///
/// [`ReadError::Empty`], [`ReadError::TooMuch`], or [`ReadError::Broken`] if it is neither a page
/// nor JSON.
pub(super) fn values(document: &Document, setting: &Setting<'_>) -> Result<Embedded, ReadError> {
    setting.limits.admit(document.body.len())?;
    let content_type = document.content_type.as_deref();
    let decoded = charset::decode_html(&document.body, content_type, setting.encoding);
    let text = gate::legal(decoded.text);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(ReadError::Empty);
    }
    let mut embedded = Embedded {
        values: Vec::new(),
        title: None,
        encoding: decoded.encoding,
        replaced: decoded.replaced,
        complete: true,
    };
    if text.starts_with('<') {
        let scripts = script::texts(text).take(MAX_SCRIPTS);
        let scripts = scripts.filter(|script| script.contains(['{', '[']));
        let found = scripts.filter_map(|script| Some((script.len(), in_script(script)?)));
        let mut found: Vec<(usize, Value)> = found.collect();
        found.sort_by_key(|(length, _)| usize::MAX - length);
        embedded.title = script::title(text);
        embedded.values = found.into_iter().map(|(_, value)| value).collect();
        return Ok(embedded);
    }
    match serde_json::from_str(text) {
        Ok(value) => embedded.values.push(value),
        // `callback({…})`, `/**/callback([…]);`
        Err(error) => match in_script(text) {
            Some(value) => embedded.values.push(value),
            None => return Err(ReadError::Broken(format!("not JSON: {error}"))),
        },
    }
    Ok(embedded)
}

/// Extracts the first object or list with something in it that a script holds.
fn in_script(script: &str) -> Option<Value> {
    let is_start = |at: &usize| {
        let before = script[..*at].trim_end();
        before.is_empty() || before.ends_with(['=', '(', ',', ':'])
    };
    let starts = script
        .match_indices(['{', '['])
        .map(|(at, _)| at)
        .filter(is_start);
    let mut values = starts.take(MAX_TRIES).filter_map(|at| {
        let mut stream = serde_json::Deserializer::from_str(&script[at..]).into_iter::<Value>();
        let strict = stream.next().and_then(Result::ok);
        strict.or_else(|| literal::value(&script[at..]))
    });
    values.find(|value| match value {
        Value::Object(object) => !object.is_empty(),
        Value::Array(values) => values
            .iter()
            .any(|value| value.is_object() || value.is_array()),
        _ => false,
    })
}
