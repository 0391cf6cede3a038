//! Cards of all sources for readers, made once and kept true: a page names a few of them, and there
//! may be ten thousand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, Weak};

use crate::config::{Config, Source};
use crate::model::{SourceId, WebUrl};
use crate::publish::SourceCard;
use crate::store::{SourceName, SourceNames};
use crate::sync;

/// Cards by source; also of those that left feeds.toml, and by former names.
pub(super) type SourceCards = BTreeMap<SourceId, SourceCard>;

/// Cards of the last configuration and the last names that were asked for.
#[derive(Debug, Default)]
pub(super) struct CardBoard(Mutex<Option<Board>>);

/// Cards, and what they were made of.
#[derive(Debug)]
struct Board {
    /// Compared by address, which stays taken while this is kept.
    config: Weak<Config>,
    names: Arc<SourceNames>,
    /// Former names of sources that are polled: their cards are those of these.
    aliases: BTreeSet<SourceId>,
    cards: Arc<SourceCards>,
}

impl CardBoard {
    /// Returns the card of each source of `config` (title and site by the admin, else as `names`
    /// has them), and of those that were. `ours` stands for an address where none is known.
    ///
    /// After a name has changed, its card alone is made anew.
    pub(super) fn cards(
        &self,
        config: &Arc<Config>,
        names: Arc<SourceNames>,
        ours: &WebUrl,
    ) -> Arc<SourceCards> {
        let mut kept = sync::lock(&self.0);
        let is_current = |board: &Board| board.config.as_ptr() == Arc::as_ptr(config);
        let mut board = match kept.take().filter(is_current) {
            Some(board) => board,
            None => Board::new(config),
        };
        if !Arc::ptr_eq(&board.names, &names) {
            board.follow(config, names, ours);
        }
        let cards = Arc::clone(&board.cards);
        *kept = Some(board);
        cards
    }
}

impl Board {
    /// Makes the board of a configuration, of whose sources no name is known.
    fn new(config: &Arc<Config>) -> Board {
        let sources = config.sources.values();
        let aliases = sources
            .clone()
            .flat_map(|source| source.was.iter().cloned());
        let mut board = Board {
            config: Arc::downgrade(config),
            names: Arc::default(),
            aliases: aliases.collect(),
            cards: Arc::default(),
        };
        for source in sources {
            board.show(source, None);
        }
        board
    }

    /// Makes the cards anew whose names are others.
    fn follow(&mut self, config: &Config, names: Arc<SourceNames>, ours: &WebUrl) {
        let is_same = |id: &SourceId, name: &Arc<SourceName>| {
            let before = self.names.get(id);
            before.is_some_and(|before| Arc::ptr_eq(before, name))
        };
        let new = names.iter().filter(|(id, name)| !is_same(id, name));
        let new: Vec<(SourceId, Option<Arc<SourceName>>)> = new
            .map(|(id, name)| (id.clone(), Some(Arc::clone(name))))
            .collect();
        let gone = self.names.keys().filter(|id| !names.contains_key(*id));
        let gone: Vec<(SourceId, Option<Arc<SourceName>>)> =
            gone.map(|id| (id.clone(), None)).collect();
        for (id, name) in new.into_iter().chain(gone) {
            match config.sources.get(&id) {
                Some(source) => self.show(source, name.as_deref()),
                None if self.aliases.contains(&id) => {}
                None => self.show_former(id, name.as_deref(), ours),
            }
        }
        self.names = names;
    }

    /// Makes the card of a source that is polled, under all its names.
    fn show(&mut self, source: &Source, name: Option<&SourceName>) {
        let title = name.and_then(|name| name.title.as_deref());
        let site = name.and_then(|name| name.site.as_ref());
        let card = SourceCard::of(source, title, site);
        let cards = Arc::make_mut(&mut self.cards);
        for was in &source.was {
            cards.insert(was.clone(), card.clone());
        }
        cards.insert(source.id.clone(), card);
    }

    /// Makes the card of a source that left feeds.toml.
    fn show_former(&mut self, id: SourceId, name: Option<&SourceName>, ours: &WebUrl) {
        let title = name.and_then(|name| name.title.as_deref());
        let site = name.and_then(|name| name.site.as_ref());
        let cards = Arc::make_mut(&mut self.cards);
        match SourceCard::former(title, site, ours) {
            Some(card) => drop(cards.insert(id, card)),
            None => drop(cards.remove(&id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> SourceId {
        text.parse().unwrap()
    }

    fn names(all: &[(&str, &str)]) -> Arc<SourceNames> {
        let name = |title: &str| SourceName {
            title: Some(title.to_owned()),
            site: None,
        };
        let all = all.iter();
        Arc::new(
            all.map(|(source, title)| (id(source), Arc::new(name(title))))
                .collect(),
        )
    }

    fn config(sources: &[(&str, Option<&str>)]) -> Arc<Config> {
        let source = |(name, was): &(&str, Option<&str>)| {
            let was = was.map_or_else(String::new, |was| format!("was = [\"{was}\"]\n"));
            format!("[[source]]\nid = \"{name}\"\nurl = \"https://paper.example/{name}\"\n{was}")
        };
        let text: String = sources.iter().map(source).collect();
        Arc::new(Config::parse("feeds.toml", &text).unwrap())
    }

    #[track_caller]
    fn check(cards: &SourceCards, want: &[(&str, &str)]) {
        let found: Vec<(&str, &str)> = cards
            .iter()
            .map(|(id, card)| (id.as_str(), card.title.as_str()))
            .collect();
        assert_eq!(found, want);
    }

    #[test]
    fn cards_follow_names_and_configuration() {
        let ours = WebUrl::parse("https://news.example/").unwrap();
        let board = CardBoard::default();
        let both = config(&[("a/one", Some("a/old")), ("a/two", None)]);
        let first = names(&[("a/one", "One"), ("a/left", "Left"), ("a/old", "Old")]);
        let cards = board.cards(&both, Arc::clone(&first), &ours);
        let want = [
            ("a/left", "Left"),
            ("a/old", "One"),
            ("a/one", "One"),
            ("a/two", "a/two"),
        ];
        check(&cards, &want);
        let again = board.cards(&both, Arc::clone(&first), &ours);
        assert!(Arc::ptr_eq(&cards, &again), "nothing is made anew");

        let mut second = (*first).clone();
        let renamed = Arc::clone(&names(&[("a/one", "Other")])[&id("a/one")]);
        second.insert(id("a/one"), renamed);
        second.remove(&id("a/left"));
        let cards = board.cards(&both, Arc::new(second), &ours);
        let want = [("a/old", "Other"), ("a/one", "Other"), ("a/two", "a/two")];
        check(&cards, &want);

        let less = config(&[("a/two", None)]);
        let cards = board.cards(&less, first, &ours);
        let want = [
            ("a/left", "Left"),
            ("a/old", "Old"),
            ("a/one", "One"),
            ("a/two", "a/two"),
        ];
        check(&cards, &want);
    }
}
