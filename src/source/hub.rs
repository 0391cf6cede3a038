//! Hub discovery (WebSub, 4): hub and topic of a document.

use super::About;
use crate::model::{HubDiscovery, Topic, WebUrl};
use crate::text::identifiers::link_header;

/// Most hubs of one document that are considered: publishers name one, or a second in case the
/// first is down.
const MAX_HUBS: usize = 2;

/// Finds topic and hubs in the `Link` headers and the text of the document at `url`; `None` without
/// a hub.
///
/// The headers come first, as the specification has it; where they name a hub
/// but no topic, the document does, and else it is the topic itself.
#[must_use]
pub fn offer(headers: &[String], about: &About, url: &WebUrl) -> Option<HubDiscovery> {
    let links: Vec<_> = headers
        .iter()
        .flat_map(|header| link_header::links(header))
        .filter(|link| link.anchor.is_none())
        .collect();
    let of = |rel: &'static str| {
        let found = links.iter();
        let found = found.filter(move |link| link.rels.iter().any(|name| name == rel));
        found.map(|link| link.target)
    };
    let written = about.hubs.iter().map(String::as_str);
    let hubs = [addresses(of("hub"), url), addresses(written, url)];
    let hubs = hubs.into_iter().find(|hubs| !hubs.is_empty())?;
    let topic = of("self").next().or(about.feed_url.as_deref());
    let topic = topic.and_then(|text| topic_at(text, url));
    Some(HubDiscovery {
        topic: topic.or_else(|| Topic::parse(url.as_str()))?,
        hubs,
    })
}

/// Returns the topic that a document says it is, if it says so.
#[must_use]
pub fn own_topic(about: &About, url: &WebUrl) -> Option<Topic> {
    topic_at(about.feed_url.as_deref()?, url)
}

fn topic_at(text: &str, url: &WebUrl) -> Option<Topic> {
    let joined = || Topic::parse(url.join(text)?.as_str());
    Topic::parse(text).or_else(joined)
}

fn addresses<'a>(found: impl Iterator<Item = &'a str>, url: &WebUrl) -> Vec<WebUrl> {
    let mut hubs = Vec::new();
    let found = found.filter(|text| !text.trim().is_empty());
    for hub in found.filter_map(|text| url.join(text)) {
        if hubs.len() < MAX_HUBS && !hubs.contains(&hub) {
            hubs.push(hub);
        }
    }
    hubs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(hubs: &[&str], own: &str) -> About {
        About {
            hubs: hubs.iter().map(|hub| (*hub).to_owned()).collect(),
            feed_url: Some(own.to_owned()).filter(|own| !own.is_empty()),
            ..About::default()
        }
    }

    #[track_caller]
    fn check(headers: &[&str], about: &About, topic: &str, hubs: &[&str]) {
        let headers: Vec<String> = headers.iter().map(|text| (*text).to_owned()).collect();
        let url = WebUrl::parse("https://paper.example/feed").unwrap();
        let got = offer(&headers, about, &url);
        let got = got.map(|offer| {
            let hubs: Vec<String> = offer.hubs.iter().map(ToString::to_string).collect();
            (offer.topic.as_str().to_owned(), hubs)
        });
        let hubs: Vec<String> = hubs.iter().map(|hub| (*hub).to_owned()).collect();
        let want = (!topic.is_empty()).then(|| (topic.to_owned(), hubs));
        assert_eq!(got, want);
    }

    #[test]
    fn headers_come_before_the_document() {
        let written = about(&["https://doc.example/"], "http://Paper.example/doc");
        let headers = ["<https://head.example/>; rel=hub", "</head>; rel=self"];
        let head = "https://paper.example/head";
        check(&headers, &written, head, &["https://head.example/"]);
        check(
            &[],
            &written,
            "http://Paper.example/doc",
            &["https://doc.example/"],
        );
    }

    #[test]
    fn what_one_of_them_lacks_the_other_may_have() {
        let written = about(&[], "https://paper.example/doc");
        let headers = ["<https://head.example/>; rel=\"hub\""];
        let hub = ["https://head.example/"];
        check(&headers, &written, "https://paper.example/doc", &hub);
        check(
            &headers,
            &about(&[], ""),
            "https://paper.example/feed",
            &hub,
        );
        let written = about(&["https://doc.example/"], "");
        let headers = ["<https://paper.example/head>; rel=self"];
        let topic = "https://paper.example/head";
        check(&headers, &written, topic, &["https://doc.example/"]);
    }

    #[test]
    fn no_hub_no_offer() {
        check(
            &["<https://a.example/>; rel=self"],
            &about(&[], "https://a.example/"),
            "",
            &[],
        );
        check(&[], &about(&["mailto:hub@example.cn", ""], ""), "", &[]);
        let elsewhere = ["<https://hub.example/>; rel=hub; anchor=\"/other\""];
        check(&elsewhere, &about(&[], ""), "", &[]);
    }

    #[test]
    fn thousands_of_hubs_are_two() {
        let hubs: Vec<String> = (0..5000)
            .map(|n| format!("https://hub{}.example/", n / 2))
            .collect();
        let hubs: Vec<&str> = hubs.iter().map(String::as_str).collect();
        let want = ["https://hub0.example/", "https://hub1.example/"];
        check(&[], &about(&hubs, ""), "https://paper.example/feed", &want);
    }
}
