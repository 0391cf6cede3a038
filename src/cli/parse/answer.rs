//! Parsed feeds as JSON, and as a few lines for people.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::model::{
    Content, Draft, Media, Moment, Person, Place, Podcast, Reply, Shape, SourceNote, WebLink,
};
use crate::source::{About, Reading};
use crate::text::plain;

/// Upper limit of a line for people, in bytes.
const MAX_LINE: usize = 1024;

/// Converts a parsed feed to JSON; absent fields are left out.
pub(super) fn of(reading: &Reading) -> Value {
    object([
        ("format", json!(reading.format)),
        ("encoding", json!(reading.encoding)),
        ("complete", json!(reading.complete)),
        ("replaced", json!(reading.replaced)),
        ("repaired", json!(reading.repaired)),
        ("feed", about(&reading.about)),
        ("entries", reading.drafts.iter().map(entry).collect()),
    ])
}

/// Writes a parsed feed as a few lines for people: the feed, then date, title and link of
/// each entry.
pub(super) fn summary(reading: &Reading, out: &mut impl Write) -> io::Result<()> {
    let about = &reading.about;
    // What a stranger wrote must not move the cursor.
    let or_none = |text: Option<&str>| plain::line(text.unwrap_or("-"), MAX_LINE);
    writeln!(out, "title     {}", or_none(about.title.as_deref()))?;
    writeln!(out, "home      {}", or_none(about.address.as_deref()))?;
    writeln!(out, "language  {}", or_none(about.language.as_deref()))?;
    writeln!(out, "format    {}, {}", reading.format, reading.encoding)?;
    if !reading.repaired.is_empty() {
        writeln!(out, "repaired  {}", reading.repaired.join(", "))?;
    }
    if reading.replaced > 0 {
        let n = reading.replaced;
        writeln!(
            out,
            "          {n} characters could not be decoded; try --encoding"
        )?;
    }
    if !reading.complete {
        writeln!(out, "          the end is missing")?;
    }
    writeln!(out, "entries   {}", reading.drafts.len())?;
    for draft in &reading.drafts {
        let date = draft.published.or(draft.updated);
        let date = date.map_or_else(|| "-".repeat(20), |date| date.at.to_string());
        writeln!(out)?;
        writeln!(out, "{date}  {}", or_none(draft.title.as_deref()))?;
        writeln!(out, "{:22}{}", "", or_none(draft.address.as_deref()))?;
    }
    Ok(())
}

fn about(about: &About) -> Value {
    object([
        ("id", json!(about.id)),
        (
            "title",
            json!(about.title_markup.as_ref().or(about.title.as_ref())),
        ),
        ("link", json!(about.address)),
        ("feed_url", json!(about.feed_url)),
        ("hubs", json!(about.hubs)),
        ("subtitle", json!(about.subtitle)),
        ("language", json!(about.language)),
        ("updated", date(about.updated)),
        ("published", date(about.published)),
        ("created", date(about.created)),
        ("rights", json!(about.rights)),
        ("generator", json!(about.generator)),
        ("ttl", json!(about.ttl)),
        ("image", json!(about.image)),
        ("logo", json!(about.logo)),
        ("icon", json!(about.icon)),
        ("authors", about.authors.iter().map(person).collect()),
        (
            "contributors",
            about.contributors.iter().map(person).collect(),
        ),
        (
            "categories",
            categories(&about.categories, &about.category_markup),
        ),
        ("links", about.links.iter().map(link).collect()),
        ("geo", place(about.place.as_ref())),
        ("in_reply_to", reply(about.in_reply_to.as_ref())),
        ("itunes", podcast(&about.podcast)),
    ])
}

fn entry(draft: &Draft) -> Value {
    let summary = draft
        .summary
        .as_ref()
        .map(|summary| match draft.is_summary_text {
            true => summary
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&"),
            false => summary.clone(),
        });
    object([
        ("id", json!(draft.guid)),
        (
            "title",
            json!(draft.title_markup.as_ref().or(draft.title.as_ref())),
        ),
        ("link", json!(draft.address)),
        ("summary", json!(summary)),
        ("content", draft.content.iter().map(content).collect()),
        ("published", date(draft.published)),
        ("updated", date(draft.updated)),
        ("created", date(draft.created)),
        ("authors", draft.authors.iter().map(person).collect()),
        (
            "contributors",
            draft.contributors.iter().map(person).collect(),
        ),
        (
            "categories",
            categories(&draft.categories, &draft.category_markup),
        ),
        ("enclosures", draft.enclosures.iter().map(media).collect()),
        ("media", draft.media.iter().map(media).collect()),
        ("thumbnails", json!(draft.thumbnails)),
        ("image", json!(draft.image)),
        ("comments", json!(draft.comments)),
        ("comments_feed", json!(draft.comments_feed)),
        ("comments_count", json!(draft.comments_count)),
        ("rights", json!(draft.rights)),
        ("language", json!(draft.language)),
        ("subtitle", json!(draft.subtitle)),
        (
            "source",
            draft.source.as_deref().map_or(Value::Null, source),
        ),
        ("links", draft.links.iter().map(link).collect()),
        ("geo", place(draft.place.as_ref())),
        ("in_reply_to", reply(draft.in_reply_to.as_ref())),
        ("itunes", podcast(&draft.podcast)),
    ])
}

/// Lists categories, as markup where they were written so.
fn categories(all: &[String], markup: &[(String, String)]) -> Value {
    let written = |name: &String| {
        let found = markup.iter().find(|(text, _)| text == name);
        json!(found.map_or(name, |(_, markup)| markup))
    };
    all.iter().map(written).collect()
}

fn content(content: &Content) -> Value {
    object([
        ("value", json!(content.value)),
        ("type", json!(content.kind)),
        ("language", json!(content.language)),
        ("src", json!(content.src)),
    ])
}

fn person(person: &Person) -> Value {
    object([
        ("name", json!(person.name)),
        ("email", json!(person.email)),
        ("url", json!(person.url)),
    ])
}

fn media(media: &Media) -> Value {
    object([
        ("url", json!(media.url)),
        ("type", json!(media.kind)),
        ("length", json!(media.length)),
    ])
}

fn link(link: &WebLink) -> Value {
    object([
        ("href", json!(link.href)),
        ("rel", json!(link.rel)),
        ("type", json!(link.kind)),
        ("title", json!(link.title)),
        ("hreflang", json!(link.hreflang)),
        ("length", json!(link.length)),
    ])
}

fn source(source: &SourceNote) -> Value {
    object([
        ("id", json!(source.id)),
        ("title", json!(source.title)),
        ("link", json!(source.link)),
        ("updated", date(source.updated)),
        ("subtitle", json!(source.subtitle)),
        ("rights", json!(source.rights)),
        ("icon", json!(source.icon)),
        ("logo", json!(source.logo)),
        ("generator", json!(source.generator)),
        ("authors", source.authors.iter().map(person).collect()),
        (
            "contributors",
            source.contributors.iter().map(person).collect(),
        ),
        ("categories", json!(source.categories)),
        ("links", source.links.iter().map(link).collect()),
    ])
}

fn reply(reply: Option<&Reply>) -> Value {
    let reply = reply.map(|reply| object([("href", json!(reply.href)), ("ref", json!(reply.id))]));
    reply.unwrap_or_default()
}

fn podcast(podcast: &Podcast) -> Value {
    object([
        ("block", json!(podcast.block)),
        ("explicit", json!(podcast.explicit)),
        ("duration", json!(podcast.duration)),
    ])
}

/// Converts a place to GeoJSON (and to a `Box`, which GeoJSON lacks).
fn place(place: Option<&Place>) -> Value {
    let Some(Place { shape, points }) = place else {
        return Value::Null;
    };
    let (name, coordinates) = match shape {
        Shape::Point => ("Point", json!(points.first())),
        Shape::Line => ("LineString", json!(points)),
        Shape::Polygon => ("Polygon", json!([points])),
        Shape::Box => ("Box", json!(points)),
    };
    json!({ "type": name, "coordinates": coordinates })
}

fn date(date: Option<Moment>) -> Value {
    json!(date.map(|date| date.at.to_string()))
}

/// Makes an object of the fields that are not null, not an empty list and not an empty
/// object.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let is_said = |value: &Value| match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
        _ => true,
    };
    let said = fields.into_iter().filter(|(_, value)| is_said(value));
    let said: Map<String, Value> = said.map(|(name, value)| (name.to_owned(), value)).collect();
    Value::Object(said)
}
