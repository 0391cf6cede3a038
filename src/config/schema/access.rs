//! Credentials as references, certificates as files.
//!
//! A configuration never holds a secret, so it can be logged, published and
//! kept in a repository. A reference is followed at each request: a rotated
//! file counts from the next poll on.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Longest secret, in bytes; a longer one is a mistake: the reference names the wrong file.
const MAX_SECRET: u64 = 64 << 10;

/// Longest PEM file that is read, in bytes.
const MAX_PEM: u64 = 4 << 20;

/// Credentials of a source or a host; never inherited.
///
/// Written by `check::access`, shown by `fetch` to the origins they are for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// `auth`: login or token for the `Authorization` header.
    pub auth: Option<Auth>,
    /// `headers`: further request headers as (lowercase name, value).
    pub headers: Vec<(String, Secret)>,
    /// `tls_ca`, `tls_cert`, `tls_key`: files for a TLS connection of its own.
    pub tls: Option<TlsFiles>,
}

/// `auth`: HTTP authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Basic authentication (RFC 7617).
    Basic {
        /// User name.
        user: Secret,
        /// Password.
        password: Secret,
    },
    /// Bearer token (RFC 6750).
    Bearer(Secret),
}

/// PEM files of a TLS connection of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TlsFiles {
    /// Certificates that are trusted in place of the system's.
    pub ca: Option<PathBuf>,
    /// Client certificate to show, with those that vouch for it.
    pub cert: Option<PathBuf>,
    /// Key of `cert`, if it is not in the same file.
    pub key: Option<PathBuf>,
}

/// Reference to a secret, read anew at each use; or words that are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Name of an environment variable.
    Env(String),
    /// Path of a file with one line of at most 64 KiB; a line break at its end does not count.
    File(PathBuf),
    /// No secret: the words as they stand in the file.
    Plain(String),
}

/// Secret that is not there or cannot be used; names the reference, never the secret.
#[derive(Debug, thiserror::Error)]
#[error("the secret `{reference}` cannot be used: {why}")]
pub struct SecretError {
    reference: String,
    why: String,
}

impl Access {
    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Access::default()
    }
}

impl TlsFiles {
    /// Reads one of the files, at most 4 MiB.
    ///
    /// # Errors
    ///
    /// An I/O error if it cannot be read, or is too large for what it should be.
    pub fn read(path: &Path) -> io::Result<Vec<u8>> {
        let mut pem = Vec::new();
        open_regular(path)?
            .take(MAX_PEM + 1)
            .read_to_end(&mut pem)?;
        match pem.len() as u64 > MAX_PEM {
            true => Err(io::Error::other("it is too large for certificates")),
            false => Ok(pem),
        }
    }

    /// Returns one of the paths that are set, to name the set by; empty if none is.
    #[must_use]
    pub fn any(&self) -> &Path {
        let all = [&self.ca, &self.cert, &self.key];
        let found = all.into_iter().flatten().next();
        found.map_or(Path::new(""), PathBuf::as_path)
    }
}

impl Secret {
    /// Reads the secret itself. It goes nowhere but into a request.
    ///
    /// # Errors
    ///
    /// [`SecretError`] if the variable is not set, the file cannot be read, or the secret is empty,
    /// longer than 64 KiB or more than one line.
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
                let file = open_regular(path).map_err(|why| failed(why.to_string()))?;
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

/// Opens a file that holds something: a pipe or a terminal would be waited for.
///
/// # Errors
///
/// If it cannot be opened, or is no regular file.
fn open_regular(path: &Path) -> io::Result<fs::File> {
    let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = fs::File::options()
        .read(true)
        .custom_flags(nonblocking)
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is no regular file")),
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
    fn a_pipe_is_no_secret_and_nobody_waits_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let why = Secret::File(path.clone()).reveal().unwrap_err().to_string();
        assert!(why.contains("no regular file"), "{why}");
        assert!(TlsFiles::read(&path).is_err());
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
