//! Finds the program of a command and sees, before anything is started, whether it can start.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};

/// Where programs are looked for if nothing says otherwise.
const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";

/// The absolute path of the program `word`: with a `/` in it relative to `cwd`, otherwise looked for in `path`.
///
/// # Errors
/// A sentence: it is not found, not a program, made for another machine, or its interpreter is missing.
pub fn find(word: &str, path: Option<&str>, cwd: &Path) -> Result<PathBuf, String> {
    let found = if word.contains('/') { named(word, cwd)? } else { searched(word, path.unwrap_or(PATH_DEFAULT), cwd)? };
    check(&found)?;
    Ok(found)
}

fn named(word: &str, cwd: &Path) -> Result<PathBuf, String> {
    let file = cwd.join(word);
    match std::fs::metadata(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Err(format!("there is no program `{}`", file.display())),
        Err(error) => Err(format!("the program `{}` cannot be reached: {error}", file.display())),
        Ok(metadata) if metadata.is_dir() => Err(format!("`{}` is a folder, not a program", file.display())),
        Ok(_) if !executable(&file) => Err(not_executable(&file)),
        Ok(_) => Ok(file),
    }
}

fn searched(word: &str, path: &str, cwd: &Path) -> Result<PathBuf, String> {
    if word.is_empty() {
        return Err("the name of the program is empty".into());
    }
    let candidates: Vec<PathBuf> = path.split(':').map(|folder| cwd.join(folder).join(word)).collect();
    let files = || candidates.iter().filter(|file| file.is_file());
    match files().find(|file| executable(file)) {
        Some(file) => Ok(file.clone()),
        None => Err(files()
            .next()
            .map_or_else(|| format!("there is no program `{word}` in PATH"), |file| not_executable(file))),
    }
}

fn executable(file: &Path) -> bool {
    accessat(CWD, file, Access::EXEC_OK, AtFlags::EACCESS).is_ok()
}

fn not_executable(file: &Path) -> String {
    format!("`{}` is not executable; allow it with `chmod +x`", file.display())
}

/// Looks at the first bytes: what the system would say of them when it starts the program says less.
fn check(file: &Path) -> Result<(), String> {
    let mut head = Vec::new();
    let opened = File::open(file).and_then(|opened| opened.take(256).read_to_end(&mut head));
    match (opened, &*head) {
        // A program that may be run but not read.
        (Err(_), _) => Ok(()),
        (_, [b'#', b'!', line @ ..]) => check_interpreter(file, line),
        (_, [0x7f, b'E', b'L', b'F', ..]) => check_machine(file, &head),
        (_, []) => Err(format!("the program `{}` is empty", file.display())),
        _ => Ok(()),
    }
}

fn check_interpreter(file: &Path, line: &[u8]) -> Result<(), String> {
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    // A line that ends in `\r` names a program with `\r` at its end: the commonest way to get here.
    let word = text.trim_matches([' ', '\t']).split([' ', '\t']).next().unwrap_or_default();
    if Path::new(word).exists() {
        return Ok(());
    }
    let shown = word.escape_default();
    Err(format!("the interpreter `{shown}` in the first line of `{}` is not there", file.display()))
}

/// The machine of this very program in an ELF head; `None` on machines that are not in the table.
fn this_machine() -> Option<u16> {
    match std::env::consts::ARCH {
        "x86_64" => Some(62),
        "aarch64" => Some(183),
        "riscv64" => Some(243),
        "powerpc64" => Some(21),
        "s390x" => Some(22),
        "loongarch64" => Some(258),
        _ => None,
    }
}

fn check_machine(file: &Path, head: &[u8]) -> Result<(), String> {
    let (Some(ours), Some(&order), Some(&[a, b, ..])) = (this_machine(), head.get(5), head.get(18..20)) else {
        return Ok(());
    };
    let machine = if order == 2 { u16::from_be_bytes([a, b]) } else { u16::from_le_bytes([a, b]) };
    // 32-bit programs of the same family usually run.
    let runs = machine == ours || (ours == 62 && machine == 3) || (ours == 183 && machine == 40);
    if runs { Ok(()) } else { Err(format!("the program `{}` is made for another kind of machine", file.display())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn program(content: &[u8], mode: u32) -> (tempfile::TempDir, Result<PathBuf, String>) {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("p");
        fs::write(&file, content).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("set");
        let found = find("./p", None, dir.path());
        (dir, found)
    }

    #[test]
    fn each_obstacle_has_its_own_sentence() {
        let told = |content: &[u8], mode: u32| program(content, mode).1.expect_err("refused");
        assert!(told(b"#!/bin/sh\n", 0o644).contains("is not executable"));
        assert!(told(b"#!/no/such/shell -e\n", 0o755).contains("the interpreter `/no/such/shell`"));
        assert!(told(b"#!/bin/sh\r\n", 0o755).contains("the interpreter `/bin/sh\\r`"));
        assert!(told(b"", 0o755).contains("is empty"));
        let mut foreign = b"\x7fELF\x02\x01\x01".to_vec();
        foreign.resize(18, 0);
        foreign.extend(8_u16.to_le_bytes());
        assert!(told(&foreign, 0o755).contains("another kind of machine"));
        let dir = tempfile::tempdir().expect("a folder");
        assert!(find("./p", None, dir.path()).expect_err("refused").contains("there is no program"));
        assert!(find("no-such-program", None, dir.path()).expect_err("refused").contains("in PATH"));
        assert!(find(".", None, dir.path()).is_err());
        assert!(find("./", None, dir.path()).expect_err("refused").contains("is a folder"));
    }

    #[test]
    fn programs_are_found() {
        assert!(program(b"#!/bin/sh\nexit 0\n", 0o755).1.is_ok());
        assert!(find("sh", None, Path::new("/")).is_ok());
        assert!(find("sh", Some("/no/such/folder"), Path::new("/")).is_err());
    }
}
