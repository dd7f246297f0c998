//! `wfc check --watch`: checks again when something has changed.
//!
//! A word from the system is a hint only: what was read is looked at again, and nothing is drawn for the same text.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::check::files::{Found, find_programs};
use crate::cli::check::host::Host;
use crate::cli::check::seen::{Recording, Seen};
use crate::cli::check::{Format, check, report};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::findings::counted;
use crate::cli::report::{self as problems, Problem};
use crate::cli::sources::ProgramArgs;

/// How long nothing must change before it is looked at: an editor writes a file in several steps.
const QUIET: Duration = Duration::from_millis(50);
/// The longest that this is waited for.
const QUIET_MAX: Duration = Duration::from_millis(500);
/// The longest that a file is waited for that somebody is writing: on a busy machine it may stay empty or half for a while.
const WRITTEN_MAX: Duration = Duration::from_secs(2);

/// Checks what the paths mean, and again after each change, until a signal ends it.
///
/// # Errors
/// When the paths lead to no file at first, and when changes cannot be watched.
pub fn run(
    paths: &[PathBuf],
    program: &ProgramArgs,
    format: Format,
    host: &Host,
    console: &Console,
) -> Result<Exit, Problem> {
    if matches!(format, Format::Sarif | Format::Github) {
        return Err(Problem::usage("`--watch` is for people: it takes the formats `human`, `short` and `json`"));
    }
    let mut round = || {
        let found = find_programs(paths, program)?;
        if console.out_terminal() {
            console.out(CLEAR);
        }
        let (groups, seen) = look(&found);
        report(&groups, format, host, console)?;
        console.say(&format!("watching {}; Ctrl-C ends\n", counted(seen.count(), "file")));
        Ok(seen)
    };
    let mut eyes = Eyes::open()?;
    watch(&mut eyes, &mut round, &|| find_programs(paths, program), console)
}

/// Clears the screen, not what has scrolled out of it.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

fn look(found: &Found) -> (Vec<super::Group>, Seen) {
    let mut seen = Seen::of(found);
    let mut groups = Vec::new();
    for program in &found.programs {
        let world = program.project.world();
        let recording = Recording::new(&world);
        groups.extend(check(program, &recording));
        seen.add(&program.project.root, recording.into_read());
    }
    (groups, seen)
}

/// What says that something may have changed.
trait Hints {
    /// From now on this matters.
    fn look_at(&mut self, seen: &Seen) -> Result<(), Problem>;
    /// Waits for the next word.
    fn wait(&mut self) -> Hint;
    /// Waits until nothing more is about to change.
    fn rest(&mut self) -> Hint;
}

/// A word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    /// Something may have changed.
    Change,
    /// That was all.
    End(Exit),
}

fn watch(
    hints: &mut dyn Hints,
    round: &mut dyn FnMut() -> Result<Seen, Problem>,
    find: &dyn Fn() -> Result<Found, Problem>,
    console: &Console,
) -> Result<Exit, Problem> {
    let mut seen = round()?;
    loop {
        hints.look_at(&seen)?;
        // What changed before its folder was looked at is noticed here; it may be half written yet.
        let mut whole = false;
        let changed = loop {
            let hint = match seen.changed(find().ok().as_ref()) {
                Some(changed) if whole => break changed,
                Some(_) => hints.rest(),
                None => hints.wait(),
            };
            if let Hint::End(exit) = hint {
                return Ok(exit);
            }
            whole = true;
        };
        console.say(&format!("changed: {changed}\n"));
        match round() {
            Ok(next) => seen = next,
            // The last file may be gone for a moment.
            Err(problem) => {
                console.err(&problems::render(&problem, console));
                if let Hint::End(exit) = hints.wait() {
                    return Ok(exit);
                }
            }
        }
    }
}

/// What the system says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// Somebody is writing this file.
    Begun(PathBuf),
    /// It is written, or gone.
    Done(PathBuf),
    /// Something else may have changed.
    Change,
    /// That was all.
    End(Exit),
}

/// Takes words in until nothing more is about to change, from the first one on. `next` gives the next word and how long it
/// took, at most so long; `matters` whether a file of this path may be read.
fn settle(
    first: Word,
    next: &mut dyn FnMut(Duration) -> (Duration, Option<Word>),
    matters: &dyn Fn(&Path) -> bool,
) -> Hint {
    let (mut word, mut passed, mut written) = (first, Duration::ZERO, BTreeSet::new());
    loop {
        match word {
            Word::End(exit) => return Hint::End(exit),
            Word::Begun(path) if matters(&path) => _ = written.insert(path),
            Word::Done(path) => _ = written.remove(&path),
            Word::Begun(_) | Word::Change => {}
        }
        let longest = match written.is_empty() {
            true => QUIET.min(QUIET_MAX.saturating_sub(passed)),
            false => WRITTEN_MAX.saturating_sub(passed),
        };
        let (took, came) = next(longest);
        passed += took;
        match came {
            Some(next) => word = next,
            None => return Hint::Change,
        }
    }
}

/// The watcher of the system, and its signals.
struct Eyes {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    /// Names of files that were read.
    names: BTreeSet<OsString>,
    words: Receiver<Word>,
}

impl Eyes {
    fn open() -> Result<Self, Problem> {
        let (sender, words) = channel();
        let changes = sender.clone();
        let handler = move |event: notify::Result<notify::Event>| {
            // An error may hide a change.
            let words = event.map_or_else(|_| vec![Word::Change], words_of);
            for word in words {
                let _gone = changes.send(word);
            }
        };
        let watcher = notify::recommended_watcher(handler).map_err(|error| refused(&error))?;
        listen(sender)?;
        Ok(Self { watcher, watched: BTreeSet::new(), names: BTreeSet::new(), words })
    }
}

/// What an event means. What the check itself does, opening and reading, is no change. Only Linux tells that a file is written.
fn words_of(event: notify::Event) -> Vec<Word> {
    let of: fn(PathBuf) -> Word = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Word::Done,
        EventKind::Access(_) => return Vec::new(),
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => Word::Done,
        EventKind::Create(CreateKind::File) | EventKind::Modify(ModifyKind::Data(_)) if cfg!(target_os = "linux") => {
            Word::Begun
        }
        _ => return vec![Word::Change],
    };
    event.paths.into_iter().map(of).collect()
}

fn refused(error: &notify::Error) -> Problem {
    Problem::environment(format!("changes of files cannot be watched: {error}"))
}

impl Hints for Eyes {
    fn look_at(&mut self, seen: &Seen) -> Result<(), Problem> {
        let folders = seen.folders();
        for gone in self.watched.difference(&folders) {
            // A folder that was removed is no longer watched.
            let _gone = self.watcher.unwatch(gone);
        }
        for new in &folders {
            // Again also where it was watched: it may be another folder of the same name.
            match self.watcher.watch(new, RecursiveMode::NonRecursive) {
                // It is gone by now, which the next look at the files tells.
                Err(_) if !new.is_dir() => {}
                watched => watched.map_err(|error| refused(&error))?,
            }
        }
        (self.watched, self.names) = (folders, seen.names());
        Ok(())
    }

    fn wait(&mut self) -> Hint {
        let Ok(first) = self.words.recv() else { return Hint::End(Exit::Interrupted) };
        self.settle(first)
    }

    fn rest(&mut self) -> Hint {
        self.settle(Word::Change)
    }
}

impl Eyes {
    fn settle(&self, first: Word) -> Hint {
        let mut next = |longest| {
            let began = Instant::now();
            let word = self.words.recv_timeout(longest).ok();
            (began.elapsed(), word)
        };
        let is_source = |path: &Path| path.extension().is_some_and(|end| end == "wf");
        let was_read = |path: &Path| path.file_name().is_some_and(|name| self.names.contains(name));
        settle(first, &mut next, &|path| is_source(path) || was_read(path))
    }
}

/// Ctrl-C and TERM become words.
fn listen(words: Sender<Word>) -> Result<(), Problem> {
    let failed = |error: std::io::Error| Problem::environment(format!("signals cannot be received: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let signals = {
        let _inside = runtime.enter();
        signal(SignalKind::interrupt())
            .and_then(|first| Ok((first, signal(SignalKind::terminate())?)))
            .map_err(failed)?
    };
    std::thread::spawn(move || {
        let (mut interrupt, mut terminate) = signals;
        let exit = runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => Exit::Interrupted,
                _ = terminate.recv() => Exit::Terminated,
            }
        });
        let _gone = words.send(Word::End(exit));
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::world::SourceLimits;
    use crate::cli::check::files::find;
    use crate::cli::console::{ColorChoice, Loudness};

    /// Does what the script says in place of the people who change files.
    struct Script<'a> {
        steps: Vec<Box<dyn Fn() + 'a>>,
        folders: Vec<BTreeSet<PathBuf>>,
        /// What is done before the folders are looked at for the first time, and what while it rests then.
        early: Option<[Box<dyn Fn() + 'a>; 2]>,
    }

    impl Hints for Script<'_> {
        fn look_at(&mut self, seen: &Seen) -> Result<(), Problem> {
            if self.folders.is_empty() {
                self.early.iter().for_each(|[before, _]| before());
            }
            self.folders.push(seen.folders());
            Ok(())
        }

        fn rest(&mut self) -> Hint {
            self.early.take().iter().for_each(|[_, while_it_rests]| while_it_rests());
            Hint::Change
        }

        fn wait(&mut self) -> Hint {
            if self.steps.is_empty() {
                return Hint::End(Exit::Interrupted);
            }
            self.steps.remove(0)();
            Hint::Change
        }
    }

    /// The number of findings after each round.
    fn rounds(folder: &std::path::Path, steps: Vec<Box<dyn Fn() + '_>>) -> (Vec<usize>, usize) {
        rounds_of(folder, Script { steps, folders: Vec::new(), early: None })
    }

    fn rounds_of(folder: &std::path::Path, mut script: Script<'_>) -> (Vec<usize>, usize) {
        let mut counts = Vec::new();
        let paths = [folder.to_owned()];
        let mut round = || {
            let (groups, seen) = look(&find(&paths, SourceLimits::default())?);
            counts.push(groups.iter().map(|group| group.diagnostics.len()).sum());
            Ok(seen)
        };
        let console = Console::open(ColorChoice::Never, Loudness::Quiet);
        let exit = watch(&mut script, &mut round, &|| find(&paths, SourceLimits::default()), &console).unwrap();
        assert_eq!(exit, Exit::Interrupted);
        (counts, script.folders.last().unwrap().len())
    }

    #[test]
    fn each_change_is_checked_once_and_the_same_text_never_again() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let sound = "workflow main() -> int {\n    return 1\n}\n";
        write("a.wf", sound);
        let steps: Vec<Box<dyn Fn() + '_>> = vec![
            Box::new(|| write("a.wf", &sound.replace('1', "missing"))),
            Box::new(|| write("a.wf", &sound.replace('1', "missing"))),
            Box::new(|| write("notes.txt", "no source")),
            Box::new(|| write("sub/b.wf", &sound.replace('1', "\"text\""))),
            Box::new(|| write("a.wf", &format!("import \"lib/c.wf\" as c\n{sound}"))),
            Box::new(|| write("lib/c.wf", "type T = int\n")),
            Box::new(|| write("wf.toml", "[lints]\nunused_name = \"allow\"\n")),
            Box::new(|| std::fs::remove_file(folder.path().join("sub/b.wf")).unwrap()),
        ];
        let (counts, folders) = rounds(folder.path(), steps);
        assert_eq!(counts, [0, 1, 2, 2, 2, 1, 0]);
        assert_eq!(folders, 3, "the root, `sub` and `lib`");
    }

    #[test]
    fn what_was_half_written_before_it_was_watched_is_checked_once() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| std::fs::write(folder.path().join("a.wf"), text).unwrap();
        write("type T = int\n");
        let early: [Box<dyn Fn() + '_>; 2] = [Box::new(|| write("type")), Box::new(|| write("type T = missing\n"))];
        let script = Script { steps: Vec::new(), folders: Vec::new(), early: Some(early) };
        assert_eq!(rounds_of(folder.path(), script).0, [0, 1]);
    }

    #[test]
    fn the_last_file_may_be_gone_for_a_moment() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.wf");
        std::fs::write(&file, "type T = int\n").unwrap();
        let steps: Vec<Box<dyn Fn() + '_>> = vec![
            Box::new(|| std::fs::remove_file(&file).unwrap()),
            Box::new(|| std::fs::write(&file, "type T = missing\n").unwrap()),
        ];
        assert_eq!(rounds(folder.path(), steps).0, [0, 1]);
    }

    /// How long it takes, in milliseconds, until it is looked at; words come so long after each other.
    fn looks_after(first: Word, script: &[(u64, Word)]) -> (Hint, u64) {
        let (mut script, mut passed) = (script.iter().cloned(), Duration::ZERO);
        let mut pending: Option<(Duration, Word)> = None;
        let mut next = |longest: Duration| {
            let due = pending.take().or_else(|| script.next().map(|(ms, word)| (Duration::from_millis(ms), word)));
            match due {
                Some((after, word)) if after <= longest => {
                    passed += after;
                    (after, Some(word))
                }
                _ => {
                    passed += longest;
                    (longest, None)
                }
            }
        };
        let hint = settle(first, &mut next, &|path| path.extension().is_some_and(|end| end == "wf"));
        (hint, u64::try_from(passed.as_millis()).unwrap())
    }

    #[test]
    fn a_file_that_is_being_written_is_not_looked_at_before_it_is_whole() {
        let begun = |path: &str| Word::Begun(path.into());
        let done = |path: &str| Word::Done(path.into());
        let after = |first, script: &[(u64, Word)]| looks_after(first, script).1;
        assert_eq!(after(Word::Change, &[]), 50);
        assert_eq!(after(begun("a.wf"), &[(0, begun("a.wf")), (1, done("a.wf"))]), 51);
        assert_eq!(after(begun("a.wf"), &[(400, begun("a.wf")), (700, done("a.wf"))]), 1_100, "a busy machine");
        assert_eq!(
            after(begun("a.wf"), &[(5, begun("b.wf")), (5, done("a.wf")), (90, done("b.wf"))]),
            150,
            "two of them"
        );
        assert_eq!(after(begun("a.wf"), &[]), 2_000, "it is still open: what is there is looked at");
        assert_eq!(after(begun("run.log"), &[]), 50, "nobody reads it");
        let busy: Vec<(u64, Word)> = (0..100).map(|_| (40, Word::Change)).collect();
        assert_eq!(after(Word::Change, &busy), 500, "it never becomes quiet");
        let ended = looks_after(begun("a.wf"), &[(10, Word::End(Exit::Interrupted))]);
        assert_eq!(ended, (Hint::End(Exit::Interrupted), 10));
    }
}
