//! Object literals of JavaScript that are data: JSON but for quotes, bare keys
//! and a comma too many.

use serde_json::Value;

use crate::source::page::dom::written::quoted;

/// The most bytes of a literal.
const MAX_LITERAL_BYTES: usize = 2 << 20;

/// Returns the object or list that begins at the start of `text`; none if there is
/// anything in it that only running it would tell.
pub(super) fn value(text: &str) -> Option<Value> {
    let json = as_json(text.get(..MAX_LITERAL_BYTES).unwrap_or(text))?;
    serde_json::from_str(&json).ok()
}

/// Returns the same literal, as JSON has it.
fn as_json(text: &str) -> Option<String> {
    let mut json = String::new();
    let mut depth = 0_usize;
    let mut rest = text;
    loop {
        rest = without_comment(rest.trim_start());
        let first = rest.chars().next()?;
        match first {
            '"' | '\'' | '`' => {
                let (literal, behind) = quoted(rest)?;
                json.push_str(&Value::String(literal).to_string());
                rest = behind;
            }
            '{' | '[' => {
                depth += 1;
                json.push(first);
                rest = &rest[1..];
            }
            '}' | ']' => {
                if json.ends_with(',') {
                    json.pop();
                }
                depth = depth.checked_sub(1)?;
                json.push(first);
                rest = &rest[1..];
                if depth == 0 {
                    return Some(json);
                }
            }
            ',' | ':' => {
                json.push(first);
                rest = &rest[1..];
            }
            _ => rest = word(rest, &mut json)?,
        }
    }
}

/// Returns a number, a name of a value, or a bare key.
fn word<'t>(text: &'t str, json: &mut String) -> Option<&'t str> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '-' | '+');
    let end = text.find(|c| !is_part(c))?;
    let (word, behind) = text.split_at(end);
    let is_number = serde_json::from_str::<f64>(word).is_ok();
    let is_key = behind.trim_start().starts_with(':');
    match word {
        "" => return None,
        _ if is_key => json.push_str(&Value::String(word.to_owned()).to_string()),
        "true" | "false" | "null" => json.push_str(word),
        "undefined" => json.push_str("null"),
        _ if is_number => json.push_str(word),
        _ => return None,
    }
    Some(behind)
}

fn without_comment(text: &str) -> &str {
    let behind = match text {
        _ if text.starts_with("//") => text.find('\n').map(|at| &text[at..]),
        _ if text.starts_with("/*") => text.find("*/").map(|at| &text[at + 2..]),
        _ => return text,
    };
    behind.unwrap_or_default().trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(literal: &str, want: Option<&str>) {
        let got = value(literal).map(|value| value.to_string());
        assert_eq!(got.as_deref(), want, "given {literal}");
    }

    #[test]
    fn literals_are_read_as_data() {
        check(
            "[{id: 1, 't': 'it\\'s',},];",
            Some(r#"[{"id":1,"t":"it's"}]"#),
        );
        check(
            "{a:-1.5, b:undefined, // c\n c:[true]}",
            Some(r#"{"a":-1.5,"b":null,"c":[true]}"#),
        );
        check("{a: b}", None);
        check("{a: f(1)}", None);
        check("{a: 1", None);
        check("]", None);
    }
}
