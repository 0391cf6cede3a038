//! Verdict on an item and a story: what the verdicts on its core copies come to.

use super::similarity::Verdict;
use super::story;
use crate::model::TokenizedText;

/// Verdicts on the core copies of a story, in their order: that of the one it began with first.
#[derive(Clone, Copy, Debug, Default)]
pub struct CoreVerdicts {
    weightiest: Option<Verdict>,
    /// Whether the weightiest is on a brief, or the item is one.
    is_of_brief: bool,
    of_first: Option<Verdict>,
    /// First that finds the headlines to name different things.
    of_headline: Option<Verdict>,
    /// First that finds two whole articles not to be the same.
    of_whole: Option<Verdict>,
}

impl CoreVerdicts {
    /// Notes the verdict on an item and the next core copy.
    pub fn note(&mut self, verdict: Verdict, item: &TokenizedText, copy: &TokenizedText) {
        let is_of_brief = !story::is_whole(item) || !story::is_whole(copy);
        self.of_first = self.of_first.or(Some(verdict));
        let of_headline = Some(verdict).filter(|verdict| verdict.is_headline_apart);
        self.of_headline = self.of_headline.or(of_headline);
        let is_other = !verdict.is_same && !is_of_brief;
        self.of_whole = self.of_whole.or(Some(verdict).filter(|_| is_other));
        if self
            .weightiest
            .is_none_or(|known| verdict.outweighs(&known))
        {
            (self.weightiest, self.is_of_brief) = (Some(verdict), is_of_brief);
        }
    }

    /// Returns the verdict on the story; `None` if there was no copy to compare.
    ///
    /// The weightiest stands, unless the copy that the story began with denies as much, headlines
    /// name different things, or all that speaks for it is a brief, and a whole article against
    /// it: news of the second day have the sentence that the flash of the first day was.
    #[must_use]
    pub fn conclude(&self) -> Option<Verdict> {
        let weightiest = self.weightiest?;
        let of_first = self.of_first.filter(|first| first.denies(&weightiest));
        let is_denial = |verdict: &Verdict| verdict.is_headline_denial(&weightiest);
        let of_headline = self.of_headline.filter(is_denial);
        let rests_on_brief = self.is_of_brief && weightiest.is_same;
        let of_whole = self.of_whole.filter(|_| rests_on_brief);
        of_first.or(of_headline).or(of_whole).or(Some(weightiest))
    }
}

#[cfg(test)]
mod tests {
    use super::CoreVerdicts;
    use crate::ingest::dedupe::similarity::{judge, of_text};

    /// Makes a text of its own for each seed.
    fn text(seed: u32, length: u32) -> String {
        let character = |n: u32| char::from_u32(0x4e00 + (n * 7919 + seed * 104_729) % 20_000);
        (0..length).filter_map(character).collect()
    }

    #[track_caller]
    fn check(item: &str, copies: &[&str], want: bool) {
        let gist = |text: &str| of_text("济南地铁四号线开通", text, false);
        let item = gist(item);
        let mut verdicts = CoreVerdicts::default();
        for copy in copies {
            let copy = gist(copy);
            verdicts.note(judge(&item, &copy, false), &item, &copy);
        }
        let is_same = verdicts.conclude().is_some_and(|verdict| verdict.is_same);
        assert_eq!(is_same, want);
    }

    #[test]
    fn a_flash_does_not_outweigh_the_article_that_it_was_the_flash_of() {
        let (flash, rest, next) = (text(1, 40), text(2, 300), text(3, 300));
        let article = [&*flash, &*rest].concat();
        let second_day = [&next[..120], &flash, &next[120..]].concat();
        check(&article, &[&flash], true);
        check(&second_day, &[&flash], true);
        check(&second_day, &[&flash, &article], false);
        check(&article, &[&flash, &article], true);
        check(&flash, &[&flash, &article], true);
    }
}
