//! Any bytes are read, and what comes out is what its types say.

#![no_main]

use gazetted::model::WebUrl;
use gazetted::source::feed;
use gazetted_fuzz::{document, setting};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let document = document(body.to_vec());
    let Ok(reading) = feed::read(&document, &setting()) else {
        return;
    };
    for draft in reading.drafts {
        assert!(
            draft
                .title
                .is_none_or(|title| !title.is_empty() && !title.contains('\n'))
        );
        assert!(draft.summary.is_none_or(|summary| !summary.is_empty()));
        if let (Some(link), Some(address)) = (draft.link, draft.address) {
            assert_eq!(WebUrl::parse(&address), Some(link));
        }
    }
});
