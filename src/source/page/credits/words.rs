//! Words around names of people: roles, offices, places, and what is no name.
//!
//! Lists are one text each, words set apart by blanks, in the order in which they are tried.

/// Family names of two characters.
pub(super) const DOUBLE: &str = "\
    欧阳 上官 司马 诸葛 司徒 东方 皇甫 尉迟 公孙 慕容 令狐 夏侯 端木 南宫 呼延 \
    轩辕 长孙 宇文 独孤 歐陽 司馬 諸葛";

/// Words that stand before a name and say what its bearer did.
pub(super) const ROLES: &str = "\
    特约撰稿人 特约记者 文字记者 特约评论员 特约通讯员 职工通讯员 见习记者 实习记者 \
    首席记者 全媒体记者 融媒体记者 融媒记者 实习生 通讯员 通訊員 记者 記者 撰稿人 \
    撰稿 撰文 采写 採寫 采访 执笔 評論員 评论员 作者 文/图 图/文 文／图 图／文 \
    文图 图文 文字";

/// Words that follow a name when its bearer took the picture or edited the text, or stand
/// before such a name.
pub(super) const OTHERS: &str = "\
    责任编辑 見習編輯 审核 審核 核稿 初审 复审 终审 编审 监制 统筹 摄影记者 主编 \
    美编 设计 校對 責編 摄影 攝影 图片 圖片 摄 攝 翻摄 供图 供圖 图 圖 制图 \
    编辑 編輯 责编 校对 编译 绘 剪辑 视频";

/// Words that end a name that is not set off.
pub(super) const ENDS: &str = "\
    报道 報導 報道 综合 整理 发自 即時 实习 摄 攝 通讯员 记者 記者 编辑 文 图 \
    供稿 北京 上海 广州 深圳 济南 中国 台北 从 在 近日 今日 今天 昨日 昨天";

/// Family names of Japan, the usual ones of two characters and more.
pub(super) const JAPANESE: &str = "\
    佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 \
    松本 井上 木村 斎藤 清水 山崎 池田 橋本 阿部 石川 山下 中島 石井 小川 前田 \
    岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 斉藤 福田 太田 西村 藤井 \
    岡本 金子 藤原 三浦 中野 中川 原田 松田 竹内 小野 田村 中山 和田 石田 上田 \
    森田 小島";

/// Verbs for what was done in a place that is named before them.
pub(super) const DONE: &str = "\
    报道 报导 報導 報道 综合 綜合 整理 整合 连线 連線 专访 專訪 电 電 讯 訊 \
    编译 編譯 摄 攝";

/// Words that look like names and are none.
pub(super) const WORDS: &str = "\
    网络 网易 互联网 审核 審核 校對 责编 終審 供稿 来稿 单位 办公室 宣传部 报道 \
    报导 報導 報道 整理 整合 彙整 汇总 编译 編譯 连线 連線 专访 專訪 发自 台北 \
    台中 台南 高雄 新北 桃園 编辑 編輯 綜合 综合 来源 时间 责任编辑 编辑部 佚名 \
    未知 匿名 管理员 网友 本站 原创 转载 官方 记者 作者 获悉 了解到 从 在 摄影 \
    校对 发布 关注 分享 评论 收藏 点击 浏览 阅读 字号 投稿 申请 文章 全文 展开 \
    更多 其他 小编 新闻 见习 实习 北京 上海 济南 广州";

/// Beginnings of words that say what somebody is: the name ends before them.
pub(super) const TITLES: &str = "\
    reporter correspond editor writer journalis columnist producer senior chief staff \
    contribut freelance special deputy managing assistant associate political redakteur \
    redaktor korrespondent envoyé envoyée corresponsal redactor redattor periodista \
    corrispondente inviato giornalist корреспондент журналист обозреватель спецкор \
    photograph photo foto bild analyst director manager professor published updated posted \
    min read volontär gast muhabir ph.d m.d m.a";

/// Words before a by-word: what was done, and what was written.
pub(super) const WRITTEN: &str = "\
    written posted published reported created submitted added words story text column \
    opinion commentary review analysis essay interview guest erstellt geschrieben \
    veröffentlicht verfasst eingestellt gastbeitrag gastkommentar kommentar analyse kolumne \
    rezension bericht beitrag artikel leitartikel reportage glosse publié écrit rédigé \
    proposé texte article escrito publicado texto scritto pubblicato cura articolo \
    geschreven geplaatst tekst skrevet skriven postet entry post";

/// Words between two names.
pub(super) const JOINTS: &str = "\
    and und et y e og och en i и та ja és ve și και & with";

/// Words within a name that are written small.
pub(super) const PARTICLES: &str = "\
    von van vom zu zur zum de der den del della dello des di da do dos das du la le los las \
    bin bint ibn al el ten ter af av abu ul y e";

/// Beginnings of words in the names of those who are no person: papers, agencies, offices.
pub(super) const BODIES: &str = "\
    news paper zeitung times post press presse prensa daily herald tribune gazette journal \
    magazin media editorial team desk redaktion rédaction redazione redacción redação \
    redactie redakcja редакция agenc agentur tv radio online reuters afp dpa ansa apa efe \
    bbc cnn tass тасс риа associated verlag institut universit inc ltd gmbh company group \
    foundation association verein committee council ministry service network blog article \
    categor tests shop office department club center centre website policy home menu contact \
    kontakt street page world local national international sport sports politics business \
    culture opinion today monday tuesday wednesday thursday friday saturday sunday montag \
    dienstag mittwoch donnerstag freitag samstag sonntag january february march april may \
    june july august september october november december januar februar märz mai juni juli \
    oktober dezember the all our more";

/// Short months, which dates beside a name begin with.
pub(super) const MONTHS: &str = "\
    Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Okt Dez Mär Fév Avr Ene Abr Ago Dic янв \
    фев мар апр";

/// Names of nobody, and words of buttons beside a name.
pub(super) const NOBODY: &str = "\
    admin | administrator | webmaster | root | user | guest | anonymous | unknown | author | \
    authors | autor | auteur | gast | by | von | follow | share | comments | posts | none | \
    null | n/a | editor | superuser | about the author | view all posts | read more | on | \
    in | at | am | um | and | und | posted | written | staff writer | автор | manager | \
    default | content | subscribe | undefined";

/// Whether a word is in a list of words.
pub(super) fn is_in(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// Whether a word begins as one of a list does.
pub(super) fn begins(list: &str, word: &str) -> bool {
    let lower = word.to_lowercase();
    list.split_whitespace()
        .any(|known| lower.starts_with(known))
}
