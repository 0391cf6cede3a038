//! Cases: pairs of items as newsrooms make them, and the verdict on each.

use super::tokenize::of_text;
use super::{Verdict, judge};

const TITLE: &str = "济南地铁四号线今日开通";
const TEXT: &str = "济南市今天上午举行仪式，地铁四号线正式投入使用，沿线12个街道、3400户居民首批受益，市民代表登上首班列车。\n据介绍，该项目从立项到完工历时38个月，期间先后召开了17次居民议事会，最终确定了现在的线位走向。\n为了不影响学生上课，施工方把噪音最大的工序安排在周末，并为沿街的56家商户发放了补贴，邻里关系融洽。\n按照计划，二期工程将于明年春天启动，届时覆盖范围将扩大到周边的9个乡镇，公交接驳线路同步调整。";
const OTHER: &str = "海边的风筝节吸引了来自各地的游客，孩子们在沙滩上奔跑，老人们坐在长椅上说笑。\n主办方介绍，今年的风筝以蝴蝶、蜻蜓和金鱼为主，最大的一只要十个人才能放上天。\n傍晚时分，小吃街的灯一盏接一盏地亮起来，炒蛤蜊的香味飘出很远。";

fn verdict(one: (&str, &str), other: (&str, &str), joins_same_event: bool) -> Verdict {
    let one = of_text(one.0, one.1, joins_same_event);
    let other = of_text(other.0, other.1, joins_same_event);
    let verdict = judge(&one, &other, joins_same_event);
    assert_eq!(
        verdict,
        judge(&other, &one, joins_same_event),
        "from both sides"
    );
    verdict
}

#[track_caller]
fn check(one: (&str, &str), other: (&str, &str), want: bool) {
    let got = verdict(one, other, false);
    assert_eq!(got.is_same, want, "{other:?} {got:?}");
}

#[test]
fn edits_are_copies() {
    let lines: Vec<&str> = TEXT.lines().collect();
    let half = lines[..2].join("\n");
    check((TITLE, TEXT), ("首班列车发车啦", TEXT), true);
    check((TITLE, TEXT), ("首班列车发车啦", &half), true);
    let lead =
        format!("编者按：近日，一则消息引发市民热议，记者走访了现场，为您梳理来龙去脉。\n{half}");
    check((TITLE, TEXT), (TITLE, &lead), true);
    let signed = format!("鲁网3月2日讯（记者 秦晓晓）{half}\n责编：木子");
    check((TITLE, TEXT), ("首班列车", &signed), true);
    let turned: Vec<&str> = TEXT.lines().rev().collect();
    check((TITLE, TEXT), (TITLE, &turned.join("\n")), true);
}

#[test]
fn words_replaced_all_over_are_a_copy() {
    let mut text = TEXT.to_owned();
    for (from, to) in [
        ("今天上午", "早晨"),
        ("正式投入使用", "通车"),
        ("首批受益", "先得便利"),
        ("据介绍", "据悉"),
        ("先后召开", "举办"),
        ("噪音最大的工序", "最吵的活儿"),
        ("发放了补贴", "给了补偿"),
        ("届时", "到时候"),
    ] {
        text = text.replace(from, to);
    }
    check((TITLE, TEXT), ("首班列车发车啦", &text), true);
}

#[test]
fn news_above_old_text_is_a_follow_up() {
    let background: Vec<&str> = TEXT.lines().take(2).collect();
    let follow_up = format!("{OTHER}\n{}", background.join("\n"));
    check((TITLE, TEXT), ("风筝节与地铁同日开通", &follow_up), false);
}

#[test]
fn one_heading_over_two_texts_is_a_column() {
    let preamble = "每天清晨，《民生热线》栏目与您相约。这里倾听百姓呼声，搭建沟通桥梁，欢迎读者拨打热线电话反映身边的烦心事。\n";
    let heading = "民生热线·每日回音";
    let (one, other) = (format!("{preamble}{TEXT}"), format!("{preamble}{OTHER}"));
    let got = verdict((heading, &one), (heading, &other), true);
    assert!(!got.is_same && got.is_contradiction, "{got:?}");
}

#[test]
fn other_people_are_another_notice() {
    let notice = |one: &str, other: &str| {
        format!(
            "根据有关规定，现将拟任职人员公示如下：{one}，汉族，研究生学历，中共党员，现任市政府办公室副主任，拟任县处级正职；{other}，汉族，大学学历，中共党员，现任市教育局党组成员，拟任县处级副职。对公示对象如有情况反映，请在公示期内向市委组织部反映。"
        )
    };
    let title = "市委组织部发布任前公示";
    let (one, other) = (
        notice("叶华，男", "黎桂，女"),
        notice("江顺玉，女", "陈健彬，男"),
    );
    let got = verdict((title, &one), (title, &other), false);
    assert!(got.is_contradiction, "{got:?}");
    assert_eq!(got.figures.names.apart, 2);
    check((title, &one), (title, &one), true);
}

#[test]
fn another_number_at_the_end_of_a_notice_counts() {
    let notice = |number: u32| {
        format!(
            "烟台市有关部门近日就早餐车方案向社会公开征求意见，截至目前已收到市民来信{number}封。"
        )
    };
    let long = format!("{}\n{OTHER}", notice(4682));
    check(("征求意见", &notice(91)), ("早餐车方案", &long), false);
}

#[test]
fn an_event_in_other_words_has_its_facts() {
    let told = ("济南地铁四号线开通 3400户受益", TEXT);
    let retold = (
        "济南地铁四号线通车 居民受益",
        "泉城盼了多年的地铁四号线终于来了。济南12个街道、3400户人家从此出门就能坐上车，首班车上座无虚席。",
    );
    let got = verdict(told, retold, true);
    assert!(got.is_same && got.is_retold, "{got:?}");
    assert!(!verdict(told, retold, false).is_same);
    let elsewhere = (
        retold.0,
        retold.1.replace("3400", "5100").replace("12", "15"),
    );
    let got = verdict(told, (elsewhere.0, &elsewhere.1), true);
    assert!(!got.is_same, "{got:?}");
}
