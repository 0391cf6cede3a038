//! Documents against the RELAX NG schemas of Atom and RSS, by `xmllint`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Documents for one run of the program.
const PER_RUN: usize = 400;

/// Feeds on disk, with what each was made of.
pub(crate) struct SchemaCheck {
    folder: TempDir,
    made_of: Vec<String>,
}

impl SchemaCheck {
    pub(crate) fn new() -> SchemaCheck {
        SchemaCheck {
            folder: tempfile::tempdir().unwrap(),
            made_of: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, about: &str, rss: &[u8], atom: &[u8]) {
        let number = self.made_of.len();
        self.made_of.push(about.to_owned());
        fs::write(self.path(number, "rss"), rss).unwrap();
        fs::write(self.path(number, "atom"), atom).unwrap();
        if let Some(kept) = std::env::var_os("KEEP_PUBLISHED") {
            let kept = Path::new(&kept);
            fs::create_dir_all(kept).unwrap();
            fs::write(kept.join(format!("{number}.rss")), rss).unwrap();
            fs::write(kept.join(format!("{number}.atom")), atom).unwrap();
        }
    }

    fn path(&self, number: usize, ending: &str) -> PathBuf {
        self.folder.path().join(format!("{number}.{ending}"))
    }

    /// What the schemas do not allow; nothing where there is no `xmllint`.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for ending in ["rss", "atom"] {
            let numbers: Vec<usize> = (0..self.made_of.len()).collect();
            for numbers in numbers.chunks(PER_RUN) {
                let paths: Vec<PathBuf> = numbers.iter().map(|n| self.path(*n, ending)).collect();
                match validate(ending, &paths) {
                    Some(said) => complaints.extend(said),
                    None => return Vec::new(),
                }
            }
        }
        complaints.iter().map(|line| self.named(line)).collect()
    }

    /// A complaint with the name of the document that the feed was made of.
    fn named(&self, line: &str) -> String {
        let file = line.rsplit('/').next().unwrap_or_default();
        let number = file.split('.').next().and_then(|n| n.parse::<usize>().ok());
        let about = number.and_then(|number| self.made_of.get(number));
        format!("{}: {file}", about.map_or("?", String::as_str))
    }
}

/// What the schema of this name says of these files; `None` without the program.
fn validate(schema: &str, paths: &[PathBuf]) -> Option<Vec<String>> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/schema")
        .join(format!("{schema}.rng"));
    let run = Command::new("xmllint")
        .args(["--noout", "--nonet", "--huge", "--relaxng"])
        .arg(schema)
        .args(paths)
        .output();
    let Ok(output) = run else {
        println!("skipped: there is no xmllint on this machine");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    let bad = said.lines().filter(|line| !line.ends_with(" validates"));
    let bad = bad.filter(|line| line.contains("error"));
    let bad: Vec<String> = bad.map(str::to_owned).collect();
    assert_eq!(output.status.success(), bad.is_empty(), "{said}");
    Some(bad)
}

#[test]
fn the_schemas_find_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let check = |schema: &str, text: &str| {
        let path = folder.path().join("document");
        fs::write(&path, text).unwrap();
        validate(schema, &[path]).map(|said| said.is_empty())
    };
    let atom = |more: &str| {
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:x=\"urn:x\"><id>urn:a</id><title>A</title>\
             <updated>2026-01-02T03:04:05Z</updated><author><name>A</name></author>{more}</feed>"
        )
    };
    let Some(is_good) = check("atom", &atom("<x:y z=\"1\"><x:w/></x:y>")) else {
        return;
    };
    assert!(is_good);
    for bad in [
        "<id>urn:b</id>",
        "<link rel=\"alternate\"/>",
        "<link href=\"/relative\"/>",
        "<link href=\"https://a.example/\" type=\"mp3\"/>",
        "<category term=\"\"/>",
        "<entry><id>urn:b</id><title>B</title></entry>",
        "<contributor><name> </name></contributor>",
        "<rights xml:lang=\"zh_CN\">r</rights>",
        "<madeup/>",
    ] {
        assert_eq!(check("atom", &atom(bad)), Some(false), "{bad}");
    }
    let rss = |more: &str| {
        format!(
            "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>A</title>\
             <link>https://a.example/</link><description>d</description>\
             <atom:link href=\"https://a.example/f\" rel=\"self\" type=\"application/rss+xml\"/>\
             <item><title>B</title><link>https://a.example/b</link>\
             <guid isPermaLink=\"false\">urn:b</guid>{more}</item></channel></rss>"
        )
    };
    assert_eq!(
        check("rss", &rss("<dc:language>zh-CN</dc:language>")),
        Some(true)
    );
    for bad in [
        "<dc:language>zh_CN</dc:language>",
        "<pubDate>2026-01-02</pubDate>",
        "<enclosure url=\"https://a.example/a.mp3\" type=\"audio/mpeg\"/>",
        "<description></description>",
        "<madeup/>",
    ] {
        assert_eq!(check("rss", &rss(bad)), Some(false), "{bad}");
    }
}
