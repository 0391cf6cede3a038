//! Notes on robots.txt files as bytes.

use serde::{Deserialize, Serialize};

use crate::model::{RobotsCopy, RobotsNote};
use crate::store::codec::scalar::WireTime;
use crate::store::codec::{Unreadable, seal, unseal};

/// Encodes a note on robots.txt: version byte, then postcard. The key in ledger tree `robots` is
/// `note.site`.
pub(in crate::store) fn write_robots(note: &RobotsNote) -> Vec<u8> {
    seal(&WireNote {
        asked: WireTime::of(note.asked),
        copy: note
            .copy
            .as_ref()
            .map(|copy| (WireTime::of(copy.at), copy.text.as_str())),
    })
}

/// Decodes the note of `site`.
///
/// # Errors
///
/// [`Unreadable`] if the version is another one, or a time is none.
pub(in crate::store) fn read_robots(site: &str, bytes: &[u8]) -> Result<RobotsNote, Unreadable> {
    let wire: WireNote<'_> = unseal(bytes)?;
    let copy = wire.copy.map(|(at, text)| {
        let at = at.read().ok_or(Unreadable)?;
        let text = text.to_owned();
        Ok(RobotsCopy { at, text })
    });
    Ok(RobotsNote {
        site: site.to_owned(),
        asked: wire.asked.read().ok_or(Unreadable)?,
        copy: copy.transpose()?,
    })
}

/// Note in postcard order; part of the on-disk format.
#[derive(Serialize, Deserialize)]
struct WireNote<'a> {
    /// Time of the last request.
    asked: WireTime,
    #[serde(borrow)]
    /// Last copy, with the time it was fetched.
    copy: Option<(WireTime, &'a str)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::option;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    proptest! {
        #[test]
        fn a_note_reads_back(asked in 0_i64..9_999_999_999, copy in option::of((0_i64..9_999_999_999, ".{0,80}"))) {
            let note = RobotsNote {
                site: "https://paper.example".to_owned(),
                asked: at(asked),
                copy: copy.map(|(second, text)| RobotsCopy { at: at(second), text }),
            };
            prop_assert_eq!(read_robots(&note.site, &write_robots(&note)), Ok(note));
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(mut bytes in proptest::collection::vec(any::<u8>(), 1..100)) {
            bytes[0] = 1;
            let _ = read_robots("x", &bytes);
        }
    }
}
