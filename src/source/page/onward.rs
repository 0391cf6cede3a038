//! Pages that show nothing themselves: where they lead, and what they are instead.

use std::sync::LazyLock;

use regex::Regex;

use super::dom::DomPage;
use super::dom::lines;
use super::dom::script;
use crate::model::{Document, WebUrl};
use crate::source::{ReadError, Setting};
use crate::text::{charset, site};

/// Most letters of a page that is there for leading on.
const MAX_PAGE_LETTERS: usize = 160;

/// The most addresses that a page may lead to.
const MAX_ADDRESSES: usize = 3;

/// Longest line that says what a page is, in characters.
const MAX_LINE_CHARS: usize = 60;

/// Number of lines of a page that may say what it is.
const HEAD_LINES: usize = 12;

/// `content="0; url=…"` of a refresh.
static REFRESH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)^\s*([\d.]*)\s*[;,]\s*url\s*=\s*["']?\s*([^"'\s]+)"#)
        .expect("a constant pattern")
});

/// `location.href = "…"`, `location.replace("…")`
static LOCATION: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"\blocation(?:\.href)?\s*=\s*["']([^"'+]+)["']\s*[;\n<}]?|\blocation\.(?:replace|assign)\(\s*["']([^"'+]+)["']\s*\)"#;
    Regex::new(pattern).expect("a constant pattern")
});

/// Names and addresses of the frame that holds what a page is about.
static MAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)main|content|list|right|body|center|news").expect("a constant pattern")
});

/// The title of a page that stands where another was.
static MISSING: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?xi)^\W*(?:error\W*)?(?:404|410)(?:[\W_]|$)|^\W*(?:page\ )?not\ found\W|^\W*not\ found$|^\W*page\ not\ found|^\W*seite\ nicht\ gefunden|^\W*page\ introuvable|^\W*página\ no\ encontrada
        |^\W*(?:(?:抱歉|对不起|很遗憾|非常抱歉|很抱歉|哎呀|sorry)\W*)?(?:您|你)?(?:所|要)?(?:访问|查看|请求|查找|浏览|找|打开)?的?(?:页面|頁面|网页|文章|内容|信息|栏目|资源|链接|新闻)(?:可能|已经?|被|暂时|暂)*(?:不存在|未找到|找不到|没有找到|无法找到|(?:被)?删除|下线|失效|过期|走丢|丢失)
        |^\W*(?:找不到|未找到|没有找到|无法找到)\p{Han}{0,8}(?:页面|网页|文章|内容|文件|资源)";
    Regex::new(pattern).expect("a constant pattern")
});

/// The title of a page that wants a person to show themselves.
static WALL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?xi)^\W*(?:access\ denied|attention\ required|just\ a\ moment|are\ you\ (?:a\ robot|human)|security\ (?:check|verification)|(?:please\ )?verify\ (?:that\ )?you\ are\ (?:a\ )?human|request\ (?:blocked|rejected)|(?:403\W+)?forbidden|captcha|bot\ verification|robot\ check|ddos\ protection)
        |^\W*(?:当前)?环境异常|^\W*(?:安全|人机|滑动|滑块|身份|访问|行为)(?:验证|校验|认证)(?:码|中|页面)?(?:\W|$)|^\W*(?:访问|请求)(?:被)?(?:拦截|拒绝|受限|异常|禁止)|^\W*(?:您的|您|你的)?(?:访问|请求|操作|ip)(?:过于|太)?(?:频繁|异常|存在异常|疑似)|^\W*请(?:先)?(?:完成|通过|进行)\p{Han}{0,6}(?:验证|校验)|^\W*(?:拖动|拖拽|滑动)\p{Han}{0,6}(?:滑块|拼图)|^\W*请输入\p{Han}{0,4}验证码|\p{Han}*(?:已被|被)\p{Han}{0,6}(?:防火墙|安全狗|云盾|云锁|waf)\p{Han}{0,4}(?:拦截|阻断|拒绝)|请求疑似攻击|^\W*web应用防火墙";
    Regex::new(pattern).expect("a constant pattern")
});

/// Whether a page is the answer of a server that has, or gives, something else
/// with a status of 200: it stands for no list and no article.
pub(super) fn refusal(page: &DomPage) -> Option<ReadError> {
    let root = page.root();
    let says = |text: &str| {
        let is_short = text.chars().nth(MAX_LINE_CHARS).is_none();
        match is_short {
            true if WALL.is_match(text) => Some(ReadError::Wall),
            true if MISSING.is_match(text) => Some(ReadError::Missing),
            _ => None,
        }
    };
    let title = page.title();
    let by_title = title.as_deref().and_then(says);
    let may_be = by_title.is_some() || root.descendants_it().nth(399).is_none();
    if !may_be {
        return None;
    }
    let lines = lines::lines(&root);
    let n_letters = lines::letters(&lines);
    match by_title {
        // An article may be about such pages; it says more than they do.
        Some(refusal) if prose(&lines) <= 2 => Some(refusal),
        _ if n_letters > MAX_PAGE_LETTERS => None,
        _ => lines
            .iter()
            .take(HEAD_LINES)
            .find_map(|line| says(&line.text)),
    }
}

/// Counts the long sentences.
fn prose(lines: &[lines::Line]) -> usize {
    let is_prose = |line: &&lines::Line| {
        let n_chars = line.text.chars().count();
        n_chars > MAX_LINE_CHARS && line.linked * 2 < n_chars
    };
    lines.iter().filter(is_prose).count()
}

/// Lists the pages that a page without a list leads to: by a refresh, a script that does nothing
/// else, or frames. Only pages of the same site.
pub(super) fn links(page: &DomPage, document: &Document, setting: &Setting<'_>) -> Vec<WebUrl> {
    let root = page.root();
    let mut found: Vec<String> = Vec::new();
    let is_little = lines::letters(&lines::lines(&root)) <= MAX_PAGE_LETTERS;
    let named = |name: &'static str| {
        root.descendants_it()
            .filter(move |node| node.has_name(name))
    };
    let refreshes = named("meta").filter(|node| {
        let kind = node.attr("http-equiv").unwrap_or_default();
        kind.eq_ignore_ascii_case("refresh")
    });
    for refresh in refreshes {
        let content = refresh.attr("content").unwrap_or_default();
        found.extend(REFRESH.captures(&content).map(|part| part[2].to_owned()));
    }
    if is_little && found.is_empty() {
        let content_type = document.content_type.as_deref();
        let text = charset::decode_html(&document.body, content_type, setting.encoding).text;
        let forward = script::texts(&text).find_map(|script| LOCATION.captures(script));
        let target = forward.and_then(|part| part.get(1).or(part.get(2)));
        found.extend(target.map(|target| target.as_str().to_owned()));
    }
    let mut frames: Vec<(bool, String)> = Vec::new();
    for frame in named("frame").chain(named("iframe")) {
        let Some(source) = frame.attr("src") else {
            continue;
        };
        let name = frame.attr("name").unwrap_or_default();
        let is_main = MAIN.is_match(&source) || MAIN.is_match(&name);
        frames.push((!is_main, source.to_string()));
    }
    frames.sort_by_key(|(is_other, _)| *is_other);
    found.extend(frames.into_iter().map(|(_, source)| source));
    let own = page.url.host();
    let urls = found
        .iter()
        .filter_map(|reference| page.base.join(reference.trim()));
    let mut kept: Vec<WebUrl> = Vec::new();
    for url in urls.filter(|url| site::of(&url.host()) == site::of(&own) && *url != page.url) {
        if !kept.contains(&url) {
            kept.push(url);
        }
    }
    kept.truncate(MAX_ADDRESSES);
    kept
}

/// Says what a page without a list is instead, and what to do, for people.
pub(super) fn reason(page: &DomPage, document: &Document) -> &'static str {
    let n_letters = lines::letters(&lines::lines(&page.root()));
    let has_script = memchr::memmem::find(&document.body, b"<script").is_some();
    if n_letters == 0 && !has_script {
        return "it shows nothing at all; check the address";
    }
    if n_letters <= MAX_PAGE_LETTERS && has_script {
        return "it is written by a script, which is not run; look in the browser's network tab for \
                the address the script asks, and make that the source (type = \"json\")";
    }
    if has_script {
        return "its links lead around the site, none is an article; the list may be written by a script: \
                look in the browser's network tab for the address that is asked, or name the list by \
                [source.list] item";
    }
    "its links lead around the site, none is an article; check the address, or name the list by \
     [source.list] item"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::page::dom::Scripts;
    use crate::source::page::testing::{document, setting};

    fn page(html: &str) -> DomPage {
        setting(|setting| DomPage::open(&document(html), setting, Scripts::Dropped)).unwrap()
    }

    #[track_caller]
    fn leads(html: &str, want: &[&str]) {
        let found = setting(|setting| links(&page(html), &document(html), setting));
        let found: Vec<&str> = found.iter().map(|url| url.to_url_path()).collect();
        assert_eq!(found, want, "given {html}");
    }

    trait Path {
        fn to_url_path(&self) -> &str;
    }

    impl Path for WebUrl {
        fn to_url_path(&self) -> &str {
            self.as_str().trim_start_matches("https://news.example.cn")
        }
    }

    #[test]
    fn a_page_leads_on_by_refresh_script_or_frame() {
        leads(
            "<meta http-equiv=Refresh content=\"0; URL='xw/index.html'\">",
            &["/jinan/xw/index.html"],
        );
        leads("<script>window.location.href='/xw/';</script>", &["/xw/"]);
        leads(
            "<script>top.location.replace(\"/a.htm\")</script>",
            &["/a.htm"],
        );
        leads(
            "<frameset><frame src=left.htm><frame src=list.htm></frameset>",
            &["/jinan/list.htm", "/jinan/left.htm"],
        );
        leads(
            "<p>x</p><iframe src=//ad.example.com/x></iframe><iframe src=/l.htm></iframe>",
            &["/l.htm"],
        );
        leads(
            "<meta http-equiv=refresh content=300><script>location.href = a + '/b'</script>",
            &[],
        );
        leads(
            "<meta http-equiv=refresh content='0;url=https://other.example/'>",
            &[],
        );
        leads("<meta http-equiv=refresh content='0;url=index.html'>", &[]);
    }

    #[track_caller]
    fn refuses(html: &str, want: Option<&str>) {
        let refusal = refusal(&page(html));
        assert_eq!(refusal.map(|error| error.code()), want, "given {html}");
    }

    #[test]
    fn a_page_that_stands_for_another_says_so() {
        refuses(
            "<title>页面不存在</title><h1>抱歉，您访问的页面不存在或已被删除</h1>",
            Some("missing"),
        );
        refuses(
            "<title>404_青石新闻网</title><ul><li><a href=/a/12345.html>热点新闻</a></ul>",
            Some("missing"),
        );
        refuses(
            "<title>青石网</title><h1>很抱歉，您要访问的文章已被删除</h1>",
            Some("missing"),
        );
        refuses(
            "<title>Page not found – The Paper</title><p>x",
            Some("missing"),
        );
        refuses(
            "<title></title><h2>环境异常</h2><p>完成验证后即可继续访问。</p>",
            Some("challenge"),
        );
        refuses(
            "<title>访问拦截</title><h1>您的访问过于频繁，请稍后再试</h1>",
            Some("challenge"),
        );
        refuses("<title>安全验证</title><p>拖动滑块", Some("challenge"));
        refuses(
            "<title>要闻</title><h1>青石县召开安全验证工作推进会</h1>",
            None,
        );
        refuses(
            "<title>404个村庄通了公交_青石新闻网</title><h1>404个村庄通了公交</h1>",
            None,
        );
    }
}
