//! Subscribers of our hub as bytes.

use serde::{Deserialize, Serialize};

use crate::model::{Secret, Subscriber, Topic, WebUrl};
use crate::store::codec::scalar::{WireTime, read_time};
use crate::store::codec::{Unreadable, seal, unseal};

/// Encodes a subscriber: version byte, then postcard. The key in ledger tree `subscribers` is
/// `Subscriber::key`.
pub(in crate::store) fn write_subscriber(subscriber: &Subscriber) -> Vec<u8> {
    seal(&Wire {
        topic: subscriber.topic.as_str(),
        callback: subscriber.callback.as_str(),
        secret: subscriber.secret.as_ref().map(Secret::reveal),
        until: WireTime::of(subscriber.until),
        version: &subscriber.version,
        changed: subscriber.changed.map(WireTime::of),
        failures: subscriber.failures,
        due: subscriber.due.map(WireTime::of),
    })
}

/// Decodes a subscriber.
///
/// # Errors
///
/// [`Unreadable`] if the version is another one, or an address or a time would not be taken today.
pub(in crate::store) fn read_subscriber(bytes: &[u8]) -> Result<Subscriber, Unreadable> {
    let wire: Wire<'_> = unseal(bytes)?;
    Ok(Subscriber {
        topic: Topic::parse(wire.topic).ok_or(Unreadable)?,
        callback: WebUrl::parse(wire.callback).ok_or(Unreadable)?,
        secret: wire.secret.map(Secret::from_text),
        until: wire.until.read().ok_or(Unreadable)?,
        version: wire.version.to_owned(),
        changed: read_time(wire.changed).ok_or(Unreadable)?,
        failures: wire.failures,
        due: read_time(wire.due).ok_or(Unreadable)?,
    })
}

/// Subscriber in postcard order; part of the on-disk format.
#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    topic: &'a str,
    callback: &'a str,
    #[serde(borrow)]
    secret: Option<&'a str>,
    until: WireTime,
    version: &'a str,
    changed: Option<WireTime>,
    failures: u32,
    due: Option<WireTime>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_subscriber_reads_back(subscriber in any_subscriber()) {
            let bytes = write_subscriber(&subscriber);
            prop_assert_eq!(read_subscriber(&bytes), Ok(subscriber));
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(mut bytes in vec(any::<u8>(), 1..300)) {
            bytes[0] = 1;
            let _ = read_subscriber(&bytes);
        }
    }

    fn any_time() -> impl Strategy<Value = Timestamp> {
        let range = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
        range.prop_map(|nanoseconds| Timestamp::from_nanosecond(nanoseconds).unwrap())
    }

    prop_compose! {
        fn any_subscriber()(
            name in "[a-z]{1,9}", secret in option::of(".{1,60}"), until in any_time(),
            version in "[0-9a-f]{32}|", changed in option::of(any_time()), failures: u32,
            due in option::of(any_time()),
        ) -> Subscriber {
            Subscriber {
                topic: Topic::parse("https://news.example/shandong.rss?新闻").unwrap(),
                callback: WebUrl::parse(&format!("https://{name}.example/callback")).unwrap(),
                secret: secret.as_deref().map(Secret::from_text),
                until, version, changed, failures, due,
            }
        }
    }
}
