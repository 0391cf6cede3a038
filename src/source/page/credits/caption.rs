//! Captions: lines that stand under pictures.

use std::sync::LazyLock;

use dom_query::NodeRef;
use regex::Regex;

use crate::model::{Figure, WebUrl};
use crate::source::page::dom::lines;
use crate::source::page::dom::lines::Line;
use crate::source::page::dom::picture;

/// Longest caption, in characters; a longer line is a paragraph.
const MAX_CAPTION_CHARS: usize = 160;

/// Longest line that is a caption by how it stands, in characters.
const MAX_UNMARKED_CHARS: usize = 80;

/// Number of elements around a line that may say that it stands in the middle.
const CONTEXT_ELEMENTS: usize = 3;

/// Lines between a picture and its caption, at most.
const MAX_DISTANCE_LINES: usize = 2;

/// Credit at the end of a caption: `(潘延虎 摄)`, `新华社记者 谢环驰 摄`, `图/视觉中国`.
static CREDIT: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?x)
        [（(【\[] [^（()）\[\]【】]{0,30} (?:摄|攝|摄影|攝影|供图|供圖|资料图|资料照片|制图|图) (?:影)? [）)】\]] [。.]?$
        | (?:\s|^|记者|通讯员|[。，：:]) [\p{Han}·、\ ]{2,16} \s (?:摄|攝|摄影|攝影|供图|供圖) [。.]?$
        | (?:图|圖|图片|摄影|攝影|供图|图源|图片来源|图据)\s*[/／:：|]\s* [^。！？]{1,24} $";
    Regex::new(pattern).expect("a constant pattern")
});

/// Names who wrote the text, beside or as who took the pictures.
static WRITERS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?:撰稿|撰文|文字|采写|採寫|作者|执笔|供稿|记者|通讯员|图文|文图|圖文)\s*[:：]|^文\s*[/／:：]|文\s*[/／、]?\s*(?:图|圖|摄影?|攝影?)\s*[）)】\]]?[。.]?$|(?:图|圖|摄)\s*[/／、]?\s*文\s*[）)】\]]?[。.]?$";
    Regex::new(pattern).expect("a constant pattern")
});

/// A line that begins a part of a text, or ends it, wherever it stands.
static SUBHEAD: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^[\s（(]*(?:[一二三四五六七八九十]+[、.．）)]|第[一二三四五六七八九十\d]+[章节条部]|\d{1,2}[、.．]|来源|责编|编辑|审核|作者|记者|通讯员|附件|扫码|长按|点击|关注)|(?:19|20)\d{2}年\d{1,2}月\d{1,2}日$";
    Regex::new(pattern).expect("a constant pattern")
});

/// Classes of captions.
static CLASS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?:caption|img[-_]?(?:desc|descr|txt|text|title|note)|pic[-_]?(?:desc|text|txt|note|info|title)|photo[-_]?(?:desc|text|note)|tuzhu|tushuo)";
    Regex::new(pattern).expect("a constant pattern")
});

/// Pictures of a body, and all its captions, in order. Captions stand beside their picture
/// too, if it is near.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::source::page) struct BodyPictures {
    pub(in crate::source::page) figures: Vec<Figure>,
    pub(in crate::source::page) captions: Vec<String>,
}

/// Collects the lines of `bodies`, and their pictures and captions.
pub(in crate::source::page) fn lines_and_plates(
    bodies: &[NodeRef<'_>],
    base: &WebUrl,
) -> (Vec<Line>, BodyPictures) {
    let mut plates = BodyPictures::default();
    let mut lines = Vec::new();
    for body in bodies {
        lines.extend(collect(body, base, &mut plates));
    }
    (lines, plates)
}

fn collect(body: &NodeRef<'_>, base: &WebUrl, plates: &mut BodyPictures) -> Vec<Line> {
    let lines::LineView {
        lines, pictures, ..
    } = lines::view(body);
    let first = plates.figures.len();
    let mut places = Vec::new();
    for (number, picture) in pictures.iter().enumerate() {
        let reference = picture::reference(picture).filter(|_| !picture::is_icon(picture));
        if let Some(url) = reference.and_then(|reference| base.join(&reference)) {
            places.push(number);
            plates.figures.push(Figure {
                url: url.as_str().to_owned(),
                caption: None,
            });
        }
    }
    let mut since = vec![0_usize; pictures.len() + 1];
    for line in &lines {
        since[line.pictures] += 1;
        let is_under = line.pictures > 0 && since[line.pictures] == 1;
        if !(is_caption(line, body) || is_under && stands_under(line, body)) {
            continue;
        }
        plates.captions.push(line.text.clone());
        let is_near = since[line.pictures] <= MAX_DISTANCE_LINES;
        let place = line.pictures.checked_sub(1).filter(|_| is_near);
        let figure = place.and_then(|place| places.binary_search(&place).ok());
        if let Some(figure) = figure {
            let figure = &mut plates.figures[first + figure];
            figure.caption.get_or_insert_with(|| line.text.clone());
        }
    }
    lines
}

/// Whether this line stands under a picture: short, and with a credit or in an element of a
/// caption.
pub(in crate::source::page) fn is_caption(line: &Line, body: &NodeRef<'_>) -> bool {
    let is_short = line.text.chars().nth(MAX_CAPTION_CHARS).is_none();
    is_short && (has_credit(&line.text) || says_caption(line, body))
}

/// Whether a line directly below a picture is its caption by how it stands: short
/// and in the middle, in a cell below that of the picture, or marked.
fn stands_under(line: &Line, body: &NodeRef<'_>) -> bool {
    let is_short = line.text.chars().nth(MAX_UNMARKED_CHARS).is_none();
    if !is_short || line.linked > 0 || SUBHEAD.is_match(&line.text) {
        return false;
    }
    if line.text.starts_with(['▲', '△', '↑', '▼']) {
        return true;
    }
    let Some(block) = body.tree.get(&line.block) else {
        return false;
    };
    let around = block
        .ancestors_it(Some(CONTEXT_ELEMENTS))
        .take_while(|outer| outer.id != body.id);
    let mut around = std::iter::once(block).chain(around);
    let is_strong = block.descendants_it().any(|node| {
        let is_bold = node.has_name("strong") || node.has_name("b");
        is_bold && lines::text(&node) == line.text
    });
    let is_heading = matches!(
        block.node_name().as_deref(),
        Some("h1" | "h2" | "h3" | "h4")
    );
    !is_strong && !is_heading && around.any(|node| is_centred(&node) || is_below_cell(&node))
}

fn is_centred(node: &NodeRef<'_>) -> bool {
    let says = |name: &str| {
        let value = node.attr(name).unwrap_or_default();
        value.to_ascii_lowercase().replace(' ', "")
    };
    node.has_name("center")
        || says("align") == "center"
        || says("style").contains("text-align:center")
}

/// Whether a cell stands in the row below one that holds nothing but pictures.
fn is_below_cell(node: &NodeRef<'_>) -> bool {
    if !node.has_name("td") {
        return false;
    }
    let row = node.parent().and_then(|row| row.prev_element_sibling());
    row.is_some_and(|row| {
        let has_picture = row.descendants_it().any(|below| below.has_name("img"));
        has_picture && lines::text(&row).is_empty()
    })
}

/// Whether the text ends in a photographer's credit, and names nobody who wrote.
pub(in crate::source::page) fn has_credit(text: &str) -> bool {
    CREDIT.is_match(text.trim_end()) && !WRITERS.is_match(text)
}

fn says_caption(line: &Line, body: &NodeRef<'_>) -> bool {
    let Some(block) = body.tree.get(&line.block) else {
        return false;
    };
    if block.id == body.id {
        return false;
    }
    let is_figcaption = |node: &NodeRef<'_>| node.has_name("figcaption");
    let says = |node: &NodeRef<'_>| node.class().is_some_and(|class| CLASS.is_match(&class));
    let parent = block.parent().filter(|parent| parent.id != body.id);
    [Some(block), parent]
        .iter()
        .flatten()
        .any(|node| is_figcaption(node) || says(node))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: bool) {
        assert_eq!(has_credit(text), want, "given {text}");
    }

    #[test]
    fn a_credit_is_known() {
        check("园区各项目正在加速建设。(潘延虎 摄)", true);
        check("游客在大明湖划船。（本报记者 王锋 摄）", true);
        check("7月8日，航拍黄河。新华社记者 谢环驰 摄", true);
        check("图/视觉中国", true);
        check("图片来源：济南日报", true);
        check("施工现场（资料图）", true);
        check("扬子晚报记者 张楠", false);
        check("(文/图 刘玺东 易赛楠)", false);
        check("园区各项目正在加速建设。", false);
        check("今年，园区将着力打造生态摄影基地。", false);
    }

    #[test]
    fn a_caption_finds_its_picture() {
        let html = r#"<p>导语</p><p><img src="/1.jpg"></p><p>甲景。(潘延虎 摄)</p><p>正文。</p>
            <figure><img data-src="/2.jpg"><figcaption>乙景</figcaption></figure><p><img src="/3.jpg"></p>"#;
        let dom = dom_query::Document::fragment(html);
        let base = WebUrl::parse("https://a.cn/x/").unwrap();
        let (_, plates) = lines_and_plates(&[dom.root()], &base);
        assert_eq!(plates.captions, ["甲景。(潘延虎 摄)", "乙景"]);
        let figures: Vec<_> = plates
            .figures
            .iter()
            .map(|figure| (figure.url.as_str(), figure.caption.as_deref()))
            .collect();
        assert_eq!(
            figures,
            [
                ("https://a.cn/1.jpg", Some("甲景。(潘延虎 摄)")),
                ("https://a.cn/2.jpg", Some("乙景")),
                ("https://a.cn/3.jpg", None),
            ]
        );
    }
}
