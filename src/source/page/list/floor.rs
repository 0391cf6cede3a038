//! The floor under a list that is found by itself: which links are never news,
//! and what makes links a list of news at all.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::WebUrl;

/// Width of a headline that says enough to be one, whatever its address.
const MIN_TELLING_WIDTH: usize = 24;

/// Widest link that is one of a menu beside few entries that are sure.
const MAX_MENU_WIDTH: usize = 14;

/// Fewest links that are a list where only their width speaks for them.
const MIN_LIST_LINKS: usize = 4;

/// Fewest words of a link that says more than a label of a menu does.
const MIN_TITLE_WORDS: usize = 3;

/// Fewest links that are a list where only the number of their words speaks for them.
const MIN_TITLED_LINKS: usize = 12;

/// Words of links that lead around a site.
static AROUND: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?xi)^[^\p{L}\p{N}]*(?:
        首\s*页|首頁|上一?\s*[页頁期版]|下一?\s*[页頁期版]|前一[页期]|后一[页期]|尾\s*页|末\s*页|最后一页|返回\p{Han}{0,6}|回\s*首\s*[页頁]
        |(?:查看|点击|阅读)?(?:更多|全部|全文|详情|详细|原文)|>*\s*more|read\ more|weiterlesen|mehr|第?\s*\d+\s*[页頁]|\d+
        |第?\s*[A-Z]{0,2}\d{1,3}\s*版(?:\s*[:：|·\s]\s*.*)?|版面(?:导航|目录|概览)|标题导航|往期(?:回顾|查看)|本版(?:文章|新闻|PDF.*)|pdf(?:版|下载)?
        |(?:网站|站点)(?:地图|首页|导航|声明|说明)|关于(?:我们|本站|本网)|联系(?:我们|方式|本站)|版权(?:声明|所有)|法律声明|隐私(?:政策|声明)|免责声明|广告服务
        |(?:加入|添加)?收藏(?:本站)?|设为首页|无障碍(?:浏览|阅读|版)?|(?:用户)?(?:登录|登陆|注册|登入)|友情链接|手机版|简体(?:版|中文)?|繁[体體](?:版|中文)?|english|rss(?:订阅)?|收起|展开|打印|关闭(?:窗口)?
        |(?:nächste|vorherige|vorige)(?:\ seite)?|weiter|zurück|(?:ältere|neuere|alle|weitere)\ (?:beiträge|artikel|meldungen|nachrichten)|mehr\ (?:laden|anzeigen|lesen)|jetzt\ lesen
        |(?:page\ )?(?:suivante?|précédente?)|lire\ la\ suite|(?:en\ )?(?:savoir|voir|lire)\ plus|accueil|siguiente|anterior|(?:leer|ver|cargar)\ más|inicio|(?:pagina\ )?(?:successiva|precedente)|leggi\ (?:tutto|di\ più)|carica\ altri|(?:próxima|ler\ mais|leia\ mais|saiba\ mais|página\ inicial)
        |(?:volgende|vorige)(?:\ pagina)?|lees\ (?:meer|verder)|nästa|föregående|läs\ mer|neste|forrige|les\ mer|næste|læs\ mere|seuraava|edellinen|lue\ lisää|etusivu|(?:następna|poprzednia)(?:\ strona)?|czytaj\ (?:więcej|dalej)|więcej|strona\ główna|další|předchozí|číst\ dál
        |(?:следующая|предыдущая)(?:\ страница)?|далее|назад|вперёд|вперед|читать\ (?:далее|дальше|полностью)|подробнее|ещё|все\ новости|главная(?:\ страница)?|наступна|попередня|докладніше|головна
        |(?:次|前)(?:へ|のページ|ページ|頁)|一覧(?:へ|を見る|に戻る)?|もっと見る|続きを(?:読む|見る)|(?:トップ|ホーム)(?:ページ)?(?:へ|に戻る)?|(?:다음|이전)(?:\s*페이지)?|더\s*보기|목록(?:으로)?|처음|마지막|홈(?:으로)?|전체\s*보기
        |sonraki|önceki|devamı|anasayfa|trang\ (?:sau|trước|chủ)|xem\ thêm|tiếp\ theo|selanjutnya|sebelumnya|baca\ selengkapnya|beranda|التالي|السابق|المزيد|الرئيسية
        |home(?:page)?|next(?:\ page)?|prev(?:ious)?(?:\ page)?|older(?:\ (?:posts|entries))?|newer(?:\ (?:posts|entries))?|about(?:\ us)?|contact(?:\ us)?|impressum|datenschutz|(?:privacy|cookie)(?:\ (?:policy|notice))?|terms(?:\ of\ (?:use|service))?|site\ ?map|subscribe|log\ ?in|sign\ (?:in|up)|startseite|kontakt
        )[^\p{L}\p{N}]*$";
    Regex::new(pattern).expect("a constant pattern")
});

/// Addresses with what only one page of a site has: a long number, a day, a
/// headline in words, the number of a document.
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)\d{4,}|/20\d\d[/-]?\d|(?:[a-z0-9%]+[-_]){3,}|[?&](?:id|p|aid|tid|docid|newsid|articleid|contentid|infoid)=\d+|/\d+(?:\.\w+|/?$)|[-_]\d+\.\w+$|/(?:p|article|story)/";
    Regex::new(pattern).expect("a constant pattern")
});

/// Addresses of sections, by number.
static SECTION: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)/(?:nodes?|col|columns?|channels?|class|cat|lanmu|lm|sort|sections?|zt|special)[_/-]?\d*(?:[./]|$)[^/]*$";
    Regex::new(pattern).expect("a constant pattern")
});

/// Whether a link of this title leads around a site: back, on, to its terms.
pub(super) fn leads_around(title: &str) -> bool {
    AROUND.is_match(title)
}

/// Whether a link leads to a site, not to a page of it.
pub(super) fn is_home(url: &WebUrl) -> bool {
    let url = url.to_url();
    url.path().trim_matches('/').is_empty() && url.query().is_none()
}

/// Whether an address has what only one page of a site has.
pub(in crate::source) fn is_article_address(url: &WebUrl) -> bool {
    let url = url.to_url();
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    NUMBERED.is_match(&path) && !SECTION.is_match(&path)
}

/// Evidence for an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListEvidence {
    /// Whether a date stands with it.
    pub(super) is_dated: bool,
    /// Whether its address is one of an article.
    pub(super) is_numbered: bool,
    /// Whether it is a heading.
    pub(super) is_heading: bool,
    /// Whether its address may be one of an article.
    pub(super) is_page: bool,
    /// Width of its headline; 0 where it leads to a site.
    pub(super) width: usize,
    /// Number of its headline's words that blanks set apart.
    pub(super) n_words: usize,
}

/// Tells which entries stay: where a good part are dated articles, what is neither dated nor
/// has the address of one is a link of the furniture between them.
pub(super) fn keeps(entries: &[ListEvidence]) -> impl Fn(&ListEvidence) -> bool + use<> {
    let n_sure = entries
        .iter()
        .filter(|entry| entry.is_dated && entry.is_numbered)
        .count();
    let is_sure = n_sure * 3 >= entries.len().max(1);
    let least = if n_sure >= MIN_LIST_LINKS - 1 {
        MIN_TELLING_WIDTH
    } else {
        MAX_MENU_WIDTH
    };
    move |entry| !is_sure || entry.is_dated || entry.is_numbered || entry.width >= least
}

/// Whether the entries are a list of news: most have a date, the address of an
/// article or are headings, many of them say much, or a dozen and more are titles of several
/// words, which labels of menus are not.
pub(super) fn is_list(entries: &[ListEvidence]) -> bool {
    let count = |has: fn(&ListEvidence) -> bool| entries.iter().filter(|entry| has(entry)).count();
    let n_dated = count(|entry| entry.is_dated);
    let n_likely = count(|entry| entry.is_dated || entry.is_numbered || entry.is_heading);
    let n_titled = count(|entry| entry.is_page && entry.n_words >= MIN_TITLE_WORDS);
    let n_telling = count(|entry| entry.width >= MIN_TELLING_WIDTH);
    let is_most = |n: usize| n * 2 >= entries.len();
    match entries.len() {
        0 => false,
        1 => n_dated == 1 || n_likely == 1 && n_telling == 1,
        n => {
            is_most(n_likely)
                || n >= MIN_LIST_LINKS && is_most(n_telling)
                || n >= MIN_TITLED_LINKS && is_most(n_titled)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_lead_around_a_site_are_known() {
        for words in [
            "首页",
            "下一页",
            "[尾页]",
            "第02版：综合新闻",
            "A03版 要闻",
            "返回首页",
            "返回网站首页",
            "更多>>",
            "more",
            "网站地图",
            "第3页",
            "12",
            "上一期",
            "Next page",
            "« Older posts",
            "Impressum",
            "Nächste Seite",
            "Lire la suite",
            "Leer más »",
            "Следующая",
            "次のページ",
            "더보기",
        ] {
            assert!(AROUND.is_match(words), "{words}");
        }
        for words in [
            "第9版诊疗方案公布",
            "返回岗位的第一天，他们这样过",
            "更多老人用上智能手环",
            "首页改版后我们收到的来信",
            "Next week's storm will be worse",
            "2026年全市经济工作会议召开",
            "Weiter Streit um die Brücke",
            "Further delays on the line",
        ] {
            assert!(!AROUND.is_match(words), "{words}");
        }
    }

    #[test]
    fn a_list_has_days_addresses_or_headlines() {
        let menu = ListEvidence {
            is_dated: false,
            is_numbered: false,
            is_heading: false,
            is_page: true,
            width: 12,
            n_words: 1,
        };
        let news = ListEvidence {
            is_numbered: true,
            ..menu
        };
        let dated = ListEvidence {
            is_dated: true,
            ..menu
        };
        let telling = ListEvidence { width: 40, ..menu };
        assert!(!is_list(&[]));
        assert!(!is_list(&[menu; 9]));
        assert!(!is_list(&[telling; 3]));
        assert!(!is_list(&[news]));
        assert!(is_list(&[dated]));
        assert!(is_list(&[news; 2]));
        assert!(is_list(&[telling; 4]));
        assert!(is_list(&[news, dated, menu]));
        assert!(!is_list(&[news, menu, menu]));
        let titled = ListEvidence { n_words: 4, ..menu };
        assert!(is_list(&[titled; MIN_TITLED_LINKS]));
        assert!(!is_list(&[menu; 90]));
    }
}
