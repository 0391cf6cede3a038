//! Renderings of each address: so many a minute, as many in a row, then it has to wait.
//!
//! One bucket for each address (IPv6: each /64, which is what one customer gets), by the generic cell
//! rate algorithm (ITU-T I.371): all that is remembered of a bucket is when it will be full again. One
//! that is full is as good as forgotten, and so is one that nobody drew on for long while many others
//! came: their number is bounded.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::sync;

/// Time in which an empty bucket is full again.
const FILL_TIME: Duration = Duration::from_secs(60);

/// Most buckets of one generation; there are two. Each takes some 50 bytes.
const GENERATION_BUCKETS: usize = 8192;

/// Bits of an IPv6 address that one customer has at least.
const V6_SHARE_MASK: u128 = u128::MAX << 64;

/// Buckets of all addresses.
#[derive(Debug, Default)]
pub(in crate::serve) struct Renders(Mutex<Buckets>);

/// Times at which buckets will be full, by address, in two generations: when the young one has too many
/// it becomes the old one, and the old one is forgotten.
#[derive(Debug, Default)]
struct Buckets {
    young: HashMap<IpAddr, Instant>,
    old: HashMap<IpAddr, Instant>,
}

impl Renders {
    /// Takes one rendering out of the bucket of `address`, which holds `per_minute` of them.
    ///
    /// # Errors
    ///
    /// The time until there is one, if the bucket is empty; nothing is taken then.
    pub(in crate::serve) fn take(
        &self,
        address: IpAddr,
        per_minute: u32,
        now: Instant,
    ) -> Result<(), Duration> {
        let address = share_of(address);
        let mut buckets = sync::lock(&self.0);
        let full_at = buckets.full_at(address).unwrap_or(now);
        let full_at = next(full_at, per_minute, now)?;
        buckets.put(address, full_at);
        Ok(())
    }
}

impl Buckets {
    fn full_at(&self, address: IpAddr) -> Option<Instant> {
        let young = self.young.get(&address);
        young.or_else(|| self.old.get(&address)).copied()
    }

    fn put(&mut self, address: IpAddr, full_at: Instant) {
        if self.young.len() >= GENERATION_BUCKETS && !self.young.contains_key(&address) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(address, full_at);
    }
}

/// Computes when a bucket of `per_minute` will be full that one is taken out of at `now`, and that would
/// have been full at `full_at`.
///
/// # Errors
///
/// The time until it holds one.
fn next(full_at: Instant, per_minute: u32, now: Instant) -> Result<Instant, Duration> {
    let next = full_at.max(now) + FILL_TIME / per_minute.max(1);
    match next.saturating_duration_since(now).checked_sub(FILL_TIME) {
        None | Some(Duration::ZERO) => Ok(next),
        Some(wait) => Err(wait),
    }
}

/// Returns the address whose share it is: of IPv6 the first 64 bits.
pub(in crate::serve) fn share_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & V6_SHARE_MASK).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_bucket_is_emptied_at_once_and_fills_as_time_goes_by() {
        let (renders, start) = (Renders::default(), Instant::now());
        let take = |at: f64| renders.take(ip("192.0.2.1"), 6, start + Duration::from_secs_f64(at));
        for nth in 0..6 {
            assert_eq!(take(0.0), Ok(()), "{nth}");
        }
        assert_eq!(take(0.0), Err(Duration::from_secs(10)));
        assert_eq!(take(4.0), Err(Duration::from_secs(6)));
        assert_eq!(take(10.0), Ok(()));
        assert_eq!(take(10.0), Err(Duration::from_secs(10)));
        // What is full does not run over.
        for _ in 0..6 {
            assert_eq!(take(1000.0), Ok(()));
        }
        assert_eq!(take(1000.0), Err(Duration::from_secs(10)));
        // A smaller limit counts at once.
        let now = start + Duration::from_secs(1060);
        assert_eq!(renders.take(ip("192.0.2.1"), 1, now), Ok(()));
        assert!(renders.take(ip("192.0.2.1"), 1, now).is_err());
    }

    #[test]
    fn every_address_has_its_own_and_a_customer_of_ipv6_one() {
        let (renders, now) = (Renders::default(), Instant::now());
        let take = |address: &str| renders.take(ip(address), 1, now).is_ok();
        assert!(take("192.0.2.1") && take("192.0.2.2"));
        assert!(!take("192.0.2.1") && !take("::ffff:192.0.2.2"));
        assert!(take("2001:db8::1") && !take("2001:db8::ffff:1"));
        assert!(take("2001:db8:0:1::1"));
    }

    #[test]
    fn no_flood_of_addresses_takes_more_than_its_room() {
        let (renders, now) = (Renders::default(), Instant::now());
        let nth = |n: u32| IpAddr::from(n.to_be_bytes());
        let known = nth(u32::MAX);
        assert!(renders.take(known, 2, now).is_ok());
        for n in 0..4 * GENERATION_BUCKETS as u32 {
            assert!(renders.take(nth(n), 1, now).is_ok());
            if n == 100 {
                assert!(renders.take(known, 2, now).is_ok());
                assert!(renders.take(known, 2, now).is_err());
            }
        }
        let buckets = sync::lock(&renders.0);
        assert!(buckets.young.len() + buckets.old.len() <= 2 * GENERATION_BUCKETS);
        assert_eq!(buckets.full_at(known), None);
        drop(buckets);
        // Who came last is remembered.
        let last = nth(4 * GENERATION_BUCKETS as u32 - 1);
        assert!(renders.take(last, 1, now).is_err());
    }
}
