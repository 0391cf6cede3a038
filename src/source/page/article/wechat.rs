//! Articles of WeChat accounts (公众号): their time stands in a script, their account
//! in an element of its own.

use std::sync::LazyLock;

use dom_query::NodeRef;
use regex::Regex;

use super::super::dom::lines;
use crate::model::Document;

/// Mark of such a page, wherever it is kept.
const MARK: &[u8] = b"js_content";

/// Ids of the element that holds the name of the account.
const ACCOUNT: &[&str] = &["js_name", "profileBt"];

/// Time in a script: seconds since 1970, or as a date.
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"\b(?:ct|oriCreateTime|ori_create_time|create_time|createTime|publish_time)\s*[:=]\s*["'](\d{10}|20\d\d-\d\d-\d\d[ \d:]*)["']"#;
    Regex::new(pattern).expect("a constant pattern")
});

/// Time and account of such an article.
pub(super) struct Told {
    pub(super) published: Option<String>,
    pub(super) account: Option<String>,
}

/// Reads time and account; `None` if the page is none of WeChat's.
pub(super) fn told(document: &Document, root: &NodeRef<'_>) -> Option<Told> {
    memchr::memmem::find(&document.body, MARK)?;
    let text = String::from_utf8_lossy(&document.body);
    let published = TIME.captures(&text).map(|found| found[1].to_owned());
    let is_account = |node: &NodeRef<'_>| {
        let id = node.id_attr();
        id.is_some_and(|id| ACCOUNT.contains(&&*id))
    };
    let account = root.descendants_it().find(is_account);
    let account = account.map(|node| lines::text(&node));
    Some(Told {
        published,
        account: account.filter(|name| !name.is_empty()),
    })
}
