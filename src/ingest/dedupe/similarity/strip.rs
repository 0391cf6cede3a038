//! Stripping of a text: its lines without what newsrooms put around it.

use std::sync::LazyLock;

use regex::{Match, Regex, RegexBuilder};

/// Longest credit line, in bytes; a longer line is text, whatever it begins with.
const MAX_CREDIT: usize = 180;

/// A longer line, in bytes, is text, whatever else it says.
const MAX_LEGAL: usize = 240;

/// Memory limit of an automaton that is built while a text is read, in bytes. There is one
/// for each pattern and for up to nine threads; what does not fit is built again.
const MAX_AUTOMATON: usize = 1 << 18;

/// Ranges of letters, few of them, by the names that patterns use. With whole Unicode classes
/// the automata get so large that the fast ones are not built.
const RANGES: [(&str, &str); 4] = [
    ("HAN", "々〇\u{3400}-\u{9fff}"),
    ("LETTER", "A-Za-zªºÀ-ÖØ-öø-ʯͰ-ϿЀ-ӿ\u{1e00}-\u{1eff}"),
    ("UPPER", "A-ZÀ-ÖØ-ÞĀ-ɎΑ-ΩЀ-Я\u{1e00}-\u{1eff}"),
    ("LOWER", "a-zß-öø-ɏά-ώа-џ\u{1e00}-\u{1eff}"),
];

/// Compiles a pattern in which names of [`RANGES`] stand for sets of letters.
fn pattern(text: &str) -> Regex {
    let text = RANGES.iter().fold(text.to_owned(), |text, (name, ranges)| {
        text.replace(name, ranges)
    });
    let mut builder = RegexBuilder::new(&text);
    builder.dfa_size_limit(MAX_AUTOMATON);
    builder.build().expect("the pattern is good")
}

/// Dateline of an agency or a paper: `本报济南讯`, `新华社北京3月1日电`
static AGENCY_DATELINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^[【\[（(]?(?:本[报報网網刊台臺社]|[HAN]{1,8}?(?:社|网|網|报|報|台|臺|客户端|客戶端|新闻|新聞))",
        r"[^。！？!?,，；;]{0,30}?(?:讯|訊|电|電|消息|报道|報導|報道)(?:[】\]）)]|[：:\s　（(【]|$)\s*",
    ))
});

/// Other dateline that begins with an ideograph or a bracket: `（记者 王林）`, `(dpa) –`
static HAN_DATELINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?:",
        r"【[^【】]{1,12}】",
        r"|[HAN·]{2,12}[\s　]+(?:记者|記者|通讯员|通訊員)[\s　:：]*[HAN·]{2,8}(?:[\s　:：]+|$)",
        r"|[（(【][^（）()【】]{0,40}?(?:记者|記者|通讯员|通訊員|讯|訊|电|電)[^（）()【】]{0,60}[）)】]",
        r"|(?:记者|記者|通讯员|通訊員)[\s　:：]*[HAN·\s　、]{2,24}?(?:报道|報導|報道|[：:])",
        r"|\([LETTER/ .-]{2,24}\)\s*[-–—]+\s",
        r")\s*",
    ))
});

/// Dateline that begins with a capital: `BERLIN (dpa) –`, `LONDON, March 1 -`
static LATIN_DATELINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?:",
        r"[UPPER][LOWER]{2,14}\.\s+",
        r"|[UPPER][LETTER .,/'’-]{1,40}\([LETTER/ .-]{2,24}\)\s*[-–—:.]+",
        r"|[UPPER][UPPER .,'’-]{2,40}(?:,\s+[LETTER]+\.? \d{1,2})?\s*[-–—]+\s",
        r"|[UPPER]{2}[UPPER -]{1,30}, \d{1,2} [LETTER]{3,9}\.?\s*(?:/[^/]{2,20}/\.?|[-–—]+\s[LETTER ]{2,20}\.)",
        r")\s*",
    ))
});

/// Finds the dateline that a line begins with.
///
/// The states of one pattern for all of them are more than [`MAX_AUTOMATON`] holds, and without
/// its automaton it is ten times as slow. So what a line begins with tells which are worth while.
fn dateline(line: &str) -> Option<Match<'_>> {
    let has = |within: usize, any: &str| line.chars().take(within).any(|c| any.contains(c));
    match line.chars().next()? {
        '·' | '々' | '〇' | '\u{3400}'..='\u{9fff}' | '【' | '[' | '（' | '(' => {
            // As far as the pattern may have the name and the word behind it.
            let may_be_agency = has(12, "本社網网報报臺台端闻聞") && has(44, "讯訊电電息道導");
            let agency = may_be_agency.then(|| AGENCY_DATELINE.find(line)).flatten();
            agency.or_else(|| HAN_DATELINE.find(line))
        }
        _ => LATIN_DATELINE.find(line),
    }
}

/// Signature at the end of a paragraph: `（记者 王林）`, `(完)`, `(Reporting by …)`
static SIGNATURE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"[（(【](?:完|(?:本报|本報|本网|本網|总台|總台)?(?:记者|記者|通讯员|通訊員|编辑|編輯|责编|責編|责任编辑|責任編輯|来源|來源|文/|图/|图片|摄影|攝影|供图)[^（）()【】]{0,60}",
        r"|(?:Reporting|Additional reporting|Editing|Writing) by [^()]{0,120})[）)】]\s*$",
    ))
});

/// Beginning of a line that is about the text and not of it.
static CREDIT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^[【\[（(▲■●★◎\s]*(?:",
        r"责任?编辑|責任?編輯|编辑|編輯|责编|来源|來源|本文来源|消息来源|原标题|原標題|作者|记者|記者|本报记者|通讯员|文[/|｜:：丨]|图[/|｜:：丨]|",
        r"摄影|校对|审核|审校|终审|监制|值班|版权|版權|声明|聲明|免责|特别声明|关注|扫码|扫一扫|长按|点击|更多|延伸阅读|相关阅读|相关新闻|推荐阅读|",
        r"分享|打印|关闭|返回|下载|打开|转载|欢迎|编者按|本文转自|转自|",
        r"(?i:___|associated press writers? |reporting by|additional reporting|editing by|writing by|by [LETTER]+ [LETTER]+|read more|read also|related|share this|copyright|©|all rights reserved|subscribe|sign up|follow us|",
        r"source:|quelle:|von [LETTER]+ [LETTER]+$|mehr zum thema|lesen sie auch|par [LETTER]+ [LETTER]+$|lire aussi|por [LETTER]+ [LETTER]+$|この記事|関連記事|写真|記事提供|【写真】)",
        r")",
    ))
});

/// A line that says whose the text is, wherever it says so.
static LEGAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"版[权權](?:归|歸|属|屬|所有)|(?:侵|未经|未經)[权權授]|(?:禁止|谢绝|謝絕|不得|请勿)(?:擅自)?转载|无断转载|無断転載|",
        r"(?i:all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos|все права защищены|перепечатка материалов)",
    ))
});

/// Longest line of buttons, in bytes; a longer line is text.
const MAX_BUTTONS: usize = 160;

/// A line of nothing but buttons: to share, print, comment, go on.
static BUTTONS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^[\s\d]*(?:(?i:",
        r"分享(?:到|至|給|给)?|微信(?:好友|朋友圈)?|朋友圈|(?:新浪|腾讯|騰訊)?微博|QQ(?:空间|空間|好友)?|人人网|豆瓣|复制链接|複製連結|打开微信|点击右上角|扫一扫|掃一掃|使用|即可|将|网页|二维码|",
        r"分享让更多人看到|让更多人看到|字号|字體|字体|大|中|小|打印|列印|关闭(?:窗口)?|收藏|点赞|點讚|转发|轉發|点击|(?:条|條)?(?:评论|評論|留言)|举报|纠错|返回顶部|(?:上|下)一篇|手机(?:看|阅读)|放大|缩小|",
        r"share(?: this(?: article| page| story)?)?|facebook|twitter|x|whatsapp|linkedin|pinterest|reddit|telegram|messenger|bluesky|threads|wechat|weibo|line|e-?mail|tweet|print|(?:copy )?link|comments?|save|like|pin it|on|to|via|by|per|",
        r"teilen|auf|drucken|kommentare?|merken|senden|versenden|partager|sur|imprimer|commentaires?|compartir|en|por|enviar|imprimir|comentarios?|",
        r"ツイート|シェア|する|印刷|コメント|を書く|(?:前|次)の記事|いいね|はてなブックマーク|",
        r"поделиться|вконтакте|одноклассники|телеграм|твитнуть|распечатать|печать|комментари(?:й|и|ев)|в|на",
        r")[\s\d　|·•:：/“”()（）,，、.。!！+>»«-]*)+$",
    ))
});

/// A line of a style sheet or a script, as feeds have it that escape their pages.
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?:[.#@*]?[A-Za-z][A-Za-z0-9_-]*(?:[\s,.#>:*]+[A-Za-z][A-Za-z0-9_-]*)*\s*\{\s*(?:$|[a-z-]{2,30}\s*:)",
        r"|[a-z-]{2,30}\s*:\s*[ -~]{1,80};$",
        r"|(?:var|let|const)\s+[A-Za-z0-9_$]+\s*=",
        r"|\(?function\s*[A-Za-z0-9_$]*\s*\(|(?:window|document|jQuery|\$)[.(]|[ -~]*\}\)?\(?\)?;$)",
    ))
});

/// Flags that newsrooms put before a headline: `快讯：`, `【快讯】`, `BREAKING:`, `Live:`
static FLAG: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?:【[^【】]{1,8}】|\[[^\[\]]{1,8}\]",
        r"|(?:最新|突发|突發|滚动|滾動|现场|現場|重磅|独家|獨家)?(?:快讯|快訊|速报|速報|突发|突發|最新|最新消息|消息|更新|直播|视频|視頻|图集|圖集|组图|組圖|独家|獨家|重磅|滚动|滾動|关注|關注|号外)\s*[：:！!|｜丨·]",
        r"|(?i:breaking(?: news)?|just in|live(?: blog| updates?)?|updated?|watch|video|exclusive|developing|urgent|eilmeldung|liveticker|live-ticker|eil|срочно|молния|обновлено|видео|en direct|direct|última hora|urgente)\s*[:|–—-])\s*",
    ))
});

/// Returns a headline without the flags before it; a headline that is nothing else stays.
pub(in crate::ingest) fn headline(title: &str) -> &str {
    let mut rest = title.trim();
    for _ in 0..2 {
        match FLAG.find(rest) {
            Some(flag) if flag.end() < rest.len() => rest = &rest[flag.end()..],
            _ => break,
        }
    }
    rest
}

/// Lists the lines of `text` that say something, without datelines (in the first three),
/// signatures and credits. `title` is not said twice.
pub(super) fn lines<'a>(text: &'a str, title: &str) -> impl Iterator<Item = &'a str> {
    let title = title.trim().to_owned();
    text.lines().enumerate().filter_map(move |(nth, line)| {
        let mut line = line.trim();
        if nth < 3 {
            if line == title {
                return None;
            }
            // `本报讯（记者 王林）` are two.
            for _ in 0..3 {
                match dateline(line) {
                    Some(found) => line = line[end_of(found)..].trim_start(),
                    None => break,
                }
            }
        }
        if line.len() <= MAX_CREDIT && CREDIT.is_match(line) && !ends_a_sentence(line) {
            return None;
        }
        if line.len() <= MAX_LEGAL && LEGAL.is_match(line) {
            return None;
        }
        if is_of_the_page(line) {
            return None;
        }
        if line.ends_with(['）', ')', '】'])
            && let Some(found) = SIGNATURE.find(line)
        {
            line = line[..found.start()].trim_end();
        }
        (!line.is_empty()).then_some(line)
    })
}

/// Returns the end of a dateline, in bytes: a bracket that opens behind it belongs to what
/// follows.
fn end_of(dateline: Match<'_>) -> usize {
    let said = dateline.as_str().trim_end();
    dateline.start() + said.trim_end_matches(['（', '(', '【']).len()
}

/// Whether a line is a part of the page and not of what it says: buttons, styles, scripts.
fn is_of_the_page(line: &str) -> bool {
    let may_be_code = line.contains('{') || line.ends_with([';', '}']) || line.starts_with("var ");
    line.len() <= MAX_BUTTONS && BUTTONS.is_match(line) || may_be_code && CODE.is_match(line)
}

/// Whether a long line ends as a sentence does: `记者从市政府获悉，……。` is text, though it begins with
/// `记者`.
fn ends_a_sentence(line: &str) -> bool {
    line.len() > 60 && line.ends_with(['。', '！', '？', '”', '.', '!', '?', '…'])
}

#[cfg(test)]
mod tests {
    use super::{headline, lines};

    #[test]
    fn flags_are_no_part_of_a_headline() {
        let check = |given: &str, want: &str| assert_eq!(headline(given), want);
        check("快讯：济南大雪", "济南大雪");
        check("【快讯】济南大雪", "济南大雪");
        check("突发！济南大雪", "济南大雪");
        check("BREAKING: It snows", "It snows");
        check("Live: It snows", "It snows");
        check("更新：快讯：济南大雪", "济南大雪");
        check("冯春梅：让市场走进百姓家", "冯春梅：让市场走进百姓家");
        check("Live music in Berlin", "Live music in Berlin");
        check("快讯：", "快讯：");
    }

    #[track_caller]
    fn check(given: &str, want: &str) {
        let got: Vec<&str> = lines(given, "标题").collect();
        assert_eq!(got.join("|"), want, "{given}");
    }

    #[test]
    fn datelines_go() {
        check("本报济南讯 今日大雪。", "今日大雪。");
        check("新华社北京3月1日电 （记者王林）今日大雪。", "今日大雪。");
        check("本报讯（记者 王林 通讯员 李四）今日大雪。", "今日大雪。");
        check("中新网济南3月1日电 今日大雪。", "今日大雪。");
        check("（记者 王林）今日大雪。", "今日大雪。");
        check("BERLIN (dpa) - Es schneit.", "Es schneit.");
        check("LONDON, March 1 - It snows.", "It snows.");
    }

    #[test]
    fn text_stays() {
        check("济南今日电力供应紧张。", "济南今日电力供应紧张。");
        let text = "记者从济南市政府获悉，地铁四号线今日正式开通，全长四十公里，沿途三十站。";
        check(text, text);
        check(
            "It snows in Berlin. Nobody cares.",
            "It snows in Berlin. Nobody cares.",
        );
    }

    #[test]
    fn buttons_styles_and_scripts_go() {
        for furniture in [
            "分享到微信 微博 QQ空间",
            "打开微信扫一扫",
            "分享让更多人看到",
            "字号：大 中 小",
            "12条评论",
            "上一篇 下一篇",
            "Share on Facebook",
            "Tweet",
            "Copy link",
            "Auf Facebook teilen",
            "シェアする",
            "Поделиться ВКонтакте",
            ".article p{font-size:16px;line-height:1.8;color:#333}",
            "font-size: 16px;",
            ".lead, .text p {",
            "var _hmt = _hmt || []; (function(){var s=1;})();",
        ] {
            check(
                &format!("今日大雪。\n{furniture}\n明日放晴。"),
                "今日大雪。|明日放晴。",
            );
        }
        for text in [
            "大雪到",
            "微信群里说今天大雪。",
            "On to Berlin.",
            "Tweet of the day: snow",
            "集合{1, 2}是什么？",
            "Take the set {1, 2} of numbers.",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn credits_go() {
        check(
            "标题\n来源：济南日报\n今日大雪。\n责任编辑：王林",
            "今日大雪。",
        );
        check("今日大雪。（记者 王林）", "今日大雪。");
        check("It snows.\nReporting by A B", "It snows.");
        let legal = "本文版权归原作者所有，如有侵权请联系我们删除。更多精彩内容，请下载客户端。";
        check(&format!("今日大雪。\n{legal}"), "今日大雪。");
        check(
            "It snows.\nCopyright the publisher. All rights reserved, everywhere.",
            "It snows.",
        );
    }
}
