//! Durations and sizes as people write them.

use std::time::Duration;

/// Parses a duration: `15m`, `72h`, `400d`, `1h30m`, `250ms`; a year `1y` is 365 days.
///
/// `None` if `text` is none, or more than a [`Duration`] holds.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (count, after) = number(rest)?;
        let (unit, after) = word(after);
        let millis = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            "y" => 31_536_000_000,
            _ => return None,
        };
        let part = Duration::from_millis(count.checked_mul(millis)?);
        total = total.checked_add(part)?;
        rest = after.trim_start();
    }
    Some(total)
}

/// Parses a number of bytes: `10MiB`, `512KiB`, `64kB`, `1000`.
pub(super) fn size(text: &str) -> Option<u64> {
    let (count, after) = number(text.trim())?;
    let (unit, after) = word(after.trim_start());
    let bytes = match unit {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    after.is_empty().then(|| count.checked_mul(bytes)).flatten()
}

/// Formats `time` in the words of [`duration`], down to milliseconds.
pub(super) fn written(time: Duration) -> String {
    let mut millis = time.as_millis();
    let mut text = String::new();
    for (unit, size) in [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ] {
        let count = millis / size;
        millis %= size;
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    match text.is_empty() {
        true => "0s".to_owned(),
        false => text,
    }
}

fn number(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}

fn word(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(given: &str, seconds: impl Into<Option<u64>>) {
        let want = seconds.into().map(Duration::from_secs);
        assert_eq!(duration(given), want, "given {given:?}");
    }

    #[test]
    fn durations_read_as_written() {
        check("30s", 30);
        check("15m", 900);
        check("1h30m", 5400);
        check("1h 30m", 5400);
        check("72h", 72 * 3600);
        check("400d", 400 * 86_400);
        check("2w", 14 * 86_400);
        check("2y", 730 * 86_400);
        check("0s", 0);
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
        for bad in [
            "",
            " ",
            "15",
            "m",
            "-5m",
            "1.5h",
            "15 minuts",
            "15m!",
            "１５m",
            "5M",
        ] {
            check(bad, None);
        }
        check("99999999999999999999s", None);
        check("18446744073709551615w", None);
    }

    #[test]
    fn sizes_read_as_written() {
        assert_eq!(size("10MiB"), Some(10 << 20));
        assert_eq!(size("10 MiB"), Some(10 << 20));
        assert_eq!(size("64kB"), Some(64_000));
        assert_eq!(size("7"), Some(7));
        for bad in [
            "",
            "MiB",
            "-1MiB",
            "10MiBs",
            "10M",
            "1.5MiB",
            "99999999999GiB",
        ] {
            assert_eq!(size(bad), None, "given {bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(millis in 0_u64..1 << 50) {
            let time = Duration::from_millis(millis);
            prop_assert_eq!(duration(&written(time)), Some(time));
        }

        #[test]
        fn nothing_panics(text in "\\PC*") {
            let _ = (duration(&text), size(&text));
        }
    }
}
