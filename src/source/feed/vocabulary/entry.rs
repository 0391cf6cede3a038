//! One entry, of whatever XML dialect: every element in its place.
//!
//! Dialects mix in the wild (Atom in RSS, Dublin Core everywhere), so there is
//! one list of what an element means, not one for each dialect. Where two
//! elements mean the same, the first that says something wins, and the more
//! specific one wins over both.

use super::construct::{Dialect, Text, one_line};
use super::scope::Scope;
use super::value::{
    category, category_label, category_markup, date, dedup, over, page_link, set, text,
};
use super::{about, address, link, media, person};
use crate::model::{Content, Draft, Media, Place, Shape, SourceNote, WebLink, WebUrl};
use crate::source::feed::xml::{Node, Ns};

/// Reads an entry of a document that speaks `dialect`.
pub(in crate::source::feed) fn read(
    node: &Node<'_, '_>,
    dialect: Dialect,
    scope: &Scope<'_>,
) -> Draft {
    let scope = scope.inside(node).of_entry();
    let mut entry = FeedEntry {
        dialect: dialect.of(node.ns()),
        ..FeedEntry::new()
    };
    entry.draft.language = node.attribute("xml:lang").map(|value| value.into_owned());
    entry.draft.guid = node.attribute("about").map(|id| id.into_owned());
    if let Some(href) = node.attribute("href") {
        entry.draft.links.push(page_link(scope.resolve(&href)));
    }
    if let Some(changed) = node.attribute("lastmod") {
        entry.draft.updated = scope.date(&changed);
    }
    for child in node.children() {
        entry.take(&child, &scope);
    }
    entry.finish(&scope)
}

/// Entry while it is read; the spares count only if nothing proper comes.
pub(in crate::source::feed) struct FeedEntry {
    pub(in crate::source::feed) dialect: Dialect,
    pub(in crate::source::feed) draft: Draft,
    /// Guid that is an address too.
    permalink: Option<String>,
    /// Target of a redirecting link (`feedburner:origLink`).
    pub(in crate::source::feed) original: Option<String>,
    pub(in crate::source::feed) original_file: Option<String>,
    /// `media:credit` of the entry or of a group.
    pub(in crate::source::feed) media_credit: Option<String>,
    /// Description by a module, in case there is no proper one.
    pub(in crate::source::feed) spare_summary: Option<Text>,
    pub(in crate::source::feed) spare_title: Option<Text>,
    pub(in crate::source::feed) spare_authors: Vec<crate::model::Person>,
    pub(in crate::source::feed) latitude: Option<f64>,
    pub(in crate::source::feed) longitude: Option<f64>,
}

impl FeedEntry {
    /// Makes an entry of which nothing is read.
    pub(in crate::source::feed) fn new() -> FeedEntry {
        FeedEntry {
            dialect: Dialect::Rss,
            draft: Draft::default(),
            permalink: None,
            original: None,
            original_file: None,
            media_credit: None,
            spare_summary: None,
            spare_title: None,
            spare_authors: Vec::new(),
            latitude: None,
            longitude: None,
        }
    }

    pub(in crate::source::feed) fn take(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        match node.ns() {
            Ns::Plain | Ns::Rss090 | Ns::Rss1 | Ns::Atom | Ns::Atom03 => self.core(node, scope),
            Ns::Content => self.content(node, scope),
            Ns::Dc | Ns::DcTerms => self.dublin_core(node, scope),
            Ns::Media => self.media(node, scope),
            Ns::Itunes => self.itunes(node, scope),
            Ns::GeoRss | Ns::Gml => set(&mut self.draft.place, media::place(node)),
            Ns::Xhtml if node.is("body") || node.is("div") => self.body(node, scope),
            Ns::Other | Ns::Xml | Ns::Rdf | Ns::Xhtml | Ns::Svg | Ns::MathMl => {}
            _ => self.module(node, scope),
        }
    }

    fn core(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let draft = &mut self.draft;
        match node.name(&mut [0; 24]) {
            "title" if draft.title.is_none() => {
                (draft.title, draft.title_markup) =
                    Text::of(node, self.dialect, scope).into_title();
            }
            "link" => draft.links.extend(link::of(node, scope)),
            "guid" => self.guid(node, scope),
            "id" => set_or(&mut draft.guid, node.line()),
            "description" | "summary" | "abstract" | "shortdesc" => self.summary(node, scope),
            "content" => self.atom_content(node, scope),
            "body" | "fullitem" | "longdesc" => self.body(node, scope),
            "subtitle" | "tagline" => set(&mut draft.subtitle, node.line()),
            "pubdate" | "published" => over(&mut draft.published, date(node, scope)),
            "issued" | "date" => set(&mut draft.published, date(node, scope)),
            "updated" | "modified" | "lastmod" | "lastbuilddate" => {
                set(&mut draft.updated, date(node, scope));
            }
            "created" => set(&mut draft.created, date(node, scope)),
            "author" | "managingeditor" => draft.authors.extend(person::of(node, scope)),
            "contributor" => draft.contributors.extend(person::of(node, scope)),
            "category" | "keywords" | "tags" => {
                draft.categories.extend(category(node));
                draft.category_markup.extend(category_markup(node));
                draft.category_labels.extend(category_label(node));
            }
            "enclosure" => draft.enclosures.extend(media::of(node, scope)),
            "comments" => {
                set(
                    &mut draft.comments,
                    node.line().map(|line| scope.resolve(&line)),
                );
            }
            "source" if draft.source.is_none() => {
                draft.source = source(node, self.dialect, scope).map(Box::new);
            }
            "rights" | "copyright" => {
                set(&mut draft.rights, text(node, self.dialect, scope));
            }
            "image" | "img" | "thumbnail" | "logo" => {
                set(&mut draft.image, media::picture(node, scope));
            }
            "language" | "lang" => set(&mut draft.language, node.line()),
            _ => {}
        }
    }

    fn guid(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let is_permalink = node
            .attribute("ispermalink")
            .is_none_or(|value| !value.eq_ignore_ascii_case("false"));
        if let Some(guid) = node.line() {
            self.identify(guid, is_permalink, scope);
        }
    }

    /// Takes a guid, which may be the address as well. By RSS 2.0 a guid is one unless it says
    /// otherwise, but many a feed says nothing and has numbers.
    pub(in crate::source::feed) fn identify(
        &mut self,
        guid: String,
        is_permalink: bool,
        scope: &Scope<'_>,
    ) {
        let address = scope.resolve(&guid);
        if is_permalink && guid.contains('/') && address::is_web(&address) {
            self.permalink = Some(address);
        }
        self.draft.guid = Some(guid);
    }

    fn summary(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let text = Text::of(node, self.dialect, scope);
        if self.draft.summary.is_none() {
            (self.draft.summary, self.draft.is_summary_text) = text.into_markup();
        } else if !text.is_empty() {
            self.draft.content.push(text.into_content());
        }
    }

    fn atom_content(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let src = node.attribute("src");
        let src = src.map(|src| scope.inside(node).resolve(&src));
        let mut content = match src.is_some() && !node.has_children() {
            true => Content {
                kind: node.attribute("type").unwrap_or_default().into_owned(),
                language: scope.inside(node).language(),
                ..Content::default()
            },
            false => Text::of(node, self.dialect, scope).into_content(),
        };
        content.src = src;
        if !content.value.is_empty() || content.src.is_some() {
            self.draft.content.push(content);
        }
    }

    /// Takes XHTML in RSS, or any other full text that is no `content`.
    fn body(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let text = Text::of(node, Dialect::Rss, scope);
        if !text.is_empty() {
            self.draft.content.push(text.into_content());
        }
    }

    fn content(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        if node.is("encoded") {
            self.body(node, scope);
        }
    }

    /// Returns all that was read, and what follows from it.
    pub(in crate::source::feed) fn finish(mut self, scope: &Scope<'_>) -> Draft {
        let draft = &mut self.draft;
        if draft.title.is_none()
            && let Some(spare) = self.spare_title
        {
            (draft.title, draft.title_markup) = spare.into_title();
        }
        if draft.summary.is_none()
            && let Some(spare) = self.spare_summary
        {
            (draft.summary, draft.is_summary_text) = spare.into_markup();
        }
        if draft.authors.is_empty() {
            draft.authors = self.spare_authors;
        }
        if let (None, Some(lat), Some(long)) = (&draft.place, self.latitude, self.longitude) {
            draft.place = Some(Place {
                shape: Shape::Point,
                points: vec![(long, lat)],
            });
        }
        let enclosed = draft
            .links
            .iter()
            .filter(|found| link::is(found, "enclosure"));
        let enclosed: Vec<Media> = enclosed.map(enclosure).collect();
        draft.enclosures.extend(enclosed);
        if draft.comments_feed.is_none() {
            let replies = draft.links.iter().find(|found| link::is(found, "replies"));
            draft.comments_feed = replies.map(|found| found.href.clone());
        }
        let linked = link::home(&draft.links).map(|found| found.href.clone());
        let identity = draft
            .guid
            .as_ref()
            .filter(|id| self.dialect != Dialect::Rss && address::is_web(id));
        let original = self.original.filter(|original| address::is_web(original));
        draft.address = original.or(linked).or(self.permalink).or(identity.cloned());
        if let (Some(file), Some(original)) = (draft.enclosures.first_mut(), self.original_file) {
            file.url = original;
        }
        dedup(&mut draft.categories);
        // `http:x` without slashes is as good as no address.
        let whole = draft
            .address
            .as_deref()
            .filter(|text| address::is_web(text));
        draft.link = whole.and_then(WebUrl::parse);
        resolve_texts(draft, scope);
        let credit = self.media_credit;
        for media in draft
            .media
            .iter_mut()
            .filter(|media| media.credit.is_none())
        {
            media.credit.clone_from(&credit);
        }
        self.draft
    }
}

/// Resolves the addresses in the texts of an entry that the document has left
/// open: they are seen from the page of the entry, or else from the feed. Whole addresses are
/// longer than relative ones, so that the limit on a text is applied again.
fn resolve_texts(draft: &mut Draft, scope: &Scope<'_>) {
    let link = draft.link.as_ref().map(WebUrl::as_str);
    let resolve = |markup: &mut String| {
        let open = std::mem::take(markup);
        *markup = scope.cap(scope.resolve_open(link, open));
    };
    draft.title_markup.iter_mut().for_each(resolve);
    draft.rights.iter_mut().for_each(resolve);
    if !draft.is_summary_text {
        draft.summary.iter_mut().for_each(resolve);
    }
    let is_markup = |content: &&mut Content| content.kind != "text/plain";
    let bodies = draft.content.iter_mut().filter(is_markup);
    bodies.for_each(|content| resolve(&mut content.value));
}

/// Reads RSS's `source`, or the copy of the feed that Atom took the entry from.
fn source(node: &Node<'_, '_>, dialect: Dialect, scope: &Scope<'_>) -> Option<SourceNote> {
    if node.has_children() {
        return Some(about::of_source(node, dialect, scope));
    }
    let link = node.attribute("url").map(|url| scope.resolve(&url));
    let title = node.line().map(|title| one_line(&title));
    (link.is_some() || title.is_some()).then(|| SourceNote {
        title,
        link,
        ..SourceNote::default()
    })
}

fn enclosure(link: &WebLink) -> Media {
    Media {
        url: link.href.clone(),
        kind: link.kind.clone(),
        length: link.length.clone(),
        title: link.title.clone(),
        ..Media::default()
    }
}

/// Sets a guid: an `id` wins over `rdf:about`.
fn set_or(slot: &mut Option<String>, value: Option<String>) {
    over(slot, value);
}
