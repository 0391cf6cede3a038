//! A name server on loopback that answers as a script says, query by query.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is said to one query.
pub enum Said {
    Addresses(Vec<IpAddr>),
    /// By TCP only: by UDP the answer is empty and cut.
    Cut(Vec<IpAddr>),
    /// The name points to another.
    Alias(&'static str),
    NoSuchName,
    Nothing,
}

/// The script: a name, and how often its addresses were asked for before.
type Script = dyn Fn(&str, usize) -> Said + Send + Sync;

struct Book {
    script: Box<Script>,
    asked: Mutex<HashMap<(String, u16), usize>>,
}

/// A name server. Its threads end with the test process.
pub struct Names {
    address: SocketAddr,
    book: Arc<Book>,
}

impl Names {
    pub fn start(script: impl Fn(&str, usize) -> Said + Send + Sync + 'static) -> Names {
        let (tcp, udp) = loop {
            let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()) {
                break (tcp, udp);
            }
        };
        let address = tcp.local_addr().unwrap();
        let book = Arc::new(Book {
            script: Box::new(script),
            asked: Mutex::default(),
        });
        let by_udp = Arc::clone(&book);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((size, peer)) = udp.recv_from(&mut buffer) {
                if let Some(answer) = by_udp.answer(&buffer[..size], 1200) {
                    let _ = udp.send_to(&answer, peer);
                }
            }
        });
        let by_tcp = Arc::clone(&book);
        thread::spawn(move || {
            for mut stream in tcp.incoming().flatten() {
                let book = Arc::clone(&by_tcp);
                thread::spawn(move || {
                    let mut length = [0; 2];
                    while stream.read_exact(&mut length).is_ok() {
                        let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
                        if stream.read_exact(&mut query).is_err() {
                            return;
                        }
                        let Some(answer) = book.answer(&query, usize::from(u16::MAX)) else {
                            continue;
                        };
                        let size = u16::try_from(answer.len()).unwrap().to_be_bytes();
                        let _ = stream.write_all(&[&size[..], &answer].concat());
                    }
                });
            }
        });
        Names { address, book }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often the IPv4 addresses of `name` were asked for.
    pub fn asked(&self, name: &str) -> usize {
        let asked = self.book.asked.lock().unwrap();
        asked.get(&(name.to_owned(), 1)).copied().unwrap_or(0)
    }
}

impl Book {
    /// RFC 1035, section 4: the answer to one query, cut to `limit` bytes.
    fn answer(&self, query: &[u8], limit: usize) -> Option<Vec<u8>> {
        let (name, end) = question(query)?;
        let kind = u16::from_be_bytes([query[end], query[end + 1]]);
        // A query that truncation sent to TCP is the same one again.
        let count = {
            let mut asked = self.asked.lock().unwrap();
            let count = asked.entry((name.clone(), kind)).or_insert(0);
            *count += 1;
            *count - 1
        };
        let is_udp = limit < 60_000;
        let said = (self.script)(&name, count);
        let is_empty = is_udp && matches!(said, Said::Cut(_));
        let (records, code) = match said {
            Said::Nothing => return None,
            Said::NoSuchName => (Vec::new(), 3),
            Said::Alias(to) => (vec![record(5, &encoded(to))], 0),
            Said::Addresses(all) | Said::Cut(all) => {
                let all = all.into_iter().filter_map(|address| match (address, kind) {
                    (IpAddr::V4(ip), 1) => Some(record(1, &ip.octets())),
                    (IpAddr::V6(ip), 28) => Some(record(28, &ip.octets())),
                    _ => None,
                });
                (all.collect(), 0)
            }
        };
        let question = &query[12..end + 4];
        let room = match is_empty {
            true => 0,
            false => limit - 12 - question.len(),
        };
        let mut body = Vec::new();
        let mut n_records = 0_u16;
        for record in &records {
            if body.len() + record.len() > room {
                break;
            }
            body.extend_from_slice(record);
            n_records += 1;
        }
        let is_cut = is_empty || (usize::from(n_records) < records.len() && is_udp);
        let flags: u16 = 0x8180 | code | if is_cut { 0x0200 } else { 0 };
        let mut answer = query[..2].to_vec();
        for number in [flags, 1, n_records, 0, 0] {
            answer.extend_from_slice(&number.to_be_bytes());
        }
        answer.extend_from_slice(question);
        answer.extend_from_slice(&body);
        Some(answer)
    }
}

fn question(query: &[u8]) -> Option<(String, usize)> {
    let mut at = 12;
    let mut labels = Vec::new();
    loop {
        let size = usize::from(*query.get(at)?);
        at += 1;
        if size == 0 {
            let name = labels.join(".").to_lowercase();
            return (query.len() >= at + 4).then_some((name, at));
        }
        labels.push(String::from_utf8_lossy(query.get(at..at + size)?).into_owned());
        at += size;
    }
}

/// A record of the name in the question, good for no second.
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut record = vec![0xc0, 12];
    record.extend_from_slice(&kind.to_be_bytes());
    record.extend_from_slice(&[0, 1, 0, 0, 0, 0]);
    record.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
    record.extend_from_slice(data);
    record
}

fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}
