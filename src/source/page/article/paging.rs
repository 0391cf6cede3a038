//! Paging of articles: the next page, and the page that has all of the article.

use std::sync::LazyLock;

use dom_query::NodeRef;
use regex::Regex;

use crate::model::{Document, WebUrl};
use crate::source::page::dom::DomPage;
use crate::source::page::dom::lines;
use crate::source::page::{ArticleRules, Selector};

/// Texts of links to a next page, letters only.
const LABELS: &[&str] = &[
    "下一页",
    "下页",
    "下一頁",
    "下頁",
    "后一页",
    "後一頁",
    "nextpage",
    "next",
    "continued",
    "weiter",
    "nächsteseite",
    "nächste",
    "pagesuivante",
    "suivante",
    "suivant",
    "lasuite",
    "siguiente",
    "páginasiguiente",
    "siguientepágina",
    "successiva",
    "paginasuccessiva",
    "avanti",
    "próxima",
    "próximapágina",
    "seguinte",
    "volgende",
    "volgendepagina",
    "nästa",
    "nästasida",
    "neste",
    "nesteside",
    "næste",
    "næsteside",
    "seuraava",
    "seuraavasivu",
    "następna",
    "następnastrona",
    "dalej",
    "další",
    "dalšístránka",
    "ďalšia",
    "következő",
    "următoarea",
    "επόμενη",
    "следующая",
    "следующаястраница",
    "далее",
    "вперед",
    "вперёд",
    "наступна",
    "следваща",
    "sonraki",
    "sonrakisayfa",
    "trangsau",
    "tiếptheo",
    "selanjutnya",
    "berikutnya",
    "次へ",
    "次のページ",
    "次ページ",
    "次頁",
    "다음",
    "다음페이지",
    "다음쪽",
    "التالي",
    "الصفحةالتالية",
    "ถัดไป",
    "หน้าถัดไป",
];

/// Longest of these texts, in bytes, with what may stand around it.
const MAX_LABEL_BYTES: usize = 60;

/// Number of a page at the end of an address, before its extension.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:[_\-/](?:p|page[_\-/]?)?|[?&](?:p|pn|page|pageno|page_no)=)(\d{1,2})$")
        .expect("a constant pattern")
});

/// Extension of an address.
static EXTENSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:\.s?html?|\.jsp|\.php|\.aspx?|/)$").expect("a constant pattern")
});

/// Upper limit of links looked at on one page.
const MAX_LINKS: usize = 4000;

/// `createPageHTML(3, 0, "t20261127_31001", "html")`, as TRS pages call it: how many
/// pages, which one this is, and how their addresses begin and end.
static CALL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"createPageHTML\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*["']([\w.-]+)["']\s*,\s*["'](\w+)["']"#,
    )
    .expect("a constant pattern")
});

/// Finds the next page of the article: by the rule, else by a link that says 下一页 whose
/// address is that of this page with the next number.
pub(in crate::source::page) fn next(
    rules: &ArticleRules,
    page: &DomPage,
    document: &Document,
) -> Option<WebUrl> {
    let next = match &rules.next_page {
        Some(rule) => by_rule(rule, page),
        None => by_label(page).or_else(|| by_call(page, &document.body)),
    };
    next.filter(|next| *next != page.url)
}

/// Finds the page that has all of the article; only by a rule.
pub(in crate::source::page) fn single(rules: &ArticleRules, page: &DomPage) -> Option<WebUrl> {
    let single = by_rule(rules.single_page_link.as_ref()?, page);
    single.filter(|single| *single != page.url)
}

fn by_rule(rule: &Selector, page: &DomPage) -> Option<WebUrl> {
    let reference = rule.reference(&page.root(), &page.budget)?;
    let is_here = reference.trim_start().starts_with('#');
    page.base.join(&reference).filter(|_| !is_here)
}

/// Returns the next page, as the call that writes the links to them has it.
fn by_call(page: &DomPage, body: &[u8]) -> Option<WebUrl> {
    let at = memchr::memmem::find_iter(body, b"createPageHTML(");
    let mut calls = at.take(8).filter_map(|at| {
        let call = &body[at..body.len().min(at + 256)];
        let call = String::from_utf8_lossy(call);
        let found = CALL.captures(&call)?;
        let (n_pages, index) = (found[1].parse::<u32>().ok()?, found[2].parse::<u32>().ok()?);
        let next = format!("{}_{}.{}", &found[3], index + 1, &found[4]);
        (index + 1 < n_pages).then(|| page.url.join(&next))?
    });
    calls.next()
}

fn by_label(page: &DomPage) -> Option<WebUrl> {
    let root = page.root();
    let is_link = |node: &NodeRef<'_>| node.has_name("a") || node.has_name("link");
    let links = root.descendants_it().filter(is_link);
    let mut links = links.take(MAX_LINKS).filter(|link| {
        // The number of the next page stands in its address.
        let href = link.attr("href").unwrap_or_default();
        if !href.bytes().any(|byte| byte.is_ascii_digit()) {
            return false;
        }
        let rel = link.attr("rel");
        if rel.is_some_and(|rel| rel.split_whitespace().any(|word| word == "next")) {
            return true;
        }
        let text = lines::short_text(link, MAX_LABEL_BYTES).unwrap_or_default();
        let is_short = !text.is_empty() && text.len() < MAX_LABEL_BYTES;
        is_short && LABELS.contains(&crate::source::page::dom::letters(&text).as_str())
    });
    links.find_map(|link| {
        let next = page.base.join(&link.attr("href")?)?;
        is_next(&page.url, &next).then_some(next)
    })
}

/// Whether `next` is `page` with the next number.
fn is_next(page: &WebUrl, next: &WebUrl) -> bool {
    let (stem, number) = numbered(page);
    let (next_stem, next_number) = numbered(next);
    // `news-12.html` is an article of its own, `news.html` its section.
    let is_following = match number {
        Some(number) => next_number == Some(number + 1),
        // TRS counts its pages from nothing: the second one is `_1`.
        None => matches!(next_number, Some(1 | 2)),
    };
    is_following && stem == next_stem
}

/// Splits an address into the part without the number of its page, and that number.
fn numbered(url: &WebUrl) -> (String, Option<u32>) {
    let text = url.as_str().split('#').next().unwrap_or_default();
    let bare = EXTENSION.replace(text, "");
    match NUMBER.captures(&bare) {
        Some(found) => {
            let start = found.get(0).map_or(0, |all| all.start());
            let number = found[1].parse().ok();
            let stem = EXTENSION.replace(&bare[..start], "");
            (stem.into_owned(), number)
        }
        None => (bare.into_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(page: &str, next: &str, want: bool) {
        let url = |path: &str| WebUrl::parse(&format!("https://a.cn{path}")).unwrap();
        assert_eq!(is_next(&url(page), &url(next)), want, "{page} to {next}");
    }

    #[test]
    fn the_next_page_has_the_next_number() {
        check("/2018/0316/123.html", "/2018/0316/123_2.html", true);
        check("/2018/0316/123_2.html", "/2018/0316/123_3.html", true);
        check("/2018/0316/t123.shtml", "/2018/0316/t123_1.shtml", true);
        check("/2018/0316/t123_1.shtml", "/2018/0316/t123_2.shtml", true);
        check("/show-123-1.html", "/show-123-2.html", true);
        check("/story/123", "/story/123?page=2", true);
        check("/story/123/", "/story/123/2/", true);
        check("/story.php?id=5", "/story.php?id=5&page=2", true);
        check("/story.php?id=5&page=2", "/story.php?id=5&page=3", true);
        check("/2018/0316/123.html", "/2018/0316/124.html", false);
        check("/2018/0316/123_2.html", "/2018/0316/123_2.html", false);
        check("/2018/0316/123_2.html", "/2018/0316/123.html", false);
        check("/a/123.html", "/b/123_2.html", false);
    }
}
