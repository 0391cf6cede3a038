//! `gazetted parse` on documents of the open web, with what is right for each.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpora/feeds/dev");

/// Of a hundred assertions on what an aggregator needs.
const WANTED_PERCENT: usize = 97;

#[test]
fn feeds_of_the_open_web_are_read_right() {
    let corpus = Path::new(CORPUS);
    let Ok(cases) = std::fs::read_to_string(corpus.join("expect.jsonl")) else {
        println!("skipped: there is no {CORPUS}");
        return;
    };
    let cases: Vec<Value> = cases
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let answers = answers(corpus, &cases);
    assert_eq!(answers.len(), cases.len(), "every document has its answer");
    let (mut n_right, mut n_all) = (0, 0);
    for (case, answer) in cases.iter().zip(&answers) {
        assert_eq!(case["id"], answer["id"]);
        for wanted in case["expects"]
            .as_array()
            .expect("a case has a list of assertions")
        {
            if wanted["tier"] == "core" && wanted["op"] == "eq" {
                n_all += 1;
                n_right += usize::from(is_met(wanted, answer));
            }
        }
    }
    println!("{n_right} of {n_all}");
    assert!(
        n_right * 100 >= n_all * WANTED_PERCENT,
        "{n_right} of {n_all}"
    );
}

fn answers(corpus: &Path, cases: &[Value]) -> Vec<Value> {
    let mut requests = String::new();
    for case in cases {
        let file = corpus.join(case["file"].as_str().expect("a case has a file"));
        let request = json!({
            "id": case["id"], "file": file, "content_type": case["content_type"],
            "headers": case["headers"], "base_url": case["base_url"],
        });
        requests += &format!("{request}\n");
    }
    let mut program = Command::new(env!("CARGO_BIN_EXE_gazetted"))
        .arg("parse")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program is built");
    let mut input = program.stdin.take().expect("it is piped");
    let writer = std::thread::spawn(move || input.write_all(requests.as_bytes()));
    let output = program.wait_with_output().expect("it ends");
    writer
        .join()
        .expect("it does not panic")
        .expect("it reads all requests");
    assert!(output.status.success());
    let output = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    output
        .lines()
        .map(|line| serde_json::from_str(line).expect("an answer is JSON"))
        .collect()
}

/// Whether a value at one of the wanted places says one of the wanted values.
fn is_met(wanted: &Value, answer: &Value) -> bool {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut places = list(&wanted["alt"]);
    places.insert(0, wanted["path"].clone());
    let mut values = list(&wanted["also"]);
    values.insert(0, wanted["value"].clone());
    let kind = wanted["kind"].as_str().unwrap_or_default();
    places.iter().filter_map(Value::as_str).any(|place| {
        let found = look_up(answer, place);
        values.iter().any(|value| is_same(kind, &found, value))
    })
}

fn look_up(answer: &Value, place: &str) -> Value {
    let pointer = place.replace(['[', '.'], "/").replace(']', "");
    let found = answer
        .pointer(&format!("/{pointer}"))
        .cloned()
        .unwrap_or_default();
    match &found {
        Value::Object(object) => object.get("name").cloned().unwrap_or_default(),
        _ => found,
    }
}

fn is_same(kind: &str, found: &Value, wanted: &Value) -> bool {
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let (found, wanted) = (plain(found), plain(wanted));
    match kind {
        "date" => {
            let instant = |text: &str| {
                text.parse::<jiff::Timestamp>()
                    .map(|at| at.as_second())
                    .ok()
            };
            instant(&found).is_some() && instant(&found) == instant(&wanted)
        }
        "html" => visible(&found) == visible(&wanted),
        "lang" | "token" => fold(&found).eq_ignore_ascii_case(&fold(&wanted)),
        _ => {
            fold(&found) == fold(&wanted)
                || found.trim_end_matches('/') == wanted.trim_end_matches('/')
        }
    }
}

fn fold(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a reader sees of markup, without white space.
fn visible(markup: &str) -> String {
    gazetted::text::html::to_text(markup)
        .split_whitespace()
        .collect()
}
