//! Articles as other newsrooms print them.

use super::articles::{Article, article_in, detail, gap, sentences};
use super::dice::Dice;
use super::pools::pool;
use gazetted::text::script;

/// How much of an article an edit leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaves {
    /// Half of it, or more.
    Half,
    /// Less, but the beginning.
    Beginning,
    /// Facts only.
    Facts,
}

/// What a newsroom sends before the article is written.
const FLASH: &str = "flash, first sentence only";

/// What newsrooms do to an article.
pub(super) struct Edit {
    pub(super) name: &'static str,
    pub(super) leaves: Leaves,
    apply: fn(&mut Article, &mut Dice),
}

/// Of an edit that leaves half of the text.
const fn half_left(name: &'static str, apply: fn(&mut Article, &mut Dice)) -> Edit {
    Edit {
        name,
        leaves: Leaves::Half,
        apply,
    }
}

/// Of one that leaves less.
const fn less_left(name: &'static str, apply: fn(&mut Article, &mut Dice)) -> Edit {
    Edit {
        name,
        leaves: Leaves::Beginning,
        apply,
    }
}

pub(super) const EDITS: &[Edit] = &[
    half_left("new headline", headline),
    half_left("cut to half", |it, _| cut(it, 50)),
    half_left("added lead", lead),
    half_left("added end", added_end),
    half_left("other dateline and byline", byline),
    half_left("other paragraphs", |it, _| reparagraph(it)),
    half_left("other width and punctuation", |it, _| width(it)),
    half_left("traditional characters", |it, _| traditional(it)),
    half_left("paragraphs in another order", |it, _| {
        it.paragraphs[1..].reverse();
    }),
    half_left("10 % of sentences rewritten", |it, dice| {
        rewrite(it, 10, dice)
    }),
    half_left("25 % of sentences rewritten", |it, dice| {
        rewrite(it, 25, dice)
    }),
    half_left("40 % of sentences rewritten", |it, dice| {
        rewrite(it, 40, dice)
    }),
    half_left("10 % of words replaced", |it, dice| replace(it, 10, dice)),
    half_left("25 % of words replaced", |it, dice| replace(it, 25, dice)),
    half_left("40 % of words replaced", |it, dice| replace(it, 40, dice)),
    half_left("half, headline, byline", |it, dice| {
        cut(it, 50);
        headline(it, dice);
        byline(it, dice);
    }),
    half_left("added lead, half", |it, dice| {
        cut(it, 50);
        lead(it, dice);
    }),
    half_left("headline, 25 % rewritten", |it, dice| {
        headline(it, dice);
        rewrite(it, 25, dice);
    }),
    half_left("two thirds, 15 % replaced, byline", |it, dice| {
        cut(it, 66);
        replace(it, 15, dice);
        byline(it, dice);
    }),
    half_left("traditional, headline, paragraphs", |it, dice| {
        headline(it, dice);
        reparagraph(it);
        traditional(it);
        width(it);
    }),
    half_left("paper's own notes around it", |it, _| notes(it)),
    half_left("headline of another paper", |it, _| {
        if let Some([title, _]) = it.retold.take() {
            it.title = title;
        }
    }),
    half_left("corrected, and says so", correct),
    half_left("buttons and styles around it", widgets),
    less_left("agency copy of 200 characters", |it, _| agency(it)),
    less_left("picture with a caption", |it, _| caption(it)),
    less_left("cut to two paragraphs", |it, _| it.paragraphs.truncate(2)),
    less_left("cut to one paragraph", |it, _| it.paragraphs.truncate(1)),
    less_left("headline and teaser only", |it, _| teaser(it)),
    less_left(FLASH, flash),
    less_left("one paragraph, headline, byline", |it, dice| {
        headline(it, dice);
        it.paragraphs.truncate(1);
        byline(it, dice);
    }),
    Edit {
        name: "same event, other words",
        leaves: Leaves::Facts,
        apply: retell,
    },
];

impl Edit {
    /// Whether it is out before the article is.
    pub(super) fn is_early(&self) -> bool {
        self.name.contains("teaser") || self.name == FLASH
    }

    /// The article as edited; none where there was nothing to do.
    pub(super) fn apply(&self, given: &Article, dice: &mut Dice) -> Option<Article> {
        let mut edited = given.clone();
        (self.apply)(&mut edited, dice);
        (edited != *given).then_some(edited)
    }
}

/// A piece of the first paragraph as the headline.
fn headline(edited: &mut Article, dice: &mut Dice) {
    let mut all = sentences(&edited.paragraphs[0]);
    let from = all.swap_remove(dice.below(all.len()));
    let words: Vec<char> = from.chars().collect();
    let most = if edited.is_spaced() { 60 } else { 18 };
    let start = dice.below(words.len().saturating_sub(most).max(1));
    edited.title = words[start..].iter().take(most).collect();
}

/// The first paragraphs, at least so much of the text.
fn cut(edited: &mut Article, percent: usize) {
    let whole = edited.length();
    while edited.paragraphs.len() > 1 {
        let last = edited.paragraphs.last().map_or(0, |p| p.chars().count());
        if (edited.length() - last) * 100 < whole * percent {
            break;
        }
        edited.paragraphs.pop();
    }
}

fn teaser(edited: &mut Article) {
    edited.paragraphs.truncate(1);
    let most = if edited.is_spaced() { 140 } else { 50 };
    let lead = &mut edited.paragraphs[0];
    *lead = format!("{}……", lead.chars().take(most).collect::<String>());
}

fn flash(edited: &mut Article, dice: &mut Dice) {
    let mut all = sentences(&edited.paragraphs[0]);
    all.truncate(1);
    edited.paragraphs = all;
    let flag = match edited.language {
        "zh" => dice.pick(&["快讯：", "【快讯】", "突发！", "最新："]),
        "ja" => "【速報】",
        "de" => "Eilmeldung: ",
        "ru" => "СРОЧНО: ",
        _ => dice.pick(&["BREAKING: ", "Breaking news: ", "UPDATE: "]),
    };
    edited.title.insert_str(0, flag);
}

fn lead(edited: &mut Article, dice: &mut Dice) {
    let line = match edited.language {
        "zh" => dice.pick(&[
            "编者按：民生无小事。近日，一则消息引发市民热议，记者第一时间走访了现场，为您梳理来龙去脉。",
            "这两天，朋友圈被同一件事刷屏了。究竟是怎么回事？我们请来当事各方，听听他们怎么说。",
        ]),
        "ja" => "地域の暮らしに関わる大きな動きがあった。現場を訪ね、関係者の思いを聞いた。",
        "de" => "Darüber wird in der Region seit Tagen gesprochen. Wir haben uns umgehört und fassen zusammen, was bisher bekannt ist.",
        "ru" => "Об этом в области говорят уже несколько дней. Мы собрали всё, что известно на этот час, и поговорили с очевидцами.",
        _ => "It has been the talk of the region for days. Our reporter went to see for herself and brings you all that is known so far.",
    };
    edited.paragraphs.insert(0, line.to_owned());
}

/// Another story's paragraph at the end.
fn added_end(edited: &mut Article, dice: &mut Dice) {
    let other = loop {
        let other = article_in(edited.language, dice);
        if other.paragraphs.len() > 1 && edited.length() > other.paragraphs[1].chars().count() {
            break other;
        }
        if edited.paragraphs.len() == 1 {
            return;
        }
    };
    edited.paragraphs.push(other.paragraphs[1].clone());
}

fn byline(edited: &mut Article, dice: &mut Dice) {
    let (before, after) = match edited.language {
        "zh" => dice.pick(&[
            ("本报讯（记者 马可 通讯员 何田田）", "责任编辑：方小舟"),
            ("新华社济南3月1日电（记者钱一鸣）", "（完）"),
            ("中新网3月12日电 ", "【编辑:苏亦瑜】"),
            ("大众网·海报新闻记者 孔令一 济南报道\n", "来源：大众网"),
            ("齐鲁晚报·齐鲁壹点 记者 高寒 ", "责编：木子"),
            (
                "鲁网3月2日讯（记者 秦晓晓 通讯员 于洋）",
                "初审：王二 复审：张三",
            ),
        ]),
        "ja" => dice.pick(&[
            ("【共同通信】", "（地域報道部）"),
            ("【札幌時事】", "（了）"),
        ]),
        "de" => dice.pick(&[("Hannover (dpa) - ", "dpa"), ("Kassel. ", "Von Eva Lang")]),
        "ru" => dice.pick(&[
            ("МОСКВА, 12 ноября /ТАСС/. ", "Фото: пресс-служба"),
            ("МОСКВА, 12 ноя — РИА Новости. ", "Источник: РИА Новости"),
        ]),
        _ => dice.pick(&[
            (
                "LONDON (Reuters) - ",
                "(Reporting by Jo Lane; Editing by Max Gray)",
            ),
            (
                "LONDON (AP) — ",
                "___\nAssociated Press writer Jo Lane contributed to this report.",
            ),
        ]),
    };
    edited.paragraphs[0].insert_str(0, before);
    edited.paragraphs.push(after.to_owned());
}

/// What a site puts above and below every article.
fn notes(edited: &mut Article) {
    let (before, after) = match edited.language {
        "zh" => (
            "点击上方蓝字关注我们，第一时间获取本地资讯",
            "本文版权归原作者所有，如有侵权请联系我们删除。更多精彩内容，请下载客户端。\n热线电话：0531-12345678",
        ),
        "ja" => (
            "この記事は会員限定です",
            "無断転載を禁じます。記事の著作権は当社に帰属します。",
        ),
        "de" => (
            "Dieser Artikel ist zuerst in unserer Printausgabe erschienen.",
            "Mehr zum Thema lesen Sie in unserer App. Alle Rechte vorbehalten.",
        ),
        "ru" => (
            "Подписывайтесь на наш канал, чтобы узнавать новости первыми",
            "Перепечатка материалов возможна только с письменного разрешения редакции.",
        ),
        _ => (
            "Sign up for our morning newsletter",
            "Follow us on social media for more local news. Copyright the publisher. All rights reserved.",
        ),
    };
    edited.paragraphs.insert(0, before.to_owned());
    edited.paragraphs.push(after.to_owned());
}

/// One number is another one, and a note says so.
fn correct(edited: &mut Article, dice: &mut Dice) {
    let all = edited.text();
    let numbers: Vec<&str> = all
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| number.len() > 1)
        .collect();
    if numbers.len() < 4 {
        return;
    }
    let wrong = dice.pick(&numbers).to_owned();
    let right = (10 + dice.below(80)).to_string();
    for text in &mut edited.paragraphs {
        *text = text.replace(&wrong, &right);
    }
    edited.paragraphs.push(match edited.language {
        "zh" => format!("更正：本文早前版本将{right}误为{wrong}，特此更正。"),
        "ja" => format!("【訂正】当初の記事で{right}を{wrong}としていました。"),
        "de" => format!("Korrektur: In einer früheren Fassung stand {wrong} statt {right}."),
        "ru" => format!("Исправлено: в первой версии было {wrong} вместо {right}."),
        _ => format!("Correction: an earlier version said {wrong} instead of {right}."),
    });
}

/// Lines that are no text, as a page leaves them in a feed.
fn widgets(edited: &mut Article, dice: &mut Dice) {
    let (before, after): (&[&str], &[&str]) = match edited.language {
        "zh" => (
            &["字号：大 中 小", "分享到微信 微博 QQ空间"],
            &[
                "打开微信扫一扫",
                "分享让更多人看到",
                "0条评论",
                "上一篇 下一篇",
            ],
        ),
        "ja" => (
            &["ツイート", "シェアする"],
            &["印刷", "コメントを書く", "前の記事 次の記事"],
        ),
        "de" => (
            &["Teilen", "Auf Facebook teilen"],
            &["Drucken", "Kommentare", "Per E-Mail senden"],
        ),
        "ru" => (
            &["Поделиться", "ВКонтакте"],
            &["Распечатать", "Комментарии", "Твитнуть"],
        ),
        _ => (
            &["Share on Facebook", "Tweet"],
            &["Share on WhatsApp", "Print", "Copy link", "Comments"],
        ),
    };
    let style = ".article p{font-size:16px;line-height:1.8;margin:0 auto;color:#333}";
    let script = "var _hmt = _hmt || []; (function(){var s=document.createElement('script');})();";
    let mut all: Vec<String> = before.iter().map(|line| (*line).to_owned()).collect();
    if dice.is(50) {
        all.insert(0, style.to_owned());
    }
    all.append(&mut edited.paragraphs);
    all.extend(after.iter().map(|line| (*line).to_owned()));
    if dice.is(50) {
        all.push(script.to_owned());
    }
    edited.paragraphs = all;
}

/// As much as an agency gives away, wherever that ends.
fn agency(edited: &mut Article) {
    let most = if edited.is_spaced() { 500 } else { 200 };
    let all = edited.paragraphs.join(gap(edited.language));
    edited.paragraphs = vec![all.chars().take(most).collect()];
}

/// A page of a gallery: the headline, and the first sentence as its caption.
fn caption(edited: &mut Article) {
    let first = sentences(&edited.paragraphs[0]).swap_remove(0);
    let line = match edited.language {
        "zh" => format!("图为{first}记者 摄"),
        "ja" => format!("写真：{first}"),
        "de" => format!("{first} Foto: Archiv"),
        "ru" => format!("{first} Фото: архив"),
        _ => format!("{first} Photo: staff"),
    };
    edited.paragraphs = vec![line];
}

fn reparagraph(edited: &mut Article) {
    let gap = gap(edited.language);
    let pieces = sentences(&edited.paragraphs.join(gap));
    edited.paragraphs = pieces.chunks(2).map(|chunk| chunk.join(gap)).collect();
}

fn width(edited: &mut Article) {
    let turn = |c| match c {
        '，' => ',',
        '。' => '.',
        '：' => ':',
        '；' => ';',
        '“' | '”' => '"',
        '0'..='9' | 'a'..='z' | 'A'..='Z' => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c),
        c => c,
    };
    edited.each(|text| text.chars().map(turn).collect());
}

fn traditional(edited: &mut Article) {
    if edited.language == "zh" {
        edited.each(|text| text.chars().map(script::traditional).collect());
    }
}

/// Says `percent` of the sentences anew: half of them by dropping and moving
/// words, half with a sentence of somebody else.
fn rewrite(edited: &mut Article, percent: u64, dice: &mut Dice) {
    let gap = gap(edited.language);
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

/// Says `percent` of the words in other words, all over the text; facts stay.
fn replace(edited: &mut Article, percent: u64, dice: &mut Dice) {
    let pool = pool(edited.language);
    let others: Vec<&str> = pool.words.split_whitespace().collect();
    if edited.is_spaced() {
        for text in &mut edited.paragraphs {
            let words = text.split(' ').map(|word| {
                let is_plain = word.chars().all(char::is_lowercase);
                match is_plain && dice.is(percent) {
                    true => dice.pick(&others),
                    false => word,
                }
            });
            *text = words.collect::<Vec<_>>().join(" ");
        }
        return;
    }
    for text in &mut edited.paragraphs {
        let characters: Vec<char> = text.chars().collect();
        let mut out = String::new();
        // Two ideographs are a word, near enough.
        for (nth, word) in characters.chunks(2).enumerate() {
            let around = (2 * nth).saturating_sub(2)..(2 * nth + 2).min(characters.len());
            let is_place = around.into_iter().any(|at| {
                let behind: String = characters[at..].iter().take(4).collect();
                pool.places.iter().any(|place| behind.starts_with(place))
            });
            let is_plain = !is_place && word.iter().all(|c| c.is_alphabetic());
            match is_plain && dice.is(percent) {
                true => out.extend(dice.pick(&others).chars().take(2)),
                false => out.extend(word),
            }
        }
        *text = out;
    }
}

/// The same facts by another reporter.
fn retell(edited: &mut Article, dice: &mut Dice) {
    let Some([title, lead]) = edited.retold.take() else {
        return;
    };
    edited.title = title;
    let pool = pool(edited.language);
    let details: Vec<String> = (0..3).map(|_| detail(pool, dice)).collect();
    edited.paragraphs = vec![lead, details.join(gap(edited.language))];
}

/// Moves and drops words.
fn shuffle(sentence: &str, spaced: bool, dice: &mut Dice) -> String {
    if spaced {
        let mut words: Vec<&str> = sentence.split(' ').collect();
        for _ in 0..words.len() / 4 {
            let at = dice.below(words.len() - 1);
            words.swap(at, at + 1);
        }
        return words.join(" ");
    }
    let mut parts: Vec<&str> = sentence.split_inclusive('，').collect();
    parts.rotate_left(1);
    let kept = parts.concat();
    let kept = kept.chars().filter_map(|c| match c {
        '的' | '了' | '已' | '还' | '也' if dice.is(70) => None,
        '说' => Some('称'),
        '将' => Some('会'),
        c => Some(c),
    });
    kept.collect()
}
