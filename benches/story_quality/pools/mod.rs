//! What made-up articles are made of. People, firms and events are invented.

mod chinese;
mod english;
mod german;
mod japanese;
mod russian;

use super::dice::Dice;

/// What a language has to say.
pub(super) struct Pool {
    pub(super) language: &'static str,
    pub(super) places: &'static [&'static str],
    pub(super) people: &'static [&'static str],
    pub(super) things: &'static [&'static str],
    pub(super) firms: &'static [&'static str],
    /// Headline and lead, and both as another reporter writes them.
    pub(super) openings: &'static [[&'static str; 4]],
    pub(super) sentences: &'static [&'static str],
    /// What sentences that no other article has are made of.
    pub(super) words: &'static str,
}

/// Half of them are Chinese.
pub(super) const POOLS: &[&Pool] = &[
    &chinese::CHINESE,
    &english::ENGLISH,
    &chinese::CHINESE,
    &german::GERMAN,
    &chinese::CHINESE,
    &japanese::JAPANESE,
    &chinese::CHINESE,
    &russian::RUSSIAN,
];

/// The words of `language`, or English ones.
pub(super) fn pool(language: &str) -> &'static Pool {
    let own = POOLS.iter().find(|pool| pool.language == language);
    own.unwrap_or(&&english::ENGLISH)
}

const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严";
const GIVEN: &str = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建文辉力永健世广志义兴良海山仁波宁贵福生元全国胜学祥才发武新利清飞彬富顺信子";

/// A Chinese person who may or may not exist.
pub(super) fn surname_and_name(dice: &mut Dice) -> String {
    let one_of = |all: &str, dice: &mut Dice| all.chars().nth(dice.below(all.chars().count()));
    let mut name: String = one_of(SURNAMES, dice).into_iter().collect();
    name.extend(one_of(GIVEN, dice));
    if dice.is(70) {
        name.extend(one_of(GIVEN, dice));
    }
    name
}
