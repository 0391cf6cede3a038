//! A server that says exactly what a test tells it to, byte by byte, plainly or
//! behind TLS, and counts who came.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// One connection, whatever carries it.
pub trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

/// A server on a loopback address. Its threads end with the test process.
pub struct Raw {
    address: SocketAddr,
    scheme: &'static str,
    hits: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Raw {
    /// Reads the head of a request, then leaves the connection to `answer`.
    pub fn start(
        address: impl Into<SocketAddr>,
        answer: impl Fn(&mut dyn Wire, &str) + Send + Sync + 'static,
    ) -> Raw {
        Raw::serve(address.into(), "http", move |stream, heads| {
            let mut stream = stream;
            talk(&mut stream, heads, &answer);
        })
    }

    /// The same behind TLS.
    pub fn secure(
        host: u8,
        config: ServerConfig,
        answer: impl Fn(&mut dyn Wire, &str) + Send + Sync + 'static,
    ) -> Raw {
        let config = Arc::new(config);
        Raw::serve(any_port(host), "https", move |stream, heads| {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(session, stream);
            talk(&mut stream, heads, &answer);
        })
    }

    /// Leaves connections to `take` from their first byte on.
    pub fn bare(host: u8, take: impl Fn(TcpStream) + Send + Sync + 'static) -> Raw {
        Raw::serve(any_port(host), "https", move |stream, _| take(stream))
    }

    fn serve(
        address: SocketAddr,
        scheme: &'static str,
        take: impl Fn(TcpStream, &Mutex<Vec<String>>) + Send + Sync + 'static,
    ) -> Raw {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let hits = Arc::new(AtomicUsize::new(0));
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let (counter, book, take) = (Arc::clone(&hits), Arc::clone(&heads), Arc::new(take));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                let (book, take) = (Arc::clone(&book), Arc::clone(&take));
                thread::spawn(move || take(stream, &book));
            }
        });
        Raw {
            address,
            scheme,
            hits,
            heads,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// Connections so far.
    pub fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }

    /// Heads of requests so far, lower-case.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// Any port of `127.0.0.{host}`.
pub fn any_port(host: u8) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, host], 0))
}

fn talk(stream: &mut dyn Wire, heads: &Mutex<Vec<String>>, answer: &dyn Fn(&mut dyn Wire, &str)) {
    let mut head = String::new();
    {
        let mut reader = BufReader::with_capacity(1, &mut *stream);
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
    }
    heads.lock().unwrap().push(head.to_lowercase());
    answer(stream, &head);
    let _ = stream.flush();
}

/// A certificate authority of our own, with one server certificate.
pub struct Authority {
    folder: tempfile::TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let authority = Authority {
            folder: tempfile::tempdir().unwrap(),
            issuer,
        };
        std::fs::write(authority.ca(), authority.issuer.pem()).unwrap();
        authority
    }

    /// The PEM file of its own certificate.
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A PEM file with a certificate for `name` and its key.
    pub fn identity(&self, name: &str) -> PathBuf {
        let (params, key) = (self.params(name), KeyPair::generate().unwrap());
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        let path = self.folder.path().join(format!("{name}.pem"));
        std::fs::write(&path, cert.pem() + &key.serialize_pem()).unwrap();
        path
    }

    fn params(&self, name: &str) -> CertificateParams {
        CertificateParams::new(vec![name.to_owned()]).unwrap()
    }

    /// How a server with a certificate for `name` speaks.
    pub fn server(&self, name: &str) -> ServerConfig {
        self.server_with(self.params(name), false)
    }

    /// The same with a certificate that ran out long ago.
    pub fn expired(&self, name: &str) -> ServerConfig {
        let mut params = self.params(name);
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        self.server_with(params, false)
    }

    /// The same for clients with a certificate of this authority only.
    pub fn strict_server(&self, name: &str) -> ServerConfig {
        self.server_with(self.params(name), true)
    }

    fn server_with(&self, params: CertificateParams, is_strict: bool) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match is_strict {
            true => {
                let mut roots = RootCertStore::empty();
                roots.add(self.issuer.der().clone()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                        .build()
                        .unwrap();
                builder.with_client_cert_verifier(verifier)
            }
            false => builder.with_no_client_auth(),
        };
        builder
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap()
    }
}

/// Writes all of `bytes`, whether or not anybody is still there to read them.
pub fn say(stream: &mut dyn Wire, bytes: impl AsRef<[u8]>) -> bool {
    stream
        .write_all(bytes.as_ref())
        .and_then(|()| stream.flush())
        .is_ok()
}

/// An answer with a length.
pub fn whole(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// The path as a string in a TOML file.
pub fn toml_path(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}
