//! Bylines: authors of an article, as newspapers sign.

use std::sync::LazyLock;

use regex::Regex;

use super::caption;
use super::person::{self, is_full_name, is_han, names};
use super::words::ROLES;

/// Longest line that is a byline, in characters.
const MAX_LINE_CHARS: usize = 60;

/// Length of the beginning of a paragraph that may be a dateline, in characters.
const LEAD_CHARS: usize = 80;

/// Lines at either end of a body that may be signed.
const SIGNED_LINES: usize = 4;

/// Label inside a line: `作者：…`, `文/…`, `采写：…`, `图文/…`
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?:作者|撰文|采写|採寫|执笔|撰稿人?|供稿|来稿|文字(?:记者)?|图文|文图|圖文|采访)\s*[:：/／|丨｜]\s*|(?:^|[\s（(])文(?:[/／]图)?\s*[/／:：|丨｜・]\s*|(?:^|[\s（(])(?:文[/／]图|图[/／]文)\s*[:：]?\s*";
    Regex::new(pattern).expect("a constant pattern")
});

/// Name of an organ and a role at the beginning of a text that goes on behind the name.
static LED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^\s*[\p{Han}·A-Za-z0-9]{1,16}(?:网|報|报|社|台|讯|訊|新闻|新聞|财经|客户端|融媒|发布)\s*[\p{Han}]{0,4}记者\s+[\p{Han}]{2,3}\s";
    Regex::new(pattern).expect("a constant pattern")
});

/// Beginning of a dispatch, before the names of who sent it: `中新网济南11月27日电 (`
static DISPATCH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*[\p{Han}\d]{2,20}(?:电|電|讯|訊|报道|報道|報導)\s*[(（]")
        .expect("a constant pattern")
});

/// Text in brackets, 2 to 60 characters, without brackets in it.
static BRACKETS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[（(【\[〔]([^（()）【】\[\]〔〕]{2,60})[）)】\]〕]").expect("a constant pattern")
});

/// Finds the authors that the lines around and in a body name.
///
/// Names under the text come before names around it: the line under the title often names
/// whoever put it on the site.
pub(in crate::source::page) fn authors(head: &[&str], body: &[&str], tail: &[&str]) -> Vec<String> {
    let last = body.len().saturating_sub(SIGNED_LINES);
    let end = body[last..].iter().rev().map(|line| closing(line));
    let start = body.iter().take(SIGNED_LINES).map(|line| opening(line));
    let around = head.iter().chain(tail).map(|line| labelled(line));
    let alone = head.iter().map(|line| whole(line));
    let mut found = end.chain(start).chain(around).chain(alone);
    found.find(|names| !names.is_empty()).unwrap_or_default()
}

/// Parses a text that is known to name authors; the whole text if no pattern fits.
pub(in crate::source::page) fn named(text: &str) -> Vec<String> {
    let ways = [labelled, opening, signature];
    let mut found = ways.iter().map(|way| way(text));
    found
        .find(|names| !names.is_empty())
        .unwrap_or_else(|| vec![text.to_owned()])
}

/// Parses the text of an element that is one for authors.
pub(in crate::source::page) fn in_credit(text: &str) -> Vec<String> {
    whole(text)
}

/// Whether a line behind a text names its authors.
pub(in crate::source::page) fn is_signed(line: &str) -> bool {
    !closing(line).is_empty()
}

/// Parses a signature at the end of a text: `(本报记者 张三)`, `(张三)`, `作者：张三`, `新京报记者 张三`.
fn closing(line: &str) -> Vec<String> {
    let line = line.trim_end_matches(['。', '.', ' ']);
    if caption::has_credit(line) {
        return Vec::new();
    }
    let bracket = BRACKETS.captures_iter(line).last();
    let bracket = bracket.filter(|found| found.get(0).is_some_and(|all| all.end() == line.len()));
    if let Some(inner) = bracket.and_then(|found| found.get(1)) {
        let signed = signature(inner.as_str());
        if !signed.is_empty() {
            return signed;
        }
    }
    whole(line)
}

/// Parses a signature at the start of a text: `本报讯（记者 张三）`, `□记者张三报道`, `新京报记者 张三`.
fn opening(line: &str) -> Vec<String> {
    let lead = cut(line, LEAD_CHARS);
    let brackets = BRACKETS
        .captures_iter(lead)
        .filter_map(|found| found.get(1));
    let mut signed = brackets.map(|inner| after_role(inner.as_str()));
    if let Some(names) = signed.find(|names| !names.is_empty()) {
        return names;
    }
    if let Some(dispatch) = DISPATCH.find(lead) {
        let inner = lead[dispatch.end()..].split(['）', ')']).next();
        let sent = inner.map(signature).unwrap_or_default();
        if !sent.is_empty() {
            return sent;
        }
    }
    if LED.is_match(lead) {
        let named = after_role(lead).into_iter();
        return named.take_while(|name| is_full_name(name)).collect();
    }
    let marked = line
        .trim_start()
        .strip_prefix(['□', '■', '◎', '●', '◆', '▲']);
    match marked {
        Some(marked) => after_role(cut(marked, LEAD_CHARS)),
        None => whole(line),
    }
}

/// Parses the inside of brackets: roles and names, or at most four names alone.
fn signature(inner: &str) -> Vec<String> {
    let by_role = after_role(inner);
    if !by_role.is_empty() {
        return by_role;
    }
    let words: Vec<&str> = inner
        .split([' ', '\u{3000}', '、', '，', '/'])
        .filter(|word| !word.is_empty())
        .collect();
    // （海外网 张晓雅）, （张晓雅 供稿）
    let is_organ = |word: &&&str| person::is_organ(word);
    let n_organs = words.iter().take(1).filter(is_organ).count();
    let is_done = |word: &&&str| matches!(**word, "供稿" | "报道" | "撰稿" | "撰文");
    let n_done = words.iter().rev().take(1).filter(is_done).count();
    let names = words
        .get(n_organs..words.len() - n_done)
        .unwrap_or_default();
    let is_signed = (1..=4).contains(&names.len()) && names.iter().all(|word| is_full_name(word));
    if is_signed {
        names.iter().map(|name| (*name).to_owned()).collect()
    } else {
        Vec::new()
    }
}

/// Lists the names behind the first role, if an organ of at most 20 characters stands before
/// it and nothing else.
fn after_role(text: &str) -> Vec<String> {
    let text = text.trim();
    let roles = ROLES.split_whitespace().filter_map(|role| text.find(role));
    let Some(at) = roles.min() else {
        return Vec::new();
    };
    let organ = &text[..at];
    let is_organ =
        letters(organ) <= 20 && !organ.contains(['。', '，', '！', '？', '据', '向', '对']);
    let is_photographer = organ.ends_with("摄影") || organ.ends_with("图片");
    if is_organ && !is_photographer {
        names(&text[at..]).0
    } else {
        Vec::new()
    }
}

/// Parses a line that is a byline and nothing else.
fn whole(line: &str) -> Vec<String> {
    if line.chars().nth(MAX_LINE_CHARS).is_some() || line.ends_with(['。', '？', '！', '，']) {
        return Vec::new();
    }
    let labelled = labelled(line);
    if !labelled.is_empty() {
        return labelled;
    }
    let text = line.trim_matches(|c: char| !c.is_alphanumeric());
    let roles = ROLES.split_whitespace().filter_map(|role| text.find(role));
    let Some(at) = roles.min() else {
        return Vec::new();
    };
    let (found, rest) = names(&text[at..]);
    let is_photographer = text[..at].ends_with("摄影") || text[..at].ends_with("图片");
    if is_photographer {
        return Vec::new();
    }
    let is_rest_short = rest.chars().filter(|c| is_han(*c)).count() <= 6;
    let is_organ_short =
        letters(&text[..at]) <= 20 && !text[..at].contains(['，', '。', '据', '向', '对']);
    if is_rest_short && is_organ_short {
        found
    } else {
        Vec::new()
    }
}

/// Lists the names behind a label in a line of several things.
fn labelled(line: &str) -> Vec<String> {
    if line.chars().nth(200).is_some() {
        return Vec::new();
    }
    let labels = LABEL.find_iter(line).map(|label| &line[label.end()..]);
    let mut found = labels.map(|value| {
        let (names, rest) = names(value);
        let role = if names.is_empty() {
            after_role(cut(value, MAX_LINE_CHARS))
        } else {
            Vec::new()
        };
        let is_list = !rest.starts_with(is_han)
            || names.len() > 1
            || names.iter().all(|name| is_full_name(name));
        if is_list && !names.is_empty() {
            names
        } else {
            role
        }
    });
    found.find(|names| !names.is_empty()).unwrap_or_default()
}

/// Counts the letters of a text: a date beside an organ's name is none of it, nor the address
/// of its site.
fn letters(text: &str) -> usize {
    let is_site = |c: &char| c.is_ascii();
    let n_site = match text.contains("www.") {
        true => text
            .chars()
            .filter(is_site)
            .filter(|c| c.is_alphabetic())
            .count(),
        false => 0,
    };
    text.chars().filter(|c| c.is_alphabetic()).count() - n_site
}

fn cut(text: &str, n_chars: usize) -> &str {
    let end = text
        .char_indices()
        .nth(n_chars)
        .map_or(text.len(), |(at, _)| at);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn signed(body: &[&str], want: &[&str]) {
        assert_eq!(authors(&[], body, &[]), want, "given {body:?}");
    }

    #[track_caller]
    fn head(line: &str, want: &[&str]) {
        assert_eq!(
            authors(&[line], &["正文第一段。"], &[]),
            want,
            "given {line}"
        );
    }

    #[test]
    fn a_text_is_signed_at_its_end() {
        signed(
            &["一。", "二。(本报记者 张素芬 李冬阳通讯员 齐龙跃 潘延虎)"],
            &["张素芬", "李冬阳", "齐龙跃", "潘延虎"],
        );
        signed(
            &["让生活更美好。(文/图 刘玺东 易赛楠)"],
            &["刘玺东", "易赛楠"],
        );
        signed(&["轻松换新iPhone。(李楠)", "关注我们"], &["李楠"]);
        signed(&["一。", "作者：上官云 宋宇晟"], &["上官云", "宋宇晟"]);
        signed(
            &["一。", "扬子晚报记者 张楠", "免责声明：本文来自腾讯"],
            &["张楠"],
        );
        signed(&["一。", "采写：南都见习记者 林子沛"], &["林子沛"]);
        signed(&["一。", "(作者：方敏北京大学经济学院教授)"], &["方敏"]);
    }

    #[test]
    fn a_text_is_signed_at_its_start() {
        signed(
            &["新京报讯（记者 陆一夫）11月25日，新京报记者登录拼多多发现。"],
            &["陆一夫"],
        );
        signed(
            &["本站讯（职工通讯员 李琴雯 刘会）为深入推进。"],
            &["李琴雯", "刘会"],
        );
        signed(
            &["□记者张鹏程报道", "本报济南讯3月10日，记者在济南市。"],
            &["张鹏程"],
        );
        signed(&["东方网·纵相新闻记者 单珊", "随着疫情反弹。"], &["单珊"]);
        signed(
            &["执笔/叨叨姐、胡一刀&李小飞刀", "西方世界。"],
            &["叨叨姐", "胡一刀", "李小飞刀"],
        );
        signed(&["作者：《中国企业家》记者 林涛", "一。"], &["林涛"]);
    }

    #[test]
    fn the_line_under_the_title_names_authors() {
        head(
            "2020-11-23 10:22:14 出处：快科技 作者：宪瑞 编辑：宪瑞 人气：1",
            &["宪瑞"],
        );
        head("本文来源：大洋网-信息时报 作者：吴瑕", &["吴瑕"]);
        head("2020-10-04 15:05聯合報 記者林宸誼／即時報導", &["林宸誼"]);
        head("澎湃新闻记者 贺梨萍", &["贺梨萍"]);
        head("来源：本站 作者：医技药剂党支部", &[]);
        head("责任编辑：杨倩", &[]);
    }

    #[test]
    fn photographers_and_passers_by_are_no_authors() {
        signed(&["船在湖上。（本报记者 王锋 摄）"], &[]);
        signed(&["（图片来源：视觉中国）"], &[]);
        signed(&["记者从市政府获悉，明天有雨。", "二。"], &[]);
        signed(&["他对记者张三说，明天有雨。", "二。"], &[]);
    }
}
