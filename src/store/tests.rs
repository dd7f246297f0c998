//! What every store must do, tried on each; then what only the one on disk can show.

mod damage;
mod formats;
mod prune;

use std::path::Path;
use std::sync::Arc;

use crate::store::locks::{Claim, Claims, Holds};
use crate::store::memory::{Crash, MemoryStore, Verdict};
use crate::store::sqlite::SqliteStore;
use crate::store::{
    Decision, EVERY_RUN, Lease, LogLine, Message, MessageBody, Record, RunFilter, RunInfo, Status, Store, StoreError,
};

fn info(id: &str) -> RunInfo {
    RunInfo {
        id: id.into(),
        key: "k".into(),
        workflow: "w".into(),
        plan: "hash".into(),
        inputs: serde_json::json!({ "x": 1.5, "é": [null] }),
        status: Status::Running,
        started: 1_000,
        ended: None,
        because: None,
        result: None,
        requester: "alice".into(),
        root: "/p".into(),
        file: "a.wf".into(),
        call_dir: "/p".into(),
    }
}

fn record(seq: u64) -> Record {
    Record { seq, at: 1_000 + seq as i64, body: format!("{{\"n\":{seq}}}") }
}

fn line(stage: &str, text: &str) -> LogLine {
    LogLine { at: 5, stage: stage.into(), attempt: 1, stream: "stderr".into(), line: text.into() }
}

async fn started(store: &dyn Store, id: &str) -> Lease {
    store.create(&info(id), "{}").await.expect("created");
    store.lease(id, false).await.expect("leased")
}

/// Runs the same promises against both stores.
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod in_memory {
            $(#[tokio::test] async fn $name() { super::$name(&super::MemoryStore::new()).await; })*
        }
        mod on_disk {
            $(#[tokio::test] async fn $name() {
                let dir = tempfile::tempdir().expect("a folder");
                super::$name(&super::SqliteStore::open(dir.path()).expect("a store")).await;
            })*
        }
    };
}

contract!(
    records_come_back_in_order,
    a_gap_is_refused,
    a_run_is_made_once,
    one_process_drives_a_run,
    who_lost_a_run_writes_nothing,
    who_lost_a_run_can_see_it,
    messages_are_numbered,
    runs_are_found,
    runs_are_listed_newest_first,
    plans_and_blobs_are_kept_by_hash,
    lines_are_read_from_a_position,
    claims_to_a_lock_hold_in_their_order,
    a_lock_outlives_the_process_that_holds_it,
    a_claim_that_waits_for_nobody_is_passed_by,
    claims_follow_the_journal,
);

async fn records_come_back_in_order(store: &dyn Store) {
    let lease = started(store, "a").await;
    let done =
        RunInfo { status: Status::Succeeded, result: Some(serde_json::json!("é")), ended: Some(9), ..info("a") };
    store.append(&lease, vec![record(0), record(1)], None, false).await.expect("appended");
    store.append(&lease, vec![record(2)], Some(&done), true).await.expect("appended");
    assert_eq!(store.records("a", 0, 10).await, Ok(vec![record(0), record(1), record(2)]));
    assert_eq!(store.records("a", 1, 1).await, Ok(vec![record(1)]));
    assert_eq!(store.records("a", 3, 10).await, Ok(vec![]));
    assert_eq!(store.records("a", 99, 10).await, Ok(vec![]));
    assert_eq!(store.find("a").await, Ok(done));
    assert!(matches!(store.records("b", 0, 1).await, Err(StoreError::NoRun { .. })));
}

async fn a_gap_is_refused(store: &dyn Store) {
    let lease = started(store, "a").await;
    let error = store.append(&lease, vec![record(0), record(2)], None, true).await.expect_err("a gap");
    assert!(error.to_string().contains("record 2 of run a does not follow"), "{error}");
    assert_eq!(store.records("a", 0, 10).await, Ok(vec![]), "nothing of it is written");
}

async fn a_run_is_made_once(store: &dyn Store) {
    store.create(&info("a"), "{}").await.expect("created");
    assert_eq!(store.create(&info("a"), "{}").await, Err(StoreError::Exists("a".into())));
    assert!(matches!(store.create(&info("../a"), "{}").await, Err(StoreError::BadName { .. })));
}

async fn one_process_drives_a_run(store: &dyn Store) {
    let lease = started(store, "a").await;
    let Err(StoreError::Busy { run, pid, since }) = store.lease("a", false).await else { panic!("it is taken") };
    assert_eq!((run.as_str(), pid), ("a", std::process::id()));
    assert!(since.parse::<jiff::Timestamp>().is_ok(), "{since}");
    let before = lease.fence;
    drop(lease);
    assert!(store.lease("a", false).await.expect("it is free").fence > before);
    assert!(matches!(store.lease("b", false).await, Err(StoreError::NoRun { .. })));
}

async fn who_lost_a_run_writes_nothing(store: &dyn Store) {
    let old = started(store, "a").await;
    store.append(&old, vec![record(0)], None, true).await.expect("appended");
    let new = store.lease("a", true).await.expect("taken over");
    let fenced = Err(StoreError::Fenced { run: "a".into() });
    assert_eq!(store.append(&old, vec![record(1)], None, true).await, fenced);
    drop(old);
    assert!(matches!(store.lease("a", false).await, Err(StoreError::Busy { .. })), "the old lock frees nothing");
    store.append(&new, vec![record(1)], None, true).await.expect("appended");
    assert_eq!(store.records("a", 0, 9).await.map(|records| records.len()), Ok(2));
}

async fn who_lost_a_run_can_see_it(store: &dyn Store) {
    let old = started(store, "a").await;
    assert_eq!(store.holds("a", old.fence).await, Ok(true));
    let new = store.lease("a", true).await.expect("taken over");
    assert_eq!(store.holds("a", old.fence).await, Ok(false));
    assert_eq!(store.holds("a", new.fence).await, Ok(true));
}

/// The lock says so as long as nobody has set it aside, and the number from then on.
#[tokio::test]
async fn a_run_is_seen_to_be_lost_to_another_process() {
    let dir = tempfile::tempdir().expect("a folder");
    let open = || SqliteStore::open(dir.path()).expect("a store");
    let (first, second) = (open(), open());
    let old = started(&first, "a").await;
    std::fs::remove_file(dir.path().join("locks/a.lock")).expect("set aside");
    assert_eq!(
        first.holds("a", old.fence).await,
        Ok(true),
        "who has set the lock aside may not have raised the number yet"
    );
    let new = second.lease("a", false).await.expect("taken over");
    assert_eq!(first.holds("a", old.fence).await, Ok(false));
    assert_eq!(first.holds("a", new.fence).await, Ok(true));
    drop(old);
    assert_eq!(second.holds("a", new.fence).await, Ok(true));
}

fn claim(id: u64) -> Claim {
    Claim { id, lock: "db".into() }
}

async fn claims(store: &dyn Store, lease: &Lease, id: u64) -> Result<Holds, StoreError> {
    let claims = Claims { made: vec![claim(id)], given_up: Vec::new() };
    store.append_with(lease, Vec::new(), None, claims, true).await.expect("claimed");
    store.take_lock(lease, &claim(id)).await
}

async fn gives_up(store: &dyn Store, lease: &Lease, id: u64) {
    let claims = Claims { made: Vec::new(), given_up: vec![id] };
    store.append_with(lease, Vec::new(), None, claims, true).await.expect("given up");
}

fn held(by: &str, driven: bool) -> Result<Holds, StoreError> {
    Ok(Holds::No { by: by.into(), driven })
}

async fn claims_to_a_lock_hold_in_their_order(store: &dyn Store) {
    let (a, b, c) = (started(store, "a").await, started(store, "b").await, started(store, "c").await);
    assert_eq!(claims(store, &a, 1).await, Ok(Holds::Yes));
    assert_eq!(store.take_lock(&a, &claim(1)).await, Ok(Holds::Yes), "it still does");
    assert_eq!(claims(store, &b, 1).await, held("a", true));
    assert_eq!(claims(store, &c, 7).await, held("a", true));
    assert_eq!(claims(store, &a, 2).await, held("a", true));
    gives_up(store, &a, 1).await;
    assert_eq!(store.take_lock(&c, &claim(7)).await, held("b", true), "the one that waits longest comes first");
    assert_eq!(store.take_lock(&b, &claim(1)).await, Ok(Holds::Yes));
    gives_up(store, &b, 1).await;
    assert_eq!(store.take_lock(&a, &claim(2)).await, held("c", true));
    assert_eq!(store.take_lock(&c, &claim(7)).await, Ok(Holds::Yes));
    let other = Claim { id: 3, lock: "other".into() };
    assert!(matches!(store.take_lock(&c, &other).await, Err(StoreError::Damaged { .. })), "it was never made");
}

async fn a_lock_outlives_the_process_that_holds_it(store: &dyn Store) {
    let (a, b) = (started(store, "a").await, started(store, "b").await);
    assert_eq!(claims(store, &a, 1).await, Ok(Holds::Yes));
    drop(a);
    assert_eq!(claims(store, &b, 1).await, held("a", false));
    let a = store.lease("a", false).await.expect("it is free");
    assert_eq!(store.take_lock(&a, &claim(1)).await, Ok(Holds::Yes), "it is still there");
    let new = store.lease("a", true).await.expect("taken over");
    assert_eq!(store.take_lock(&a, &claim(1)).await, Err(StoreError::Fenced { run: "a".into() }));
    let done = RunInfo { status: Status::Failed, ended: Some(9), ..info("a") };
    store.append(&new, Vec::new(), Some(&done), true).await.expect("ended");
    assert_eq!(store.take_lock(&b, &claim(1)).await, Ok(Holds::Yes), "a run that has ended holds nothing");
}

async fn a_claim_that_waits_for_nobody_is_passed_by(store: &dyn Store) {
    let (a, b, c) = (started(store, "a").await, started(store, "b").await, started(store, "c").await);
    assert_eq!(claims(store, &a, 1).await, Ok(Holds::Yes));
    assert_eq!(claims(store, &b, 1).await, held("a", true));
    assert_eq!(claims(store, &c, 1).await, held("a", true));
    drop(b);
    gives_up(store, &a, 1).await;
    assert_eq!(store.take_lock(&c, &claim(1)).await, Ok(Holds::Yes));
    let b = store.lease("b", false).await.expect("it is free");
    assert_eq!(store.take_lock(&b, &claim(1)).await, held("c", true));
    gives_up(store, &c, 1).await;
    assert_eq!(store.take_lock(&b, &claim(1)).await, Ok(Holds::Yes), "it kept its place");
}

async fn claims_follow_the_journal(store: &dyn Store) {
    let (a, b) = (started(store, "a").await, started(store, "b").await);
    assert_eq!(claims(store, &a, 1).await, Ok(Holds::Yes));
    assert_eq!(claims(store, &a, 2).await, held("a", true));
    store.set_claims(&a, &[(claim(2), false), (claim(3), true)]).await.expect("set");
    assert_eq!(claims(store, &b, 1).await, held("a", true));
    assert_eq!(store.take_lock(&a, &claim(3)).await, Ok(Holds::Yes));
    assert_eq!(store.take_lock(&a, &claim(2)).await, held("a", true));
    store.set_claims(&a, &[]).await.expect("set");
    assert_eq!(store.take_lock(&b, &claim(1)).await, Ok(Holds::Yes));
}

async fn messages_are_numbered(store: &dyn Store) {
    let _lease = started(store, "a").await;
    store.create(&info("b"), "{}").await.expect("created");
    let answer =
        MessageBody::Answer { stage: "s[3]#2".into(), decision: Decision::Happened(serde_json::json!({ "x": 1 })) };
    let first = store.send("a", "bob", answer.clone()).await.expect("sent while another drives the run");
    store.send("b", "bob", MessageBody::Cancel).await.expect("sent");
    let last = store.send("a", "eve", MessageBody::Cancel).await.expect("sent");
    let messages = store.messages("a", 0).await.expect("read");
    assert_eq!(messages.iter().map(|m| (m.id, m.by.as_str())).collect::<Vec<_>>(), [(first, "bob"), (last, "eve")]);
    assert_eq!(messages[0].body, answer);
    assert_eq!(store.messages("a", first).await.map(|messages| messages.len()), Ok(1));
    assert!(matches!(store.send("c", "bob", MessageBody::Cancel).await, Err(StoreError::NoRun { .. })));
}

async fn runs_are_found(store: &dyn Store) {
    assert!(matches!(store.find("@latest").await, Err(StoreError::NoRun { .. })));
    for (id, started) in [("m4xk", 3), ("m4yy", 9), ("k7", 5)] {
        store.create(&RunInfo { started, ..info(id) }, "{}").await.expect("created");
    }
    let id = |found: Result<RunInfo, StoreError>| found.expect("found").id;
    assert_eq!(id(store.find("m4x").await), "m4xk");
    assert_eq!(id(store.find("k7").await), "k7");
    assert_eq!(id(store.find("@latest").await), "m4yy");
    assert_eq!(store.find("m4").await, Err(StoreError::Ambiguous("m4".into(), "m4xk, m4yy".into())));
    let near = StoreError::NoRun { run: "m4xj".into(), near: vec!["m4xk".into()] };
    assert_eq!(store.find("m4xj").await, Err(near));
    assert!(matches!(store.find("").await, Err(StoreError::NoRun { .. } | StoreError::Ambiguous(..))));
}

async fn runs_are_listed_newest_first(store: &dyn Store) {
    for (id, started, status) in [("a", 1, Status::Failed), ("b", 3, Status::Running), ("c", 2, Status::Failed)] {
        store.create(&RunInfo { started, status, ..info(id) }, "{}").await.expect("created");
    }
    let list = async |filter: RunFilter| -> Vec<String> {
        store.runs(&filter).await.expect("listed").into_iter().map(|info| info.id).collect()
    };
    assert_eq!(list(RunFilter::default()).await, ["b", "c", "a"]);
    assert_eq!(list(RunFilter { status: Some(Status::Failed), ..RunFilter::default() }).await, ["c", "a"]);
    assert_eq!(list(RunFilter { since: Some(2), limit: Some(1), ..RunFilter::default() }).await, ["b"]);
    assert_eq!(list(RunFilter { workflow: Some("v".into()), ..RunFilter::default() }).await, [""; 0]);
}

async fn plans_and_blobs_are_kept_by_hash(store: &dyn Store) {
    store.create(&info("a"), "{\"first\":1}").await.expect("created");
    store.put_plan("other", "{}").await.expect("kept");
    assert_eq!(store.plan("hash").await.as_deref(), Ok("{\"first\":1}"));
    assert_eq!(store.plan("other").await.as_deref(), Ok("{}"));
    assert!(matches!(store.plan("none").await, Err(StoreError::Damaged { .. })));
    let hash = store.put_blob(vec![0, 255]).await.expect("kept");
    assert_eq!(store.put_blob(vec![0, 255]).await, Ok(hash.clone()));
    assert_eq!(store.blob(&hash).await, Ok(vec![0, 255]));
}

async fn lines_are_read_from_a_position(store: &dyn Store) {
    let lease = started(store, "a").await;
    for text in ["1", "2"] {
        store.log("a", line("s", text));
    }
    store.log("a", line("s.inner[0]", "3"));
    store.log("a", line("sother", "4"));
    // What is queued before a commit is written with it.
    store.append(&lease, vec![record(0)], None, true).await.expect("appended");
    let texts = |lines: &[LogLine]| lines.iter().map(|line| line.line.clone()).collect::<Vec<_>>();
    let (first, after) = store.logs("a", None, 0, 2).await.expect("read");
    assert_eq!(texts(&first), ["1", "2"]);
    let (rest, end) = store.logs("a", None, after, 9).await.expect("read");
    assert_eq!(texts(&rest), ["3", "4"]);
    assert_eq!(store.logs("a", None, end, 9).await, Ok((vec![], end)));
    let (of_stage, _) = store.logs("a", Some("s"), 0, 9).await.expect("read");
    assert_eq!(texts(&of_stage), ["1", "2", "3"]);
}

#[tokio::test]
async fn a_hook_may_stop_before_or_after_a_commit() {
    for (verdict, kept) in [(Verdict::StopBefore, 1), (Verdict::StopAfter, 2)] {
        let store = MemoryStore::new();
        let lease = started(&store, "a").await;
        store.append(&lease, vec![record(0)], None, true).await.expect("appended");
        store.set_hook(move |_| verdict);
        assert!(store.append(&lease, vec![record(1)], None, true).await.is_err());
        assert!(store.append(&lease, vec![record(1)], None, true).await.is_err(), "it is dead");
        let again = store.reopen(Crash::Kill);
        assert_eq!(again.journal("a").len(), kept);
        again.lease("a", false).await.expect("the lock died with its process");
    }
}

#[tokio::test]
async fn a_failing_power_takes_what_was_not_synced() {
    let store = MemoryStore::new();
    let lease = started(&store, "a").await;
    let waiting = RunInfo { status: Status::Waiting, ..info("a") };
    store.append(&lease, vec![record(0)], None, true).await.expect("appended");
    store.append(&lease, vec![record(1)], Some(&waiting), false).await.expect("appended");
    assert_eq!(store.reopen(Crash::Kill).journal("a").len(), 2);
    let lost = store.reopen(Crash::Power);
    assert_eq!((lost.journal("a").len(), lost.find("a").await), (1, Ok(info("a"))));
    store.append(&lease, vec![record(2)], None, true).await.expect("appended");
    assert_eq!(store.reopen(Crash::Power).journal("a").len(), 3, "a synced commit makes all before it safe");
}

/// A copy of the files as a killed process leaves them.
fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        if entry.path().is_file() && !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), to.path().join(entry.file_name())).expect("copied");
        }
    }
    to
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(dir.path()).expect("a store");
    let lease = started(&store, "a").await;
    for seq in 0..20 {
        store.append(&lease, vec![record(seq)], None, seq % 3 == 0).await.expect("appended");
        let killed = copy(dir.path());
        let again = SqliteStore::open(killed.path()).expect("opens");
        assert_eq!(again.records("a", 0, 99).await.map(|records| records.len() as u64), Ok(seq + 1));
    }
}

#[tokio::test]
async fn every_flipped_byte_is_seen_or_does_not_matter() {
    let dir = tempfile::tempdir().expect("a folder");
    let truth = {
        let store = SqliteStore::open(dir.path()).expect("a store");
        let lease = started(&store, "a").await;
        store.append(&lease, (0..30).map(record).collect(), None, true).await.expect("appended");
        for run in ["a", EVERY_RUN] {
            store.send(run, "bob", MessageBody::Cancel).await.expect("sent");
        }
        read_all(&store).await
    };
    let file = dir.path().join("runs.db");
    let bytes = std::fs::read(&file).expect("the log was written into it when the last connection closed");
    let (mut seen, mut looked) = (0, 0);
    // Room that is not used is looked at here and there.
    let is_unused = |at: usize| bytes[at.saturating_sub(8)..bytes.len().min(at + 8)].iter().all(|byte| *byte == 0);
    let every = |at: usize| if is_unused(at) { 211 } else { 7 };
    for at in (0..bytes.len()).filter(|at| at % every(*at) == at / 4_096 % 7) {
        looked += 1;
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x55;
        let other = tempfile::tempdir().expect("a folder");
        std::fs::write(other.path().join("runs.db"), flipped).expect("written");
        let Ok(store) = SqliteStore::open_to_read(other.path()) else {
            seen += 1;
            continue;
        };
        let found = read_all(&store).await;
        let told = [found.0.is_err(), found.1.is_err(), found.2.is_err(), found.3.is_err(), found.4.is_err()];
        seen += u32::from(told.contains(&true));
        assert!(told[0] || found.0 == truth.0, "byte {at}");
        assert!(told[1] || found.1 == truth.1, "byte {at}");
        assert!(told[2] || found.2 == truth.2, "byte {at}: {:?}", found.2);
        assert!(told[3] || found.3 == truth.3, "byte {at}: {:?}", found.3);
        assert!(told[4] || found.4 == truth.4, "byte {at}");
    }
    assert!(looked > 900, "{looked}");
    assert!(seen > 20, "{seen}");
}

type Found<T> = Result<T, StoreError>;

/// Its journal, what is known of it, its messages and those to every run, its plan.
async fn read_all(
    store: &SqliteStore,
) -> (Found<Vec<Record>>, Found<RunInfo>, Found<Vec<Message>>, Found<Vec<Message>>, Found<String>) {
    let records = store.records("a", 0, 99).await;
    let messages = (store.messages("a", 0).await, store.messages(EVERY_RUN, 0).await);
    (records, store.find("a").await, messages.0, messages.1, store.plan("hash").await)
}

#[tokio::test]
async fn damage_names_run_and_record() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(dir.path()).expect("a store");
    let lease = started(&store, "a").await;
    store.append(&lease, (0..5).map(record).collect(), None, true).await.expect("appended");
    let other = rusqlite::Connection::open(dir.path().join("runs.db")).expect("any tool opens it");
    let change = |sql: &str| other.execute(sql, []).expect("changed");
    let told = async |from| store.records("a", from, 9).await.expect_err("damaged").to_string();
    change("UPDATE records SET body = 'x' WHERE number & 255 = 3");
    assert!(told(0).await.ends_with("damaged: record 3 of run a does not match its checksum"));
    change("DELETE FROM records WHERE number & 255 = 3");
    assert!(told(0).await.ends_with("damaged: record 3 of run a is missing"));
    assert!(told(4).await.ends_with("damaged: record 3 of run a is missing"));
    change("DELETE FROM records WHERE number & 255 > 3");
    change("UPDATE heads SET records = 3");
    assert!(told(0).await.ends_with("where the journal of run a ends does not match its checksum"));
    change("DELETE FROM heads WHERE run > 0");
    assert!(told(0).await.ends_with("where the journal of run a ends is not known"));
    change("UPDATE runs SET inputs = '{}'");
    let error = store.find("a").await.expect_err("damaged").to_string();
    assert!(error.contains("runs.db") && error.contains("run a does not match its checksum"), "{error}");
}

#[tokio::test]
async fn what_is_no_store_of_ours_is_refused() {
    let refused = |content: &dyn Fn(&Path)| {
        let dir = tempfile::tempdir().expect("a folder");
        content(&dir.path().join("runs.db"));
        SqliteStore::open(dir.path()).err().expect("refused").to_string()
    };
    let sql = |file: &Path, sql: &str| {
        rusqlite::Connection::open(file).and_then(|c| c.execute_batch(sql)).expect("done");
    };
    let text = refused(&|file| std::fs::write(file, "x".repeat(5_000)).expect("written"));
    assert!(text.contains("runs.db is damaged: it is not a database"), "{text}");
    let foreign = refused(&|file| sql(file, "CREATE TABLE t (x)"));
    assert!(foreign.contains("database of another program"), "{foreign}");
    let newer = refused(&|file| {
        drop(SqliteStore::open(file.parent().expect("a folder")).expect("a store"));
        sql(file, "PRAGMA user_version = 6");
    });
    assert!(newer.contains("has format 6; this wfc reads up to 5"), "{newer}");
}

#[tokio::test]
async fn a_store_that_is_replaced_while_open_is_seen() {
    type Harm = fn(&Path);
    let harms: [(Harm, &str); 3] = [
        (|file| std::fs::remove_file(file).expect("removed"), "deleted while it was open"),
        (|file| std::fs::rename(file, file.with_extension("old")).expect("moved"), "deleted while it was open"),
        (
            |file| {
                std::fs::copy(file, file.with_extension("new")).expect("copied");
                std::fs::rename(file.with_extension("new"), file).expect("moved");
            },
            "replaced by another file while it was open",
        ),
    ];
    for (name, (harm, told)) in ["runs.db", "runs.db-wal"].into_iter().flat_map(|name| harms.map(|harm| (name, harm))) {
        let dir = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(dir.path()).expect("a store");
        let lease = started(&store, "a").await;
        store.append(&lease, vec![record(0)], None, true).await.expect("appended");
        harm(&dir.path().join(name));
        let error = store.append(&lease, vec![record(1)], None, true).await.expect_err("gone").to_string();
        assert!(error.contains(name) && error.contains(told), "{error}");
    }
}

/// What is cut off in place is seen before the next commit, wherever it is cut; who reads sees it too, or what is left is whole.
#[tokio::test]
async fn a_store_that_is_cut_while_open_never_reads_wrong() {
    type Cut = fn(u64) -> u64;
    let cuts: [Cut; 5] = [|_| 0, |_| 40, |length| length / 3, |length| length - 4_096, |length| length - 1];
    for (name, cut) in ["runs.db", "runs.db-wal"].into_iter().flat_map(|name| cuts.map(|cut| (name, cut))) {
        let dir = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(dir.path()).expect("a store");
        let lease = started(&store, "a").await;
        let other = rusqlite::Connection::open(dir.path().join("runs.db")).expect("any tool opens it");
        if name == "runs.db" {
            other.execute_batch("PRAGMA wal_checkpoint(FULL)").expect("all is there");
        }
        store.append(&lease, vec![record(0)], None, true).await.expect("appended");
        store.append(&lease, vec![record(1)], None, true).await.expect("appended");
        let file = std::fs::OpenOptions::new().write(true).open(dir.path().join(name)).expect("it is there");
        file.set_len(cut(file.metadata().expect("it is there").len())).expect("cut");
        let told = store.append(&lease, vec![record(2)], None, true).await.expect_err("cut").to_string();
        assert!(told.contains(&format!("{name} cannot be used: it was cut short while it was open")), "{told}");
        let here = store.records("a", 0, 9).await;
        drop((store, other));
        let later = match SqliteStore::open(dir.path()) {
            Ok(store) => store.records("a", 0, 9).await,
            Err(error) => Err(error),
        };
        for read in [here, later] {
            let whole = |records: &Vec<Record>| *records == (0..records.len() as u64).map(record).collect::<Vec<_>>();
            assert!(read.as_ref().is_ok_and(whole) || read.is_err(), "{name}: {read:?}");
        }
    }
}

#[tokio::test]
async fn a_store_opened_to_read_writes_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    assert!(SqliteStore::open_to_read(dir.path()).is_err(), "there is none");
    drop(started(&SqliteStore::open(dir.path()).expect("a store"), "a").await);
    let store = SqliteStore::open_to_read(dir.path()).expect("a store");
    assert_eq!(store.find("a").await, Ok(info("a")));
    assert!(store.create(&info("b"), "{}").await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_eight_that_want_a_run_one_gets_it() {
    let dir = tempfile::tempdir().expect("a folder");
    SqliteStore::open(dir.path()).expect("a store").create(&info("a"), "{}").await.expect("created");
    for round in 0..20 {
        let races = (0..8).map(|_| {
            let dir = dir.path().to_owned();
            tokio::spawn(async move {
                let store = SqliteStore::open(&dir).expect("a store");
                (store.lease("a", false).await, store)
            })
        });
        let mut ends = Vec::new();
        for race in races.collect::<Vec<_>>() {
            ends.push(race.await.expect("no panic"));
        }
        let won = ends.iter().filter(|(lease, _)| lease.is_ok()).count();
        assert_eq!(won, 1, "round {round}");
        let busy = |lease: &Result<Lease, StoreError>| matches!(lease, Err(StoreError::Busy { pid, .. }) if *pid == std::process::id());
        assert_eq!(ends.iter().filter(|(lease, _)| busy(lease)).count(), 7, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_share_commits_and_lose_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let stores = [0, 1].map(|_| Arc::new(SqliteStore::open(dir.path()).expect("a store")));
    let tasks = (0..40).map(|run| {
        let store = stores[run % 2].clone();
        tokio::spawn(async move {
            let id = format!("run{run}");
            let lease = started(&*store, &id).await;
            for seq in 0..5 {
                store.append(&lease, vec![record(seq)], None, true).await.expect("appended");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    for run in 0..40 {
        let records = stores[0].records(&format!("run{run}"), 0, 9).await;
        assert_eq!(records.map(|records| records.len()), Ok(5));
    }
}

#[tokio::test]
async fn lines_that_come_too_fast_are_counted() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(dir.path()).expect("a store");
    let lease = started(&store, "a").await;
    let blocker = rusqlite::Connection::open(dir.path().join("runs.db")).expect("another process");
    blocker.execute_batch("BEGIN IMMEDIATE").expect("locked");
    for _ in 0..60_000 {
        store.log("a", line("s", "y"));
    }
    blocker.execute_batch("ROLLBACK").expect("free");
    store.append(&lease, vec![record(0)], None, true).await.expect("appended");
    let (lines, _) = store.logs("a", None, 0, 100_000).await.expect("read");
    let told = lines.iter().filter(|line| line.stream == "runtime").map(|line| line.line.clone()).collect::<Vec<_>>();
    // On a busy machine the queue may overflow more than once: each time is told.
    assert!(!told.is_empty() && told.iter().all(|line| line.contains("lines of output were dropped")), "{told:?}");
    let number = |line: &String| line.split(' ').next().and_then(|n| n.parse::<usize>().ok()).expect("a number");
    let dropped: usize = told.iter().map(number).sum();
    assert_eq!(dropped + lines.len() - told.len(), 60_000);
}
