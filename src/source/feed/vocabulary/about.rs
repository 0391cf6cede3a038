//! Metadata of a feed, in whatever XML dialect.

use super::construct::{Dialect, Text};
use super::scope::Scope;
use super::value::{
    category, category_markup, date, dedup, is_explicit, is_yes, keywords, licence, over,
    page_link, reply, set, text,
};
use super::{link, media, person};
use crate::model::{Person, Place, Shape, SourceNote, WebUrl};
use crate::source::About;
use crate::source::feed::xml::{Node, Ns};

/// Metadata of a feed while it is read; the spares count only if nothing proper comes.
#[derive(Debug)]
pub(in crate::source::feed) struct Builder {
    dialect: Dialect,
    about: About,
    /// Authors by modules, in case there are no proper ones.
    spare_authors: Vec<Person>,
    /// `itunes:author`.
    hosts: Vec<Person>,
    spare_subtitle: Option<Text>,
    spare_image: Option<String>,
    spare_updated: Option<crate::model::Moment>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

/// Reads the metadata of the feed that an Atom entry was copied from.
pub(in crate::source::feed) fn of_source(
    node: &Node<'_, '_>,
    dialect: Dialect,
    scope: &Scope<'_>,
) -> SourceNote {
    let scope = scope.inside(node);
    let mut builder = Builder::new(dialect);
    node.children()
        .for_each(|child| builder.take(&child, &scope));
    let about = builder.finish();
    SourceNote {
        id: about.id,
        title: about.title_markup.or(about.title),
        link: about.address,
        updated: about.updated,
        subtitle: about.subtitle,
        rights: about.rights,
        icon: about.icon,
        logo: about.logo,
        generator: about.generator,
        authors: about.authors,
        contributors: about.contributors,
        categories: about.categories,
        links: about.links,
    }
}

impl Builder {
    /// Makes a builder that has read nothing.
    pub(in crate::source::feed) fn new(dialect: Dialect) -> Builder {
        Builder {
            dialect,
            about: About::default(),
            spare_authors: Vec::new(),
            hosts: Vec::new(),
            spare_subtitle: None,
            spare_image: None,
            spare_updated: None,
            latitude: None,
            longitude: None,
        }
    }

    /// Sets the dialect of the elements to come.
    pub(in crate::source::feed) fn speak(&mut self, dialect: Dialect) {
        self.dialect = dialect;
    }

    /// Takes the attributes of a feed element.
    pub(in crate::source::feed) fn attributes(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let about = &mut self.about;
        set(
            &mut about.id,
            node.attribute("about").map(|id| id.into_owned()),
        );
        if let Some(href) = node.attribute("href") {
            about.links.push(page_link(scope.resolve(&href)));
        }
        if let Some(changed) = node.attribute("lastmod") {
            set(&mut about.updated, scope.date(&changed));
        }
    }

    /// Takes one element of the feed.
    pub(in crate::source::feed) fn take(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        match node.ns() {
            Ns::Plain | Ns::Rss090 | Ns::Rss1 | Ns::Atom | Ns::Atom03 => self.core(node, scope),
            Ns::Dc | Ns::DcTerms => self.dublin_core(node, scope),
            Ns::Itunes => self.itunes(node, scope),
            _ => self.module(node, scope),
        }
    }

    fn core(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let about = &mut self.about;
        match node.name(&mut [0; 24]) {
            "title" if about.title.is_none() => {
                (about.title, about.title_markup) =
                    Text::of(node, self.dialect, scope).into_title();
            }
            "link" => about.links.extend(link::of(node, scope)),
            "id" | "guid" => over(&mut about.id, node.line()),
            "description" | "subtitle" | "tagline" | "abstract" => {
                set(&mut about.subtitle, text(node, self.dialect, scope));
            }
            "info" => set(
                &mut self.spare_subtitle,
                Some(Text::of(node, self.dialect, scope)),
            ),
            "language" => set(&mut about.language, node.line()),
            "pubdate" | "published" | "issued" => over(&mut about.published, date(node, scope)),
            "lastbuilddate" | "updated" | "modified" | "lastmod" => {
                over(&mut about.updated, date(node, scope));
            }
            "created" => set(&mut about.created, date(node, scope)),
            "copyright" | "rights" => set(&mut about.rights, text(node, self.dialect, scope)),
            "generator" if node.has_children() => {
                set(&mut about.generator, text(node, self.dialect, scope));
            }
            "generator" => set(&mut about.generator, node.line()),
            "ttl" => set(&mut about.ttl, node.line()),
            "skiphours" => about.schedule.skip_hours.extend(lines(node, "hour")),
            "skipdays" => about.schedule.skip_days.extend(lines(node, "day")),
            "image" => set(&mut about.image, media::picture(node, scope)),
            "logo" => {
                let is_icon = node
                    .attribute("style")
                    .is_some_and(|style| style.eq_ignore_ascii_case("icon"));
                let picture = media::picture(node, scope);
                set(
                    if is_icon {
                        &mut about.icon
                    } else {
                        &mut about.logo
                    },
                    picture,
                );
            }
            "icon" => set(&mut about.icon, media::picture(node, scope)),
            "author" | "managingeditor" => about.authors.extend(person::of(node, scope)),
            "webmaster" => self.spare_authors.extend(person::of(node, scope)),
            "contributor" => about.contributors.extend(person::of(node, scope)),
            "category" | "keywords" => {
                about.categories.extend(category(node));
                about.category_markup.extend(category_markup(node));
            }
            _ => {}
        }
    }

    fn dublin_core(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let about = &mut self.about;
        match node.name(&mut [0; 24]) {
            "title" if about.title.is_none() => {
                (about.title, about.title_markup) =
                    Text::of(node, Dialect::Rss, scope).into_title();
            }
            "description" => set(
                &mut self.spare_subtitle,
                Some(Text::of(node, Dialect::Rss, scope)),
            ),
            "creator" | "author" => about.authors.extend(person::of(node, scope)),
            "publisher" => self.spare_authors.extend(person::of(node, scope)),
            "contributor" => about.contributors.extend(person::of(node, scope)),
            "date" => set(&mut self.spare_updated, date(node, scope)),
            "modified" => set(&mut about.updated, date(node, scope)),
            "issued" => set(&mut about.published, date(node, scope)),
            "created" => set(&mut about.created, date(node, scope)),
            "subject" => about.categories.extend(category(node)),
            "identifier" => set(&mut about.id, node.line()),
            "language" => set(&mut about.language, node.line()),
            "rights" => set(&mut about.rights, node.line()),
            _ => {}
        }
    }

    fn itunes(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let about = &mut self.about;
        match node.name(&mut [0; 24]) {
            "author" => {
                let host = person::of(node, scope);
                self.spare_authors.extend(host.clone());
                self.hosts.extend(host);
            }
            "owner" => {
                let owner = person::of(node, scope);
                if self.spare_authors.is_empty() {
                    self.spare_authors.extend(owner);
                }
            }
            "summary" | "subtitle" | "description" => {
                set(
                    &mut self.spare_subtitle,
                    Some(Text::of(node, Dialect::Rss, scope)),
                );
            }
            "image" => set(&mut self.spare_image, media::picture(node, scope)),
            "link" if node.attribute("rel").is_some_and(|rel| rel == "image") => {
                set(&mut self.spare_image, media::picture(node, scope));
            }
            "category" => {
                about.categories.extend(category(node));
                for inner in node.children().filter(|child| child.is("category")) {
                    about.categories.extend(category(&inner));
                }
            }
            "keywords" => about.categories.extend(keywords(node)),
            "block" => set(&mut about.podcast.block, Some(is_yes(&node.text()))),
            "explicit" => set(&mut about.podcast.explicit, is_explicit(&node.text())),
            _ => {}
        }
    }

    fn module(&mut self, node: &Node<'_, '_>, scope: &Scope<'_>) {
        let about = &mut self.about;
        let name = &mut [0; 24];
        let schedule = &mut about.schedule;
        match (node.ns(), node.name(name)) {
            (Ns::Sy, "updateperiod") => set(&mut schedule.update_period, node.line()),
            (Ns::Sy, "updatefrequency") => set(&mut schedule.update_frequency, node.line()),
            (Ns::Sy, "updatebase") => set(&mut schedule.update_base, node.line()),
            (Ns::Thread, "in-reply-to") => set(&mut about.in_reply_to, Some(reply(node, scope))),
            (Ns::Admin, "generatoragent") => {
                let agent = node.attribute("resource").map(|agent| agent.into_owned());
                set(&mut about.generator, agent);
            }
            (Ns::Licence, "license") => about.links.extend(licence(node, scope)),
            (Ns::Media, "thumbnail") => set(&mut self.spare_image, media::picture(node, scope)),
            (Ns::Media, "category") => about.categories.extend(category(node)),
            (Ns::Media, "keywords") => about.categories.extend(keywords(node)),
            (Ns::GeoRss | Ns::Gml, _) => set(&mut about.place, media::place(node)),
            (Ns::Geo, "lat") => self.latitude = node.text().trim().parse().ok(),
            (Ns::Geo, "long" | "lon") => self.longitude = node.text().trim().parse().ok(),
            (Ns::Geo, "point") => node.children().for_each(|child| self.take(&child, scope)),
            _ => {}
        }
    }

    /// Returns the authors of entries that name nobody: Atom means the authors of the feed,
    /// podcasts their host.
    pub(in crate::source::feed) fn inherited(&self) -> Vec<Person> {
        match self.dialect {
            Dialect::Rss => self.hosts.clone(),
            Dialect::Atom03 | Dialect::Atom10 => self.about.authors.clone(),
        }
    }

    /// Returns the metadata, spares and links worked in.
    pub(in crate::source::feed) fn finish(mut self) -> About {
        let about = &mut self.about;
        if about.authors.is_empty() {
            about.authors = self.spare_authors;
        }
        if about.subtitle.is_none() {
            let spare = self.spare_subtitle.filter(|text| !text.is_empty());
            about.subtitle = spare.map(|text| text.value);
        }
        set(&mut about.image, self.spare_image);
        set(&mut about.updated, self.spare_updated);
        if let (None, Some(lat), Some(long)) = (&about.place, self.latitude, self.longitude) {
            about.place = Some(Place {
                shape: Shape::Point,
                points: vec![(long, lat)],
            });
        }
        settle(about);
        self.about
    }
}

/// Iterates over the texts of the first 24 children of this name: more than a day has hours is a
/// mistake.
fn lines<'a>(node: &'a Node<'_, '_>, name: &'a str) -> impl Iterator<Item = String> {
    let children: Vec<String> = node
        .children()
        .filter(|child| child.is(name))
        .take(24)
        .filter_map(|child| child.line())
        .collect();
    children.into_iter()
}

/// Fills in what follows from the links: home page, own address, hubs.
pub(in crate::source::feed) fn settle(about: &mut About) {
    let own = about.links.iter().find(|found| link::is(found, "self"));
    let feed_url = own.map(|found| found.href.clone());
    let hubs = about.links.iter().filter(|found| link::is(found, "hub"));
    let hubs = hubs.map(|found| found.href.clone()).collect();
    about.address = link::home(&about.links).map(|found| found.href.clone());
    about.link = about.address.as_deref().and_then(WebUrl::parse);
    (about.feed_url, about.hubs) = (feed_url, hubs);
    dedup(&mut about.categories);
}
