//! Serialising: elements back to markup, as HTML would have it.

use std::fmt::Write as _;

use super::Ns;
use super::attribute::{Attributes, split_name};
use super::reference::unescape;
use super::repair::Element;
use super::tree::{Node, Part};

/// Elements of HTML that have no end tag.
const VOID: [&str; 12] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr",
];

impl Node<'_, '_> {
    /// Writes its content as markup.
    pub(crate) fn markup(&self) -> String {
        let (parts, offset) = self.content();
        write(parts, offset)
    }
}

/// Writes the markup of `parts`, the first of which stands at `offset` in its tree.
fn write(parts: &[Part<'_>], offset: usize) -> String {
    let mut out = String::new();
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut foreign = None;
    for (index, part) in parts.iter().enumerate() {
        close(&mut out, &mut open, offset + index);
        match part {
            Part::Text(text) => escape(&mut out, &unescape(text)),
            Part::CData(text) => escape(&mut out, text),
            Part::Element(element, end) => {
                let depth = open.len() + 1;
                if foreign.is_some_and(|(declared_at, _)| declared_at >= depth) {
                    foreign = None;
                }
                let is_new = foreign.map(|(_, ns)| ns) != Some(element.ns);
                let declares = is_new.then(|| address(element.ns)).flatten();
                if declares.is_some() {
                    foreign = Some((depth, element.ns));
                }
                start(&mut out, element, declares);
                if VOID.contains(&element.local) {
                    out.push_str(" />");
                } else {
                    out.push('>');
                    open.push((*end, element.local));
                }
            }
        }
    }
    close(&mut out, &mut open, usize::MAX);
    out
}

fn close(out: &mut String, open: &mut Vec<(usize, &str)>, at: usize) {
    while let Some((_, name)) = open.pop_if(|(end, _)| *end <= at) {
        let _ = write!(out, "</{name}>");
    }
}

/// Returns the address that an SVG or MathML element needs to be known as such.
fn address(ns: Ns) -> Option<&'static str> {
    match ns {
        Ns::Svg => Some("http://www.w3.org/2000/svg"),
        Ns::MathMl => Some("http://www.w3.org/1998/Math/MathML"),
        _ => None,
    }
}

fn start(out: &mut String, element: &Element<'_>, declares: Option<&str>) {
    let _ = write!(out, "<{}", element.local);
    for (name, value) in Attributes::new(element.attributes) {
        let is_about_xml = name == "xmlns" || matches!(split_name(name).0, "xmlns" | "xml");
        if is_about_xml {
            continue;
        }
        let _ = write!(out, " {name}=\"");
        for (index, part) in unescape(value).split('"').enumerate() {
            out.push_str(if index == 0 { "" } else { "&quot;" });
            escape(out, part);
        }
        out.push('"');
    }
    if let Some(address) = declares {
        let _ = write!(out, " xmlns=\"{address}\"");
    }
}

/// Appends `text`, escaped so that markup says it.
pub(super) fn escape(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            _ => "&gt;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}
