//! Articles as other newsrooms print them.

use super::articles::{Article, article};
use super::dice::Dice;
use crate::text::script;

/// What was done to an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edit {
    NewHeadline,
    CutToHalf,
    CutToParagraph,
    TeaserOnly,
    AddedLead,
    AddedEnd,
    OtherByline,
    Reparagraphed,
    OtherWidth,
    Traditional,
    Rewritten10,
    Rewritten25,
    Rewritten40,
    HalfAndHeadline,
    LeadAndHalf,
    Moved,
}

impl Edit {
    pub(super) const ALL: &[Edit] = &[
        Edit::NewHeadline,
        Edit::CutToHalf,
        Edit::CutToParagraph,
        Edit::TeaserOnly,
        Edit::AddedLead,
        Edit::AddedEnd,
        Edit::OtherByline,
        Edit::Reparagraphed,
        Edit::OtherWidth,
        Edit::Traditional,
        Edit::Rewritten10,
        Edit::Rewritten25,
        Edit::Rewritten40,
        Edit::HalfAndHeadline,
        Edit::LeadAndHalf,
        Edit::Moved,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Edit::NewHeadline => "new headline",
            Edit::CutToHalf => "cut to half",
            Edit::CutToParagraph => "cut to one paragraph",
            Edit::TeaserOnly => "headline and teaser only",
            Edit::AddedLead => "added lead",
            Edit::AddedEnd => "added end",
            Edit::OtherByline => "other dateline and byline",
            Edit::Reparagraphed => "other paragraphs",
            Edit::OtherWidth => "other width and punctuation",
            Edit::Traditional => "traditional characters",
            Edit::Rewritten10 => "10 % rewritten",
            Edit::Rewritten25 => "25 % rewritten",
            Edit::Rewritten40 => "40 % rewritten",
            Edit::HalfAndHeadline => "cut to half, new headline",
            Edit::LeadAndHalf => "added lead, cut to half",
            Edit::Moved => "paragraphs in another order",
        }
    }

    /// Whether it keeps half of the text.
    pub(super) fn keeps_half(self) -> bool {
        !matches!(self, Edit::CutToParagraph | Edit::TeaserOnly)
    }

    pub(super) fn apply(self, given: &Article, dice: &mut Dice) -> Article {
        let mut edited = given.clone();
        match self {
            Edit::NewHeadline => headline(&mut edited, dice),
            Edit::CutToHalf => half(&mut edited),
            Edit::CutToParagraph => edited.paragraphs.truncate(1),
            Edit::TeaserOnly => {
                edited.paragraphs.truncate(1);
                let lead = &mut edited.paragraphs[0];
                let cut: String = lead
                    .chars()
                    .take(if given.is_spaced() { 140 } else { 50 })
                    .collect();
                *lead = format!("{cut}……");
            }
            Edit::AddedLead => lead(&mut edited, dice),
            Edit::AddedEnd => {
                let other = article_in(given.language, dice);
                edited
                    .paragraphs
                    .extend(other.paragraphs.into_iter().skip(1).take(1));
            }
            Edit::OtherByline => byline(&mut edited, dice),
            Edit::Reparagraphed => reparagraph(&mut edited),
            Edit::OtherWidth => width(&mut edited),
            Edit::Traditional => traditional(&mut edited),
            Edit::Rewritten10 => rewrite(&mut edited, 10, dice),
            Edit::Rewritten25 => rewrite(&mut edited, 25, dice),
            Edit::Rewritten40 => rewrite(&mut edited, 40, dice),
            Edit::HalfAndHeadline => {
                half(&mut edited);
                headline(&mut edited, dice);
                byline(&mut edited, dice);
            }
            Edit::LeadAndHalf => {
                half(&mut edited);
                lead(&mut edited, dice);
            }
            Edit::Moved => edited.paragraphs[1..].reverse(),
        }
        edited
    }
}

impl Article {
    pub(super) fn is_spaced(&self) -> bool {
        !matches!(self.language, "zh" | "ja")
    }

    fn gap(&self) -> &'static str {
        if self.is_spaced() { " " } else { "" }
    }

    pub(super) fn text(&self) -> String {
        self.paragraphs.join("\n")
    }

    pub(super) fn length(&self) -> usize {
        self.paragraphs.iter().map(|p| p.chars().count()).sum()
    }
}

/// A made-up article in the language of another one.
pub(super) fn article_in(language: &str, dice: &mut Dice) -> Article {
    loop {
        let other = article(1_000_000 + dice.next() % 1_000_000_000);
        if other.language == language || !matches!(language, "zh" | "en" | "de" | "ja") {
            return other;
        }
    }
}

fn headline(edited: &mut Article, dice: &mut Dice) {
    let n_sentences = sentences(&edited.paragraphs[0]).len();
    let from = sentences(&edited.paragraphs[0]).swap_remove(dice.below(n_sentences));
    let words: Vec<char> = from.chars().collect();
    let most = if edited.is_spaced() { 60 } else { 18 };
    let start = dice.below(words.len().saturating_sub(most).max(1));
    edited.title = words[start..].iter().take(most).collect();
}

fn half(edited: &mut Article) {
    let whole = edited.length();
    while edited.paragraphs.len() > 1 {
        let last = edited.paragraphs.last().map_or(0, |p| p.chars().count());
        if (edited.length() - last) * 2 < whole {
            break;
        }
        edited.paragraphs.pop();
    }
}

fn lead(edited: &mut Article, dice: &mut Dice) {
    let line = match edited.language {
        "zh" => dice.pick(&["编者按：民生无小事。近日，一则消息引发市民热议，记者第一时间走访了现场，为您梳理来龙去脉。", "这两天，朋友圈被同一件事刷屏了。究竟是怎么回事？我们请来当事各方，听听他们怎么说。"]),
        "ja" => "地域の暮らしに関わる大きな動きがあった。現場を訪ね、関係者の思いを聞いた。",
        "de" => "Darüber wird in der Region seit Tagen gesprochen. Wir haben uns umgehört und fassen zusammen, was bisher bekannt ist.",
        _ => "It has been the talk of the region for days. Our reporter went to see for herself and brings you all that is known so far.",
    };
    edited.paragraphs.insert(0, line.to_owned());
}

fn byline(edited: &mut Article, dice: &mut Dice) {
    let (before, after) = match edited.language {
        "zh" => dice.pick(&[
            ("本报讯（记者 马可 通讯员 何田田）", "责任编辑：方小舟"),
            ("新华社济南3月1日电（记者钱一鸣）", "（完）"),
            ("中新网3月12日电 ", "【编辑:苏亦瑜】"),
            ("大众网·海报新闻记者 孔令一 济南报道\n", "来源：大众网"),
        ]),
        "ja" => ("【共同通信】", "（地域報道部）"),
        "de" => ("Hannover (dpa) - ", "dpa"),
        _ => (
            "LONDON (Reuters) - ",
            "(Reporting by Jo Lane; Editing by Max Gray)",
        ),
    };
    edited.paragraphs[0].insert_str(0, before);
    edited.paragraphs.push(after.to_owned());
}

fn reparagraph(edited: &mut Article) {
    let gap = edited.gap();
    let all = edited.paragraphs.join(gap);
    let pieces = sentences(&all);
    edited.paragraphs = pieces.chunks(2).map(|chunk| chunk.join(gap)).collect();
}

fn width(edited: &mut Article) {
    let turn = |text: &str| -> String {
        text.chars()
            .map(|c| match c {
                '，' => ',',
                '。' => '.',
                '：' => ':',
                '；' => ';',
                '“' | '”' => '"',
                '0'..='9' | 'a'..='z' | 'A'..='Z' => {
                    char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c)
                }
                c => c,
            })
            .collect()
    };
    edited.title = turn(&edited.title);
    edited
        .paragraphs
        .iter_mut()
        .for_each(|text| *text = turn(text));
}

fn traditional(edited: &mut Article) {
    let turn = |text: &str| text.chars().map(script::traditional).collect::<String>();
    edited.title = turn(&edited.title);
    edited
        .paragraphs
        .iter_mut()
        .for_each(|text| *text = turn(text));
}

/// Says `percent` of the sentences anew: half of them by dropping and moving
/// words, half with a sentence of somebody else.
fn rewrite(edited: &mut Article, percent: u64, dice: &mut Dice) {
    let gap = edited.gap();
    let foreign: Vec<String> = {
        let other = article_in(edited.language, dice);
        other.paragraphs.iter().flat_map(|p| sentences(p)).collect()
    };
    let spaced = edited.is_spaced();
    // Not more than that share of the text, which a few long sentences would make.
    let mut budget = edited.length() * percent as usize / 100;
    for paragraph in &mut edited.paragraphs {
        let new: Vec<String> = sentences(paragraph)
            .into_iter()
            .map(|sentence| {
                let length = sentence.chars().count();
                if !dice.is(percent + 10) || length > budget {
                    return sentence;
                }
                budget -= length;
                match dice.is(50) {
                    true => shuffle(&sentence, spaced, dice),
                    false => foreign[dice.below(foreign.len())].clone(),
                }
            })
            .collect();
        *paragraph = new.join(gap);
    }
}

/// Changes every third word or so.
fn shuffle(sentence: &str, spaced: bool, dice: &mut Dice) -> String {
    if spaced {
        let mut words: Vec<&str> = sentence.split(' ').collect();
        let n_swaps = words.len() / 4;
        for _ in 0..n_swaps {
            let at = dice.below(words.len() - 1);
            words.swap(at, at + 1);
        }
        return words.join(" ");
    }
    let parts: Vec<&str> = sentence.split_inclusive('，').collect();
    let mut parts: Vec<String> = parts.into_iter().map(str::to_owned).collect();
    parts.rotate_left(1);
    let text: String = parts.concat();
    text.chars()
        .filter_map(|c| match c {
            '的' | '了' | '已' | '还' | '也' if dice.is(70) => None,
            '说' => Some('称'),
            '将' => Some('会'),
            c => Some(c),
        })
        .collect()
}

fn sentences(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        all.last_mut().expect("one is there").push(c);
        let is_end = matches!(c, '。' | '！' | '？')
            || matches!(c, '.' | '!' | '?') && characters.peek() == Some(&' ');
        let closes = matches!(characters.peek(), Some('”' | '」' | '"'));
        if is_end && !closes {
            all.push(String::new());
        }
    }
    let trimmed = all.into_iter().map(|s| s.trim().to_owned());
    let mut all: Vec<String> = trimmed.filter(|s| !s.is_empty()).collect();
    if all.is_empty() {
        all.push(text.to_owned());
    }
    all
}
