//! What came through of a document, for telling "no news" from "rebuilt".

use std::collections::HashSet;

use super::Draft;

/// What came through of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Elements that hold items; of a feed one.
    pub containers: u32,
    /// Items, also such of which nothing could be made.
    pub items: u32,
    /// Items with a title, each title once.
    pub titles: u32,
    /// Items with a link, each address once.
    pub links: u32,
    /// Items with a date.
    pub dates: u32,
}

impl Counts {
    /// What came through in `drafts`, in one container.
    #[must_use]
    pub fn of(drafts: &[Draft]) -> Counts {
        let count = |has: &dyn Fn(&Draft) -> bool| {
            let n = drafts.iter().filter(|draft| has(draft)).count();
            u32::try_from(n).unwrap_or(u32::MAX)
        };
        let titles = drafts.iter().filter_map(|draft| draft.title.as_deref());
        let titles: HashSet<_> = titles.filter(|title| !title.is_empty()).collect();
        let links = drafts.iter().filter_map(|draft| draft.link.as_ref());
        let links: HashSet<_> = links.collect();
        Counts {
            containers: 1,
            items: count(&|_| true),
            titles: u32::try_from(titles.len()).unwrap_or(u32::MAX),
            links: u32::try_from(links.len()).unwrap_or(u32::MAX),
            dates: count(&|draft| draft.published.or(draft.updated).is_some()),
        }
    }

    /// Both together, as of several pages of one list.
    #[must_use]
    pub fn and(self, other: Counts) -> Counts {
        Counts {
            containers: self.containers.saturating_add(other.containers),
            items: self.items.saturating_add(other.items),
            titles: self.titles.saturating_add(other.titles),
            links: self.links.saturating_add(other.links),
            dates: self.dates.saturating_add(other.dates),
        }
    }
}
