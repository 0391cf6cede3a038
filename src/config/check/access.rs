//! `auth`, `headers`, `tls_ca`, `tls_cert`, `tls_key` of a source or a host. They
//! are never inherited, so that no secret reaches a source it was not meant for.
//! The cluster's servers have the same files of TLS.

use crate::config::read;
use crate::config::read::{Table, TomlValue};
use crate::config::report::collector::Diagnostics;
use crate::config::report::diagnostic::Diagnostic;
use crate::config::report::quote::quoted;
use crate::config::schema::access::{Access, Auth, Secret, TlsFiles};

/// Headers that say nothing secret, whose values may stand in the file.
const HARMLESS: &[&str] = &["accept", "accept-language", "dnt", "from"];

/// Headers that only we set: they hold the connection together, name us, or are part of how we ask.
const OURS: &[&str] = &[
    "a-im",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "forwarded",
    "host",
    "if-modified-since",
    "if-none-match",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
];

/// Help for a secret that stands in the file.
const HOW: &str = "write \"env:NAME\" for an environment variable, \"file:/path\" for a file";

/// Reads the credential keys out of a table that may hold others too.
pub(super) fn access(table: &mut Table<'_>, problems: &mut Diagnostics) -> Access {
    let headers = table.read_deep("headers", problems, headers);
    let files = tls_files(table, problems);
    Access {
        auth: table.read_deep("auth", problems, auth),
        headers: headers.unwrap_or_default(),
        tls: Some(files).filter(|files| *files != TlsFiles::default()),
    }
}

/// Reads `tls_ca`, `tls_cert` and `tls_key`.
pub(super) fn tls_files(table: &mut Table<'_>, problems: &mut Diagnostics) -> TlsFiles {
    let files = TlsFiles {
        ca: table.read("tls_ca", problems, pem),
        cert: table.read("tls_cert", problems, pem),
        key: table.read("tls_key", problems, pem),
    };
    if let Some(key) = table.get("tls_key").filter(|_| files.cert.is_none()) {
        problems.add(key.fault("a key alone is of no use").help("add `tls_cert`"));
    }
    files
}

/// Reads `{ user = "…", password = "env:…" }` or `{ bearer = "file:…" }`.
fn auth(value: TomlValue<'_>, problems: &mut Diagnostics) -> Option<Auth> {
    let mut table = problems.take(Table::of("auth", value))?;
    let has_bearer = table.get("bearer").is_some();
    let has_login = table.get("user").is_some() || table.get("password").is_some();
    let bearer = table.read("bearer", problems, secret);
    let (user, password) = match has_login {
        true => (
            table.need("user", problems, user),
            table.need("password", problems, secret),
        ),
        false => (None, None),
    };
    table.finish(&[], problems);
    if has_bearer == has_login {
        problems.add(value.fault("nobody can log in with that").help(
            "write auth = { user = \"reader\", password = \"env:NAME\" } or auth = { bearer = \"env:NAME\" }",
        ));
        return None;
    }
    match (user, password) {
        (Some(user), Some(password)) => Some(Auth::Basic { user, password }),
        _ => bearer.map(Auth::Bearer),
    }
}

/// Reads a user name: no secret, but it may be kept like one.
fn user(value: TomlValue<'_>) -> Result<Secret, Diagnostic> {
    let found = read::text(value)?;
    if found.contains(':') && !found.starts_with("env:") && !found.starts_with("file:") {
        return Err(value.fault("a user's name holds no colon"));
    }
    Ok(reference(&found).unwrap_or(Secret::Plain(found)))
}

/// Reads a reference to a secret.
pub(super) fn secret(value: TomlValue<'_>) -> Result<Secret, Diagnostic> {
    let found = value.str("a reference in quotes")?.trim();
    // The message must not repeat what may be the secret itself.
    reference(found).ok_or_else(|| {
        value
            .fault("a secret does not belong in this file")
            .help(HOW)
            .secret()
    })
}

fn reference(found: &str) -> Option<Secret> {
    if let Some(name) = found.strip_prefix("env:") {
        let is_name = !name.is_empty() && !name.contains(['=', '\0']);
        return is_name.then(|| Secret::Env(name.to_owned()));
    }
    let path = found.strip_prefix("file:")?;
    let is_path = !path.is_empty() && !path.contains('\0');
    is_path.then(|| Secret::File(path.into()))
}

fn headers(value: TomlValue<'_>, problems: &mut Diagnostics) -> Option<Vec<(String, Secret)>> {
    let table = problems.take(Table::of("headers", value))?;
    let mut headers: Vec<(String, Secret)> = Vec::new();
    for (key, at, value) in table.rest() {
        let name = key.to_ascii_lowercase();
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || !name.bytes().all(is_token) {
            let message = format!("{} is not the name of a header", quoted(key));
            problems.add(Diagnostic::at(at, message));
            continue;
        }
        if OURS.contains(&name.as_str()) {
            let message = format!("the header {} is ours to set", quoted(key));
            problems.add(Diagnostic::at(at, message).help(match name.as_str() {
                "user-agent" => "it names us honestly; say whom to write to in server.contact",
                _ => "leave it out",
            }));
            continue;
        }
        if headers.iter().any(|(held, _)| *held == name) {
            problems.add(Diagnostic::at(
                at,
                format!("{} is there twice", quoted(key)),
            ));
            continue;
        }
        let read = match HARMLESS.contains(&name.as_str()) {
            true => {
                read::text(value).map(|words| reference(&words).unwrap_or(Secret::Plain(words)))
            }
            false => secret(value),
        };
        if let Some(found) = problems.take(read) {
            headers.push((name, found));
        }
    }
    Some(headers)
}

/// Reads the path of a PEM file. It is no reference, but who writes `file:` means the same.
fn pem(value: TomlValue<'_>) -> Result<std::path::PathBuf, Diagnostic> {
    let path = read::path(value)?;
    let bare = path.to_str().and_then(|path| path.strip_prefix("file:"));
    Ok(bare.map_or_else(|| path.clone(), Into::into))
}
