//! Names of what does not exist, put together by rule.

use super::dice::Dice;

/// Characters that names of places, firms and houses are made of, in no order.
const SOUNDS: &str = "柳埠仲宫岔堡桥涧洪垛泺源舜耕燕翅锦屏鲍郓莱芜垦坨孚兖沂蒙峄沭汶泗淄浒岱茌莘澜湾澄颐泓瑞恒晟屹曦朗睿珩峻毓霁";

const GIVEN: &str = "子墨欣怡浩然梓涵雨桐俊熙诗琪嘉树若溪一诺奕辰思远知夏承泽";

const FAMILY: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗";

/// Halves of names in letters.
const FIRST: [&str; 16] = [
    "Ash", "Bram", "Cold", "Dun", "Elm", "Fern", "Glen", "Hart", "Kings", "Lang", "Mar", "North",
    "Oak", "Penn", "Ros", "Wal",
];
const SECOND: [&str; 12] = [
    "bury", "combe", "dale", "field", "ford", "ham", "ley", "more", "stead", "ton", "well", "wick",
];

/// What may stand in a slot of a page of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Town,
    Community,
    Street,
    School,
    Company,
    Person,
    Office,
    Subject,
    Product,
    Team,
    Work,
    Date,
    Amount,
}

pub(super) const KINDS: [(Kind, &str); 13] = [
    (Kind::Town, "town"),
    (Kind::Community, "community"),
    (Kind::Street, "street"),
    (Kind::School, "school"),
    (Kind::Company, "company"),
    (Kind::Person, "person"),
    (Kind::Office, "office"),
    (Kind::Subject, "subject"),
    (Kind::Product, "product"),
    (Kind::Team, "team"),
    (Kind::Work, "film or show"),
    (Kind::Date, "date"),
    (Kind::Amount, "amount"),
];

/// A name of this kind in Chinese or, if `is_spaced`, in letters.
pub(super) fn name(kind: Kind, is_spaced: bool, dice: &mut Dice) -> String {
    match is_spaced {
        true => lettered(kind, dice),
        false => chinese(kind, dice),
    }
}

fn sounds(count: usize, dice: &mut Dice) -> String {
    let all: Vec<char> = SOUNDS.chars().collect();
    (0..count).map(|_| dice.pick(&all)).collect()
}

fn with_end(count: usize, ends: &[&str], dice: &mut Dice) -> String {
    format!("{}{}", sounds(count, dice), dice.pick(ends))
}

fn chinese(kind: Kind, dice: &mut Dice) -> String {
    match kind {
        Kind::Town => with_end(2, &["镇", "街道", "乡", ""], dice),
        Kind::Community => with_end(2, &["社区", "小区", "花园", "苑"], dice),
        Kind::Street => with_end(2, &["路", "街", "大街", "东路"], dice),
        Kind::School => with_end(2, &["小学", "中学", "实验学校", "高中"], dice),
        Kind::Company => with_end(2, &["股份", "科技", "药业", "重工", "物流"], dice),
        Kind::Person => {
            let family: Vec<char> = FAMILY.chars().collect();
            let given: Vec<char> = GIVEN.chars().collect();
            let mut person = String::from(dice.pick(&family));
            for _ in 0..1 + dice.below(2) {
                person.push(dice.pick(&given));
            }
            person
        }
        Kind::Office => dice
            .pick(&[
                "市水务局局长",
                "市教育局局长",
                "市统计局局长",
                "市审计局局长",
                "市医保局局长",
                "市信访局局长",
                "市体育局局长",
                "市司法局局长",
            ])
            .to_owned(),
        Kind::Subject => dice
            .pick(&[
                "语文", "数学", "物理", "化学", "历史", "地理", "生物", "英语", "政治",
            ])
            .to_owned(),
        Kind::Product => dice
            .pick(&[
                "电暖器",
                "儿童座椅",
                "电饭煲",
                "充电宝",
                "电动车",
                "空气炸锅",
                "婴儿推车",
                "净水器",
            ])
            .to_owned(),
        Kind::Team => with_end(2, &["队", "俱乐部", "女排", "男篮"], dice),
        Kind::Work => format!("《{}》", sounds(2 + dice.below(3), dice)),
        Kind::Date => format!("{}月{}日", 1 + dice.below(12), 1 + dice.below(28)),
        Kind::Amount => format!("{}.{}亿元", 1 + dice.below(90), 10 + dice.below(89)),
    }
}

fn lettered(kind: Kind, dice: &mut Dice) -> String {
    let word = |dice: &mut Dice| format!("{}{}", dice.pick(&FIRST), dice.pick(&SECOND));
    match kind {
        Kind::Town => word(dice),
        Kind::Community => format!("{} Estate", word(dice)),
        Kind::Street => format!(
            "{} {}",
            word(dice),
            dice.pick(&["Road", "Street", "Lane", "Avenue"])
        ),
        Kind::School => format!(
            "{} {}",
            word(dice),
            dice.pick(&["Primary", "Academy", "High School"])
        ),
        Kind::Company => format!(
            "{} {}",
            word(dice),
            dice.pick(&["Holdings", "Foods", "Energy"])
        ),
        Kind::Person => format!(
            "{} {}",
            dice.pick(&[
                "Anna", "Colin", "Dara", "Emeka", "Fiona", "Gareth", "Helen", "Imran"
            ]),
            word(dice)
        ),
        Kind::Office => dice
            .pick(&[
                "treasurer",
                "chief executive",
                "head of planning",
                "ombudsman",
            ])
            .to_owned(),
        Kind::Subject => dice
            .pick(&["chemistry", "history", "physics", "geography", "music"])
            .to_owned(),
        Kind::Product => dice
            .pick(&["kettle", "car seat", "heater", "stroller", "toaster"])
            .to_owned(),
        Kind::Team => format!(
            "{} {}",
            word(dice),
            dice.pick(&["Rovers", "Athletic", "Town"])
        ),
        Kind::Work => format!("“{} {}”", dice.pick(&["The", "A"]), word(dice)),
        Kind::Date => {
            let month = dice.pick(&["January", "March", "May", "June", "October"]);
            format!("{} {month}", 1 + dice.below(28))
        }
        Kind::Amount => format!("{}.{} million", 1 + dice.below(90), 10 + dice.below(89)),
    }
}
