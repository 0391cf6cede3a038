//! A line of a list against the page it leads to: whose headline, whose date, and
//! whether they are of one article at all.
//!
//! The finding of an admin's rule comes first, then what is more exact.

use std::collections::HashSet;

use super::sort_key;
use crate::model::{Article, Draft, Moment, Precision};
use crate::text::html;

/// Most characters of a text that are compared with a headline.
const MAX_TEXT_CHARS: usize = 4000;

/// Pieces of a headline below which they tell nothing.
const MIN_PIECES: usize = 3;

/// Fewest letters of a headline that another one may complete.
const MIN_BEGINNING_LETTERS: usize = 6;

/// Ratio of lengths beyond which a headline is another one than its beginning.
const MAX_LENGTH_RATIO: usize = 4;

/// Returns the date of the entry. The list's is made more precise by the article's, never
/// later; where the list's was only guessed to the day, the article's time counts.
#[must_use]
pub fn date(draft: &Draft, article: Option<&Article>) -> Option<Moment> {
    let believed = |date: Option<Moment>| date.and_then(sort_key::believable);
    let listed = believed(draft.published).or_else(|| believed(draft.created));
    let found = article.and_then(|article| Some((article, believed(article.published)?)));
    let (Some(listed), Some((article, own))) = (listed, found) else {
        return listed.or(found.map(|(_, own)| own));
    };
    let is_guess = draft.is_date_guessed;
    let is_exact = own.precision > Precision::Day;
    let is_listed_day = listed.precision == Precision::Day;
    if is_guess && (article.is_date_ruled || is_exact && is_listed_day) {
        return Some(own);
    }
    let slack = if is_listed_day { 24 * 3600 } else { 0 };
    let is_later = own.at.as_second() > listed.at.as_second().saturating_add(slack);
    let is_better = own.precision > listed.precision && !is_later;
    Some(if is_better { own } else { listed })
}

/// Returns the headline of the entry, of the one on the list and the one on its page.
#[must_use]
pub fn headline(
    draft: &Draft,
    article: Option<&Article>,
    listed: Option<String>,
    own: Option<String>,
) -> Option<String> {
    let (Some(listed), Some(own)) = (listed.clone(), own.clone()) else {
        return listed.or(own);
    };
    let is_ruled = article.is_some_and(|article| article.is_title_ruled);
    if draft.is_title_guessed && is_ruled {
        return Some(own);
    }
    let is_cut = ["…", "..."].iter().any(|dots| listed.ends_with(dots)) || listed.ends_with("..");
    let may_be_cut = is_cut || draft.is_title_guessed;
    Some(if may_be_cut && completes(&own, &listed, is_cut) {
        own
    } else {
        listed
    })
}

/// Whether `whole` begins as `cut` does and goes on.
fn completes(whole: &str, cut: &str, is_cut: bool) -> bool {
    let start = letters(without_section(cut));
    let whole = letters(without_section(whole));
    let (n_start, n_whole) = (start.chars().count(), whole.chars().count());
    let is_telling = is_cut || n_start >= MIN_BEGINNING_LETTERS;
    let is_near = n_whole <= n_start * MAX_LENGTH_RATIO.max(1) || is_cut;
    is_telling && n_start > 1 && n_whole > n_start && is_near && whole.starts_with(&start)
}

/// `【要闻】水库完工` without what names its section.
fn without_section(title: &str) -> &str {
    let brackets = [('【', '】'), ('[', ']'), ('［', '］')];
    let title = title.trim();
    for (open, close) in brackets {
        let inside = title
            .strip_prefix(open)
            .and_then(|rest| rest.split_once(close));
        if let Some((section, rest)) = inside
            && section.chars().count() <= 6
            && !rest.trim().is_empty()
        {
            return rest.trim();
        }
    }
    title
}

/// Whether a page can be that of an entry: something of the headline is in its headline or text.
///
/// A site that has taken an article away often sends another page in its place, with a status of 200.
/// A page without a headline of its own names no other article, so it passes.
#[must_use]
pub fn is_of(draft: &Draft, article: &Article) -> bool {
    let Some(listed) = draft.title.as_deref() else {
        return true;
    };
    let wanted = pieces(listed);
    let Some(shown) = article.title.as_deref() else {
        return true;
    };
    if wanted.len() < MIN_PIECES || article.is_title_ruled {
        return true;
    }
    let mut said = pieces(shown);
    if said.iter().any(|piece| wanted.contains(piece)) {
        return true;
    }
    let text = article
        .content
        .as_deref()
        .map(html::to_text)
        .unwrap_or_default();
    let summary = article.summary.as_deref().unwrap_or_default();
    let start: String = text.chars().take(MAX_TEXT_CHARS).collect();
    said.extend(pieces(&start));
    said.extend(pieces(summary));
    wanted.iter().any(|piece| said.contains(piece))
}

/// Takes a text apart into words of letters and pairs of ideographs.
fn pieces(text: &str) -> HashSet<String> {
    let mut pieces = HashSet::new();
    let is_ideograph = |c: char| c >= '\u{2e80}';
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let word = word.to_lowercase();
        let chars: Vec<char> = word.chars().collect();
        for pair in chars
            .windows(2)
            .filter(|pair| pair.iter().all(|c| is_ideograph(*c)))
        {
            pieces.insert(pair.iter().collect());
        }
        let spelled: String = word.chars().filter(|c| !is_ideograph(*c)).collect();
        if spelled.chars().count() > 3 {
            pieces.insert(spelled);
        }
    }
    pieces
}

fn letters(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str, precision: Precision) -> Option<Moment> {
        Some(Moment {
            at: text.parse().unwrap(),
            precision,
        })
    }

    #[test]
    fn an_exact_time_counts_before_a_guessed_day_and_a_rule_before_both() {
        let day = moment("2026-03-05T00:00:00Z", Precision::Day);
        let time = moment("2026-11-27T09:15:00Z", Precision::Minute);
        let guess = Draft {
            published: day,
            is_date_guessed: true,
            ..Draft::default()
        };
        let told = Draft {
            published: day,
            ..Draft::default()
        };
        let article = Article {
            published: time,
            ..Article::default()
        };
        assert_eq!(date(&guess, Some(&article)), time);
        assert_eq!(
            date(&told, Some(&article)),
            day,
            "never later than the list says"
        );
        let only_day = Article {
            published: moment("2026-11-27T00:00:00Z", Precision::Day),
            ..Article::default()
        };
        assert_eq!(date(&guess, Some(&only_day)), day);
        let ruled = Article {
            is_date_ruled: true,
            ..only_day
        };
        assert_eq!(date(&guess, Some(&ruled)), ruled.published);
        assert_eq!(date(&guess, None), day);
        assert_eq!(date(&Draft::default(), Some(&article)), time);
    }

    #[track_caller]
    fn check(listed: &str, own: &str, want: &str) {
        let draft = Draft {
            is_title_guessed: true,
            ..Draft::default()
        };
        let own = Some(own.to_owned());
        let got = headline(
            &draft,
            Some(&Article::default()),
            Some(listed.to_owned()),
            own,
        );
        assert_eq!(got.as_deref(), Some(want), "given {listed}");
    }

    #[test]
    fn a_cut_headline_is_completed_by_the_one_that_begins_so() {
        check("青石县召开...", "青石县召开推进会", "青石县召开推进会");
        check(
            "青石县召开冬季农田",
            "青石县召开冬季农田水利推进会",
            "青石县召开冬季农田水利推进会",
        );
        check(
            "【要闻】青石县召开…",
            "青石县召开推进会",
            "青石县召开推进会",
        );
        check("青石县召开...", "您访问的页面不存在", "青石县召开...");
        check("青石县召开推进会", "推进会召开", "青石县召开推进会");
        check("水库", "水库除险加固工程完工", "水库");
    }

    #[test]
    fn a_rule_for_the_headline_of_the_page_counts_before_a_guess() {
        let guess = Draft {
            is_title_guessed: true,
            ..Draft::default()
        };
        let ruled = Article {
            is_title_ruled: true,
            ..Article::default()
        };
        let own = || Some("推进会召开".to_owned());
        let listed = || Some("【要闻】青石县".to_owned());
        assert_eq!(headline(&guess, Some(&ruled), listed(), own()), own());
        assert_eq!(
            headline(&Draft::default(), Some(&ruled), listed(), own()),
            listed()
        );
    }

    #[test]
    fn another_page_is_not_that_of_the_entry() {
        let draft = Draft {
            title: Some("青石县召开推进会".to_owned()),
            ..Draft::default()
        };
        let page = |title: &str, text: &str| Article {
            title: Some(title.to_owned()),
            content: Some(text.to_owned()),
            ..Article::default()
        };
        assert!(is_of(&draft, &page("我县召开会议", "")));
        assert!(is_of(&draft, &page("要闻", "<p>青石县昨天开会。</p>")));
        assert!(!is_of(&draft, &page("欢迎访问本站", "<p>网站建设中</p>")));
        assert!(
            is_of(&draft, &Article::default()),
            "nothing to compare with"
        );
        assert!(is_of(&Draft::default(), &page("甲", "乙")));
    }
}
