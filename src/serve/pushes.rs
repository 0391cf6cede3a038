//! Pushes of hubs that are under way: how many, how many bytes, and how much of both one hub has.
//!
//! A body is read before its push gets one of the few seats at which it is worked on, so that a slow
//! hub holds nothing but its own share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::response::error::AppError;
use crate::sync;

/// Upper limit of pushes whose bodies are read at the same time.
const MAX_READING: usize = 64;

/// Upper limit of pushes of one hub at the same time, read or worked on.
const MAX_OF_HUB: usize = 8;

/// Upper limit of bytes of all bodies that were read and not handed on yet.
const MAX_BYTES: usize = 64 << 20;

/// Upper limit of these bytes of one hub.
const MAX_BYTES_OF_HUB: usize = 16 << 20;

/// Upper limit of pushes that are worked on at the same time; further ones wait their turn.
const MAX_SEATS: usize = 4;

/// Longest wait of a push for a seat, before it gets 503.
const MAX_SEAT_WAIT: Duration = Duration::from_secs(5);

/// Pushes under way.
#[derive(Debug)]
pub(super) struct Pushes {
    shares: Arc<Mutex<Shares>>,
    seats: Arc<Semaphore>,
}

/// Pushes and their bytes, of all hubs and of each.
#[derive(Debug, Default)]
struct Shares {
    all: Share,
    by_hub: HashMap<String, Share>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Share {
    pushes: usize,
    bytes: usize,
}

/// Push of one hub; gives its share back when dropped.
#[derive(Debug)]
pub(super) struct PushInProgress {
    hub: String,
    bytes: usize,
    shares: Arc<Mutex<Shares>>,
    seats: Arc<Semaphore>,
}

impl Default for Pushes {
    fn default() -> Pushes {
        Pushes {
            shares: Arc::default(),
            seats: Arc::new(Semaphore::new(MAX_SEATS)),
        }
    }
}

impl Pushes {
    /// Begins a push of the hub at this host; `None` if too many are under way.
    pub(super) fn begin(&self, hub: String) -> Option<PushInProgress> {
        let mut shares = sync::lock(&self.shares);
        let own = shares.by_hub.get(&hub).copied().unwrap_or_default();
        if shares.all.pushes >= MAX_READING || own.pushes >= MAX_OF_HUB {
            return None;
        }
        shares.all.pushes += 1;
        shares.by_hub.entry(hub.clone()).or_default().pushes += 1;
        drop(shares);
        Some(PushInProgress {
            hub,
            bytes: 0,
            shares: Arc::clone(&self.shares),
            seats: Arc::clone(&self.seats),
        })
    }
}

impl PushInProgress {
    /// Reads a body of at most `max` bytes; one announced as longer is refused unread.
    ///
    /// # Errors
    ///
    /// [`AppError::TooLarge`]; [`AppError::BadRequest`] if it breaks off; [`AppError::Unavailable`]
    /// if more than the share of the hub, or of all, is under way already.
    pub(super) async fn read(
        &mut self,
        mut body: axum::body::Body,
        max: usize,
    ) -> Result<Bytes, AppError> {
        let announced = hyper::body::Body::size_hint(&body).lower();
        if announced > u64::try_from(max).unwrap_or(u64::MAX) {
            return Err(AppError::TooLarge);
        }
        let mut read = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| AppError::BadRequest)?;
            let Some(data) = frame.data_ref() else {
                continue;
            };
            if read.len() + data.len() > max {
                return Err(AppError::TooLarge);
            }
            if !self.take(data.len(), max) {
                return Err(AppError::Unavailable);
            }
            read.extend_from_slice(data);
        }
        Ok(read.freeze())
    }

    /// Waits for a seat, at most 5 s.
    ///
    /// # Errors
    ///
    /// [`AppError::Unavailable`] if none was free.
    pub(super) async fn sit_down(&self) -> Result<OwnedSemaphorePermit, AppError> {
        let seat = timeout(MAX_SEAT_WAIT, Arc::clone(&self.seats).acquire_owned()).await;
        seat.ok().and_then(Result::ok).ok_or(AppError::Unavailable)
    }

    /// Counts more bytes; returns whether they are within the shares, in which there is room for one
    /// body of `max` bytes at least.
    fn take(&mut self, n_bytes: usize, max: usize) -> bool {
        let mut shares = sync::lock(&self.shares);
        let all = shares.all.bytes + n_bytes;
        let own = shares.by_hub.entry(self.hub.clone()).or_default();
        if all > MAX_BYTES.max(max) || own.bytes + n_bytes > MAX_BYTES_OF_HUB.max(max) {
            return false;
        }
        own.bytes += n_bytes;
        shares.all.bytes = all;
        self.bytes += n_bytes;
        true
    }
}

impl Drop for PushInProgress {
    fn drop(&mut self) {
        let mut shares = sync::lock(&self.shares);
        shares.all.pushes -= 1;
        shares.all.bytes -= self.bytes;
        if let Some(own) = shares.by_hub.get_mut(&self.hub) {
            own.pushes -= 1;
            own.bytes -= self.bytes;
            if own.pushes == 0 {
                shares.by_hub.remove(&self.hub);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(pushes: &Pushes, hub: &str) -> Option<PushInProgress> {
        pushes.begin(hub.to_owned())
    }

    #[test]
    fn one_hub_has_its_share_of_pushes() {
        let pushes = Pushes::default();
        let held: Vec<_> = (0..MAX_OF_HUB)
            .map(|_| begin(&pushes, "a.example"))
            .collect();
        assert!(held.iter().all(Option::is_some));
        assert!(begin(&pushes, "a.example").is_none());
        assert!(begin(&pushes, "b.example").is_some());
        drop(held);
        assert!(begin(&pushes, "a.example").is_some());
        assert!(sync::lock(&pushes.shares).by_hub.is_empty());
    }

    #[tokio::test]
    async fn one_hub_has_its_share_of_bytes() {
        let pushes = Pushes::default();
        let mut one = begin(&pushes, "a.example").unwrap();
        let max = MAX_BYTES_OF_HUB;
        let body = |n: usize| axum::body::Body::from(vec![0; n]);
        assert_eq!(
            one.read(body(MAX_BYTES_OF_HUB), max).await.unwrap().len(),
            MAX_BYTES_OF_HUB
        );
        let mut more = begin(&pushes, "a.example").unwrap();
        assert_eq!(more.read(body(1), max).await, Err(AppError::Unavailable));
        let mut other = begin(&pushes, "b.example").unwrap();
        assert!(other.read(body(1), max).await.is_ok());
        drop(one);
        assert!(more.read(body(1), max).await.is_ok());
        assert_eq!(more.read(body(9), 8).await, Err(AppError::TooLarge));
        drop((more, other));
        assert_eq!(sync::lock(&pushes.shares).all.bytes, 0);
    }
}
