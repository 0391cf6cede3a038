//! Subscriptions as bytes.

use serde::{Deserialize, Serialize};

use crate::model::{
    CallbackToken, HubDiscovery, HubState, HubSubscription, Lease, Mode, Pending, Secret, Topic,
    WebUrl,
};
use crate::store::codec::scalar::{WireTime, read_time};
use crate::store::codec::{Unreadable, seal, unseal};

/// Encodes the hub state of one source: version byte, then postcard. The key in ledger tree `hubs` is
/// `CallbackToken::key_of` of the source.
pub(in crate::store) fn write_subscription(subscription: &HubState) -> Vec<u8> {
    seal(&Wire {
        source: subscription.source.as_str(),
        offer: subscription.offer.as_ref().map(|offer| WireOffer {
            topic: offer.topic.as_str(),
            hubs: offer.hubs.iter().map(WebUrl::as_str).collect(),
        }),
        contract: subscription.contract.as_ref().map(WireContract::of),
        due: subscription.due.map(WireTime::of),
        failures: subscription.failures,
        trouble: subscription.trouble.as_deref(),
    })
}

/// Decodes a hub state.
///
/// # Errors
///
/// [`Unreadable`] if the version is another one, or the source, an address or a time would not be taken
/// today.
pub(in crate::store) fn read_subscription(bytes: &[u8]) -> Result<HubState, Unreadable> {
    let wire: Wire<'_> = unseal(bytes)?;
    Ok(HubState {
        source: wire.source.parse().map_err(|_| Unreadable)?,
        offer: match wire.offer {
            Some(offer) => Some(offer.read().ok_or(Unreadable)?),
            None => None,
        },
        contract: match wire.contract {
            Some(contract) => Some(contract.read().ok_or(Unreadable)?),
            None => None,
        },
        due: read_time(wire.due).ok_or(Unreadable)?,
        failures: wire.failures,
        trouble: wire.trouble.map(str::to_owned),
    })
}

/// Hub state in postcard order; part of the on-disk format.
#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    source: &'a str,
    #[serde(borrow)]
    offer: Option<WireOffer<'a>>,
    contract: Option<WireContract<'a>>,
    due: Option<WireTime>,
    failures: u32,
    /// Message of the last failure.
    trouble: Option<&'a str>,
}

/// Discovery: the topic and its hubs.
#[derive(Serialize, Deserialize)]
struct WireOffer<'a> {
    topic: &'a str,
    #[serde(borrow)]
    hubs: Vec<&'a str>,
}

/// Subscription at one hub.
#[derive(Serialize, Deserialize)]
struct WireContract<'a> {
    topic: &'a str,
    hub: &'a str,
    callback: &'a str,
    token: [u8; 24],
    secret: &'a str,
    /// Pending request: whether it is to subscribe (or else to unsubscribe), and the time it was sent.
    pending: Option<(bool, WireTime)>,
    /// Lease: its beginning and its end.
    lease: Option<(WireTime, WireTime)>,
    received: Option<WireTime>,
    credit: u32,
    has_missed: bool,
}

impl WireOffer<'_> {
    /// Reads a discovery; `None` if an address would not be taken today.
    fn read(self) -> Option<HubDiscovery> {
        let hubs: Option<Vec<WebUrl>> = self.hubs.into_iter().map(WebUrl::parse).collect();
        Some(HubDiscovery {
            topic: Topic::parse(self.topic)?,
            hubs: hubs?,
        })
    }
}

impl<'a> WireContract<'a> {
    /// Borrows a subscription for encoding.
    fn of(contract: &'a HubSubscription) -> WireContract<'a> {
        let pending = contract.pending;
        let lease = contract.lease;
        WireContract {
            topic: contract.topic.as_str(),
            hub: contract.hub.as_str(),
            callback: contract.callback.as_str(),
            token: *contract.token.as_bytes(),
            secret: contract.secret.reveal(),
            pending: pending.map(|p| (p.mode == Mode::Subscribe, WireTime::of(p.since))),
            lease: lease.map(|lease| (WireTime::of(lease.since), WireTime::of(lease.until))),
            received: contract.received.map(WireTime::of),
            credit: contract.credit,
            has_missed: contract.has_missed,
        }
    }

    /// Reads a subscription; `None` if an address or a time would not be taken today.
    fn read(self) -> Option<HubSubscription> {
        let pending = match self.pending {
            Some((is_begin, since)) => Some(Pending {
                mode: if is_begin {
                    Mode::Subscribe
                } else {
                    Mode::Unsubscribe
                },
                since: since.read()?,
            }),
            None => None,
        };
        let lease = match self.lease {
            Some((since, until)) => Some(Lease {
                since: since.read()?,
                until: until.read()?,
            }),
            None => None,
        };
        Some(HubSubscription {
            topic: Topic::parse(self.topic)?,
            hub: WebUrl::parse(self.hub)?,
            callback: WebUrl::parse(self.callback)?,
            token: CallbackToken::from_bytes(self.token),
            secret: Secret::from_text(self.secret),
            pending,
            lease,
            received: read_time(self.received)?,
            credit: self.credit,
            has_missed: self.has_missed,
        })
    }
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
        fn a_subscription_reads_back(subscription in any_subscription()) {
            let bytes = write_subscription(&subscription);
            prop_assert_eq!(read_subscription(&bytes), Ok(subscription));
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(mut bytes in vec(any::<u8>(), 1..300)) {
            bytes[0] = 1;
            let _ = read_subscription(&bytes);
        }
    }

    fn any_time() -> impl Strategy<Value = Timestamp> {
        let range = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
        range.prop_map(|nanoseconds| Timestamp::from_nanosecond(nanoseconds).unwrap())
    }

    fn any_pending() -> impl Strategy<Value = Pending> {
        let modes = prop_oneof![Just(Mode::Subscribe), Just(Mode::Unsubscribe)];
        (modes, any_time()).prop_map(|(mode, since)| Pending { mode, since })
    }

    prop_compose! {
        fn any_contract()(
            token: [[u8; 8]; 3], secret: [u8; 32], pending in option::of(any_pending()),
            lease in option::of((any_time(), any_time())), received in option::of(any_time()),
            credit: u32, has_missed: bool,
        ) -> HubSubscription {
            let mut bytes = [0; 24];
            bytes.copy_from_slice(token.as_flattened());
            HubSubscription {
                topic: Topic::parse("https://jinan.example/rss?新闻").unwrap(),
                hub: WebUrl::parse("https://hub.example/").unwrap(),
                callback: WebUrl::parse("https://news.example/websub/x").unwrap(),
                token: CallbackToken::from_bytes(bytes),
                secret: Secret::new(secret),
                pending,
                lease: lease.map(|(since, until)| Lease { since, until }),
                received,
                credit,
                has_missed,
            }
        }
    }

    prop_compose! {
        fn any_subscription()(
            contract in option::of(any_contract()), due in option::of(any_time()),
            hubs in option::of(vec("[a-z]{1,9}", 0..3)), failures: u32,
            trouble in option::of(".{0,40}"),
        ) -> HubState {
            let hub = |name: String| WebUrl::parse(&format!("https://{name}.example/")).unwrap();
            HubState {
                source: "shandong/jinan/daily".parse().unwrap(),
                offer: hubs.map(|hubs| HubDiscovery {
                    topic: Topic::parse("https://jinan.example/rss").unwrap(),
                    hubs: hubs.into_iter().map(hub).collect(),
                }),
                contract, due, failures, trouble,
            }
        }
    }
}
