//! Pages of a series that differ in one thing: the same frame with another place,
//! firm, person, subject or date in the same slot, in the headline and in the text.
//!
//! `{Community}` stands for a name of that kind, the same wherever it stands;
//! `{Community2}` for a second one.

use super::articles::Article;
use super::dice::Dice;
use super::names::{KINDS, Kind, name};

/// Language, headline, text.
const FRAMES: &[[&str; 3]] = &[
    [
        "zh",
        "{Community}{Date}停水通知",
        "因供水管网改造施工，{Street}沿线的{Community}定于{Date}8时至18时停水。请{Community}居民提前做好储水准备，关闭用水阀门，恢复供水后先放水数分钟再使用。给您带来的不便，敬请谅解。供水服务热线24小时开通。",
    ],
    [
        "zh",
        "{Town}{Date}计划停电公告",
        "为保障迎峰度冬期间电网安全，供电公司计划于{Date}6时30分至17时对{Town}部分线路进行检修，届时{Town}{Community}、{Street}一带将短时停电。请广大用户提前安排好生产生活，检修工作可能提前结束，请勿擅自在线路上作业。",
    ],
    [
        "zh",
        "{School}招生简章发布",
        "{School}今年面向全市招收新生8个班，每班不超过45人，实行网上报名，家长需携带户口簿、房产证、预防接种证到校审核。{School}开设足球、书法、机器人等社团课程，实行课后延时服务。录取结果将在学校公告栏张榜公布。",
    ],
    [
        "zh",
        "{Company}被列为被执行人",
        "中国执行信息公开网显示，近日，{Company}有限公司新增一则被执行人信息，执行标的{Amount}，执行法院为市中级人民法院。资料显示，{Company}成立于2009年，注册资本5000万元，经营范围包括货物进出口、技术服务等，此前曾多次被法院限制消费。",
    ],
    [
        "zh",
        "{Company}定于{Date}披露三季报",
        "{Company}今日发布公告称，公司定于{Date}披露2026年第三季度报告，并将于当日15时举行业绩说明会，投资者可登录上证路演中心参与。{Company}提醒广大投资者注意投资风险，公司所有信息以指定媒体披露的公告为准。",
    ],
    [
        "zh",
        "{Person}任{Office}",
        "市人大常委会今天上午举行第三十六次会议，会议经过表决，决定任命{Person}为{Office}。会议举行了宪法宣誓仪式，{Person}进行了宪法宣誓，并作供职发言，表示将恪尽职守、廉洁自律，自觉接受人大及社会各界的监督。",
    ],
    [
        "zh",
        "{Town}一模{Subject}试题评析：稳中求新 注重素养",
        "今年{Town}一模{Subject}试题坚持立德树人，突出对关键能力和学科素养的考查。省教科院专家认为，{Subject}试卷结构保持稳定，难度与往年基本持平，试题情境取材广泛、贴近生活，引导教学回归课堂、减少机械刷题，有利于高校选拔人才。",
    ],
    [
        "zh",
        "{Company}召回部分{Product}",
        "国家市场监督管理总局消息，{Company}有限公司按照有关规定备案了召回计划，自即日起召回部分{Product}，涉及数量为3216台。本次召回范围内的{Product}由于电源线绝缘层材料不合格，存在触电风险。{Company}将为消费者免费更换，消费者可拨打客服热线咨询。",
    ],
    [
        "zh",
        "{Team}主场三比一取胜",
        "昨晚，全国联赛第十二轮结束了一场较量，{Team}坐镇主场以三比一战胜对手，取得三连胜。首局双方打得十分胶着，{Team}在关键分的处理上更胜一筹，随后连下两局锁定胜局。赛后主教练表示，球队的一传和防守都有进步，接下来会全力备战客场比赛。",
    ],
    [
        "zh",
        "{Work}定档{Date} 主演阵容公布",
        "古装剧{Work}今日官宣定档，将于{Date}在卫视黄金档播出。该剧由{Person}领衔主演，讲述了少年历经磨难、终成一代名将的故事。{Work}历时七个月拍摄完成，剧组辗转三地取景，服化道均由资深团队打造，预告片一经发布便引发热议。",
    ],
    [
        "zh",
        "{Town}图书馆今日开馆",
        "{Town}图书馆今天正式开馆迎客，馆内藏书6万余册，设有少儿阅览区、自习室和报告厅，阅览座席320个。{Town}有关负责人介绍，图书馆实行全年免费开放，市民凭身份证即可办理借阅，馆内还将定期举办读书会、亲子绘本等活动，丰富群众的文化生活。",
    ],
    [
        "zh",
        "{Street}一居民楼起火 消防紧急扑救",
        "昨晚10时许，{Street}一栋居民楼的三楼住户家中起火，现场浓烟滚滚。接警后，消防救援站立即出动4辆消防车、21名消防员赶赴现场，经过半个小时的扑救，明火被扑灭，未造成人员伤亡。据{Street}居民介绍，起火的是一户老人家里，起火原因正在调查中。",
    ],
    [
        "zh",
        "公交{Date}起优化调整 新增{Street}站",
        "记者从公交集团获悉，为方便市民出行，自{Date}起对部分线路优化调整，途经{Street}的线路增设站点，首末班时间不变。届时{Street}站将配备电子站牌，实时显示到站信息，请市民留意站点公告，合理安排出行时间，乘车时注意安全。",
    ],
    [
        "zh",
        "{Town}{Community}食堂开业 老人就餐有补贴",
        "今天中午，{Town}{Community}食堂正式开业，十五道热菜整齐摆放，吸引了不少老人前来就餐。{Community}党委书记介绍，食堂面积260平方米，可同时容纳80人用餐，60岁以上老人就餐享受八折优惠，行动不便的老人还可以预约送餐上门。",
    ],
    [
        "zh",
        "{School}教学楼工程中标结果公示",
        "{School}教学楼及附属工程施工项目经过公开招标，评标工作已经结束，现将中标结果公示如下：中标人为{Company}建设有限公司，中标金额{Amount}，工期420日历天。公示期三日，投标人对{School}项目的中标结果有异议的，可在公示期内以书面形式提出。",
    ],
    [
        "en",
        "{Street} to close for three weeks",
        "{Street} will be closed to traffic for three weeks while engineers replace a water main, the council has said. Diversions will be signposted and buses will stop at temporary shelters. Residents of {Street} will be able to reach their homes on foot at all times, and businesses will remain open during the works, which are expected to finish before the end of the month.",
    ],
    [
        "en",
        "{School} names {Person} as head teacher",
        "{School} has appointed {Person} as its new head teacher from the start of next term. Governors said they had been impressed by a strong field of candidates. {Person} said it was a privilege to be asked to lead {School} and promised to listen to pupils, parents and staff before deciding on any changes to the timetable or the uniform.",
    ],
    [
        "en",
        "{Company} reports half-year profit of {Amount}",
        "{Company} has reported a pre-tax profit of {Amount} for the six months to the end of June, in line with what analysts had expected. The board of {Company} will pay an interim dividend of four pence a share. The group said that trading since the end of the period had been encouraging but warned that energy and wage costs were likely to rise further in the second half.",
    ],
    [
        "en",
        "{Team} win at home to go third",
        "{Team} moved up to third place after a hard-fought win in front of their own supporters on Saturday. The visitors took an early lead from the penalty spot but {Team} replied before the break and scored twice in the last twenty minutes. The manager praised the patience of his players and said that the race for promotion would go on until the final day.",
    ],
    [
        "zh",
        "{Town}警方通报：一男子酒后滋事被行拘",
        "{Date}，{Town}公安局发布警情通报：当日凌晨，一男子酒后在路边拦截过往车辆，辱骂劝阻群众。接警后民警迅速到场处置，将其带回审查。经查，该男子对违法事实供认不讳，目前已被{Town}公安局依法行政拘留。警方提醒广大市民饮酒要适度，自觉遵守法律法规。",
    ],
    [
        "zh",
        "{Person}同志逝世",
        "中国共产党的优秀党员、原市水利局离休干部{Person}同志，因病医治无效，于{Date}在市中心医院逝世，享年91岁。{Person}同志参加工作六十余年，先后在多个岗位任职，工作勤恳，作风朴实，深受干部群众敬重。遵照其生前遗愿，丧事一切从简。",
    ],
    [
        "zh",
        "{Team}{Date}再战同一对手 主场收获平局",
        "{Date}晚，{Team}在主场与老对手握手言和。上半场双方互有攻守，都没有取得进球；下半场{Team}率先打破僵局，但在补时阶段被扳平。主教练赛后表示，队员们执行了{Date}赛前的部署，只是运气稍欠，希望球迷继续支持球队。",
    ],
    [
        "zh",
        "{Date}早高峰路况：{Street}车多缓行",
        "交管部门消息，{Date}早高峰期间，{Street}由南向北方向车流量较大，通行缓慢，高架北段有一起追尾事故占用左侧车道，已由民警到场处理。请途经{Street}的驾驶人按交通标志绕行，注意保持车距，遇到拥堵请耐心等候。",
    ],
    [
        "en",
        "Tributes paid to {Person}",
        "Family and friends have paid tribute to {Person}, who died at home after a short illness. {Person} taught at the village school for more than thirty years and played the organ in church every Sunday. A service will be held on {Date}, with family flowers only, and donations to the hospice are welcome.",
    ],
    [
        "en",
        "Police appeal after break-in on {Street}",
        "Detectives are appealing for witnesses after a break-in at a house on {Street} in the early hours. Jewellery and a laptop were taken while the owners were asleep upstairs. Officers would like to hear from anybody who was driving along {Street} at the time and may have footage from a dashboard camera.",
    ],
    [
        "de",
        "Polizeibericht {Town}: Einbruch in Gartenlaube",
        "In der Nacht drangen Unbekannte in eine Gartenlaube in {Town} ein und entwendeten Werkzeug und einen Rasenmäher. Der Schaden wird auf mehrere hundert Euro geschätzt. Zeugen, die verdächtige Personen in {Town} gesehen haben, werden gebeten, sich bei der Polizei unter der bekannten Nummer zu melden.",
    ],
    [
        "de",
        "{Street} wird drei Wochen gesperrt",
        "Wegen Arbeiten an der Wasserleitung wird die {Street} ab Montag für drei Wochen gesperrt. Eine Umleitung ist ausgeschildert, Busse halten an Ersatzhaltestellen. Anlieger der {Street} können ihre Häuser zu Fuß jederzeit erreichen, die Geschäfte bleiben während der Bauarbeiten geöffnet. Die Stadt bittet um Verständnis und rechnet mit Staus im Berufsverkehr.",
    ],
];

/// A page of a series, and one that differs in `Kind` alone.
pub(super) fn pair(nth: u64, dice: &mut Dice) -> (Kind, [Article; 2]) {
    let [language, title, text] = FRAMES[(nth % FRAMES.len() as u64) as usize];
    let whole = format!("{title}\n{text}");
    let used: Vec<(Kind, &str)> = KINDS
        .iter()
        .copied()
        .map(|(kind, _)| (kind, slot(kind)))
        .filter(|(_, slot)| title.contains(slot) && whole.matches(slot).count() > 1)
        .collect();
    let (other, _) = dice.pick(&used);
    let is_spaced = language != "zh";
    let mut one = whole.clone();
    let mut two = whole.clone();
    for (kind, _) in KINDS {
        let value = name(kind, is_spaced, dice);
        let mut second = value.clone();
        while kind == other && second == value {
            second = name(kind, is_spaced, dice);
        }
        one = one.replace(slot(kind), &value);
        two = two.replace(slot(kind), &second);
    }
    (other, [one, two].map(|text| page(language, &text)))
}

/// The page as another paper prints it.
pub(super) fn copy(page: &Article, dice: &mut Dice) -> Article {
    let mut copy = page.clone();
    let (before, after) = match page.language {
        "zh" => dice.pick(&[
            ("本报讯（记者 钱一鸣）", "编辑：木子"),
            ("大众网记者 孔令一 报道：", ""),
            ("", "来源：本地宝"),
        ]),
        _ => dice.pick(&[
            ("", "Follow us for more local news."),
            ("By our reporter\n", ""),
        ]),
    };
    copy.paragraphs[0].insert_str(0, before);
    copy.paragraphs
        .extend((!after.is_empty()).then(|| after.to_owned()));
    copy
}

fn page(language: &'static str, text: &str) -> Article {
    let (title, text) = text.split_once('\n').expect("a headline and a text");
    Article {
        language,
        title: title.to_owned(),
        paragraphs: vec![text.to_owned()],
        retold: None,
    }
}

fn slot(kind: Kind) -> &'static str {
    match kind {
        Kind::Town => "{Town}",
        Kind::Community => "{Community}",
        Kind::Street => "{Street}",
        Kind::School => "{School}",
        Kind::Company => "{Company}",
        Kind::Person => "{Person}",
        Kind::Office => "{Office}",
        Kind::Subject => "{Subject}",
        Kind::Product => "{Product}",
        Kind::Team => "{Team}",
        Kind::Work => "{Work}",
        Kind::Date => "{Date}",
        Kind::Amount => "{Amount}",
    }
}
