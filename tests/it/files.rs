//! Files that are no programs, names that are no paths, and disks that do not hold still.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use wfc::base::world::{MemoryWorld, ReadError, World};
use wfc::diag::Code;
use wfc::pipeline::{self, Checked};

const SOUND: &str = "workflow main() -> string {\n    return \"good\"\n}\n";

/// What is found in one file, with its places and messages.
fn found(bytes: &[u8]) -> Vec<String> {
    let mut world = MemoryWorld::default();
    world.files.insert("a.wf".into(), bytes.to_vec());
    let checked = pipeline::check(&world, &["a.wf".into()]);
    let place = |d: &wfc::diag::Diagnostic| checked.sources.get(d.primary.span.file).place(d.primary.span.start);
    let line =
        |d: &wfc::diag::Diagnostic| format!("{}:{} {} {}", place(d).line, place(d).column, d.code.as_str(), d.message);
    checked.diagnostics.iter().map(line).collect()
}

fn codes(checked: &Checked) -> Vec<Code> {
    checked.diagnostics.iter().map(|d| d.code).filter(|code| *code != Code::WF0113).collect()
}

#[test]
fn a_byte_order_mark_stands_at_the_start_only_and_in_no_column() {
    let marked = format!("\u{feff}{}", SOUND.replace("\"good\"", "missing"));
    assert_eq!(found(marked.as_bytes()), ["2:12 WF0102 nothing here is called `missing`"]);
    assert_eq!(found(format!("\u{feff}{SOUND}").as_bytes()), [""; 0]);
    for (text, place) in [
        (format!("\u{feff}\u{feff}{SOUND}"), "1:1 "),
        (SOUND.replace("return", "\u{feff}return"), "2:5 "),
        (SOUND.replace("good", "go\u{feff}od"), "2:15 "),
    ] {
        let found = found(text.as_bytes());
        assert!(found.len() == 1 && found[0].starts_with(place) && found[0].contains("U+FEFF"), "{found:?}");
    }
}

#[test]
fn text_in_another_encoding_is_one_mistake_that_names_it() {
    let wide = |unit: fn(u16) -> [u8; 2]| SOUND.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let widest = |unit: fn(u32) -> [u8; 4]| SOUND.chars().flat_map(|c| unit(c.into())).collect::<Vec<u8>>();
    let cases = [
        ("UTF-16", [b"\xFF\xFE".to_vec(), wide(u16::to_le_bytes)].concat()),
        ("UTF-16", [b"\xFE\xFF".to_vec(), wide(u16::to_be_bytes)].concat()),
        ("UTF-16", wide(u16::to_le_bytes)),
        ("UTF-16", wide(u16::to_be_bytes)),
        ("UTF-32", [b"\xFF\xFE\0\0".to_vec(), widest(u32::to_le_bytes)].concat()),
        ("UTF-32", [b"\0\0\xFE\xFF".to_vec(), widest(u32::to_be_bytes)].concat()),
        ("UTF-32", widest(u32::to_le_bytes)),
        ("UTF-32", widest(u32::to_be_bytes)),
    ];
    for (name, bytes) in cases {
        assert_eq!(found(&bytes), [format!("1:1 WF0013 this looks like {name} text, not like a `.wf` program")]);
    }
}

#[test]
fn every_end_of_a_line_counts_and_one_in_a_string_stays() {
    let program = ["workflow main() -> string {", "    let _a = 1", "    return missing", "}", ""];
    for end in ["\n", "\r\n", "\r"] {
        assert_eq!(found(program.join(end).as_bytes()), ["3:12 WF0102 nothing here is called `missing`"], "{end:?}");
    }
    let mixed = "workflow main() -> string {\r\n    let _a = 1\r    return missing\n}\n";
    assert_eq!(found(mixed.as_bytes()), ["3:12 WF0102 nothing here is called `missing`"]);
    // A separator of Unicode ends no line, and cannot be seen.
    let separated =
        found("workflow main() -> string {\n    let _a = \"x\u{2028}y\"\n    return missing\n}\n".as_bytes());
    assert_eq!(separated.len(), 2, "{separated:?}");
    assert!(separated[0].starts_with("2:16 WF0014") && separated[1].starts_with("3:12 WF0102"), "{separated:?}");
    let kept = |text: &str| {
        let world = MemoryWorld::default().with("a.wf", &format!("workflow w() -> string {{\n    return {text}\n}}\n"));
        let compiled = pipeline::compile::compile(&world, "a.wf", None, &Default::default());
        compiled.plan.expect("it compiles").to_json()
    };
    assert!(kept("\"\"\"\n    a\rb\n    \"\"\"").contains(r"a\rb"));
}

#[test]
fn bytes_that_are_no_text_are_one_mistake_at_the_first_of_them() {
    for bad in [&b"\xC0\xAF"[..], b"\xED\xA0\x80", b"\xE2\x82", b"\xFF", b"\xF5\x80\x80\x80"] {
        let (before, after) = SOUND.split_at(SOUND.find("good").unwrap());
        let bytes = [before.as_bytes(), bad, after.as_bytes()].concat();
        let message = format!("2:13 WF0013 byte {} (`{}`) is not valid UTF-8", before.len(), bad[..1].escape_ascii());
        assert_eq!(found(&bytes), [message]);
    }
}

#[test]
fn what_is_saved_under_a_wrong_name_is_named() {
    let cases: [(&[u8], &str); 10] = [
        (b"<<<<<<< HEAD\nworkflow a() -> int {\n    return 1\n}\n=======\n>>>>>>> other\n", "an unfinished merge"),
        (
            b"workflow a() -> int {\n<<<<<<< HEAD\n    return 1\n=======\n    return 2\n>>>>>>> other\n}\n",
            "an unfinished merge",
        ),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "a Git LFS pointer"),
        (b"\n  <!DOCTYPE html>\n<html><body>404</body></html>\n", "an HTML page"),
        (b"<html lang=\"en\">\n", "an HTML page"),
        (b"<?xml version=\"1.0\"?>\n", "an XML document"),
        (b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n", "a PDF document"),
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"\x1F\x8B\x08\0", "a gzip archive"),
        (b"\x7FELF\x02\x01\x01\0", "a program for a machine"),
    ];
    for (bytes, name) in cases {
        let found = found(bytes);
        assert!(found.len() == 1 && found[0].contains(&format!("this looks like {name}, not like")), "{found:?}");
    }
    let quoted = SOUND.replace("\"good\"", "\"\"\"\n    <<<<<<< is no mark inside a string\n    \"\"\"");
    assert_eq!(found(quoted.as_bytes()), [""; 0]);
}

#[test]
fn an_import_names_a_file_below_the_root_and_nothing_else() {
    let outside = [
        "../x.wf",
        "../../etc/passwd",
        "/etc/passwd",
        "~/x.wf",
        "//host/x.wf",
        "C:\\\\x.wf",
        "C:/x.wf",
        "sub/../../x.wf",
        "..",
        "std/../../x.wf",
        "/proc/self/mem",
        "https://example.org/x.wf",
        "file:///etc/passwd",
        "http:x.wf",
        "git@host:a/b.wf",
        "sub\\\\x.wf",
    ];
    // Nothing is decoded and nothing is cut off: these are names of files that are not there.
    let missing = ["%2e%2e/x.wf", "..%2fx.wf", "x.wf ", "x.wf.", " x.wf", "", "sub/", "X.wf"];
    for (paths, code) in [(&outside[..], Code::WF0902), (&missing[..], Code::WF0901)] {
        for path in paths {
            let world =
                MemoryWorld::default().with("x.wf", SOUND).with("main.wf", &format!("import \"{path}\" as x\n"));
            assert_eq!(codes(&pipeline::check(&world, &["main.wf".into()])), [code], "{path}");
        }
    }
}

/// A world of files without an end, in which a program can be as large as it likes.
struct Endless {
    reads: AtomicUsize,
}

impl World for Endless {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        Ok(match path {
            "main.wf" => (0..9).map(|n| format!("import \"f{n}.wf\" as f{n}\n")).collect::<String>().into_bytes(),
            _ => vec![0; usize::try_from(self.limits().file()).unwrap()],
        })
    }

    fn names(&self, _folder: &str) -> Vec<String> {
        Vec::new()
    }
}

#[test]
fn a_program_of_many_large_files_has_an_end() {
    let world = Endless { reads: AtomicUsize::new(0) };
    let checked = pipeline::check(&world, &["main.wf".into()]);
    let large: Vec<&str> =
        checked.diagnostics.iter().map(|d| d.message.as_str()).filter(|m| m.contains("64 MiB")).collect();
    assert_eq!(large.first(), Some(&"with `f3.wf` the program is larger than 64 MiB"));
    assert_eq!(large.len(), 6);
}

#[test]
fn a_large_file_is_not_imported() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::File::create(folder.path().join("big.wf")).unwrap().set_len(1 << 40).unwrap();
    std::fs::write(folder.path().join("main.wf"), "import \"big.wf\" as big\n").unwrap();
    let world = wfc::base::world::DiskWorld::new(folder.path());
    let checked = pipeline::check(&world, &["main.wf".into()]);
    assert_eq!(codes(&checked), [Code::WF0901]);
    assert_eq!(checked.diagnostics[0].message, "`big.wf` cannot be read: it is larger than 16 MiB");
}

/// A world that is written to between any two looks at it.
#[derive(Default)]
struct Changing {
    reads: AtomicUsize,
}

impl World for Changing {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let time = self.reads.fetch_add(1, Ordering::Relaxed);
        Ok(match path {
            "main.wf" => "import { text } from \"text.wf\"\nworkflow main() -> string {\n    return text + include_text(\"note.txt\") + include_text(\"note.txt\")\n}\n".to_owned(),
            "text.wf" => "let text = include_text(\"note.txt\")\n".to_owned(),
            _ => format!("[{time}]"),
        }
        .into_bytes())
    }

    fn names(&self, _folder: &str) -> Vec<String> {
        Vec::new()
    }
}

#[test]
fn what_is_compiled_is_what_was_read_once() {
    let world = Changing::default();
    let compiled = pipeline::compile::compile(&world, "main.wf", None, &Default::default());
    let plan = compiled.plan.unwrap_or_else(|why| panic!("{why}: {:?}", compiled.checked.diagnostics)).to_json();
    assert_eq!(world.reads.load(Ordering::Relaxed), 3, "each of three files is read once");
    assert!(plan.contains("[2]") && !plan.contains("[3]"), "{plan}");
}

/// Runs `wfc` with words that need not be text.
fn wfc(folder: &Path, arguments: &[&std::ffi::OsStr]) -> (String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wfc"));
    let output = command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    let bytes = [output.stdout, output.stderr].concat();
    (String::from_utf8(bytes).expect("what is printed is text"), output.status.code())
}

#[test]
fn names_of_files_command_no_terminal_and_are_no_options() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let wrong = SOUND.replace("\"good\"", "missing");
    let names: [&[u8]; 4] = [b"new\nline.wf", b"esc\x1b[2J.wf", b"--flag.wf", b"\xE2\x80\xAEltr.wf"];
    for name in names {
        std::fs::write(folder.path().join(OsStr::from_bytes(name)), &wrong).unwrap();
    }
    for format in ["human", "short", "github"] {
        let words = ["check", "--format", format, "--"].map(OsStr::new);
        let words: Vec<&OsStr> = words.into_iter().chain(names.map(OsStr::from_bytes)).collect();
        let (said, exit) = wfc(folder.path(), &words);
        assert_eq!(exit, Some(1), "{said}");
        assert!(said.chars().all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}')), "{format}: {said:?}");
        for shown in ["--flag.wf", "line.wf", "[2J.wf", "ltr.wf"] {
            assert!(said.contains(shown), "{format}: {said}");
        }
        assert!(said.contains("4 errors in 4 files"), "{said}");
    }
    let (json, _) = wfc(folder.path(), &["check", "--format", "json"].map(OsStr::new));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let files: Vec<&str> =
        json["diagnostics"].as_array().unwrap().iter().map(|d| d["file"].as_str().unwrap()).collect();
    assert!(files.contains(&"new\nline.wf") && files.contains(&"esc\u{1b}[2J.wf"), "{files:?}");
}

#[test]
fn a_name_that_is_no_unicode_is_refused_in_words() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"caf\xE9.wf");
    std::fs::write(folder.path().join(name), SOUND).unwrap();
    let (said, exit) = wfc(folder.path(), &[OsStr::new("check"), name]);
    assert_eq!((said.as_str(), exit), ("error: `caf\u{fffd}.wf` is no path of this project\n", Some(2)));
}
