//! Texts of the made-up papers.
//!
//! Every text is a function of a number, so that a paper prints the same article whenever it
//! is asked. Towns, people and events are invented.

/// Text of an article, and its by-matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Story {
    /// Headline.
    pub(super) title: String,
    /// Text, a paragraph each.
    pub(super) paragraphs: Vec<String>,
    /// Author's name.
    pub(super) author: &'static str,
    /// Origin (来源): the paper, or the wire.
    pub(super) origin: String,
    /// Caption of its picture, with the photographer; no picture if absent.
    pub(super) caption: Option<String>,
}

const WIRE_NAME: &str = "海岳社";

const AUTHORS: &[&str] = &["苏晚晴", "陆一鸣", "何知远", "江听雨", "方以南", "沈砚秋"];

const PLACES: &[&str] = &[
    "东湖",
    "老码头",
    "青石街",
    "南桥",
    "望月山",
    "柳营",
    "新渡口",
    "白塔",
    "锦屏里",
    "听松路",
];

/// Local stories: headline, three paragraphs, caption; `{town}` `{place}` `{n}` `{day}` are
/// filled in.
const LOCAL: &[[&str; 5]] = &[
    [
        "{town}{place}社区食堂开张 {n}道家常菜端上桌",
        "上午十一点，{place}社区食堂的玻璃门刚推开，队伍已经排到了巷口。今天是试营业的第{day}天，{n}道家常菜全部明码标价，最便宜的一道青菜只要三元。",
        "食堂由街道提供场地、居民推选监督员，每月公布一次账目。“菜价不能涨，味道不能减。”七十三岁的居民代表葛桂兰说，她每天都来尝一遍。",
        "街道办事处介绍，食堂还为行动不便的老人送餐，眼下有{n}户登记。下一步，{place}周边的三个社区也将照此办理。",
        "居民在{place}社区食堂选菜。(陆一鸣 摄)",
    ],
    [
        "{town}{place}至火车站公交专线开通 全程{n}分钟",
        "从{place}到{town}火车站，今后不必再换乘。{town}公交集团今天开通专线，全程设站{day}处，高峰期每{n}分钟一班。",
        "线路走向征求过两轮意见。最初的方案绕行较远，收到市民来信三百多封后改为现在的走法，少走两公里多。",
        "公交集团说，首末班车与早晚列车衔接，如果列车晚点，末班车将等候最后一批旅客。",
        "专线首班车驶出{place}站。(何知远 摄)",
    ],
    [
        "{town}老图书馆修缮完毕 {n}万册旧书重新上架",
        "闭馆一年零{day}个月后，{place}旁的{town}老图书馆重新开门。青砖墙上留着修补的痕迹，木楼梯踩上去仍然吱呀作响，这是设计师特意保留的声音。",
        "{n}万册旧书在闭馆期间逐册清点、除尘、编目，其中两千余册地方志第一次向普通读者开放。",
        "馆长沈砚秋说，图书馆每晚开到九点，一楼的长桌不设预约，“谁来都有一盏灯”。",
        "读者在修缮后的阅览室里查阅旧报。(江听雨 摄)",
    ],
    [
        "{town}{place}湿地记录到{n}种候鸟 今年首次见到白鹳",
        "志愿者清晨五点出发，在{place}湿地数了整整一个上午。今年秋天他们记录到候鸟{n}种，比去年多{day}种，其中一对白鹳是十一年来头一回。",
        "{town}林业站把三处鱼塘退还给湿地，又在水边留出两百米的静区，车辆和风筝都不得入内。",
        "“鸟比人先知道水好不好。”观鸟协会的方以南把望远镜递给身后的小学生，这句话他每年都要说上几遍。",
        "候鸟掠过{place}湿地。(苏晚晴 摄)",
    ],
    [
        "{town}夜校新学期报名 {n}门课程当天满员",
        "晚上七点，{place}小学的教室又亮起灯来。{town}夜校新学期开设{n}门课，从木工、扎染到手机修图，开放报名当天全部满员。",
        "学员大多是下班赶来的年轻人。一名快递员报了声乐课，他说白天喊了一天楼号，晚上想好好唱一首歌。",
        "主办方表示，等候名单上还有{day}百多人，将在周末增开班次，学费不变。",
        "夜校学员在{place}小学上木工课。(方以南 摄)",
    ],
    [
        "{town}{place}旧厂房变身面包工坊 街坊闻香而来",
        "停产{n}年的{place}纺织厂，如今飘出的是麦香。三名返乡青年租下一间车间，用{town}本地小麦做面包，每天出炉{day}百个，卖完为止。",
        "车间里的老式行车没有拆，吊钩上挂着菜单。当年的挡车工许阿姨如今在这里揉面，她说手上的力气没白练。",
        "园区管理方说，厂房结构经过加固和检测，余下的四间车间正在招租，优先留给手工作坊。",
        "老车间里的面包工坊。(陆一鸣 摄)",
    ],
    [
        "{town}供水管网改造过半 {place}片区今起夜间停水",
        "{town}水务公司今天通报，老城区供水管网改造已完成{n}公里，超过计划的一半。{place}片区自今晚十一时至次日五时停水，连续{day}天。",
        "停水期间，两辆送水车停在{place}路口，行动不便的住户可以打电话叫人送水上门。",
        "改造完成后，老城区漏损率预计从两成降到一成以下，六层以上住户不必再用增压泵。",
        "工人在{place}更换供水管道。(何知远 摄)",
    ],
    [
        "{town}中学生造出浮标 每{n}分钟报一次水温",
        "一只橙色浮标昨天下水，漂在{place}外的河湾里。它是{town}三中兴趣小组的作品，每{n}分钟把水温和浊度发到校园网上，谁都可以查看。",
        "外壳用回收的塑料桶改成，电路板由学生自己焊接，前{day}个版本都进了水。“第{day}次打开盖子的时候，我们笑了很久。”队长周小满说。",
        "环保站愿意把浮标的数据与自己的监测站比对，如果一个月里误差够小，就在下游再放两只。",
        "学生把浮标放进河湾。(江听雨 摄)",
    ],
];

/// Wire stories: headline, three paragraphs, caption; `{n}` and `{wire}` filled in.
const WIRE: &[[&str; 5]] = &[
    [
        "海岳沿海铁路第{n}标段贯通 全线明年春天通车",
        "{wire}电 随着最后一段钢轨落下，海岳沿海铁路第{n}标段今天贯通。至此全线二十一座隧道、四十三座桥梁全部完工，进入联调联试阶段。",
        "铁路自望潮向北经松岭至云洲，全长三百一十二公里，设站十四座。通车以后，望潮到云洲由四个半小时缩短为一小时二十分。",
        "建设方说，沿线为候鸟迁徙留出三处不设照明的路段，列车夜间通过时将关闭侧灯。",
        "最后一段钢轨铺设到位。(沈砚秋 摄)",
    ],
    [
        "两省签署第{n}份跨界河流协议 上下游共管一条江",
        "{wire}电 海岳、北原两省今天签署第{n}份跨界河流协议，约定共同管护白芦江。上游每改善一类水质，下游按约付给补偿。",
        "协议把江水分为十一个断面，由两省轮流取样，结果当天公布。任何一方三次未报，视为水质不达标。",
        "江上三百多名渔民转为护江员，他们的第一项工作，是把废弃的渔网从江底捞上来。",
        "护江员在白芦江上打捞废弃渔网。(方以南 摄)",
    ],
    [
        "气象台发布第{n}号大风预报 沿海渡轮今夜停航",
        "{wire}电 气象台今天傍晚发布第{n}号大风预报，预计今夜到明天上午，海岳沿海有八级阵风。望潮至各岛的渡轮自二十时起停航。",
        "交通部门安排两处候船厅整夜开放，提供热水和毛毯；已购票旅客可以免费改签，也可以退票。",
        "气象台提醒，北原中部同时降温八到十摄氏度，设施蔬菜注意防冻。",
        "渡轮停靠在望潮港内避风。(苏晚晴 摄)",
    ],
];

/// Writes article number `serial` of the paper with this `number`, in `town`. Topics and
/// places turn at different speeds, so that none meets its place again soon.
pub(super) fn local(serial: i64, number: i64, town: &str, paper: &str) -> Story {
    let n = serial * 7 + number;
    let turn = usize::try_from(serial + number * 3).unwrap_or(0);
    let [title, a, b, c, caption] = LOCAL[turn % LOCAL.len()];
    let place = PLACES[(turn / LOCAL.len() + turn) % PLACES.len()];
    let number = (index(n, 0xc2b2) % 37 + 12).to_string();
    let day = (index(n, 0x27d4) % 6 + 2).to_string();
    let fill = |text: &str| {
        text.replace("{town}", town)
            .replace("{place}", place)
            .replace("{n}", &number)
            .replace("{day}", &day)
    };
    Story {
        title: fill(title),
        paragraphs: [a, b, c].into_iter().map(fill).collect(),
        author: AUTHORS[index(n, 0x1656) % AUTHORS.len()],
        origin: paper.to_owned(),
        caption: Some(fill(caption)),
    }
}

/// Writes story number `n` of the wire, edited a little by the paper that carries it:
/// punctuation in the headline, a line of its own, a shorter end.
pub(super) fn wire(n: i64, paper: &str) -> Story {
    let [title, a, b, c, caption] = WIRE[usize::try_from(n).unwrap_or(0) % WIRE.len()];
    let number = (n + 3).to_string();
    let fill = |text: &str| text.replace("{n}", &number).replace("{wire}", WIRE_NAME);
    let mut story = Story {
        title: fill(title),
        paragraphs: [a, b, c].into_iter().map(fill).collect(),
        author: AUTHORS[index(n, 0x1656) % AUTHORS.len()],
        origin: WIRE_NAME.to_owned(),
        caption: Some(fill(caption)),
    };
    match paper.chars().count() % 3 {
        0 => {}
        1 => {
            story.title = story.title.replace(' ', "，");
            story.paragraphs.push(format!("（{paper}编辑 整理）"));
        }
        _ => {
            story.paragraphs.pop();
        }
    }
    story
}

/// Computes a number of 24 bits that looks drawn by chance, the same for the same `n`.
fn index(n: i64, salt: u64) -> usize {
    let mixed = n
        .unsigned_abs()
        .wrapping_add(salt)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 40).unwrap_or(0)
}
