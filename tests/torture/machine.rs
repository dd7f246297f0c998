//! What is done to processes, disks and clocks from outside.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// What this machine allows.
pub struct Machine {
    /// The program that is tortured.
    pub wfc: PathBuf,
    /// The library that puts faults between `wfc` and the system.
    pub faults: Option<PathBuf>,
    /// Small file systems can be mounted.
    pub mounts: bool,
    _folder: tempfile::TempDir,
}

impl Machine {
    /// Finds out; says on standard error what is left out.
    pub fn look(wfc: PathBuf) -> std::io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/preload/faults.c");
        let library = folder.path().join("libfaults.so");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&library, &source])
            .args(["-ldl", "-lpthread"])
            .status();
        let faults = compiled.is_ok_and(|status| status.success()).then_some(library);
        if faults.is_none() {
            eprintln!("skipped: no C compiler, so no faults of disk and no shifted clock");
        }
        let place = folder.path().join("mount");
        fs::create_dir(&place)?;
        let mounts = mount(&place, 64);
        if mounts {
            unmount(&place);
        } else {
            eprintln!("skipped: no file system can be mounted here, so no full disk");
        }
        Ok(Self { wfc, faults, mounts, _folder: folder })
    }
}

/// Mounts an empty file system of so many KiB.
pub fn mount(place: &Path, kib: u64) -> bool {
    let mut command = Command::new("mount");
    command.args(["-t", "tmpfs", "-o", &format!("size={kib}k,mode=0700"), "none"]).arg(place);
    command.stdin(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Takes it away, whoever still uses it.
pub fn unmount(place: &Path) {
    Command::new("umount").arg("-l").arg(place).stderr(Stdio::null()).status().ok();
}

/// Leaves nothing free on a file system: writes a file until there is no more room.
pub fn fill(place: &Path) {
    use std::io::Write;
    let Ok(mut file) = fs::OpenOptions::new().create(true).append(true).open(place.join("filler")) else { return };
    for size in [65_536, 4_096, 512, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

/// The supervisors that are at work below a folder, and their programs.
pub fn supervisors(store: &Path) -> Vec<(Pid, Vec<Pid>)> {
    let store = store.to_string_lossy().into_owned();
    let all: Vec<(Pid, i32)> = processes();
    let is_ours = |pid: &Pid| {
        let words = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
        let words = String::from_utf8_lossy(&words).into_owned();
        words.split('\0').nth(1) == Some("supervise") && words.contains(&store)
    };
    let ours = all.iter().map(|(pid, _)| *pid).filter(is_ours);
    let programs = |of: Pid| {
        let children = all.iter().filter(move |(_, parent)| *parent == of.as_raw_nonzero().get());
        children.map(|(pid, _)| *pid).collect()
    };
    ours.map(|pid| (pid, programs(pid))).collect()
}

/// Kills supervisors, and their programs too if so told.
pub fn kill_supervisors(store: &Path, programs_too: bool) {
    for (supervisor, programs) in supervisors(store) {
        kill_process(supervisor, Signal::KILL).ok();
        if programs_too {
            programs.into_iter().for_each(|program| _ = kill_process_group(program, Signal::KILL));
        }
    }
}

/// Every process with its parent.
fn processes() -> Vec<(Pid, i32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    numbers.filter_map(|pid| Some((Pid::from_raw(pid)?, parent(pid)?))).collect()
}

fn parent(pid: i32) -> Option<i32> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}
