//! The page that says why there is no page.

use askama::Template;

use super::document;
use super::shell::Shell;
use crate::publish::Site;

/// Why there is no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The address cannot be understood.
    BadRequest,
    /// There is nothing at this address.
    NotFound,
    /// Somebody tried to write.
    WrongMethod,
    /// The store cannot be read right now.
    Unavailable,
    /// A mistake of ours.
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
    /// The HTTP status.
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

/// The page that says so in a plain sentence. It repeats nothing of the request.
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
