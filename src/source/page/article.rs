//! An article page: what its rules name, and the rest by the usual patterns.

use super::body::{self, Body};
use super::imprint::Dated;
use super::line::{self, Line};
use super::meta::{self, Meta};
use super::tree::Page;
use super::{ArticleRules, byline, caption, found, headline, imprint, origin, paging, person};
use crate::model::{Article, Document, Figure};
use crate::source::{ReadError, Setting};

/// How many lines above the title may say something of the article.
const ABOVE: usize = 3;

/// How many lines below the title, at most, stand before the text.
const BELOW: usize = 20;

/// How many lines behind the text may name its origin or authors.
const BEHIND: usize = 8;

/// Reads an article page.
///
/// # Errors
///
/// When the page is empty, too much, or not text.
pub fn read(
    rules: &ArticleRules,
    document: &Document,
    setting: &Setting<'_>,
) -> Result<Article, ReadError> {
    let page = Page::open(document, setting)?;
    let next_page = paging::next(rules, &page);
    let single_page = paging::single(rules, &page);
    if let Some(remove) = &rules.remove {
        remove
            .nodes(&page.root())
            .iter()
            .for_each(|node| node.remove_from_parent());
    }
    let root = page.root();
    let meta = meta::read(&page);
    let lines = line::lines(&root);
    let title = rules.title.as_ref().and_then(|title| title.value(&root));
    let title =
        title.or_else(|| headline::find(&root, page.title().as_deref(), meta.title.as_deref()));
    let date = rules
        .date
        .as_ref()
        .and_then(|date| date.date(&root, setting));
    let named = rules.origin.as_ref().and_then(|origin| origin.value(&root));
    let named =
        named.and_then(|named| origin::labelled(&[&named]).or_else(|| origin::name(&named)));
    let class = origin::by_class(&root);
    let signed = rules
        .author
        .as_ref()
        .map(|author| author.values(&root))
        .unwrap_or_default();
    let captions = rules
        .caption
        .as_ref()
        .map(|caption| caption.values(&root))
        .unwrap_or_default();

    let body = match &rules.content {
        Some(content) => body::by_rule(content, &page),
        None => found::body(&page, title.as_deref()),
    };
    let around = Surroundings::of(&lines, title.as_deref(), body.as_ref());
    let found = || published(&around, &meta, &page, &lines, setting);
    let dated = if date.is_some() { None } else { found() };
    let authors = if signed.is_empty() {
        authors(&around, &meta)
    } else {
        people(&signed)
    };
    let origin = named.or_else(|| around.origin(class, &meta));
    Ok(with_body(
        Article {
            title,
            published: date.or(dated.map(|dated| dated.moment)),
            offset: dated.and_then(|dated| dated.offset),
            authors,
            origin,
            captions,
            summary: meta.summary,
            next_page,
            single_page,
            is_reserved: meta.is_reserved,
            canonical: meta
                .canonical
                .as_deref()
                .and_then(|href| page.base.join(href)),
            ..Article::default()
        },
        body,
    ))
}

fn with_body(article: Article, body: Option<Body>) -> Article {
    let Some(body) = body else {
        return article;
    };
    let is_named = !article.captions.is_empty();
    Article {
        content: Some(body.markup),
        figures: lead_first(body.plates.figures),
        captions: if is_named {
            article.captions
        } else {
            body.plates.captions
        },
        ..article
    }
}

/// The pictures, the lead first: what moves before a text is a banner.
fn lead_first(mut figures: Vec<Figure>) -> Vec<Figure> {
    let is_still = |figure: &Figure| !figure.url.to_ascii_lowercase().ends_with(".gif");
    if let Some(at) = figures.iter().position(is_still) {
        figures[..=at].rotate_right(1);
    }
    figures
}

/// An article and what its next page says, as one.
#[must_use]
pub fn joined(first: Article, next: Article) -> Article {
    let content = [first.content, next.content];
    let content: Vec<String> = content.into_iter().flatten().collect();
    let more = next.figures.into_iter();
    let figures = first.figures.iter().cloned();
    let more = more.filter(|figure| !first.figures.iter().any(|own| own.url == figure.url));
    let captions = next.captions.into_iter();
    let captions = captions.filter(|caption| !first.captions.contains(caption));
    Article {
        content: (!content.is_empty()).then(|| content.join("\n")),
        figures: figures.chain(more).collect(),
        captions: first.captions.iter().cloned().chain(captions).collect(),
        // A text is signed at its end.
        authors: if first.authors.is_empty() {
            next.authors
        } else {
            first.authors
        },
        origin: first.origin.or(next.origin),
        next_page: next.next_page,
        is_reserved: first.is_reserved || next.is_reserved,
        ..first
    }
}

/// The lines of a page, parted around the text of the article.
struct Surroundings<'l> {
    head: Vec<&'l str>,
    text: Vec<&'l str>,
    tail: Vec<&'l str>,
}

impl<'l> Surroundings<'l> {
    fn of(lines: &'l [Line], title: Option<&str>, body: Option<&'l Body>) -> Surroundings<'l> {
        let is_title = |line: &Line| {
            title.is_some_and(|title| headline::letters(&line.text) == headline::letters(title))
        };
        let heading = lines.iter().position(is_title);
        let after = heading.map_or(0, |at| at + 1);
        let text = body.map(|body| body.lines.as_slice()).unwrap_or_default();
        let at = |wanted: Option<&Line>, from: usize| {
            let wanted = wanted?;
            let found = lines[from..]
                .iter()
                .position(|line| line.text == wanted.text);
            found.map(|at| from + at)
        };
        let start = at(text.first(), after).or_else(|| at(text.first(), 0));
        let end = start
            .and_then(|start| at(text.last(), start))
            .map_or(lines.len(), |end| end + 1);
        let start = start.unwrap_or(lines.len().min(after + BELOW));
        let from = heading
            .filter(|at| *at < start)
            .unwrap_or(start.saturating_sub(BELOW));
        let strings = |lines: &'l [Line]| -> Vec<&'l str> {
            lines.iter().map(|line| line.text.as_str()).collect()
        };
        let around = body
            .into_iter()
            .flat_map(|body| body.around.iter().map(String::as_str));
        Surroundings {
            head: strings(&lines[from.saturating_sub(ABOVE)..start.min(from + BELOW)]),
            text: strings(text),
            tail: around
                .chain(strings(&lines[end..lines.len().min(end + BEHIND)]))
                .collect(),
        }
    }

    fn is_cjk(&self) -> bool {
        let lines = if self.text.is_empty() {
            &self.head
        } else {
            &self.text
        };
        lines.iter().any(|line| found::is_cjk(line))
    }

    fn origin(&self, class: Option<String>, meta: &Meta) -> Option<String> {
        let end = self.text.len().saturating_sub(BEHIND);
        origin::labelled(&self.head)
            .or_else(|| imprint::origin_by_date(&self.head))
            .or_else(|| origin::labelled(&self.text[end..]))
            .or(class)
            .or_else(|| origin::labelled(&self.tail))
            .or_else(|| imprint::origin_near_date(&self.head))
            .or_else(|| meta.origin.as_deref().and_then(origin::name))
    }
}

/// The date on the page.
///
/// Chinese pages show it to people to the minute and tell machines little or
/// another; elsewhere it is the other way round.
fn published(
    around: &Surroundings<'_>,
    meta: &Meta,
    page: &Page,
    lines: &[Line],
    setting: &Setting<'_>,
) -> Option<Dated> {
    let date = |text: &Option<String>| imprint::date_in_meta(text.as_deref()?, setting);
    let told = date(&meta.published);
    let seen = imprint::date_on(&around.head, setting);
    let in_url = imprint::date_in_url(&page.url, setting);
    let first = match (seen, told) {
        (Some(seen), told) if around.is_cjk() => Some(seen.or_finer(told)),
        (seen, Some(told)) => Some(told.or_finer(seen).or_day_of(in_url.or(seen))),
        (seen, None) => seen,
    };
    // 周四, "Thursday": a day without a year is worth less where pages are old.
    let guess = imprint::guess_on(&around.head, setting);
    let (early, late) = if around.is_cjk() {
        (guess, None)
    } else {
        (None, guess)
    };
    first
        .or(in_url)
        .or_else(|| imprint::date_in_time(&page.root(), setting))
        .or_else(|| imprint::date_on(&around.tail, setting))
        .or(early)
        .or_else(|| date(&meta.modified))
        .or_else(|| imprint::date_anywhere(lines.iter().map(|line| line.text.as_str()), setting))
        .or(late)
}

fn authors(around: &Surroundings<'_>, meta: &Meta) -> Vec<String> {
    let is_prose = |line: &&str| !caption::has_credit(line);
    let text: Vec<&str> = around.text.iter().copied().filter(is_prose).collect();
    let signed = byline::authors(&around.head, &text, &around.tail);
    if !signed.is_empty() {
        return signed;
    }
    // Chinese sites name themselves there.
    let is_person = |name: &&String| !name.contains(person::is_han) || person::is_full_name(name);
    meta.authors.iter().filter(is_person).cloned().collect()
}

/// The names in what a rule found: `记者 张三 李四` is two.
fn people(found: &[String]) -> Vec<String> {
    let mut people: Vec<String> = Vec::new();
    for name in found.iter().flat_map(|text| byline::named(text)) {
        if !people.contains(&name) {
            people.push(name);
        }
    }
    people
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::page::Selector;
    use crate::source::page::testing::{at, document, setting};

    const PAGE: &str = r#"<html><head><title>园区加速新动能项目落地_济南新闻_地方网</title></head><body>
        <div class=crumbs><a href="/">地方网</a> &gt; <a href="/shandong/">山东</a> &gt; 正文</div>
        <h1>园区加速新动能项目落地</h1>
        <div class=info>来源：济南日报 2018-03-16 12:49 <a href="/">https://www.example.cn/</a></div>
        <div id=zoom>
          <p><img src="/loading.gif" data-src="../pic/1.jpg"></p>
          <p>园区各项目正在加速建设。(潘延虎 摄)</p>
          <p>乘势而为，方显大智慧。过去的一年，园区啃下体制机制改革硬骨头，有了新提升。</p>
          <div class=share><a href="/share">分享</a></div>
          <p><a href="2.html">详见</a>实现由单一的生产型园区向综合城市转型。(本报记者 张素芬 李冬阳通讯员 齐龙跃 潘延虎)</p>
        </div>
        <div class=more><h3>新闻推荐</h3><p>□记者王五报道 共享汽车来济南啦</p></div>
        </body></html>"#;

    fn selector(css: &str) -> Option<Selector> {
        Some(Selector::new(&[css.into()]).unwrap())
    }

    fn article(rules: &ArticleRules, html: &str) -> Article {
        setting(|setting| read(rules, &document(html), setting)).unwrap()
    }

    #[test]
    fn the_content_is_named_and_the_rest_is_found() {
        let rules = ArticleRules {
            content: selector("#zoom"),
            remove: selector(".share"),
            ..ArticleRules::default()
        };
        let article = article(&rules, PAGE);
        assert_eq!(article.title.as_deref(), Some("园区加速新动能项目落地"));
        let published = article.published.unwrap();
        assert_eq!(published.at, at("2018-03-16T12:49:00+08:00"));
        assert_eq!(article.origin.as_deref(), Some("济南日报"));
        assert_eq!(article.authors, ["张素芬", "李冬阳", "齐龙跃", "潘延虎"]);
        assert_eq!(article.captions, ["园区各项目正在加速建设。(潘延虎 摄)"]);
        assert_eq!(article.figures.len(), 1);
        assert_eq!(article.figures[0].url, "https://news.example.cn/pic/1.jpg");
        assert_eq!(
            article.figures[0].caption.as_deref(),
            Some("园区各项目正在加速建设。(潘延虎 摄)")
        );
        let content = article.content.unwrap();
        assert!(
            content.contains("https://news.example.cn/jinan/2.html"),
            "{content}"
        );
        assert!(
            !content.contains("分享") && !content.contains("新闻推荐"),
            "{content}"
        );
    }

    #[test]
    fn rules_win_over_what_is_found() {
        let origin = crate::source::page::Typed {
            regex: Some(r"来源[:：]\s*(\S+)".to_owned()),
            ..".info".into()
        };
        let rules = ArticleRules {
            content: selector("#zoom"),
            title: selector("h3"),
            date: selector(".info"),
            author: selector(".more p"),
            origin: Some(Selector::new(&[origin]).unwrap()),
            caption: selector("#zoom p:nth-child(2)"),
            ..ArticleRules::default()
        };
        let article = article(&rules, PAGE);
        assert_eq!(article.title.as_deref(), Some("新闻推荐"));
        assert_eq!(article.authors, ["王五"]);
        assert_eq!(article.origin.as_deref(), Some("济南日报"));
        assert_eq!(article.captions.len(), 1);
    }

    #[test]
    fn a_content_rule_that_matches_nothing_gives_no_content() {
        let rules = ArticleRules {
            content: selector("#gone"),
            ..ArticleRules::default()
        };
        let article = article(&rules, PAGE);
        assert_eq!(article.content, None);
        assert_eq!(article.origin.as_deref(), Some("济南日报"));
    }

    #[test]
    fn without_rules_the_body_is_found() {
        let text =
            "乘势而为，方显大智慧。过去的一年，园区啃下体制机制改革硬骨头，有了新提升。".repeat(4);
        let html = PAGE.replace("乘势而为", &text);
        let article = article(&ArticleRules::default(), &html);
        assert!(article.content.unwrap().contains("方显大智慧"));
        assert_eq!(article.authors, ["张素芬", "李冬阳", "齐龙跃", "潘延虎"]);
    }

    #[test]
    fn what_is_no_page_is_an_error() {
        let codes = [
            ("", "empty"),
            ("  \n", "empty"),
            ("%PDF-1.7 abc", "broken"),
            ("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "broken"),
        ];
        for (given, want) in codes {
            let got = setting(|setting| read(&ArticleRules::default(), &document(given), setting));
            assert_eq!(got.unwrap_err().code(), want, "given {given:?}");
        }
    }
}
