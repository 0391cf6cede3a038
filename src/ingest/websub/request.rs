//! Requests to a hub (WebSub, 5.1).

use url::form_urlencoded::Serializer;

use super::LEASE_SECONDS;
use crate::model::{Contract, Mode};

/// Writes the form that asks the hub of a subscription, `application/x-www-form-urlencoded`.
/// The secret is in it.
#[must_use]
pub fn form(contract: &Contract, mode: Mode) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("hub.callback", contract.callback.as_str());
    form.append_pair("hub.topic", contract.topic.as_str());
    match mode {
        Mode::Subscribe => {
            form.append_pair("hub.mode", "subscribe");
            form.append_pair("hub.lease_seconds", &LEASE_SECONDS.to_string());
            form.append_pair("hub.secret", contract.secret.reveal());
        }
        Mode::Unsubscribe => {
            form.append_pair("hub.mode", "unsubscribe");
        }
    }
    form.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::websub::tests::contract;

    #[test]
    fn only_a_beginning_tells_the_secret() {
        let secret = contract().secret.reveal().to_owned();
        assert!(secret.len() < 200, "WebSub, 5.1");
        let begin = form(&contract(), Mode::Subscribe);
        assert!(begin.contains(&format!("hub.secret={secret}")), "{begin}");
        let end = form(&contract(), Mode::Unsubscribe);
        assert!(!end.contains(&secret), "{end}");
        let topic = "hub.topic=https%3A%2F%2Fpaper.example%2Ffeed";
        assert!(begin.contains(topic) && end.contains(topic), "{end}");
    }
}
