//! Parser of expressions: from words to a tree.

use super::token::{Word, XPathToken, tokens};

/// Upper limit of nested brackets and parentheses.
const MAX_DEPTH: usize = 24;

/// Expression tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Text(String),
    Number(f64),
    Call(String, Vec<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
    Negate(Box<Expr>),
    /// Steps from the root, from here, or from what an expression finds.
    Path(From, Vec<XPathStep>),
}

/// Start of a path.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum From {
    Root,
    Here,
    /// Matches of an expression, filtered: `(…)[1]`, `id("x")`
    Found(Box<Expr>, Vec<Expr>),
}

/// Binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Union,
}

/// Step of a path.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct XPathStep {
    pub(super) axis: Axis,
    pub(super) test: Test,
    pub(super) predicates: Vec<Expr>,
}

/// Axis of a step (XPath 1.0, 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Child,
    Descendant,
    DescendantOrSelf,
    Itself,
    Parent,
    Ancestor,
    AncestorOrSelf,
    FollowingSibling,
    PrecedingSibling,
    Following,
    Preceding,
    Attribute,
}

/// Node test of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// `node()`
    Any,
    /// `text()`
    Text,
    /// `comment()`
    Comment,
    /// `*`
    Star,
    /// Name of an element or attribute, in lower case.
    Name(String),
}

/// Operators of each level, loosest first.
const LEVELS: &[&[(&str, Op)]] = &[
    &[("or", Op::Or)],
    &[("and", Op::And)],
    &[("=", Op::Equal), ("!=", Op::Unequal)],
    &[
        ("<", Op::Less),
        ("<=", Op::LessEqual),
        (">", Op::Greater),
        (">=", Op::GreaterEqual),
    ],
    &[("+", Op::Add), ("-", Op::Subtract)],
    &[
        ("*", Op::Multiply),
        ("div", Op::Divide),
        ("mod", Op::Modulo),
    ],
    &[("|", Op::Union)],
];

const AXES: &[(&str, Axis)] = &[
    ("child", Axis::Child),
    ("descendant", Axis::Descendant),
    ("descendant-or-self", Axis::DescendantOrSelf),
    ("self", Axis::Itself),
    ("parent", Axis::Parent),
    ("ancestor", Axis::Ancestor),
    ("ancestor-or-self", Axis::AncestorOrSelf),
    ("following-sibling", Axis::FollowingSibling),
    ("preceding-sibling", Axis::PrecedingSibling),
    ("following", Axis::Following),
    ("preceding", Axis::Preceding),
    ("attribute", Axis::Attribute),
];

type Result<T> = std::result::Result<T, (usize, String)>;

/// Parses a whole expression; an error is a byte offset and a description.
pub(super) fn expression(text: &str) -> Result<Expr> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        next: 0,
        end: text.len(),
        depth: 0,
    };
    let expr = parser.level(0)?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.unexpected()),
    }
}

struct Parser {
    tokens: Vec<XPathToken>,
    next: usize,
    end: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Word> {
        self.tokens.get(self.next).map(|token| &token.word)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Word::Sign(found)) if *found == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let is_there = self.is_sign(sign);
        self.next += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, sign: &str) -> Result<()> {
        match self.take(sign) {
            true => Ok(()),
            false => {
                let (at, _) = self.unexpected();
                Err((at, format!("`{sign}` is missing here")))
            }
        }
    }

    fn unexpected(&self) -> (usize, String) {
        match self.tokens.get(self.next) {
            Some(token) => (token.at, "not XPath from here on".to_owned()),
            None => (self.end, "something is missing at its end".to_owned()),
        }
    }

    fn level(&mut self, level: usize) -> Result<Expr> {
        let Some(operators) = LEVELS.get(level) else {
            return self.path();
        };
        if level + 1 == LEVELS.len() && self.take("-") {
            return Ok(Expr::Negate(Box::new(self.nested(|own| own.level(level))?)));
        }
        let mut left = self.level(level + 1)?;
        let mut n_chained = 0;
        while let Some(op) = self.operator(operators) {
            n_chained += 1;
            if n_chained > 64 {
                return Err(self.too_deep());
            }
            let right = self.level(level + 1)?;
            left = Expr::Binary(op, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn operator(&mut self, operators: &[(&str, Op)]) -> Option<Op> {
        let word = match self.peek()? {
            Word::Sign(sign) => (*sign).to_owned(),
            Word::Name(name) => name.clone(),
            Word::Text(_) | Word::Number(_) => return None,
        };
        let (_, op) = operators.iter().find(|(own, _)| *own == word)?;
        self.next += 1;
        Some(*op)
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Parser) -> Result<T>) -> Result<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.too_deep());
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn too_deep(&self) -> (usize, String) {
        let (at, _) = self.unexpected();
        (at, "this is nested too deep".to_owned())
    }

    fn path(&mut self) -> Result<Expr> {
        let mut steps = Vec::new();
        let from = if self.take("//") {
            steps.push(anywhere());
            From::Root
        } else if self.take("/") {
            if !self.is_step() {
                return Ok(Expr::Path(From::Root, steps));
            }
            From::Root
        } else if let Some(primary) = self.primary()? {
            let predicates = self.predicates()?;
            let is_path = self.is_sign("/") || self.is_sign("//");
            if predicates.is_empty() && !is_path {
                return Ok(primary);
            }
            let from = From::Found(Box::new(primary), predicates);
            self.further(&mut steps)?;
            return Ok(Expr::Path(from, steps));
        } else {
            From::Here
        };
        steps.push(self.step()?);
        self.further(&mut steps)?;
        Ok(Expr::Path(from, steps))
    }

    fn further(&mut self, steps: &mut Vec<XPathStep>) -> Result<()> {
        loop {
            if self.take("//") {
                steps.push(anywhere());
            } else if !self.take("/") {
                return Ok(());
            }
            steps.push(self.step()?);
        }
    }

    fn is_step(&self) -> bool {
        let is_name = matches!(self.peek(), Some(Word::Name(_)));
        is_name || ["*", "@", ".", ".."].iter().any(|sign| self.is_sign(sign))
    }

    /// Parses an expression that is no step: a text, a number, a call, something in
    /// parentheses.
    fn primary(&mut self) -> Result<Option<Expr>> {
        let after = self.tokens.get(self.next + 1).map(|token| &token.word);
        let is_call = matches!(after, Some(Word::Sign("(")));
        let expr = match self.peek() {
            Some(Word::Text(text)) => Expr::Text(text.clone()),
            Some(Word::Number(number)) => Expr::Number(*number),
            Some(Word::Sign("(")) => {
                self.next += 1;
                let inner = self.nested(|own| own.level(0))?;
                self.expect(")")?;
                return Ok(Some(inner));
            }
            Some(Word::Name(name)) if is_call && !is_node_type(name) => {
                return self.call(name.clone()).map(Some);
            }
            _ => return Ok(None),
        };
        self.next += 1;
        Ok(Some(expr))
    }

    fn call(&mut self, name: String) -> Result<Expr> {
        let at = self.tokens[self.next].at;
        self.next += 2;
        let mut given = Vec::new();
        if !self.take(")") {
            loop {
                given.push(self.nested(|own| own.level(0))?);
                if !self.take(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        match super::function::takes(&name) {
            None => Err((at, format!("there is no function `{name}`"))),
            Some(wanted) if !wanted.contains(&given.len()) => {
                Err((at, format!("`{name}` takes another number of arguments")))
            }
            Some(_) => Ok(Expr::Call(name, given)),
        }
    }

    fn predicates(&mut self) -> Result<Vec<Expr>> {
        let mut predicates = Vec::new();
        while self.take("[") {
            predicates.push(self.nested(|own| own.level(0))?);
            self.expect("]")?;
        }
        Ok(predicates)
    }

    fn step(&mut self) -> Result<XPathStep> {
        let short = [(".", Axis::Itself), ("..", Axis::Parent)];
        for (sign, axis) in short {
            if self.take(sign) {
                return Ok(XPathStep {
                    axis,
                    test: Test::Any,
                    predicates: self.predicates()?,
                });
            }
        }
        let axis = self.axis()?;
        let test = self.test()?;
        let predicates = self.predicates()?;
        Ok(XPathStep {
            axis,
            test,
            predicates,
        })
    }

    fn axis(&mut self) -> Result<Axis> {
        if self.take("@") {
            return Ok(Axis::Attribute);
        }
        let after = self.tokens.get(self.next + 1).map(|token| &token.word);
        let (Some(Word::Name(name)), Some(Word::Sign("::"))) = (self.peek(), after) else {
            return Ok(Axis::Child);
        };
        let Some((_, axis)) = AXES.iter().find(|(own, _)| own == name) else {
            let (at, _) = self.unexpected();
            return Err((at, format!("there is no axis `{name}`")));
        };
        self.next += 2;
        Ok(*axis)
    }

    fn test(&mut self) -> Result<Test> {
        if self.take("*") {
            return Ok(Test::Star);
        }
        let Some(Word::Name(name)) = self.peek() else {
            return Err(self.unexpected());
        };
        let name = name.clone();
        self.next += 1;
        if is_node_type(&name) && self.take("(") {
            self.expect(")")?;
            return Ok(match name.as_str() {
                "text" => Test::Text,
                "comment" => Test::Comment,
                _ => Test::Any,
            });
        }
        Ok(Test::Name(name.to_ascii_lowercase()))
    }
}

fn is_node_type(name: &str) -> bool {
    matches!(name, "node" | "text" | "comment")
}

/// Returns the step that `//` stands for.
fn anywhere() -> XPathStep {
    XPathStep {
        axis: Axis::DescendantOrSelf,
        test: Test::Any,
        predicates: Vec::new(),
    }
}
