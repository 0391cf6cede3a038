//! Modules of RSS and Atom in an entry: Dublin Core, Media RSS, iTunes and the small ones.

use super::construct::{Dialect, Text, one_line};
use super::entry::FeedEntry;
use super::scope::Scope;
use super::value::{category, date, is_explicit, is_yes, keywords, licence, reply, set};
use super::{address, media, person};
use crate::model::{Media, WebLink};
use crate::source::feed::xml::{Node, Ns};
use crate::text::identifiers::media_type::{self, FileKind};

impl FeedEntry {
    pub(in crate::source::feed) fn dublin_core(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let draft = &mut self.draft;
        match node.name(&mut [0; 24]) {
            "title" => set(
                &mut self.spare_title,
                Some(Text::of(node, Dialect::Rss, scope)),
            ),
            "description" | "abstract" => {
                set(
                    &mut self.spare_summary,
                    Some(Text::of(node, Dialect::Rss, scope)),
                );
            }
            "creator" | "author" => draft.authors.extend(person::of(node, scope)),
            "publisher" => self.spare_authors.extend(person::of(node, scope)),
            "contributor" => draft.contributors.extend(person::of(node, scope)),
            "date" | "issued" | "available" => set(&mut draft.published, date(node, scope)),
            "modified" => set(&mut draft.updated, date(node, scope)),
            "created" => set(&mut draft.created, date(node, scope)),
            "subject" => draft.categories.extend(category(node)),
            "identifier" => set(&mut draft.guid, node.line()),
            "language" => set(&mut draft.language, node.line()),
            "rights" => set(&mut draft.rights, node.line()),
            "source" => set(
                &mut draft.origin,
                node.line().filter(|name| !address::is_web(name)),
            ),
            _ => {}
        }
    }

    pub(in crate::source::feed) fn media(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let draft = &mut self.draft;
        match node.name(&mut [0; 24]) {
            "group" => {
                let first = draft.media.len();
                node.children().for_each(|child| self.take(&child, scope));
                for media in self.draft.media.iter_mut().skip(first) {
                    media.group = Some(first);
                }
            }
            "content" => {
                let found = media::of(node, scope).filter(|_| node.attribute("url").is_some());
                draft.captions.extend(found.as_ref().and_then(caption));
                draft.media.extend(found);
                self.media_parts(node, scope);
            }
            "credit" => set(&mut self.media_credit, node.line()),
            "player" => set(&mut draft.player, media::picture(node, scope)),
            "thumbnail" => draft.thumbnails.extend(media::picture(node, scope)),
            "title" => set(
                &mut self.spare_title,
                Some(Text::of(node, Dialect::Rss, scope)),
            ),
            "description" => {
                let is_plain = node.attribute("type").is_none_or(|kind| kind == "plain");
                let text = match is_plain {
                    true => Text::plain(node.line().unwrap_or_default(), scope),
                    false => Text::of(node, Dialect::Rss, scope),
                };
                set(&mut self.spare_summary, Some(text));
            }
            "category" => {
                let label = node.attribute("label").map(|label| one_line(&label));
                draft.categories.extend(label.or_else(|| category(node)));
            }
            "keywords" => draft.categories.extend(keywords(node)),
            "rating" if node.line().as_deref() == Some("adult") => {
                set(&mut draft.podcast.explicit, Some(true));
            }
            _ => {}
        }
    }

    /// Reads the parts of a `media:content` that are about the entry.
    fn media_parts(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        for child in node.children().filter(|child| child.ns() == Ns::Media) {
            let is_of_file = ["description", "title", "content", "credit"];
            if !is_of_file.iter().any(|name| child.is(name)) {
                self.media(&child, scope);
            }
        }
    }

    pub(in crate::source::feed) fn itunes(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let draft = &mut self.draft;
        match node.name(&mut [0; 24]) {
            "author" => self.spare_authors.extend(person::of(node, scope)),
            "title" => set(
                &mut self.spare_title,
                Some(Text::of(node, Dialect::Rss, scope)),
            ),
            "summary" | "description" => {
                set(
                    &mut self.spare_summary,
                    Some(Text::of(node, Dialect::Rss, scope)),
                );
            }
            "subtitle" => set(&mut draft.subtitle, node.line()),
            "image" => set(&mut draft.image, media::picture(node, scope)),
            "link" if node.attribute("rel").is_some_and(|rel| rel == "image") => {
                set(&mut draft.image, media::picture(node, scope));
            }
            "keywords" => draft.categories.extend(keywords(node)),
            "category" => draft.categories.extend(category(node)),
            "duration" => set(&mut draft.podcast.duration, node.line()),
            "episode" => set(&mut draft.podcast.episode, node.line()),
            "season" => set(&mut draft.podcast.season, node.line()),
            "episodetype" => set(&mut draft.podcast.episode_kind, node.line()),
            "block" => set(&mut draft.podcast.block, Some(is_yes(&node.text()))),
            "explicit" => set(&mut draft.podcast.explicit, is_explicit(&node.text())),
            _ => {}
        }
    }

    pub(in crate::source::feed) fn module(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let draft = &mut self.draft;
        let name = &mut [0; 24];
        match (node.ns(), node.name(name)) {
            (Ns::Slash, "comments") | (Ns::Thread, "total") => {
                set(&mut draft.comments_count, node.text().trim().parse().ok());
            }
            (Ns::Wfw, "commentrss") => {
                set(
                    &mut draft.comments_feed,
                    node.line().map(|line| scope.resolve(&line)),
                );
            }
            (Ns::Thread, "in-reply-to") => set(&mut draft.in_reply_to, Some(reply(node, scope))),
            (Ns::FeedBurner, "origlink") => {
                set(
                    &mut self.original,
                    node.line().map(|line| scope.resolve(&line)),
                );
            }
            (Ns::FeedBurner, "origenclosurelink") => {
                set(
                    &mut self.original_file,
                    node.line().map(|line| scope.resolve(&line)),
                );
            }
            (Ns::Licence, "license") => {
                draft.links.extend(licence(node, scope));
            }
            (Ns::Geo, "lat") => self.latitude = node.text().trim().parse().ok(),
            (Ns::Geo, "long" | "lon") => self.longitude = node.text().trim().parse().ok(),
            (Ns::Geo, "point") => node.children().for_each(|child| self.take(&child, scope)),
            (Ns::Podcast, "episode") => set(&mut draft.podcast.episode, node.line()),
            (Ns::Podcast, "season") => set(&mut draft.podcast.season, node.line()),
            (Ns::Podcast, "transcript") => {
                draft.podcast.transcripts.extend(side_file(node, scope));
            }
            (Ns::Podcast, "chapters") => {
                set(&mut draft.podcast.chapters, side_file(node, scope));
            }
            (Ns::Podcast, "person") => draft.contributors.extend(person::of(node, scope)),
            (Ns::Podcast, "image" | "images") => {
                set(&mut draft.image, media::picture(node, scope));
            }
            _ => {}
        }
    }
}

/// Reads a file beside an episode; its relation is of no use.
fn side_file(node: &Node<'_, '_>, scope: &Scope<'_>) -> Option<WebLink> {
    let value = |name: &str| node.attribute(name).map(|value| value.into_owned());
    Some(WebLink {
        href: scope.inside(node).resolve_some(&value("url")?)?,
        kind: value("type"),
        hreflang: value("language"),
        ..WebLink::default()
    })
}

fn caption(media: &Media) -> Option<String> {
    let kind = media_type::kind(media.medium.as_deref(), media.kind.as_deref(), &media.url);
    if matches!(kind, FileKind::Sound | FileKind::Film) {
        return None;
    }
    let text = media.description.as_deref().map(one_line)?;
    Some(match &media.credit {
        Some(credit) => format!("{text} ({})", one_line(credit)),
        None => text,
    })
}
