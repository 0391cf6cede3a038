//! News pages that have no feed: a list page, and the articles it links to.

pub mod article;
mod credits;
pub(super) mod dom;
pub mod list;
mod onward;
mod selector;

#[cfg(test)]
pub(super) mod testing;

use regex::Regex;

use crate::model::WebUrl;

pub(super) use list::floor::is_article_address;

pub use selector::Selector;

pub use super::refine::pattern;
pub use super::typed::{BadSelector, Part, Typed};

/// Rules of a list page.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// `[source.list]`: rules of the list; detected without rules if absent.
    pub list: Option<ListRules>,
}

/// `[source.list]`, checked; `S` is the kind of selector (CSS and XPath here, JSON paths in
/// `source::json`).
///
/// Selectors but `container` and `next_page` look into one item.
#[derive(Clone, Debug)]
pub struct ListRules<S = Selector> {
    /// Element that holds the items: there but empty means no news, gone means that the page
    /// was rebuilt. The whole page if absent.
    pub container: Option<S>,
    /// Element of one entry; the list is detected if absent.
    pub item: Option<S>,
    /// Address of an item; its first link if absent.
    pub link: Option<S>,
    /// Headline of an item; the text of its link if absent.
    pub title: Option<S>,
    /// Date of publication.
    pub date: Option<S>,
    /// Teaser.
    pub summary: Option<S>,
    /// Picture.
    pub image: Option<S>,
    /// Author; every match is one.
    pub author: Option<S>,
    /// Category; every match is one.
    pub category: Option<S>,
    /// Id that the site gives the item.
    pub uid: Option<S>,
    /// Pattern of addresses: only items that match are taken.
    pub url_pattern: Option<Regex>,
    /// Upper limit of items, the first ones; all if absent.
    pub limit: Option<usize>,
    /// Address of the list's next page.
    pub next_page: Option<S>,
    /// Upper limit of pages read of the list, the first included.
    pub max_pages: usize,
}

impl<S> Default for ListRules<S> {
    fn default() -> ListRules<S> {
        ListRules {
            container: None,
            item: None,
            link: None,
            title: None,
            date: None,
            summary: None,
            image: None,
            author: None,
            category: None,
            uid: None,
            url_pattern: None,
            limit: None,
            next_page: None,
            max_pages: 3,
        }
    }
}

impl<S> ListRules<S> {
    /// Whether an entry with this address is wanted by `url_pattern`.
    #[must_use]
    pub fn is_wanted(&self, link: Option<&WebUrl>) -> bool {
        match (&self.url_pattern, link) {
            (None, _) => true,
            (Some(pattern), link) => link.is_some_and(|link| pattern.is_match(link.as_str())),
        }
    }
}

/// `[source.article]`, checked. Fields without a rule are found by the usual patterns.
#[derive(Clone, Debug)]
pub struct ArticleRules {
    /// Body; every match is a part of it.
    pub content: Option<Selector>,
    /// Headline.
    pub title: Option<Selector>,
    /// Date of publication.
    pub date: Option<Selector>,
    /// Author; every match is one.
    pub author: Option<Selector>,
    /// Origin, 来源.
    pub origin: Option<Selector>,
    /// Caption of a picture; every match is one.
    pub caption: Option<Selector>,
    /// Elements to remove before anything is read.
    pub remove: Option<Selector>,
    /// Address of the article's next page; a link that says 下一页 if absent.
    pub next_page: Option<Selector>,
    /// Upper limit of pages read of an article, the first included.
    pub max_pages: usize,
    /// Address of the page that has all of the article at once.
    pub single_page_link: Option<Selector>,
}

impl ArticleRules {
    /// Whether anything is read by a rule.
    #[must_use]
    pub fn has_any(&self) -> bool {
        let selectors = [
            &self.content,
            &self.title,
            &self.date,
            &self.author,
            &self.origin,
            &self.caption,
            &self.remove,
            &self.next_page,
            &self.single_page_link,
        ];
        selectors.iter().any(|selector| selector.is_some())
    }
}

impl Default for ArticleRules {
    fn default() -> ArticleRules {
        ArticleRules {
            content: None,
            title: None,
            date: None,
            author: None,
            origin: None,
            caption: None,
            remove: None,
            next_page: None,
            max_pages: 10,
            single_page_link: None,
        }
    }
}
