//! The servers and the cut that the other tests stand on: a log outlives a server of three, whether it
//! dies or only stops, and nothing passes a cut.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, Stream};
use async_nats::jetstream::{self, Context};
use async_nats::{ConnectOptions, HeaderMap};
use tokio::time::{sleep, timeout};

use crate::world::{Cut, NatsCluster};

/// Name and subject of the stream.
const LOG: &str = "log";

/// How long one publish may take.
const ONE_TRY: Duration = Duration::from_secs(2);

/// How long the servers may take to agree again: an election takes up to ten seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// A stream, as a client of some of the servers sees it.
struct Log {
    context: Context,
    stream: Stream,
}

impl Log {
    async fn open(servers: &[String], replicas: usize) -> Log {
        let options = ConnectOptions::new().retain_servers_order();
        let client = options.connect(servers).await.unwrap();
        let context = jetstream::new(client);
        let config = Config {
            name: LOG.to_owned(),
            subjects: vec![LOG.to_owned()],
            num_replicas: replicas,
            ..Config::default()
        };
        let stream = context.get_or_create_stream(config).await.unwrap();
        Log { context, stream }
    }

    /// Tries once; whether the servers said that they have it.
    async fn publish(&self, text: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", text);
        let published = self.context.publish_with_headers(LOG, headers, text.into());
        match timeout(ONE_TRY, published).await {
            Ok(Ok(acknowledgment)) => {
                matches!(timeout(ONE_TRY, acknowledgment).await, Ok(Ok(_)))
            }
            _ => false,
        }
    }

    /// Tries until the servers have it; a second copy is dropped by its id.
    async fn insist(&self, text: &'static str) {
        let insisting = timeout(PATIENCE, async {
            while !self.publish(text).await {
                sleep(PAUSE).await;
            }
        });
        assert!(insisting.await.is_ok(), "`{text}` was not taken");
    }

    /// All that the log has, in its order.
    async fn texts(&self) -> Vec<String> {
        let info = self.stream.get_info().await.unwrap();
        let mut texts = Vec::new();
        for sequence in info.state.first_sequence..=info.state.last_sequence {
            let message = self.stream.get_raw_message(sequence).await.unwrap();
            texts.push(String::from_utf8(message.payload.to_vec()).unwrap());
        }
        texts
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_with_three_copies_outlives_a_server() {
    let Some(mut servers) = NatsCluster::start(3) else {
        return;
    };
    let log = Log::open(&servers.urls(), 3).await;
    log.insist("one").await;
    let leader = servers.leader_of(LOG).expect("somebody took the first");
    servers.kill(leader);
    log.insist("two").await;
    servers.restart(leader);
    servers.wait_until_ready();
    // The one that came back has to have all, or two of three would not go on.
    servers.kill((leader + 1) % 3);
    log.insist("three").await;
    assert_eq!(log.texts().await, ["one", "two", "three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_is_level_once_it_goes_on() {
    let Some(mut servers) = NatsCluster::start(3) else {
        return;
    };
    let log = Log::open(&servers.urls(), 3).await;
    log.insist("one").await;
    let leader = servers.leader_of(LOG).expect("somebody took the first");
    servers.stop_process(leader);
    let others: Vec<String> = (1..3).map(|by| servers.url((leader + by) % 3)).collect();
    let among_them = timeout(PATIENCE, async {
        while servers.leader_of(LOG).is_none_or(|now| now == leader) {
            sleep(PAUSE).await;
        }
        Log::open(&others, 3).await
    });
    let among_them = among_them.await.expect("another one leads");
    among_them.insist("two").await;
    servers.cont(leader);
    servers.wait_until_ready();
    let of_it = Log::open(&[servers.url(leader)], 3).await;
    of_it.insist("three").await;
    assert_eq!(of_it.texts().await, ["one", "two", "three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_passes_a_cut_until_it_is_mended() {
    let Some(servers) = NatsCluster::start(1) else {
        return;
    };
    let cut = Cut::to(servers.address(0));
    let log = Log::open(&[cut.url()], 1).await;
    assert!(log.publish("one").await);
    cut.block();
    assert!(!log.publish("two").await);
    let late = timeout(ONE_TRY, async_nats::connect(cut.url()));
    assert!(late.await.is_err(), "somebody came through");
    let beside = Log::open(&servers.urls(), 1).await;
    assert_eq!(beside.texts().await, ["one"]);
    cut.unblock();
    log.insist("two").await;
    log.insist("three").await;
    assert_eq!(beside.texts().await, ["one", "two", "three"]);
}
