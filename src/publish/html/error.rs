//! Error pages.

use askama::Template;

use super::document;
use super::front::regions_of;
use super::shell::{ChannelLink, Shell};
use crate::publish::Site;

/// Kind of error page; each has its status and its sentence. Chosen by `serve` from the
/// status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorPage {
    /// 400 and other statuses of 4xx: the address cannot be understood.
    BadRequest,
    /// 404: there is nothing at this address.
    NotFound,
    /// 410: there was a story, and it was taken down.
    Gone,
    /// 405: somebody tried to write.
    WrongMethod,
    /// 429: the reader's address has asked for too much.
    TooMany,
    /// 503: the store cannot be read right now.
    Unavailable,
    /// 500 and other statuses of 5xx: a mistake of ours.
    Failed,
}

#[derive(Template)]
#[template(path = "error.html")]
struct Page<'a> {
    shell: Shell<'a>,
    status: u16,
    sentence: &'static str,
    /// Regions to go on with, where there is nothing at the address.
    regions: Vec<(ChannelLink<'a>, Vec<ChannelLink<'a>>)>,
}

impl ErrorPage {
    /// Returns the HTTP status shown on the page.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            ErrorPage::BadRequest => 400,
            ErrorPage::NotFound => 404,
            ErrorPage::Gone => 410,
            ErrorPage::WrongMethod => 405,
            ErrorPage::TooMany => 429,
            ErrorPage::Unavailable => 503,
            ErrorPage::Failed => 500,
        }
    }
}

/// Renders the error page, a plain sentence. It repeats nothing of the request.
#[must_use]
pub fn render(site: &Site<'_>, trouble: ErrorPage) -> Vec<u8> {
    let status = trouble.status();
    let mut shell = Shell::new(site, None, &status.to_string());
    shell.is_indexed = false;
    let words = shell.words;
    let sentence = match trouble {
        ErrorPage::BadRequest => words.bad_request,
        ErrorPage::NotFound => words.not_found,
        ErrorPage::Gone => words.gone,
        ErrorPage::WrongMethod => words.wrong_method,
        ErrorPage::TooMany => words.too_many,
        ErrorPage::Unavailable => words.unavailable,
        ErrorPage::Failed => words.failed,
    };
    document(&Page {
        shell,
        status,
        sentence,
        regions: match trouble {
            ErrorPage::NotFound | ErrorPage::Gone => regions_of(site),
            _ => Vec::new(),
        },
    })
}
