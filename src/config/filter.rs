//! Filters and rewrites of entries: `[[source.filter]]`, `[[source.rewrite]]`.

use regex::Regex;

use crate::model::ChannelId;

/// `[[source.filter]]`: condition and action; the first filter that matches an entry decides.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Action on an entry that matches.
    pub action: Action,
    /// Part of the entry that is searched.
    pub field: Field,
    /// Condition on that part.
    pub wanted: Wanted,
}

/// Action of a filter on an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Takes the entry, whatever the filters below say.
    Keep,
    /// Leaves the entry out.
    Drop,
    /// Adds this category.
    Tag(String),
    /// Publishes the entry in this channel too.
    Route(ChannelId),
}

/// Condition of a filter.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// Words of which one has to be contained, in either script of Chinese and any case.
    Contains(Vec<String>),
    /// Expression that has to match.
    Match(Regex),
}

/// Part of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Headline, teaser and text.
    Any,
    /// The headline.
    Title,
    /// The teaser.
    Summary,
    /// The text.
    Content,
    /// The address.
    Url,
    /// Names of the authors.
    Author,
    /// Categories.
    Category,
}

/// `[[source.rewrite]]`: replacement in one part of an entry; all of them apply, in order.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// Part that is changed: headline, teaser, text or address.
    pub field: Field,
    /// Expression that is replaced wherever it matches.
    pub find: Regex,
    /// Replacement; `$1` is the first group.
    pub replace: String,
}
