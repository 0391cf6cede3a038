//! Files, pictures and places that belong to an entry.

use super::scope::Scope;
use crate::model::{Media, Place, Shape};
use crate::source::feed::xml::Node;

/// Reads an enclosure or `media:content`, with what stands in it.
pub(in crate::source::feed) fn of(node: &Node<'_, '_>, scope: &Scope<'_>) -> Option<Media> {
    let url = ["url", "href", "resource"]
        .iter()
        .find_map(|name| node.attribute(name));
    let url = url.map(|url| url.into_owned()).or_else(|| node.line())?;
    let said = |name: &str| node.child(name).and_then(|child| child.line());
    Some(Media {
        url: scope.inside(node).resolve_some(&url)?,
        kind: node.attribute("type").map(|kind| kind.into_owned()),
        length: ["length", "filesize", "fileSize"]
            .iter()
            .find_map(|name| node.attribute(name))
            .map(|length| length.into_owned()),
        description: said("description"),
        credit: said("credit"),
        medium: node.attribute("medium").map(|medium| medium.into_owned()),
        title: said("title"),
        duration: node.attribute("duration").map(|text| text.into_owned()),
        width: node
            .attribute("width")
            .and_then(|width| width.trim().parse().ok()),
        group: None,
        is_default: node
            .attribute("isDefault")
            .is_some_and(|value| value.trim().eq_ignore_ascii_case("true")),
    })
}

/// Reads the address of a picture: an attribute, a `url` inside, or the text itself.
pub(in crate::source::feed) fn picture(node: &Node<'_, '_>, scope: &Scope<'_>) -> Option<String> {
    let scope = scope.inside(node);
    let attribute = ["href", "url", "resource", "src"]
        .iter()
        .find_map(|name| node.attribute(name))
        .map(|url| url.into_owned());
    let inside = || node.child("url").and_then(|child| child.line());
    let about = || node.attribute("about").map(|url| url.into_owned());
    let text = || match node.has_children() {
        true => None,
        false => node.line(),
    };
    let url = attribute.or_else(inside).or_else(text).or_else(about)?;
    Some(scope.resolve(&url))
}

/// Reads the place in a GeoRSS element.
pub(in crate::source::feed) fn place(node: &Node<'_, '_>) -> Option<Place> {
    match node.name(&mut [0; 24]) {
        "point" => points(Shape::Point, &node.text()),
        "line" => points(Shape::Line, &node.text()),
        "polygon" => points(Shape::Polygon, &node.text()),
        "box" => points(Shape::Box, &node.text()),
        "where" => node.children().find_map(|shape| gml(&shape)),
        _ => gml(node),
    }
}

fn gml(node: &Node<'_, '_>) -> Option<Place> {
    let text = node.text();
    let place = gml_shape(node, &text)?;
    // Only geographic systems write the latitude first.
    let is_geographic = node
        .attribute("srsName")
        .is_none_or(|name| name.contains("4326") || name.contains("CRS84"));
    Some(match is_geographic {
        true => place,
        false => Place {
            points: place.points.into_iter().map(|(x, y)| (y, x)).collect(),
            ..place
        },
    })
}

fn gml_shape(node: &Node<'_, '_>, text: &str) -> Option<Place> {
    match node.name(&mut [0; 24]) {
        "point" => points(Shape::Point, text),
        "linestring" => points(Shape::Line, text),
        "polygon" => points(Shape::Polygon, text),
        "envelope" => points(Shape::Box, text),
        _ => None,
    }
}

/// Reads a place from pairs of latitude and longitude, in degrees.
fn points(shape: Shape, text: &str) -> Option<Place> {
    let numbers: Option<Vec<f64>> = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().ok().filter(|number: &f64| number.is_finite()))
        .collect();
    let numbers = numbers?;
    let enough = match shape {
        Shape::Point => 2,
        Shape::Line | Shape::Box => 4,
        Shape::Polygon => 6,
    };
    if numbers.len() < enough || numbers.len() % 2 != 0 {
        return None;
    }
    let points = numbers.chunks(2).map(|pair| (pair[1], pair[0])).collect();
    Some(Place { shape, points })
}
