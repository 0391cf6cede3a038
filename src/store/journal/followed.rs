//! Changes of a volume while a copy of it is being made: the copy is brought up to date by them.

use crate::store::codec::frame::Frame;
use crate::store::codec::period::Period;

/// Most bytes of changes that are kept; a volume that is written faster is copied while nobody writes.
const MAX_BYTES: usize = 32 << 20;

/// Changes of one volume since they are followed.
pub(in crate::store) struct Followed {
    period: Period,
    /// Puts and removes, in their order; `None` once they are too many, or the volume was dropped.
    changes: Option<Frame>,
}

impl Followed {
    /// Begins with no changes of the volume of `period`.
    pub(in crate::store) fn of(period: Period) -> Followed {
        Followed {
            period,
            changes: Some(Frame::default()),
        }
    }

    /// Notes that a value was put into the volume of `period`.
    pub(in crate::store) fn put(&mut self, period: Period, tree: u8, key: &[u8], value: &[u8]) {
        self.note(period, |changes| changes.put(tree, key, value));
    }

    /// Notes that a key was removed from the volume of `period`.
    pub(in crate::store) fn remove(&mut self, period: Period, tree: u8, key: &[u8]) {
        self.note(period, |changes| changes.remove(tree, key));
    }

    /// Notes that the volume of `period` was dropped.
    pub(in crate::store) fn drop_volume(&mut self, period: Period) {
        if period == self.period {
            self.changes = None;
        }
    }

    /// Takes the changes since the last call; `None` if they are not all there.
    pub(in crate::store) fn take(&mut self) -> Option<Frame> {
        self.changes.as_mut().map(std::mem::take)
    }

    fn note(&mut self, period: Period, add: impl FnOnce(&mut Frame)) {
        let Some(changes) = self.changes.as_mut().filter(|_| period == self.period) else {
            return;
        };
        add(changes);
        if changes.bytes().len() > MAX_BYTES {
            self.changes = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    #[test]
    fn changes_of_one_volume_are_kept_in_their_order() {
        let (own, other) = (period("2026-11-01"), period("2026-10-01"));
        let mut followed = Followed::of(own);
        followed.put(own, 0, b"a", b"1");
        followed.put(other, 0, b"b", b"2");
        followed.remove(own, 0, b"a");
        let mut expected = Frame::default();
        expected.put(0, b"a", b"1");
        expected.remove(0, b"a");
        assert_eq!(followed.take().unwrap().bytes(), expected.bytes());
        assert_eq!(followed.take().unwrap().bytes(), b"");
    }

    #[test]
    fn too_many_changes_and_those_of_a_dropped_volume_are_none() {
        let own = period("2026-11-01");
        let mut followed = Followed::of(own);
        let value = vec![0; MAX_BYTES / 4];
        for _ in 0..5 {
            followed.put(own, 0, b"a", &value);
        }
        assert!(followed.take().is_none());
        let mut followed = Followed::of(own);
        followed.drop_volume(period("2026-10-01"));
        assert!(followed.take().is_some());
        followed.drop_volume(own);
        assert!(followed.take().is_none());
    }
}
