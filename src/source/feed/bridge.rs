//! Failures that RSS-Bridge reports as entries.
//!
//! A bridge that cannot read its site makes an entry of it, a new one each day
//! (RSS-Bridge's default, `[error] output = "feed"`). Readers do not want it as
//! news; whoever runs gazetted wants to know.

use crate::model::Draft;

/// Removes such entries; returns the title of the first.
pub(super) fn take_report(drafts: &mut Vec<Draft>) -> Option<String> {
    let mut report = None;
    drafts.retain(|draft| {
        let title = draft.title.as_deref().unwrap_or_default().trim();
        let is_report = is_report(title);
        if is_report && report.is_none() {
            report = Some(title.to_owned());
        }
        !is_report
    });
    report
}

/// Whether a title is such a report: `Bridge returned error 500! (19686)`, the code and the day.
fn is_report(title: &str) -> bool {
    let code = title.strip_prefix("Bridge returned error ");
    let code = code.and_then(|rest| rest.split_once("! ("));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    code.is_some_and(|(code, day)| is_number(code) && day.strip_suffix(')').is_some_and(is_number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_told_from_news_about_bridges() {
        for title in [
            "Bridge returned error 500! (19686)",
            "Bridge returned error 0! (20318)",
        ] {
            assert!(is_report(title), "{title}");
        }
        for title in [
            "Bridge returned error 500",
            "Bridge returned error! (1)",
            "Bridge returned to traffic (2026)",
            "Bridge returned error 5x! (1)",
        ] {
            assert!(!is_report(title), "{title}");
        }
    }
}
