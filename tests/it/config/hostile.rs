//! Files that are not there, are not text, hold secrets or make no sense.

use std::fs;
use std::path::Path;

use gazetted::config::Config;
use proptest::prelude::*;

use super::errors;

#[test]
fn passwords_are_not_repeated() {
    let error = errors("[[source]]\nid = 'a/b'\nurl = 'https://me:hunter2@a.example/'\nx = 1\n");
    let said = format!("{error}{error:?}{}{}", error.coloured(), error.summary());
    assert!(!said.contains("hunter2") && !said.contains("me:"), "{said}");
}

#[test]
fn a_file_that_is_not_there_or_not_text_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("feeds.toml");
    let summary = || Config::load(&file).unwrap_err().summary();
    assert!(summary().ends_with("feeds.toml:1:1: there is no such file"));
    fs::create_dir(&file).unwrap();
    assert!(summary().ends_with("feeds.toml:1:1: is a folder"));
    fs::remove_dir(&file).unwrap();
    fs::write(&file, b"[server]\ntitle = \"\xbc\xc3\xc4\xcf\"\n").unwrap();
    assert!(summary().ends_with("feeds.toml:2:10: this is not UTF-8"));
    fs::write(&file, vec![b'#'; (16 << 20) + 1]).unwrap();
    assert!(summary().ends_with("is larger than 16 MiB"));
}

/// A good file with parts cut out and put elsewhere.
fn mangled() -> impl Strategy<Value = String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("feeds.toml"))
        .expect("the file we ship");
    let chars: Vec<char> = text.chars().collect();
    let n = chars.len();
    let cut = (0..n, 0..40_usize, 0..n, "[\\[\\]\"'{}=.,\n\\\\a济]{0,3}");
    prop::collection::vec(cut, 1..6).prop_map(move |cuts| {
        let mut chars = chars.clone();
        for (from, len, to, junk) in cuts {
            let from = from.min(chars.len());
            let end = (from + len).min(chars.len());
            let part: Vec<char> = chars.drain(from..end).collect();
            let to = to.min(chars.len());
            chars.splice(to..to, part.into_iter().chain(junk.chars()));
        }
        chars.into_iter().collect()
    })
}

fn say_everything(text: &str) {
    if let Err(error) = Config::parse("feeds.toml", text) {
        assert!(!error.problems().is_empty());
        let _ = (error.to_string(), error.coloured(), error.summary());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_text_makes_it_panic(text in "(\\PC|[\\[\\]\"'{}=.\n\t#]){0,80}") {
        say_everything(&text);
    }

    #[test]
    fn no_slip_of_the_hand_makes_it_panic(text in mangled()) {
        say_everything(&text);
    }
}
