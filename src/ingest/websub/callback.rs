//! Callbacks of a hub (WebSub, 5.2 and 5.3): parsing, and whether we meant them.

use jiff::{SignedDuration, Timestamp};
use url::form_urlencoded;

use crate::model::{HubSubscription, Mode};

/// Time that a hub may take to verify a request.
const VERIFY_WINDOW: SignedDuration = SignedDuration::from_hours(2);

/// Longest challenge that is repeated, in bytes.
const MAX_CHALLENGE: usize = 4096;

/// Longest reason that is kept, in characters.
const MAX_REASON: usize = 200;

/// Call of a hub: a question, or a denial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Verification of intent: did we mean it? Then its challenge is to be repeated.
    Verify {
        /// Mode that the hub was asked for.
        mode: Mode,
        /// Topic, as the hub spells it.
        topic: String,
        /// Challenge to repeat, 1 to 4096 bytes.
        challenge: String,
        /// Time for which the hub will push, in seconds.
        lease_seconds: Option<u64>,
    },
    /// Denial: the hub will not push, or not any more.
    Denied {
        /// Topic that it will not push.
        topic: String,
        /// Reason, on one line of at most 200 characters.
        reason: Option<String>,
    },
}

/// Parses the query of a callback; `None` if it is no such call.
#[must_use]
pub fn call(query: &str) -> Option<Call> {
    let pairs: Vec<(_, _)> = form_urlencoded::parse(query.as_bytes()).take(32).collect();
    let field = |name: &str| {
        let found = pairs.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.to_string())
    };
    let topic = field("hub.topic")?;
    let mode = match field("hub.mode")?.as_str() {
        "subscribe" => Mode::Subscribe,
        "unsubscribe" => Mode::Unsubscribe,
        "denied" => {
            let reason = field("hub.reason").map(|text| on_one_line(&text));
            let reason = reason.filter(|text| !text.is_empty());
            return Some(Call::Denied { topic, reason });
        }
        _ => return None,
    };
    let challenge = field("hub.challenge")?;
    let is_fair = (1..=MAX_CHALLENGE).contains(&challenge.len());
    is_fair.then_some(Call::Verify {
        mode,
        topic,
        challenge,
        lease_seconds: field("hub.lease_seconds").and_then(|text| seconds(&text)),
    })
}

/// Whether a hub that calls about this subscription is to be listened to: only what we asked
/// for in the last two hours and what was not confirmed yet is, and only about its topic.
#[must_use]
pub fn is_meant(call: &Call, contract: &HubSubscription, now: Timestamp) -> bool {
    match call {
        Call::Verify { mode, topic, .. } => contract.pending.is_some_and(|pending| {
            let age = now.duration_since(pending.since).abs();
            pending.mode == *mode && age <= VERIFY_WINDOW && contract.topic.is(topic)
        }),
        Call::Denied { topic, .. } => {
            let has_any = contract.pending.is_some() || contract.lease.is_some();
            has_any && contract.topic.is(topic)
        }
    }
}

/// Parses a number of seconds. More digits than a number has are still a long time.
fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

fn on_one_line(text: &str) -> String {
    let text: String = text.chars().take(MAX_REASON).collect();
    let text = text.replace(|c: char| c.is_control(), " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ingest::websub::tests::{contract, now};
    use crate::model::Pending;

    const TOPIC: &str = "hub.topic=https%3A%2F%2Fpaper.example%2Ffeed";

    fn pending(mode: Mode) -> HubSubscription {
        HubSubscription {
            pending: Some(Pending { mode, since: now() }),
            ..contract()
        }
    }

    #[track_caller]
    fn check(query: &str, contract: &HubSubscription, want: bool) {
        let got = call(query).is_some_and(|call| is_meant(&call, contract, now()));
        assert_eq!(got, want, "{query}");
    }

    #[test]
    fn only_what_is_pending_is_confirmed() {
        let verify = format!("{TOPIC}&hub.mode=subscribe&hub.challenge=x&hub.lease_seconds=9");
        check(&verify, &pending(Mode::Subscribe), true);
        check(&verify, &pending(Mode::Unsubscribe), false);
        check(&verify, &contract(), false);
        let other = verify.replace("feed", "other");
        check(&other, &pending(Mode::Subscribe), false);
        let old = HubSubscription {
            pending: Some(Pending {
                mode: Mode::Subscribe,
                since: now() - SignedDuration::from_hours(3),
            }),
            ..contract()
        };
        check(&verify, &old, false);
    }

    #[test]
    fn a_denial_is_about_something_we_have_or_asked_for() {
        let denied = format!("{TOPIC}&hub.mode=denied&hub.reason=no%0a%20%1b%5bthanks");
        check(&denied, &pending(Mode::Subscribe), true);
        check(&denied, &contract(), false);
        let Some(Call::Denied { reason, .. }) = call(&denied) else {
            panic!("{denied}");
        };
        assert_eq!(reason.as_deref(), Some("no [thanks"));
    }

    #[test]
    fn what_makes_no_sense_is_no_call() {
        for bad in [
            "",
            "hub.mode=subscribe&hub.challenge=x",
            &format!("{TOPIC}&hub.mode=publish&hub.challenge=x"),
            &format!("{TOPIC}&hub.mode=subscribe"),
            &format!("{TOPIC}&hub.mode=subscribe&hub.challenge="),
            &format!(
                "{TOPIC}&hub.mode=subscribe&hub.challenge={}",
                "x".repeat(5000)
            ),
        ] {
            assert_eq!(call(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_lease_of_any_length_is_a_number() {
        for (text, want) in [
            ("86400", Some(86_400)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("-1", None),
            ("1e9", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(query in "[ -~]{0,120}") {
            let _ = call(&query);
        }

        #[test]
        fn a_challenge_is_repeated_as_it_is(challenge in "\\PC{1,80}") {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("hub.mode", "subscribe");
            query.append_pair("hub.topic", "https://paper.example/feed");
            query.append_pair("hub.challenge", &challenge);
            let Some(Call::Verify { challenge: found, .. }) = call(&query.finish()) else {
                panic!("no call");
            };
            prop_assert_eq!(found, challenge);
        }
    }
}
