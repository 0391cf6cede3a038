//! The names of site and section that a page's title has beside its headline.

use std::sync::LazyLock;

use regex::Regex;

use super::super::credits::person::is_cjk;
use crate::source::page::dom::letters;

/// Longest name of a section behind a headline, in letters.
const MAX_SECTION_LETTERS: usize = 4;

/// Separators between a headline and the names of section and site in `<title>`.
const SEPARATORS: &[&str] = &["_", " | ", "|", "ㅣ", " :: ", " · "];

/// Dashes that separate as well, and also stand in headlines: only what is a name behind the
/// last of them is one. A colon never is.
const DASHES: &[&str] = &[" - ", " – ", " — ", "--", "——", "-", "–", "—"];

/// Fewest letters of a headline before a dash and a name.
const MIN_HEADLINE_LETTERS: usize = 10;

/// Upper limit of words in the name of a site.
const MAX_NAME_WORDS: usize = 5;

/// Upper limit of ideographs in the name of a site.
const MAX_NAME_IDEOGRAPHS: usize = 14;

/// Endings of the names of sites and sections.
static SITE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?:网|網|网站|報|报|社|台|频道|頻道|在线|客户端|新闻|新聞|政府|门户|门户网站|中心|论坛|博客|融媒|资讯|传媒|杂志|周刊|热线|之窗|首页|主页|正文|要闻|时政|社会|国内|国际|财经|体育|娱乐|科技|教育|健康|汽车|动态|公告|日報|ニュース|オンライン|電子版|뉴스|일보|신문|타임즈|정치|사회|경제)$";
    Regex::new(pattern).expect("a constant pattern")
});

/// Returns a title without the names behind it.
pub(super) fn without_site(title: &str) -> Option<String> {
    let title = title.trim();
    // « Site » Archive » Headline »: the way down to it.
    if let Some((_, last)) = title.rsplit_once(" » ")
        && letters(last).chars().count() >= 6
        && title.matches(" » ").count() > 1
    {
        return Some(last.trim().to_owned());
    }
    for separator in SEPARATORS {
        let Some((front, site)) = title.split_once(separator) else {
            continue;
        };
        let is_bare = separator.chars().all(|c| c != ' ');
        if is_bare && !front.contains(is_cjk) && !site.contains(is_cjk) {
            continue;
        }
        let front = front.trim();
        if letters(front).chars().count() >= 6 {
            return Some(without_section(without_name(front)).to_owned());
        }
    }
    (!title.is_empty()).then(|| without_section(without_name(title)).to_owned())
}

/// Returns a title without the names of section and site behind its last dashes.
fn without_name(title: &str) -> &str {
    let mut title = title;
    for _ in 0..3 {
        let cuts = DASHES.iter().filter_map(|dash| {
            let (front, name) = title.rsplit_once(dash)?;
            let is_whole =
                letters(front).chars().count() >= MIN_HEADLINE_LETTERS || front.contains(is_cjk);
            (is_whole && is_name(name.trim(), dash)).then(|| front.trim())
        });
        match cuts.max_by_key(|front| front.len()) {
            Some(front) => title = front,
            None => break,
        }
    }
    title
}

/// Whether what stands behind a dash is what a site or section is called.
fn is_name(name: &str, dash: &str) -> bool {
    let n_chars = name.chars().count();
    if name.contains(is_cjk) {
        return n_chars <= MAX_NAME_IDEOGRAPHS && SITE.is_match(name);
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let is_proper = |word: &&str| {
        let is_joint = word.chars().count() <= 3;
        is_joint
            || word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
            || word.contains('.')
    };
    let is_set_off = dash.starts_with(' ');
    is_set_off && (1..=MAX_NAME_WORDS).contains(&words.len()) && words.iter().all(is_proper)
}

/// Whether a title is the name of a site and no headline: some have one for all pages.
pub(super) fn is_site(title: &str) -> bool {
    let is_short = title.chars().count() <= MAX_NAME_IDEOGRAPHS + 4;
    is_short && title.contains(is_cjk) && SITE.is_match(title)
}

/// Returns a headline without the section behind it: `…왜 밀어붙이나"-정치`.
fn without_section(title: &str) -> &str {
    let Some((front, section)) = title.rsplit_once(['-', '_', '|', '–']) else {
        return title;
    };
    let n_letters = section.chars().count();
    let is_section = (1..=MAX_SECTION_LETTERS).contains(&n_letters) && section.chars().all(is_cjk);
    let is_whole = letters(front).chars().count() >= 6;
    if is_section && is_whole {
        front.trim_end()
    } else {
        title
    }
}
