//! Markup that a page holds in its scripts, put where a browser would show it.
//!
//! ```text
//!   <script>document.write('<li>…</li>')</script>                      ─▶ <li>…</li>
//!   <a href=1.htm><script>document.write(view("…"))</script></a>       ─▶ <a href=1.htm>…</a>
//!   <script type="text/xml"><record><![CDATA[<li>…]]></record></script> ─▶ <li>…
//! ```
//!
//! No script is run: only literals are taken, and only where all that is
//! written is one.

use std::borrow::Cow;

use memchr::memmem;

use super::script;

/// The most bytes of a script that are looked at.
const MAX_SCRIPT: usize = 1 << 20;

/// The most calls of one script.
const MAX_CALLS: usize = 5000;

/// Before and behind a record that is markup, in XML.
const RECORD: (&str, &str) = ("<![CDATA[", "]]>");

/// Calls that write into the page where they stand.
const CALLS: [&str; 2] = ["document.writeln(", "document.write("];

/// `text` with what its scripts would write, as far as they only hold it.
pub(super) fn expanded(text: &str) -> Cow<'_, str> {
    let has = |part: &str| memmem::find(text.as_bytes(), part.as_bytes()).is_some();
    if let Some(markup) = answered(text) {
        return Cow::Owned(markup);
    }
    if !has("document.write") && !has(RECORD.0) {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len());
    let mut from = 0;
    for part in script::elements(text) {
        let inside = &text[part.inside.clone()];
        let Some(markup) = markup(inside) else {
            continue;
        };
        whole.push_str(&text[from..part.whole.start]);
        whole.push_str(&markup);
        from = part.whole.end;
    }
    whole.push_str(&text[from..]);
    if is_xml(&whole) {
        return Cow::Owned(whole.replace(RECORD.0, "").replace(RECORD.1, ""));
    }
    Cow::Owned(whole)
}

/// Returns the markup of an answer to a script, JSON or a call with it (`callback({"html":
/// "<li>…"})`): its strings that hold links. `None` for a page.
fn answered(text: &str) -> Option<String> {
    let start = text
        .trim_start()
        .trim_start_matches(['/', '*', ';'])
        .trim_start();
    let first = start.chars().next()?;
    let is_call = || {
        let name = start.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '$'));
        name.is_some_and(|end| end > 0 && start[end..].trim_start().starts_with('('))
    };
    if !matches!(first, '{' | '[' | '"') && !is_call() {
        return None;
    }
    let mut markup = String::new();
    let mut rest = start;
    while let Some(at) = rest.find(['"', '\'', '`']) {
        let Some((literal, behind)) = quoted(&rest[at..]) else {
            break;
        };
        if literal.contains("<a ") && literal.contains("href") {
            markup.push_str(&literal);
            markup.push('\n');
        }
        rest = behind;
    }
    (!markup.is_empty()).then_some(markup)
}

/// Whether a document is XML of records, not a page.
fn is_xml(text: &str) -> bool {
    let start = text.trim_start();
    let is_declared = start.starts_with("<?xml") && !start.contains("<html");
    is_declared || start.starts_with("<datastore") || start.starts_with("<record")
}

/// Returns the markup that a script holds or writes, if that is all markup.
fn markup(script: &str) -> Option<String> {
    if script.len() > MAX_SCRIPT {
        return None;
    }
    let markup = if script.contains(RECORD.0) {
        records(script)
    } else {
        writes(script)?
    };
    let has_letters = markup.contains(char::is_alphabetic);
    let is_plain = !markup.contains("<script") && !markup.contains("<iframe");
    (has_letters && is_plain).then_some(markup)
}

/// Returns the records of a data island. A pointer to more of them is none.
fn records(island: &str) -> String {
    let mut records = String::new();
    for part in island.split("<record>").skip(1).take(MAX_CALLS) {
        let Some((_, behind)) = part.split_once(RECORD.0) else {
            continue;
        };
        let record = behind.split_once(RECORD.1);
        // Rules may name the element.
        records.push_str("<record>");
        records.push_str(record.map_or(behind, |(record, _)| record));
        records.push_str("</record>\n");
    }
    records
}

/// Joins what the `document.write` calls of a script write; none if one of them writes what only
/// running it would tell.
fn writes(script: &str) -> Option<String> {
    let mut written = String::new();
    let mut rest = script;
    for _ in 0..MAX_CALLS {
        let call = CALLS.iter().filter_map(|call| {
            let at = rest.find(call)?;
            Some((at, at + call.len()))
        });
        let Some((_, open)) = call.min() else {
            return Some(written);
        };
        let behind;
        (behind, rest) = argument(&rest[open..])?;
        written.push_str(&behind);
    }
    Some(written)
}

/// Returns the literals of a call up to its closing bracket, if they are all that it is
/// called with; a function may be around them, as `view("…")`.
fn argument(text: &str) -> Option<(String, &str)> {
    let mut literals = String::new();
    let mut depth = 1;
    let mut rest = text.trim_start();
    let mut n_names = 0;
    loop {
        let first = rest.chars().next()?;
        match first {
            '"' | '\'' | '`' => {
                let literal;
                (literal, rest) = quoted(rest)?;
                if first == '`' && literal.contains("${") {
                    return None;
                }
                literals.push_str(&literal);
            }
            '(' => {
                depth += 1;
                rest = &rest[1..];
            }
            ')' => {
                depth -= 1;
                rest = &rest[1..];
                if depth == 0 {
                    return (!literals.is_empty()).then_some((literals, rest));
                }
            }
            '+' | ',' => rest = &rest[1..],
            c if c.is_ascii_alphabetic() => {
                // The name of a function around a literal, not a value.
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
                n_names += 1;
                let is_call = rest[end..].starts_with('(');
                if !is_call || n_names > 1 || &rest[..end] == "unescape" {
                    return None;
                }
                rest = &rest[end..];
            }
            c if c.is_whitespace() => rest = rest.trim_start(),
            _ => return None,
        }
    }
}

/// Returns a string literal at the start of `text`, its escapes undone, and what follows.
pub(in crate::source) fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next()?;
    let mut literal = String::new();
    let mut chars = text[1..].char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.next()?.1 {
                'n' | 'r' | 't' => literal.push(' '),
                'u' => {
                    let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                    let code = u32::from_str_radix(&digits, 16).ok()?;
                    literal.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                '\n' => {}
                other => literal.push(other),
            },
            c if c == quote => return Some((literal, &text[1 + at + c.len_utf8()..])),
            c => literal.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        assert_eq!(expanded(given), want, "given {given}");
    }

    #[test]
    fn what_is_written_stands_where_it_is_written() {
        check(
            "<ul><script>document.write('<li><a href=\"/1.html\">甲</a>'+\"</li>\");</script></ul>",
            "<ul><li><a href=\"/1.html\">甲</a></li></ul>",
        );
        check(
            "<a href=1.htm><SCRIPT>document.write(view(\"跨河大桥 \"))</SCRIPT></a>",
            "<a href=1.htm>跨河大桥 </a>",
        );
        check(
            r"<script>document.writeln('<b>\u7532<\/b>')</script>",
            "<b>甲</b>",
        );
    }

    #[test]
    fn records_are_markup() {
        check(
            "<div></div><script type=\"text/xml\"><datastore><nextgroup><![CDATA[<a href=2></a>]]></nextgroup>\
             <record><![CDATA[<li>甲</li>]]></record></datastore></script>",
            "<div></div><record><li>甲</li></record>\n",
        );
        check(
            "<?xml version='1.0'?><datastore><record><![CDATA[<li>甲</li>]]></record></datastore>",
            "<?xml version='1.0'?><datastore><record><li>甲</li></record></datastore>",
        );
    }

    #[test]
    fn an_answer_to_a_script_is_the_markup_in_it() {
        check(
            r#"cb({"total":2,"html":"<li><a href=\"/1.html\">甲<\/a><\/li>"});"#,
            "<li><a href=\"/1.html\">甲</a></li>\n",
        );
        check(r#"["<a href='1'>甲</a>"]"#, "<a href='1'>甲</a>\n");
        check(
            r#"{"title":"甲","url":"/1.html"}"#,
            r#"{"title":"甲","url":"/1.html"}"#,
        );
    }

    #[test]
    fn what_only_running_it_would_tell_is_left_alone() {
        for script in [
            "<script>document.write('今天是' + year + '年')</script>",
            "<script>document.write(unescape('%3Cb%3E'))</script>",
            "<script>document.write('<script src=a.js><'+'/script>')</script>",
            "<script>document.write(new Date())</script>",
            "<script>document.write('</script>",
        ] {
            check(script, script);
        }
    }
}
