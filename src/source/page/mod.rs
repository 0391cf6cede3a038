//! News pages that have no feed: a list page, and the articles it links to.

mod anchor;
pub mod article;
mod body;
mod byline;
mod caption;
mod detect;
mod found;
mod guard;
mod headline;
mod imprint;
mod line;
pub mod list;
mod meta;
mod origin;
mod person;
mod pick;
mod picture;
mod selector;
mod tail;
#[cfg(test)]
mod testing;
mod tree;

use regex::Regex;

pub use selector::{BadSelector, Part, Selector, Typed, pattern};

/// What `[source.list]` and `[source.article]` say, checked.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How to read the list; it is found by itself if absent.
    pub list: Option<ListRules>,
    /// How to read the articles; they are not fetched if absent.
    pub article: Option<ArticleRules>,
}

/// `[source.list]`, checked.
///
/// Selectors but `container` look into one item.
#[derive(Clone, Debug)]
pub struct ListRules {
    /// What holds the items: there but empty means no news, gone means that the
    /// page was rebuilt. The whole page if absent.
    pub container: Option<Selector>,
    /// One entry.
    pub item: Selector,
    /// Where to read it; the first link of the item if absent.
    pub link: Option<Selector>,
    /// Its headline; the text of its link if absent.
    pub title: Option<Selector>,
    /// When it was published.
    pub date: Option<Selector>,
    /// Its teaser.
    pub summary: Option<Selector>,
    /// Its picture.
    pub image: Option<Selector>,
    /// Who wrote it; every match is one.
    pub author: Option<Selector>,
    /// Its categories; every match is one.
    pub category: Option<Selector>,
    /// What the site calls it.
    pub uid: Option<Selector>,
    /// Only items whose address matches.
    pub url_pattern: Option<Regex>,
    /// The most items, the first ones; all if absent.
    pub limit: Option<usize>,
}

/// `[source.article]`, checked. What is absent is found by the usual patterns.
#[derive(Clone, Debug, Default)]
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
}
