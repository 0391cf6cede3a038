//! Origin of an article (来源): the newspaper or agency that it was taken from.

use std::sync::LazyLock;

use dom_query::NodeRef;
use regex::Regex;

use super::person::is_han;
use crate::source::page::dom::lines;

/// Longest name, in characters.
const MAX: usize = 40;

/// Label of an origin: `来源：` and its kin.
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern =
        r"(?:来\s*源|來\s*源|稿\s*源|出\s*处|出\s*處|转载自|转自|來源自|来源于)\s*[:：]\s*";
    Regex::new(pattern).expect("a constant pattern")
});

/// End of a name that has no punctuation behind it.
static END: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\s*(?:作者|责任编辑|责编|编辑|編輯|记者|記者|发表(?:时间|日期|于|\s*[:：])|发布(?:时间|日期|于|者|人|单位|\s*[:：]|\s*\d)|發布(?:時間|日期|於)|时间|時間|日期|浏览|点击|阅读|字号|字体|字體|分享|打印|评论|責任|人气|我要|关注|参与互动|【|\||｜|\d{4}[-年/.]|[。；;，,！？])";
    Regex::new(pattern).expect("a constant pattern")
});

/// Classes and ids of elements that hold an origin and nothing else.
static CLASS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?:^|[-_\s])(?:(?:article|post|news|ne|media|art|info)?[-_]?source|laiyuan|media[-_]?name|media[-_]?span|jgname|where|copyfrom|comefrom|origin-?name)(?:$|[-_\s\d])";
    Regex::new(pattern).expect("a constant pattern")
});

/// Names in quotation marks: `“青石发布”微信公众号`.
const QUOTES: [(char, char); 4] = [('“', '”'), ('"', '"'), ('《', '》'), ('「', '」')];

/// What a site calls itself there, or an unknown one: no name to readers of others.
const OWN: &[&str] = &[
    "本网",
    "本站",
    "本報",
    "本报",
    "本网站",
    "网络",
    "互联网",
    "网上",
    "转载",
    "综合",
    "未知",
    "不详",
    "佚名",
    "网络转载",
    "本网讯",
    "本报讯",
    "本台",
    "无",
    "admin",
];

/// Words in such places when they hold no name.
const NO_NAMES: &[&str] = &[
    "字号",
    "分享",
    "评论",
    "阅读",
    "浏览",
    "点击",
    "收藏",
    "编辑",
    "作者",
    "责任",
    "来源",
    "打印",
    "关注",
    "举报",
    "首页",
    "正文",
    "原创",
    "关闭",
    "大中小",
    "参与",
    "次",
    "转发",
    "繁体",
    "查看",
    "微信",
    "微博",
    "下载",
    "播放",
    "时间",
    "发布",
    "更新",
    "上一",
    "下一",
    "登录",
    "注册",
    "评 论",
    "标签",
    "专题",
    "記者",
    "记者",
    "听新闻",
    "语音",
    "手机",
    "扫码",
    "朗读",
    "客户端",
    "人气",
];

/// Finds the name behind a label on one of `lines`, or on the next line.
pub(in crate::source::page) fn labelled(lines: &[&str]) -> Option<String> {
    lines.iter().enumerate().find_map(|(number, line)| {
        let label = LABEL.find(line)?;
        let value = &line[label.end()..];
        if value.trim().is_empty() {
            return name(lines.get(number + 1)?);
        }
        name(value)
    })
}

/// Tells whether one of `lines` has the label and no name behind it: then a page says that
/// it knows none.
pub(in crate::source::page) fn is_unnamed(lines: &[&str]) -> bool {
    let mut labels = lines.iter().filter_map(|line| {
        let label = LABEL.find(line)?;
        Some(&line[label.end()..])
    });
    labels.any(|value| name(value).is_none())
}

/// Finds the name that stands beside a date without a label: the first word of what is left
/// of such a line.
pub(in crate::source::page) fn beside_date(rest: &str) -> Option<String> {
    let mut words = rest.split([' ', '|', '｜']).map(str::trim);
    let first = words.find(|word| word.contains(char::is_alphabetic))?;
    is_name(first).then(|| name(first)).flatten()
}

/// Finds the name in an element whose class or id says that it holds one.
pub(in crate::source::page) fn by_class(root: &NodeRef<'_>) -> Option<String> {
    let named = root.descendants_it().filter(says_origin);
    let mut texts = named.take(8).map(|node| lines::text(&node));
    texts.find_map(|text| {
        let label = LABEL.find(&text);
        let value = label.map_or(text.as_str(), |label| &text[label.end()..]);
        is_name(value).then(|| name(value)).flatten()
    })
}

fn says_origin(node: &NodeRef<'_>) -> bool {
    node.element_ref().is_some_and(|element| {
        let is_own = |name: &str| matches!(name, "class" | "id" | "bosszone");
        let mut own = element.attrs.iter().filter(|attr| is_own(&attr.name.local));
        own.any(|attr| CLASS.is_match(&attr.value))
    })
}

/// Whether `text` can be the name of a newspaper.
fn is_name(text: &str) -> bool {
    let text = text.trim();
    let n_chars = text.chars().count();
    let has_letters = text.chars().filter(|c| is_han(*c)).count() >= 2;
    // 青石发布 is what a government calls its account.
    let is_account = text.ends_with("发布") && n_chars > 3 && !text.contains(['：', ':', ' ']);
    let of_account = |other: &&str| is_account && matches!(*other, "发布");
    let mut others = NO_NAMES.iter().filter(|other| !of_account(other));
    let is_other = others.any(|other| text.contains(other));
    has_letters && (2..=MAX).contains(&n_chars) && !is_other && !text.starts_with(['#', '@'])
}

/// Cuts the name at the start of `value`; `None` if there is none of 1 to 40 characters.
pub(in crate::source::page) fn name(value: &str) -> Option<String> {
    let value = value.trim().trim_start_matches([':', '：']).trim_start();
    let value = QUOTES
        .iter()
        .find_map(|(open, close)| {
            let (inside, _) = value.strip_prefix(*open)?.split_once(*close)?;
            Some(inside)
        })
        .unwrap_or(value);
    let value = value.trim_start_matches(['"', '“', '《', '「', ':', '：']);
    let end = END.find(value).map_or(value.len(), |end| end.start());
    let value = &value[..end];
    let is_latin = value.chars().take(4).all(|c| c.is_ascii());
    let word = if is_latin {
        value
    } else {
        value.split(' ').next().unwrap_or_default()
    };
    let word = without_place(word).trim_end_matches(['"', '”', '》', '」', ')', '）', ']']);
    let word = word.trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '_' | '.' | '/'));
    let n_chars = word.chars().count();
    let has_letters = word.chars().any(char::is_alphabetic);
    let is_name = has_letters && !OWN.contains(&word) && (1..=MAX).contains(&n_chars);
    is_name.then(|| word.to_owned())
}

/// Removes the place of `新京报(北京)`, the remark of `游民星空[整理]`.
fn without_place(word: &str) -> &str {
    match word.find(['(', '（', '[', '［', '【']) {
        Some(at) if at > 0 => &word[..at],
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: Option<&str>) {
        assert_eq!(labelled(&[line]).as_deref(), want, "given {line}");
    }

    #[test]
    fn a_label_names_the_origin() {
        check(
            "来源:济南日报 2018-03-16 12:49 https://www.yybnet.net/",
            Some("济南日报"),
        );
        check(
            "2015-07-03 07:50:35 来源: 华尔街见闻(上海)",
            Some("华尔街见闻"),
        );
        check("出处：快科技 作者：宪瑞 编辑：宪瑞", Some("快科技"));
        check(
            "信息来源: 中国空间技术研究院、中国运载火箭技术研究院等",
            Some("中国空间技术研究院、中国运载火箭技术研究院等"),
        );
        check("来源：人民网-文化频道 分享到：", Some("人民网-文化频道"));
        check("来源：GameForce China 作者：某", Some("GameForce China"));
        check(
            "本文来源：大洋网-信息时报 作者：吴瑕",
            Some("大洋网-信息时报"),
        );
        check(
            "2019-08-13 14:07来源：澎湃新闻·澎湃号·政务",
            Some("澎湃新闻·澎湃号·政务"),
        );
        check("来源： 作者：", None);
        check("能源来源广泛", None);
    }

    #[test]
    fn a_label_at_the_end_of_a_line_looks_at_the_next() {
        let lines = ["2020-07-08 18:00:55 来源：", "新华网", "关注新华网"];
        assert_eq!(labelled(&lines).as_deref(), Some("新华网"));
    }

    #[test]
    fn beside_the_date_stands_a_name_or_nothing() {
        assert_eq!(beside_date("游民星空[整理]").as_deref(), Some("游民星空"));
        assert_eq!(
            beside_date("聯合報 記者林宸誼／即時報導").as_deref(),
            Some("聯合報")
        );
        assert_eq!(beside_date("字号 超大 大"), None);
        assert_eq!(beside_date("阅读 12"), None);
    }
}
