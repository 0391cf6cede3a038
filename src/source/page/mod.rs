//! News pages that have no feed: a list page, and the articles it links to.

pub mod article;
pub mod list;

/// What `[source.list]` and `[source.article]` say, checked.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How to read the list.
    pub list: ListRules,
    /// How to read the articles; they are not fetched if absent.
    pub article: Option<ArticleRules>,
}

/// `[source.list]`, checked.
#[derive(Clone, Debug)]
pub struct ListRules {}

/// `[source.article]`, checked.
#[derive(Clone, Debug)]
pub struct ArticleRules {}
