//! What is done to the entries of a source: `[[source.filter]]`, `[[source.rewrite]]`.

use regex::Regex;

use crate::model::ChannelId;

/// `[[source.filter]]`: the first one that matches an entry decides.
#[derive(Clone, Debug)]
pub struct Filter {
    /// What is done.
    pub action: Action,
    /// Where is looked.
    pub field: Field,
    /// What is looked for.
    pub wanted: Wanted,
}

/// What a filter does with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is taken, whatever the filters below say.
    Keep,
    /// It is left out.
    Drop,
    /// It gets one more category.
    Tag(String),
    /// It appears in this channel too.
    Route(ChannelId),
}

/// What a filter looks for.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// One of these, in either script of Chinese and any case.
    Contains(Vec<String>),
    /// What this matches.
    Match(Regex),
}

/// A part of an entry.
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
    /// Who wrote it.
    Author,
    /// Its categories.
    Category,
}

/// `[[source.rewrite]]`, all of them in order.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// What is changed; a headline, a teaser, a text or an address.
    pub field: Field,
    /// What is replaced.
    pub find: Regex,
    /// By what; `$1` is the first group.
    pub replace: String,
}
