//! Pictures that a page loads late, and their addresses.

use dom_query::NodeRef;

use super::vocabulary;

/// Attributes that hold the address until a script moves it to `src`, most telling first.
const LATE: &[&str] = &[
    "data-original",
    "data-src",
    "data-lazy-src",
    "data-actualsrc",
    "data-lazyload",
    "data-lazy",
    "data-echo",
    "data-url",
    "data-img",
    "data-original-src",
    "zoomfile",
    "file",
    "original",
    "_src",
    "src2",
];

/// Side of a picture below which it is an icon, in pixels.
const MIN_SIDE_PIXELS: u32 = 60;

/// Ratio of width to height above which a picture is a banner.
const MAX_ASPECT_RATIO: u32 = 4;

/// Elements around a picture that may say what it is.
const NEARBY_ELEMENTS: usize = 5;

/// Words in the address of a picture that only holds a place.
const PLACEHOLDERS: &[&str] = &[
    "blank.",
    "loading",
    "spacer",
    "placeholder",
    "pixel",
    "1x1",
    "grey.",
    "gray.",
    "transparent",
    "default.gif",
    "lazy",
    "space.gif",
    "/none.",
];

/// Finds the real address of an `img`; as written, not resolved.
pub(in crate::source::page) fn reference(image: &NodeRef<'_>) -> Option<String> {
    let late = LATE.iter().filter_map(|name| image.attr(name));
    let late = late
        .map(|value| value.trim().to_owned())
        .find(|value| is_address(value));
    if late.is_some() {
        return late;
    }
    let src = image.attr("src").map(|src| src.trim().to_owned());
    let src = src.filter(|src| is_address(src) && !is_placeholder(src));
    src.or_else(|| {
        let set = image.attr("data-srcset").or_else(|| image.attr("srcset"))?;
        largest(&set)
    })
}

/// Whether the picture is an icon, a code to scan, a counter, or a banner.
pub(in crate::source::page) fn is_icon(image: &NodeRef<'_>) -> bool {
    let side = |name: &str| {
        let size = image.attr(name)?;
        size.trim().trim_end_matches("px").parse::<u32>().ok()
    };
    let (width, height) = (side("width"), side("height"));
    let is_small = [width, height]
        .iter()
        .flatten()
        .any(|side| *side < MIN_SIDE_PIXELS);
    let is_banner = width
        .zip(height)
        .is_some_and(|(width, height)| width > height.saturating_mul(MAX_ASPECT_RATIO));
    is_small || is_banner || reference(image).is_some_and(|address| says_icon(&address))
}

/// Whether a picture near a text may be that of the text: not one that leads to another page,
/// nor one in what stands aside.
pub(in crate::source::page) fn may_lead(image: &NodeRef<'_>) -> bool {
    let leads_on = |outer: &NodeRef<'_>| {
        let href = outer.has_name("a").then(|| outer.attr("href")).flatten();
        href.is_some_and(|href| !is_picture(&href))
    };
    let is_aside = |outer: &NodeRef<'_>| {
        let class = outer.class().unwrap_or_default();
        matches!(
            outer.node_name().as_deref(),
            Some("aside" | "nav" | "footer" | "header")
        ) || vocabulary::says_aside(&class)
    };
    let mut outer = image.ancestors_it(Some(NEARBY_ELEMENTS));
    !is_icon(image) && !outer.any(|outer| leads_on(&outer) || is_aside(&outer))
}

/// Whether an address is one of a sign: a logo, or what a site shares of all pages.
pub(in crate::source::page) fn says_sign(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    let words = [
        "default",
        "share",
        "avatar",
        "sprite",
        "blank",
        "favicon",
        "placeholder",
    ];
    says_icon(address) || words.iter().any(|word| lower.contains(word))
}

fn is_picture(href: &str) -> bool {
    let path = href.split(['?', '#']).next().unwrap_or_default();
    let extension = path.rsplit('.').next().unwrap_or_default();
    ["jpg", "jpeg", "png", "gif", "webp", "avif", "bmp"]
        .iter()
        .any(|own| own.eq_ignore_ascii_case(extension))
}

fn says_icon(address: &str) -> bool {
    let address = address.to_ascii_lowercase();
    let words = [
        "qrcode", "erweima", "ewm", "/icon", "icon_", "logo", "/emot", "weixin", "wechat",
    ];
    words.iter().any(|word| address.contains(word))
}

/// Whether this may be the address of a picture, not a flag or an inline one.
fn is_address(value: &str) -> bool {
    let is_short = (1..=2048).contains(&value.len());
    is_short && !value.starts_with("data:") && value.contains(['/', '.']) && !value.contains(' ')
}

fn is_placeholder(src: &str) -> bool {
    let src = src.to_ascii_lowercase();
    let file = src.rsplit('/').next().unwrap_or_default();
    PLACEHOLDERS
        .iter()
        .any(|word| file.contains(word.trim_start_matches('/')))
}

/// Finds the last address of a `srcset` whose width or density is greatest.
fn largest(set: &str) -> Option<String> {
    let candidates = set.split(", ").filter_map(|candidate| {
        let mut parts = candidate.split_whitespace();
        let address = parts.next()?.trim_matches(',');
        let size = parts
            .next()
            .and_then(|size| size.get(..size.len() - 1)?.parse().ok());
        is_address(address).then(|| (size.unwrap_or(1.0_f64), address.to_owned()))
    });
    let largest = candidates.max_by(|one, other| one.0.total_cmp(&other.0));
    largest.map(|(_, address)| address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(image: &str, want: Option<&str>) {
        let dom = dom_query::Document::fragment(image);
        let got = dom.select_single("img").nodes().first().and_then(reference);
        assert_eq!(got.as_deref(), want, "given {image}");
    }

    #[test]
    fn the_late_address_wins() {
        check(
            r#"<img src="/loading.gif" data-src="/a.jpg">"#,
            Some("/a.jpg"),
        );
        check(
            r#"<img src="/small.jpg" data-original="/big.jpg">"#,
            Some("/big.jpg"),
        );
        check(r#"<img src="/a.jpg" data-src="1">"#, Some("/a.jpg"));
        check(
            r#"<img src="/a.jpg" data-src="data:image/gif;base64,AA/">"#,
            Some("/a.jpg"),
        );
    }

    #[test]
    fn a_place_holder_is_no_picture() {
        check(r#"<img src="/img/blank.gif">"#, None);
        check(r#"<img src="data:image/gif;base64,R0lG/">"#, None);
        check("<img>", None);
    }

    #[track_caller]
    fn lead(html: &str, want: bool) {
        let dom = dom_query::Document::fragment(html);
        let image = dom.select_single("img");
        let got = image.nodes().first().is_some_and(may_lead);
        assert_eq!(got, want, "given {html}");
    }

    #[test]
    fn a_lead_is_no_sign_and_leads_nowhere() {
        lead("<div><img src=/a.jpg></div>", true);
        lead("<a href=/big.JPG?x=1><img src=/a.jpg></a>", true);
        lead("<a href=/other.html><img src=/a.jpg></a>", false);
        lead("<div class=related><p><img src=/a.jpg></p></div>", false);
        lead("<img src=/a.jpg width=13 height=12>", false);
        lead("<img src=/a.jpg width=400 height=90>", false);
        lead("<img src=/logo.png>", false);
        assert!(says_sign("https://a.cn/img/share-default.png"));
        assert!(!says_sign("https://a.cn/2018/03/1.jpg"));
    }

    #[test]
    fn the_largest_of_a_set_is_taken() {
        check(
            r#"<img srcset="/s.jpg 320w, /l.jpg 1280w, /m.jpg 640w">"#,
            Some("/l.jpg"),
        );
        check(r#"<img srcset="/s.jpg, /l.jpg 2x">"#, Some("/l.jpg"));
        check(r#"<img srcset="/s.jpg 宽">"#, Some("/s.jpg"));
    }
}
