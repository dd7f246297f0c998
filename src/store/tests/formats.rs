//! Stores of older formats: what was in them is there afterwards, and what was there before is kept.

use std::path::PathBuf;

use super::*;

/// A store as an earlier version left it.
fn older(format: i64) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("runs.db");
    let database = rusqlite::Connection::open(&file).expect("made");
    let dump =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recovery/versions/format4.sql"));
    database.execute_batch(&dump.expect("it is there")).expect("a dump");
    let back = [
        "",
        "DROP INDEX locks_held; DROP TABLE locks; PRAGMA user_version = 1;",
        "DROP INDEX locks_held; PRAGMA user_version = 2;",
        "DROP INDEX locks_held; PRAGMA user_version = 3;",
        "",
    ];
    database.execute_batch(back[usize::try_from(format).expect("small")]).expect("made older");
    (dir, file)
}

fn number(file: &Path, sql: &str) -> i64 {
    rusqlite::Connection::open(file).and_then(|c| c.query_row(sql, [], |row| row.get(0))).expect(sql)
}

async fn is_all_there(store: &SqliteStore) {
    for (run, records) in [("r1", 12), ("done", 6), ("held", 5)] {
        let found = store.records(run, 0, 999).await.expect(run);
        assert!(found.len() >= records, "{run}: {}", found.len());
        assert_eq!(store.find(run).await.map(|info| info.id).as_deref(), Ok(run));
        store.plan(&store.find(run).await.expect(run).plan).await.expect("its plan");
    }
    assert_eq!(store.messages(EVERY_RUN, 0).await.map(|events| events.len()), Ok(1));
    assert_eq!(store.messages("r1", 0).await, Ok(vec![]));
    assert_eq!(store.logs("done", None, 0, 9).await.map(|(lines, _)| lines.len()), Ok(2));
}

#[tokio::test]
async fn a_store_of_each_older_format_is_changed_and_a_copy_kept() {
    for format in 1..=4 {
        let (dir, file) = older(format);
        let runs = number(&file, "SELECT count(*) FROM records");
        let store = SqliteStore::open(dir.path()).expect("it is changed");
        is_all_there(&store).await;
        let lease = store.lease("held", false).await.expect("leased");
        let held = Claim { id: 4, lock: "table".into() };
        if format > 1 {
            assert_eq!(store.take_lock(&lease, &held).await, Ok(Holds::Yes), "it holds what it held");
        }
        let copies = store.older_copies();
        let copy = dir.path().join(format!("runs.format{format}.db"));
        assert_eq!(copies.iter().map(|(copy, _)| copy).collect::<Vec<_>>(), [&copy]);
        drop((lease, store));
        assert_eq!(number(&copy, "PRAGMA user_version"), format);
        assert_eq!(number(&copy, "SELECT count(*) FROM records"), runs);
        assert_eq!(number(&file, "SELECT count(*) FROM records"), runs);
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&copy).expect("there").permissions());
        assert_eq!(mode & 0o777, 0o600, "for its owner alone");
    }
}

/// A store of the new format and one that was changed have the same tables.
#[test]
fn tables_are_the_same_by_either_way() {
    let tables = |dir: &Path| -> std::collections::BTreeSet<String> {
        drop(SqliteStore::open(dir).expect("a store"));
        let database = rusqlite::Connection::open(dir.join("runs.db")).expect("a database");
        let mut statement = database.prepare("SELECT sql FROM sqlite_schema WHERE sql NOT NULL").expect("sound");
        let rows = statement.query_map([], |row| row.get(0)).expect("rows");
        rows.map(|sql| sql.expect("a text")).collect()
    };
    let new = tempfile::tempdir().expect("a folder");
    let expected = tables(new.path());
    for format in 1..=4 {
        assert_eq!(tables(older(format).0.path()), expected, "{format}");
    }
}

/// Who only reads changes nothing, also where nothing may be written.
#[tokio::test]
async fn an_older_store_is_read_and_left_as_it_is() {
    for format in 1..=4 {
        let (dir, file) = older(format);
        let before = std::fs::read(&file).expect("it is there");
        let store = SqliteStore::open_to_read(dir.path()).expect("it is read");
        is_all_there(&store).await;
        drop(store);
        assert_eq!(std::fs::read(&file).expect("it is there"), before);
        assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 1, "nothing else is made");
    }
}

/// An older `wfc` that has the store open meets an error at its next write, and what it has written before is there.
#[tokio::test]
async fn who_has_an_older_store_open_writes_nothing_more() {
    let (dir, file) = older(4);
    let theirs = rusqlite::Connection::open(&file).expect("opened");
    theirs.execute_batch("PRAGMA journal_mode = WAL").expect("done");
    let insert = |id: &str| {
        let sql = "INSERT INTO records (run, seq, at, body, sum) VALUES (?1, 0, 1, '', x'')";
        theirs.prepare_cached(sql)?.execute([id])
    };
    let told = |text: &str| {
        let sql = "INSERT INTO messages (run, at, by, body, sum) VALUES ('r1', 1, 'bob', ?1, x'')";
        theirs.prepare_cached(sql)?.execute([text])
    };
    insert("r9").and_then(|_| told("1")).expect("written");
    let store = SqliteStore::open(dir.path()).expect("it is changed");
    let refused = [insert("r8"), told("2"), theirs.execute("UPDATE runs SET records = 9, head = x''", [])];
    assert!(refused.iter().all(Result::is_err), "{refused:?}");
    let damaged = store.messages("r1", 0).await.expect_err("it has no checksum").to_string();
    assert!(damaged.contains("message 2 to run r1 does not match its checksum"), "{damaged}");
    assert_eq!(store.records("r1", 0, 999).await.map(|records| records.len() > 9), Ok(true));
}

/// What was damaged before is told of afterwards as before, and the rest is usable.
#[tokio::test]
async fn damage_is_carried_over() {
    let (dir, file) = older(4);
    let database = rusqlite::Connection::open(&file).expect("opened");
    database
        .execute_batch("UPDATE records SET body = 'x' WHERE run = 'r1' AND seq = 2; UPDATE messages SET by = 'eve'")
        .expect("done");
    drop(database);
    let store = SqliteStore::open(dir.path()).expect("it is changed");
    let told = store.records("r1", 0, 99).await.expect_err("damaged").to_string();
    assert!(told.ends_with("record 2 of run r1 does not match its checksum"), "{told}");
    let told = store.messages(EVERY_RUN, 0).await.expect_err("damaged").to_string();
    assert!(told.ends_with("message 1 to every run does not match its checksum"), "{told}");
    assert!(store.records("done", 0, 99).await.is_ok());
}

/// Without room for the copy the store stays as it is, and the message names the copy.
#[tokio::test]
async fn where_no_copy_can_be_kept_nothing_is_changed() {
    let (dir, file) = older(4);
    std::fs::create_dir(dir.path().join("runs.format4.part")).expect("in the way");
    let told = SqliteStore::open(dir.path()).err().expect("refused").to_string();
    assert!(told.contains("runs.format4.db cannot be written"), "{told}");
    assert_eq!(number(&file, "PRAGMA user_version"), 4);
    std::fs::remove_dir(dir.path().join("runs.format4.part")).expect("out of the way");
    std::fs::write(dir.path().join("runs.format4.part"), "half of one").expect("left by one that was killed");
    is_all_there(&SqliteStore::open(dir.path()).expect("it is changed")).await;
    assert!(!dir.path().join("runs.format4.part").exists());
}
