//! Snapshots: a backup of the store in JetStream's object store, that empty nodes begin with, and the log
//! trimmed behind it.
//!
//! One node of all makes them, at an interval. The log keeps what came since the snapshot before, so that a
//! node that was away for less than an interval goes on by itself.

use std::fs::{self, File};
use std::io::{BufReader, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::object_store::{
    GetErrorKind, InfoErrorKind, ObjectInfo, ObjectMetadata, ObjectStore,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::bus::Bus;
use super::{ClusterError, Shared};
use crate::clock;
use crate::config::Cluster as ClusterConfig;
use crate::model::LogPosition;
use crate::store::{self, Store};
use crate::sync;

/// Name of the object.
const NAME: &str = "store";

/// Key of its metadata: number of the message up to which all is in it.
const SEQUENCE: &str = "sequence";

/// Time between two looks whether a snapshot is due.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// Pause before JetStream is asked again.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Time without a byte of a snapshot, after which it is begun again.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes after which the download tells how far it is.
const TOLD_BYTES: u64 = 64 << 20;

/// Makes snapshots when they are due, while this node is the one that does.
pub(super) async fn run(shared: Arc<Shared>, bus: Bus) {
    loop {
        tokio::select! {
            () = shared.stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
        }
        if !shared.does_chores() || !shared.known().is_fit() {
            continue;
        }
        let made = tokio::select! {
            () = shared.stop.cancelled() => return,
            made = make_if_due(&shared, &bus) => made,
        };
        if let Err(why) = made {
            warn!("cannot make a snapshot of the store for the cluster: {why}; tried again later");
        }
    }
}

/// Makes a snapshot, if the last one is old and something came since.
async fn make_if_due(shared: &Shared, bus: &Bus) -> Result<(), ClusterError> {
    let snapshots = bus.snapshots().await?;
    let last = info(&snapshots).await?;
    if let Some(last) = &last {
        let made = last.modified.map_or(0, |at| at.unix_timestamp());
        let age = clock::now().as_second().saturating_sub(made);
        let is_old =
            age >= i64::try_from(shared.config.snapshot_interval.as_secs()).unwrap_or(i64::MAX);
        let has_more = sequence(last) < *shared.applied.borrow();
        if !is_old || !has_more {
            return Ok(());
        }
    }
    let before = last.as_ref().map(sequence);
    let made = make(&shared.store, &snapshots).await?;
    sync::write(&shared.condition).snapshot = Some((clock::now(), made));
    if let Some(before) = before.filter(|before| *before > 0) {
        let log = bus.log_at_hand().await?;
        let purged = log.purge().sequence(before + 1).await;
        let purged = purged.map_err(ClusterError::bus("trim the log"))?.purged;
        info!(
            messages = purged,
            "trimmed the log behind the snapshot before"
        );
        let state = log
            .get_info()
            .await
            .map_err(ClusterError::bus("look at the log"))?
            .state;
        shared.note_end(state.last_sequence);
    }
    Ok(())
}

/// Puts a backup of the store into the object store; returns the number of the message up to which all is
/// in it for certain.
async fn make(store: &Arc<Store>, snapshots: &ObjectStore) -> Result<u64, ClusterError> {
    let sequence = store.log_position()?.map_or(0, |place| place.sequence);
    let draft = Draft(store.dir().join("snapshot.new"));
    let (path, from) = (draft.0.clone(), Arc::clone(store));
    let drawn = tokio::task::spawn_blocking(move || {
        let file = File::create(&path).map_err(ClusterError::disk("make a snapshot"))?;
        from.back_up(file).map_err(ClusterError::from)
    });
    let copied = drawn.await.map_err(ClusterError::bus("draw a backup"))??;
    if !copied.missing.is_empty() {
        return Err(ClusterError::Unfit(format!(
            "this store is damaged: {} cannot be read; another node has to make the snapshot",
            copied.missing.join(", ")
        )));
    }
    let metadata = ObjectMetadata {
        name: NAME.to_owned(),
        description: Some("backup of a gazetted store".to_owned()),
        metadata: [(SEQUENCE.to_owned(), sequence.to_string())].into(),
        ..ObjectMetadata::default()
    };
    let file = tokio::fs::File::open(&draft.0).await;
    let mut file = file.map_err(ClusterError::disk("read the snapshot"))?;
    let put = snapshots.put(metadata, &mut file).await;
    let put = put.map_err(ClusterError::bus("put the snapshot into the object store"))?;
    info!(
        records = copied.records,
        bytes = put.size,
        sequence,
        "made a snapshot of the store for nodes that join"
    );
    Ok(sequence)
}

/// Returns what is known of the snapshot; `None` if there is none.
async fn info(snapshots: &ObjectStore) -> Result<Option<ObjectInfo>, ClusterError> {
    match snapshots.info(NAME).await {
        Ok(info) if info.deleted => Ok(None),
        Ok(info) => Ok(Some(info)),
        Err(why) if why.kind() == InfoErrorKind::NotFound => Ok(None),
        Err(why) => Err(ClusterError::bus("look for a snapshot")(why)),
    }
}

/// Returns the number of the message up to which all is in a snapshot.
fn sequence(info: &ObjectInfo) -> u64 {
    let text = info.metadata.get(SEQUENCE);
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// Fills the folder `dir`, where there is no store yet, with the snapshot of the cluster; returns whether
/// there was one. While the servers do not answer, this waits, until `stop`.
///
/// # Errors
///
/// If the snapshot is damaged, or the disk refuses.
pub async fn join(
    config: &ClusterConfig,
    dir: &Path,
    stop: &CancellationToken,
) -> Result<bool, ClusterError> {
    let bus = Bus::connect(Arc::new(config.clone())).await?;
    let mut has_told = false;
    loop {
        let got = tokio::select! {
            () = stop.cancelled() => return Err(ClusterError::Stopping),
            got = fetch(&bus, dir) => got,
        };
        match got {
            Err(why @ ClusterError::Bus { .. }) => {
                if !std::mem::replace(&mut has_told, true) {
                    warn!("{why}; this node has no store yet and waits for the cluster");
                }
            }
            done => return done,
        }
        tokio::select! {
            () = stop.cancelled() => return Err(ClusterError::Stopping),
            () = tokio::time::sleep(RETRY_DELAY) => {}
        }
    }
}

/// Fetches the snapshot and makes a store of it.
async fn fetch(bus: &Bus, dir: &Path) -> Result<bool, ClusterError> {
    let snapshots = bus.snapshots().await?;
    let mut object = match snapshots.get(NAME).await {
        Ok(object) => object,
        Err(why) if why.kind() == GetErrorKind::NotFound => return Ok(false),
        Err(why) => return Err(ClusterError::bus("get the snapshot")(why)),
    };
    let (size, sequence) = (object.info().size as u64, sequence(object.info()));
    info!(
        bytes = size,
        sequence, "begins with a snapshot of the cluster"
    );
    let failed = ClusterError::disk("write the snapshot");
    fs::create_dir_all(dir).map_err(&failed)?;
    // Where the store will be, as a unit may write nowhere else; without a name, as a folder that holds
    // something is none to restore into.
    let draft = Draft(dir.join("snapshot.new"));
    let file = File::options()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(&draft.0)
        .map_err(&failed)?;
    drop(draft);
    let mut file = tokio::fs::File::from_std(file);
    let (mut n_bytes, mut told) = (0, 0);
    let mut buffer = vec![0; 1 << 18];
    loop {
        let n_read = tokio::time::timeout(READ_TIMEOUT, object.read(&mut buffer)).await;
        let n_read = n_read.map_err(ClusterError::bus("get the snapshot in time"))?;
        let n_read = n_read.map_err(ClusterError::bus("get the snapshot"))?;
        if n_read == 0 {
            break;
        }
        file.write_all(&buffer[..n_read]).await.map_err(&failed)?;
        n_bytes += n_read as u64;
        if n_bytes - told >= TOLD_BYTES {
            told = n_bytes;
            info!("{} of {} MB", n_bytes >> 20, size >> 20);
        }
    }
    file.flush().await.map_err(&failed)?;
    let mut file = file.into_std().await;
    let to = dir.to_owned();
    let restored = tokio::task::spawn_blocking(move || {
        file.rewind()
            .map_err(ClusterError::disk("read the snapshot"))?;
        store::restore(BufReader::new(file), &to).map_err(ClusterError::from)
    });
    let copied = restored
        .await
        .map_err(ClusterError::bus("unpack the snapshot"))??;
    info!(records = copied.records, "the snapshot is unpacked");
    Ok(true)
}

/// Makes `store` the beginning of a cluster: an empty log, and a snapshot of it. With `is_again` a log that is
/// there is deleted first.
///
/// # Errors
///
/// If the cluster has begun already, or JetStream or the disk refuses.
pub async fn seed(
    config: &ClusterConfig,
    store: &Arc<Store>,
    is_again: bool,
) -> Result<(), ClusterError> {
    let bus = Bus::connect(Arc::new(config.clone())).await?;
    let log = bus.log().await?;
    let snapshots = bus.snapshots().await?;
    let held = info(&snapshots).await?;
    let last = log.cached_info().state.last_sequence;
    if (last > 0 || held.is_some()) && !is_again {
        return Err(ClusterError::Unfit(format!(
            "cluster `{}` has begun already: its log has {last} messages{}. With --again it is deleted, and \
             every other node has to begin anew",
            config.name,
            if held.is_some() {
                " and a snapshot"
            } else {
                ""
            },
        )));
    }
    if held.is_some() {
        let deleted = snapshots.delete(NAME).await;
        deleted.map_err(ClusterError::bus("delete the snapshot"))?;
    }
    if last > 0 {
        let deleted = bus.context.delete_stream(bus.name()).await;
        deleted.map_err(ClusterError::bus("delete the log"))?;
    }
    let log = bus.log().await?;
    let created = log.cached_info().created.unix_timestamp_nanos();
    store.follow_log(Some(LogPosition {
        log: created,
        sequence: 0,
    }))?;
    make(store, &snapshots).await?;
    Ok(())
}

/// File that is removed when it is of no more use.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
