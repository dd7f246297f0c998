//! Damage that leaves every row whole: rows that are gone, in another place, or somebody else's.

use super::*;

/// Three runs with three records and three messages each, and three events.
async fn store() -> (SqliteStore, rusqlite::Connection, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(dir.path()).expect("a store");
    for id in ["a", "b", "c"] {
        let lease = started(&store, id).await;
        store.append(&lease, (0..3).map(record).collect(), None, true).await.expect("appended");
        for run in [id, EVERY_RUN] {
            store.send(run, "bob", MessageBody::Cancel).await.expect("sent");
        }
    }
    for run in ["a", "b", "a", "b"] {
        store.send(run, "eve", MessageBody::Cancel).await.expect("sent");
    }
    let other = rusqlite::Connection::open(dir.path().join("runs.db")).expect("any tool opens it");
    (store, other, dir)
}

/// Threat 32 for both kinds: each one left out, two that changed their places, all that come after one cut off, one put in.
#[tokio::test]
async fn no_record_and_no_message_is_taken_out_moved_or_put_in_unseen() {
    let swap = |table: &str, key: &str, one: i64, two: i64| {
        let set = |from: i64, to: i64| format!("UPDATE {table} SET {key} = {to} WHERE {key} = {from};");
        set(one, -1) + &set(two, one) + &set(-1, two)
    };
    let key = |seq: i64| (2 << 32) | seq;
    let mut harms = Vec::new();
    for seq in 0..3 {
        harms.push(format!("DELETE FROM records WHERE number = {}", key(seq)));
        harms.push(format!("DELETE FROM records WHERE number BETWEEN {} AND {}", key(seq), key(9)));
    }
    harms.extend([swap("records", "number", key(0), key(1)), swap("records", "number", key(1), key(2))]);
    harms.push(swap("records", "number", key(1), (1 << 32) | 1));
    // Numbers of messages: 1 3 5 to a, b, c, 2 4 6 to every run, 7 8 9 10 to a, b, a, b.
    for id in [3, 8, 10] {
        harms.push(format!("DELETE FROM messages WHERE id = {id}"));
        harms.push(format!("DELETE FROM messages WHERE run = 'b' AND id >= {id}"));
        harms.push(format!("UPDATE messages SET run = 'a' WHERE id = {id}"));
        harms.push(format!("UPDATE messages SET id = 11 WHERE id = {id}"));
    }
    harms.extend([swap("messages", "id", 3, 8), swap("messages", "id", 8, 10)]);
    harms.push("INSERT INTO messages SELECT 99, run, 10, at, by, body, sum FROM messages WHERE id = 10".into());
    harms.push(
        "INSERT INTO messages SELECT 9, run, 8, at, by, body, sum FROM messages WHERE id = 8".replace("9,", "99,"),
    );
    for harm in harms {
        let (store, other, _dir) = store().await;
        other.execute_batch(&harm).expect("done");
        let (records, messages) = (store.records("b", 0, 9).await, store.messages("b", 0).await);
        let told = [records.err(), messages.err()].into_iter().flatten().next().expect(&harm).to_string();
        assert!(told.contains("runs.db is damaged") && told.contains("run b"), "{harm}: {told}");
        assert_eq!(store.records("c", 0, 9).await.map(|records| records.len()), Ok(3), "{harm}: others are whole");
        assert_eq!(store.messages("c", 0).await.map(|messages| messages.len()), Ok(1), "{harm}");
    }
}

/// What is read from a position on is as complete as all of it.
#[tokio::test]
async fn a_message_is_missed_from_wherever_it_is_asked_for() {
    let (store, other, _dir) = store().await;
    for (run, after, there) in [("b", 0, 3), ("b", 3, 2), ("b", 8, 1), ("b", 9, 1), ("b", 10, 0), (EVERY_RUN, 2, 2)] {
        assert_eq!(store.messages(run, after).await.map(|messages| messages.len()), Ok(there), "{run} {after}");
    }
    other.execute_batch("DELETE FROM messages WHERE id IN (6, 10)").expect("done");
    for (run, after) in [("b", 0), ("b", 8), ("b", 9), (EVERY_RUN, 0), (EVERY_RUN, 4)] {
        let told = store.messages(run, after).await.expect_err("missing").to_string();
        assert!(told.contains("the last one, is missing"), "{told}");
    }
    assert_eq!(store.messages("b", 10).await, Ok(vec![]), "who has read it does not need it");
}

/// Events before every run may go, and nothing else is missed then.
#[tokio::test]
async fn events_that_go_leave_no_gap() {
    let (store, other, _dir) = store().await;
    // The clock was set back between two of them.
    other.execute_batch("UPDATE runs SET started = 500").expect("done");
    let (oldest, newest) = (400, 600);
    for (id, at) in [(2, newest), (4, oldest), (6, oldest)] {
        let (run, before): (&str, u64) = (EVERY_RUN, if id == 2 { 0 } else { id - 2 });
        let body = "\"cancel\"";
        let sum = crate::store::chain::sum(&[
            run.as_bytes(),
            [id, before].map(u64::to_le_bytes).as_flattened(),
            &i64::to_le_bytes(at),
            b"bob",
            body.as_bytes(),
        ]);
        let sql = "UPDATE messages SET at = ?2, sum = ?3 WHERE id = ?1";
        other.execute(sql, rusqlite::params![i64::try_from(id).expect("small"), at, sum]).expect("done");
    }
    assert_eq!(store.messages(EVERY_RUN, 0).await.map(|messages| messages.len()), Ok(3));
    store.remove_unused(0).await.expect("removed").expect("nobody else");
    let ids = |messages: Vec<Message>| messages.iter().map(|message| message.id).collect::<Vec<_>>();
    assert_eq!(store.messages(EVERY_RUN, 0).await.map(ids), Ok(vec![2]));
    let next = store.send(EVERY_RUN, "bob", MessageBody::Cancel).await.expect("sent");
    assert!(next > 10, "numbers are not given again: {next}");
    assert_eq!(store.messages(EVERY_RUN, 2).await.map(ids), Ok(vec![next]));
    other.execute_batch("DELETE FROM messages WHERE id = 2").expect("done");
    assert!(store.remove_unused(0).await.is_err(), "who makes room does not cover up what is missing");
}

/// A run that is removed leaves its number to nobody.
#[tokio::test]
async fn numbers_of_runs_are_not_given_again() {
    let (store, other, _dir) = store().await;
    let done = RunInfo { status: Status::Succeeded, ended: Some(9), ..info("c") };
    let lease = store.lease("c", false).await.expect("leased");
    store.append(&lease, Vec::new(), Some(&done), true).await.expect("ended");
    store.remove_run(&lease).await.expect("removed");
    drop(lease);
    drop(started(&store, "d").await);
    let number: i64 = other.query_row("SELECT number FROM runs WHERE id = 'd'", [], |row| row.get(0)).expect("a row");
    assert_eq!(number, 4);
    let of_c: i64 =
        other.query_row("SELECT count(*) FROM records WHERE number >> 32 = 3", [], |row| row.get(0)).expect("a row");
    assert_eq!(of_c, 0);
}

/// Where a run or a store is full, who writes is told, and nothing is written.
#[tokio::test]
async fn what_cannot_be_numbered_is_refused() {
    let (store, other, _dir) = store().await;
    other.execute_batch("UPDATE sqlite_sequence SET seq = 2147483647 WHERE name = 'runs'").expect("done");
    let told = store.create(&info("late"), "{}").await.expect_err("full").to_string();
    assert!(told.contains("as many runs as it can number"), "{told}");
    assert!(matches!(store.find("late").await, Err(StoreError::NoRun { .. })));
}

/// The view is for people who open the store with other tools.
#[tokio::test]
async fn the_journal_can_be_read_by_run_and_number() {
    let (_store, other, _dir) = store().await;
    let sql = "SELECT group_concat(seq || body, ' ') FROM journal WHERE run = 'b' AND seq > 0";
    let text: String = other.query_row(sql, [], |row| row.get(0)).expect("rows");
    assert_eq!(text, "1{\"n\":1} 2{\"n\":2}");
    let plan = "EXPLAIN QUERY PLAN SELECT * FROM journal WHERE run = 'b'";
    let mut statement = other.prepare(plan).expect("sound");
    let steps = statement.query_map([], |row| row.get::<_, String>(3)).expect("rows");
    let steps: Vec<String> = steps.map(|step| step.expect("a step")).collect();
    assert!(steps.iter().all(|step| step.starts_with("SEARCH")), "{steps:?}");
}

/// All that is damaged in a run is found, and nothing in the others.
#[tokio::test]
async fn what_is_damaged_is_found_where_it_is() {
    let (whole, _, _dir) = store().await;
    let whole = whole.verify().expect("read");
    let counted = ["runs", "records", "messages"].map(|kind| whole.counted(kind));
    assert_eq!((counted, whole.damage), ([3, 9, 10], vec![]));
    let harms = [
        ("UPDATE records SET at = 7 WHERE number = 2 << 32 | 1", "record 1 of run b does not match its checksum"),
        ("DELETE FROM records WHERE number = 2 << 32 | 1", "record 1 of run b is missing"),
        ("DELETE FROM records WHERE number >> 32 = 2", "record 0 of run b is missing, and all up to 2"),
        (
            "INSERT INTO records SELECT number + 1, at, body, sum FROM records WHERE number = 2 << 32 | 2",
            "record 3 of run b stands behind the last one that was written",
        ),
        ("UPDATE heads SET fence = 9 WHERE run = 2", "where the journal of run b ends does not match its checksum"),
        ("DELETE FROM messages WHERE id = 8", "a message to run b before message 10 is missing"),
        ("UPDATE runs SET status = 'failed' WHERE id = 'b'", "what is known of run b does not match its checksum"),
        ("UPDATE runs SET plan = 'none' WHERE id = 'b'", "plan none of run b is missing"),
    ];
    for (harm, told) in harms {
        let (store, other, _dir) = store().await;
        other.execute_batch(harm).expect("done");
        let found = store.verify().expect("read").damage;
        assert!(found.iter().any(|damage| damage.what == told), "{harm}: {found:?}");
        assert!(found.iter().all(|damage| damage.run.as_deref() == Some("b")), "{harm}: {found:?}");
    }
}

/// What other processes and ordinary tools do to the files is no damage.
#[tokio::test]
async fn checkpoints_and_vacuums_of_others_stop_nobody() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(dir.path()).expect("a store");
    let lease = started(&store, "a").await;
    let other = rusqlite::Connection::open(dir.path().join("runs.db")).expect("any tool opens it");
    let steps =
        ["wal_checkpoint(PASSIVE)", "wal_checkpoint(FULL)", "wal_checkpoint(RESTART)", "wal_checkpoint(TRUNCATE)"];
    let mut seq = 0..;
    for step in steps.into_iter().cycle().take(12) {
        store.put_blob(seq.start.to_string().repeat(20_000).into_bytes()).await.expect("kept");
        other.execute_batch(&format!("PRAGMA {step}; DELETE FROM blobs; VACUUM; PRAGMA {step}")).expect(step);
        store.append(&lease, seq.by_ref().take(2).map(record).collect(), None, true).await.expect(step);
    }
    assert_eq!(store.records("a", 0, 99).await.map(|records| records.len()), Ok(24));
}
