//! Output that nobody reads any more ends a command without a word.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::world::gazetted;

#[test]
fn a_reader_that_leaves_ends_a_command_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("list.html");
    // More than a pipe holds.
    let links: String = (0..2000)
        .map(|n| format!("<li>2026-11-{:02} <a href='/2026/11/{n}.html'>大桥合龙第{n}条新闻，市民观看</a></li>", n % 28 + 1))
        .collect();
    std::fs::write(&page, format!("<meta charset=utf-8><ul>{links}</ul>")).unwrap();
    let mut links = gazetted();
    links.arg("links").arg(&page);
    let mut child = links
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    assert!(line.contains("大桥"), "{line}");
    drop(output);
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(said, "");
}

#[test]
fn a_reader_that_leaves_ends_a_command_that_answers_lines() {
    let mut command = gazetted();
    command.arg("parse-date").arg("--jsonl");
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    let question =
        "{\"id\": 1, \"text\": \"2018-03-16 12:49\", \"now\": \"2018-03-17T00:00:00Z\"}\n";
    // It may be gone before all of it is written.
    let _ = input.write_all(question.repeat(4000).as_bytes());
    drop(input);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
}
