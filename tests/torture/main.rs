//! Tortures `wfc`: real processes of random workflows are killed, stopped, starved of disk and shown wrong clocks.
//!
//! ```text
//! cargo run --example torture -- [--kills N] [--seconds N] [--seed N] [--jobs N] [--wfc PATH] [--only SEED]
//!                                [--answers N] [--items N]
//! ```
//!
//! `--answers`: in so many runs several people answer at once, and the process that asks may be killed meanwhile. `--items`: a map
//! of so many items is killed a hundred times, or once for every hundred items where that is less.
//!
//! The end of each workflow is known before it runs, and each of its programs writes down that it was started, under which key.
//! So it can be counted what was lost, repeated, or started without a reason. One line of JSON on standard output is the
//! evidence; the exit code is 1 where anything was wrong. It is a test: `cargo install` does not install it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program that prints")]

mod chance;
mod contest;
mod items;
mod ledger;
mod machine;
mod process;
mod tally;
mod victim;
mod workflow;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use contest::Contest;
use machine::Machine;
use tally::Tally;
use victim::Victim;

/// What the command line says.
struct Options {
    kills: u64,
    seconds: u64,
    seed: u64,
    jobs: usize,
    wfc: PathBuf,
    /// Runs whose question several answer at once.
    answers: u64,
    /// Items of the map that is killed.
    items: u64,
    /// Only the run of this seed, as a message named it.
    only: Option<u64>,
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(why) => {
            eprintln!("torture: {why}");
            return ExitCode::from(2);
        }
    };
    match torture(&options) {
        Ok((tally, seconds)) => {
            println!("{}", tally.line(options.seed, seconds));
            if tally.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("torture: {error}");
            ExitCode::from(3)
        }
    }
}

fn options() -> Result<Options, String> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("wfc")));
    let wfc = beside.unwrap_or_default();
    let mut options =
        Options { kills: 200, seconds: u64::MAX, seed: 1, jobs: 2, wfc, answers: 0, items: 0, only: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("`{word}` needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("`{word} {value}`: a number is expected"));
        match word.as_str() {
            "--kills" => options.kills = number()?,
            "--seconds" => options.seconds = number()?,
            "--answers" => options.answers = number()?,
            "--items" => options.items = number()?,
            "--seed" => options.seed = number()?,
            "--only" => options.only = Some(number()?),
            "--jobs" => options.jobs = number()?.clamp(1, 64) as usize,
            "--wfc" => options.wfc = std::path::absolute(&value).map_err(|error| error.to_string())?,
            _ => return Err(format!("`{word}` is no option")),
        }
    }
    if options.wfc.is_file() { Ok(options) } else { Err(format!("there is no `{}`: build it", options.wfc.display())) }
}

/// Run after run until enough was killed or the time is over.
fn torture(options: &Options) -> std::io::Result<(Tally, u64)> {
    let machine = Machine::look(options.wfc.clone())?;
    let begun = Instant::now();
    let next = AtomicU64::new(options.seed.wrapping_mul(1_000_000));
    let whole = Mutex::new(Tally::default());
    let enough = || {
        let kills = whole.lock().map_or(0, |tally| tally.of("kills"));
        kills >= options.kills || begun.elapsed() >= Duration::from_secs(options.seconds)
    };
    let work = || -> std::io::Result<()> {
        while !enough() {
            let seed = options.only.unwrap_or_else(|| next.fetch_add(1, Ordering::Relaxed));
            let tally = Victim::new(&machine, seed)?.live()?;
            whole.lock().expect("no thread has panicked").merge(tally);
            if options.only.is_some() {
                break;
            }
        }
        Ok(())
    };
    let jobs = if options.only.is_some() { 1 } else { options.jobs };
    at_once(jobs, |_| work())?;
    let mut tally = whole.into_inner().expect("no thread has panicked");
    contests(&machine, options)?.into_iter().for_each(|of| tally.merge(of));
    if options.items > 0 {
        let kills = (options.items / 100).clamp(1, 100);
        tally.merge(items::run(&machine, options.seed, options.items, kills)?);
    }
    Ok((tally, begun.elapsed().as_secs()))
}

/// The answers that race, shared among the jobs.
fn contests(machine: &Machine, options: &Options) -> std::io::Result<Vec<Tally>> {
    let (answers, jobs) = (options.answers, options.jobs as u64);
    at_once(options.jobs, |job| {
        let rounds = answers / jobs + u64::from(job < answers % jobs);
        Contest::new(machine, options.seed.wrapping_mul(1_000) + job)?.hold(rounds)
    })
}

/// Does it in so many threads, which are told their number.
fn at_once<T: Send>(jobs: usize, work: impl Fn(u64) -> std::io::Result<T> + Sync) -> std::io::Result<Vec<T>> {
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..jobs as u64).map(|job| scope.spawn(move || work(job))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no thread has panicked")).collect()
    })
}
