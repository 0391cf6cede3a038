//! Lines at the ends of a body that are not part of it.

use std::sync::LazyLock;

use dom_query::NodeRef;
use regex::Regex;

use super::line;

/// A line of its own that is about the page, not of the article.
static NOTICE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?x)^[（(【\[\s]*(?:
        (?:责任|責任|本文|本期|值班|实习|网络|文字|新媒体|图片)?编辑\s*[:：丨|/]
        | (?:责编|責編|责任编辑|编审|审核|校对|监制|主编|统筹|值班主任|编辑)\s*[:：丨|/]
        | (?:本文|文章|稿件|信息|内容|图文|新闻)?来源\s*[:：]
        | (?:原标题|原題|原文标题|原文链接|本文链接|本文地址|文章链接|转载链接)\s*[:：]?
        | (?:版权|著作权)(?:声明|所有|说明)
        | (?:免责|特别|郑重|严正)(?:声明|提示|说明)\s*[:：]?
        | 声明\s*[:：]
        | (?:相关|推荐|热门|更多|延伸|精彩)(?:新闻|阅读|文章|推荐|报道|链接|专题|内容)
        | (?:扫码|扫一扫|长按|点击)(?:关注|下载|识别|二维码|阅读原文|查看)
        | (?:分享到|分享至|标签|关键词|关键字|打印|收藏|返回顶部|返回首页|我要评论|网友评论|上一篇|下一篇|阅读原文|展开全文|点赞|举报)\s*[:：]?
    )";
    Regex::new(pattern).expect("a constant pattern")
});

/// From such a line on nothing more belongs to the article.
static END: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^(?:相关新闻|相关阅读|相关文章|相关报道|推荐阅读|延伸阅读|热门推荐|猜你喜欢|新闻推荐|更多精彩|热点阅读|精彩推荐|相关链接)\s*[:：]?$";
    Regex::new(pattern).expect("a constant pattern")
});

/// The longest notice, in characters.
const MAX: usize = 120;

/// How many lines at either end are looked at.
const REACH: usize = 12;

/// Takes out what stands around the text without being part of it.
pub(super) fn cut(body: &NodeRef<'_>) {
    let lines = line::lines(body);
    let n_lines = lines.len();
    let last = n_lines.saturating_sub(REACH);
    let is_edge = |number: usize| number < 3 || number >= last;
    let is_notice = |text: &str| text.chars().nth(MAX).is_none() && NOTICE.is_match(text);
    let end = lines
        .iter()
        .position(|line| END.is_match(&line.text))
        .filter(|at| *at * 2 > n_lines);
    for (number, line) in lines.iter().enumerate() {
        let is_behind = end.is_some_and(|end| number >= end);
        let is_cut = is_behind || (is_edge(number) && is_notice(&line.text));
        if !is_cut {
            continue;
        }
        let Some(block) = body
            .tree
            .get(&line.block)
            .filter(|block| block.id != body.id)
        else {
            continue;
        };
        // A block of several lines goes only when the line is all of it.
        if line::text(&block).len() <= line.text.len() + 2 {
            block.remove_from_parent();
        }
    }
}
