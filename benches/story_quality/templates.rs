//! Pages of a series: the same words with the numbers, places and names of the day.
//!
//! `{2-9}` stands for a number, `{07-33}` for one of two digits, `{晴|阴}` for one of
//! several; in `{名}` stands the name of a person.

use super::articles::Article;
use super::dice::Dice;
use super::pools::surname_and_name;

/// Language, headline, text.
const TEMPLATES: &[[&str; 3]] = &[
    [
        "zh",
        "济南天气预报",
        "济南市气象台{1-12}月{1-28}日发布天气预报：今天白天到夜间{晴|多云|阴|小雨}，{南|北|东|西北}风{2-5}级，气温{0-14}℃到{16-33}℃。明天{晴|阴|小雨}转多云，最低气温{0-11}℃，最高气温{13-32}℃。空气质量指数{30-189}，紫外线强度中等，适宜晨练，外出请注意防晒，早晚温差较大，请市民及时增减衣物。",
    ],
    [
        "zh",
        "双色球第{2018001-2018150}期开奖公告",
        "双色球第{2018001-2018150}期开奖号码：红球{01-33} {01-33} {01-33} {01-33} {01-33} {01-33}，蓝球{01-16}。本期一等奖中出{1-20}注，单注奖金{500-999}万元；二等奖中出{50-249}注，单注奖金{100000-299999}元。本期销售总额{300000000-308999999}元，奖池资金累计{700000000-789999999}元，请彩民朋友在规定期限内兑奖，兑奖有效期为自开奖之日起六十天。",
    ],
    [
        "zh",
        "沪深股市收盘综述",
        "{1-12}月{1-28}日收盘，上证指数报{2800-3399}点，涨跌幅{0-2}.{10-98}%，成交额{1500-3499}亿元；深证成指报{9000-10999}点，成交额{2000-4499}亿元；创业板指报{1600-1899}点。两市共有{20-79}只个股涨停，{1-30}只个股跌停。板块方面，银行、地产、券商表现各异，资金面总体平稳，分析人士认为短期市场仍将维持震荡格局。",
    ],
    [
        "en",
        "Weather forecast",
        "Forecast for day {1-28} of month {1-12}: dry at first with rain later, highs of {12-25} degrees and lows of {1-10} degrees. Winds of {5-24} miles per hour from the west, gusting to {26-55} on the coast. The chance of rain is {10-89} per cent. Sunset at {16-20}:{10-58}. Drivers are asked to take care on exposed roads and to allow more time for their journeys.",
    ],
    [
        "de",
        "Blitzer und Sperrungen",
        "Am {1-28}.{1-12}. wird an {2-10} Stellen im Stadtgebiet die Geschwindigkeit gemessen. Auf der A {3-52} ist zwischen Kilometer {100-189} und {200-289} ein Fahrstreifen gesperrt, Autofahrer brauchen dort {5-44} Minuten länger. Die Polizei bittet um Vorsicht. Die Bauarbeiten dauern voraussichtlich {2-29} Tage, eine Umleitung ist ausgeschildert.",
    ],
    [
        "ja",
        "今日の天気",
        "{1-12}月{1-28}日の県内は高気圧に覆われておおむね晴れる見込み。予想最高気温は{16-33}度、最低気温は{1-14}度、降水確率は午前{0-49}パーセント、午後{0-89}パーセント。波の高さは{1-4}メートル。空気が乾燥するため火の取り扱いに注意が必要だ。",
    ],
    [
        "zh",
        "今日蔬菜价格",
        "据农产品批发市场监测，{1-12}月{1-28}日全市蔬菜平均批发价每公斤{2-6}.{10-98}元。其中大白菜{0-2}.{10-98}元，黄瓜{2-7}.{10-98}元，西红柿{2-7}.{10-98}元，土豆{1-4}.{10-98}元，上市总量{3000-6999}吨。业内人士预计，随着气温变化和外地菜源补充，后期菜价将以稳为主，市民可放心采购。",
    ],
    [
        "zh",
        "油价调整：92号汽油每吨调整{50-349}元",
        "国家发展改革委消息，{1-12}月{1-28}日24时起国内汽、柴油价格每吨分别调整{50-349}元和{50-339}元。折合升价，92号汽油每升{6-8}.{10-98}元，95号汽油每升{6-8}.{10-98}元，0号柴油每升{5-7}.{10-98}元。本次调价后，一辆油箱容量为50升的家用轿车加满一箱油将多花约{2-21}元。下一轮调价窗口将在十个工作日后开启。",
    ],
    [
        "zh",
        "{新疆|四川|云南|西藏|青海|甘肃}发生{3-5}.{1-9}级地震",
        "中国地震台网正式测定：{1-12}月{1-28}日{1-23}时{10-58}分在{新疆阿克苏地区库车市|四川甘孜州泸定县|云南大理州漾濞县|西藏那曲市尼玛县|青海果洛州玛多县|甘肃酒泉市肃北县}（北纬{28-42}.{10-98}度，东经{80-104}.{10-98}度）发生{3-5}.{1-9}级地震，震源深度{8-20}千米。",
    ],
    [
        "zh",
        "市委组织部发布任前公示",
        "根据《党政领导干部选拔任用工作条例》有关规定，现将拟任职人员公示如下：{名}，{男|女}，汉族，研究生学历，中共党员，现任市政府办公室副主任，拟任县处级正职；{名}，{男|女}，汉族，大学学历，中共党员，现任市教育局党组成员，拟任县处级副职。对公示对象如有情况反映，请在公示期内向市委组织部反映。",
    ],
    [
        "zh",
        "{名}任副市长",
        "市人大常委会今天上午举行会议，经表决，决定任命{名}为副市长。会议由市人大常委会主任{名}主持，新任命人员进行了宪法宣誓，市人大常委会领导同志颁发任命书并向新任命人员表示祝贺。",
    ],
    [
        "zh",
        "{海岳|泉源|金穗|蓝湾|东岳|和润}股份：前三季度净利润{2-8}.{10-98}亿元",
        "{海岳|泉源|金穗|蓝湾|东岳|和润}股份（{600100-603999}）晚间披露三季报，公司前三季度实现营业收入{12-98}.{10-98}亿元，同比增长{1-40}.{1-9}%；归属于上市公司股东的净利润{2-8}.{10-98}亿元，同比增长{1-40}.{1-9}%，基本每股收益0.{10-98}元。",
    ],
    [
        "en",
        "Police log",
        "Officers were called to {Mill Lane|Station Road|Park Street|Kings Avenue|Church Hill} at {1-11}.{10-58}pm on Friday after reports of a disturbance. A man aged {18-70} was arrested on suspicion of criminal damage and has been released on bail. Anyone with information is asked to call the force quoting reference {1000-9999}, or to speak to an officer at the front desk of the station.",
    ],
    [
        "en",
        "Lottery results: the winning numbers",
        "The winning numbers in tonight's draw are {1-59}, {1-59}, {1-59}, {1-59}, {1-59} and {1-59}, and the bonus ball is {1-59}. The jackpot was {2-20}.{1-9} million pounds. {1-9} players matched five numbers and the bonus ball to win {10000-99999} pounds each. Players have until 180 days after the draw to claim their prizes.",
    ],
    [
        "ru",
        "Погода на завтра",
        "По данным гидрометцентра, {1-28} числа в городе ожидается переменная облачность, температура воздуха днем {5-25} градусов, ночью {1-12} градусов, ветер {северный|южный|западный|восточный} {2-12} метров в секунду. Атмосферное давление {735-765} миллиметров ртутного столба, влажность {40-95} процентов. Водителей просят соблюдать осторожность на дорогах.",
    ],
    [
        "ru",
        "Курс валют",
        "Центральный банк установил официальные курсы на {1-28} число: доллар стоит {60-98} рублей {10-98} копеек, евро {65-105} рублей {10-98} копеек, юань {8-13} рублей {10-98} копеек. Аналитики отмечают, что колебания остаются умеренными, а объем торгов составил {1000-9000} миллионов рублей. Следующее обновление ожидается завтра.",
    ],
];

/// Two numbers of a series.
pub(super) fn pair(nth: u64, dice: &mut Dice) -> [Article; 2] {
    let [language, title, text] = TEMPLATES[(nth % TEMPLATES.len() as u64) as usize];
    std::array::from_fn(|_| {
        // What the headline names is what the text names.
        let line = fill(&format!("{title}\n{text}"), dice);
        let (title, text) = line.split_once('\n').expect("it was just put in");
        Article {
            language,
            title: title.to_owned(),
            paragraphs: vec![text.to_owned()],
            retold: None,
        }
    })
}

/// Fills a template; the same choice is made alike everywhere in it.
fn fill(template: &str, dice: &mut Dice) -> String {
    let mut chosen: Vec<(&str, String)> = Vec::new();
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, from)) = rest.split_once('{') {
        let (slot, after) = from.split_once('}').expect("a slot is closed");
        filled.push_str(before);
        let known = chosen
            .iter()
            .find(|(known, _)| *known == slot && slot != "名");
        let is_shared = template.split('\n').all(|line| line.contains(slot));
        let value = match known {
            Some((_, value)) if is_shared => value.clone(),
            _ => value(slot, dice),
        };
        filled.push_str(&value);
        chosen.push((slot, value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn value(slot: &str, dice: &mut Dice) -> String {
    if slot == "名" {
        return surname_and_name(dice);
    }
    let words: Vec<&str> = slot.split('|').collect();
    if words.len() > 1 {
        return dice.pick(&words).to_owned();
    }
    let (from, to) = slot.split_once('-').expect("a span");
    let span: (usize, usize) = (
        from.parse().expect("a number"),
        to.parse().expect("a number"),
    );
    let number = span.0 + dice.below(span.1 - span.0 + 1);
    let width = if from.starts_with('0') { from.len() } else { 1 };
    format!("{number:0width$}")
}
