//! The newest entries of a document that has more than we take.
//!
//! Most feeds give the newest first, some the oldest. Who gives a hundred thousand
//! of them, oldest first, would otherwise never bring a new one.

use jiff::Timestamp;

use crate::model::Draft;

/// Buffer of entries as they come, of which the newest stay; at most twice as many are held.
pub(super) struct Newest {
    drafts: Vec<Draft>,
    most: usize,
    is_cut: bool,
}

impl Newest {
    pub(super) fn of(most: usize) -> Newest {
        Newest {
            drafts: Vec::new(),
            most,
            is_cut: false,
        }
    }

    pub(super) fn push(&mut self, draft: Draft) {
        self.drafts.push(draft);
        if self.drafts.len() > self.most.saturating_mul(2) {
            self.cut();
        }
    }

    /// Whether as many have come as may stay.
    pub(super) fn is_full(&self) -> bool {
        self.is_cut || self.drafts.len() >= self.most
    }

    /// Returns those that stay, in the order in which they came, and whether others went.
    pub(super) fn finish(mut self) -> (Vec<Draft>, bool) {
        if self.drafts.len() > self.most {
            self.cut();
        }
        (self.drafts, self.is_cut)
    }

    /// Drops the oldest. An entry without a date is as old as the one before it, and of equals the
    /// first ones stay.
    fn cut(&mut self) {
        let mut latest = Timestamp::MIN;
        let mut ranks: Vec<(Timestamp, usize)> = Vec::with_capacity(self.drafts.len());
        for (nth, draft) in self.drafts.iter().enumerate() {
            latest = draft.date().map_or(latest, |moment| moment.at);
            ranks.push((latest, nth));
        }
        ranks.sort_unstable_by_key(|(at, nth)| (std::cmp::Reverse(*at), *nth));
        let mut stays = vec![false; ranks.len()];
        for (_, nth) in ranks.into_iter().take(self.most) {
            stays[nth] = true;
        }
        let mut stays = stays.into_iter();
        self.drafts.retain(|_| stays.next().unwrap_or(false));
        self.is_cut = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Moment, Precision};
    use proptest::prelude::*;

    fn draft(guid: &str, day: Option<i64>) -> Draft {
        Draft {
            guid: Some(guid.to_owned()),
            published: day.map(|day| Moment {
                at: Timestamp::from_second(day * 86_400).unwrap(),
                precision: Precision::Second,
            }),
            ..Draft::default()
        }
    }

    #[track_caller]
    fn check(days: &[Option<i64>], want: &str) {
        let mut newest = Newest::of(3);
        for (nth, day) in days.iter().enumerate() {
            newest.push(draft(&nth.to_string(), *day));
        }
        let (drafts, is_cut) = newest.finish();
        let guids: Vec<String> = drafts.into_iter().filter_map(|draft| draft.guid).collect();
        assert_eq!(guids.concat(), want);
        assert_eq!(is_cut, days.len() > 3);
    }

    #[test]
    fn the_newest_stay_whichever_way_they_come() {
        check(&[Some(1), Some(2)], "01");
        check(&[Some(9), Some(8), Some(7), Some(6), Some(5)], "012");
        let rising: Vec<Option<i64>> = (0..9).map(Some).collect();
        check(&rising, "678");
        check(&[None; 9], "012");
        check(&[Some(5), None, Some(1), Some(2), Some(6), None], "045");
        check(&[None, None, None, None, Some(1)], "014");
    }

    proptest! {
        #[test]
        fn no_more_stay_than_may(days in proptest::collection::vec(proptest::option::of(0..9i64), 0..40)) {
            let mut newest = Newest::of(3);
            for day in &days {
                newest.push(draft("", *day));
                prop_assert!(newest.drafts.len() <= 6);
            }
            prop_assert_eq!(newest.finish().0.len(), days.len().min(3));
        }
    }
}
