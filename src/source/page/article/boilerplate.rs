//! Lines at the ends of a body that are not part of it.

use std::sync::LazyLock;

use dom_query::NodeRef;
use regex::Regex;

use crate::source::page::credits::{byline, dateline};
use crate::source::page::dom::lines::Line;
use crate::source::page::dom::{letters, lines};

/// Line that is about the page, not of the article.
static NOTICE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?x)^[（(【\[\s·\-—\#※*]*(?:
        (?:责任|責任|本文|本期|值班|实习|网络|文字|新媒体|图片|原文)?编辑\s*[:：丨|｜/]
        | (?:责编|責編|编审|审核|校对|監製|监制|主编|统筹|值班主任|初审|复审|终审|制作|来源|稿源|出处|供稿|编校|排版|美编)\s*[:：丨|｜/]
        | (?:本文|文章|稿件|信息|内容|图文|新闻|资料)来源\s*[:：丨|｜]
        | (?:本文)?(?:原标题|原題|原文标题|原文链接|本文链接|本文地址|文章链接|转载链接|原文地址|文章关键词|关键词|关键字|标签)\s*[:：丨|｜]?
        | (?:版权|著作权)(?:声明|所有|说明|归)
        | (?:免责|特别|郑重|严正)(?:声明|提示|说明)\s*[:：]?
        | 声明\s*[:：]
        | (?:未经(?:授权|许可|允许)|转载请(?:注明|联系|标明)|欢迎(?:关注|扫码|转发)|更多精彩)
        | (?:相关|推荐|热门|更多|延伸|精彩|热点|往期|猜你)(?:新闻|阅读|文章|推荐|报道|链接|专题|内容|资讯|视频推荐|回顾|喜欢)
        | (?:扫码|扫一扫|扫描|长按|点击)(?:关注|下载|识别|二维码|下方|上方|阅读原文|查看|菜单)
        | (?:分享到|分享至|打印|收藏|返回顶部|返回首页|我要评论|我要分享|转播到|网友评论|上一篇|下一篇|阅读原文|展开全文|点赞|举报|下载客户端|打开APP|自动播放|正在加载|知道了|微信扫|关注微信|分享)
        | (?:the\s?end|end|完|全文完|notice|related|read\s(?:more|also|next)|more\son|see\salso|sign\sup|subscribe|advertisement|share\sthis|follow\sus|copyright|all\srights\sreserved)\b
    )";
    Regex::new(&pattern.replace("(?x)", "(?xi)")).expect("a constant pattern")
});

/// Line from which on nothing more belongs to the article.
static END: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?xi)^[\s\-—·【\[]*(?:
        (?:相关|热门|热点|精彩|猜你|推荐|延伸|往期|新闻)(?:新闻|阅读|文章|报道|推荐|链接|视频推荐|喜欢|回顾|资讯)
        | (?:扫描|扫码|长按).{0,6}二维码 | (?:责任编辑|责编|编辑)\s*[:：丨|｜] | 特别声明 | 免责声明 | 版权声明 | the\send
        | related\s(?:articles|stories|posts|news|content|topics) | you\s(?:may|might)\salso\s(?:like|enjoy) | read\s(?:more|also|next) | more\sfrom | recommended
    )";
    Regex::new(pattern).expect("a constant pattern")
});

/// Longest notice, in characters.
const MAX_NOTICE_CHARS: usize = 160;

/// Lines at the start that may be about the page.
const HEAD_LINES: usize = 8;

/// Removes lines around the text that are not part of it, and returns them: they may name the
/// origin or the authors.
pub(in crate::source::page) fn cut(body: &NodeRef<'_>, title: Option<&str>) -> Vec<String> {
    let lines = lines::lines(body);
    let title = title.map(letters);
    let is_title = |line: &Line| {
        title
            .as_ref()
            .is_some_and(|title| *title == letters(&line.text))
    };
    let front = lines
        .iter()
        .take(HEAD_LINES)
        .map(|line| is_title(line) || is_before(line));
    let n_front = front.take_while(|is_front| *is_front).count();
    let from = n_front.min(lines.len().saturating_sub(1));
    let to = end(&lines[from..]) + from;
    let mut said = Vec::new();
    for line in lines[..from].iter().chain(&lines[to..]) {
        said.push(line.text.clone());
        remove(line, body);
    }
    said
}

/// Counts those of `lines` that are left without the ones behind the text.
fn end(lines: &[Line]) -> usize {
    let n_chars: usize = lines.iter().map(|line| line.text.len()).sum();
    let mut before = 0;
    let mut most = lines.len();
    for (number, line) in lines.iter().enumerate() {
        if number > 0 && before * 2 > n_chars && END.is_match(&line.text) && is_short(line) {
            let n_prose = lines[number..].iter().filter(|line| is_prose(line)).count();
            if n_prose < 2 {
                most = number;
                break;
            }
        }
        before += line.text.len();
    }
    let behind = lines[..most]
        .iter()
        .rev()
        .take_while(|line| is_behind(line))
        .count();
    // A list of links is better than nothing.
    if behind == most { most } else { most - behind }
}

fn is_short(line: &Line) -> bool {
    line.text.chars().nth(MAX_NOTICE_CHARS).is_none()
}

/// Whether a line is a paragraph: long, not a link, ended as sentences are.
fn is_prose(line: &Line) -> bool {
    let n_chars = line.text.chars().count();
    let is_ended = line
        .text
        .ends_with(['。', '！', '？', '”', '）', '.', '!', '?', '"', '：']);
    n_chars >= 60 && line.linked * 3 < n_chars && is_ended
}

fn is_linked(line: &Line) -> bool {
    line.linked * 10 >= line.text.chars().filter(|c| !c.is_whitespace()).count() * 7
}

/// Whether a line before the text is about the page.
fn is_before(line: &Line) -> bool {
    let has_date = dateline::is_date_line(&line.text);
    let is_tiny = line.text.chars().filter(|c| c.is_alphabetic()).count() == 0;
    is_short(line) && (NOTICE.is_match(&line.text) || has_date || is_linked(line) || is_tiny)
}

/// Whether a line behind the text is about the page.
fn is_behind(line: &Line) -> bool {
    let is_date = dateline::is_date_line(&line.text);
    let is_signed = byline::is_signed(&line.text);
    is_short(line) && !is_signed && (NOTICE.is_match(&line.text) || is_date || is_linked(line))
}

/// Removes a line: its block if it fills that, else its text.
fn remove(line: &Line, body: &NodeRef<'_>) {
    let block = body
        .tree
        .get(&line.block)
        .filter(|block| block.id != body.id);
    if let Some(block) = block.filter(|block| lines::text(block).len() <= line.text.len() + 2) {
        block.remove_from_parent();
        return;
    }
    for node in &line.parts {
        if let Some(node) = body.tree.get(node) {
            node.remove_from_parent();
        }
    }
}
