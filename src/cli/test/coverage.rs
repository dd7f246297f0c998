//! What no test reaches, as a table, as JSON, as a page.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use serde_json::json;

use super::{CoverageForm, Group, Ran, TestArgs};
use crate::base::span::FileId;
use crate::cli::console::Console;
use crate::cli::place::from_here;
use crate::cli::report::Problem;
use crate::testing::coverage::{Coverage, Kind, Named, Point, Reached, Share};

/// Things that are not reached that are listed in a terminal.
const LISTED: usize = 30;

/// Prints coverage. Gives whether it is as much as is wanted.
///
/// # Errors
/// The page cannot be written.
pub(super) fn report(groups: &[Group], ran: &[Ran<'_>], args: &TestArgs, console: &Console) -> Result<bool, Problem> {
    let sound = groups.iter().filter(|group| !group.checked.has_errors());
    let covered: Vec<(&Group, Coverage)> = sound.map(|group| (group, of(group, ran))).collect();
    let all = covered.iter().fold(Share::default(), |sum, (_, coverage)| plus(sum, coverage.share(None, None)));
    let enough = args.min.is_none_or(|min| all.percent() >= min as usize);
    if args.json {
        console.out(&as_json(&covered, all));
    } else if args.coverage.is_some() {
        console.out(&table(&covered, all));
    }
    if args.coverage == Some(CoverageForm::Html) {
        for (group, coverage) in &covered {
            let page = write_page(group, coverage)?;
            console.say(&format!("coverage is drawn in {}\n", from_here(&page).display()));
        }
    }
    if !enough {
        let min = args.min.unwrap_or_default();
        console.err(&format!("error: tests reach {}% of {}, less than {min}%\n", all.percent(), all.all));
    }
    Ok(enough)
}

fn of(group: &Group, ran: &[Ran<'_>]) -> Coverage {
    let mut coverage = Coverage::of(&group.checked);
    for one in ran.iter().filter(|one| std::ptr::eq(one.group, group)) {
        coverage.add(one.case, &one.verdict.marks);
    }
    coverage
}

fn plus(a: Share, b: Share) -> Share {
    Share { hit: a.hit + b.hit, all: a.all + b.all }
}

fn table(covered: &[(&Group, Coverage)], all: Share) -> String {
    let rows = rows(covered);
    let wide = rows
        .iter()
        .filter(|row| row.of.is_some())
        .map(|row| row.title.chars().count())
        .max()
        .unwrap_or(0)
        .max("coverage".len());
    let mut text = format!("\n{:<wide$}", "coverage");
    for kind in Kind::ALL {
        let _ = write!(text, "  {:>8}", kind.name());
    }
    text += "   all\n";
    for row in &rows {
        let Some((coverage, workflow)) = row.of else {
            let _ = writeln!(text, "{}", row.title);
            continue;
        };
        let _ = write!(text, "{:<wide$}", row.title);
        for kind in Kind::ALL {
            let _ = write!(text, "  {:>8}", fraction(coverage.share(Some(workflow), Some(kind))));
        }
        let _ = writeln!(text, "  {:>3}%", coverage.share(Some(workflow), None).percent());
    }
    let missing: Vec<String> = covered.iter().flat_map(|(group, coverage)| missing(group, coverage)).collect();
    if !missing.is_empty() {
        text += "\nno test reaches\n";
        missing.iter().take(LISTED).for_each(|line| text += line);
        if missing.len() > LISTED {
            let _ = writeln!(text, "  … and {} more", missing.len() - LISTED);
        }
    }
    let _ = writeln!(text, "\ncovered: {} of {}, {}%", all.hit, all.all, all.percent());
    text
}

/// A line of the table.
struct Row<'a> {
    title: String,
    /// Nothing of a line that names a file.
    of: Option<(&'a Coverage, Named<'a>)>,
}

/// The workflows, below the names of their files where there are several.
fn rows<'a>(covered: &'a [(&Group, Coverage)]) -> Vec<Row<'a>> {
    let all: Vec<_> =
        covered.iter().flat_map(|(group, of)| of.workflows().into_iter().map(move |one| (*group, of, one))).collect();
    let path = |group: &'a Group, one: Named<'_>| group.checked.sources.get(one.file).path.as_str();
    let mut files: Vec<&str> = all.iter().map(|(group, _, one)| path(group, *one)).collect();
    files.dedup();
    let several = files.len() > 1;
    let (mut rows, mut last) = (Vec::new(), None);
    for (group, of, one) in all {
        let file = path(group, one);
        if several && last.replace(file) != Some(file) {
            rows.push(Row { title: file.to_owned(), of: None });
        }
        let title = if several { format!("  {}", one.name) } else { one.name.to_owned() };
        rows.push(Row { title, of: Some((of, one)) });
    }
    rows
}

fn fraction(share: Share) -> String {
    if share.all == 0 { "-".into() } else { format!("{}/{}", share.hit, share.all) }
}

fn missing(group: &Group, coverage: &Coverage) -> Vec<String> {
    let unhit = coverage.points.iter().filter(|(_, reached)| !reached.hit);
    let line = |(point, reached): (&Point, &Reached)| {
        let source = group.checked.sources.get(point.span.file);
        let text = source.text.get(point.span.range()).unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown = if point.kind == Kind::Guard { format!(": `{text}`") } else { String::new() };
        format!("  {}:{}  {}{shown}\n", source.path, source.place(point.span.start).line, reached.what)
    };
    unhit.map(line).collect()
}

fn as_json(covered: &[(&Group, Coverage)], all: Share) -> String {
    let point = |group: &Group, (point, reached): (&Point, &Reached)| {
        let source = group.checked.sources.get(point.span.file);
        json!({
            "file": source.path,
            "line": source.place(point.span.start).line,
            "workflow": reached.workflow,
            "kind": point.kind.name().trim_end_matches('s'),
            "what": reached.what,
            "reached": reached.hit,
        })
    };
    let points: Vec<_> = covered
        .iter()
        .flat_map(|(group, coverage)| coverage.points.iter().map(|one| point(group, one)).collect::<Vec<_>>())
        .collect();
    let object =
        json!({ "event": "coverage", "reached": all.hit, "all": all.all, "percent": all.percent(), "points": points });
    format!("{object}\n")
}

/// Writes the sources as a page, each line with what was reached in it.
fn write_page(group: &Group, coverage: &Coverage) -> Result<PathBuf, Problem> {
    let folder = group.root.join(".wfc/coverage");
    let page = folder.join("index.html");
    let unwritten =
        |error: std::io::Error| Problem::environment(format!("`{}` cannot be written: {error}", page.display()));
    std::fs::create_dir_all(&folder).map_err(unwritten)?;
    std::fs::write(&page, html(group, coverage)).map_err(unwritten)?;
    Ok(page)
}

const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color:#222;background:#fff}pre{margin:0}\
table{border-collapse:collapse}td,th{padding:.1rem .8rem;text-align:right}td:first-child,th:first-child{text-align:left}\
.hit{background:#e2f5e2}.part{background:#fff4cf}.miss{background:#fbdcdc}.n{color:#888;padding-right:1rem;user-select:none}\
.why{color:#a40000;padding-left:2rem}@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}\
.hit{background:#16351c}.part{background:#4a3d0e}.miss{background:#4b1a1a}.why{color:#ff9b9b}}";

fn html(group: &Group, coverage: &Coverage) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>coverage</title><style>{STYLE}</style>\n"
    );
    let all = coverage.share(None, None);
    let _ = writeln!(page, "<h1>{}% of {} reached</h1>\n<table><tr><th>workflow</th>", all.percent(), all.all);
    Kind::ALL.iter().for_each(|kind| _ = write!(page, "<th>{}</th>", kind.name()));
    page += "<th>all</th></tr>\n";
    for workflow in coverage.workflows() {
        let _ = write!(page, "<tr><td>{}</td>", escaped(workflow.name));
        for kind in Kind::ALL {
            let _ = write!(page, "<td>{}</td>", fraction(coverage.share(Some(workflow), Some(kind))));
        }
        let _ = writeln!(page, "<td>{}%</td></tr>", coverage.share(Some(workflow), None).percent());
    }
    page += "</table>\n";
    for (file, lines) in by_line(group, coverage) {
        source(&mut page, group, file, &lines);
    }
    page + "</html>\n"
}

/// How much was reached in a line, and what not.
#[derive(Default)]
struct Lined {
    share: Share,
    missing: Vec<String>,
}

fn by_line(group: &Group, coverage: &Coverage) -> BTreeMap<FileId, BTreeMap<u32, Lined>> {
    let mut files: BTreeMap<FileId, BTreeMap<u32, Lined>> = BTreeMap::new();
    for (point, reached) in &coverage.points {
        let line = group.checked.sources.get(point.span.file).place(point.span.start).line;
        let lined = files.entry(point.span.file).or_default().entry(line).or_default();
        lined.share = plus(lined.share, Share { hit: usize::from(reached.hit), all: 1 });
        if !reached.hit {
            lined.missing.push(reached.what.clone());
        }
    }
    files
}

fn source(page: &mut String, group: &Group, file: FileId, lines: &BTreeMap<u32, Lined>) {
    let source = group.checked.sources.get(file);
    let _ = writeln!(page, "<h2>{}</h2>\n<pre>", escaped(&source.path));
    for (number, text) in (1..).zip(source.text.lines()) {
        let lined = lines.get(&number);
        let class = match lined.map(|lined| lined.share) {
            None => "",
            Some(share) if share.hit == share.all => "hit",
            Some(share) if share.hit == 0 => "miss",
            Some(_) => "part",
        };
        let why = lined.filter(|lined| !lined.missing.is_empty());
        let why = why.map(|lined| format!("<span class=\"why\">not: {}</span>", escaped(&lined.missing.join("; "))));
        let _ = writeln!(
            page,
            "<div class=\"{class}\"><span class=\"n\">{number:>4}</span>{}{}</div>",
            escaped(text),
            why.unwrap_or_default()
        );
    }
    *page += "</pre>\n";
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
