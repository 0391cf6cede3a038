//! Promises of decoding.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, KOI8_R, SHIFT_JIS, UTF_16LE,
    WINDOWS_1252,
};
use proptest::prelude::*;

use super::{decode_html, decode_xml, transcode};

const TEXT: &str = "济南今天下大雪，交通部门提醒市民注意出行安全。";

fn xml(label: &str, text: &str) -> String {
    format!("<?xml version='1.0' encoding='{label}'?><a>{text}</a>")
}

fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    encoding.encode(text).0.into_owned()
}

#[track_caller]
fn check(bytes: &[u8], header: Option<&str>, want: &str, encoding: &str) {
    let decoded = decode_xml(bytes, header, None);
    assert_eq!((decoded.encoding, decoded.replaced), (encoding, 0));
    assert!(decoded.text.contains(want), "{}", decoded.text);
}

#[test]
fn declarations_are_believed() {
    check(
        &encoded(GB18030, &xml("gb2312", "㐀𠀀镕")),
        None,
        "㐀𠀀镕",
        "gb18030",
    );
    check(
        &encoded(BIG5, &xml("big5-hkscs", "濟南大雪")),
        None,
        "濟南大雪",
        "big5",
    );
    check(
        &encoded(SHIFT_JIS, &xml("x-sjis", "今日は大雪")),
        None,
        "今日は大雪",
        "shift_jis",
    );
    check(
        &encoded(WINDOWS_1252, &xml("iso-8859-1", "“é” €")),
        None,
        "“é” €",
        "windows-1252",
    );
}

#[test]
fn the_header_counts_before_the_declaration() {
    let bytes = encoded(KOI8_R, &xml("windows-1251", "Погода"));
    check(
        &bytes,
        Some("text/xml; Charset = 'KOI8-R'"),
        "Погода",
        "koi8-r",
    );
}

#[test]
fn bytes_count_before_claims() {
    check(xml("gb2312", TEXT).as_bytes(), None, TEXT, "utf-8");
    check(
        xml("utf-16", TEXT).as_bytes(),
        Some("text/xml; charset=gbk"),
        TEXT,
        "utf-8",
    );
    check(
        &encoded(GB18030, &xml("utf-8", TEXT)),
        None,
        TEXT,
        "gb18030",
    );
    check(
        &encoded(GB18030, &xml("gbk", TEXT)),
        Some("text/xml; charset=utf-8"),
        TEXT,
        "gb18030",
    );
    check(
        &encoded(EUC_KR, &xml("utf-8", "오늘 서울에 큰 눈이 내렸습니다")),
        None,
        "큰 눈이",
        "euc-kr",
    );
}

#[test]
fn short_gbk_is_not_taken_for_utf8() {
    // 也 is 0xD2 0xB2, which is a Cyrillic letter in UTF-8.
    check(&encoded(GB18030, &xml("gbk", "也")), None, "也", "gb18030");
}

#[test]
fn byte_order_marks_are_dropped() {
    check(
        "\u{FEFF}<a>é</a>".as_bytes(),
        Some("text/xml; charset=gbk"),
        "é",
        "utf-8",
    );
    let decoded = decode_xml("\n\u{FEFF}<a/>".as_bytes(), None, None);
    assert_eq!(decoded.text, "<a/>");
}

#[test]
fn wide_text_is_known_by_its_shape() {
    let little = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    let big = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect::<Vec<u8>>()
    };
    check(&little("<?xml?>济南"), None, "济南", "utf-16le");
    check(
        &big("\u{FEFF}<?xml?>济南"),
        Some("text/xml; charset=utf-8"),
        "济南",
        "utf-16be",
    );
    let wide: Vec<u8> = "\u{FEFF}<a>济南"
        .chars()
        .flat_map(|c| u32::from(c).to_be_bytes())
        .collect();
    check(&wide, None, "济南", "utf-32be");
    check(&wide[4..], None, "济南", "utf-32be");
}

#[test]
fn one_bad_byte_costs_one_character() {
    let mut bytes = xml("utf-8", TEXT).into_bytes();
    bytes.insert(50, 0xFF);
    let decoded = decode_xml(&bytes, None, None);
    assert_eq!((decoded.encoding, decoded.replaced), ("utf-8", 1));
    let mut bytes = xml("utf-8", TEXT).into_bytes();
    bytes.truncate(bytes.len() - 6);
    assert_eq!(decode_xml(&bytes, None, None).encoding, "utf-8");
}

#[test]
fn utf7_is_refused() {
    let decoded = decode_xml(b"<?xml encoding='utf-7'?>+ADw-script+AD4-", None, None);
    assert_eq!(decoded.encoding, "utf-8");
    assert!(decoded.text.contains("+ADw-"));
}

#[test]
fn the_admin_is_always_right() {
    let decoded = decode_xml(TEXT.as_bytes(), None, Some(WINDOWS_1252));
    assert_eq!(decoded.encoding, "windows-1252");
}

#[test]
fn the_meta_counts_anywhere_in_the_head() {
    let page = format!(
        "<html><head><!-- <meta charset=big5> -->{}<META http-equiv=Content-Type content='text/html; charset=gb2312'></head>{TEXT}",
        "<script>var a = '<meta charset=koi8-r>';</script>".repeat(100),
    );
    let bytes = encoded(GB18030, &page);
    let decoded = decode_html(&bytes, Some("text/html"), None);
    assert_eq!(decoded.encoding, "gb18030");
    assert!(decoded.text.contains(TEXT));
}

proptest! {
    #[test]
    fn text_in_utf8_is_borrowed(text in "[a-z<>济南é ]{0,50}") {
        let decoded = decode_html(text.as_bytes(), None, None);
        prop_assert!(matches!(decoded.text, std::borrow::Cow::Borrowed(_)));
        prop_assert_eq!(&*decoded.text, &*text);
    }

    #[test]
    fn a_long_text_is_decoded_as_if_at_once(
        piece in proptest::collection::vec(any::<u8>(), 1..40), pick in 0_usize..8,
    ) {
        let encodings = [GB18030, BIG5, EUC_KR, SHIFT_JIS, ISO_2022_JP, UTF_16LE, WINDOWS_1252, EUC_JP];
        let bytes: Vec<u8> = piece.iter().copied().cycle().take(150_001).collect();
        let (want, had_errors) = encodings[pick].decode_with_bom_removal(&bytes);
        let (text, has_errors) = transcode(encodings[pick], &bytes);
        prop_assert_eq!((text, has_errors), (want, had_errors));
    }

    #[test]
    fn anything_is_decoded(bytes in proptest::collection::vec(any::<u8>(), 0..200), header in ".{0,40}") {
        let _ = decode_html(&bytes, Some(&header), None);
        let _ = decode_xml(&bytes, Some(&header), None);
    }
}

#[test]
fn western_europe_is_told_apart() {
    let text = "L'écologie à l'été : œuvre complète, dès Noël. À bientôt, naïveté. 50 €";
    let page = |text: &str| format!("<rss><channel><title>{text}</title></channel></rss>");
    let mac = encoded(encoding_rs::MACINTOSH, &page(text));
    check(&mac, None, text, "macintosh");
    let latin9 = encoded(encoding_rs::ISO_8859_15, &page(text));
    check(&latin9, None, text, "iso-8859-15");
    let fractions = "Über 1½ Liter und ¾ Meter, ¼ fehlt. 20 § und « Größe »";
    let windows = encoded(WINDOWS_1252, &page(fractions));
    check(&windows, None, fractions, "windows-1252");
    let german = encoded(WINDOWS_1252, &page("Prüfung für „große“ Mädchen – 5 €"));
    check(&german, None, "für „große“ Mädchen", "windows-1252");
}

/// Sentences of a news page in the languages whose encodings take each other's bytes for
/// their own.
const PAIRED: [(&Encoding, &str); 5] = [
    (
        GBK,
        "记者从市政府获悉，东沟镇水库除险加固工程近日完工，明年汛期前可以蓄水，这是我市今年的重点民生项目之一。",
    ),
    (
        BIG5,
        "記者從市政府獲悉，東溝鎮水庫除險加固工程近日完工，明年汛期前可以蓄水，這是本市今年的重點民生項目之一。",
    ),
    (
        SHIFT_JIS,
        "屋根が崩れてから九年、古い市場が土曜日に再び開き、商人たちは朝七時前には店に戻っていた。",
    ),
    (
        EUC_JP,
        "屋根が崩れてから九年、古い市場が土曜日に再び開き、商人たちは朝七時前には店に戻っていた。",
    ),
    (
        EUC_KR,
        "지붕이 무너진 지 아홉 해 만에 옛 시장이 토요일 다시 문을 열었고 상인들은 아침 일곱 시 전에 가게로 돌아왔다.",
    ),
];

#[test]
fn the_bytes_decide_among_encodings_that_take_all_of_them() {
    for (encoding, text) in PAIRED {
        let page = |meta: &str| {
            let (bytes, _, _) = encoding.encode(text);
            [format!("<html><head>{meta}</head><p>").as_bytes(), &*bytes].concat()
        };
        for (header, meta) in [
            (None, String::new()),
            (Some("text/html; charset=ISO-8859-1"), String::new()),
        ] {
            let bytes = page(&meta);
            let decoded = decode_html(&bytes, header, None);
            assert!(
                decoded.text.ends_with(text),
                "{} for {header:?}: {}",
                encoding.name(),
                decoded.text
            );
        }
        for (claim, _) in PAIRED {
            let bytes = page(&format!("<meta charset={}>", claim.name()));
            let decoded = decode_html(&bytes, None, None);
            assert!(
                decoded.text.ends_with(text),
                "{} said to be {}: {}",
                encoding.name(),
                claim.name(),
                decoded.text
            );
        }
    }
}
