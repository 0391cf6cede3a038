//! Subscribers of our hub: their changes, as a frame of the journal.

use crate::model::{Subscriber, SubscriberKey};
use crate::store::Store;
use crate::store::codec::frame::Frame;
use crate::store::error::StoreError;
use crate::store::ledger::Ledger;

impl Store {
    /// Writes subscribers of our hub and removes others: all of it or nothing, durable when it returns.
    /// Readers of channels see no change.
    ///
    /// # Errors
    ///
    /// If the disk refuses; applying the same again makes good what is missing.
    pub fn keep_subscribers(
        &self,
        kept: &[Subscriber],
        gone: &[SubscriberKey],
    ) -> Result<(), StoreError> {
        if kept.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let mut frame = Frame::default();
        frame.ledger();
        Ledger::put_subscribers(&mut frame, kept, gone);
        let mut writer = self.writer();
        self.guarded(&mut writer, || self.append_and_apply(frame.bytes()))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::{Secret, Topic, WebUrl};

    fn subscriber(n: u8) -> Subscriber {
        Subscriber {
            topic: Topic::parse("https://news.example/a.rss").unwrap(),
            callback: WebUrl::parse(&format!("https://reader.example/{n}")).unwrap(),
            secret: Some(Secret::from_text("hush")),
            until: Timestamp::UNIX_EPOCH,
            version: String::new(),
            changed: None,
            failures: u32::from(n),
            due: None,
        }
    }

    #[test]
    fn subscribers_outlive_the_store() {
        let dir = tempfile::TempDir::new().unwrap();
        let open = || Store::open(dir.path(), Timestamp::UNIX_EPOCH).unwrap();
        let store = open();
        let all = [subscriber(1), subscriber(2)];
        store.keep_subscribers(&all, &[]).unwrap();
        let gone = [all[0].key()];
        store.keep_subscribers(&[], &gone).unwrap();
        drop(store);
        assert_eq!(open().subscribers().unwrap(), [subscriber(2)]);
    }
}
