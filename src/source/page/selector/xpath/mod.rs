//! XPath 1.0 on web pages, for rules that CSS cannot say.
//!
//! All axes but `namespace`, all operators, and the functions that pages need,
//! with `ends-with`, `lower-case` and `matches` of later versions. Names of
//! elements are in lower case, as HTML has them; there are no variables. Steps,
//! comparisons and the bytes of texts are taken out of the budget of the page.

mod eval;
mod function;
mod parse;
mod token;
mod value;

use dom_query::NodeRef;

use crate::source::budget::Budget;
use parse::Expr;
use value::{XPathNode, XPathValue};

/// Expression, parsed once.
#[derive(Clone, Debug)]
pub(in crate::source::page) struct Expression(Expr);

/// Match of an expression.
#[derive(Debug)]
pub(in crate::source::page) enum XPathFound<'a> {
    /// Element.
    Node(NodeRef<'a>),
    /// Text: an attribute, a piece of text, or what a function returned.
    Text(String),
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    ///
    /// Byte offset and description of the first thing that is wrong.
    pub(in crate::source::page) fn new(text: &str) -> Result<Expression, (usize, String)> {
        parse::expression(text).map(Expression)
    }

    /// Lists all matches of the expression, seen from `here`; empty texts are left out.
    /// Results found once the budget is spent are not all, and may be wrong.
    pub(in crate::source::page) fn find<'a>(
        &self,
        here: &NodeRef<'a>,
        budget: &Budget,
    ) -> Vec<XPathFound<'a>> {
        let found = match eval::evaluate(&self.0, *here, budget) {
            XPathValue::Places(places) => places.into_iter().map(found).collect(),
            XPathValue::Flag(false) => Vec::new(),
            XPathValue::Number(number) if number.is_nan() => Vec::new(),
            other => vec![XPathFound::Text(other.text())],
        };
        found
            .into_iter()
            .filter(|found| !matches!(found, XPathFound::Text(text) if text.trim().is_empty()))
            .collect()
    }
}

fn found(place: XPathNode<'_>) -> XPathFound<'_> {
    if place.attribute.is_none() && place.node.is_element() {
        XPathFound::Node(place.node)
    } else {
        XPathFound::Text(place.text())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: &str = r#"<html><body><div id=nav class="top nav"><a href="/">首页</a></div>
        <ul class="list news"><li class=first><a href="/1.html" title=甲>甲闻</a><span>03-16</span></li>
        <li><a href="/2.html">乙闻</a><span>03-15</span></li><li>无</li></ul>
        <ul><li><a href="/x">别</a></li></ul></body></html>"#;

    #[track_caller]
    fn check(xpath: &str, want: &[&str]) {
        let dom = dom_query::Document::from(PAGE);
        let root = dom.root();
        let found = Expression::new(xpath)
            .unwrap()
            .find(&root, &Budget::default());
        let found: Vec<String> = found
            .into_iter()
            .map(|found| match found {
                XPathFound::Node(node) => node.text().to_string(),
                XPathFound::Text(text) => text,
            })
            .collect();
        assert_eq!(found, want, "given {xpath}");
    }

    #[test]
    fn paths() {
        check("//ul[1]/li/a", &["甲闻", "乙闻"]);
        check("/html/body/ul/li/a/@href", &["/1.html", "/2.html", "/x"]);
        check("//a[@title]/@title", &["甲"]);
        check(
            "//ul[contains(@class, 'news')]//a/text()",
            &["甲闻", "乙闻"],
        );
        check("//li[a]/span", &["03-16", "03-15"]);
        check("//li[not(a)]", &["无"]);
        check("//LI[last()]", &["无", "别"]);
        check("(//li)[last()]", &["别"]);
        check(
            "(//a)[position() > 1 and position() < 4]",
            &["甲闻", "乙闻"],
        );
        check("//span/preceding-sibling::a", &["甲闻", "乙闻"]);
        check("//a[. = '乙闻']/following-sibling::span", &["03-15"]);
        check("//a[. = '乙闻']/ancestor::ul/@class", &["list news"]);
        check("//a[. = '乙闻']/../preceding-sibling::li[1]/a", &["甲闻"]);
        check("//span[. = '03-15']/following::a", &["别"]);
        check("//ul[2]/preceding::a[1]", &["乙闻"]);
        check("id('nav')/a", &["首页"]);
        check("//li/a[2] | //div/a", &["首页"]);
        check("//*[@id='nav']/self::div/descendant::*", &["首页"]);
    }

    #[test]
    fn functions() {
        check("count(//a)", &["4"]);
        check("substring-before(//span, '-')", &["03"]);
        check("substring-after(//span, '-')", &["16"]);
        check("concat('20', '18-', //span)", &["2018-03-16"]);
        check("substring('12345', 2, 3)", &["234"]);
        check("translate('abc', 'abc', 'AB')", &["AB"]);
        check("normalize-space('  a  b ')", &["a b"]);
        check("//a[starts-with(@href, '/1')]", &["甲闻"]);
        check("//a[ends-with(@href, '.html')][2]", &[]);
        check("//a[matches(@href, '^/\\d')]", &["甲闻", "乙闻"]);
        check("//a[string-length(@href) = 1]", &["首页"]);
        check("1 + 2 * 3 - 4 div 2 mod 3", &["5"]);
        check("//ul[count(li) >= 3]/@class", &["list news"]);
        check("name(//*[@title])", &["a"]);
        check("-(-2)", &["2"]);
        check("//nothing", &[]);
        check("string(//nothing)", &[]);
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        let bad = [
            ("//li[", 5),
            ("//li[@class='x]", 12),
            ("//li]", 4),
            ("frobnicate(1)", 0),
            ("//li[contains(@x)]", 5),
            ("up::li", 0),
            ("//#", 2),
            ("", 0),
        ];
        for (given, at) in bad {
            assert_eq!(Expression::new(given).unwrap_err().0, at, "given {given}");
        }
        let deep = "(".repeat(100) + "1" + &")".repeat(100);
        assert!(Expression::new(&deep).is_err());
        assert!(Expression::new(&"-".repeat(9999)).is_err());
    }

    #[test]
    fn an_expression_that_looks_everywhere_ends() {
        let page = "<p>x".repeat(3000);
        let dom = dom_query::Document::from(page.as_str());
        let expression = Expression::new("//*[//*[//*[. = 'y']]]").unwrap();
        let budget = Budget::default();
        assert!(expression.find(&dom.root(), &budget).is_empty());
        assert!(budget.is_spent());
    }

    proptest! {
        #[test]
        fn any_text_is_an_expression_or_not(text in "(//?|li|a|@|\\[|\\]|\\(|\\)|'|\\.|\\*|1|last|count|=|\\||-| |::|and|div){0,14}") {
            if let Ok(expression) = Expression::new(&text) {
                let dom = dom_query::Document::from(PAGE);
                let _ = expression.find(&dom.root(), &Budget::default());
            }
        }
    }
}
