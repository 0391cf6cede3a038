//! Articles that only look like others.

use super::articles::{Article, article_in, other_place, sentences};
use super::dice::Dice;
use super::templates;

/// Makes articles that are neither the given one nor each other.
type Make = fn(u64, &Article, &mut Dice) -> Vec<Article>;

/// What an article only looks like, and who makes such.
pub(super) const DECOYS: &[(&str, Make)] = &[
    ("weather, lottery, quakes", |nth, _, dice| {
        templates::pair(nth, dice).into()
    }),
    ("column with one heading", |_, given, dice| {
        column(given, dice)
    }),
    ("follow-up story", |_, given, dice| {
        vec![follow_up(given, 2, dice)]
    }),
    ("follow-up, half of it old", |_, given, dice| {
        vec![follow_up(given, 1, dice)]
    }),
    ("same event, other town", |_, given, dice| {
        elsewhere(given, dice).into_iter().collect()
    }),
    ("other town, other numbers", |_, given, dice| {
        let other = elsewhere(given, dice);
        other
            .map(|other| renumbered(&other, dice))
            .into_iter()
            .collect()
    }),
    ("same text, other numbers", |_, given, dice| {
        let has_enough = numbers(&given.text()) >= 3;
        has_enough
            .then(|| renumbered(given, dice))
            .into_iter()
            .collect()
    }),
    ("digest that quotes it", |_, given, dice| {
        vec![digest(given, dice)]
    }),
    ("morning list, the first of ten", |_, given, dice| {
        vec![morning_list(given, dice)]
    }),
    ("second day, one sentence of it old", |_, given, dice| {
        vec![second_day(given, dice)]
    }),
    ("live blog that begins with it", |_, given, dice| {
        vec![live_blog(given, dice)]
    }),
    ("same topic", |_, given, dice| {
        vec![article_in(given.language, dice)]
    }),
    ("same headline, other text", |_, given, dice| {
        let other = article_in(given.language, dice);
        vec![Article {
            title: given.title.clone(),
            ..other
        }]
    }),
    ("same house style at the end", |_, given, dice| {
        vec![house_style(given, dice)]
    }),
];

/// One heading and one preamble over another content every day.
fn column(given: &Article, dice: &mut Dice) -> Vec<Article> {
    let (headings, preamble) = match given.language {
        "zh" => (
            ["民生热线·每日回音", "民生热线：每日回音"],
            "每天清晨，《民生热线》栏目与您相约。这里倾听百姓呼声，搭建沟通桥梁，欢迎读者拨打热线电话反映身边的烦心事。",
        ),
        "ru" => (
            ["Утренний обзор событий дня", "Утренний обзор: события дня"],
            "Каждое утро редакция собирает главное из писем читателей. Пишите нам, звоните, приходите.",
        ),
        "de" => (
            [
                "Guten Morgen aus der Region",
                "Guten Morgen – aus der Region",
            ],
            "Jeden Morgen schreiben wir an dieser Stelle auf, was Leserinnen und Leser bewegt. Schreiben Sie uns.",
        ),
        "ja" => (
            ["読者の広場 今日の一通", "読者の広場・今日の一通"],
            "毎朝この欄では、読者から寄せられた声を紹介しています。投稿をお待ちしています。",
        ),
        _ => (
            [
                "Letters to the editor today",
                "Letters to the editor: today",
            ],
            "Every morning on this page we print what readers have sent us. Do write to us, by post or by mail.",
        ),
    };
    let number = |heading: &str, dice: &mut Dice| {
        let mut paragraphs = vec![preamble.to_owned()];
        let own = article_in(given.language, dice).paragraphs;
        let n_own = own.len();
        paragraphs.extend(own.into_iter().skip(usize::from(n_own > 1)).take(3));
        Article {
            language: given.language,
            title: heading.to_owned(),
            paragraphs,
            retold: None,
        }
    };
    headings
        .iter()
        .map(|heading| number(heading, dice))
        .collect()
}

/// New facts, and one part in `new` + 1 of background that the old story had.
fn follow_up(given: &Article, new: usize, dice: &mut Dice) -> Article {
    let mut next = article_in(given.language, dice);
    let target = next.length() / new;
    let mut so_far = 0;
    for paragraph in &given.paragraphs {
        so_far += paragraph.chars().count();
        if so_far > target {
            break;
        }
        next.paragraphs.push(paragraph.clone());
    }
    next
}

/// The same with another town, if it names one.
fn elsewhere(given: &Article, dice: &mut Dice) -> Option<Article> {
    let all = format!("{}\n{}", given.title, given.text());
    let (here, there) = other_place(given.language, &all, dice)?;
    let mut other = given.clone();
    other.each(|text| text.replace(&here, &there));
    Some(other)
}

/// Another run of the same thing: every number is another one.
fn renumbered(given: &Article, dice: &mut Dice) -> Article {
    let mut other = given.clone();
    other.each(|text| {
        let mut out = String::new();
        let mut is_in = false;
        for c in text.chars() {
            let is_digit = c.is_ascii_digit();
            if is_digit && !is_in {
                out.push_str(&(200 + dice.below(700)).to_string());
            } else if !is_digit {
                out.push(c);
            }
            is_in = is_digit;
        }
        out
    });
    other
}

fn numbers(text: &str) -> usize {
    let digits: Vec<bool> = text.chars().map(|c| c.is_ascii_digit()).collect();
    digits.windows(2).filter(|two| two[0] && !two[1]).count()
}

/// The beginning of eight stories, the given one among them.
fn digest(given: &Article, dice: &mut Dice) -> Article {
    let mut first = |nth| match nth {
        5 => given.paragraphs[0].clone(),
        _ => article_in(given.language, dice).paragraphs.swap_remove(0),
    };
    let paragraphs = (0..8).map(&mut first).collect();
    let title = match given.language {
        "zh" => "一周要闻速览",
        "ja" => "きょうのニュース",
        "de" => "Der Tag in Kürze",
        "ru" => "Коротко о главном",
        _ => "The day in brief",
    };
    Article {
        language: given.language,
        title: title.to_owned(),
        paragraphs,
        retold: None,
    }
}

/// Headlines with a sentence each, numbered; the given story is the first.
fn morning_list(given: &Article, dice: &mut Dice) -> Article {
    let mut paragraphs = Vec::new();
    for nth in 1..=10 {
        let other = article_in(given.language, dice);
        let of = if nth == 1 { given } else { &other };
        let first = sentences(&of.paragraphs[0]).swap_remove(0);
        paragraphs.push(format!("{nth}、{}。{first}", of.title));
    }
    let title = match given.language {
        "zh" => format!(
            "早报｜{}；{}",
            given.title,
            dice.pick(&["今日限行", "冷空气到货"])
        ),
        "ja" => format!("朝刊：{}ほか", given.title),
        "de" => format!("Am Morgen: {} und mehr", given.title),
        "ru" => format!("Утро: {} и другое", given.title),
        _ => format!("Morning briefing: {} and more", given.title),
    };
    Article {
        language: given.language,
        title,
        paragraphs,
        retold: None,
    }
}

/// What became of it on the next day, under nearly the same headline.
fn second_day(given: &Article, dice: &mut Dice) -> Article {
    let mut next = article_in(given.language, dice);
    let old = sentences(&given.paragraphs[0]).swap_remove(0);
    next.paragraphs.insert(1, old);
    next.title = match given.language {
        "zh" => format!("{}后续", given.title),
        "ja" => format!("{}その後", given.title),
        "de" => format!("{}: So geht es weiter", given.title),
        "ru" => format!("{}: что дальше", given.title),
        _ => format!("{}: what comes next", given.title),
    };
    next
}

/// Entries of a day under a time each, the beginning of the given story among them.
fn live_blog(given: &Article, dice: &mut Dice) -> Article {
    let mut live = digest(given, dice);
    live.paragraphs.swap(0, 5);
    for (nth, entry) in live.paragraphs.iter_mut().enumerate() {
        *entry = format!("{}:{:02} {entry}", 18 - nth, dice.below(60));
    }
    live.title = match given.language {
        "zh" | "ja" => format!("直播：{}", given.title),
        _ => format!("Live: {}", given.title),
    };
    live
}

/// A short notice of the same paper, with the same long lines below it.
fn house_style(given: &Article, dice: &mut Dice) -> Article {
    let mut other = article_in(given.language, dice);
    other.paragraphs.truncate(2);
    other.paragraphs.extend(given.paragraphs.last().cloned());
    other
}
