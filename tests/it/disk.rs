//! Faults of the disk and of the clock below a real process: calls to the system fail, power is lost, time jumps.
//!
//! `tests/preload/faults.c` is put between `wfc` and the system; SQLite is built with the same compiler, so it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;
use wfc::store::Store;
use wfc::store::sqlite::SqliteStore;

use crate::program::root;

/// A chain, and a map beside it; each program notes its key.
const WORKFLOW: &str = r#"
agent tool uses exec {
    parallel 40
    stdin none
    action put(x: string) -> string {
        effects writes idempotent
        command ["sh", "-c", "echo $WFC_IDEMPOTENCY_KEY >> starts; echo $1", "sh", x]
    }
}

workflow main() -> json {
    stage a = tool.put("a")
    stage b = tool.put("${a}b")
    stage each = for item in ["1", "2", "3"] up to 3 => tool.put("${a}${item}") { parallel 3 }
    stage pause = wait(150ms) { after b, each }
    stage c = tool.put("${b}c") { after pause }

    return { c, each } as json
}
"#;

const RESULT: &str = r#"{"c":"abc","each":["a1","a2","a3"]}"#;

struct Place {
    folder: tempfile::TempDir,
    library: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("libfaults.so");
        let source = root().join("tests/preload/faults.c");
        let mut command = Command::new("cc");
        command.args(["-shared", "-fPIC", "-o"]).args([&library, &source]).args(["-ldl", "-lpthread"]);
        assert!(command.status().unwrap().success(), "the faults are compiled");
        fs::write(folder.path().join("main.wf"), WORKFLOW).unwrap();
        Self { folder, library }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str], faults: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wfc"));
        command.args(args).current_dir(self.folder.path()).envs(faults.iter().copied());
        if !faults.is_empty() {
            command.env("LD_PRELOAD", &self.library);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, faults: &[(&str, &str)]) -> Output {
        self.command(&["run", "main.wf", "--id", "r1", "--json"], faults).output().unwrap()
    }

    /// Goes on without faults, from wherever it stands; gives the result.
    fn finish(&self) -> String {
        for args in [["resume", "r1"].as_slice(), &["run", "main.wf", "--id", "r1"]] {
            let output = self.command(args, &[]).output().unwrap();
            if output.status.success() {
                return String::from_utf8(output.stdout).unwrap().trim().to_owned();
            }
        }
        panic!("it does not go on");
    }

    /// What is kept of the run.
    fn kept(&self) -> BTreeSet<(String, String)> {
        successes(&self.command(&["runs", "events", "r1"], &[]).output().unwrap().stdout)
    }

    /// Nothing is left of it.
    fn clear(&self) {
        fs::remove_dir_all(self.path(".wfc")).ok();
        fs::remove_file(self.path("starts")).ok();
    }

    fn most_starts_of_a_key(&self) -> usize {
        let text = fs::read_to_string(self.path("starts")).unwrap_or_default();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        text.lines().for_each(|key| *counts.entry(key).or_default() += 1);
        counts.into_values().max().unwrap_or_default()
    }
}

/// The stages that are told to have succeeded, each with its result.
fn successes(told: &[u8]) -> BTreeSet<(String, String)> {
    let text = String::from_utf8_lossy(told);
    let events = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let ends = events.filter(|event| event["event"] == "stage_succeeded");
    ends.map(|event| (event["stage"].to_string(), event["result"].to_string())).collect()
}

/// One step of a process, as the library wrote it down.
struct Op {
    kind: u8,
    file: String,
    offset: usize,
    length: usize,
    data: Vec<u8>,
}

fn ops(log: &Path) -> Vec<Op> {
    let bytes = fs::read(log).unwrap();
    let (mut at, mut ops) = (0, Vec::new());
    while at < bytes.len() {
        let end = at + bytes[at..].iter().position(|byte| *byte == b'\n').unwrap();
        let head = String::from_utf8(bytes[at..end].to_vec()).unwrap();
        let words: Vec<&str> = head.split(' ').collect();
        let (offset, length): (usize, usize) = (words[2].parse().unwrap(), words[3].parse().unwrap());
        let data = bytes[end + 1..end + 1 + length].to_vec();
        at = end + 1 + length;
        ops.push(Op { kind: words[0].as_bytes()[0], file: words[1].into(), offset, length, data });
    }
    ops
}

/// Rows 20, 22, 23 and 24: at each place in turn the disk is full, fails, fails once to sync, or takes half of what is written.
#[test]
fn wherever_a_call_to_the_disk_fails_the_store_is_whole_and_the_run_goes_on() {
    let place = Place::new();
    let log = place.path("log");
    let output = place.run(&[("FAULT_LOG", log.to_str().unwrap())]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let of = |kind| ops(&log).iter().filter(|op| op.kind == kind).count();
    let (writes, syncs) = (of(b'w'), of(b's'));
    assert!(writes > 20 && syncs > 5, "{writes} writes, {syncs} syncs");
    let mut failed = 0;
    for (fault, how, count) in [
        ("write", "28:once", writes),
        ("write", "28:ever", writes),
        ("write", "5:once", writes),
        ("write", "5:short", writes),
        ("sync", "5:once", syncs),
        ("sync", "28:once", syncs),
        ("read", "5:once", 12),
    ] {
        for n in (1..=count).step_by(count.div_ceil(9)) {
            place.clear();
            let fault = format!("{fault}:{n}:{how}");
            let output = place.run(&[("FAULT", &fault)]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), Some(0 | 3)), "{fault}: {:?} {said}", output.status);
            if output.status.code() == Some(3) {
                assert!(said.contains("runs.db"), "{fault}: names the file: {said}");
                failed += 1;
            }
            assert_eq!(place.finish(), RESULT, "{fault}");
            let lost: Vec<_> = successes(&output.stdout).difference(&place.kept()).cloned().collect();
            assert!(lost.is_empty(), "{fault}: told and lost: {lost:?}");
            assert_eq!(place.most_starts_of_a_key(), 1, "{fault}");
        }
    }
    assert!(failed > 20, "{failed} runs met their fault");
}

/// Rows 18 and 19: of what was written since the last sync nothing, all, any one, or a torn part is there when the power comes back.
#[tokio::test]
async fn whenever_the_power_fails_what_was_told_is_there() {
    let place = Place::new();
    let log = place.path("log");
    assert!(place.run(&[("FAULT_LOG", log.to_str().unwrap())]).status.success());
    let ops = ops(&log);
    // What is on the disk for sure, what may be, and how many stages were told to have succeeded.
    let (mut sure, mut open): (BTreeMap<String, Vec<u8>>, Vec<&Op>) = (BTreeMap::new(), Vec::new());
    let (mut told, mut images) = (Vec::new(), 0);
    for op in &ops {
        match op.kind {
            b'o' => told.extend_from_slice(&op.data),
            b's' => {
                let (synced, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|before| before.file == op.file);
                synced.into_iter().for_each(|before| apply(&mut sure, before, usize::MAX));
                open = rest;
            }
            _ => open.push(op),
        }
        if told.is_empty() {
            continue;
        }
        let last = open.len().saturating_sub(1);
        let number = images;
        let choices: [&dyn Fn(usize) -> usize; 5] = [
            &|_| 0,
            &|_| usize::MAX,
            &|n| if n == last { usize::MAX } else { 0 },
            &|n| if n % 2 == number % 2 { usize::MAX } else { 0 },
            &|n| if n == last { 512 * (1 + number % 8) } else { usize::MAX },
        ];
        for of_each in &choices[..if open.is_empty() { 1 } else { choices.len() }] {
            let mut image = sure.clone();
            open.iter().enumerate().for_each(|(n, op)| apply(&mut image, op, of_each(n)));
            check(&image, successes(&told).len()).await;
            images += 1;
        }
    }
    assert!(images > 100, "{images} images were looked at");
}

/// Row 19: the names of a new store are on the disk before anything is told, those of the folders above it too.
#[test]
fn whenever_the_power_fails_a_new_store_is_found() {
    let place = Place::new();
    let (log, below) = (place.path("log"), place.folder.path().canonicalize().unwrap());
    let faults = [("FAULT_LOG", log.to_str().unwrap()), ("FAULT_FILE", below.to_str().unwrap())];
    let output = place.command(&["run", "main.wf", "--json", "--store", "new/kept"], &faults).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ops = ops(&log);
    let synced: BTreeSet<&str> =
        ops.iter().take_while(|op| op.kind != b'o').filter(|op| op.kind == b's').map(|op| op.file.as_str()).collect();
    let parent = below.file_name().unwrap().to_str().unwrap();
    for folder in [parent, "new", "kept"] {
        assert!(synced.contains(folder), "`{folder}` holds a name that is new: {synced:?}");
    }
}

/// Does what an operation did to a file, with at most so many of its bytes.
fn apply(files: &mut BTreeMap<String, Vec<u8>>, op: &Op, bytes: usize) {
    if bytes == 0 {
        return;
    }
    let file = files.entry(op.file.clone()).or_default();
    match op.kind {
        b't' => file.resize(op.offset, 0),
        _ => {
            let length = op.length.min(bytes);
            file.resize(file.len().max(op.offset + length), 0);
            file[op.offset..op.offset + length].copy_from_slice(&op.data[..length]);
        }
    }
}

/// The store opens, its journal is whole, and holds at least so many successes of attempts.
async fn check(image: &BTreeMap<String, Vec<u8>>, told: usize) {
    let folder = tempfile::tempdir().unwrap();
    // The journal of the first moment, before the log was in use, is deleted by then.
    for (name, content) in image.iter().filter(|(name, _)| !name.ends_with("-journal")) {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let store = SqliteStore::open(folder.path()).unwrap();
    let records = store.records("r1", 0, 9_999).await.unwrap();
    // What is told of a map as a whole, or of a pause, has no attempt of its own.
    let kept = records.iter().filter(|record| record.body.starts_with(r#"{"succeeded"#)).count();
    assert!(kept + 2 >= told, "{kept} of {told}");
}

/// Row 76: what succeeds while the disk is slow is written together, and nothing piles up.
#[test]
fn a_slow_disk_makes_the_run_wait_and_share_its_commits() {
    let place = Place::new();
    let items: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    let text = WORKFLOW
        .replace(r#"["1", "2", "3"] up to 3"#, &format!("{items:?} up to 40"))
        .replace("parallel 3 ", "parallel 40 ");
    fs::write(place.path("main.wf"), text).unwrap();
    let log = place.path("log");
    let output = place.run(&[("FAULT_SYNC_MS", "60"), ("FAULT_LOG", log.to_str().unwrap())]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let syncs = ops(&log).iter().filter(|op| op.kind == b's').count();
    assert!(syncs < 60, "{syncs} syncs for 43 starts and as many ends");
}

/// Rows 33 to 35: the wall clock jumps between two processes, and while one runs.
#[test]
fn a_clock_that_jumps_lengthens_no_pause_and_times_never_decrease() {
    for (first, second) in [("0", "-315360000"), ("0", "315360000"), ("86400", "-86400")] {
        let place = Place::new();
        let skew = place.path("skew");
        fs::write(&skew, first).unwrap();
        let faults = [("FAULT_SKEW_FILE", skew.to_str().unwrap())];
        let mut child = place.command(&["run", "main.wf", "--id", "r1", "--json"], &faults).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains(r#""stage":"pause","event":"stage_waiting""#)));
        fs::write(&skew, second).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let begun = std::time::Instant::now();
        let output = place.command(&["resume", "r1"], &faults).output().unwrap();
        assert!(output.status.success(), "{second}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(begun.elapsed().as_secs() < 30, "a pause of 150ms is none of years");
        times_are_sorted(&place);
    }
}

/// Row 33: the wall clock jumps by a day while a run pauses, and the run lives through it.
#[test]
fn a_clock_that_jumps_while_a_run_pauses_changes_nothing() {
    for skew_s in ["-86400", "86400"] {
        let place = Place::new();
        let skew = place.path("skew");
        fs::write(&skew, "0").unwrap();
        let faults = [("FAULT_SKEW_FILE", skew.to_str().unwrap())];
        let begun = std::time::Instant::now();
        let mut child = place.command(&["run", "main.wf", "--id", "r1", "--json"], &faults).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains(r#""stage":"pause","event":"stage_waiting""#)));
        fs::write(&skew, skew_s).unwrap();
        let rest: Vec<String> = lines.collect();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{skew_s}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(begun.elapsed().as_secs() < 30, "a pause of 150ms is none of a day");
        assert!(rest.iter().any(|line| line.contains(r#""event":"run_succeeded""#)), "{rest:#?}");
        times_are_sorted(&place);
        assert_eq!(place.most_starts_of_a_key(), 1);
    }
}

/// The times in the journal never decrease, and the pause ended once.
fn times_are_sorted(place: &Place) {
    let events = place.command(&["runs", "events", "r1"], &[]).output().unwrap().stdout;
    let events = String::from_utf8(events).unwrap();
    let times: Vec<String> = events
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).unwrap()["time"].as_str().unwrap().to_owned())
        .collect();
    assert!(times.is_sorted(), "{times:#?}");
    assert_eq!(events.matches(r#""stage":"pause","event":"stage_succeeded""#).count(), 1);
}

/// Row 15: a panic inside, at each look at the clock in turn, whichever thread that is: it ends the process as a kill does.
#[test]
fn wherever_wfc_panics_the_process_ends_and_the_run_goes_on() {
    let place = Place::new();
    let mut panics = 0;
    for n in (1..).map(|n: u32| n * n) {
        place.clear();
        let output = place.run(&[("FAULT", &format!("clock:{n}:22"))]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(place.finish(), RESULT, "{n}");
        let lost: Vec<_> = successes(&output.stdout).difference(&place.kept()).cloned().collect();
        assert!(lost.is_empty(), "{n}: told and lost: {lost:?}");
        assert_eq!(place.most_starts_of_a_key(), 1, "{n}");
        if output.status.success() {
            break;
        }
        assert_eq!(output.status.signal(), Some(6), "{n}: {said}");
        assert!(said.contains("error: wfc itself failed at ") && !said.contains("echo"), "{n}: {said}");
        panics += 1;
    }
    assert!(panics > 5, "{panics} panics");
}

/// Row 14: with too little memory the process dies wherever it asks for more, and the run goes on.
#[test]
fn with_too_little_memory_the_process_dies_and_the_run_goes_on() {
    let place = Place::new();
    let mut died = 0;
    for mib in (8..).step_by(24) {
        place.clear();
        let output = limited(&place, &format!("ulimit -v {}", mib << 10));
        assert_eq!(place.finish(), RESULT, "{mib} MiB");
        let lost: Vec<_> = successes(&output.stdout).difference(&place.kept()).cloned().collect();
        assert!(lost.is_empty(), "{mib} MiB: told and lost: {lost:?}");
        if output.status.success() {
            break;
        }
        died += 1;
    }
    assert!(died > 2, "{died} died");
}

/// Row 31: killed at each write and sync in turn while the format is changed, a store is one of the old or of the new.
#[tokio::test]
async fn killed_while_the_format_changes_a_store_is_whole() {
    let place = Place::new();
    fs::create_dir(place.path(".wfc")).unwrap();
    let old = rusqlite::Connection::open(place.path(".wfc/runs.db")).unwrap();
    old.execute_batch(&fs::read_to_string(root().join("tests/recovery/versions/format4.sql")).unwrap()).unwrap();
    drop(old);
    let bytes = fs::read(place.path(".wfc/runs.db")).unwrap();
    let format = |file: &Path| -> i64 {
        let database = rusqlite::Connection::open(file).unwrap();
        database.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    };
    let records = SqliteStore::open_to_read(&place.path(".wfc")).unwrap().records("r1", 0, 9_999).await.unwrap();
    let mut formats = BTreeMap::new();
    for op in ["write", "sync"] {
        for n in 1.. {
            fs::remove_dir_all(place.path(".wfc")).unwrap();
            fs::create_dir(place.path(".wfc")).unwrap();
            fs::write(place.path(".wfc/runs.db"), &bytes).unwrap();
            let fault = format!("{op}:{n}:5:kill");
            // The copy is concerned too.
            let faults = [("FAULT", fault.as_str()), ("FAULT_FILE", "runs.")];
            let output = place.command(&["runs", "send", "x", "--key", "k"], &faults).output().unwrap();
            let found = format(&place.path(".wfc/runs.db"));
            assert!(found == 4 || format(&place.path(".wfc/runs.format4.db")) == 4, "{fault}: what was there is kept");
            *formats.entry(found).or_insert(0) += 1;
            let store = SqliteStore::open(&place.path(".wfc")).unwrap();
            assert_eq!(store.records("r1", 0, 9_999).await.unwrap(), records, "{fault}");
            if output.status.success() {
                break;
            }
            assert_eq!(output.status.signal(), Some(9), "{fault}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert!(formats[&4] > 2 && formats[&5] > 2, "{formats:?}");
}

/// Row 31: killed at writes while room is made, a store has lost what was to go, or nothing.
#[tokio::test]
async fn killed_while_room_is_made_a_store_is_whole() {
    let place = Place::new();
    assert!(place.run(&[]).status.success());
    assert!(place.command(&["run", "main.wf", "--id", "r2"], &[]).output().unwrap().status.success());
    let records = SqliteStore::open(&place.path(".wfc")).unwrap().records("r1", 0, 9_999).await.unwrap();
    let bytes = fs::read(place.path(".wfc/runs.db")).unwrap();
    let (mut kept, mut gone) = (0, 0);
    for n in (1..).step_by(3) {
        fs::remove_dir_all(place.path(".wfc")).unwrap();
        fs::create_dir(place.path(".wfc")).unwrap();
        fs::write(place.path(".wfc/runs.db"), &bytes).unwrap();
        let fault = format!("write:{n}:5:kill");
        let prune = ["runs", "prune", "--status", "succeeded", "--keep", "1"];
        let output = place.command(&prune, &[("FAULT", &fault)]).output().unwrap();
        let store = SqliteStore::open(&place.path(".wfc")).unwrap();
        match store.find("r1").await {
            Ok(_) => {
                assert_eq!(store.records("r1", 0, 9_999).await.unwrap(), records, "{fault}");
                kept += 1;
            }
            Err(_) => gone += 1,
        }
        assert!(store.find("r2").await.is_ok() && store.records("r2", 0, 9_999).await.unwrap().len() > 10, "{fault}");
        if output.status.success() {
            break;
        }
    }
    assert!(kept > 1 && gone > 1, "{kept} kept, {gone} gone");
}

/// Runs `wfc` under limits that a shell sets.
fn limited(place: &Place, limit: &str) -> Output {
    let mut command = Command::new("sh");
    let line = format!("{limit}; exec \"$0\" run main.wf --id r1 --json");
    command.args(["-c", &line, env!("CARGO_BIN_EXE_wfc")]).current_dir(place.folder.path());
    command.stdin(Stdio::null()).output().unwrap()
}

/// Row 17: a file may not grow further.
#[test]
fn a_file_that_may_not_grow_ends_the_process_and_not_the_run() {
    let place = Place::new();
    let output = limited(&place, "ulimit -f 200");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{:?} {said}", output.status);
    assert!(said.contains("runs.db"), "{said}");
    assert_eq!(place.finish(), RESULT);
    assert_eq!(place.most_starts_of_a_key(), 1);
}

/// Row 28: a process may have few files open; its attempts wait for each other.
#[test]
fn few_open_files_make_attempts_wait_and_fail_none() {
    let place = Place::new();
    let items: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    let text = WORKFLOW
        .replace(r#"["1", "2", "3"] up to 3"#, &format!("{items:?} up to 40"))
        .replace("parallel 3 ", "parallel 40 ");
    fs::write(place.path("main.wf"), text).unwrap();
    let output = limited(&place, "ulimit -n 40");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(place.most_starts_of_a_key(), 1);
}
