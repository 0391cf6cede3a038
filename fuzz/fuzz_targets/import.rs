//! Any lines are an export, or say why they are none; what becomes a store agrees with itself and has
//! no markup that is not safe.

#![no_main]

use gazetted::model::ChannelId;
use gazetted::store::{Mode, Store, import};
use gazetted::text::html::sanitize;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let folder = tempfile::Builder::new()
        .tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a folder can be made");
    let now = Timestamp::from_second(1_790_000_000).expect("a second of 2026");
    let dir = folder.path().join("state");
    if import(data, &dir, now).is_err() {
        return;
    }
    let store = Store::open(&dir, now).expect("what was imported opens");
    let found = store.check(Mode::Look, &|_| {}).expect("it can be checked");
    assert_eq!(found.n_findings, 0, "{found:?}");
    let stories = store.page(&ChannelId::root(), None, 100);
    for story in stories.expect("it can be read") {
        let item = &story.canonical;
        for html in item.content.iter().chain(&item.summary) {
            assert_eq!(sanitize(html.as_str(), None), *html);
        }
    }
});
