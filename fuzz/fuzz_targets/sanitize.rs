//! Cleaning twice changes nothing, and nothing dangerous is left in a tag.

#![no_main]

use gazetted::model::WebUrl;
use gazetted::text::html::{excerpt, sanitize, to_text};
use libfuzzer_sys::fuzz_target;

/// What no tag may begin with.
const ELEMENTS: &[&str] = &["script", "style", "iframe", "svg", "math", "object", "form"];

fuzz_target!(|markup: &str| {
    let base = WebUrl::parse("https://a.example/x/");
    let once = sanitize(markup, base.as_ref());
    assert_eq!(once, sanitize(once.as_str(), base.as_ref()));
    for tag in once.as_str().split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("every tag ends");
        assert!(
            !ELEMENTS.iter().any(|name| tag.starts_with(name)),
            "<{tag}>"
        );
        check_attributes(tag);
    }
    let _ = to_text(markup);
    let _ = excerpt(markup, 80);
});

/// Between the quotes stand values, outside of them names.
fn check_attributes(tag: &str) {
    let parts: Vec<&str> = tag.split('"').collect();
    for pair in parts.chunks_exact(2) {
        let name = pair[0].rsplit(' ').next().unwrap_or_default();
        assert!(!name.starts_with("on"), "<{tag}>");
        assert!(!matches!(name, "style=" | "srcset="), "<{tag}>");
        let is_web = pair[1].starts_with("http://") || pair[1].starts_with("https://");
        assert!(is_web || !matches!(name, "href=" | "src="), "<{tag}>");
    }
}
