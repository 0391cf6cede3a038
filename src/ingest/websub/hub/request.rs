//! Requests to our hub (WebSub, 5.1), and the question whether they are meant (5.3).

use jiff::SignedDuration;
use url::form_urlencoded;

use super::lease;
use crate::model::{Mode, Secret, Topic, WebUrl};

/// Most fields of a form that are looked at.
const MAX_FIELDS: usize = 32;

/// Longest secret, in bytes: fewer than 200 (WebSub, 5.1).
const MAX_SECRET_BYTES: usize = 199;

/// Request for a subscription, or for its end, as somebody posted it.
#[derive(Clone, Debug, PartialEq)]
pub struct HubRequest {
    /// Start or end.
    pub mode: Mode,
    /// Feed, as the subscriber spells its address; whether it is ours is not looked up.
    pub topic: Topic,
    /// Address to post it to; nothing is known of it yet.
    pub callback: WebUrl,
    /// Key for the signatures.
    pub secret: Option<Secret>,
    /// Lease, within bounds.
    pub lease: SignedDuration,
}

/// Error: a form that is no request; its text is for whoever posted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHubRequest {
    /// `hub.mode` is missing, or none of the two.
    #[error("hub.mode has to be subscribe or unsubscribe")]
    Mode,
    /// `hub.topic` is missing, or no web address.
    #[error("hub.topic has to be the whole address of a feed")]
    Topic,
    /// `hub.callback` is missing, no web address, or has a fragment.
    #[error("hub.callback has to be a whole web address, without a fragment")]
    Callback,
    /// `hub.secret` is too long.
    #[error("hub.secret has to have fewer than 200 bytes")]
    Secret,
}

/// Reads a form, `application/x-www-form-urlencoded`. Of a field that is there twice the first
/// counts; an empty secret is none; a lease that is no number is the usual one.
///
/// # Errors
///
/// [`BadHubRequest`] for the first field that cannot be used.
pub fn read(form: &[u8]) -> Result<HubRequest, BadHubRequest> {
    let pairs: Vec<(_, _)> = form_urlencoded::parse(form).take(MAX_FIELDS).collect();
    let field = |name: &str| {
        let found = pairs.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_ref())
    };
    let mode = match field("hub.mode") {
        Some("subscribe") => Mode::Subscribe,
        Some("unsubscribe") => Mode::Unsubscribe,
        _ => return Err(BadHubRequest::Mode),
    };
    let topic = field("hub.topic").and_then(Topic::parse);
    let callback = field("hub.callback").and_then(WebUrl::parse);
    let callback = callback.filter(|url| url.to_url().fragment().is_none());
    let secret = field("hub.secret").filter(|secret| !secret.is_empty());
    if secret.is_some_and(|secret| secret.len() > MAX_SECRET_BYTES) {
        return Err(BadHubRequest::Secret);
    }
    let seconds = field("hub.lease_seconds").and_then(|text| text.trim().parse().ok());
    Ok(HubRequest {
        mode,
        topic: topic.ok_or(BadHubRequest::Topic)?,
        callback: callback.ok_or(BadHubRequest::Callback)?,
        secret: secret.map(Secret::from_text),
        lease: lease(seconds),
    })
}

/// Writes the address that asks the callback whether the request is meant: its own query stays, and
/// the answer has to be `challenge`. `None` if it becomes too long.
#[must_use]
pub fn question(request: &HubRequest, challenge: &str) -> Option<WebUrl> {
    let mut url = request.callback.to_url();
    let mode = match request.mode {
        Mode::Subscribe => "subscribe",
        Mode::Unsubscribe => "unsubscribe",
    };
    url.query_pairs_mut()
        .append_pair("hub.mode", mode)
        .append_pair("hub.topic", request.topic.as_str())
        .append_pair("hub.challenge", challenge);
    if request.mode == Mode::Subscribe {
        let seconds = request.lease.as_secs().to_string();
        url.query_pairs_mut()
            .append_pair("hub.lease_seconds", &seconds);
    }
    WebUrl::of(&url)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ingest::websub::callback::{Call, call};
    use crate::ingest::websub::request::form;
    use crate::ingest::websub::tests::contract;

    const GOOD: &str = "hub.mode=subscribe&hub.topic=https%3A%2F%2Fnews.example%2Fa.rss\
                        &hub.callback=https%3A%2F%2Freader.example%2Fx%3Fa%3D1";

    #[track_caller]
    fn is_bad(form: &str, why: BadHubRequest) {
        assert_eq!(read(form.as_bytes()), Err(why), "{form}");
    }

    #[test]
    fn our_own_subscriber_is_understood() {
        let contract = contract();
        let request = read(form(&contract, Mode::Subscribe).as_bytes()).unwrap();
        assert_eq!(request.mode, Mode::Subscribe);
        assert_eq!(request.topic, contract.topic);
        assert_eq!(request.callback, contract.callback);
        assert_eq!(request.secret, Some(contract.secret));
        let question = question(&request, "abc").unwrap().to_url();
        let Some(Call::Verify {
            mode,
            challenge,
            lease_seconds,
            ..
        }) = call(question.query().unwrap())
        else {
            panic!("{question}");
        };
        assert_eq!((mode, challenge.as_str()), (Mode::Subscribe, "abc"));
        assert_eq!(lease_seconds, Some(10 * 86_400));
    }

    #[test]
    fn the_query_of_a_callback_stays() {
        let request = read(GOOD.as_bytes()).unwrap();
        let question = question(&request, "x y&z").unwrap();
        let begin = "https://reader.example/x?a=1&hub.mode=subscribe&hub.topic=";
        assert!(question.as_str().starts_with(begin), "{question}");
        assert!(
            question.as_str().contains("hub.challenge=x+y%26z"),
            "{question}"
        );
        let long = format!("{GOOD}{}", "x".repeat(WebUrl::MAX - 30));
        let long = read(long.as_bytes()).unwrap();
        assert_eq!(super::question(&long, "x"), None);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        is_bad("", BadHubRequest::Mode);
        is_bad(&GOOD.replace("=subscribe", "=publish"), BadHubRequest::Mode);
        is_bad(
            &GOOD.replace("https%3A%2F%2Fnews.example", ""),
            BadHubRequest::Topic,
        );
        is_bad(
            &GOOD.replace("https%3A%2F%2Freader", "file%3A%2F%2Freader"),
            BadHubRequest::Callback,
        );
        is_bad(&format!("{GOOD}%23top"), BadHubRequest::Callback);
        let secret = format!("{GOOD}&hub.secret={}", "x".repeat(200));
        is_bad(&secret, BadHubRequest::Secret);
        let empty = read(format!("{GOOD}&hub.secret=&hub.lease_seconds=-1").as_bytes()).unwrap();
        assert_eq!(empty.secret, None);
        assert_eq!(empty.lease, lease(None));
    }

    proptest! {
        #[test]
        fn nothing_panics(form in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&form);
        }
    }
}
