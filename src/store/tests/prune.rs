//! Making room: what is removed is whole, what is left is untouched, at every moment.

use std::collections::BTreeSet;

use super::*;

const PLANS: [&str; 2] = ["aaaaaaaa", "bbbbbbbb"];

fn hash_of(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

fn plan_of(id: &str) -> String {
    PLANS[usize::from(id != "a")].repeat(8)
}

/// A run that has ended: a journal that refers to a long result, which refers to a file; a line and a message.
async fn ended(store: &SqliteStore, id: &str) {
    let file = store.put_blob(format!("file of {id}").into_bytes()).await.expect("kept");
    let long = store.put_blob(format!("{{\"$file\":\"{file}\"}}").into_bytes()).await.expect("kept");
    let mut known = RunInfo { plan: plan_of(id), ..info(id) };
    store.create(&known, "{}").await.expect("created");
    let lease = store.lease(id, false).await.expect("leased");
    let body = format!("{{\"blob\":\"{long}\"}}");
    (known.status, known.ended) = (Status::Succeeded, Some(2_000));
    store.log(id, line("s", "printed"));
    store.send(id, "bob", MessageBody::Cancel).await.expect("sent");
    store.append(&lease, vec![Record { body, ..record(0) }], Some(&known), true).await.expect("appended");
}

/// All of a run can be read, and nothing of one that is not there.
async fn is_whole(store: &SqliteStore, id: &str) -> bool {
    let Ok(known) = store.find(id).await else { return false };
    assert_eq!(known.id, id);
    let records = store.records(id, 0, 9).await.expect("a journal");
    assert_eq!(records.len(), 1);
    store.plan(&known.plan).await.expect("its plan");
    let file = store.blob(&hash_of(&format!("file of {id}"))).await.expect("its file");
    assert_eq!(file, format!("file of {id}").into_bytes());
    assert_eq!(store.logs(id, None, 0, 9).await.expect("lines").0.len(), 1);
    true
}

#[tokio::test]
async fn a_run_goes_with_all_that_only_it_refers_to() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(dir.path()).expect("a store");
    ended(&store, "a").await;
    ended(&store, "b").await;
    store.put_blob(b"nobody's".to_vec()).await.expect("kept");
    let gone = BTreeSet::from(["a".to_owned()]);
    let foreseen = store.unused(&gone, 0).expect("read");
    let lease = store.lease("a", false).await.expect("leased");
    store.remove_run(&lease).await.expect("removed");
    drop(lease);
    let unused = store.remove_unused(0).await.expect("removed").expect("nobody else");
    assert_eq!(unused, foreseen);
    assert_eq!(unused.plans.keys().collect::<Vec<_>>(), [&plan_of("a")]);
    assert_eq!(unused.blobs.len(), 3, "its file, its long result, and what nobody refers to");
    assert!(store.find("a").await.is_err());
    assert!(matches!(store.messages("a", 0).await, Err(StoreError::NoRun { .. })));
    assert!(store.logs("a", None, 0, 9).await.expect("read").0.is_empty());
    assert!(is_whole(&store, "b").await);
    let again = store.remove_unused(0).await.expect("removed").expect("nobody else");
    assert_eq!(again.bytes(), 0, "there is nothing left");
}

#[tokio::test]
async fn who_is_killed_in_the_middle_leaves_a_whole_store() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(dir.path()).expect("a store");
    let ids = ["a", "b", "c", "d"];
    for id in ids {
        ended(&store, id).await;
    }
    for (removed, id) in ids[..3].iter().enumerate() {
        let lease = store.lease(id, false).await.expect("leased");
        store.remove_run(&lease).await.expect("removed");
        drop(lease);
        let killed = copy(dir.path());
        let again = SqliteStore::open(killed.path()).expect("opens");
        for (at, id) in ids.iter().enumerate() {
            assert_eq!(is_whole(&again, id).await, at > removed, "{id} after {removed}");
        }
        // Whoever comes next removes the rest.
        let unused = again.remove_unused(0).await.expect("removed").expect("nobody else");
        assert_eq!(unused.blobs.len(), 2 * (removed + 1));
        assert!(is_whole(&again, "d").await);
    }
}

#[tokio::test]
async fn while_another_writes_nothing_is_unused() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(dir.path()).expect("a store");
    let other = SqliteStore::open(dir.path()).expect("opens too");
    let hash = other.put_blob(b"soon referred to".to_vec()).await.expect("kept");
    assert_eq!(store.remove_unused(0).await, Ok(None));
    assert_eq!(store.has_blob(&hash).await, Ok(true));
    drop(other);
    let unused = store.remove_unused(0).await.expect("removed").expect("nobody else");
    assert!(unused.blobs.contains_key(&hash));
    assert_eq!(store.has_blob(&hash).await, Ok(false));
    SqliteStore::open(dir.path()).expect("others may open it again");
}

#[tokio::test]
async fn a_run_that_goes_on_or_is_another_s_is_not_removed() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(dir.path()).expect("a store");
    let lease = started(&store, "open").await;
    assert_eq!(store.remove_run(&lease).await, Err(StoreError::Fenced { run: "open".into() }));
    ended(&store, "a").await;
    let lost = store.lease("a", false).await.expect("leased");
    let _taken = store.lease("a", true).await.expect("taken over");
    assert!(store.is_driven("a") && store.remove_run(&lost).await.is_err());
    assert!(is_whole(&store, "a").await);
}

#[tokio::test]
async fn events_that_every_run_missed_go() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(dir.path()).expect("a store");
    let event = MessageBody::Event { name: "paid".into(), key: "1".into(), id: None, payload: serde_json::Value::Null };
    store.send(EVERY_RUN, "bob", event.clone()).await.expect("sent");
    store.create(&RunInfo { started: 1, ..info("old") }, "{}").await.expect("created");
    assert_eq!(store.unused(&BTreeSet::new(), 0).expect("read").events, 0, "that run sees it");
    assert_eq!(store.unused(&["old".to_owned()].into(), 0).expect("read").events, 1);
    assert_eq!(store.remove_unused(0).await.expect("removed").expect("nobody else").events, 0);
    assert_eq!(store.messages(EVERY_RUN, 0).await.expect("read").len(), 1);
}
