//! Theme: files of the admin's that change the looks and the words of all pages.
//!
//! | file | |
//! |---|---|
//! | `style.css` | in place of our style sheet |
//! | `more.css` | behind it |
//! | `favicon.svg` | in place of our sign |
//! | `head.html`, `masthead.html`, `footer.html` | markup for the head of every page, under its masthead and at its foot |
//! | `{language}.txt` | words, `key = text` a line, as in our own tables; the rest stays as it is |

use crate::publish::html::words::Words;
use crate::text::fingerprint;

/// Theme, read once at the start.
#[derive(Debug, Default)]
pub struct Theme {
    /// Style sheet that is served, and its version; `None` for ours.
    style: Option<(String, String)>,
    icon: Option<String>,
    pub(super) head: String,
    pub(super) masthead: String,
    pub(super) footer: String,
    words: Vec<&'static Words>,
}

/// Mistake in a theme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeMistake {
    /// File that means nothing.
    #[error("{0} is no file of a theme")]
    File(String),
    /// Key of a table of words that nothing is called by.
    #[error("{0}: there is no word `{1}`")]
    Word(String, String),
}

impl Theme {
    /// Makes a theme of its files, each a name and a text; what means nothing is passed over, and told.
    ///
    /// Words stay in memory for as long as the program runs: it is for one theme, at the start.
    #[must_use]
    pub fn of(files: Vec<(String, String)>) -> (Theme, Vec<ThemeMistake>) {
        let mut theme = Theme::default();
        let (mut style, mut more) = (None, None);
        let mut mistakes = Vec::new();
        for (name, text) in files {
            match name.as_str() {
                "style.css" => style = Some(text),
                "more.css" => more = Some(text),
                "favicon.svg" => theme.icon = Some(text),
                "head.html" => theme.head = text,
                "masthead.html" => theme.masthead = text,
                "footer.html" => theme.footer = text,
                _ => match name.strip_suffix(".txt") {
                    Some(language) => {
                        let unknown = Words::unknown(&text).into_iter();
                        mistakes.extend(unknown.map(|key| ThemeMistake::Word(name.clone(), key)));
                        theme.words.push(Words::over(language, text));
                    }
                    None => mistakes.push(ThemeMistake::File(name)),
                },
            }
        }
        if style.is_some() || more.is_some() {
            let own = style.unwrap_or_else(|| super::STYLE.to_owned());
            let text = format!("{own}\n{}", more.unwrap_or_default());
            let version = format!("{:016x}", fingerprint::hash(&text));
            theme.style = Some((text, version));
        }
        (theme, mistakes)
    }

    /// Returns the style sheet, if it is not ours, and its version.
    #[must_use]
    pub fn style(&self) -> Option<(&str, &str)> {
        let (text, version) = self.style.as_ref()?;
        Some((text, version))
    }

    /// Returns the sign of the listing, SVG, if it is not ours.
    #[must_use]
    pub fn icon(&self) -> Option<&str> {
        self.icon.as_deref()
    }

    /// Returns the words of the theme for a language, if it has any.
    pub(in crate::publish::html) fn words(&self, language: &str) -> Option<&'static Words> {
        let mut words = self.words.iter();
        words.find(|words| words.are_for(language)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    #[test]
    fn words_of_a_theme_go_before_ours_and_what_means_nothing_is_told() {
        let (theme, mistakes) = Theme::of(vec![
            file("zh-CN.txt", "# ours\nhot = 热门\nhott = x\n"),
            file("de.txt", "hot = Meistgelesen\n"),
            file("more.css", "a { color: red }"),
            file("index.php", ""),
        ]);
        assert_eq!(theme.words("zh-CN").unwrap().hot, "热门");
        assert_eq!(theme.words("zh-CN").unwrap().newest, "最新");
        let german = theme.words("de-AT").unwrap();
        assert_eq!((german.hot, german.newest), ("Meistgelesen", "Newest"));
        assert_eq!(german.language("de-AT"), "de-AT");
        assert!(theme.words("fr").is_none());
        let (style, version) = theme.style().unwrap();
        assert!(style.starts_with(":root") && style.ends_with("a { color: red }"));
        assert_ne!(version, super::super::style_version());
        assert_eq!(
            mistakes,
            [
                ThemeMistake::Word("zh-CN.txt".to_owned(), "hott".to_owned()),
                ThemeMistake::File("index.php".to_owned()),
            ]
        );
    }
}
