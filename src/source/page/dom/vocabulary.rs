//! Vocabulary of class and id: words for what surrounds the news, and words for a state.

use std::sync::LazyLock;

use regex::Regex;

/// Words in the class or id of an element that surrounds the news (navigation, side bars,
/// footers).
static ASIDE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?:^|[-_\s])(?:nav\w*|menu\w*|submenu|foot\w*|sidebar\w*|sidebarr|aside|breadcrumb\w*|crumb\w*|pag(?:er|ing|ination|enavi)|copyright|friend\w*|links?|share\w*|social\w*|tags?|tagcloud|login|search\w*|comments?|related|recommend\w*|hot|rank\w*|popular|widget\w*|top-?bar|toolbar|banner|ads?|adv\w*)(?:$|[-_\s\d])";
    Regex::new(pattern).expect("a constant pattern")
});

/// Whether a class or id is one of what surrounds the news.
pub(in crate::source::page) fn says_aside(name: &str) -> bool {
    !name.is_empty() && ASIDE.is_match(name)
}

/// Whether a class names a kind of element, not one of them or its state.
pub(in crate::source::page) fn is_kind(class: &str) -> bool {
    let states = [
        "active", "first", "last", "odd", "even", "current", "on", "cur", "hover", "sticky", "alt",
    ];
    !class.contains(|c: char| c.is_ascii_digit()) && !states.contains(&class)
}
