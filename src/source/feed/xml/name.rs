//! Namespaces: by address, and by the prefix everybody uses.

/// Namespace: one vocabulary of feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ns {
    /// No prefix: RSS of the 2.0 family, or whatever the document invents.
    Plain,
    /// RSS 0.90.
    Rss090,
    /// RSS 1.0, also 1.1.
    Rss1,
    /// Atom 1.0.
    Atom,
    /// Atom 0.3 and before.
    Atom03,
    /// RDF.
    Rdf,
    /// `content:encoded`.
    Content,
    /// Dublin Core.
    Dc,
    /// Dublin Core, the long one.
    DcTerms,
    /// Media RSS.
    Media,
    /// iTunes, and Google Play that copied it.
    Itunes,
    /// Podcasting 2.0.
    Podcast,
    /// GeoRSS.
    GeoRss,
    /// GML inside GeoRSS.
    Gml,
    /// W3C geo.
    Geo,
    /// Slash.
    Slash,
    /// Atom threading.
    Thread,
    /// Well-formed web: comments.
    Wfw,
    /// Syndication.
    Sy,
    /// Creative Commons.
    Licence,
    /// `source:`.
    Source,
    /// FeedBurner.
    FeedBurner,
    /// `admin:`.
    Admin,
    /// XHTML.
    Xhtml,
    /// SVG.
    Svg,
    /// MathML.
    MathMl,
    /// `xml:`.
    Xml,
    /// Anything else.
    Other,
}

impl Ns {
    /// Whether feeds themselves are written in it.
    pub(crate) fn is_core(self) -> bool {
        matches!(
            self,
            Ns::Plain | Ns::Rss090 | Ns::Rss1 | Ns::Atom | Ns::Atom03
        )
    }

    /// Finds the vocabulary with this address, if we know it.
    ///
    /// Case, scheme and a slash or hash at the end do not count: feeds get them wrong.
    pub(crate) fn by_address(address: &str) -> Option<Ns> {
        let folded = address.trim().to_ascii_lowercase();
        let bare = folded
            .trim_start_matches("https://")
            .trim_start_matches("http://")
            .trim_start_matches("www.")
            .trim_end_matches(['/', '#']);
        ADDRESSES
            .iter()
            .find(|(known, _)| *known == bare)
            .map(|(_, ns)| *ns)
    }

    /// Finds the vocabulary that everybody gives this prefix.
    pub(crate) fn by_prefix(prefix: &str) -> Option<Ns> {
        let mut folded = [0; 16];
        let folded = super::fold(prefix, &mut folded);
        PREFIXES
            .iter()
            .find(|(known, _)| *known == folded)
            .map(|(_, ns)| *ns)
    }
}

/// Addresses without scheme, `www.` and the slash or hash at their end.
const ADDRESSES: &[(&str, Ns)] = &[
    ("w3.org/2005/atom", Ns::Atom),
    ("purl.org/atom/ns", Ns::Atom03),
    ("example.com/newformat", Ns::Atom03),
    ("example.com/necho", Ns::Atom03),
    ("purl.org/echo", Ns::Atom03),
    ("uri/of/echo/namespace", Ns::Atom03),
    ("purl.org/pie", Ns::Atom03),
    ("intertwingly.net/blog/atom", Ns::Atom03),
    ("purl.org/net/rss1.1", Ns::Rss1),
    ("purl.org/rss/1.0", Ns::Rss1),
    ("my.netscape.com/rdf/simple/0.9", Ns::Rss090),
    ("my.netscape.com/publish/formats/rss-0.90.dtd", Ns::Rss090),
    ("channel.netscape.com/rdf/simple/0.9", Ns::Rss090),
    ("example.com/rss/1.0", Ns::Rss1),
    ("backend.userland.com/rss", Ns::Plain),
    ("backend.userland.com/rss2", Ns::Plain),
    ("backend.userland.com/rss20", Ns::Plain),
    ("blogs.law.harvard.edu/tech/rss", Ns::Plain),
    ("cyber.law.harvard.edu/rss/rss.html", Ns::Plain),
    ("my.netscape.com/publish/formats/rss-0.91.dtd", Ns::Plain),
    ("purl.org/net/rss1.0", Ns::Rss1),
    ("w3.org/1999/02/22-rdf-syntax-ns", Ns::Rdf),
    ("purl.org/rss/1.0/modules/content", Ns::Content),
    ("purl.org/dc/elements/1.1", Ns::Dc),
    ("purl.org/dc/elements/1.0", Ns::Dc),
    ("purl.org/dc/terms", Ns::DcTerms),
    ("search.yahoo.com/mrss", Ns::Media),
    ("tools.search.yahoo.com/mrss", Ns::Media),
    ("video.search.yahoo.com/mrss", Ns::Media),
    ("itunes.com/dtds/podcast-1.0.dtd", Ns::Itunes),
    ("example.com/dtds/podcast-1.0.dtd", Ns::Itunes),
    ("google.com/schemas/play-podcasts/1.0", Ns::Itunes),
    ("podcastindex.org/namespace/1.0", Ns::Podcast),
    (
        "github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
        Ns::Podcast,
    ),
    ("georss.org/georss", Ns::GeoRss),
    ("opengis.net/gml", Ns::Gml),
    ("w3.org/2003/01/geo/wgs84_pos", Ns::Geo),
    ("purl.org/rss/1.0/modules/slash", Ns::Slash),
    ("purl.org/syndication/thread/1.0", Ns::Thread),
    ("wellformedweb.org/commentapi", Ns::Wfw),
    ("purl.org/rss/1.0/modules/syndication", Ns::Sy),
    ("backend.userland.com/creativecommonsrssmodule", Ns::Licence),
    ("creativecommons.org/ns", Ns::Licence),
    ("web.resource.org/cc", Ns::Licence),
    ("source.scripting.com", Ns::Source),
    ("rssnamespace.org/feedburner/ext/1.0", Ns::FeedBurner),
    ("webns.net/mvcb", Ns::Admin),
    ("w3.org/1999/xhtml", Ns::Xhtml),
    ("w3.org/2000/svg", Ns::Svg),
    ("w3.org/1998/math/mathml", Ns::MathMl),
    ("w3.org/xml/1998/namespace", Ns::Xml),
];

/// Prefixes that everybody uses, in lower case.
const PREFIXES: &[(&str, Ns)] = &[
    ("xml", Ns::Xml),
    ("atom", Ns::Atom),
    ("atom10", Ns::Atom),
    ("a10", Ns::Atom),
    ("rdf", Ns::Rdf),
    ("rss", Ns::Rss1),
    ("content", Ns::Content),
    ("dc", Ns::Dc),
    ("dcterms", Ns::DcTerms),
    ("dct", Ns::DcTerms),
    ("media", Ns::Media),
    ("itunes", Ns::Itunes),
    ("googleplay", Ns::Itunes),
    ("podcast", Ns::Podcast),
    ("georss", Ns::GeoRss),
    ("gml", Ns::Gml),
    ("geo", Ns::Geo),
    ("slash", Ns::Slash),
    ("thr", Ns::Thread),
    ("wfw", Ns::Wfw),
    ("sy", Ns::Sy),
    ("creativecommons", Ns::Licence),
    ("cc", Ns::Licence),
    ("source", Ns::Source),
    ("feedburner", Ns::FeedBurner),
    ("admin", Ns::Admin),
    ("xhtml", Ns::Xhtml),
    ("svg", Ns::Svg),
];
