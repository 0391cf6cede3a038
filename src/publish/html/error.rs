//! Error pages.

use askama::Template;

use super::document;
use super::shell::Shell;
use crate::publish::Site;

/// Kind of error page; each has its status and its sentence. Chosen by `serve` from the
/// status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// 400 and other statuses of 4xx: the address cannot be understood.
    BadRequest,
    /// 404: there is nothing at this address.
    NotFound,
    /// 405: somebody tried to write.
    WrongMethod,
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
}

impl Trouble {
    /// Returns the HTTP status shown on the page.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Trouble::BadRequest => 400,
            Trouble::NotFound => 404,
            Trouble::WrongMethod => 405,
            Trouble::Unavailable => 503,
            Trouble::Failed => 500,
        }
    }
}

/// Renders the error page, a plain sentence. It repeats nothing of the request.
#[must_use]
pub fn render(site: &Site<'_>, trouble: Trouble) -> Vec<u8> {
    let status = trouble.status();
    let shell = Shell::new(site, None, &status.to_string());
    let words = shell.words;
    let sentence = match trouble {
        Trouble::BadRequest => words.bad_request,
        Trouble::NotFound => words.not_found,
        Trouble::WrongMethod => words.wrong_method,
        Trouble::Unavailable => words.unavailable,
        Trouble::Failed => words.failed,
    };
    document(&Page {
        shell,
        status,
        sentence,
    })
}
