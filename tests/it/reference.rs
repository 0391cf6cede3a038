//! The reference of feeds.toml against the code: its tables have the keys that are read, no others, and
//! the defaults that it tells are those that count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use gazetted::config::{Config, json_schema};
use serde_json::Value;

/// The shortest source, for tables that need one.
const SOURCE: &str = "[[source]]\nid = \"a/one\"\nurl = \"https://a.example/\"\n";

/// Table of the reference: its section, the head of its first column, its rows as cells.
struct Table {
    section: String,
    head: String,
    rows: Vec<Vec<String>>,
}

fn tables() -> Vec<Table> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let text = fs::read_to_string(place).unwrap();
    let mut tables: Vec<Table> = Vec::new();
    let (mut section, mut is_in_table) = (String::new(), false);
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading.to_owned();
        }
        let Some(row) = line.strip_prefix("| ") else {
            is_in_table = is_in_table && line.starts_with("|---");
            continue;
        };
        let cells = row.trim_end_matches('|').split(" | ");
        let cells: Vec<String> = cells.map(|cell| cell.trim().to_owned()).collect();
        match is_in_table {
            false => tables.push(Table {
                section: section.clone(),
                head: cells[0].clone(),
                rows: Vec::new(),
            }),
            true => tables.last_mut().unwrap().rows.push(cells),
        }
        is_in_table = true;
    }
    tables
}

/// Where the keys of a table stand in the JSON Schema; none for tables that are about something else.
fn places(table: &Table) -> Vec<&'static str> {
    let source = "/properties/source/items";
    let named = match (table.section.as_str(), table.head.as_str()) {
        ("server", _) => "/properties/server",
        ("store", _) => "/properties/store",
        ("http", _) => "/properties/http",
        ("alarm", _) => "/properties/alarm",
        ("cluster", _) => "/properties/cluster",
        ("host", _) => "/properties/host/additionalProperties",
        ("channel", _) => "/properties/channel/items",
        ("source", head) if head.contains("alone") => source,
        ("source", _) => {
            return vec![
                source,
                "/properties/defaults",
                "/properties/channel/items/properties/defaults",
            ];
        }
        ("filter and rewrite", head) if head.contains("filter") => {
            "/properties/source/items/properties/filter/items"
        }
        ("filter and rewrite", _) => "/properties/source/items/properties/rewrite/items",
        ("list and article", head) if head.contains("list") => {
            "/properties/source/items/properties/list"
        }
        ("list and article", _) => "/properties/source/items/properties/article",
        ("test", _) => "/properties/source/items/properties/test/items",
        ("expect", _) => "/properties/source/items/properties/expect",
        _ => return Vec::new(),
    };
    vec![named]
}

/// Keys that a first cell names: `` `title`, `date` `` are two.
fn keys(cell: &str) -> Vec<&str> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted.filter(|word| !word.starts_with('[')).collect()
}

#[test]
fn the_tables_have_the_keys_that_are_read_and_no_others() {
    let schema = json_schema();
    let mut told: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for table in &tables() {
        for place in places(table) {
            let of_place = told.entry(place).or_default();
            for row in &table.rows {
                of_place.extend(keys(&row[0]).into_iter().map(str::to_owned));
            }
        }
    }
    assert!(told.len() >= 13, "{:?}", told.keys());
    for (place, told) in &told {
        let properties = schema.pointer(&format!("{place}/properties"));
        let properties = properties.and_then(Value::as_object);
        let properties = properties.unwrap_or_else(|| panic!("{place} is not in the schema"));
        for key in told {
            assert!(
                properties.contains_key(key),
                "docs/configuration.md tells of `{key}` in {place}, which nobody reads"
            );
        }
        for (key, about) in properties {
            // A table below has a table of its own in the reference.
            let is_table =
                about["properties"].is_object() || about["items"]["properties"].is_object();
            assert!(
                is_table || told.contains(key),
                "docs/configuration.md lacks `{key}` in {place}"
            );
        }
    }
}

/// A default as a value of TOML; `None` where the cell is a sentence, or says that there is none.
fn value(cell: &str) -> Option<String> {
    if cell.parse::<i64>().is_ok() {
        return Some(cell.to_owned());
    }
    let inner = cell.strip_prefix('`')?.strip_suffix('`')?;
    let is_plain = !inner.contains(['`', '{']);
    let is_toml = inner.starts_with(['"', '[']) || matches!(inner, "true" | "false");
    let is_whole = !inner.starts_with('[') || inner.ends_with(']');
    (is_plain && is_whole).then(|| match is_toml {
        true => inner.to_owned(),
        false => format!("\"{inner}\""),
    })
}

/// Defaults that count where the key is used: without it nothing is read.
const LATER: [&str; 2] = ["path", "new_ratio_max"];

/// A file with and without a line in a table.
fn files(place: &str, line: &str) -> Option<[String; 2]> {
    let with = |before: &str, after: &str| {
        Some([
            format!("{before}{after}"),
            format!("{before}{line}\n{after}"),
        ])
    };
    match place {
        "/properties/server" => with("[server]\n", SOURCE),
        "/properties/store" => with("[store]\n", SOURCE),
        "/properties/http" => with("[http]\n", SOURCE),
        "/properties/cluster" => with("[cluster]\nservers = [\"nats://localhost\"]\n", SOURCE),
        "/properties/host/additionalProperties" => with("[host.\"*\"]\n", SOURCE),
        "/properties/channel/items" => with("[[channel]]\nid = \"a\"\n", SOURCE),
        "/properties/source/items" => with(SOURCE, ""),
        "/properties/defaults" => with("[defaults]\n", SOURCE),
        "/properties/source/items/properties/expect" => {
            with(&format!("{SOURCE}[source.expect]\n"), "")
        }
        _ => None,
    }
}

#[test]
fn the_defaults_of_the_reference_are_those_that_count() {
    let read = |text: &str| {
        let config = Config::parse("feeds.toml", text);
        let config = config.unwrap_or_else(|problems| panic!("{problems}\n{text}"));
        // That a key does nothing for lack of another is a warning, and no other value.
        let told = format!("{config:?}");
        told.split(", warnings: ").next().unwrap().to_owned()
    };
    let mut n_tried = 0;
    for table in &tables() {
        for place in places(table) {
            for row in table.rows.iter().filter(|row| row.len() > 2) {
                let named = keys(&row[0]);
                let (Some(value), [key]) = (value(&row[1]), named.as_slice()) else {
                    continue;
                };
                if LATER.contains(key) {
                    continue;
                }
                let Some([without, with]) = files(place, &format!("{key} = {value}")) else {
                    continue;
                };
                assert_eq!(
                    read(&with),
                    read(&without),
                    "`{key} = {value}` in {place} is not what counts without it"
                );
                n_tried += 1;
            }
        }
    }
    assert!(n_tried >= 30, "{n_tried} defaults");
}
