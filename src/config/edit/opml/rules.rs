//! Rules of FreshRSS and Miniflux in an outline, as keys of a source.

use super::Attributes;
use crate::config::edit::{NewSource, Setting};

/// Attributes that say nothing about what is read, and are passed over.
const HARMLESS: &[&str] = &[
    "text",
    "title",
    "type",
    "xmlUrl",
    "htmlUrl",
    "description",
    "version",
    "language",
    "category",
    "priority",
    "unicityCriteriaForced",
    "opmlUrl",
    "frss",
    "miniflux",
    "xmlns",
    "created",
    "noMediaPlayer",
    "hideGlobally",
    "ignoreHTTPCache",
    "disableHTTP2",
    "isComment",
    "isBreakpoint",
];

/// Parts of an item by FreshRSS, and the keys of `[source.list]` that they become.
const PARTS: &[(&str, &str)] = &[
    ("Title", "title"),
    ("Content", "summary"),
    ("Uri", "link"),
    ("Author", "author"),
    ("Thumbnail", "image"),
    ("Categories", "category"),
    ("Uid", "uid"),
];

/// Maps the rules of an outline to keys of `source`; returns what could not be mapped, in words.
pub(super) fn map(attributes: &Attributes, source: &mut NewSource) -> Vec<String> {
    let mut mapping = Mapping {
        attributes,
        source,
        used: Vec::new(),
        left_out: Vec::new(),
    };
    mapping.freshrss();
    mapping.miniflux();
    let Mapping {
        used, mut left_out, ..
    } = mapping;
    let others = attributes.keys().map(String::as_str);
    let others = others.filter(|name| !HARMLESS.contains(name) && !used.contains(name));
    left_out.extend(others.map(|name| format!("`{name}` was left out")));
    left_out
}

struct Mapping<'a> {
    attributes: &'a Attributes,
    source: &'a mut NewSource,
    /// Names of the attributes that were mapped, or told about.
    used: Vec<&'a str>,
    left_out: Vec<String>,
}

impl<'a> Mapping<'a> {
    /// Returns an attribute, and marks it as used.
    fn take(&mut self, name: &str) -> Option<&'a str> {
        let (name, text) = self.attributes.get_key_value(name)?;
        self.used.push(name);
        Some(text)
    }

    fn key(&mut self, key: &'static str, setting: Setting) {
        self.source.keys.push((key, setting));
    }

    fn freshrss(&mut self) {
        let kind = self.attributes.get("type").map(String::as_str);
        match kind {
            Some("HTML+XPath" | "XML+XPath") => self.list("page", "xPath", "xpath:"),
            Some("JSON+DotNotation") => self.list("json", "json", ""),
            Some("HTML+XPath+JSON+DotNotation") => {
                self.take("xPathToJson");
                self.list("json", "json", "");
            }
            _ => {}
        }
        if let Some(css) = self.take("cssFullContent") {
            self.source.article.push(("content", Setting::text(css)));
        }
        if let Some(css) = self.take("cssContentFilter") {
            self.source.article.push(("remove", Setting::text(css)));
        }
        match self.take("unicityCriteria") {
            Some("link") => self.key("identity", Setting::List(vec!["link".to_owned()])),
            Some("id" | "id:unsafe") | None => {}
            Some(other) => self.left_out.push(format!("unicityCriteria {other}")),
        }
        match self.take("ttl").map(str::parse::<i64>) {
            Some(Ok(seconds)) if seconds < 0 => self.key("enabled", Setting::Flag(false)),
            Some(Ok(seconds @ 60..=2_592_000)) => {
                self.key("interval", Setting::text(format!("{}m", seconds / 60)));
            }
            _ => {}
        }
    }

    /// Maps a list by XPath or dots.
    fn list(&mut self, kind: &str, prefix: &str, language: &str) {
        self.key("type", Setting::text(kind));
        let selector = |text: &str| format!("{language}{text}");
        if let Some(item) = self.take(&format!("{prefix}Item")) {
            self.source
                .list
                .push(("item", Setting::Text(selector(item))));
        }
        for (part, key) in PARTS {
            if let Some(text) = self.take(&format!("{prefix}Item{part}")) {
                // A string in quotes is the same for all items, which says nothing.
                match text.starts_with(['"', '\'']) {
                    true => self
                        .left_out
                        .push(format!("{prefix}Item{part} is always {text}")),
                    false => self.source.list.push((key, Setting::Text(selector(text)))),
                }
            }
        }
        let format = self.take(&format!("{prefix}ItemTimeFormat"));
        let Some(date) = self.take(&format!("{prefix}ItemTimestamp")) else {
            return;
        };
        let language = match language.is_empty() {
            true => "json",
            false => "xpath",
        };
        let setting = match format.map(|format| (strftime(format), format)) {
            None => Setting::Text(selector(date)),
            Some((Some(format), _)) => {
                Setting::Table(vec![(language, date.to_owned()), ("format", format)])
            }
            Some((None, format)) => {
                self.left_out
                    .push(format!("{prefix}ItemTimeFormat {format}"));
                Setting::Text(selector(date))
            }
        };
        self.source.list.push(("date", setting));
    }

    fn miniflux(&mut self) {
        if self.take("disabled") == Some("true") {
            self.key("enabled", Setting::Flag(false));
        }
        let scraper = self.take("scraperRules");
        if let Some(css) = scraper {
            self.source.article.push(("content", Setting::text(css)));
        }
        if self.take("crawler") == Some("true") && scraper.is_none() {
            self.key("full_text", Setting::text("always"));
        }
        if let Some(regex) = self.take("blocklistRules") {
            let drop = [("action", "drop"), ("field", "any"), ("match", regex)];
            self.source.filters.push(texts(&drop));
        }
        if let Some(regex) = self.take("keeplistRules") {
            let keep = [("action", "keep"), ("field", "any"), ("match", regex)];
            let drop = [("action", "drop"), ("match", "(?s).*")];
            self.source.filters.extend([texts(&keep), texts(&drop)]);
        }
        for rule in rules_in(self.take("urlRewriteRules")) {
            match rule {
                ("rewrite", [find, replace]) => {
                    let rewrite = [("field", "url"), ("find", find), ("replace", replace)];
                    self.source.rewrites.push(texts(&rewrite));
                }
                (name, _) => self.left_out.push(format!("urlRewriteRules {name}")),
            }
        }
        for rule in rules_in(self.take("rewriteRules")) {
            match rule {
                ("remove", [css, _]) => self.source.article.push(("remove", Setting::text(css))),
                ("replace", [find, replace]) => {
                    let rewrite = [("field", "content"), ("find", find), ("replace", replace)];
                    self.source.rewrites.push(texts(&rewrite));
                }
                (name, _) => self.left_out.push(format!("rewriteRules {name}")),
            }
        }
    }
}

fn texts(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, Setting)> {
    let pairs = pairs.iter();
    pairs
        .map(|(key, text)| (*key, Setting::text(*text)))
        .collect()
}

/// Splits Miniflux's rules, `remove(".ad"),replace("a"|"b")`, into names and two arguments at most.
fn rules_in(text: Option<&str>) -> Vec<(&str, [&str; 2])> {
    let mut rules = Vec::new();
    let mut rest = text.unwrap_or_default();
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        rest = &rest[start..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let (name, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let mut arguments = [""; 2];
        rest = behind;
        if let Some(inner) = behind.strip_prefix('(') {
            let close = inner.find("\")").map_or(inner.len(), |at| at + 1);
            let (inside, after) = inner.split_at(close);
            let parts = inside.split("\"|\"");
            for (place, part) in arguments.iter_mut().zip(parts) {
                *place = part.trim_matches('"');
            }
            rest = after.strip_prefix(')').unwrap_or(after);
        }
        rules.push((name, arguments));
    }
    rules
}

/// Translates a format of PHP's `DateTime::createFromFormat` to one of strftime; `None` if a letter of
/// it has no counterpart.
fn strftime(format: &str) -> Option<String> {
    let mut translated = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        let directive = match letter {
            'd' | 'j' => "%d",
            'D' => "%a",
            'l' => "%A",
            'm' | 'n' => "%m",
            'M' => "%b",
            'F' => "%B",
            'Y' => "%Y",
            'y' => "%y",
            'H' | 'G' => "%H",
            'h' | 'g' => "%I",
            'i' => "%M",
            's' => "%S",
            'a' | 'A' => "%p",
            'O' | 'P' => "%z",
            '!' | '|' => "",
            '%' => "%%",
            '\\' => {
                translated.extend(letters.next());
                continue;
            }
            c if c.is_ascii_alphabetic() || matches!(c, '?' | '*' | '+' | '#') => return None,
            other => {
                translated.push(other);
                continue;
            }
        };
        translated.push_str(directive);
    }
    Some(translated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_php_are_translated() {
        assert_eq!(strftime("d/m/Y H:i").as_deref(), Some("%d/%m/%Y %H:%M"));
        assert_eq!(strftime("Y年n月j日").as_deref(), Some("%Y年%m月%d日"));
        assert_eq!(strftime("!d.m.Y \\u\\m").as_deref(), Some("%d.%m.%Y um"));
        assert_eq!(strftime("U"), None);
    }

    #[test]
    fn rules_of_miniflux_are_taken_apart() {
        let text = "remove(\".ad, .share\"),add_image_title,replace(\"a(b)\"|\"c\")";
        let want = [
            ("remove", [".ad, .share", ""]),
            ("add_image_title", ["", ""]),
            ("replace", ["a(b)", "c"]),
        ];
        assert_eq!(rules_in(Some(text)), want);
        assert!(rules_in(None).is_empty());
    }
}
