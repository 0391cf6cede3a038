//! What made-up articles are made of. People, firms and events are invented.

/// What a language has to say.
pub(super) struct Pool {
    pub(super) language: &'static str,
    pub(super) places: &'static [&'static str],
    pub(super) people: &'static [&'static str],
    pub(super) things: &'static [&'static str],
    pub(super) firms: &'static [&'static str],
    /// Headline and lead.
    pub(super) openings: &'static [[&'static str; 2]],
    pub(super) sentences: &'static [&'static str],
    /// What sentences that no other article has are made of.
    pub(super) words: &'static str,
}

pub(super) static CHINESE: Pool = Pool {
    language: "zh",
    places: &[
        "济南", "青岛", "章丘", "烟台", "潍坊", "临沂", "郑州", "洛阳", "开封", "合肥", "南京",
        "苏州", "徐州", "杭州", "宁波", "温州", "武汉", "宜昌", "成都", "绵阳",
    ],
    people: &[
        "王立新",
        "李晓东",
        "张素芬",
        "刘桂兰",
        "陈建军",
        "赵明远",
        "孙雅琴",
        "周志强",
        "吴海燕",
        "郑国栋",
        "冯春梅",
        "许文博",
    ],
    things: &[
        "地铁四号线",
        "老旧小区加装电梯",
        "夜间公交",
        "社区食堂",
        "污水处理厂",
        "人才公寓",
        "跨河大桥",
        "农产品批发市场",
        "中学新校区",
        "智慧停车",
        "湿地公园",
        "儿童医院",
        "冬季供暖",
        "共享单车停放区",
        "早餐车",
        "非遗博物馆",
    ],
    firms: &[
        "海岳集团",
        "泉源重工",
        "金穗农业",
        "蓝湾科技",
        "鲁能电气",
        "东岳建设",
        "和润物流",
        "瑞康药业",
    ],
    openings: &[
        [
            "{p}{t}今起投用 {n}个街道受益",
            "{p}市今天上午举行仪式，{t}项目正式投入使用，沿线{n}个街道、{m}户居民首批受益。",
        ],
        [
            "投资{n}亿元 {p}{t}项目开工",
            "总投资{n}亿元的{t}项目昨天在{p}破土动工，由{f}承建，预计工期{n}个月。",
        ],
        [
            "{p}就{t}公开征求意见",
            "{p}市有关部门近日就{t}方案向社会公开征求意见，截至目前已收到市民来信{m}封。",
        ],
        [
            "{s}：让{t}走进寻常百姓家",
            "在{p}从业二十多年的{s}没有想到，{t}会成为自己后半生的事业，更没想到会有{m}人跟着他一起干。",
        ],
        [
            "{p}通报{t}工程延期原因",
            "针对市民反映的{t}工程延期一事，{p}市相关负责人昨天作出回应，称主要受管线迁改影响，工期顺延{n}天。",
        ],
        [
            "{f}与{p}签约 共建{t}",
            "{f}与{p}市政府签署战略合作协议，双方将在未来{n}年内共建{t}，并设立总额{m}万元的专项资金。",
        ],
    ],
    sentences: &[
        "据介绍，该项目从立项到完工历时{n}个月，期间先后召开了{n}次居民议事会。",
        "“以前出门要绕行三公里，现在下楼就到了。”居民{s}站在新修的路口，指着远处的站牌说。",
        "{f}项目经理{s}表示，施工高峰期每天有{m}名工人同时作业，夜里也灯火通明。",
        "为了不影响学生上课，施工方把噪音最大的工序安排在周末，并为沿街的{n}家商户发放了补贴。",
        "记者在现场看到，崭新的指示牌已经安装完毕，工作人员正在做最后的清洁。",
        "市民关心的票价问题也有了答案：起步价维持不变，六十五岁以上老人凭证免费。",
        "专家{s}认为，这类工程的难点不在建设而在维护，后续的管养机制必须跟上。",
        "按照计划，二期工程将于明年春天启动，届时覆盖范围将扩大到周边的{n}个乡镇。",
        "今年以来，类似的民生实事在全市已经办结{n}件，群众满意率稳步提高。",
        "附近的小吃店老板{s}算了一笔账：客流多了三成，每月能多挣{m}元。",
        "环保部门对周边{n}个点位进行了连续监测，各项指标均优于国家标准。",
        "该负责人强调，所有资金使用情况都将在网上公示，接受社会监督。",
        "早上六点，第一批乘客已经排起了长队，有人特意带着相机来记录这一刻。",
        "由于地下水位高，设计团队三易其稿，最终采用了自主研发的防渗结构。",
        "不少家长担心安全问题，学校为此增派了{n}名保安，并调整了放学时间。",
        "从外地赶来的参观者{s}说，没想到这座城市的变化这么大。",
        "有网友建议增设无障碍通道，主管部门回应称已列入年内改造清单。",
        "项目还为当地提供了{m}个就业岗位，其中近一半留给了返乡青年。",
        "去年冬天的一场寒潮曾让工期一度停滞，党员突击队冒雪抢修了{n}个昼夜。",
        "截至发稿时，现场秩序井然，没有发生拥堵。",
        "曾参与评审的教授{s}回忆，当时争论最激烈的是选址，前后比较了{n}个方案。",
        "老街坊们自发组织起志愿队，每天轮流维护秩序、劝导停车。",
        "下一步，有关部门将根据客流变化适时调整班次，并公布监督电话。",
        "在不远处的展厅里，{m}张老照片讲述着这片街区半个世纪的变迁。",
    ],
    words: "清晨 午后 昨夜 傍晚 理发师 退休 矿工 摊主 新生 骑手 水电 合唱 果园 司机 老师 修表 悄悄 反复 逐一 连夜 主动 翻箱 细心 当场 四处 轮流 亲手 搬来 核对 \
        登记 赶制 让出 找出 擦拭 写下 打听 看护 栽下 答应 藤椅 账本 文竹 课本 新梨 站牌 涂鸦 座钟 书信 水表 锦旗 艾草 台阶 屋檐 巷口 河堤 煤炉 雨靴 风筝 \
        算盘 蜡烛 窗棂 竹篮 铁锅 棉被 灯笼 石磨 木箱 邮筒 胶卷 琴弦 墨水 钥匙 门铃 麻绳 瓦片 柴火 米缸 围裙 凉席 扁担 秋千 邻居 姑姑 木匠 会计 船工 学徒 \
        厨师 护士 邮差 裁缝 牧羊 画家 队长 师姐 外孙 表哥 店员 站长 舅舅 诗人 借走 归还 修补 丈量 收藏 描摹 数清 抬进 推开 点亮 晾干 贴满 寄出 换成 刷白 \
        捡起 铺平 缝好 挂上 藏起 破旧 滚烫 安静 潮湿 闪亮 沉重 细长 泛黄 崭新 笨拙",
};

pub(super) static ENGLISH: Pool = Pool {
    language: "en",
    places: &[
        "Bristol",
        "Leeds",
        "Cardiff",
        "Norwich",
        "Dundee",
        "Plymouth",
        "Sheffield",
        "Derby",
        "Lincoln",
        "Exeter",
    ],
    people: &[
        "Helen Marsh",
        "Tom Okafor",
        "Priya Nair",
        "George Whitlock",
        "Anna Kowalska",
        "David Pryce",
        "Ruth Ellery",
        "Samuel Boyd",
    ],
    things: &[
        "a new tram line",
        "the riverside market",
        "a flood barrier",
        "the night bus",
        "a children's hospital",
        "the old library",
        "a solar farm",
        "the swimming pool",
        "a cycle path",
        "the harbour bridge",
    ],
    firms: &[
        "Northgate Rail",
        "Harlow Foods",
        "Tideway Energy",
        "Castle Homes",
        "Brightwell Care",
        "Pennine Steel",
    ],
    openings: &[
        [
            "{p} opens {t} after {n} months of work",
            "Thousands lined the streets of {p} on Tuesday as {t} opened to the public after {n} months of work and a bill of {m} thousand pounds.",
        ],
        [
            "Council in {p} backs plans for {t}",
            "Councillors in {p} voted by {n} to 11 late on Monday to approve plans for {t}, ending a dispute that has divided neighbours for years.",
        ],
        [
            "{f} to build {t} in {p}",
            "{f} has won a contract worth {m} thousand pounds to build {t} in {p}, the company said, promising {n} apprenticeships.",
        ],
        [
            "Row over {t} in {p} goes to court",
            "Residents of {p} who have fought against {t} said they would go to court, accusing {f} of ignoring {m} letters.",
        ],
    ],
    sentences: &[
        "\"We have waited for this since I was a girl,\" said {s}, who runs a bakery around the corner.",
        "The project was delayed twice, first by a strike and then by the discovery of a Roman drain {n} feet below the road.",
        "Engineers from {f} worked through {n} nights in a row to finish before the school holidays.",
        "Critics say the money would have been better spent on buses in the villages.",
        "A spokesman for the council said that every penny would be accounted for in a public report.",
        "{s}, a lecturer in urban planning, called it the most careful consultation she had ever seen.",
        "Around {m} people are expected to use it every week, more than half of them pensioners.",
        "Traders complained that scaffolding had hidden their shop windows for most of the spring.",
        "Police closed two lanes for the ceremony and reported no incidents.",
        "The mayor thanked the volunteers, {n} of whom received a small silver badge.",
        "Work on a second phase could start next year if the ministry agrees to share the cost.",
        "Environmental campaigners counted {n} species of bird on the site and want the reed beds fenced off.",
        "It is the first scheme of its kind in the county to be paid for without borrowing.",
        "Parents at the primary school next door had asked for a crossing, and one was painted overnight.",
        "{s} remembers when trains still stopped here and farmers sold eggs on the platform.",
        "An independent audit found that {m} tonnes of rubble had been reused.",
        "Visitors came from as far as the coast, many of them with cameras.",
        "Ticket prices will stay as they are until at least the autumn.",
    ],
    words: "before dawn after rain during lunch candle miner teacher plumber organist clerk \
        beekeeper student ferryman carried repaired counted painted dug wrote borrowed box map \
        clock chair ledger gate letter pear key window kettle ladder bucket violin curtain \
        pocket shelf lantern barrel saddle blanket mirror wheel button ribbon hammer garden \
        chimney orchard meadow harbour attic cellar kitchen stable chapel quarry cousin widow \
        baker sailor painter captain nurse tailor shepherd butcher quietly twice slowly again \
        nearly always seldom gladly loudly rarely rusty narrow heavy golden broken gentle \
        crooked frozen hollow wooden lent found kept sold lost hid threw built mended folded \
        packed washed tied swept beside under across behind without against",
};

pub(super) static GERMAN: Pool = Pool {
    language: "de",
    places: &[
        "Kassel",
        "Göttingen",
        "Fulda",
        "Marburg",
        "Erfurt",
        "Paderborn",
        "Würzburg",
        "Bamberg",
        "Regensburg",
        "Oldenburg",
    ],
    people: &[
        "Jutta Brandes",
        "Klaus Ohlendorf",
        "Miriam Seidel",
        "Thomas Riedl",
        "Ayse Demir",
        "Werner Kolb",
    ],
    things: &[
        "die neue Straßenbahn",
        "das Freibad",
        "der Wochenmarkt",
        "die Fuldabrücke",
        "das Stadtarchiv",
        "der Windpark",
        "die Kinderklinik",
        "der Radweg",
    ],
    firms: &[
        "Nordhessen Bau",
        "Werra Energie",
        "Lindner Verkehr",
        "Stadtwerke Mitte",
        "Hofmann Technik",
    ],
    openings: &[
        [
            "{p}: {t} nach {n} Monaten fertig",
            "Nach {n} Monaten Bauzeit ist es so weit: In {p} wurde am Dienstag {t} eröffnet, die Kosten liegen bei {m} Tausend Euro.",
        ],
        [
            "Streit um {t} in {p}",
            "Im Streit um {t} hat das Stadtparlament von {p} am Montagabend mit {n} Stimmen für den Entwurf von {f} entschieden.",
        ],
        [
            "{f} plant {t} für {p}",
            "{f} will in {p} bauen: Bis zum Herbst soll {t} kommen, rund {m} Tausend Euro sind dafür vorgesehen.",
        ],
    ],
    sentences: &[
        "„Darauf haben wir lange gewartet“, sagte {s}, die um die Ecke eine Buchhandlung betreibt.",
        "Zweimal musste der Zeitplan geändert werden, weil unter der Straße alte Leitungen auftauchten.",
        "Nach Angaben der Stadt wurden {n} Bäume gefällt und doppelt so viele neu gepflanzt.",
        "Kritiker bemängeln, dass die Ortsteile am Rand wieder einmal leer ausgehen.",
        "Der zuständige Dezernent {s} verwies auf die Fördermittel des Landes, die sonst verfallen wären.",
        "Rund {m} Menschen pro Woche sollen künftig davon profitieren.",
        "Händler klagten über ausbleibende Kundschaft während der Sperrung.",
        "Die Polizei meldete einen ruhigen Verlauf, lediglich ein Fahrrad wurde gestohlen.",
        "Ein zweiter Abschnitt könnte im kommenden Jahr beginnen, sofern der Bund zustimmt.",
        "Ein Gutachten hatte {n} Mängel aufgelistet, die inzwischen behoben sind.",
        "Für Schulklassen gibt es bis zu den Ferien kostenlose Führungen.",
        "Die Bürgerinitiative sammelte {m} Unterschriften und will weiter mitreden.",
        "{s} erinnerte an die Zeit, als hier noch Dampfloks hielten.",
        "Die Preise bleiben nach Auskunft der Verwaltung vorerst stabil.",
        "Am Nachmittag spielte die Musikschule, am Abend gab es ein Feuerwerk.",
        "Anwohner hatten sich mehr Schatten gewünscht, nun kommen {n} Linden dazu.",
    ],
    words: "morgens abends heimlich langsam selten gerne zweimal niemals räumte zählte strich fand \
        verlor baute flickte trug holte malte schrieb suchte tauschte Imker Küsterin Lehrling \
        Wirt Schülerin Rentner Organistin Bäcker Fährmann Schäfer Korbstuhl Landkarte Gießkanne \
        Liederheft Fensterladen Laterne Kassenbuch Birnenkiste Leiter Eimer Geige Vorhang Regal \
        Fass Sattel Decke Spiegel Knopf Hammer Schornstein Wiese Dachboden Keller Stall Kapelle \
        Steinbruch rostig schmal schwer golden kaputt sanft krumm gefroren hohl hölzern neben \
        unter hinter ohne gegen alte neue kleine letzte erste halbe ganze fremde",
};

pub(super) static JAPANESE: Pool = Pool {
    language: "ja",
    places: &[
        "札幌", "仙台", "金沢", "長野", "静岡", "岡山", "広島", "高松", "熊本", "那覇",
    ],
    people: &[
        "佐藤花子",
        "鈴木一郎",
        "高橋健太",
        "田中美咲",
        "伊藤誠",
        "渡辺直樹",
    ],
    things: &[
        "新しい路面電車",
        "駅前広場",
        "子ども病院",
        "市立図書館",
        "風力発電所",
        "朝市",
        "防災センター",
        "自転車道",
    ],
    firms: &["北斗建設", "瀬戸電力", "みなと物流", "山陽工業"],
    openings: &[
        [
            "{p}の{t}が開業 {n}カ月の工事を終え",
            "{p}市で{t}が1日、{n}カ月にわたる工事を終えて開業し、初日は約{m}人の市民でにぎわった。",
        ],
        [
            "{t}の計画を承認 {p}市議会",
            "{p}市議会は本会議で、{t}の整備計画を賛成{n}で可決した。総事業費は{m}万円を見込む。",
        ],
        [
            "{f}、{p}に{t}を建設へ",
            "{f}は{p}市に{t}を建設すると発表した。雇用は約{m}人を予定し、{n}年以内の完成を目指す。",
        ],
    ],
    sentences: &[
        "「子どもの頃からの夢でした」と、近くでパン屋を営む{s}さんは声を弾ませた。",
        "工事は当初の予定より遅れ、地下から古い石垣が見つかったことも影響した。",
        "市の担当者は「安全を最優先に進めてきた」と説明している。",
        "専門家の{s}教授は、維持管理の費用をどう賄うかが今後の課題だと指摘する。",
        "周辺の商店街では記念の催しが開かれ、{n}店が参加した。",
        "一方で、郊外の住民からは恩恵が届かないとの声も上がっている。",
        "来年度には第二期の工事が始まり、さらに{n}地区に広がる見通しだ。",
        "利用料金は当面据え置かれ、高齢者は無料で使える。",
        "会場では地元の高校生が演奏を披露し、大きな拍手が送られた。",
        "環境調査では{n}種類の野鳥が確認され、保護区域が設けられた。",
        "県警によると、式典に伴う混乱はなかったという。",
        "市民団体は{m}人分の署名を提出し、情報公開を求めている。",
        "{s}さんは「孫と一緒に何度も来たい」と笑顔で話した。",
        "夜にはライトアップも行われ、写真を撮る人の列が続いた。",
    ],
    words: "夜明け 午後 閉店 放課後 年の瀬 翌朝 昼休み 漁師 図書委員 豆腐店 看護師 駅員 陶芸家 運転手 僧侶 地図 看板 椅子 日記 柱時計 柿 手袋 切符 傘 提灯 釜 畳 \
        障子 縁側 石段 川岸 坂道 倉庫 祖母 従兄 大工 船員 画家 隊長 裁縫 弟子 磨いた 並べた 運んだ 写した 譲った 探した 直した 数えた 隠した 縫った 描いた \
        干した 古い 重い 静かな 濡れた 光る 細長い 丸い 黄色い そっと 何度も 急いで 必ず",
};
