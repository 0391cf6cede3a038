//! Scripts and title of a page, without a tree.

use super::tree::fold;

/// Lists the text of each `<script>`, in order.
pub(in crate::source) fn texts(page: &str) -> impl Iterator<Item = &str> {
    let mut rest = page;
    std::iter::from_fn(move || {
        let text;
        (text, rest) = element(rest, "script")?;
        Some(text)
    })
}

/// Reads the page's `<title>`; `None` if absent or empty.
pub(in crate::source) fn title(page: &str) -> Option<String> {
    let (title, _) = element(page, "title")?;
    let title = fold(&crate::text::html::to_text(title));
    (!title.is_empty()).then_some(title)
}

/// Splits off the text of the first such element, and the text that follows.
fn element<'p>(page: &'p str, name: &str) -> Option<(&'p str, &'p str)> {
    let mut rest = page;
    loop {
        let at = rest.find('<')?;
        rest = &rest[at + 1..];
        if !begins(rest, name) {
            continue;
        }
        let start = rest.find('>')? + 1;
        let text = &rest[start..];
        let mut ends = text.match_indices("</").map(|(at, _)| at);
        let end = ends.find(|at| begins(&text[at + 2..], name))?;
        return Some((&text[..end], &text[end..]));
    }
}

fn begins(text: &str, name: &str) -> bool {
    let is_name = text
        .get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name));
    let behind = text.as_bytes().get(name.len());
    is_name && behind.is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))
}
