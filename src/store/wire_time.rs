//! Times as bytes, and as text where people read them.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A time: seconds and nanoseconds since 1970, of one sign.
#[derive(Clone, Copy)]
pub(super) struct WireTime(i64, i32);

impl WireTime {
    pub(super) fn of(at: Timestamp) -> WireTime {
        WireTime(at.as_second(), at.subsec_nanosecond())
    }

    pub(super) fn read(self) -> Option<Timestamp> {
        Timestamp::new(self.0, self.1).ok()
    }
}

impl Serialize for WireTime {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.read().filter(|_| to.is_human_readable()) {
            Some(at) => to.collect_str(&at),
            None => (self.0, self.1).serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for WireTime {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<WireTime, D::Error> {
        if from.is_human_readable() {
            let at = <&str>::deserialize(from)?
                .parse()
                .map_err(D::Error::custom)?;
            return Ok(WireTime::of(at));
        }
        let (seconds, nanoseconds) = Deserialize::deserialize(from)?;
        Ok(WireTime(seconds, nanoseconds))
    }
}

/// The time, if one was written; `None` if what was written is none.
pub(super) fn read_time(wire: Option<WireTime>) -> Option<Option<Timestamp>> {
    match wire {
        Some(time) => time.read().map(Some),
        None => Some(None),
    }
}
