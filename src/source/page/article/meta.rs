//! Metadata of a page for machines: `<meta>` and JSON-LD.

use std::collections::HashMap;

use dom_query::NodeRef;
use html5ever::tendril::StrTendril;

use super::{json_ld, no_archive};
use crate::source::page::dom::{DomPage, fold};

/// Upper limit of JSON-LD blocks read on one page.
const MAX_SCRIPTS: usize = 16;

/// Upper limit of `<time>` elements read on one page.
const MAX_TIMES: usize = 20;

/// Statements of a page for machines; every field as written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::source::page) struct Meta {
    pub(in crate::source::page) title: Option<String>,
    pub(in crate::source::page) published: Option<String>,
    /// Date of its last change; better than nothing.
    pub(in crate::source::page) modified: Option<String>,
    /// Values of `datetime` of its first `<time>` elements.
    pub(in crate::source::page) times: Vec<String>,
    /// Authors as JSON-LD has them, people first.
    pub(in crate::source::page) authors: Vec<String>,
    /// Authors that JSON-LD says to be people.
    pub(in crate::source::page) people: Vec<String>,
    /// Authors as `<meta>` has them.
    pub(in crate::source::page) named: Vec<String>,
    /// Names of site and publisher.
    pub(in crate::source::page) site: Vec<String>,
    pub(in crate::source::page) origin: Option<String>,
    pub(in crate::source::page) image: Option<String>,
    /// Summary in a sentence or two.
    pub(in crate::source::page) summary: Option<String>,
    /// Whether the page asks not to be shown elsewhere.
    pub(in crate::source::page) is_reserved: bool,
    /// Address that the page gives itself: `rel=canonical`, else `og:url`.
    pub(in crate::source::page) canonical: Option<String>,
}

/// Names of elements with the date of publication, most telling first.
const PUBLISHED: &[&str] = &[
    "article:published_time",
    "og:published_time",
    "og:article:published_time",
    "article:published",
    "article.published",
    "article:publicationdate",
    "datepublished",
    "date_published",
    "date-published",
    "published-date",
    "published_date",
    "publisheddate",
    "published_time",
    "published_at",
    "publication_date",
    "publication-date",
    "publicationdate",
    "rnews:datepublished",
    "dateupdate",
    "pubdate",
    "pub_date",
    "ptime",
    "publishdate",
    "publish_date",
    "publish-date",
    "publishtime",
    "publish_time",
    "publish-time",
    "originalpublicationdate",
    "article_date_original",
    "displaydate",
    "og:release_date",
    "apub:time",
    "weibo: article:create_at",
    "weibo:article:create_at",
    "date",
    "dc.date",
    "dc.date.issued",
    "dc:date",
    "dcterms.date",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.created",
    "citation_publication_date",
    "citation_date",
    "prism.publicationdate",
    "parsely-pub-date",
    "sailthru.date",
    "shareaholic:article_published_time",
    "bytedance:published_time",
    "cxenseparse:recs:publishtime",
    "firstpublishedtime",
    "article:post_date",
    "article:created",
    "datecreated",
    "date_created",
    "created",
    "creation_date",
    "dateposted",
    "release_date",
    "og:regdate",
    "doc_date",
];

/// Names of elements with the date of the last change.
const MODIFIED: &[&str] = &[
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "date_modified",
    "modified-date",
    "modified_date",
    "modified-time",
    "dcterms.modified",
    "dc.date.modified",
    "last-modified",
    "lastmod",
    "revised",
    "updated",
    "update_date",
];

/// Names of elements with an author, most telling first.
const AUTHOR: &[&str] = &[
    "author",
    "article:author",
    "og:article:author",
    "parsely-author",
    "sailthru.author",
    "byl",
    "dc.creator",
    "dc:creator",
    "dcterms.creator",
    "citation_author",
    "cxenseparse:author",
    "authors",
    "article.author",
    "creator",
    "twitter:data1",
];

/// Words beside an author in what a page gives for the card of a link.
const WRITTEN_BY: &str = "\
    written by | verfasst von | écrit par | escrito por | scritto da | geschreven door | \
    skrevet af | skrevet av | skriven av | napisane przez | автор | написано автором | \
    kirjoittanut | 작성자 | 著者 | 執筆者 | 作者 | 撰写 | author | by";

/// Upper limit of authors read from `<meta>`.
const MAX_AUTHORS: usize = 32;

/// Elements that speak to machines.
#[derive(Default)]
struct Told {
    named: HashMap<String, String>,
    /// Name and content of elements with an author.
    authors: Vec<(&'static str, String)>,
    canonical: Option<String>,
    linked: Vec<StrTendril>,
    times: Vec<String>,
    /// First `<time>` that is marked as the date of publication.
    marked: Option<String>,
}

impl Told {
    /// Collects all of them, in one walk.
    fn by(root: &NodeRef<'_>) -> Told {
        let mut told = Told::default();
        for node in root.descendants_it() {
            let Some(name) = node.qual_name_ref().map(|name| name.local.clone()) else {
                continue;
            };
            match &*name {
                "meta" => told.meta(&node),
                "link" => told.link(&node),
                "script" => told.script(&node),
                "time" => told.time(&node),
                _ => {}
            }
        }
        told
    }

    fn time(&mut self, node: &NodeRef<'_>) {
        let Some(time) = node.attr("datetime") else {
            return;
        };
        if self.times.len() < MAX_TIMES {
            self.times.push(time.to_string());
        }
        let says = |key: &str, word: &str| {
            let value = node.attr(key).unwrap_or_default();
            value.to_ascii_lowercase().contains(word)
        };
        let is_marked = node.has_attr("pubdate")
            || says("itemprop", "datepublished")
            || says("class", "published");
        if is_marked && self.marked.is_none() {
            self.marked = Some(time.to_string());
        }
    }

    fn meta(&mut self, node: &NodeRef<'_>) {
        let name = ["property", "name", "itemprop", "http-equiv"]
            .iter()
            .find_map(|key| node.attr(key));
        let content = node.attr("content").map(|content| fold(&content));
        let content = content.filter(|content| !content.is_empty());
        let Some((name, content)) = name.zip(content) else {
            return;
        };
        let name = name.trim().to_ascii_lowercase();
        if name.ends_with("ld+json") {
            self.linked.push(content.into());
            return;
        }
        let author = AUTHOR.iter().find(|author| **author == name);
        if let Some(author) = author.filter(|_| self.authors.len() < MAX_AUTHORS) {
            self.authors.push((author, content.clone()));
        }
        match self.named.get_mut(&name) {
            // Robots are told in several words, or in several elements.
            Some(known) if name == "robots" => {
                known.push(',');
                known.push_str(&content);
            }
            Some(_) => {}
            None => {
                self.named.insert(name, content);
            }
        }
    }

    /// Lists the authors of the most telling name that has any.
    fn authors(&self) -> Vec<String> {
        let label = self
            .named
            .get("twitter:label1")
            .map(|label| label.to_lowercase());
        let is_written =
            label.is_some_and(|label| WRITTEN_BY.split(" | ").any(|known| known == label));
        let of = |name: &&str| -> Vec<String> {
            if *name == "twitter:data1" && !is_written {
                return Vec::new();
            }
            let own = self.authors.iter().filter(|(own, _)| own == name);
            let own = own.map(|(_, content)| content.clone());
            own.filter(|author| !author.starts_with("http")).collect()
        };
        AUTHOR
            .iter()
            .map(of)
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    fn link(&mut self, node: &NodeRef<'_>) {
        let is_canonical = || {
            let rel = node.attr("rel").unwrap_or_default();
            rel.split_whitespace()
                .any(|word| word.eq_ignore_ascii_case("canonical"))
        };
        if self.canonical.is_none() && is_canonical() {
            self.canonical = node.attr("href").map(|href| href.trim().to_owned());
        }
    }

    fn script(&mut self, node: &NodeRef<'_>) {
        let is_linked = node
            .attr("type")
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"));
        if is_linked && self.linked.len() < MAX_SCRIPTS {
            self.linked.push(node.text());
        }
    }
}

/// Reads `<meta>` and JSON-LD. JSON-LD goes first for dates and authors, `<meta>` for title
/// and picture.
pub(in crate::source::page) fn read(page: &DomPage) -> Meta {
    let root = page.root();
    let told = Told::by(&root);
    let named = &told.named;
    let first = |names: &[&str]| names.iter().find_map(|name| named.get(*name).cloned());
    let linked = json_ld::read(&told.linked);
    let site = first(&["og:site_name", "application-name", "twitter:site"]);
    Meta {
        times: told.times.clone(),
        canonical: told.canonical.clone().or_else(|| first(&["og:url"])),
        title: first(&["og:title", "articletitle", "twitter:title", "dc.title"]).or(linked.title),
        published: linked
            .published
            .or_else(|| first(PUBLISHED))
            .or_else(|| told.marked.clone()),
        modified: linked.modified.or_else(|| first(MODIFIED)),
        people: linked.people,
        authors: linked.authors.into_iter().chain(linked.bodies).collect(),
        named: told.authors(),
        site: site.into_iter().chain(linked.publisher).collect(),
        origin: first(&["contentsource", "mediaid", "source", "article:source"]),
        image: first(&["og:image", "twitter:image", "og:image:url"]).or(linked.image),
        summary: first(&["og:description", "description", "twitter:description"]),
        is_reserved: first(&["gazetted"])
            .or_else(|| first(&["robots"]))
            .is_some_and(|robots| no_archive::by_words(&robots)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::page::dom::Scripts;
    use crate::source::page::testing::{document, setting};

    fn meta(html: &str) -> Meta {
        let page =
            setting(|setting| DomPage::open(&document(html), setting, Scripts::Dropped)).unwrap();
        read(&page)
    }

    #[test]
    fn the_most_telling_name_wins() {
        let meta = meta(
            r#"<meta name=date content="2018-03-17"><meta name="Published-Date" content="2018-03-16">
               <meta name="modified-time" content="2018-03-18"><link rel="alternate canonical" href=" /a.html ">"#,
        );
        assert_eq!(meta.published.as_deref(), Some("2018-03-16"));
        assert_eq!(meta.modified.as_deref(), Some("2018-03-18"));
        assert_eq!(meta.canonical.as_deref(), Some("/a.html"));
    }

    #[test]
    fn a_time_may_be_marked_as_that_of_publication() {
        let meta = meta(
            "<time datetime=2018-03-17>17.3.</time><time class='entry-date published' datetime=2018-03-16>16.3.</time>",
        );
        assert_eq!(meta.published.as_deref(), Some("2018-03-16"));
        assert_eq!(meta.times, ["2018-03-17", "2018-03-16"]);
    }

    #[test]
    fn json_is_read_as_pages_have_it() {
        for (before, behind) in [
            ("", ""),
            ("<![CDATA[", "]]>"),
            ("//<![CDATA[\n", "\n//]]>"),
            ("/*<![CDATA[*/", "/*]]>*/"),
            ("<!--", "-->"),
            ("", ";"),
        ] {
            let html = format!(
                r#"<script type="application/ld+json">{before}[{{"@type":"BreadcrumbList"}},{{"@graph":[
                {{"@type":["NewsArticle"],"headline":"大明湖
                今日免费开放","datePublished":"2018-03-16T12:49:00+08:00","dateModified":"2018-03-17"}}]}}]{behind}</script>"#
            );
            let meta = meta(&html);
            assert_eq!(
                meta.title.as_deref(),
                Some("大明湖 今日免费开放"),
                "given {html}"
            );
            let published = meta.published.as_deref();
            assert_eq!(published, Some("2018-03-16T12:49:00+08:00"));
            assert_eq!(meta.modified.as_deref(), Some("2018-03-17"));
        }
    }

    #[test]
    fn json_may_stand_in_an_element_for_names() {
        let meta = meta(
            r#"<meta name="script:ld+json" content="{&quot;@type&quot;:&quot;Article&quot;,&quot;datePublished&quot;:&quot;2018-03-16&quot;}">"#,
        );
        assert_eq!(meta.published.as_deref(), Some("2018-03-16"));
    }

    #[test]
    fn what_asks_not_to_be_shown_is_reserved() {
        assert!(meta(r#"<meta name=robots content="index, NOARCHIVE">"#).is_reserved);
        assert!(
            meta("<meta name=robots content=noodp><meta name=robots content=noindex>").is_reserved
        );
        assert!(!meta(r#"<meta name=robots content="index, follow">"#).is_reserved);
    }
}
