//! What programs print, byte by byte, as people and other programs see it.

use super::{folder, wfc};

/// Row 64 of the faults: every byte that there is, on both outputs. In a pipe what was printed is had as it was; all that is
/// told of it commands nothing.
#[test]
fn every_byte_that_a_program_prints_is_told_and_commands_nothing() {
    const BYTES: &str = r#"
agent tool uses exec {
    stdin none
    action all(fails: string) -> string {
        effects reads
        command ["python3", "-c", "import sys; b = bytes(range(256)); sys.stderr.buffer.write(b + b'\\n'); sys.stdout.buffer.write(b[:128] + bytes.fromhex('c29b') + b'2J'); sys.exit(int(sys.argv[1] == 'true'))", fails]
    }
}

workflow main() -> string {
    stage good = tool.all("false")
    stage bad = tool.all("true") { after good }

    return bad
}
"#;
    let folder = folder(&[("bytes.wf", BYTES)]);
    let harmless = |text: &str| text.chars().all(|c| c == '\n' || !c.is_control());
    let told = wfc(folder.path(), &["run", "bytes.wf", "--id", "r1"]);
    assert!(told.contains("\\u{1b}") && harmless(&told), "{told:?}");
    let shown = wfc(folder.path(), &["runs", "show", "r1"]);
    assert!(shown.contains("bad") && harmless(&shown), "{shown:?}");
    let raw = wfc(folder.path(), &["runs", "logs", "r1", "good"]);
    let every: String = (0..128u8).map(char::from).filter(|c| !matches!(c, '\n' | '\r')).collect();
    assert!(every.chars().all(|c| raw.contains(c)), "{raw:?}");
    let events = wfc(folder.path(), &["runs", "events", "r1"]);
    let good = events.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let result = good.filter(|event| event["event"] == "stage_succeeded").map(|event| event["result"].clone()).next();
    let printed: String = (0..128u8).map(char::from).chain("\u{9b}2J".chars()).collect();
    assert_eq!(result, Some(serde_json::Value::from(printed)));
}
