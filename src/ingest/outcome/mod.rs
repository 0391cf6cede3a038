//! Outcome of a poll: how it went, and the next state of the source.

use std::time::Duration;

use jiff::Timestamp;

use super::anomaly::drift::DriftVerdict;
use super::anomaly::{drift, empty, moved};
use super::item::article;
use super::schedule::breaker::Answer;
use super::schedule::{self, arrivals, breaker, faith};
use crate::config::{FullText, Host, Source};
use crate::model::{
    BreakerState, ExtractionCounts, FailureKind, Health, HubDiscovery, Item, PendingArticle,
    PollHints, SourceState, Validators, WebUrl,
};

/// Outcome of a poll. Made by the poll pipeline, read by [`next_state`].
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing new: the server answered 304, or sent the same bytes again.
    Unchanged {
        /// Validators for the next request.
        validators: Option<Validators>,
        /// HTTP freshness lifetime (`Cache-Control`, `Expires`).
        fresh_for: Option<Duration>,
        /// Permanent target (301, 308) of the address that was asked.
        moved: Option<WebUrl>,
    },
    /// Document that was read.
    Read(Box<DocumentOutcome>),
    /// There was no document, or nothing could be made of it.
    Failed(Failure),
}

/// Failure of a poll. Made by the poll pipeline, read by [`next_state`] and by the circuit breaker.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Code for machines, as in `/status.json`.
    pub code: &'static str,
    /// Sentence for people.
    pub message: String,
    /// Kind of failure; decides the back-off.
    pub kind: FailureKind,
    /// Whether the server says of itself that it is for now (503).
    pub is_unavailable: bool,
    /// `Retry-After`, from the answer on.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// Makes a failure that no server has commented on.
    #[must_use]
    pub fn plain(code: &'static str, message: String, kind: FailureKind) -> Failure {
        Failure {
            code,
            message,
            kind,
            is_unavailable: false,
            retry_after: None,
        }
    }
}

impl Outcome {
    /// Whether a document was parsed to its end, for better or worse: parsing it does not end the
    /// process.
    #[must_use]
    pub fn was_parsed(&self) -> bool {
        match self {
            Outcome::Read(_) => true,
            Outcome::Failed(failure) => failure.kind == FailureKind::Content,
            Outcome::Unchanged { .. } => false,
        }
    }
}

/// Context of a poll: its host and the network.
#[derive(Clone, Copy, Debug)]
pub struct HostContext<'a> {
    /// Rules of the admin for the host, `[host."…"]`.
    pub rule: &'a Host,
    /// State of the host's circuit breaker.
    pub note: Option<BreakerState>,
    /// Whether nothing at all answers: then a failure is not the source's fault.
    pub is_outage: bool,
}

/// Statements of a document, besides its entries.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentOutcome {
    /// Validators for the next request, if the document was whole.
    pub validators: Option<Validators>,
    /// Hash of the bytes, if the same bytes again would mean that nothing is new.
    pub body_hash: Option<u64>,
    /// Title that the source gives itself.
    pub title: Option<String>,
    /// Home page of the source.
    pub site: Option<WebUrl>,
    /// Language of the source, BCP 47.
    pub language: Option<String>,
    /// Entries of the document.
    pub entries: usize,
    /// Entries that the store had.
    pub n_held: usize,
    /// Whether it was only what has changed (RFC 3229): what it lacks may still be there.
    pub is_delta: bool,
    /// Permanent target (301, 308) of the address that was asked.
    pub moved: Option<WebUrl>,
    /// Undecodable byte sequences.
    pub replaced: u32,
    /// Names of the repairs that the document needed.
    pub repaired: Vec<&'static str>,
    /// Whether the document counts as whole, see [`is_whole`].
    pub is_complete: bool,
    /// Pending articles: pages that could not be read yet.
    pub unread: Vec<PendingArticle>,
    /// Poll hints of the document.
    pub wishes: PollHints,
    /// HTTP freshness lifetime.
    pub fresh_for: Option<Duration>,
    /// Times at which new entries came, as far as they are known.
    pub arrivals: Vec<Timestamp>,
    /// Entries that are new.
    pub n_new: u32,
    /// Hubs that would push it (WebSub discovery).
    pub offer: Option<HubDiscovery>,
    /// Extraction counts.
    pub counts: ExtractionCounts,
    /// Verdict on these counts.
    pub verdict: DriftVerdict,
    /// Selectors that matched nothing, and what to say of them.
    pub unmatched: Option<String>,
    /// Article pages that were read.
    pub n_articles: usize,
}

/// Returns the validators for the next request.
///
/// `None` if the address in `feeds.toml` has changed, articles are pending, or the server has
/// answered 304 for eight days, too long to be believed.
#[must_use]
pub fn validators<'a>(
    source: &Source,
    state: &'a SourceState,
    now: Timestamp,
) -> Option<&'a Validators> {
    let held = state.validators.as_ref()?;
    let is_believable =
        now.duration_since(held.since) < faith::MAX_NOT_MODIFIED_AGE && held.since <= now;
    let is_refused = state.failures > 0 && state.trouble != Some(FailureKind::Network);
    let is_same_address = state.asked.as_ref() == Some(&source.url);
    // Article pages that are still to be read need the list they stand on.
    let is_settled = state.unread.is_empty();
    let is_usable = is_believable && !is_refused && !faith::is_test(source, state, held, now);
    (is_usable && is_same_address && is_settled).then_some(held)
}

/// Forgets that we have the current document, so that the next poll reads all of it again:
/// the store has lost items.
pub fn distrust(state: &mut SourceState) {
    state.validators = None;
    state.body_hash = None;
}

/// Whether a document is whole. `has_end` says whether its end was there.
///
/// HTML may leave `</html>` out, so a list page without it counts as whole if it is at least
/// as long as it was; a feed without its end never does.
#[must_use]
pub fn is_whole(source: &Source, before: &SourceState, has_end: bool, n_entries: usize) -> bool {
    let was = usize::try_from(before.entries).unwrap_or(usize::MAX);
    has_end || (source.reader.is_page() && was > 0 && n_entries >= was)
}

/// Computes the next state of the source, with its next poll, after a poll that took place at
/// `now`.
#[must_use]
pub fn next_state(
    source: &Source,
    before: &SourceState,
    outcome: &Outcome,
    place: &HostContext<'_>,
    now: Timestamp,
) -> SourceState {
    let mut state = SourceState {
        polled: Some(now),
        asked: Some(source.url.clone()),
        retry_at: None,
        ..before.clone()
    };
    match outcome {
        Outcome::Unchanged {
            validators,
            fresh_for,
            moved,
        } => {
            state.validators.clone_from(validators);
            state.fresh_for = *fresh_for;
            state.moved = moved::after(source, before, moved.as_ref(), true, now);
            succeed(&mut state, now);
            flag_unmatched(&mut state, article::still_unmatched(source, before));
        }
        Outcome::Read(findings) if findings.verdict.breach.is_some() => {
            state.counts = findings.counts;
            state.baseline = findings.verdict.baseline;
            // The next poll has to look at it again.
            state.validators = None;
            state.body_hash = None;
            if let Some(breach) = &findings.verdict.breach {
                fail(
                    &mut state,
                    breach.code,
                    &breach.message,
                    FailureKind::Content,
                );
            }
        }
        Outcome::Read(findings) => {
            remember(&mut state, findings);
            let is_first = before.succeeded.is_none() || before.asked != state.asked;
            let n_counted = if is_first { 0 } else { findings.n_new };
            state.intake = before.intake.after(n_counted, now);
            if findings.n_new > 0 {
                state.news = Some(now);
                let arrivals = findings.arrivals.iter().copied();
                arrivals::learn(&mut state.rhythm, arrivals, &source.timezone, now);
            }
            let unmatched = findings.unmatched.clone().or_else(|| {
                let is_told = findings.n_articles == 0 && findings.counts.items > 0;
                article::still_unmatched(source, before).filter(|_| is_told)
            });
            if findings.is_complete {
                let is_same = moved::is_same(findings.entries, findings.n_held, before.entries);
                let to = findings.moved.as_ref();
                state.moved = moved::after(source, before, to, is_same, now);
                succeed(&mut state, now);
                empty::flag(&mut state);
                flag_unmatched(&mut state, unmatched);
            } else {
                let message = "the document ends in the middle; what was there is kept";
                fail(&mut state, "incomplete", message, FailureKind::Content);
            }
        }
        Outcome::Failed(failure) if failure.kind == FailureKind::Network && place.is_outage => {
            state.health = Health::Failing {
                code: OUTAGE.to_owned(),
                message: "nothing on the network answers; this source is not to blame".to_owned(),
            };
            state.trouble = Some(FailureKind::Network);
        }
        Outcome::Failed(failure) => {
            fail(&mut state, failure.code, &failure.message, failure.kind);
            let wait = failure.retry_after.map(|wait| wait.min(schedule::MAX_WAIT));
            state.retry_at = wait.and_then(|wait| now.checked_add(wait).ok());
        }
    }
    if state.health == Health::Good
        && let Some(message) = drift::overdue(source, state.news, now)
    {
        let code = "overdue".to_owned();
        state.health = Health::Failing { code, message };
    }
    let note = breaker::note(place.rule, place.note, answer(outcome), now);
    state.host = note.filter(|_| !place.is_outage).or(state.host);
    state.due = schedule::next(source, &state, now).due;
    state
}

/// Computes the state, in memory only, if `after` could not be written: we do not have what
/// it promises, but the source was asked, and what it wished still holds.
#[must_use]
pub fn unwritten(
    source: &Source,
    before: &SourceState,
    after: &SourceState,
    now: Timestamp,
) -> SourceState {
    let mut state = SourceState {
        polled: Some(now),
        asked: Some(source.url.clone()),
        retry_at: after.retry_at,
        wishes: after.wishes,
        fresh_for: after.fresh_for,
        host: after.host,
        ..before.clone()
    };
    let message = "what was read could not be written to the store";
    fail(&mut state, "unwritten", message, FailureKind::Own);
    state.due = schedule::next(source, &state, now).due;
    state
}

/// Code of failed polls while nothing at all answers.
pub const OUTAGE: &str = "outage";

/// Maps the outcome of a poll to what it tells of the host.
fn answer(outcome: &Outcome) -> Answer {
    match outcome {
        Outcome::Failed(failure) => Answer::Failed {
            trouble: failure.kind,
            is_unavailable: failure.is_unavailable,
            retry_after: failure.retry_after,
        },
        Outcome::Unchanged { .. } | Outcome::Read(_) => Answer::Proper,
    }
}

fn succeed(state: &mut SourceState, now: Timestamp) {
    state.health = Health::Good;
    state.trouble = None;
    state.failures = 0;
    state.succeeded = Some(now);
}

/// Says that selectors match nothing, of a source whose items are published all
/// the same.
fn flag_unmatched(state: &mut SourceState, message: Option<String>) {
    if let Some(message) = message
        && state.health == Health::Good
    {
        state.trouble = Some(FailureKind::Content);
        state.health = Health::Failing {
            code: article::UNMATCHED.to_owned(),
            message,
        };
    }
}

fn fail(state: &mut SourceState, code: &str, message: &str, trouble: FailureKind) {
    state.health = Health::Failing {
        code: code.to_owned(),
        message: message.to_owned(),
    };
    state.trouble = Some(trouble);
    state.failures = state.failures.saturating_add(1);
}

fn remember(state: &mut SourceState, findings: &DocumentOutcome) {
    state.validators.clone_from(&findings.validators);
    state.wishes = findings.wishes;
    state.fresh_for = findings.fresh_for;
    state.counts = findings.counts;
    state.baseline = findings.verdict.baseline;
    state.body_hash = findings.body_hash.filter(|_| findings.is_complete);
    state.title = findings.title.clone().or(state.title.take());
    state.site = findings.site.clone().or(state.site.take());
    state.language = findings.language.clone().or(state.language.take());
    let n_entries = u32::try_from(findings.entries).unwrap_or(u32::MAX);
    let is_suddenly_empty = n_entries == 0 && state.entries > 0 && !findings.is_delta;
    if findings.is_delta {
        // It tells nothing of how long the document is, nor of its other bytes.
        state.body_hash = None;
    } else if is_suddenly_empty {
        state.empty_polls = state.empty_polls.saturating_add(1);
        (state.validators, state.body_hash) = (None, None);
    } else {
        state.empty_polls = 0;
        state.entries = match findings.is_complete {
            true => n_entries,
            false => state.entries.max(n_entries),
        };
    }
    state.replaced = findings.replaced;
    state.repaired = findings
        .repaired
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    state.unread.clone_from(&findings.unread);
}

/// Ranks a copy among those of its story, the highest is shown: the source's priority, then
/// the fuller text. Between equals the earlier copy stays.
#[must_use]
pub fn rank(source: &Source, item: &Item) -> u32 {
    let has_text = item.content.is_some() && source.full_text != FullText::Never;
    base(source.priority) * 2 + u32::from(has_text)
}

/// Gives a copy that had `rank` the rank that it has with another priority of its source.
#[must_use]
pub fn reranked(rank: u32, priority: i32) -> u32 {
    base(priority) * 2 + rank % 2
}

fn base(priority: i32) -> u32 {
    let base = i64::from(priority) - i64::from(i16::MIN);
    u32::try_from(base.clamp(0, i64::from(u16::MAX))).unwrap_or(0)
}

#[cfg(test)]
mod tests;
