//! Points in time as readers see them: absolute, in the zone of the channel.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::Words;

/// Point in time, written down in the zone of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::publish::html) struct When {
    /// RFC 3339 with offset, whole seconds; for machines.
    pub(in crate::publish::html) datetime: String,
    /// Date and time for people: `2018-03-16 12:49`, without a time that says midnight, which
    /// is how a source says that it gives none.
    pub(in crate::publish::html) text: String,
    /// Time alone, where the day is known from around it; empty at midnight.
    pub(in crate::publish::html) time: String,
    /// Date with weekday: `2018年3月16日 星期五`
    pub(in crate::publish::html) day: String,
}

impl When {
    /// Writes a point in time, as local time of `zone`.
    pub(in crate::publish::html) fn of(at: Timestamp, zone: &TimeZone, words: &Words) -> When {
        let local = at.to_zoned_datetime(zone.clone());
        let is_midnight = local.hour() == 0 && local.minute() == 0 && local.second() == 0;
        let write = |full: &str, day_only: &str| match is_midnight {
            true => local.strftime(day_only).to_string(),
            false => local.strftime(full).to_string(),
        };
        When {
            datetime: machine(&local),
            text: write("%Y-%m-%d %H:%M", "%Y-%m-%d"),
            time: write("%H:%M", ""),
            day: words.date(local.date()),
        }
    }
}

fn machine(local: &ZonedDateTime) -> String {
    local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, want: [&str; 4]) {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let when = When::of(given.parse().unwrap(), &zone, Words::of("zh-CN"));
        let got = [when.datetime, when.text, when.time, when.day];
        assert_eq!(got, want);
    }

    #[test]
    fn times_are_in_the_zone() {
        check(
            "2018-03-16T04:49:00Z",
            [
                "2018-03-16T12:49:00+08:00",
                "2018-03-16 12:49",
                "12:49",
                "2018年3月16日 星期五",
            ],
        );
    }

    #[test]
    fn a_day_is_only_a_day() {
        check(
            "2018-03-15T16:00:00Z",
            [
                "2018-03-16T00:00:00+08:00",
                "2018-03-16",
                "",
                "2018年3月16日 星期五",
            ],
        );
    }
}
