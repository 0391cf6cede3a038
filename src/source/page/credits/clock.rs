//! Lines with a time that is none of an article: clocks in the headers of portals, and rights
//! to copy at their feet.

use std::sync::LazyLock;

use regex::Regex;

/// Longest line that is one, in characters.
const MAX_LINE_CHARS: usize = 120;

/// A clock, as headers of portals have it, or a right to copy: no date of an article.
static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)今天是|今日是|现在是|现在时间|当前时间|系统时间|北京时间\s*[:：]|农历|星期.{0,4}欢迎|欢迎(?:您|你)?(?:访问|光临)|^\W*today(?: is|:)|©|®|copyright|版权所有|ICP备|公网安备";
    Regex::new(pattern).expect("a constant pattern")
});

/// Whether a line shows the time of now, or a year that nothing was published in.
pub(in crate::source::page) fn is_clock(line: &str) -> bool {
    line.chars().nth(MAX_LINE_CHARS).is_none() && CLOCK.is_match(line)
}
