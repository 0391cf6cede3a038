//! Ids out of titles and addresses.

use crate::model::WebUrl;

/// Longest part of an id that is made, in bytes.
const MAX_SLUG: usize = 40;

/// Makes a part of an id out of a title, in whatever script: `济南日报` becomes `ji-nan-ri-bao`.
/// `None` if nothing of it can be written in Latin letters.
#[must_use]
pub fn slug(title: &str) -> Option<String> {
    let latin = deunicode::deunicode(title).to_ascii_lowercase();
    let mut slug = String::new();
    for c in latin.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') && c != '\'' {
            slug.push('-');
        }
        if slug.len() >= MAX_SLUG {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// Makes a part of an id out of the host of an address: `www.example.cn` becomes `example-cn`.
pub(super) fn slug_of(url: &WebUrl) -> String {
    let host = url.host();
    let name = host.strip_prefix("www.").unwrap_or(&host);
    slug(name).unwrap_or_else(|| "source".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_all_scripts_become_ids() {
        let check =
            |title: &str, want: Option<&str>| assert_eq!(slug(title).as_deref(), want, "{title}");
        check("济南日报", Some("ji-nan-ri-bao"));
        check("Le Monde – À la une", Some("le-monde-a-la-une"));
        check("People's Daily", Some("peoples-daily"));
        check("  ", None);
        check("…", None);
    }
}
