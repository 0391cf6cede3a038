//! Scripts and title of a page, without a tree.

use std::ops::Range;

use memchr::memmem;

use super::fold;

/// A `<script>` element, as bytes of the page.
#[derive(Clone, Debug)]
pub(in crate::source::page) struct Element {
    /// Range of its tags and all between.
    pub(in crate::source::page) whole: Range<usize>,
    /// The text between its tags.
    pub(in crate::source::page) inside: Range<usize>,
}

/// Lists the text of each `<script>`, in order.
pub(in crate::source) fn texts(page: &str) -> impl Iterator<Item = &str> {
    elements(page).map(|element| &page[element.inside])
}

/// Each `<script>`, in order.
pub(in crate::source::page) fn elements(page: &str) -> impl Iterator<Item = Element> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let mut found = element(&page[from..], "script")?;
        for range in [&mut found.whole, &mut found.inside] {
            *range = range.start + from..range.end + from;
        }
        from = found.whole.end;
        Some(found)
    })
}

/// Reads the page's `<title>`; `None` if absent or empty.
pub(in crate::source) fn title(page: &str) -> Option<String> {
    let title = &page[element(page, "title")?.inside];
    let title = fold(&crate::text::html::to_text(title));
    (!title.is_empty()).then_some(title)
}

/// Returns the first such element.
pub(in crate::source::page) fn element(page: &str, name: &str) -> Option<Element> {
    let mut at = 0;
    loop {
        let open = at + memchr::memchr(b'<', &page.as_bytes()[at..])?;
        at = open + 1;
        if !begins(&page[at..], name) {
            continue;
        }
        let start = at + page[at..].find('>')? + 1;
        let mut ends = memmem::find_iter(&page.as_bytes()[start..], "</").map(|at| start + at);
        let end = ends.find(|at| begins(&page[at + 2..], name))?;
        let behind = page[end..].find('>').map_or(page.len(), |at| end + at + 1);
        return Some(Element {
            whole: open..behind,
            inside: start..end,
        });
    }
}

fn begins(text: &str, name: &str) -> bool {
    let is_name = text
        .get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name));
    let behind = text.as_bytes().get(name.len());
    is_name && behind.is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))
}
