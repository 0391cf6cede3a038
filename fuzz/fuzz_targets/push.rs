//! No body that a hub pushes falls over, whatever it says it is; none is good under a signature that
//! was not made of it.

#![no_main]

use gazetted::ingest::websub::signature;
use gazetted::model::{Document, Secret};
use gazetted::source::{feed, hub};
use gazetted_fuzz::{document, setting};
use libfuzzer_sys::fuzz_target;

/// Kinds that hubs give their pushes.
const KINDS: [&str; 4] = [
    "application/rss+xml",
    "application/atom+xml; charset=gbk",
    "application/feed+json",
    "text/html",
];

fuzz_target!(|data: &[u8]| {
    let Some((first, body)) = data.split_first() else {
        return;
    };
    let secret = Secret::new([7; 32]);
    let header = String::from_utf8_lossy(&body[..body.len().min(140)]);
    assert!(!signature::is_signed(&header, body, &secret));
    let pushed = Document {
        content_type: Some(KINDS[usize::from(*first) % KINDS.len()].to_owned()),
        ..document(body.to_vec())
    };
    if let Ok(reading) = feed::read(&pushed, &setting()) {
        let _ = hub::own_topic(&reading.about, &pushed.url);
    }
});
