//! Description of feeds.toml as a JSON Schema, so that editors complete and check it.
//!
//! Types are drawn from the code that reads the file: every table is read once from an empty file, each key
//! from a value that no key takes, and what the readers say they expected instead is the type. What
//! keys mean is taken from the reference in `docs/configuration.md`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::check;
use super::report::collector::{KeyNote, KeyShape};

/// Reference of all keys.
const REFERENCE: &str = include_str!("../../docs/configuration.md");

/// Pattern of a duration, as `15m`, `1h30m`, `400d`.
const DURATION: &str = "^([0-9]+(ms|s|m|h|d|w|y))+$";

/// Sections of the reference, and the tables that they are about.
const SECTIONS: &[(&str, &[&str])] = &[
    ("server", &["[server]"]),
    ("store", &["[store]"]),
    ("http", &["[http]"]),
    ("alarm", &["[alarm]"]),
    ("cluster", &["[cluster]"]),
    ("host", &["[host]"]),
    ("channel", &["[[channel]]"]),
    (
        "source",
        &["[[source]]", "[defaults]", "[channel.defaults]"],
    ),
    (
        "filter and rewrite",
        &["[[source.filter]]", "[[source.rewrite]]"],
    ),
    (
        "list and article",
        &[
            "[source.list]",
            "[source.article]",
            "[rule.list]",
            "[rule.article]",
        ],
    ),
    ("test", &["[[source.test]]"]),
    ("expect", &["[source.expect]"]),
];

/// Returns a JSON Schema (draft 2020-12) of feeds.toml.
#[must_use]
pub fn json_schema() -> Value {
    let mut tables: BTreeMap<&str, Vec<KeyNote>> = BTreeMap::new();
    for note in check::describe() {
        let keys = tables.entry(note.table).or_default();
        if !keys.iter().any(|known| known.key == note.key) {
            keys.push(note);
        }
    }
    let mut schema = table("the file", &tables);
    for name in ["host", "rule"] {
        let of_one = table(&format!("[{name}]"), &tables);
        schema["properties"][name] = json!({"type": "object", "additionalProperties": of_one});
    }
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("feeds.toml of gazetted");
    schema
}

/// Describes a table with all below it.
fn table(name: &str, tables: &BTreeMap<&str, Vec<KeyNote>>) -> Value {
    let notes = tables.get(name).map(Vec::as_slice).unwrap_or_default();
    let mut properties = Map::new();
    let mut required = Vec::new();
    for note in notes {
        let mut of_key = match &note.shape {
            KeyShape::Value(expected) => value(expected),
            KeyShape::List(expected) => json!({"type": "array", "items": value(expected)}),
            KeyShape::Deep => json!({}),
            KeyShape::Table(below) => table(below, tables),
            KeyShape::Tables(below) => json!({"type": "array", "items": table(below, tables)}),
        };
        if let Some(words) = meaning(name, note.key) {
            of_key["description"] = json!(words);
        }
        properties.insert(note.key.to_owned(), of_key);
        if note.is_needed {
            required.push(note.key);
        }
    }
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// Turns what a reader expected into a type.
fn value(expected: &str) -> Value {
    let expected = expected.strip_prefix("expected ").unwrap_or(expected);
    let expected = expected.split(", found ").next().unwrap_or_default();
    if let Some(words) = expected.strip_prefix("one of ") {
        let words = words.split('"').skip(1).step_by(2);
        return json!({"enum": words.collect::<Vec<_>>()});
    }
    match expected {
        "true or false" => json!({"type": "boolean"}),
        "a whole number" => json!({"type": "integer"}),
        words if words.starts_with("a number") => json!({"type": "number"}),
        words if words.starts_with("a size") => json!({"type": ["string", "integer"]}),
        words if words.starts_with("a duration") && words.contains("400d") => {
            json!({"type": "string"})
        }
        words if words.starts_with("a duration") => json!({"type": "string", "pattern": DURATION}),
        _ => json!({"type": "string"}),
    }
}

/// Finds what a key means in the reference.
fn meaning(table: &str, key: &str) -> Option<String> {
    let (section, _) = SECTIONS
        .iter()
        .find(|(_, tables)| tables.contains(&table))?;
    let start = REFERENCE.find(&format!("\n## {section}\n"))? + 4;
    let text = &REFERENCE[start..];
    let text = &text[..text.find("\n## ").unwrap_or(text.len())];
    let quoted = format!("`{key}`");
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let mut cells = rows.map(|row| {
        row.trim_matches('|')
            .split(" | ")
            .map(str::trim)
            .collect::<Vec<_>>()
    });
    let row = cells.find(|cells| cells[0].split(", ").any(|cell| cell.trim() == quoted))?;
    let words = match row.as_slice() {
        [_, default, words] if !words.is_empty() => format!("{words}; default {default}"),
        [_, default, _] => format!("default {default}"),
        [_, words] => (*words).to_owned(),
        _ => return None,
    };
    Some(words.replace('`', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_those_that_the_readers_expect() {
        let schema = json_schema();
        let of = |path: &str| {
            schema
                .pointer(path)
                .unwrap_or_else(|| panic!("{path}: {schema:#}"))
        };
        let source = "/properties/source/items/properties";
        assert_eq!(of(&format!("{source}/interval/pattern")), DURATION);
        assert_eq!(of(&format!("{source}/enabled/type")), "boolean");
        assert_eq!(of(&format!("{source}/priority/type")), "integer");
        assert_eq!(of(&format!("{source}/type/enum/2")), "page");
        assert_eq!(
            of(&format!("{source}/list/properties/limit/type")),
            "integer"
        );
        assert_eq!(
            of(&format!("{source}/filter/items/properties/action/enum/0")),
            "keep"
        );
        assert_eq!(of("/properties/source/items/required/0"), "id");
        assert_eq!(
            of("/properties/http/properties/allow_private/type"),
            "array"
        );
        assert_eq!(
            of("/properties/host/additionalProperties/properties/robots/enum/0"),
            "obey"
        );
        assert_eq!(of("/properties/include/type"), "array");
        let words = of("/properties/store/properties/retention/description")
            .as_str()
            .unwrap();
        assert!(
            words.contains("how long an item is kept") && words.contains("default 400d"),
            "{words}"
        );
    }

    /// Fails for each key of `found` that the schema of its table does not have.
    fn check(schema: &Value, found: &toml::Value, path: &str) {
        match found {
            toml::Value::Table(table) if schema.get("properties").is_some() => {
                for (key, inner) in table {
                    let below = schema["properties"].get(key);
                    let below =
                        below.unwrap_or_else(|| panic!("{path}.{key} is not in the schema"));
                    check(below, inner, &format!("{path}.{key}"));
                }
            }
            toml::Value::Array(values) if schema.get("items").is_some() => {
                values
                    .iter()
                    .for_each(|inner| check(&schema["items"], inner, path));
            }
            _ => {}
        }
    }

    #[test]
    fn the_file_of_the_project_keeps_to_it() {
        let text = include_str!("../../feeds.toml");
        check(
            &json_schema(),
            &text.parse::<toml::Table>().unwrap().into(),
            "feeds.toml",
        );
    }
}
