//! `wfc runs verify`: what is damaged is named, and what is not is left in peace.

use super::programs::HELLO;
use super::{folder, steady, wfc};

#[test]
fn what_is_damaged_is_named_by_run_and_record() {
    let folder = folder(&[("hello.wf", HELLO)]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    let mut settings = steady();
    settings.add_filter(r"plan [0-9a-f]{64}", "plan [hash]");
    let _bound = settings.bind_to_scope();
    insta::assert_snapshot!(run(&["runs", "verify"]), @r#"
    --- standard error
    error: there is no store here: no `.wfc` in this folder or above
    help: go to the project's folder, or name the store with `--store PATH`
    (exit 3)
    "#);
    for id in ["g1", "g2"] {
        run(&["run", "hello.wf", "--id", id, "-i", "name=Ada"]);
    }
    run(&["runs", "send", "paid", "--key", "1", "{}"]);
    insta::assert_snapshot!(run(&["runs", "verify"]), @r#"
    --- standard error
    checked 2 runs, 6 records, 1 message, 1 plan: all is whole
    (exit 0)
    "#);
    insta::assert_snapshot!(run(&["runs", "verify", "--json"]), @r#"
    {"whole":true,"checked":{"blobs":0,"cached":0,"claims":0,"lines":0,"messages":1,"plans":1,"records":6,"runs":2},"damage":[]}
    (exit 0)
    "#);
    let database = rusqlite::Connection::open(folder.path().join(".wfc/runs.db")).unwrap();
    let harm = "UPDATE records SET body = 'x' WHERE number = 2 << 32 | 1;
                DELETE FROM messages; UPDATE plans SET body = x'00'";
    database.execute_batch(harm).unwrap();
    std::fs::create_dir_all(folder.path().join(".wfc/cache")).unwrap();
    std::fs::write(folder.path().join(".wfc/cache/key"), "sum\n1\n2\n\"x\"").unwrap();
    insta::assert_snapshot!(run(&["runs", "verify"]), @r#"
    message 1 to every run, the last one, is missing
    record 1 of run g2 does not match its checksum
    plan [hash] of run g1 does not match its checksum
    plan [hash] of run g2 does not match its checksum
    cached result key does not match its checksum
    --- standard error
    checked 2 runs, 6 records, 1 plan, 1 cached result: 5 things are damaged; all else is whole
    (exit 1)
    "#);
    insta::assert_snapshot!(run(&["runs", "verify", "--json"]), @r#"
    {"whole":false,"checked":{"blobs":0,"cached":1,"claims":0,"lines":0,"messages":0,"plans":1,"records":6,"runs":2},"damage":[{"run":null,"record":null,"what":"message 1 to every run, the last one, is missing"},{"run":"g2","record":1,"what":"record 1 of run g2 does not match its checksum"},{"run":"g1","record":null,"what":"plan [hash] of run g1 does not match its checksum"},{"run":"g2","record":null,"what":"plan [hash] of run g2 does not match its checksum"},{"run":null,"record":null,"what":"cached result key does not match its checksum"}]}
    (exit 1)
    "#);
    std::fs::write(folder.path().join(".wfc/runs.db"), "x".repeat(5_000)).unwrap();
    insta::assert_snapshot!(run(&["runs", "verify"]), @r#"
    --- standard error
    error: the store .wfc/runs.db is damaged: it is not a database
    (exit 3)
    "#);
}
