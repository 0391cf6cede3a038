//! The `Link` header (RFC 8288).

/// One link of a `Link` header: target and relations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    /// Reference as written, possibly relative.
    pub target: &'a str,
    /// Relation types, in lower case; of the first `rel` only (RFC 8288, 3.3).
    pub rels: Vec<String>,
    /// Subject of the link, if that is not the document itself.
    pub anchor: Option<String>,
}

/// Most links of one header that are looked at.
const MAX_LINKS: usize = 64;

/// Parses the links of one header, in order. The first thing that makes no sense ends the reading:
/// what stands before it counts.
///
/// ```
/// use gazetted::text::identifiers::link_header::links;
///
/// let links = links(r#"<https://hub.example/>; rel="hub", </feed>;rel=self"#);
/// assert_eq!(links[0].target, "https://hub.example/");
/// assert_eq!(links[1].rels, ["self"]);
/// ```
#[must_use]
pub fn links(header: &str) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    let mut rest = header;
    while links.len() < MAX_LINKS {
        // Empty members of a list count for nothing (RFC 9110, 5.6.1).
        rest = rest.trim_start_matches([',', ' ', '\t']);
        let Some((link, after)) = link(rest) else {
            break;
        };
        links.push(link);
        rest = after;
        if !rest.starts_with(',') {
            break;
        }
    }
    links
}

/// Reads a link; returns it and what comes after it.
fn link(text: &str) -> Option<(Link<'_>, &str)> {
    let (target, mut rest) = text.strip_prefix('<')?.split_once('>')?;
    let mut link = Link {
        target: target.trim(),
        rels: Vec::new(),
        anchor: None,
    };
    let mut has_rel = false;
    loop {
        rest = rest.trim_start();
        let Some(after) = rest.strip_prefix(';') else {
            return Some((link, rest));
        };
        let (name, value, after) = parameter(after.trim_start());
        rest = after;
        // Only the first `rel` counts (RFC 8288, 3.3).
        if name.eq_ignore_ascii_case("rel") && !has_rel {
            has_rel = true;
            let rels = value.split_ascii_whitespace();
            link.rels = rels.map(str::to_ascii_lowercase).collect();
        } else if name.eq_ignore_ascii_case("anchor") && link.anchor.is_none() {
            link.anchor = Some(value);
        }
    }
}

/// Reads a parameter: its name, its value without quotes, and what comes after it.
fn parameter(text: &str) -> (&str, String, &str) {
    let end = text.find(['=', ';', ',']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let name = name.trim();
    let Some(rest) = rest.strip_prefix('=') else {
        return (name, String::new(), rest);
    };
    let rest = rest.trim_start();
    match rest.strip_prefix('"') {
        Some(quoted) => {
            let (value, rest) = unquote(quoted);
            (name, value, rest)
        }
        None => {
            let end = rest.find([';', ',']).unwrap_or(rest.len());
            let (value, rest) = rest.split_at(end);
            (name, value.trim().to_owned(), rest)
        }
    }
}

/// Reads the text up to the closing quote; returns it and what comes after that.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(header: &str, want: &[(&str, &str)]) {
        let got = links(header);
        let got: Vec<(&str, String)> = got
            .iter()
            .map(|link| (link.target, link.rels.join(" ")))
            .collect();
        let want: Vec<(&str, String)> = want
            .iter()
            .map(|(target, rels)| (*target, (*rels).to_owned()))
            .collect();
        assert_eq!(got, want, "{header}");
    }

    #[test]
    fn links_are_told_apart() {
        check(
            "<https://a.example/>; rel=hub, <https://b.example/?x=1,2>; rel=\"self\"",
            &[
                ("https://a.example/", "hub"),
                ("https://b.example/?x=1,2", "self"),
            ],
        );
        check("<a>;rel=\"Hub SELF\"", &[("a", "hub self")]);
        check(
            "<a>; title=\"x, y; rel=\\\"no\\\"\"; rel=hub",
            &[("a", "hub")],
        );
        check(
            "<a>; rel = hub ; crossorigin , <b> ; rel=self",
            &[("a", "hub"), ("b", "self")],
        );
        check(" , ,<a>;rel=hub,", &[("a", "hub")]);
    }

    #[test]
    fn the_first_rel_counts() {
        check("<a>; rel=hub; rel=self", &[("a", "hub")]);
        check("<a>", &[("a", "")]);
    }

    #[test]
    fn what_makes_no_sense_ends_the_reading() {
        check("<a>; rel=hub, b; rel=self", &[("a", "hub")]);
        check("<a>; rel=hub <b>; rel=self", &[("a", "hub <b>")]);
        check("<a; rel=hub", &[]);
        check("", &[]);
        check("<a>; rel=\"hub", &[("a", "hub")]);
    }

    #[test]
    fn another_subject_is_told() {
        let found = links("<a>; rel=hub; anchor=\"/other\"");
        assert_eq!(found[0].anchor.as_deref(), Some("/other"));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[<>;,=\"\\\\ a-zé]{0,80}") {
            for link in links(&text) {
                prop_assert!(text.contains(link.target));
            }
        }

        #[test]
        fn what_is_written_is_read(target in "[a-z:/?=,;.]{1,30}", title in "[a-z,;=<> ]{0,20}") {
            let header = format!("<{target}>; title=\"{title}\"; rel=\"hub\", <b>; rel=self");
            let found = links(&header);
            prop_assert_eq!(found.len(), 2);
            prop_assert_eq!(found[0].target, target.as_str());
            prop_assert_eq!(&found[0].rels, &["hub"]);
        }
    }
}
