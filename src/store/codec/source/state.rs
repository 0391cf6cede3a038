//! Source states as bytes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::extraction::WireDrift;
use super::repair::WireRepair;
use super::schedule::WirePace;
use crate::model::{
    DailyIntake, Health, ItemId, PendingArticle, PermanentRedirect, SourceState, Validators, WebUrl,
};
use crate::store::codec::scalar::{self, WireTime, read_time, strings, strs};
use crate::store::codec::{Unreadable, seal, unseal};

/// Encodes the state of a source: version byte, postcard of [`WireState`], of [`WireMore`], and of
/// [`WireLater`].
/// The key in ledger tree `sources` is the name of the source.
pub(in crate::store) fn write_state(state: &SourceState) -> Vec<u8> {
    let (code, message) = match &state.health {
        Health::Unknown => (None, None),
        Health::Good => (Some(""), None),
        Health::Failing { code, message } => (Some(code.as_str()), Some(message.as_str())),
    };
    let bytes = seal(&WireState {
        asked: state.asked.as_ref().map(WebUrl::as_str),
        validators: state.validators.as_ref().map(WireValidators::of),
        due: state.due.map(WireTime::of),
        polled: state.polled.map(WireTime::of),
        succeeded: state.succeeded.map(WireTime::of),
        failures: state.failures,
        code,
        message,
        pace: WirePace::of(state),
        title: state.title.as_deref(),
        site: state.site.as_ref().map(WebUrl::as_str),
        language: state.language.as_deref(),
        body_hash: state.body_hash,
        entries: state.entries,
        drift: WireDrift::of(state),
        replaced: state.replaced,
        repaired: strs(&state.repaired),
        unread: state
            .unread
            .iter()
            .map(|one| (*one.item.as_bytes(), one.attempts))
            .collect(),
    });
    let more = WireMore {
        moved: state.moved.as_ref().map(WireMoved::of),
        empty_polls: state.empty_polls,
    };
    let later = WireLater {
        new_since: state.intake.since.map(WireTime::of),
        new_items: state.intake.items,
        repair: state.repair.as_ref().map(WireRepair::of),
    };
    let bytes = postcard::to_extend(&more, bytes).expect("plain fields serialise");
    postcard::to_extend(&later, bytes).expect("plain fields serialise")
}

/// Decodes a state to the JSON of an export line; `None` if it is unreadable.
pub(in crate::store) fn to_json(bytes: &[u8]) -> Option<Value> {
    let wire: WireState<'_> = unseal(bytes).ok()?;
    let mut state = serde_json::to_value(wire).ok()?;
    let (more, later) = read_more(bytes).ok()?;
    let state_keys = state.as_object_mut()?;
    for keys in [serde_json::to_value(more), serde_json::to_value(later)] {
        state_keys.extend(keys.ok()?.as_object()?.clone());
    }
    Some(state)
}

/// Encodes the state of an export line; `None` if it is none.
pub(in crate::store) fn of_json(state: &Value) -> Option<Vec<u8>> {
    let wire = WireState::deserialize(state).ok()?;
    // Exports of earlier releases have none of its keys.
    let more = WireMore::deserialize(state).ok()?;
    let later = WireLater::deserialize(state).ok()?;
    let bytes = postcard::to_extend(&more, seal(&wire)).ok()?;
    postcard::to_extend(&later, bytes).ok()
}

/// Decodes a state. Addresses that would not be taken today are left out.
///
/// # Errors
///
/// [`Unreadable`] if the version is another one, or a time is none.
pub(in crate::store) fn read_state(bytes: &[u8]) -> Result<SourceState, Unreadable> {
    let wire: WireState<'_> = unseal(bytes)?;
    let (more, later) = read_more(bytes)?;
    let health = match (wire.code, wire.message) {
        (None, _) => Health::Unknown,
        (Some(_), None) => Health::Good,
        (Some(code), Some(message)) => Health::Failing {
            code: code.to_owned(),
            message: message.to_owned(),
        },
    };
    let mut state = SourceState {
        asked: wire.asked.and_then(WebUrl::parse),
        // Validators that cannot be used are as good as none: a whole document is fetched.
        validators: wire.validators.and_then(WireValidators::read),
        due: read_time(wire.due).ok_or(Unreadable)?,
        polled: read_time(wire.polled).ok_or(Unreadable)?,
        succeeded: read_time(wire.succeeded).ok_or(Unreadable)?,
        failures: wire.failures,
        health,
        title: wire.title.map(str::to_owned),
        site: wire.site.and_then(WebUrl::parse),
        language: wire.language.map(str::to_owned),
        body_hash: wire.body_hash,
        entries: wire.entries,
        replaced: wire.replaced,
        repaired: strings(wire.repaired),
        unread: wire.unread.into_iter().map(read_unread).collect(),
        moved: more.moved.and_then(WireMoved::read),
        empty_polls: more.empty_polls,
        intake: DailyIntake {
            since: read_time(later.new_since).ok_or(Unreadable)?,
            items: later.new_items,
        },
        repair: later.repair.map(WireRepair::read),
        ..SourceState::default()
    };
    wire.pace.read(&mut state)?;
    wire.drift.read(&mut state)?;
    Ok(state)
}

/// Reads a pending article: its item, and the attempts so far.
fn read_unread((item, attempts): ([u8; 16], u8)) -> PendingArticle {
    PendingArticle {
        item: ItemId::from_bytes(item),
        attempts,
    }
}

/// State as of its first layout, in postcard order. Field names are keys of `export`.
#[derive(Serialize, Deserialize)]
struct WireState<'a> {
    asked: Option<&'a str>,
    #[serde(borrow)]
    validators: Option<WireValidators<'a>>,
    due: Option<WireTime>,
    polled: Option<WireTime>,
    succeeded: Option<WireTime>,
    failures: u32,
    /// Code of the health: absent while never polled, empty if good.
    code: Option<&'a str>,
    /// Message of the failure; absent if good.
    message: Option<&'a str>,
    pace: WirePace,
    title: Option<&'a str>,
    site: Option<&'a str>,
    language: Option<&'a str>,
    body_hash: Option<u64>,
    entries: u32,
    drift: WireDrift,
    replaced: u32,
    repaired: Vec<&'a str>,
    /// Pending articles: item, attempts so far.
    unread: Vec<([u8; 16], u8)>,
}

/// Fields that states got after their first layout; stand behind [`WireState`].
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct WireMore<'a> {
    #[serde(borrow)]
    moved: Option<WireMoved<'a>>,
    empty_polls: u8,
}

/// Fields that states got after those of [`WireMore`]; stand behind it.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct WireLater<'a> {
    new_since: Option<WireTime>,
    new_items: u32,
    #[serde(borrow)]
    repair: Option<WireRepair<'a>>,
}

/// Decodes [`WireMore`] and [`WireLater`] behind the state in `bytes`; the default of each where an
/// older release wrote none.
///
/// # Errors
///
/// [`Unreadable`] if one of the three is.
fn read_more(bytes: &[u8]) -> Result<(WireMore<'_>, WireLater<'_>), Unreadable> {
    let record = bytes.get(1..).unwrap_or_default();
    let (_, rest) = postcard::take_from_bytes::<WireState<'_>>(record).map_err(|_| Unreadable)?;
    if rest.is_empty() {
        return Ok(Default::default());
    }
    let (more, rest) = postcard::take_from_bytes(rest).map_err(|_| Unreadable)?;
    match rest {
        [] => Ok((more, WireLater::default())),
        rest => Ok((more, postcard::from_bytes(rest).map_err(|_| Unreadable)?)),
    }
}

/// Permanent redirect of a source: target, since when, last confirmed, whether it showed the same entries.
#[derive(Serialize, Deserialize)]
struct WireMoved<'a> {
    to: &'a str,
    since: WireTime,
    confirmed: WireTime,
    is_same: bool,
}

impl<'a> WireMoved<'a> {
    /// Borrows the value for writing.
    fn of(moved: &'a PermanentRedirect) -> WireMoved<'a> {
        WireMoved {
            to: moved.to.as_str(),
            since: WireTime::of(moved.since),
            confirmed: WireTime::of(moved.confirmed),
            is_same: moved.is_same,
        }
    }

    /// Returns the value; `None` if an address or a time is out of range.
    fn read(self) -> Option<PermanentRedirect> {
        Some(PermanentRedirect {
            to: WebUrl::parse(self.to)?,
            since: self.since.read()?,
            confirmed: self.confirmed.read()?,
            is_same: self.is_same,
        })
    }
}

/// Validators of a source's document, with the address that gave them.
#[derive(Serialize, Deserialize)]
struct WireValidators<'a> {
    url: &'a str,
    #[serde(borrow, with = "scalar::header")]
    etag: Option<Cow<'a, [u8]>>,
    #[serde(borrow, with = "scalar::header")]
    last_modified: Option<Cow<'a, [u8]>>,
    since: WireTime,
}

impl<'a> WireValidators<'a> {
    /// Borrows the value for writing.
    fn of(validators: &'a Validators) -> WireValidators<'a> {
        WireValidators {
            url: validators.url.as_str(),
            etag: validators.etag.as_deref().map(Cow::Borrowed),
            last_modified: validators.last_modified.as_deref().map(Cow::Borrowed),
            since: WireTime::of(validators.since),
        }
    }

    /// Returns the value; `None` if an address or a time is out of range.
    fn read(self) -> Option<Validators> {
        Some(Validators {
            url: WebUrl::parse(self.url)?,
            etag: self.etag.map(Cow::into_owned),
            last_modified: self.last_modified.map(Cow::into_owned),
            since: self.since.read()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{ArrivalHistogram, BreakerState, PollHints, WEEK_HOURS};
    use crate::model::{Baseline, ExtractionCounts, ListRepair, RuleRepair};
    use crate::store::codec::source::schedule::TROUBLES;
    use jiff::Timestamp;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_state_reads_back(state in any_state()) {
            prop_assert_eq!(read_state(&write_state(&state)), Ok(state));
        }

        #[test]
        fn a_state_comes_back_from_an_export(state in any_state()) {
            let bytes = write_state(&state);
            let line = to_json(&bytes).unwrap().to_string();
            let read = of_json(&serde_json::from_str(&line).unwrap());
            prop_assert_eq!(read, Some(bytes));
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(mut bytes in vec(any::<u8>(), 1..300)) {
            bytes[0] = 1;
            let _ = read_state(&bytes);
        }
    }

    fn any_time() -> impl Strategy<Value = Timestamp> {
        let range = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
        range.prop_map(|nanoseconds| Timestamp::from_nanosecond(nanoseconds).unwrap())
    }

    fn any_health() -> impl Strategy<Value = Health> {
        prop_oneof![
            Just(Health::Unknown),
            Just(Health::Good),
            (".{0,9}", ".{0,40}").prop_map(|(code, message)| Health::Failing { code, message }),
        ]
    }

    prop_compose! {
        /// Returns the fields that decide when it is asked again.
        fn any_pace()(
            at in option::of(any_time()), minutes in option::of(0_u32..100_000),
            skip_hours: u32, skip_days: u8, week: u32, address: Option<std::net::IpAddr>,
            counts in prop_oneof![Just(0), Just(WEEK_HOURS)].prop_flat_map(|n| vec(any::<u16>(), n)),
            trouble in option::of(prop::sample::select(TROUBLES)),
        ) -> SourceState {
            let wait = minutes.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
            SourceState {
                trouble, took: wait.unwrap_or_default(), news: at,
                rhythm: ArrivalHistogram { week, counts },
                wishes: PollHints { ttl: wait, skip_hours, skip_days, period: wait, base: at },
                fresh_for: wait, retry_at: at, address,
                host: at.map(|at| BreakerState { at, until: at, failures: week }),
                ..SourceState::default()
            }
        }
    }

    prop_compose! {
        fn any_state()(
            health in any_health(), at in option::of(any_time()), text in option::of(".{0,40}"),
            failures: u32, body_hash: Option<u64>, repaired in vec(".{0,9}", 0..3),
            etag: Option<Vec<u8>>, unread in vec(any::<([u8; 16], u8)>(), 0..3),
            pace in any_pace(), moved: Option<bool>, empty_polls: u8, rule in option::of(any::<(String, Option<String>)>()),
        ) -> SourceState {
            let url = WebUrl::parse("https://jinan.example/rss.xml");
            SourceState {
                asked: url.clone(),
                validators: at.zip(url.clone()).map(|(since, url)| Validators {
                    url, etag: etag.clone(), last_modified: etag, since,
                }),
                due: at, polled: at, succeeded: at, failures, health,
                title: text.clone(), site: url.clone(), language: text, body_hash,
                entries: failures, replaced: failures, repaired,
                unread: unread.into_iter().map(read_unread).collect(),
                counts: ExtractionCounts { items: failures, dates: failures / 2, ..ExtractionCounts::default() },
                baseline: Baseline { titles: failures, odd_since: at, ..Baseline::default() },
                moved: moved.and_then(|is_same| Some(PermanentRedirect {
                    to: url?, since: at?, confirmed: at?, is_same,
                })),
                empty_polls,
                repair: rule.map(|(was, is)| ListRepair {
                    rules: vec![RuleRepair { key: "item".to_owned(), was: Some(was), is }],
                    items: failures, known: failures / 2,
                }),
                ..pace
            }
        }
    }
}
