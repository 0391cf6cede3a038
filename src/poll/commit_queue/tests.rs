//! The queue, over real stores and stores that refuse.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::model::SourceState;

fn commit(source: &str) -> Commit {
    Commit {
        source: source.parse().unwrap(),
        at: "2026-11-23T12:00:00Z".parse().unwrap(),
        upserts: Vec::new(),
        state: Some(SourceState::default()),
        subscription: None,
        roll: None,
        robots: Vec::new(),
    }
}

fn store() -> (tempfile::TempDir, Arc<Store>) {
    let folder = tempfile::tempdir().unwrap();
    let now = "2026-11-23T12:00:00Z".parse().unwrap();
    let store = Store::open(&folder.path().join("state"), now).unwrap();
    (folder, Arc::new(store))
}

#[tokio::test]
async fn a_panic_of_the_store_hits_the_commit_that_caused_it_and_no_other() {
    let (_folder, store) = store();
    let inner = Arc::clone(&store);
    let (writer, thread) = CommitQueue::start_with(RetryPolicy::Endless, move |commits| {
        let poison = "a/poison".parse().unwrap();
        assert!(
            commits.iter().all(|commit| commit.source != poison),
            "a test panics"
        );
        inner.apply(commits)
    })
    .unwrap();
    let (good, bad, other) = tokio::join!(
        writer.write(commit("a/good"), None),
        writer.write(commit("a/poison"), None),
        writer.write(commit("a/other"), None),
    );
    assert_eq!((good, bad, other), (Ok(()), Err(Unwritten), Ok(())));
    assert_eq!(writer.write(commit("a/later"), None).await, Ok(()));
    let states = store.states().unwrap();
    assert_eq!(states.len(), 3, "{states:?}");
    drop(writer);
    thread.join().unwrap();
}

#[tokio::test]
async fn a_commit_waits_until_the_store_can_be_written() {
    let (_folder, store) = store();
    let inner = Arc::clone(&store);
    let failures = AtomicU32::new(1);
    let (writer, thread) = CommitQueue::start_with(RetryPolicy::Endless, move |commits| {
        let left =
            failures.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        match left {
            Ok(_) => Err(StoreError::AlreadyOpen("/full".into())),
            Err(_) => inner.apply(commits),
        }
    })
    .unwrap();
    assert_eq!(writer.write(commit("a/b"), None).await, Ok(()));
    assert_eq!(store.states().unwrap().len(), 1);
    drop(writer);
    thread.join().unwrap();
}

#[tokio::test]
async fn who_does_not_want_to_wait_is_told() {
    let fails = |_: &[Commit]| Err(StoreError::AlreadyOpen("/full".into()));
    let (writer, thread) = CommitQueue::start_with(RetryPolicy::None, fails).unwrap();
    assert_eq!(writer.write(commit("a/b"), None).await, Err(Unwritten));
    drop(writer);
    thread.join().unwrap();
    // And one who waits does not keep the program from ending.
    let (writer, thread) = CommitQueue::start_with(RetryPolicy::Endless, fails).unwrap();
    let waiting = tokio::spawn(async move { writer.write(commit("a/b"), None).await });
    tokio::task::yield_now().await;
    waiting.abort();
    tokio::task::spawn_blocking(move || thread.join())
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_slow_store_holds_polls_and_loses_none() {
    let (_folder, store) = store();
    let inner = Arc::clone(&store);
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let (seen, batches) = std::sync::mpsc::channel();
    let (writer, thread) = CommitQueue::start_with(RetryPolicy::Endless, move |commits| {
        gate.recv().unwrap();
        seen.send(commits.len()).unwrap();
        inner.apply(commits)
    })
    .unwrap();
    let polls: Vec<_> = (0..500)
        .map(|nth| {
            let writer = writer.clone();
            tokio::spawn(async move { writer.write(commit(&format!("a/s{nth}")), None).await })
        })
        .collect();
    let Way::Thread(watch) = writer.way.clone() else {
        unreachable!()
    };
    while watch.capacity() > 0 {
        tokio::task::yield_now().await;
    }
    drop(watch);
    assert!(polls.iter().all(|poll| !poll.is_finished()));
    for _ in 0..500 {
        open.send(()).unwrap();
    }
    for poll in polls {
        assert_eq!(poll.await.unwrap(), Ok(()));
    }
    drop(writer);
    thread.join().unwrap();
    let batches: Vec<usize> = batches.iter().collect();
    assert_eq!(batches.iter().sum::<usize>(), 500);
    assert!(
        batches.iter().all(|n| *n <= MAX_BATCH_COMMITS),
        "{batches:?}"
    );
    assert_eq!(store.states().unwrap().len(), 500);
}
