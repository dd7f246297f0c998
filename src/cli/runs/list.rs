//! `wfc runs list`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::base::text::{escape, fold, width};
use crate::base::unit;
use crate::cli::args::{Global, ListArgs};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::runs::untaken::Untaken;
use crate::cli::table::table;
use crate::cli::{ids, words};
use crate::engine::recover;
use crate::store::{RunFilter, RunInfo, Status, Store, StoreError};

/// Lists runs, newest first.
pub fn list(args: &ListArgs, global: &Global, console: &Console) -> Result<Exit, Problem> {
    let store = super::open_to_read(global)?;
    let now = Timestamp::now().as_millisecond();
    let filter = filter(args, now)?;
    super::wait(async {
        let interrupted = args.status.as_deref() == Some(INTERRUPTED);
        let limit = filter.limit;
        let filter = RunFilter { limit: limit.filter(|_| !interrupted), ..filter };
        let mut runs = Vec::new();
        for mut info in store.runs(&filter).await? {
            let process = process(store.as_ref(), &info).await?;
            if matches!(info.status, Status::Waiting | Status::Suspended) {
                info.because = waits(store.as_ref(), &info).await?.or(info.because);
            }
            if !interrupted || process.is_none() {
                runs.push(Listed { info, process });
            }
        }
        runs.truncate(limit.unwrap_or(usize::MAX));
        // In a pipe each run has one line.
        let columns = if console.out_terminal() { usize::from(console.size().columns) } else { usize::MAX };
        let text = match args.json {
            true => json(&runs),
            false => {
                for run in &mut runs {
                    name_shortly(store.as_ref(), &mut run.info).await?;
                }
                people(&runs, &shorts(store.as_ref(), &runs, &filter).await?, now, columns)
            }
        };
        console.out(&text);
        Ok(Exit::Good)
    })
}

/// Tells another run that it waits for by its short id, as all others are told.
///
/// # Errors
/// The store cannot be read.
pub async fn name_shortly(store: &dyn Store, run: &mut RunInfo) -> Result<(), StoreError> {
    if let (false, Some(because)) = (run.status.ended(), &run.because) {
        run.because = Some(ids::shortened(store, because).await?);
    }
    Ok(())
}

/// What a run waits for that somebody has said something to since it stood still.
async fn waits(store: &dyn Store, run: &RunInfo) -> Result<Option<String>, Problem> {
    if store.messages(&run.id, 0).await?.is_empty() {
        return Ok(None);
    }
    let loaded = recover::load(store, run, &super::plan_of(store, run).await?).await?;
    Ok(Untaken::of(store, run, loaded.plan, loaded.run).await?.waits())
}

/// A run with the process that drives it.
struct Listed {
    info: RunInfo,
    process: Option<u32>,
}

/// The process that drives a run that has not ended.
///
/// # Errors
/// The store cannot be read.
pub async fn process(store: &dyn Store, run: &RunInfo) -> Result<Option<u32>, StoreError> {
    if run.status.ended() { Ok(None) } else { store.driver(&run.id).await }
}

/// The state of a run that is said to run and that no process drives.
const INTERRUPTED: &str = "interrupted";

/// How a run stands, for people.
pub fn stands(status: Status, process: Option<u32>) -> String {
    match (status, process) {
        (Status::Running, Some(0)) | (Status::Succeeded | Status::Failed | Status::Cancelled, _) => word(status).into(),
        (Status::Running, None) => INTERRUPTED.into(),
        (_, Some(process)) => format!("{} (process {process})", word(status)),
        (_, None) => word(status).into(),
    }
}

fn filter(args: &ListArgs, now: i64) -> Result<RunFilter, Problem> {
    let status = args.status.as_deref().and_then(status);
    let since = args.since.as_deref().map(|since| parse_moment("--since", since, now)).transpose()?;
    Ok(RunFilter { status, workflow: args.workflow.clone(), since, limit: args.limit })
}

fn status(word: &str) -> Option<Status> {
    let word = if word == INTERRUPTED { "running" } else { word };
    serde_json::from_value(word.into()).ok()
}

/// The word of a state, as it is typed and printed.
pub fn word(status: Status) -> &'static str {
    match status {
        Status::Running => "running",
        Status::Waiting => "waiting",
        Status::Suspended => "suspended",
        Status::Succeeded => "succeeded",
        Status::Failed => "failed",
        Status::Cancelled => "cancelled",
    }
}

/// What has become of a run that has ended, as a predicate.
pub fn ended(status: Status) -> &'static str {
    match status {
        Status::Cancelled => "was cancelled",
        Status::Failed => "has failed",
        Status::Succeeded => "has succeeded",
        Status::Running | Status::Waiting | Status::Suspended => "has not ended",
    }
}

/// A duration before now, a day, a minute where the user is, or a time of RFC 3339.
pub fn parse_moment(option: &str, text: &str, now: i64) -> Result<i64, Problem> {
    if let Ok(ms) = unit::parse_duration(text) {
        return Ok(now.saturating_sub(ms));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.as_millisecond());
    }
    let local = text.parse::<DateTime>().ok().and_then(|time| time.to_zoned(TimeZone::system()).ok());
    local.map(|time| time.timestamp().as_millisecond()).ok_or_else(|| {
        Problem::usage(format!("`{option} {}` is no time", escape(text)))
            .help("write a duration like `2d`, or a date like `2026-11-22`")
    })
}

/// Short ids of the listed runs. Where all runs of the store are listed, they need no look at the store.
async fn shorts(store: &dyn Store, runs: &[Listed], filter: &RunFilter) -> Result<Vec<String>, Problem> {
    let all = filter.status.is_none() && filter.workflow.is_none() && filter.since.is_none() && filter.limit.is_none();
    if all {
        return Ok(ids::short_all(&runs.iter().map(|run| run.info.id.clone()).collect::<Vec<_>>()));
    }
    let mut shorts = Vec::new();
    for run in runs {
        shorts.push(ids::short(store, &run.info.id).await?);
    }
    Ok(shorts)
}

/// Fewer columns than these tell no reason.
const BECAUSE_MIN: usize = 24;

/// A table of at most so many columns, if its reasons can be told in what is left of them.
fn people(runs: &[Listed], shorts: &[String], now: i64, columns: usize) -> String {
    let mut rows = vec![["RUN", "WORKFLOW", "STATE", "STARTED", "TOOK", "BECAUSE"].map(str::to_owned).to_vec()];
    rows.extend(runs.iter().zip(shorts).map(|(Listed { info: run, process }, short)| {
        vec![
            short.clone(),
            run.workflow.clone(),
            stands(run.status, *process),
            words::minute(run.started),
            words::took(run.ended.unwrap_or(now) - run.started),
            run.because.as_deref().map(escape).unwrap_or_default(),
        ]
    }));
    table(&folded(rows, columns))
}

/// Breaks the last cell of each row so that the table is as wide as that.
fn folded(rows: Vec<Vec<String>>, columns: usize) -> Vec<Vec<String>> {
    let Some(last) = rows.first().map(|row| row.len() - 1) else { return rows };
    let wide = |at: usize| rows.iter().map(|row| width(&row[at])).max().unwrap_or(0) + 2;
    let room = columns.saturating_sub((0..last).map(wide).sum()).max(BECAUSE_MIN);
    let fold_row = |row: &Vec<String>| {
        let lines = fold(&row[last], room);
        let mut rows = vec![[&row[..last], &lines[..lines.len().min(1)]].concat()];
        rows.extend(lines.into_iter().skip(1).map(|line| [vec![String::new(); last], vec![line]].concat()));
        rows
    };
    rows.iter().flat_map(fold_row).collect()
}

/// A run as `--json` lists it.
#[derive(Serialize)]
struct AsJson<'a> {
    run: &'a str,
    workflow: &'a str,
    status: Status,
    /// That drives it.
    process: Option<u32>,
    started: String,
    ended: Option<String>,
    because: Option<&'a str>,
    plan: &'a str,
    inputs: &'a serde_json::Value,
    result: Option<&'a serde_json::Value>,
    requester: &'a str,
    file: &'a str,
}

/// What the history knows of a run, as one JSON object.
pub fn as_json(run: &RunInfo, process: Option<u32>) -> serde_json::Value {
    let listed = AsJson {
        run: &run.id,
        workflow: &run.workflow,
        status: run.status,
        process: process.filter(|process| *process > 0),
        started: words::rfc3339(run.started),
        ended: run.ended.map(words::rfc3339),
        because: run.because.as_deref(),
        plan: &run.plan,
        inputs: &run.inputs,
        result: run.result.as_ref(),
        requester: &run.requester,
        file: &run.file,
    };
    serde_json::to_value(listed).unwrap_or_default()
}

fn json(runs: &[Listed]) -> String {
    runs.iter().map(|run| format!("{}\n", as_json(&run.info, run.process))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_takes_durations_and_times() {
        assert_eq!(parse_moment("--since", "2d", 200_000_000), Ok(27_200_000));
        assert_eq!(parse_moment("--since", "1970-01-01T00:00:01Z", 0), Ok(1_000));
        assert!(parse_moment("--since", "2026-11-22", 0).is_ok());
        assert!(parse_moment("--since", "yesterday", 0).is_err());
    }

    #[test]
    fn reasons_are_broken_at_words_where_the_screen_ends() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows =
            vec![row(["RUN", "STATE", "BECAUSE"]), row(["m4xk", "failed", "judgement: the answer does not fit it"])];
        let text = table(&folded(rows, 44));
        assert_eq!(text, "RUN   STATE   BECAUSE\nm4xk  failed  judgement: the answer does not\n              fit it\n");
    }
}
