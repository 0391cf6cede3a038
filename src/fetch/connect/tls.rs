//! TLS: who vouches for a server, and which certificate is shown to it.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::crypto;
use rustls::pki_types::pem::{self, PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::config::TlsFiles;
use crate::fetch::FetchError;

/// Builds the configuration of connections without TLS files: the system's authorities vouch.
///
/// # Errors
///
/// [`rustls::Error`] if the system has no authorities.
pub(super) fn usual() -> Result<ClientConfig, rustls::Error> {
    Ok(builder()?.with_platform_verifier()?.with_no_client_auth())
}

/// Builds the configuration of connections with `files`: the authorities of `ca` alone vouch if it
/// is given, and the certificate of `cert` is shown to servers that ask for one.
///
/// # Errors
///
/// [`FetchError::Certificate`] if a file cannot be read or is not what it should be.
pub(super) fn with(files: &TlsFiles) -> Result<ClientConfig, FetchError> {
    let setup = |why: rustls::Error| failed(files.any(), why.to_string());
    let builder = builder().map_err(setup)?;
    let builder = match &files.ca {
        Some(path) => builder.with_root_certificates(authorities(path)?),
        None => builder.with_platform_verifier().map_err(setup)?,
    };
    match &files.cert {
        Some(path) => identified(builder, path, files.key.as_deref()),
        None => Ok(builder.with_no_client_auth()),
    }
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
}

fn authorities(path: &Path) -> Result<RootCertStore, FetchError> {
    let text = read(path)?;
    let mut roots = RootCertStore::empty();
    for found in CertificateDer::pem_slice_iter(&text) {
        let found = found.map_err(|why| failed(path, why.to_string()))?;
        let added = roots.add(found);
        added.map_err(|why| failed(path, why.to_string()))?;
    }
    match roots.is_empty() {
        true => Err(failed(path, "it holds no certificate".to_owned())),
        false => Ok(roots),
    }
}

/// Adds the certificate of `path`, with the key of `key` or, without that, of the same file.
fn identified(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    path: &Path,
    key: Option<&Path>,
) -> Result<ClientConfig, FetchError> {
    let mut text = read(path)?;
    if let Some(key) = key {
        text.push(b'\n');
        text.extend(read(key)?);
    }
    let (chain, key) = identity(&text)
        .ok_or_else(|| failed(path, "it holds no certificate with a key".to_owned()))?;
    let built = builder.with_client_auth_cert(chain, key);
    built.map_err(|why| failed(path, why.to_string()))
}

/// Reads a chain of certificates and the last of the keys; `None` without either, and if there is
/// anything else.
fn identity(text: &[u8]) -> Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let (mut rest, mut chain, mut key) = (text, Vec::new(), None);
    while let Some((kind, bytes)) = pem::from_buf(&mut rest).ok()? {
        match kind {
            SectionKind::Certificate => chain.push(bytes.into()),
            SectionKind::PrivateKey => key = Some(PrivateKeyDer::Pkcs8(bytes.into())),
            SectionKind::RsaPrivateKey => key = Some(PrivateKeyDer::Pkcs1(bytes.into())),
            SectionKind::EcPrivateKey => key = Some(PrivateKeyDer::Sec1(bytes.into())),
            _ => return None,
        }
    }
    (!chain.is_empty()).then_some((chain, key?))
}

fn read(path: &Path) -> Result<Vec<u8>, FetchError> {
    TlsFiles::read(path).map_err(|why| failed(path, why.to_string()))
}

fn failed(path: &Path, why: String) -> FetchError {
    FetchError::Certificate {
        path: path.to_owned(),
        why,
    }
}
