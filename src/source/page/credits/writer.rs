//! Names of people where words are set apart by blanks, and the words that bylines put
//! around them: `By Jane Miller, Senior Writer`, `Von Anna Muster und Peter Beispiel (dpa)`,
//! `Автор: Иван Петров`, `김민수 기자`.

use std::sync::LazyLock;

use regex::Regex;

use super::person::{is_cjk, is_han};
use super::words::{BODIES, JOINTS, MONTHS, NOBODY, PARTICLES, TITLES, WRITTEN, begins, is_in};

/// Longest line that is a byline, in characters.
const MAX_LINE_CHARS: usize = 120;

/// Longest name of a writer that is not told to be a person, in characters.
const MAX_ALIAS_CHARS: usize = 40;

/// Words of a person's name, particles included.
const NAME_WORDS: std::ops::RangeInclusive<usize> = 2..=6;

/// Most words before a by-word that are none of a date.
const MAX_WORDS_BEFORE: usize = 4;

/// Label before the names, at the beginning of a line or of one of its parts.
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?:^|[|•·–—,;(]\s*|\s{2,})(?:authors?|autor(?:in|en|ka|zy|es)?|auteure?s?|autor[ei]|autrice|автор(?:ы)?|текст|text|texte|texto|testo|tekst|words|story|reporters?|reported by|written by|verfasser(?:in)?|skribent|journalist|yazan|tác giả|συντάκτης|szerző|kirjoittaja)\s*[:：]\s*";
    Regex::new(pattern).expect("a constant pattern")
});

/// Word before the names.
static BY: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?:^|[\s|•·–—:,(])(?:by|von|par|por|di|door|av|af|przez|от|автор)[:\s]\s*";
    Regex::new(pattern).expect("a constant pattern")
});

/// Names before what a Korean reporter is called.
static KOREAN: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"((?:[가-힣]{2,4}[\s·,ㆍ]+){0,3}[가-힣]{2,4})\s*(?:선임|수습|인턴|전문)?(?:기자|특파원|논설위원)(?:[^가-힣]|$)";
    Regex::new(pattern).expect("a constant pattern")
});

/// Addresses of mail and web, accounts, and what stands in brackets.
static ASIDE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"[\w.+-]+@[\w-]+\.[\w.]+|https?://\S+|www\.\S+|@\w+|\([^()]*\)|\[[^\[\]]*\]";
    Regex::new(pattern).expect("a constant pattern")
});

/// Text from which on nothing more is a name: bars, bullets, dashes that stand free, line
/// breaks and figures.
static TAIL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\s*(?:[|•·]|\s[–—-]\s|\n|\S*\d).*").expect("a constant pattern"));

/// Parts of a line that is not led by a by-word.
static PARTS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\s*[|•·]\s*|\s+[–—-]\s+|,\s+").expect("a constant pattern"));

/// Lists the people in a text that is known to name authors: `By Jane Miller and Tom Brown,
/// Washington`.
pub(in crate::source::page) fn people(text: &str) -> Vec<String> {
    if text.contains(|c| ('가'..='힣').contains(&c)) {
        return koreans(text);
    }
    let bare = ASIDE.replace_all(text, " ");
    let bare = without_role(behind_marker(bare.trim()));
    let bare = TAIL.replace(bare.trim(), "");
    let mut people: Vec<String> = Vec::new();
    let parts: Vec<&str> = bare.split([',', ';', '/', '\n']).map(str::trim).collect();
    // Miller, Jane
    if let [family, given] = parts.as_slice()
        && [family, given]
            .iter()
            .all(|part| is_word_of_name(part) && !part.contains(' '))
        && !is_body(given)
    {
        return vec![format!("{given} {family}")];
    }
    for part in parts {
        let mut words: Vec<&str> = Vec::new();
        for word in part.split_whitespace().chain(["and"]) {
            let is_particle = !words.is_empty() && is_in(PARTICLES, word) && word.len() > 1;
            if !is_in(JOINTS, word) || is_particle {
                words.push(word);
                continue;
            }
            let name = person(&words);
            people.extend(name.filter(|name| !people.contains(name)));
            words.clear();
        }
    }
    people
}

/// Returns what a byline calls its writer, if that need be no person: `marc`,
/// `The Currency editors`; `None` for a word of a button and a name of nobody.
pub(in crate::source::page) fn alias(text: &str) -> Option<String> {
    let bare = ASIDE.replace_all(text, " ");
    let bare = behind_marker(bare.trim()).trim().to_owned();
    let bare = bare.trim_matches(|c: char| !c.is_alphanumeric() && c != '.');
    let n_chars = bare.chars().count();
    let n_words = bare.split_whitespace().count();
    let is_name = (2..=MAX_ALIAS_CHARS).contains(&n_chars) && n_words <= 5;
    let is_date = bare.chars().filter(char::is_ascii_digit).count() > 2;
    let is_open = bare.rsplit(' ').next().is_some_and(is_nobody);
    let is_name = is_name && !is_date && !is_open && !is_nobody(bare);
    (is_name && !bare.contains(['\n', '|', ':', '?', '!', '©'])).then(|| bare.to_owned())
}

/// Returns what a line that says nothing else calls its writer: `By 3i Global`.
pub(in crate::source::page) fn alias_in(line: &str) -> Option<String> {
    let by = BY.find(line).filter(|by| by.start() == 0)?;
    let own = &line[by.end()..];
    let is_proper = |word: &str| word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    let n_words = own.split_whitespace().count();
    let is_office = own.split_whitespace().all(is_body);
    let is_named = (1..=4).contains(&n_words) && own.split_whitespace().all(is_proper);
    (is_named && !is_office).then(|| alias(own))?
}

/// Whether such a name says nothing of who wrote.
pub(in crate::source::page) fn is_nobody(name: &str) -> bool {
    let lower = name.trim().to_lowercase();
    let has_letter = lower.contains(|c: char| c.is_alphabetic());
    !has_letter || lower.contains('@') || NOBODY.split(" | ").any(|name| name == lower)
}

/// Lists the people that a line near a headline or an end names as its writers, in whatever
/// words.
pub(in crate::source::page) fn in_line(line: &str) -> Vec<String> {
    if line.chars().nth(MAX_LINE_CHARS).is_some() || ends_sentence(line) {
        return Vec::new();
    }
    if line.contains("기자") {
        return koreans(line);
    }
    if let Some(label) = LABEL.find(line) {
        return people(&line[label.end()..]);
    }
    let by = BY
        .find_iter(line)
        .find(|by| is_before_name(&line[..by.start()]));
    if let Some(by) = by {
        let own = &line[by.end()..];
        return people(without_role(own));
    }
    Vec::new()
}

/// Lists the people that a line below a headline names: also one that stands beside a date.
pub(in crate::source::page) fn below_headline(line: &str) -> Vec<String> {
    let named = in_line(line);
    let is_short = line.chars().nth(MAX_LINE_CHARS).is_none() && !ends_sentence(line);
    if named.is_empty() && is_short {
        beside_date(line)
    } else {
        named
    }
}

/// Lists the people that a first line of a text names: as a line of its own, or as Korean
/// agencies do, `(서울=연합뉴스) 김민수 기자 = …`.
pub(in crate::source::page) fn in_lead(line: &str) -> Vec<String> {
    match line.split_once(" = ") {
        Some((lead, _)) if lead.contains("기자") => koreans(lead),
        _ => below_headline(line),
    }
}

/// Lists the people of a line that is signed with nothing but names, as texts are at their
/// end: `Lê Phương`, `(Anna Muster)`, `— Jane Miller`.
pub(in crate::source::page) fn signed(line: &str) -> Vec<String> {
    let own = line.trim_matches(|c: char| !c.is_alphabetic() && c != '.');
    let is_short = line.chars().nth(MAX_ALIAS_CHARS).is_none();
    if !is_short || ends_sentence(line) || own.contains([',', ':', '?', '!']) {
        return Vec::new();
    }
    let found = people(own);
    let n_letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
    let n_named: usize = found.iter().map(|name| n_letters(name)).sum();
    // A line of names alone; joints are short.
    if n_named + 4 * found.len() > n_letters(own) && n_named * 5 >= n_letters(own) * 4 {
        found
    } else {
        Vec::new()
    }
}

/// Whether a name is one of a person: capitalised words, none of which an office has.
pub(in crate::source::page) fn is_person(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    person(&words).is_some_and(|found| found == name)
}

fn ends_sentence(line: &str) -> bool {
    let is_short = line.split_whitespace().count() <= 5;
    line.ends_with(['?', '!', '…']) || line.ends_with('.') && !is_short
}

/// Makes a name of words, up to the first that is a role; `None` if that is no person.
fn person(words: &[&str]) -> Option<String> {
    let end = words.iter().position(|word| begins(TITLES, word));
    let words = &words[..end.unwrap_or(words.len())];
    // Of a date beside the name its month is left.
    let words = match words {
        [name @ .., month] if name.len() > 1 && is_in(MONTHS, month) => name,
        words => words,
    };
    // `am Dienstag`, `on Monday`: the name ends before a small word that is no particle.
    let is_small = |word: &&str| word.starts_with(char::is_lowercase) && !is_in(PARTICLES, word);
    let end = words.iter().position(is_small).unwrap_or(words.len());
    let words = &words[..end];
    let n_own = words.iter().filter(|word| !is_in(PARTICLES, word)).count();
    let is_name = NAME_WORDS.contains(&words.len())
        && n_own >= 2
        && words
            .iter()
            .all(|word| is_word_of_name(word) || is_in(PARTICLES, word))
        && !is_in(PARTICLES, words[words.len() - 1])
        && !words.iter().any(|word| is_body(word));
    let name = words.join(" ");
    (is_name && name.chars().count() <= MAX_ALIAS_CHARS).then_some(name)
}

fn is_body(word: &str) -> bool {
    let lower = word.to_lowercase();
    let lower = lower.trim_end_matches('.');
    BODIES.split_whitespace().any(|known| {
        // Short words are whole words: Apa is none of Apablaza's.
        lower == known
            || known.chars().count() >= 5
                && lower.starts_with(known)
                && lower.len() <= known.len() + 3
    })
}

fn is_word_of_name(word: &str) -> bool {
    let is_part = |c: char| c.is_alphabetic() || matches!(c, '.' | '-' | '\'' | '’' | '‑');
    let first = word.chars().next();
    first.is_some_and(|c| c.is_alphabetic() && !c.is_lowercase() && !is_han(c))
        && word.chars().all(is_part)
        && !word.contains("..")
}

/// Returns what stands behind the last by-word or label at the beginning of a byline.
fn behind_marker(text: &str) -> &str {
    let mut text = text;
    for _ in 0..3 {
        let found = LABEL.find(text).filter(|found| found.start() == 0);
        let found = found.or_else(|| {
            let mut all = BY.find_iter(text);
            all.find(|by| {
                let before = &text[..by.start()];
                // Disko Von Ernst Lohoff, Ludwig von der Berg
                let is_set_off = ["Von", "By", "Par", "Por"].contains(&by.as_str().trim());
                is_before_name(before)
                    || is_set_off && before.split_whitespace().count() <= MAX_WORDS_BEFORE
            })
        });
        match found {
            Some(found) => text = &text[found.end()..],
            None => break,
        }
    }
    text
}

/// Returns a text without the role that stands before a name: `unserem Redakteur Peter
/// Beispiel`.
fn without_role(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let word = rest.split_whitespace().next().unwrap_or_default();
        let lower = word.to_lowercase();
        let is_role = begins(TITLES, word) && !is_body(word)
            || [
                "our", "unser", "unsere", "unserem", "unserer", "notre", "nostro", "nuestro",
            ]
            .contains(&lower.as_str());
        if !is_role || word.is_empty() {
            return rest;
        }
        rest = rest[word.len()..].trim_start();
    }
}

/// Whether what stands before a by-word leaves it one: nothing, a date, or a word for what
/// somebody wrote; none that it belongs to as a preposition.
fn is_before_name(before: &str) -> bool {
    let words = before.split(|c: char| !c.is_alphabetic());
    let words: Vec<&str> = words.filter(|word| word.chars().nth(1).is_some()).collect();
    let has_date = before.contains(|c: char| c.is_ascii_digit());
    match words.last() {
        None => true,
        Some(_) if before.contains(',') && !has_date => false,
        Some(_) if has_date => words.len() <= MAX_WORDS_BEFORE + 4,
        Some(last) => {
            let last = last.to_lowercase();
            words.len() <= MAX_WORDS_BEFORE && is_in(WRITTEN, &last)
        }
    }
}

/// Lists the people on a line that has a name set off from a date or a role, and nothing else:
/// `16.03.2018 - Jane Miller`, `Jane Miller | Senior Writer`.
fn beside_date(line: &str) -> Vec<String> {
    let parts: Vec<&str> = PARTS.split(line).filter(|part| !part.is_empty()).collect();
    if !(2..=4).contains(&parts.len()) {
        return Vec::new();
    }
    let is_date = |part: &str| part.chars().filter(char::is_ascii_digit).count() >= 3;
    let is_role = |part: &str| part.split_whitespace().any(|word| begins(TITLES, word));
    let mut names = parts.iter().filter(|part| is_person(part));
    let name = names.next();
    let is_told = parts.iter().any(|part| is_date(part) || is_role(part));
    let is_alone = names.next().is_none();
    match name {
        Some(name) if is_told && is_alone => vec![(*name).to_owned()],
        _ => Vec::new(),
    }
}

fn koreans(text: &str) -> Vec<String> {
    let Some(found) = KOREAN.captures(text) else {
        return Vec::new();
    };
    let words = found[1].split(|c: char| !is_cjk(c));
    let is_name = |word: &&str| {
        (2..=4).contains(&word.chars().count())
            && !word.starts_with("기자")
            && !["본지", "취재", "사진", "글", "뉴스", "서울"].contains(word)
    };
    let mut names: Vec<String> = Vec::new();
    for word in words.filter(is_name) {
        if !names.iter().any(|name| name == word) {
            names.push(word.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_what_stands_beside_them() {
        for (text, want) in [
            ("Jane Miller", vec!["Jane Miller"]),
            ("By JANE MILLER, Associated Press", vec!["JANE MILLER"]),
            (
                "Ludwig van der Berg e Anna De Luca",
                vec!["Ludwig van der Berg", "Anna De Luca"],
            ),
            (
                "Jane Miller, Health Editor, and Tom O'Brien",
                vec!["Jane Miller", "Tom O'Brien"],
            ),
            ("Miller, Jane", vec!["Jane Miller"]),
            ("The Daily Paper", vec![]),
            ("Lê Phương", vec!["Lê Phương"]),
            ("Jan de Vries", vec!["Jan de Vries"]),
            ("Redaktion Nord", vec![]),
        ] {
            assert_eq!(people(text), want, "given {text}");
        }
    }

    #[test]
    fn lines_that_are_no_byline_name_nobody() {
        for line in [
            "By the way, nobody came",
            "The hall was built by John Smith and is still loved by the people of the town",
            "von Montag bis Freitag geöffnet",
            "Jane Miller is a reporter in London.",
            "World Politics Business Sport",
        ] {
            assert!(in_line(line).is_empty(), "given {line}");
            assert!(signed(line).is_empty(), "given {line}");
        }
    }
}
