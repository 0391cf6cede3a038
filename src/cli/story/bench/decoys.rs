//! Articles that only look like others.

use super::articles::{Article, other_place};
use super::dice::Dice;
use super::edits::article_in;

/// What an article only looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Decoy {
    Template,
    NextDay,
    FollowUp,
    OtherTown,
    OtherPerson,
    Digest,
    SameTopic,
}

impl Decoy {
    pub(super) const ALL: &[Decoy] = &[
        Decoy::Template,
        Decoy::NextDay,
        Decoy::FollowUp,
        Decoy::OtherTown,
        Decoy::OtherPerson,
        Decoy::Digest,
        Decoy::SameTopic,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Decoy::Template => "weather, lottery, stocks",
            Decoy::NextDay => "daily column",
            Decoy::FollowUp => "follow-up story",
            Decoy::OtherTown => "same event, other town",
            Decoy::OtherPerson => "same text, other numbers",
            Decoy::Digest => "digest that quotes it",
            Decoy::SameTopic => "same topic",
        }
    }

    /// Two articles that are not one story.
    pub(super) fn pair(self, nth: u64, given: &Article, dice: &mut Dice) -> (Article, Article) {
        match self {
            Decoy::Template => (
                template(nth % 8, nth, dice),
                template(nth % 8, nth + 1, dice),
            ),
            Decoy::NextDay => (column(nth, dice), column(nth + 1, dice)),
            Decoy::FollowUp => (given.clone(), follow_up(given, dice)),
            Decoy::OtherTown => (given.clone(), elsewhere(given, dice)),
            Decoy::OtherPerson => (given.clone(), renumbered(given, dice)),
            Decoy::Digest => (brief(given), digest(given, dice)),
            Decoy::SameTopic => (given.clone(), article_in(given.language, dice)),
        }
    }
}

/// A page of a series: the same words with the numbers of the day.
fn template(kind: u64, nth: u64, dice: &mut Dice) -> Article {
    let n = |dice: &mut Dice, from: usize, span: usize| from + dice.below(span);
    let (month, day) = (1 + nth / 28 % 12, 1 + nth % 28);
    let (language, title, text) = match kind {
        0 => {
            let (low, high) = (n(dice, 0, 15), n(dice, 16, 18));
            let sky = dice.pick(&["晴", "多云", "阴", "小雨", "晴间多云"]);
            let wind = dice.pick(&["南风", "北风", "东风", "西北风"]);
            (
                "zh",
                "济南天气预报".to_owned(),
                format!(
                    "济南市气象台{month}月{day}日发布天气预报：今天白天到夜间{sky}，{wind}{}级，气温{low}℃到{high}℃。明天{sky}转多云，最低气温{}℃，最高气温{}℃。空气质量指数{}，紫外线强度中等，适宜晨练，外出请注意防晒，早晚温差较大，请市民及时增减衣物。",
                    n(dice, 2, 4),
                    n(dice, 0, 12),
                    n(dice, 13, 20),
                    n(dice, 30, 160)
                ),
            )
        }
        1 => {
            let issue = 2_018_000 + nth % 150;
            let balls: Vec<String> = (0..6).map(|_| format!("{:02}", n(dice, 1, 33))).collect();
            (
                "zh",
                format!("双色球第{issue}期开奖公告"),
                format!(
                    "双色球第{issue}期开奖号码：红球{}，蓝球{:02}。本期一等奖中出{}注，单注奖金{}万元；二等奖中出{}注，单注奖金{}元。本期销售总额{}元，奖池资金累计{}元，请彩民朋友在规定期限内兑奖，兑奖有效期为自开奖之日起六十天。",
                    balls.join(" "),
                    n(dice, 1, 16),
                    n(dice, 1, 20),
                    n(dice, 500, 500),
                    n(dice, 50, 200),
                    n(dice, 100_000, 200_000),
                    n(dice, 300_000_000, 9_000_000),
                    n(dice, 700_000_000, 90_000_000)
                ),
            )
        }
        2 => (
            "zh",
            "沪深股市收盘综述".to_owned(),
            format!(
                "{month}月{day}日收盘，上证指数报{}点，涨跌幅{}.{}%，成交额{}亿元；深证成指报{}点，成交额{}亿元；创业板指报{}点。两市共有{}只个股涨停，{}只个股跌停。板块方面，银行、地产、券商表现各异，资金面总体平稳，分析人士认为短期市场仍将维持震荡格局。",
                n(dice, 2800, 600),
                n(dice, 0, 3),
                n(dice, 10, 89),
                n(dice, 1500, 2000),
                n(dice, 9000, 2000),
                n(dice, 2000, 2500),
                n(dice, 1600, 300),
                n(dice, 20, 60),
                n(dice, 1, 30)
            ),
        ),
        3 => (
            "en",
            "Weather forecast".to_owned(),
            format!(
                "Forecast for day {day} of month {month}: dry at first with rain later, highs of {} degrees and lows of {} degrees. Winds of {} miles per hour from the west, gusting to {} on the coast. The chance of rain is {} per cent. Sunset at {}:{}. Drivers are asked to take care on exposed roads and to allow more time for their journeys.",
                n(dice, 12, 14),
                n(dice, 1, 10),
                n(dice, 5, 20),
                n(dice, 26, 30),
                n(dice, 10, 80),
                n(dice, 16, 5),
                n(dice, 10, 49)
            ),
        ),
        4 => (
            "de",
            "Blitzer und Sperrungen".to_owned(),
            format!(
                "Am {day}.{month}. wird an {} Stellen im Stadtgebiet die Geschwindigkeit gemessen. Auf der A {} ist zwischen Kilometer {} und {} ein Fahrstreifen gesperrt, Autofahrer brauchen dort {} Minuten länger. Die Polizei bittet um Vorsicht. Die Bauarbeiten dauern voraussichtlich {} Tage, eine Umleitung ist ausgeschildert.",
                n(dice, 2, 9),
                n(dice, 3, 50),
                n(dice, 100, 90),
                n(dice, 200, 90),
                n(dice, 5, 40),
                n(dice, 2, 28)
            ),
        ),
        5 => (
            "ja",
            "今日の天気".to_owned(),
            format!(
                "{month}月{day}日の県内は高気圧に覆われておおむね晴れる見込み。予想最高気温は{}度、最低気温は{}度、降水確率は午前{}パーセント、午後{}パーセント。波の高さは{}メートル。空気が乾燥するため火の取り扱いに注意が必要だ。",
                n(dice, 16, 18),
                n(dice, 1, 14),
                n(dice, 0, 50),
                n(dice, 0, 90),
                n(dice, 1, 4)
            ),
        ),
        6 => (
            "zh",
            "今日蔬菜价格".to_owned(),
            format!(
                "据农产品批发市场监测，{month}月{day}日全市蔬菜平均批发价每公斤{}.{}元。其中大白菜{}.{}元，黄瓜{}.{}元，西红柿{}.{}元，土豆{}.{}元，上市总量{}吨。业内人士预计，随着气温变化和外地菜源补充，后期菜价将以稳为主，市民可放心采购。",
                n(dice, 2, 5),
                n(dice, 10, 89),
                n(dice, 0, 3),
                n(dice, 10, 89),
                n(dice, 2, 6),
                n(dice, 10, 89),
                n(dice, 2, 6),
                n(dice, 10, 89),
                n(dice, 1, 4),
                n(dice, 10, 89),
                n(dice, 3000, 4000)
            ),
        ),
        _ => (
            "zh",
            format!("油价调整：92号汽油每吨调整{}元", n(dice, 50, 300)),
            format!(
                "国家发展改革委消息，{month}月{day}日24时起国内汽、柴油价格每吨分别调整{}元和{}元。折合升价，92号汽油每升{}.{}元，95号汽油每升{}.{}元，0号柴油每升{}.{}元。本次调价后，一辆油箱容量为50升的家用轿车加满一箱油将多花约{}元。下一轮调价窗口将在十个工作日后开启。",
                n(dice, 50, 300),
                n(dice, 50, 290),
                n(dice, 6, 3),
                n(dice, 10, 89),
                n(dice, 6, 3),
                n(dice, 10, 89),
                n(dice, 5, 3),
                n(dice, 10, 89),
                n(dice, 2, 20)
            ),
        ),
    };
    Article {
        language,
        title,
        paragraphs: vec![text],
    }
}

/// A column with one heading and another content every day.
fn column(nth: u64, dice: &mut Dice) -> Article {
    let own = article_in("zh", dice);
    let mut paragraphs = vec!["每天清晨，《民生热线》栏目与您相约。这里倾听百姓呼声，搭建沟通桥梁，欢迎读者拨打热线电话反映身边的烦心事。".to_owned()];
    paragraphs.extend(own.paragraphs.into_iter().skip(1).take(3));
    Article {
        language: "zh",
        title: if nth.is_multiple_of(2) {
            "民生热线·每日回音".to_owned()
        } else {
            "民生热线：每日回音".to_owned()
        },
        paragraphs,
    }
}

/// New facts, and a third of the old text as background.
fn follow_up(given: &Article, dice: &mut Dice) -> Article {
    let mut next = article_in(given.language, dice);
    let target = next.length() / 2;
    let mut background = Vec::new();
    for paragraph in given.paragraphs.iter() {
        let so_far: usize = background.iter().map(|p: &String| p.chars().count()).sum();
        if so_far + paragraph.chars().count() > target {
            break;
        }
        background.push(paragraph.clone());
    }
    next.paragraphs.extend(background);
    next
}

fn elsewhere(given: &Article, dice: &mut Dice) -> Article {
    let all = format!("{}\n{}", given.title, given.text());
    let mut other = given.clone();
    match other_place(given.language, &all, dice) {
        Some((here, there)) => {
            other.title = other.title.replace(&here, &there);
            for text in &mut other.paragraphs {
                *text = text.replace(&here, &there);
            }
        }
        None => other = article_in(given.language, dice),
    }
    other
}

/// Another run of the same thing: every number is another one.
fn renumbered(given: &Article, dice: &mut Dice) -> Article {
    let n_numbers = numbers(&given.text());
    if n_numbers < 3 {
        return article_in(given.language, dice);
    }
    let mut turn = |text: &str| -> String {
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
    };
    let mut other = given.clone();
    other.title = turn(&given.title);
    other
        .paragraphs
        .iter_mut()
        .for_each(|text| *text = turn(text));
    other
}

fn numbers(text: &str) -> usize {
    let digits: Vec<bool> = text.chars().map(|c| c.is_ascii_digit()).collect();
    digits.windows(2).filter(|two| two[0] && !two[1]).count()
}

fn brief(given: &Article) -> Article {
    Article {
        paragraphs: given.paragraphs[..1].to_vec(),
        ..given.clone()
    }
}

fn digest(given: &Article, dice: &mut Dice) -> Article {
    let mut paragraphs = Vec::new();
    for nth in 0..8 {
        match nth {
            5 => paragraphs.push(given.paragraphs[0].clone()),
            _ => paragraphs.push(article_in(given.language, dice).paragraphs.swap_remove(0)),
        }
    }
    let title = if given.is_spaced() {
        "The day in brief"
    } else {
        "一周要闻速览"
    };
    Article {
        language: given.language,
        title: title.to_owned(),
        paragraphs,
    }
}
