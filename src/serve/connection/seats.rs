//! Seats: who may stay connected, and who goes when there are too many.
//!
//! One address (IPv6: one /64, which is what one customer gets) has a share of the seats. Where all
//! are taken, the connection that has been silent longest gives way, if it has asked
//! nothing that is being answered; a newcomer for whom there is no seat is heard in the lobby:
//! a monitor learns there that we are well, anybody else to come back later.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::serve::app::renders::share_of;
use crate::sync;

/// Silence after which a connection may have to give way: shorter than that is the way of the network.
const MIN_SILENCE: Duration = Duration::from_secs(1);

/// Connections in the lobby at the same time; who has been there longest goes for a newcomer.
const LOBBY_SEATS: usize = 64;

/// Seats of all connections.
#[derive(Debug)]
pub(super) struct Seats {
    /// Connections at the same time.
    most: usize,
    /// Connections of one address at the same time.
    share: usize,
    began: Instant,
    room: Mutex<Room>,
}

#[derive(Debug, Default)]
struct Room {
    taken: HashMap<u64, Arc<Seat>>,
    by_address: HashMap<IpAddr, usize>,
    /// Those in the lobby, by number, so the earliest first.
    lobby: BTreeMap<u64, CancellationToken>,
    next: u64,
}

/// Place of one connection; what it says of itself decides who goes first.
#[derive(Debug)]
pub(super) struct Seat {
    number: u64,
    address: IpAddr,
    /// Milliseconds from the start to the last byte that went either way.
    heard: AtomicU64,
    /// Whether a request is being worked on.
    is_busy: AtomicBool,
    /// Cancelled when the connection has to give way.
    pub(super) leave: CancellationToken,
}

/// Place that a connection got, given back when dropped.
#[derive(Debug)]
pub(super) enum Place {
    /// Seat: everything is answered.
    Seat(Arc<Seats>, Arc<Seat>),
    /// Lobby: addresses of health are answered, all others with 503; until the token is cancelled.
    Lobby(Arc<Seats>, u64, CancellationToken),
}

impl Seats {
    /// Makes `most` seats, `share` of them at most for one address.
    pub(super) fn new(most: usize, share: usize) -> Seats {
        Seats {
            most,
            share: share.min(most),
            began: Instant::now(),
            room: Mutex::default(),
        }
    }

    /// Gives a newcomer a place.
    pub(super) fn take(self: &Arc<Seats>, address: IpAddr) -> Place {
        let address = share_of(address);
        let mut room = sync::lock(&self.room);
        let n_own = room.by_address.get(&address).copied().unwrap_or(0);
        let is_over_share = n_own >= self.share;
        let has_seat = match is_over_share || room.taken.len() >= self.most {
            false => true,
            true => self.make_room(&mut room, is_over_share.then_some(address)),
        };
        if has_seat {
            return Place::Seat(Arc::clone(self), self.seat(&mut room, address));
        }
        if room.lobby.len() >= LOBBY_SEATS
            && let Some((_, leave)) = room.lobby.pop_first()
        {
            leave.cancel();
        }
        room.next += 1;
        let (number, leave) = (room.next, CancellationToken::new());
        room.lobby.insert(number, leave.clone());
        Place::Lobby(Arc::clone(self), number, leave)
    }

    fn seat(&self, room: &mut Room, address: IpAddr) -> Arc<Seat> {
        room.next += 1;
        let seat = Arc::new(Seat {
            number: room.next,
            address,
            heard: AtomicU64::new(self.now()),
            is_busy: AtomicBool::new(false),
            leave: CancellationToken::new(),
        });
        room.taken.insert(seat.number, Arc::clone(&seat));
        *room.by_address.entry(address).or_default() += 1;
        seat
    }

    /// Ends the connection that has been silent longest, of `address` if given; returns whether there
    /// was one.
    fn make_room(&self, room: &mut Room, address: Option<IpAddr>) -> bool {
        let now = self.now();
        let silence = |seat: &Seat| now.saturating_sub(seat.heard.load(Ordering::Relaxed));
        let may_go = |seat: &&Arc<Seat>| {
            !seat.is_busy.load(Ordering::Relaxed)
                && u128::from(silence(seat)) >= MIN_SILENCE.as_millis()
                && address.is_none_or(|address| address == seat.address)
        };
        let seats = room.taken.values().filter(may_go);
        let longest = seats.max_by_key(|seat| silence(seat));
        let Some(seat) = longest.cloned() else {
            return false;
        };
        seat.leave.cancel();
        room.give_back(&seat);
        true
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes that a byte went either way.
    pub(super) fn hear(&self, seat: &Seat) {
        seat.heard.store(self.now(), Ordering::Relaxed);
    }
}

impl Seat {
    /// Notes whether a request is being worked on.
    pub(super) fn set_busy(&self, is_busy: bool) {
        self.is_busy.store(is_busy, Ordering::Relaxed);
    }
}

impl Room {
    fn give_back(&mut self, seat: &Seat) {
        if self.taken.remove(&seat.number).is_none() {
            return;
        }
        if let Some(count) = self.by_address.get_mut(&seat.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&seat.address);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match self {
            Place::Seat(seats, seat) => sync::lock(&seats.room).give_back(seat),
            Place::Lobby(seats, number, _) => drop(sync::lock(&seats.room).lobby.remove(number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn is_seat(place: &Place) -> bool {
        matches!(place, Place::Seat(..))
    }

    #[tokio::test(start_paused = true)]
    async fn one_address_has_its_share_and_no_more() {
        let seats = Arc::new(Seats::new(10, 2));
        let held: Vec<_> = (0..2).map(|_| seats.take(ip("192.0.2.1"))).collect();
        assert!(held.iter().all(is_seat));
        let third = seats.take(ip("192.0.2.1"));
        assert!(matches!(third, Place::Lobby(..)));
        assert!(is_seat(&seats.take(ip("192.0.2.2"))));
        drop(held);
        assert!(is_seat(&seats.take(ip("192.0.2.1"))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_customer_with_many_addresses_has_one_share() {
        let seats = Arc::new(Seats::new(10, 1));
        let _held = seats.take(ip("2001:db8::1"));
        assert!(!is_seat(&seats.take(ip("2001:db8::ffff"))));
        assert!(is_seat(&seats.take(ip("2001:db8:0:1::1"))));
        let _mapped = seats.take(ip("::ffff:192.0.2.1"));
        assert!(!is_seat(&seats.take(ip("192.0.2.1"))));
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_silent_longest_gives_way_and_who_is_served_does_not() {
        let seats = Arc::new(Seats::new(3, 3));
        let held: Vec<_> = (0..3)
            .map(|n| seats.take(IpAddr::from([192, 0, 2, n])))
            .collect();
        let seat = |place: &Place| match place {
            Place::Seat(_, seat) => Arc::clone(seat),
            Place::Lobby(..) => unreachable!(),
        };
        assert!(
            !is_seat(&seats.take(ip("198.51.100.1"))),
            "nobody is silent yet"
        );
        tokio::time::advance(MIN_SILENCE * 2).await;
        seat(&held[0]).set_busy(true);
        seats.hear(&seat(&held[1]));
        let newcomer = seats.take(ip("198.51.100.1"));
        assert!(is_seat(&newcomer));
        let left: Vec<bool> = held
            .iter()
            .map(|place| seat(place).leave.is_cancelled())
            .collect();
        assert_eq!(left, [false, false, true]);
        assert!(!is_seat(&seats.take(ip("198.51.100.1"))));
        drop(held);
        assert!(is_seat(&seats.take(ip("198.51.100.1"))));
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_been_in_the_lobby_longest_goes_for_a_newcomer() {
        let seats = Arc::new(Seats::new(0, 0));
        let come = |_| seats.take(ip("192.0.2.1"));
        let held: Vec<_> = (0..=LOBBY_SEATS).map(come).collect();
        let has_left = |place: &Place| match place {
            Place::Lobby(_, _, leave) => leave.is_cancelled(),
            Place::Seat(..) => unreachable!(),
        };
        assert!(has_left(&held[0]));
        assert!(!held[1..].iter().any(has_left));
        drop(held);
        assert!(sync::lock(&seats.room).lobby.is_empty());
    }
}
