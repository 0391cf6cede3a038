//! Encoding detection, for bytes that nothing is declared about.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_8859_15, MACINTOSH, SHIFT_JIS, WINDOWS_1252,
};

use super::declared;

/// Bytes from the start that the guess looks at.
const GUESS_BYTES: usize = 256 * 1024;

/// Guesses the likeliest encoding.
///
/// The detector knows no encoding of old Macs and none but windows-1252 for
/// western Europe; what tells those apart is looked at here.
pub(super) fn guess(bytes: &[u8]) -> &'static Encoding {
    let bytes = &bytes[..bytes.len().min(GUESS_BYTES)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let found = detector.guess(declared::country(bytes), Utf8Detection::Deny);
    let is_western = found == WINDOWS_1252;
    match is_western {
        true => western(bytes),
        false => found,
    }
}

/// Encodings that write a character with two bytes, and take each other's for their own.
const DOUBLE: [&Encoding; 6] = [GB18030, GBK, BIG5, SHIFT_JIS, EUC_JP, EUC_KR];

/// Bytes that are read as each of them.
const COMPARED_BYTES: usize = 16 * 1024;

/// Fewest characters beyond ASCII that tell them apart.
const MIN_COMPARED_CHARS: usize = 24;

/// Factor by which a reading has to make more sense than that of a declaration.
const CONTRADICTION_FACTOR: f64 = 2.0;

/// Commonest characters of Chinese (simplified, then traditional ones that differ) and Korean;
/// about two fifths of any text. Japanese is told by its syllabary.
const COMMON: &str = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运這個們來為國說時會對學發後裡過著還沒與開無從實軍長機問關點業將兩間條應戰體見產電數報結務場計資統區隊決馬書聽卻達強難權設記類據邊張該規萬覺術領確傳師觀讓識帶導爭運이다는을의에하가고기지도를로한사은어인나일자시수아대리서정부있보그해전과것구들제라동성원장상공여만국관주면위";

/// Encoding that makes more sense of bytes than what was declared for them, or than the
/// guess if nothing was; `None` if that is a good one, or there is too little to tell.
///
/// GBK, Big5, Shift JIS and the EUCs take nearly any pair of bytes for a character. Read as
/// the wrong one, a text is all rare characters.
pub(super) fn contradiction(
    bytes: &[u8],
    declared: &'static Encoding,
) -> Option<&'static Encoding> {
    if !DOUBLE.contains(&declared) {
        return None;
    }
    let start = bytes.iter().position(|byte| !byte.is_ascii())?;
    let sample = &bytes[start..bytes.len().min(start + COMPARED_BYTES)];
    let own = sense(declared, sample)?;
    let readings = DOUBLE
        .iter()
        .filter_map(|encoding| Some((sense(encoding, sample)?, *encoding)));
    let (best, encoding) = readings.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (encoding != declared && best > own * CONTRADICTION_FACTOR && best > 0.2).then_some(encoding)
}

/// Share of common characters among those beyond ASCII, as an encoding reads bytes; `None`
/// for too few of them.
#[expect(clippy::cast_precision_loss, reason = "a sample is small")]
fn sense(encoding: &'static Encoding, sample: &[u8]) -> Option<f64> {
    let (text, _) = encoding.decode_without_bom_handling(sample);
    // Those of China have the syllabary, too, at the place where Japan's have it.
    let is_japanese = encoding == SHIFT_JIS || encoding == EUC_JP;
    let letters = text
        .chars()
        .filter(|c| c.is_alphabetic() && !c.is_ascii() || *c == '\u{fffd}');
    let (n_common, n_all) = letters.fold((0_usize, 0_usize), |(n_common, n_all), c| {
        let is_kana = is_japanese && ('\u{3041}'..='\u{30ff}').contains(&c);
        (
            n_common + usize::from(is_kana || COMMON.contains(c)),
            n_all + 1,
        )
    });
    (n_all >= MIN_COMPARED_CHARS).then(|| n_common as f64 / n_all as f64)
}

/// Chooses among windows-1252 and what looks like it: Mac Roman, ISO 8859-15.
fn western(bytes: &[u8]) -> &'static Encoding {
    // Letters of the Mac's that are no character of windows-1252, or one that
    // no letter stands beside: `è` `ê` `é` `à` `á`, `ü`.
    let n_mac = in_words(bytes, |byte| {
        matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d | 0x88 | 0x87)
    });
    let n_windows = in_words(bytes, |byte| byte >= 0xe0);
    if n_mac > 0 && n_mac > n_windows {
        return MACINTOSH;
    }
    let has_c1 = bytes.iter().any(|byte| (0x80..0xa0).contains(byte));
    // `Š š Ž ž Œ œ Ÿ`, where windows-1252 has signs and fractions.
    let is_letter = |byte| matches!(byte, 0xa6 | 0xa8 | 0xb4 | 0xb8 | 0xbc | 0xbd | 0xbe);
    match !has_c1 && in_words(bytes, is_letter) > 0 {
        true => ISO_8859_15,
        false => WINDOWS_1252,
    }
}

/// Counts the bytes of some kind that stand before a small letter, and not behind a digit.
fn in_words(bytes: &[u8], is_it: impl Fn(u8) -> bool) -> usize {
    let is_word = |window: &&[u8]| {
        let (before, this, after) = (window[0], window[1], window[2]);
        is_it(this) && after.is_ascii_lowercase() && !before.is_ascii_digit()
    };
    bytes.windows(3).filter(is_word).count()
}
