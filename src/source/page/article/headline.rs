//! Headline of an article page.

use std::collections::HashSet;
use std::sync::LazyLock;

use dom_query::NodeRef;
use regex::Regex;

use super::sitename::{is_site, without_site};
use crate::source::page::credits::person::is_cjk;
use crate::source::page::dom::{letters, lines};

/// Longest headline, in characters.
const MAX_HEADLINE_CHARS: usize = 200;

/// Longest kicker, in letters.
const MAX_KICKER_LETTERS: usize = 24;

/// Fewest letters of a heading that counts though no title repeats it.
const MIN_UNREPEATED_LETTERS: usize = 10;

/// Upper limit of elements looked at for a headline.
const MAX_CANDIDATES: usize = 400;

/// Score added to a heading that is word by word what the page shares (`og:title`).
const SHARED_TITLE_SCORE: usize = 60;

/// Finds the headline: the heading whose text `<title>` repeats, else what is left of
/// `<title>` without the names of section and site. `shared` is the title for those who link
/// to the page.
pub(in crate::source::page) fn find(
    root: &NodeRef<'_>,
    title: Option<&str>,
    shared: Option<&str>,
) -> Option<String> {
    let titles: Vec<(&str, String)> = [title, shared]
        .into_iter()
        .flatten()
        .map(|title| (title, letters(title)))
        .collect();
    let candidates: Vec<NodeRef<'_>> = root
        .descendants_it()
        .filter(may_be_headline)
        .take(MAX_CANDIDATES)
        .collect();
    let shared_letters = shared.map(letters);
    let mut best: Option<(usize, String)> = None;
    let mut heads = Vec::new();
    let mut first = None;
    for node in &candidates {
        let Some(text) = lines::short_text(node, MAX_HEADLINE_CHARS) else {
            continue;
        };
        let own = letters(&text);
        let n_letters = own.chars().count();
        if n_letters < 4 {
            continue;
        }
        if leads_home(node) || is_concealed(node) {
            continue;
        }
        if node.has_name("h1") {
            heads.push(text.clone());
        }
        if first.is_none()
            && n_letters >= MIN_UNREPEATED_LETTERS
            && !is_site(&text)
            && !leads_on(node)
        {
            first = Some(text.clone());
        }
        let score = titles
            .iter()
            .map(|(title, plain)| match breaks_at(title, plain, &own) {
                true => score(plain, &own, n_letters),
                false => 0,
            })
            .max()
            .unwrap_or(0);
        // What is shared is the headline; `<title>` may be one for searching.
        let is_shared = shared_letters.as_ref() == Some(&own);
        let score = score + if is_shared { SHARED_TITLE_SCORE } else { 0 };
        let score = if node.has_name("h1") {
            score + score / 4
        } else {
            score
        };
        if score > best.as_ref().map_or(0, |best| best.0) {
            best = Some((score, text));
        }
    }
    if let Some((_, text)) = best {
        return Some(with_or_without_kicker(text, &candidates, title, shared));
    }
    let from_title = shared.or(title).and_then(without_site);
    let akin = |head: &&String| {
        let title = from_title.as_deref().unwrap_or_default();
        is_akin(title, head)
    };
    let head = match heads.as_slice() {
        [head] => Some(head.clone()),
        // 请选择城市 is a heading of its own on some pages.
        heads => heads.iter().find(akin).cloned(),
    };
    if shared.is_none() && title.is_none_or(is_site) && first.is_some() {
        return head.filter(|head| !is_site(head)).or(first);
    }
    match (from_title, head) {
        (Some(title), Some(head)) if is_akin(&title, &head) && !is_shouted(&head) => Some(head),
        (title, head) => title.or(head),
    }
}

/// Words in a class of a headline.
static CLASS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?i)title|headline|biaoti|wzbt|subject").expect("a constant pattern")
});

/// Word in an id of a headline.
static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new("(?i)title").expect("a constant pattern"));

/// Whether an element may hold a headline, however the page marks it.
fn may_be_headline(node: &NodeRef<'_>) -> bool {
    let Some(element) = node.element_ref() else {
        return false;
    };
    let is_heading = matches!(&*element.node_name(), "h1" | "h2" | "h3" | "h4");
    is_heading
        || element.attrs.iter().any(|attr| match &*attr.name.local {
            "class" => CLASS.is_match(&attr.value),
            "id" => ID.is_match(&attr.value),
            "itemprop" => &*attr.value == "headline",
            _ => false,
        })
}

/// Chooses the heading as the page shares it: some put a kicker into it, some take it out.
fn with_or_without_kicker(
    text: String,
    candidates: &[NodeRef<'_>],
    title: Option<&str>,
    shared: Option<&str>,
) -> String {
    let Some(shared) = shared else { return text };
    let (own, wanted) = (letters(&text), letters(shared));
    let n_more = wanted.chars().count().saturating_sub(own.chars().count());
    let is_titled = title.is_some_and(|title| letters(title).starts_with(&wanted));
    let has_kicker = (1..=MAX_KICKER_LETTERS).contains(&n_more) && wanted.ends_with(&own);
    if is_titled && has_kicker && shared.contains([':', '：']) {
        return shared.to_owned();
    }
    if wanted.starts_with(&own) {
        return text;
    }
    let heading = candidates
        .iter()
        .find(|node| letters(&lines::text(node)) == own);
    let parts = heading.into_iter().flat_map(NodeRef::descendants);
    let mut parts = parts
        .filter(NodeRef::is_element)
        .map(|part| lines::text(&part));
    let is_rest = |part: &String| {
        let part = letters(part);
        part.chars().count() >= 8 && wanted.starts_with(&part) && own.ends_with(&part)
    };
    parts.find(is_rest).unwrap_or(text)
}

/// Whether a heading is not shown, as titles for sharing are.
fn is_concealed(node: &NodeRef<'_>) -> bool {
    lines::is_hidden(node)
        || node
            .ancestors_it(None)
            .any(|outer| lines::is_hidden(&outer))
}

/// Whether a title that begins with a heading goes on as another sentence, or as
/// the names behind it; in the middle of a phrase a heading is the name of a
/// section, as it is before a colon.
fn breaks_at(title: &str, plain: &str, own: &str) -> bool {
    let n_letters = own.chars().count();
    if !plain.starts_with(own) || n_letters * 2 >= plain.chars().count() {
        return true;
    }
    let mut n_seen = 0;
    let end = title.char_indices().find(|(_, c)| {
        n_seen += c.to_lowercase().filter(|c| c.is_alphanumeric()).count();
        n_seen >= n_letters
    });
    let behind = end.map_or("", |(at, c)| &title[at + c.len_utf8()..]);
    let is_spaced = behind.starts_with(char::is_whitespace);
    match behind.trim_start().chars().next() {
        None => true,
        Some(':' | '：') => n_letters * 3 >= plain.chars().count(),
        Some(c) => !c.is_alphanumeric() || is_spaced && is_cjk(c),
    }
}

/// Whether a heading is a link: then it is one of another page.
fn leads_on(node: &NodeRef<'_>) -> bool {
    let is_link = |node: &NodeRef<'_>| node.has_name("a") && node.has_attr("href");
    node.descendants_it().any(|below| is_link(&below))
        || node.ancestors_it(None).any(|outer| is_link(&outer))
}

/// Whether a heading is a link to the home page: then it is the name of the site.
fn leads_home(node: &NodeRef<'_>) -> bool {
    let link = node.descendants_it().find(|below| below.has_name("a"));
    let href = link.and_then(|link| link.attr("href"));
    href.is_some_and(|href| {
        let path = href.split_once("://").map_or(&*href, |(_, rest)| {
            rest.find('/').map_or("", |at| &rest[at..])
        });
        matches!(path.trim(), "" | "/")
    })
}

/// Whether a heading is all in capitals; the page's title says it in plain letters.
fn is_shouted(text: &str) -> bool {
    text.contains(char::is_uppercase) && !text.contains(char::is_lowercase)
}

/// Whether two headlines are about the same: a third of the words of one are in the other.
fn is_akin(one: &str, other: &str) -> bool {
    let words = |text: &str| -> HashSet<String> {
        let words = text
            .split(|c: char| !c.is_alphanumeric())
            .map(str::to_lowercase);
        words.filter(|word| word.chars().count() > 2).collect()
    };
    let (one, other) = (words(one), words(other));
    let n_shared = one.intersection(&other).count();
    n_shared > 0 && n_shared * 3 >= one.len().min(other.len())
}

/// Scores a heading by its share of the page's title, in percent and 40 more at the
/// beginning; 0 for a heading that is not in it, or in the middle only.
fn score(title: &str, own: &str, n_letters: usize) -> usize {
    let n_title = title.chars().count().max(1);
    if title.starts_with(own) {
        return n_letters * 100 / n_title + 40;
    }
    // Titles are cut: 地铁直达+无敌免...
    let is_cut = n_title >= 8 && own.starts_with(title);
    if is_cut {
        return 120;
    }
    let is_part = title.contains(own) && n_letters * 2 >= n_title;
    if is_part {
        n_letters * 100 / n_title
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, want: &str) {
        let dom = dom_query::Document::from(html);
        let title = dom.select_single("title").text();
        let got = find(&dom.root(), Some(&title), None);
        assert_eq!(got.as_deref(), Some(want), "given {html}");
    }

    #[test]
    fn the_heading_that_the_title_repeats() {
        check(
            "<title>济南园区建设加速_济南新闻_地方网</title><h1>地方网</h1><h2>济南园区建设加速</h2>",
            "济南园区建设加速",
        );
        check(
            "<title>定了！南沙邮轮母港开通！地铁直达...</title><h1>定了！南沙邮轮母港开通！地铁直达+免税店</h1>",
            "定了！南沙邮轮母港开通！地铁直达+免税店",
        );
        check(
            "<title>济南园区建设加速-地方网</title><div class=articleTitle>济南园区建设加速</div>",
            "济南园区建设加速",
        );
    }

    #[test]
    fn a_hidden_title_is_not_the_headline() {
        check(
            "<title>济南园区建设加速-地方网</title><div class=h-title>济南园区建设加速</div>
             <div style='display: none'><div class=share-title>济南园区建设加速-地方网</div></div>",
            "济南园区建设加速",
        );
    }

    #[test]
    fn of_two_headings_the_shared_one_counts() {
        let title = "Jinan: Why its springs are so clear | The Paper";
        let dom = dom_query::Document::from(
            "<h1 class=crumb-title>Jinan: Why its springs are so clear</h1><h2 class=title>Why the springs of Jinan are clear</h2>",
        );
        let got = find(
            &dom.root(),
            Some(title),
            Some("Why the springs of Jinan are clear"),
        );
        assert_eq!(got.as_deref(), Some("Why the springs of Jinan are clear"));
    }

    #[test]
    fn without_a_heading_the_site_is_cut_off() {
        check(
            "<title>민주당 도입 또다시 불발-정치ㅣ한국일보</title>",
            "민주당 도입 또다시 불발",
        );
        check(
            "<title>济南园区建设加速_济南新闻_地方网</title>",
            "济南园区建设加速",
        );
        check(
            "<title>A long day in Jinan | The Paper</title>",
            "A long day in Jinan",
        );
        check("<title>济南园区建设加速</title>", "济南园区建设加速");
        check(
            "<title>济南园区建设加速-地方新闻-地方网</title>",
            "济南园区建设加速",
        );
        check(
            "<title>Best springs of Jinan: Tips from those who drink it</title>",
            "Best springs of Jinan: Tips from those who drink it",
        );
        check(
            "<title>These weeks in Jinan: Issue 85 – Jinan Daily News</title>",
            "These weeks in Jinan: Issue 85",
        );
        check(
            "<title>一条路——记青石县修路人</title>",
            "一条路——记青石县修路人",
        );
        check("<title>泉水-济南的名片</title>", "泉水-济南的名片");
    }

    #[test]
    fn a_section_is_no_headline_though_the_title_begins_so() {
        check(
            "<title>Jinan has failed its traders: nobody comes any more</title><h2>Jinan</h2><h1>The market</h1>",
            "Jinan has failed its traders: nobody comes any more",
        );
        check(
            "<title>Kultur: Das Museum am See öffnet wieder | Die Zeitung</title><h3>Kultur</h3><h1>Das Museum am See öffnet wieder</h1>",
            "Das Museum am See öffnet wieder",
        );
    }

    #[test]
    fn a_title_that_all_pages_have_is_none() {
        check(
            "<title>青石新闻网</title><h3><a href=/>青石新闻网</a></h3><div class=title>青石县召开农田水利推进会</div>",
            "青石县召开农田水利推进会",
        );
    }
}
