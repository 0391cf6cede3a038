//! Names of people, as Chinese bylines run them together.

use super::words::{DONE, DOUBLE, ENDS, JAPANESE, OTHERS, ROLES, WORDS, is_in};

/// Family names of one character, the usual ones.
const FAMILY: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺水候粟邝逯幸宿皮冮区印蒲麻丰麦麥尚佘敬闫肖岑农曽晁宣逄綦苍矫侍问补刑门惠訾张陳劉黃吳孫馬羅鄭謝韓馮許鄧蕭呂蘇盧蔣賈葉閻鍾譚鄒陸龍萬錢湯黎賀賴龔龐蘭顏嚴溫魯齊莊關費歐項衛單閔車邊饒張楊趙簡紀連馮應鄔樂喬畢陰濮";

/// Last characters that no person's name has.
const ORGANS: &[char] = &[
    '部', '社', '网', '報', '报', '台', '局', '院', '委', '办', '组', '处', '室', '站', '厅', '校',
];

/// Whether `run`, Han characters only, begins as a person's name does and is as long.
pub(in crate::source::page) fn is_full_name(run: &str) -> bool {
    let n_chars = run.chars().count();
    let is_double = DOUBLE
        .split_whitespace()
        .any(|family| run.starts_with(family));
    let is_single = run
        .chars()
        .next()
        .is_some_and(|first| FAMILY.contains(first));
    let is_japanese = JAPANESE
        .split_whitespace()
        .any(|family| run.starts_with(family));
    let is_place = run.ends_with(['学', '県', '市', '区', '町', '村', '会', '党', '省', '庁']);
    !is_in(WORDS, run)
        && !run.ends_with(ORGANS)
        && ((is_japanese && !is_place && (3..=5).contains(&n_chars))
            || (is_single && (2..=3).contains(&n_chars))
            || (is_double && (3..=4).contains(&n_chars)))
}

/// Lists the names at the start of `text`, and returns the text behind them.
///
/// They stop before the first thing that is no name. Names that belong to a picture or to the
/// editing are passed over.
pub(in crate::source::page) fn names(text: &str) -> (Vec<String>, &str) {
    let mut found: Vec<String> = Vec::new();
    let mut fresh = 0;
    let mut is_led = false;
    let mut rest = text;
    loop {
        let ahead = rest.trim_start_matches(is_separator);
        // 巫其倫／台北報導
        let is_set_off = rest.trim_start().starts_with(['/', '／', '丨', '｜']);
        if is_set_off && is_dateline(ahead) {
            break;
        }
        let other = strip_any(ahead, OTHERS).filter(|_| found.len() > fresh);
        // 记者 张三 编辑 李四: where words stand before names, that one does, too.
        let leads = |behind: &str| {
            is_label_end(behind) || behind.starts_with(['/', '／']) || is_led && begins_name(behind)
        };
        if other.is_some_and(leads) {
            break;
        }
        if let Some(behind) = other {
            found.truncate(fresh);
            rest = behind;
            continue;
        }
        if let Some(behind) = strip_any(ahead, ROLES).or_else(|| behind_organ(ahead)) {
            rest = behind;
            fresh = found.len();
            is_led = true;
            continue;
        }
        if strip_editor(ahead) {
            break;
        }
        let Some((name, behind)) = name(ahead).filter(|(_, behind)| !is_label(behind)) else {
            break;
        };
        if !found.contains(&name) {
            found.push(name);
        }
        rest = behind;
    }
    (found, rest)
}

/// Whether a text begins with a place and what was done there.
fn is_dateline(text: &str) -> bool {
    let end = text.find(|c| !is_han(c)).unwrap_or(text.len());
    let run = &text[..end];
    let n_chars = run.chars().count();
    (2..=8).contains(&n_chars) && DONE.split_whitespace().any(|verb| run.ends_with(verb))
}

/// Whether the word before `behind` is a label, not a name.
fn is_label(behind: &str) -> bool {
    behind.trim_start().starts_with([':', '：'])
}

/// Whether the word before `behind` says who did something else, and a name is to come.
fn is_label_end(behind: &str) -> bool {
    let behind = behind.trim_start();
    behind.starts_with([':', '：', '丨', '｜', '|'])
        || strip_any(behind, ROLES).is_some()
        || did_more(behind)
}

/// Whether somebody did also write: 张三 摄影报道.
fn did_more(behind: &str) -> bool {
    strip_any(behind, "报道 報導 報道").is_some()
}

/// Whether a name follows behind a blank.
fn begins_name(behind: &str) -> bool {
    let name = behind.trim_start();
    let end = name.find(|c| !is_han(c)).unwrap_or(name.len());
    name.len() < behind.len() && is_full_name(&name[..end])
}

/// Returns the text behind the name of an organ and a role in one word: 环球时报记者 李四.
fn behind_organ(text: &str) -> Option<&str> {
    let is_part = |c: char| is_han(c) || c == '·';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let run = &text[..end];
    let role = ROLES
        .split_whitespace()
        .filter_map(|role| Some((run.find(role)?, role)));
    let (at, role) = role.min_by_key(|(at, role)| (*at, std::cmp::Reverse(role.len())))?;
    let is_organ = (2..=14).contains(&run[..at].chars().count()) && !is_full_name(&run[..at]);
    is_organ.then(|| &text[at + role.len()..])
}

/// Whether a text begins with the name of an organ and a word for who edits: 每经编辑 文多.
fn strip_editor(text: &str) -> bool {
    let end = text.find(|c| !is_han(c)).unwrap_or(text.len());
    let run = &text[..end];
    let mut words = ["编辑", "編輯", "校对", "责编", "审核"].iter();
    run.chars().count() > 2 && words.any(|word| run.ends_with(word))
}

/// Whether a word is the name of a paper, an agency, or a site.
pub(in crate::source::page) fn is_organ(word: &str) -> bool {
    let ends = [
        "网",
        "網",
        "报",
        "報",
        "社",
        "台",
        "刊",
        "新闻",
        "新聞",
        "客户端",
        "在线",
        "日報",
        "融媒",
    ];
    word.chars().all(|c| is_han(c) || c == '·') && ends.iter().any(|end| word.ends_with(end))
}

/// Cuts one name off the start of `text`.
fn name(text: &str) -> Option<(String, &str)> {
    let is_part = |c: char| is_han(c) || matches!(c, '·' | '•' | '・');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let run = &text[..end];
    if run.is_empty() {
        return latin(text);
    }
    let n_chars = run.chars().count();
    if let Some(found) = spaced(text) {
        return Some(found);
    }
    let is_foreign = run.contains(['·', '•', '・']);
    if is_foreign && ROLES.split_whitespace().any(|role| run.contains(role)) {
        return None;
    }
    if is_foreign {
        return (4..=16)
            .contains(&n_chars)
            .then(|| (run.to_owned(), &text[end..]));
    }
    if let Some(cut) = end_of_glued(run) {
        let name = &run[..cut];
        return is_full_name(name).then(|| (name.to_owned(), &text[cut..]));
    }
    let is_apart = text[end..]
        .chars()
        .next()
        .is_none_or(|c| !c.is_alphanumeric());
    let is_name = !is_in(WORDS, run) && !run.ends_with(ORGANS);
    if is_apart && run.ends_with(ORGANS) {
        return None;
    }
    if is_apart && is_name && (2..=4).contains(&n_chars) && (n_chars < 4 || !is_two_names(run)) {
        return Some((run.to_owned(), &text[end..]));
    }
    // 記者張曉雅倫敦26日專電
    let is_dated = text[end..].starts_with(|c: char| c.is_ascii_digit());
    if is_dated && (5..=7).contains(&n_chars) {
        let three = run.char_indices().nth(3).map_or(run.len(), |(at, _)| at);
        if is_full_name(&run[..three]) {
            return Some((run[..three].to_owned(), &text[three..]));
        }
    }
    let cut = run.char_indices().nth(3).map_or(run.len(), |(at, _)| at);
    let two = run.char_indices().nth(2).map_or(run.len(), |(at, _)| at);
    let behind = run[cut..].chars().next();
    let is_three = behind.is_none_or(|c| FAMILY.contains(c)) && is_full_name(&run[..cut]);
    let cut = if is_three { cut } else { two };
    (n_chars <= 9 && is_full_name(&run[..cut])).then(|| (run[..cut].to_owned(), &text[cut..]))
}

/// Cuts a name of two characters that is spaced out to the width of three: `张　三`.
fn spaced(text: &str) -> Option<(String, &str)> {
    let mut chars = text.chars();
    let family = chars.next().filter(|c| FAMILY.contains(*c))?;
    let rest = chars.as_str();
    let behind = rest.trim_start_matches([' ', '\u{3000}']);
    let mut chars = behind.chars();
    let given = chars
        .next()
        .filter(|c| is_han(*c) && behind.len() < rest.len())?;
    let behind = chars.as_str();
    let is_alone = !behind.starts_with(is_han);
    is_alone.then(|| (format!("{family}{given}"), behind))
}

/// Returns the byte at which a word begins that belongs to no name, glued to a name.
fn end_of_glued(run: &str) -> Option<usize> {
    let starts = run.char_indices().map(|(at, _)| at).skip(2);
    let mut cuts = starts.filter(|at| {
        ENDS.split_whitespace()
            .any(|end| run[*at..].starts_with(end))
    });
    cuts.find(|at| run[..*at].chars().count() <= 4)
}

/// Whether four characters are two names of two.
fn is_two_names(run: &str) -> bool {
    let middle = run.char_indices().nth(2).map_or(0, |(at, _)| at);
    let is_double = DOUBLE
        .split_whitespace()
        .any(|family| run.starts_with(family));
    !is_double && is_full_name(&run[..middle]) && is_full_name(&run[middle..])
}

/// Cuts a name in Latin letters, two words at least.
fn latin(text: &str) -> Option<(String, &str)> {
    let is_part = |c: char| c.is_alphabetic() && !is_han(c) || matches!(c, ' ' | '.' | '-' | '\'');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let name = text[..end].trim();
    let n_words = name.split(' ').count();
    let is_name = (2..=4).contains(&n_words) && name.chars().next().is_some_and(char::is_uppercase);
    is_name.then(|| (name.to_owned(), &text[end..]))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '、' | '，'
                | ','
                | '/'
                | '／'
                | '&'
                | '＆'
                | ';'
                | '；'
                | ':'
                | '：'
                | '|'
                | '丨'
                | '｜'
        )
}

/// Whether a character is a Han character.
pub(in crate::source::page) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

/// Whether a character is Chinese, Japanese or Korean.
pub(in crate::source::page) fn is_cjk(c: char) -> bool {
    is_han(c) || matches!(c, '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7af}')
}

fn strip_any<'t>(text: &'t str, words: &str) -> Option<&'t str> {
    words
        .split_whitespace()
        .find_map(|word| text.strip_prefix(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        assert_eq!(names(text).0, want, "given {text}");
    }

    #[test]
    fn names_that_are_set_off() {
        check(
            "张素芬 李冬阳 通讯员 齐龙跃 潘延虎",
            &["张素芬", "李冬阳", "齐龙跃", "潘延虎"],
        );
        check("张素芬、李冬阳", &["张素芬", "李冬阳"]);
        check("叨叨姐、胡一刀&李小飞刀", &["叨叨姐", "胡一刀", "李小飞刀"]);
        check("上官云 宋宇晟", &["上官云", "宋宇晟"]);
        check("Emma Graham-Harrison", &["Emma Graham-Harrison"]);
        check("史蒂夫·乔布斯", &["史蒂夫·乔布斯"]);
    }

    #[test]
    fn names_that_are_run_together() {
        check(
            "张素芬 李冬阳通讯员 齐龙跃",
            &["张素芬", "李冬阳", "齐龙跃"],
        );
        check("张鹏程报道", &["张鹏程"]);
        check("林宸誼／即時報導", &["林宸誼"]);
        check("王五从济南市了解到", &["王五"]);
        check("方敏北京大学经济学院教授", &["方敏"]);
    }

    #[test]
    fn who_took_the_picture_is_no_author() {
        check("潘延虎 摄", &[]);
        check("张素芬 文 潘延虎 摄", &["张素芬"]);
        check("编辑部", &[]);
        check("张小三 摄影：李小四", &["张小三"]);
        check("张小三　图片：李小四", &["张小三"]);
    }

    #[test]
    fn places_and_doings_beside_names_are_none() {
        check("巫其倫／台北報導", &["巫其倫"]);
        check("陈智 整合", &["陈智"]);
        check("张小三、李小四/北京报道", &["张小三", "李小四"]);
    }
}
