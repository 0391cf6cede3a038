//! Explanations in words: the time of a source's next poll, and the reasons.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use super::{PollDelay, Reason};
use crate::config::Source;
use crate::model::{BreakerState, FailureKind, SourceId, SourceState, SourceSummary};
use crate::text::site;

/// Circuit breakers of hosts as the sources remember them, by registrable domain.
#[derive(Debug, Default)]
pub struct Sites(HashMap<String, BreakerState>);

impl Sites {
    /// Collects the latest breaker state of each site.
    pub fn of<'a>(summaries: impl IntoIterator<Item = &'a SourceSummary>) -> Sites {
        let mut sites: HashMap<String, BreakerState> = HashMap::new();
        for summary in summaries {
            let Some((host, note)) = &summary.breaker else {
                continue;
            };
            let site = site::of(host);
            match sites.get_mut(site) {
                Some(held) if held.at >= note.at => {}
                Some(held) => *held = *note,
                None => drop(sites.insert(site.to_owned(), *note)),
            }
        }
        Sites(sites)
    }

    fn until(&self, source: &Source) -> Option<Timestamp> {
        Some(self.0.get(site::of(&source.url.host()))?.until)
    }
}

/// Cause that decides when a source is polled next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// `enabled = false`.
    Off,
    /// Word of an admin.
    Paused,
    /// None: it was never polled at its address.
    New,
    /// Host that wants to be left alone.
    Host,
    /// Wait of its own.
    Wait(Reason),
}

/// Finds what decides when a source is polled next; the last sentence of [`explain`] says it in
/// words.
#[must_use]
pub fn cause(source: &Source, state: &SourceState, sites: &Sites, now: Timestamp) -> Cause {
    if !source.enabled {
        return Cause::Off;
    }
    if source.paused.is_some() {
        return Cause::Paused;
    }
    let next = super::next(source, state, now);
    let held = sites.until(source).filter(|until| *until > now);
    let is_held = held.is_some_and(|until| next.due.is_some_and(|own| until > own));
    match next.waits.last() {
        _ if is_held => Cause::Host,
        Some(wait) => Cause::Wait(wait.reason),
        None => Cause::New,
    }
}

/// Computes the next poll, and one sentence for each thing that speaks against doing it
/// sooner, the one that decides last. `None` for a source that is not polled any more.
#[must_use]
pub fn explain(
    source: &Source,
    state: &SourceState,
    sites: &Sites,
    now: Timestamp,
) -> (Option<Timestamp>, Vec<String>) {
    if !source.enabled {
        return (
            None,
            vec!["it is switched off in feeds.toml (enabled = false)".to_owned()],
        );
    }
    if let Some(since) = source.paused {
        let since = format!(
            "it is paused since {}; `gazetted resume` goes on",
            short(since)
        );
        return (None, vec![since]);
    }
    let next = super::next(source, state, now);
    let mut words: Vec<String> = next
        .waits
        .iter()
        .map(|wait| words(source, state, wait))
        .collect();
    if words.is_empty() {
        words.push("it was never polled at this address, so it is due at once".to_owned());
    }
    let mut due = next.due;
    let held = sites.until(source).filter(|until| *until > now);
    if let (Some(until), Some(own)) = (held, due)
        && until > own
    {
        words.push(format!(
            "its host wants to be left alone until {}, all its sources wait for that",
            short(until)
        ));
        due = Some(until);
    }
    (due, words)
}

fn words(source: &Source, state: &SourceState, wait: &PollDelay) -> String {
    let said = match wait.reason {
        Reason::Interval if state.rhythm.counts.is_empty() => {
            format!("its interval is {}", length(source.interval))
        }
        Reason::Interval => format!(
            "its interval is {} on average, less at hours when it brings news and more when it does not",
            length(source.interval)
        ),
        Reason::Quiet => match state.news {
            Some(news) => format!("it has brought nothing new since {}", short(news)),
            None => "it has brought nothing new".to_owned(),
        },
        Reason::Failures(FailureKind::Gone) => {
            return "its server says that it is gone for good (410): it is not asked any more; \
                    remove it from feeds.toml, or give it its new url"
                .to_owned();
        }
        Reason::Failures(kind) => {
            let n = state.failures;
            let times = if n == 1 {
                "once".to_owned()
            } else {
                format!("{n} times in a row")
            };
            format!("it has failed {times} ({})", name(kind))
        }
        Reason::RetryAfter => "its server asked to be left alone (Retry-After)".to_owned(),
        Reason::Fresh => {
            "its server says how long the answer is good (Cache-Control, Expires)".to_owned()
        }
        Reason::Ttl => "the feed says how long it may be kept (ttl)".to_owned(),
        Reason::Period => "the feed says how often it changes (sy:updatePeriod)".to_owned(),
        Reason::Skip => {
            "the feed asks to be left alone at such hours or days (skipHours, skipDays)".to_owned()
        }
    };
    let limit = match (wait.is_clamped, wait.reason) {
        (false, _) => String::new(),
        (true, Reason::RetryAfter) => format!(", of which {} are granted", length(super::MAX_WAIT)),
        (true, _) => format!(
            ", of which max_interval grants {}",
            length(source.max_interval)
        ),
    };
    format!("{said}{limit}: not before {}", short(wait.until))
}

fn name(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Network => "no answer",
        FailureKind::Denied => "not let in",
        FailureKind::NotFound => "nothing there",
        FailureKind::Gone => "gone for good",
        FailureKind::Throttled => "too many requests",
        FailureKind::Server => "the server is in trouble",
        FailureKind::Content => "not readable",
        FailureKind::Own => "not asked, or a mistake of ours",
    }
}

/// Formats a length of time by its two largest units: `1h 30m`
fn length(time: Duration) -> String {
    let seconds = time.as_secs();
    let parts = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];
    let mut left = seconds;
    let mut words = Vec::new();
    for (unit, size) in parts {
        if left >= size {
            words.push(format!("{}{unit}", left / size));
            left %= size;
        }
    }
    words.truncate(2);
    match words.is_empty() {
        true => "less than 1s".to_owned(),
        false => words.join(" "),
    }
}

/// Formats a time without fractions of a second, RFC 3339 in UTC.
fn short(at: Timestamp) -> String {
    let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
    whole.to_string()
}

/// Joins id, time and sentences into a text for a person, several lines.
#[must_use]
pub fn sentence(id: &SourceId, due: Option<Timestamp>, words: &[String], now: Timestamp) -> String {
    let when = match due {
        None => "is not polled".to_owned(),
        Some(due) if due <= now => "is polled as soon as there is a place".to_owned(),
        Some(due) => {
            let wait = Duration::try_from(due.duration_since(now)).unwrap_or_default();
            format!("is polled at {}, in {}", short(due), length(wait))
        }
    };
    let why = words.iter().map(|words| format!("\n  - {words}"));
    format!("{id} {when}{}", why.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WebUrl;
    use crate::source::Reader;

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn source() -> Source {
        let url = WebUrl::parse("https://rss.paper.example/feed").unwrap();
        Source::new("a/b".parse().unwrap(), url, Reader::Feed)
    }

    fn polled() -> SourceState {
        SourceState {
            asked: Some(source().url),
            polled: Some(now()),
            ..SourceState::default()
        }
    }

    #[track_caller]
    fn check(state: &SourceState, want: &str) {
        let sites = Sites::of([&SourceSummary::of(state)]);
        let (due, words) = explain(&source(), state, &sites, now());
        let text = sentence(&source().id, due, &words, now());
        assert!(
            text.lines().last().unwrap().contains(want),
            "no `{want}` at the end of:\n{text}"
        );
    }

    #[test]
    fn what_decides_is_said_last() {
        check(&SourceState::default(), "never polled at this address");
        check(
            &polled(),
            "its interval is 30m: not before 2026-11-23T12:30:00Z",
        );
        let mut state = polled();
        state.wishes.ttl = Some(Duration::from_secs(3600));
        check(&state, "(ttl): not before 2026-11-23T13:00:00Z");
        state.fresh_for = Some(Duration::from_secs(9_000_000));
        check(
            &state,
            "of which max_interval grants 1d: not before 2026-11-24T12:00:00Z",
        );
        state.failures = 6;
        state.trouble = Some(FailureKind::Server);
        state.fresh_for = None;
        check(
            &state,
            "failed 6 times in a row (the server is in trouble): not before 2026-11-24T04:00:00Z",
        );
        let decides = |state: &SourceState| cause(&source(), state, &Sites::default(), now());
        let failures = Reason::Failures(FailureKind::Server);
        assert_eq!(decides(&state), Cause::Wait(failures));
        assert_eq!(decides(&SourceState::default()), Cause::New);
        state.trouble = Some(FailureKind::Gone);
        check(&state, "give it its new url");
    }

    #[test]
    fn a_host_that_wants_to_be_left_alone_is_named() {
        let mut state = polled();
        let until = "2026-11-23T18:00:00Z".parse().unwrap();
        state.host = Some(BreakerState {
            at: now(),
            until,
            failures: 1,
        });
        check(
            &state,
            "its host wants to be left alone until 2026-11-23T18:00:00Z",
        );
    }
}
