//! How a source lets us in: credentials as references, certificates as files.
//!
//! A configuration never holds a secret, so it can be logged, published and
//! kept in a repository. A reference is followed at each request: a rotated
//! file counts from the next poll on.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A longer secret is a mistake: the reference names the wrong file.
const MAX_SECRET: u64 = 64 << 10;

/// A longer PEM file is not read.
const MAX_PEM: u64 = 4 << 20;

/// How a source, or a host, lets us in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// `auth`
    pub auth: Option<Auth>,
    /// `headers`; names are lower-case.
    pub headers: Vec<(String, Secret)>,
    /// `tls_ca`, `tls_cert`, `tls_key`
    pub tls: Option<TlsFiles>,
}

/// `auth`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// RFC 7617.
    Basic {
        /// The user's name.
        user: Secret,
        /// And password.
        password: Secret,
    },
    /// RFC 6750.
    Bearer(Secret),
}

/// PEM files of a TLS connection of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TlsFiles {
    /// Certificates that are trusted in place of the system's.
    pub ca: Option<PathBuf>,
    /// The certificate to show, with those that vouch for it.
    pub cert: Option<PathBuf>,
    /// Its key, if it is not in the same file.
    pub key: Option<PathBuf>,
}

/// Where a secret is; or words that are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// An environment variable.
    Env(String),
    /// A file; a line break at its end does not count.
    File(PathBuf),
    /// No secret: as it stands in the file.
    Plain(String),
}

/// A secret that is not there.
#[derive(Debug, thiserror::Error)]
#[error("the secret `{reference}` cannot be used: {why}")]
pub struct SecretError {
    reference: String,
    why: String,
}

impl Access {
    /// Whether it says anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Access::default()
    }
}

impl TlsFiles {
    /// One of the files.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is too large for what it should be.
    pub fn read(path: &Path) -> io::Result<Vec<u8>> {
        let mut pem = Vec::new();
        fs::File::open(path)?
            .take(MAX_PEM + 1)
            .read_to_end(&mut pem)?;
        match pem.len() as u64 > MAX_PEM {
            true => Err(io::Error::other("it is too large for certificates")),
            false => Ok(pem),
        }
    }

    /// One that is there, to name the set by.
    #[must_use]
    pub fn any(&self) -> &Path {
        let all = [&self.ca, &self.cert, &self.key];
        let found = all.into_iter().flatten().next();
        found.map_or(Path::new(""), PathBuf::as_path)
    }
}

impl Secret {
    /// The secret itself. It goes nowhere but into a request.
    ///
    /// # Errors
    ///
    /// When the variable is not set, or the file cannot be read.
    pub fn reveal(&self) -> Result<String, SecretError> {
        let failed = |why: String| SecretError {
            reference: self.to_string(),
            why,
        };
        let found = match self {
            Secret::Plain(words) => return Ok(words.clone()),
            Secret::Env(name) => std::env::var(name).map_err(|why| failed(why.to_string()))?,
            Secret::File(path) => {
                let mut text = String::new();
                let file = fs::File::open(path).map_err(|why| failed(why.to_string()))?;
                file.take(MAX_SECRET + 1)
                    .read_to_string(&mut text)
                    .map_err(|why| failed(why.to_string()))?;
                text
            }
        };
        let found = found.trim_end_matches(['\r', '\n']);
        let is_usable = !found.is_empty() && found.len() as u64 <= MAX_SECRET;
        match is_usable && !found.contains(char::is_control) {
            true => Ok(found.to_owned()),
            false => Err(failed(
                "it is empty, too long, or more than one line".to_owned(),
            )),
        }
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Secret::Env(name) => write!(f, "env:{name}"),
            Secret::File(path) => write!(f, "file:{}", path.display()),
            Secret::Plain(words) => f.write_str(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_counts_without_its_last_line_break() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let secret = Secret::File(path.clone());
        assert!(secret.reveal().unwrap_err().to_string().contains("token"));
        fs::write(&path, "s3cret\n").unwrap();
        assert_eq!(secret.reveal().unwrap(), "s3cret");
        for bad in ["", "\n", "two\nlines"] {
            fs::write(&path, bad).unwrap();
            assert!(secret.reveal().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_missing_variable_is_named() {
        let secret = Secret::Env("GAZETTED_NO_SUCH_VARIABLE".to_owned());
        let message = secret.reveal().unwrap_err().to_string();
        assert!(
            message.contains("env:GAZETTED_NO_SUCH_VARIABLE"),
            "{message}"
        );
    }
}
