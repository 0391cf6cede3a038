//! Canonical addresses: telling when two are the same page.

use std::borrow::Cow;

use crate::model::WebUrl;

/// Query parameters that say where a reader came from. A `*` at the end stands for anything.
const TRACKING: &[&str] = &[
    "utm_*",
    "gclid",
    "gclsrc",
    "gbraid",
    "wbraid",
    "dclid",
    "fbclid",
    "fb_*",
    "msclkid",
    "twclid",
    "ttclid",
    "yclid",
    "ysclid",
    "amp",
    "outputtype",
    "_openstat",
    "igshid",
    "igsh",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "_hsenc",
    "_hsmi",
    "hsctatracking",
    "vero_id",
    "vero_conv",
    "oly_anon_id",
    "oly_enc_id",
    "wickedid",
    "s_cid",
    "icid",
    "ncid",
    "cmpid",
    "wt_mc",
    "wt.mc_id",
    "wt_zmc",
    "at_medium",
    "at_campaign",
    "at_custom*",
    "at_link*",
    "at_ptr*",
    "at_bbc_team",
    "pk_*",
    "mtm_*",
    "piwik_*",
    "matomo_*",
    "hmb_*",
    "_ga",
    "_gl",
    "ga_*",
    "xtor",
    "ref_src",
    "ref_url",
    "referrer",
    "sref",
    "smid",
    "smtyp",
    "partner_id",
    "rss_id",
    "source_feed",
    "feature_ref",
    "ocid",
    "soc_src",
    "soc_trk",
    "guccounter",
    "guce_referrer*",
    "zanpid",
    "cvid",
    "sharetype",
    "sharetoken",
    "share_token",
    "share_source",
    "share_medium",
    "share_from",
    "share_tag",
    "share_session_id",
    "sharer_shareid",
    "shareuid",
    "isappinstalled",
    "spm",
    "scm",
    "spm_id_from",
    "from_source",
    "from_spmid",
    "vd_source",
    "bd_vid",
    "nsukey",
    "wfr",
    "tt_from",
    "wxshare_count",
    "weibo_id",
    "channel_from",
    "chksm",
    "scene",
    "clicktime",
    "enterid",
    "hmsr",
    "hmpl",
    "hmcu",
    "hmkw",
    "hmci",
    "sudaref",
    "display_mode",
    "timestamp_ms",
    "plg_*",
    "__twitter_impression",
    // Of one visit, or of one request.
    "phpsessid",
    "jsessionid",
    "aspsessionid*",
    "sessionid",
    "session_id",
    "sess_id",
    "cfid",
    "cftoken",
    "_",
    "_t",
    "_dc",
    "rnd",
    "rand",
    "random",
    "nocache",
    "cachebuster",
];

/// Parameters that are tracking with the values of [`WAYS`] only: `from=rss`, `ref=feed`.
const MAYBE_TRACKING: &[&str] = &["from", "ref", "source", "src", "cmp", "medium", "via"];

/// Values that name a way of coming, not a thing to see.
const WAYS: &[&str] = &[
    "rss",
    "feed",
    "atom",
    "timeline",
    "singlemessage",
    "groupmessage",
    "weixin",
    "wechat",
    "weibo",
    "qq",
    "qzone",
    "twitter",
    "facebook",
    "share",
    "app",
    "wap",
    "toutiao",
    "baidu",
    "search",
    "newsletter",
    "email",
    "push",
    "rss_feed",
    "rssfeed",
    "homepage",
    "home",
    "bdshare",
    "timeline_share",
];

/// First labels of hosts that serve the same page to phones.
const TWINS: &[&str] = &["www.", "m.", "wap.", "amp.", "mobile.", "3g."];

/// Suffixes under which a name is registered, so that what stands before is not a twin's label.
const SECOND_LEVEL: &[&str] = &[
    "com", "co", "net", "org", "gov", "edu", "ac", "or", "ne", "go",
];

/// Computes the address under which two copies of a page count as the same: without tracking
/// parameters, fragment, `www.`, mobile twin; scheme folded.
///
/// For comparison only; readers get the address as published.
///
/// ```
/// use gazetted::{model::WebUrl, text::link::canonical};
/// let url = WebUrl::parse("http://www.a.de:80/x/index.html?id=2&utm_source=rss#top").unwrap();
/// assert_eq!(canonical(&url), "https://a.de/x/?id=2");
/// ```
#[must_use]
pub fn canonical(url: &WebUrl) -> String {
    canonical_with(url, &[])
}

/// Computes the address as [`canonical`] does, without the parameters in `noise` too. A `*` at the
/// end of one stands for anything.
#[must_use]
pub fn canonical_with(url: &WebUrl, noise: &[String]) -> String {
    let url = url.to_url();
    let mut canonical = String::with_capacity(url.as_str().len());
    canonical.push_str("https://");
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    canonical.push_str(without_twin(host));
    // The scheme is folded, so both default ports have to be.
    if let Some(port) = url.port().filter(|port| !matches!(port, 80 | 443)) {
        canonical.push(':');
        canonical.push_str(&port.to_string());
    }
    canonical.push_str(&without_amp(without_index(without_session(url.path()))));
    let mut joint = '?';
    for pair in url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
    {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = name.to_ascii_lowercase();
        let is_noise = is_tracking(&name, value) || noise.iter().any(|noise| is_like(&name, noise));
        if !is_noise {
            canonical.push(joint);
            canonical.push_str(pair);
            joint = '&';
        }
    }
    if let Some(route) = url
        .fragment()
        .filter(|fragment| super::identifiers::fragment::is_meant(fragment))
    {
        canonical.push('#');
        canonical.push_str(route);
    }
    canonical
}

fn is_tracking(name: &str, value: &str) -> bool {
    let is_way =
        MAYBE_TRACKING.contains(&name) && WAYS.contains(&value.to_ascii_lowercase().as_str());
    is_way || TRACKING.iter().any(|known| is_like(name, known))
}

fn is_like(name: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name.eq_ignore_ascii_case(pattern),
    }
}

/// Strips the labels of twins: `www.a.de`, `m.a.de` and `a.de` are one; `m.de` and `www.co.uk` are
/// themselves.
fn without_twin(host: &str) -> &str {
    let is_site = |bare: &str| {
        let (name, end) = bare.split_once('.').unwrap_or((bare, ""));
        let is_suffix = SECOND_LEVEL.contains(&name) && end.len() == 2;
        !end.is_empty() && !is_suffix
    };
    let bare = TWINS.iter().find_map(|twin| host.strip_prefix(twin));
    match bare.filter(|bare| is_site(bare)) {
        Some(bare) => without_twin(bare),
        None => host,
    }
}

/// Strips a session: `/x;jsessionid=1` is `/x`.
fn without_session(path: &str) -> &str {
    let at = path.rfind(';').filter(|at| {
        let name = path[at + 1..].split('=').next().unwrap_or_default();
        name.eq_ignore_ascii_case("jsessionid") || name.eq_ignore_ascii_case("phpsessid")
    });
    &path[..at.unwrap_or(path.len())]
}

/// Strips AMP: `/a/1/amp`, `/a/1.amp.html`, `/amp/a/1`, `/a/1.amp` are `/a/1`, or `/a/1.html`.
fn without_amp(path: &str) -> Cow<'_, str> {
    if let Some(start) = path.strip_suffix(".amp.html") {
        return Cow::Owned(format!("{start}.html"));
    }
    let bare = path
        .strip_suffix("/amp/")
        .or_else(|| path.strip_suffix("/amp"))
        .or_else(|| path.strip_suffix(".amp"))
        .filter(|bare| bare.len() > 1);
    let bare = bare.or_else(|| {
        path.strip_prefix("/amp")
            .filter(|rest| rest.starts_with('/') && rest.len() > 2)
    });
    Cow::Borrowed(bare.unwrap_or(path))
}

fn without_index(path: &str) -> &str {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let is_index = ["index.html", "index.htm", "index.shtml", "index.php"]
        .iter()
        .any(|index| file.eq_ignore_ascii_case(index));
    match is_index {
        true => &path[..=folder.len()],
        false => path,
    }
}

#[cfg(test)]
mod tests {
    use super::{canonical, canonical_with};
    use crate::model::WebUrl;
    use proptest::prelude::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        let url = WebUrl::parse(given).unwrap();
        assert_eq!(canonical(&url), want, "given {given}");
    }

    #[test]
    fn tracking_is_dropped() {
        check("https://a.de/x?utm_medium=feed", "https://a.de/x");
        check("https://a.de/x?gclid=1&id=2", "https://a.de/x?id=2");
        check(
            "https://a.de/x?id=2&from=timeline&isappinstalled=0",
            "https://a.de/x?id=2",
        );
        check(
            "https://a.cn/x.html?spm=C1.2&UTM_Source=x",
            "https://a.cn/x.html",
        );
    }

    #[test]
    fn what_the_server_needs_is_kept() {
        check("https://a.de/x?b=2&a=1", "https://a.de/x?b=2&a=1");
        check("https://a.de/x?90210", "https://a.de/x?90210");
        check("https://a.de/x?q=a+b%20c", "https://a.de/x?q=a+b%20c");
        check("https://a.de:8443/x/", "https://a.de:8443/x/");
        check(
            "https://a.de/x?from=2018&source=5",
            "https://a.de/x?from=2018&source=5",
        );
        check("https://a.de/#!/story/5", "https://a.de/#!/story/5");
        check("https://a.de/x#mill-lane", "https://a.de/x#mill-lane");
        check("https://a.de/x#xtor=RSS-1", "https://a.de/x");
        check("https://a.de/x#comments", "https://a.de/x");
    }

    #[test]
    fn twins_are_one() {
        check("http://www.a.de/x", "https://a.de/x");
        check("http://m.a.com.cn/x", "https://a.com.cn/x");
        check("http://wap.a.cn:80/x", "https://a.cn/x");
        check("https://news.a.cn/x", "https://news.a.cn/x");
        check("https://amp.a.de/x/1/amp", "https://a.de/x/1");
        check("https://a.de/amp/x/1?amp=1", "https://a.de/x/1");
        check("https://a.de/x/1.amp.html", "https://a.de/x/1.html");
        check("https://a.de/amp/", "https://a.de/amp/");
        check("https://a.de/ampere", "https://a.de/ampere");
    }

    #[test]
    fn short_hosts_are_themselves() {
        check("http://m.de/", "https://m.de/");
        check("http://www.co.uk/", "https://www.co.uk/");
    }

    #[test]
    fn an_index_is_its_folder() {
        check("http://a.de/x/index.html", "https://a.de/x/");
        check("http://a.de/Index.HTM?id=1#top", "https://a.de/?id=1");
        check("http://a.de/my-index.html", "https://a.de/my-index.html");
    }

    #[test]
    fn sessions_are_dropped() {
        check("https://a.de/x?PHPSESSID=7f&id=2", "https://a.de/x?id=2");
        check("https://a.de/x;jsessionid=7F?id=2", "https://a.de/x?id=2");
        check("https://a.de/x?id=2&_=1700000000", "https://a.de/x?id=2");
        check("https://a.de/x;v=1?sid=2", "https://a.de/x;v=1?sid=2");
    }

    #[test]
    fn a_site_has_its_own_noise() {
        let url = WebUrl::parse("https://a.de/x?sid=9&id=2&px_a=1").unwrap();
        let noise = ["sid".to_owned(), "px_*".to_owned()];
        assert_eq!(canonical_with(&url, &noise), "https://a.de/x?id=2");
    }

    proptest! {
        #[test]
        fn it_never_panics_and_settles(
            host in "(www\\.|m\\.)?[a-z]{1,5}\\.(de|com\\.cn)", path in "[/a-z.%0-9]{0,20}", query in "[?&=a-z_*]{0,20}",
        ) {
            if let Some(url) = WebUrl::parse(&format!("http://{host}/{path}?{query}")) {
                let once = canonical(&url);
                let again = WebUrl::parse(&once).expect("an address");
                prop_assert_eq!(canonical(&again), once);
            }
        }
    }
}
