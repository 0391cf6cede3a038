//! News pages that have no feed: a list page, and the articles it links to.

mod anchor;
mod around;
pub mod article;
mod body;
mod byline;
mod caption;
mod dated;
mod detect;
mod entry;
mod floor;
mod found;
mod guard;
mod headline;
mod held;
mod imprint;
mod item;
mod leaf;
mod line;
mod linked;
pub mod list;
mod meta;
mod onward;
mod origin;
mod paging;
mod person;
mod pick;
mod picture;
mod reserved;
pub(super) mod script;
mod selector;
mod sitename;
pub mod sketch;
mod tail;
#[cfg(test)]
pub(super) mod testing;
pub(super) mod tree;
pub(super) mod written;
mod xpath;

use regex::Regex;

use crate::model::WebUrl;

pub(super) use floor::is_article_address;

pub use selector::Selector;

pub use super::refine::pattern;
pub use super::typed::{BadSelector, Part, Typed};

/// What to look for on a list page.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// `[source.list]`: how to read the list; it is found by itself if absent.
    pub list: Option<ListRules>,
}

/// `[source.list]`, checked; `S` is how its values are found.
///
/// Selectors but `container` and `next_page` look into one item.
#[derive(Clone, Debug)]
pub struct ListRules<S = Selector> {
    /// What holds the items: there but empty means no news, gone means that the
    /// page was rebuilt. The whole page if absent.
    pub container: Option<S>,
    /// One entry; the list is found by itself if absent.
    pub item: Option<S>,
    /// Where to read it; the first link of the item if absent.
    pub link: Option<S>,
    /// Its headline; the text of its link if absent.
    pub title: Option<S>,
    /// When it was published.
    pub date: Option<S>,
    /// Its teaser.
    pub summary: Option<S>,
    /// Its picture.
    pub image: Option<S>,
    /// Who wrote it; every match is one.
    pub author: Option<S>,
    /// Its categories; every match is one.
    pub category: Option<S>,
    /// What the site calls it.
    pub uid: Option<S>,
    /// Only items whose address matches.
    pub url_pattern: Option<Regex>,
    /// The most items, the first ones; all if absent.
    pub limit: Option<usize>,
    /// Where the list goes on.
    pub next_page: Option<S>,
    /// How many pages of the list are read at most.
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
    /// Whether an entry with this address is wanted.
    #[must_use]
    pub fn is_wanted(&self, link: Option<&WebUrl>) -> bool {
        match (&self.url_pattern, link) {
            (None, _) => true,
            (Some(pattern), link) => link.is_some_and(|link| pattern.is_match(link.as_str())),
        }
    }
}

/// `[source.article]`, checked. What is absent is found by the usual patterns.
#[derive(Clone, Debug)]
pub struct ArticleRules {
    /// The body; every match is a part of it.
    pub content: Option<Selector>,
    /// The headline.
    pub title: Option<Selector>,
    /// When it was published.
    pub date: Option<Selector>,
    /// Who wrote it; every match is one.
    pub author: Option<Selector>,
    /// 来源
    pub origin: Option<Selector>,
    /// Captions of pictures.
    pub caption: Option<Selector>,
    /// What to take out before anything is read.
    pub remove: Option<Selector>,
    /// Where the article goes on; a link that says 下一页 if absent.
    pub next_page: Option<Selector>,
    /// How many pages of an article are read at most.
    pub max_pages: usize,
    /// The page that has all of the article at once.
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
