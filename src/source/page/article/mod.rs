//! Article pages: fields that rules name, and the rest by the usual patterns.

pub(super) mod body;
pub(super) mod boilerplate;
pub(super) mod density;
pub(super) mod headline;
mod held;
pub(super) mod json_ld;
pub(super) mod meta;
pub(super) mod no_archive;
pub(super) mod paging;
mod sitename;
pub(super) mod surroundings;
mod wechat;

use dom_query::NodeRef;

use super::credits::marked::Marked;
use super::credits::{byline, marked, origin, writer};
use super::dom::lines;
use super::dom::lines::Line;
use super::dom::picture;
use super::dom::{DomPage, Scripts};
use super::{ArticleRules, Selector, onward};
use crate::model::{Article, Document, Figure, WebUrl};
use crate::source::{ReadError, Setting};
use body::Body;
use meta::Meta;
use surroundings::Surroundings;

/// Reads an article page.
///
/// # Errors
///
/// If the page is empty, too much, or not text.
pub fn read(
    rules: &ArticleRules,
    document: &Document,
    setting: &Setting<'_>,
) -> Result<Article, ReadError> {
    let mut page = DomPage::open(document, setting, Scripts::for_rules(rules.has_any()))?;
    if let Some(refusal) = onward::refusal(&page) {
        return Err(refusal);
    }
    let next_page = paging::next(rules, &page, document);
    let single_page = paging::single(rules, &page);
    if let Some(remove) = &rules.remove {
        remove
            .nodes(&page.root(), &page.budget)
            .iter()
            .for_each(|node| node.remove_from_parent());
    }
    let root = page.root();
    let mut told = meta::read(&page);
    let wechat = wechat::told(document, &root);
    if let Some(wechat) = &wechat {
        told.published = told.published.or(wechat.published.clone());
    }
    let shown = shown(&root, &page.base);
    let values = |selector: &Option<Selector>| {
        selector
            .as_ref()
            .map(|selector| selector.values(&root, &page.budget))
            .unwrap_or_default()
    };
    let ruled = rules
        .title
        .as_ref()
        .and_then(|title| title.value(&root, &page.budget));
    let is_title_ruled = ruled.is_some();
    let title =
        ruled.or_else(|| headline::find(&root, page.title().as_deref(), told.title.as_deref()));
    let date = rules
        .date
        .as_ref()
        .and_then(|date| date.date(&root, (&page.budget, setting)));
    let named = rules
        .origin
        .as_ref()
        .and_then(|origin| origin.value(&root, &page.budget));
    let named =
        named.and_then(|named| origin::labelled(&[&named]).or_else(|| origin::name(&named)));
    let class = origin::by_class(&root);
    let marked = match told.authors.iter().any(|name| writer::is_person(name)) {
        true => Marked::default(),
        false => marked::authors(&root, title.as_deref()),
    };
    let signed = values(&rules.author);
    let captions = values(&rules.caption);

    let body = match &rules.content {
        Some(content) => body::by_rule(content, &page),
        // It takes the page apart.
        None => {
            let found = density::body(&mut page, title.as_deref(), &shown.lines);
            held::instead(found, &page, document, setting)
        }
    };
    let unmatched = [
        ("content", rules.content.is_some() && body.is_none()),
        ("title", rules.title.is_some() && !is_title_ruled),
        ("date", rules.date.is_some() && date.is_none()),
        ("origin", rules.origin.is_some() && named.is_none()),
    ];
    let unmatched = unmatched.into_iter().filter(|(_, is_missed)| *is_missed);
    let around = Surroundings::of(&shown.lines, title.as_deref(), body.as_ref());
    let dated = match date {
        Some(_) => None,
        None => around.published(&told, &page.url, setting),
    };
    let authors = if signed.is_empty() {
        around.authors(&marked, &told)
    } else {
        people(&signed)
    };
    let account = wechat.and_then(|wechat| wechat.account);
    let origin = named.or(account).or_else(|| around.origin(class, &told));
    let leads = around.pictures(&shown.pictures);
    let leads = leads.chain(shared_picture(&told, &page.base)).collect();
    page.budget.check()?;
    Ok(with_body(
        Article {
            title,
            published: date.or(dated.map(|dated| dated.moment)),
            is_title_ruled,
            is_date_ruled: date.is_some(),
            unmatched: unmatched.map(|(key, _)| key).collect(),
            offset: dated.and_then(|dated| dated.offset),
            authors,
            origin,
            figures: leads,
            captions,
            summary: told.summary,
            next_page,
            single_page,
            is_reserved: told.is_reserved || no_archive::by_header(&document.robots),
            canonical: told
                .canonical
                .as_deref()
                .and_then(|href| page.base.join(href)),
            ..Article::default()
        },
        body,
    ))
}

/// Lines and pictures that a page shows.
struct Shown {
    lines: Vec<Line>,
    /// Addresses of the pictures, absolute; `None` for one that can be no lead.
    pictures: Vec<Option<String>>,
}

/// Collects the lines and pictures that the page shows, with the text that its scripts would
/// show.
fn shown(root: &NodeRef<'_>, base: &WebUrl) -> Shown {
    let mut view = lines::view(root);
    if lines::reveal(&view) {
        view = lines::view(root);
    }
    let lead = |node: &NodeRef<'_>| {
        let reference = picture::reference(node).filter(|_| picture::may_lead(node))?;
        Some(base.join(&reference)?.as_str().to_owned())
    };
    Shown {
        lines: view.lines,
        pictures: view.pictures.iter().map(lead).collect(),
    }
}

/// Finds the picture that a page gives those who link to it, unless it is a sign (logo,
/// icon).
fn shared_picture(told: &Meta, base: &WebUrl) -> Option<Figure> {
    let shared = told
        .image
        .as_deref()
        .filter(|url| !picture::says_sign(url))?;
    Some(Figure {
        url: base.join(shared)?.as_str().to_owned(),
        caption: None,
    })
}

fn with_body(article: Article, body: Option<Body>) -> Article {
    let Some(body) = body else {
        return article;
    };
    let is_named = !article.captions.is_empty();
    Article {
        content: Some(body.markup),
        figures: if body.plates.figures.is_empty() {
            article.figures
        } else {
            lead_first(body.plates.figures)
        },
        captions: if is_named {
            article.captions
        } else {
            body.plates.captions
        },
        ..article
    }
}

/// Moves the lead picture to the front: the first that is no GIF, as a moving picture before
/// a text is a banner.
fn lead_first(mut figures: Vec<Figure>) -> Vec<Figure> {
    let is_still = |figure: &Figure| !figure.url.to_ascii_lowercase().ends_with(".gif");
    if let Some(at) = figures.iter().position(is_still) {
        figures[..=at].rotate_right(1);
    }
    figures
}

/// Joins an article and its next page: texts one after the other, pictures and captions once,
/// other fields of the first.
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

/// Lists the names in what a rule found, each once: `记者 张三 李四` is two.
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
