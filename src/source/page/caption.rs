//! Captions: lines that stand under pictures.

use std::sync::LazyLock;

use dom_query::NodeRef;
use regex::Regex;

use super::line::{self, Line};
use super::picture;
use crate::model::{Figure, WebUrl};

/// Longest caption, in characters; a longer line is a paragraph.
const MAX: usize = 160;

/// Lines between a picture and its caption, at most.
const NEAR: usize = 2;

/// Credit at the end of a caption: `(潘延虎 摄)`, `新华社记者 谢环驰 摄`, `图/视觉中国`.
static CREDIT: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?x)
        [（(【\[] [^（()）\[\]【】]{0,30} (?:摄|攝|摄影|攝影|供图|供圖|资料图|资料照片|制图|图) (?:影)? [）)】\]] [。.]?$
        | (?:\s|^|记者|通讯员|[。，：:]) [\p{Han}·、\ ]{2,16} \s (?:摄|攝|摄影|攝影|供图|供圖) [。.]?$
        | (?:图|圖|图片|摄影|攝影|供图|图源|图片来源|图据)\s*[/／:：|]\s* [^。！？]{1,24} $";
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
pub(super) struct Plates {
    pub(super) figures: Vec<Figure>,
    pub(super) captions: Vec<String>,
}

/// Collects the lines of `bodies`, and their pictures and captions.
pub(super) fn lines_and_plates(bodies: &[NodeRef<'_>], base: &WebUrl) -> (Vec<Line>, Plates) {
    let mut plates = Plates::default();
    let mut lines = Vec::new();
    for body in bodies {
        lines.extend(collect(body, base, &mut plates));
    }
    (lines, plates)
}

fn collect(body: &NodeRef<'_>, base: &WebUrl, plates: &mut Plates) -> Vec<Line> {
    let line::View {
        lines, pictures, ..
    } = line::view(body);
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
        if !is_caption(line, body) {
            continue;
        }
        plates.captions.push(line.text.clone());
        let is_near = since[line.pictures] <= NEAR;
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
pub(super) fn is_caption(line: &Line, body: &NodeRef<'_>) -> bool {
    let is_short = line.text.chars().nth(MAX).is_none();
    is_short && (has_credit(&line.text) || says_caption(line, body))
}

/// Whether the text ends in a photographer's credit.
pub(super) fn has_credit(text: &str) -> bool {
    CREDIT.is_match(text.trim_end())
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
