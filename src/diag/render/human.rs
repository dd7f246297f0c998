//! Diagnostics as they are drawn for people. Only this file and `paint.rs` know codespan-reporting.

use std::collections::BTreeMap;
use std::ops::Range;

use codespan_reporting::diagnostic as codespan;
use codespan_reporting::files::{Error, Files};
use codespan_reporting::term::{Chars, Config, emit_to_write_style};

use super::excerpt::{Mark, fit};
use super::paint::Canvas;
use super::preview::{NewLine, corrected};
use super::{Diagnostic, Look, Severity, severity_word, shown, url};
use crate::base::source::Sources;
use crate::base::span::{FileId, Span};
use crate::base::text::{cut, escape, width, wrap};
use crate::diag::Label;

/// Narrower screens are treated as if they had so many columns.
const COLUMNS_MIN: usize = 40;

/// Draws those of `diagnostics` that are shown, each with an empty line after it.
pub fn render(sources: &Sources, diagnostics: &[Diagnostic], look: &Look) -> String {
    let mut canvas = Canvas::new(look.colour);
    let config = Config { chars: if look.unicode { Chars::default() } else { Chars::ascii() }, ..Config::default() };
    for diagnostic in shown(diagnostics) {
        let picture = Picture::new(sources, diagnostic, look);
        let drawn = picture.diagnostic(diagnostic, look);
        emit_to_write_style(&mut canvas, &config, &picture, &drawn).expect("a picture holds every line that it names");
    }
    without_trailing_spaces(&canvas.into_string())
}

fn without_trailing_spaces(text: &str) -> String {
    text.lines().flat_map(|line| [line.trim_end_matches(' '), "\n"]).collect()
}

/// What of the sources one diagnostic shows: lines cut to the screen, under their own numbers.
struct Picture {
    files: Vec<ShownFile>,
    labels: Vec<codespan::Label<usize>>,
    notes: Vec<String>,
}

/// The shown lines of a file, one after another.
#[derive(Default)]
struct ShownFile {
    path: String,
    text: String,
    /// Position of a line in its file to its bytes in `text`.
    lines: BTreeMap<usize, Range<usize>>,
    /// Where a line begins in `text` to its position in its file.
    starts: BTreeMap<usize, usize>,
    /// Where a label begins in `text` to its column in the file, from 1.
    columns: BTreeMap<usize, usize>,
}

/// A label on its first line.
struct Placed<'a> {
    label: &'a Label,
    style: codespan::LabelStyle,
    line: u32,
    column: u32,
    /// Its bytes in the line.
    range: Range<usize>,
    message: String,
}

impl Picture {
    fn new(sources: &Sources, diagnostic: &Diagnostic, look: &Look) -> Self {
        let placed = placed_labels(sources, diagnostic);
        let gutter = placed.iter().map(|p| digits(p.line)).max().unwrap_or(1);
        let columns = look.width.max(COLUMNS_MIN) - gutter - 3;
        let mut picture = Self { files: Vec::new(), labels: Vec::new(), notes: Vec::new() };
        picture.add_help(sources, diagnostic, columns);
        let mut by_file: Vec<(FileId, Vec<Placed<'_>>)> = Vec::new();
        for label in placed {
            let file = label.label.span.file;
            match by_file.iter_mut().find(|(id, _)| *id == file) {
                Some((_, list)) => list.push(label),
                None => by_file.push((file, vec![label])),
            }
        }
        for (file, labels) in by_file {
            picture.add_file(sources, file, labels, columns);
        }
        picture
    }

    fn add_file(&mut self, sources: &Sources, file: FileId, labels: Vec<Placed<'_>>, columns: usize) {
        let source = sources.get(file);
        let id = self.files.len();
        let mut by_line: BTreeMap<u32, Vec<Placed<'_>>> = BTreeMap::new();
        for label in labels {
            by_line.entry(label.line).or_default().push(label);
        }
        let mut shown = ShownFile { path: escape(&source.path), ..ShownFile::default() };
        let mut previous = None;
        for (line, mut labels) in by_line {
            // A single line between two labelled ones is shown rather than dots.
            if previous.is_some_and(|before| before + 2 == line) {
                shown.add_line(line - 1, &fit(source.line(line - 1), &[], columns).text);
            }
            previous = Some(line);
            self.shorten_messages(&mut labels, columns);
            let marks: Vec<Mark> = labels.iter().map(mark).collect();
            let cut = fit(source.line(line), &marks, columns);
            let start = shown.add_line(line, &cut.text);
            for (index, (label, range)) in labels.into_iter().zip(cut.marks).enumerate() {
                let range = start + range.start..start + range.end;
                shown.columns.insert(range.start, label.column as usize);
                self.labels.push(codespan::Label::new(label.style, id, range.clone()).with_message(label.message));
                if cut.hanging == Some(index) {
                    // Words go below where another label ends at the same place.
                    self.labels.push(codespan::Label::new(label.style, id, range));
                }
            }
        }
        self.files.push(shown);
    }

    /// Words that leave no room for the text they stand beside are cut, and stand in full below.
    fn shorten_messages(&mut self, labels: &mut [Placed<'_>], columns: usize) {
        for label in labels {
            let short = cut(&label.message, columns * 2 / 3);
            if short != label.message {
                self.notes.push(wrapped(&label.message, columns));
                label.message = short;
            }
        }
    }

    fn add_help(&mut self, sources: &Sources, diagnostic: &Diagnostic, columns: usize) {
        let fix = diagnostic.fix.as_ref();
        let help = diagnostic.help.as_deref().or(fix.map(|fix| fix.title.as_str()));
        if let Some(help) = help {
            let mut note = wrapped(&format!("help: {help}"), columns);
            for line in fix.map(|fix| corrected(sources, fix)).unwrap_or_default() {
                note.push('\n');
                note.push_str(&preview_line(&line, columns));
            }
            self.notes.push(note);
        }
        self.notes.extend(diagnostic.notes.iter().map(|note| wrapped(note, columns)));
    }

    fn diagnostic(&self, diagnostic: &Diagnostic, look: &Look) -> codespan::Diagnostic<usize> {
        let severity = match diagnostic.severity {
            Severity::Error => codespan::Severity::Error,
            Severity::Warning => codespan::Severity::Warning,
        };
        let code = diagnostic.code.as_str();
        let code = match url(diagnostic.code).filter(|_| look.links) {
            Some(url) => format!("\u{1b}]8;;{url}\u{1b}\\{code}\u{1b}]8;;\u{1b}\\"),
            None => code.to_owned(),
        };
        codespan::Diagnostic::new(severity)
            .with_code(code)
            .with_message(header(diagnostic, look.width.max(COLUMNS_MIN)))
            .with_labels(self.labels.clone())
            .with_notes(self.notes.clone())
    }

    fn file(&self, id: usize) -> Result<&ShownFile, Error> {
        self.files.get(id).ok_or(Error::FileMissing)
    }
}

impl ShownFile {
    /// Adds a line (from 1) and gives where it begins.
    fn add_line(&mut self, line: u32, text: &str) -> usize {
        let (start, index) = (self.text.len(), line as usize - 1);
        self.text.push_str(text);
        self.text.push('\n');
        self.lines.insert(index, start..self.text.len());
        self.starts.insert(start, index);
        start
    }
}

impl<'a> Files<'a> for Picture {
    type FileId = usize;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(&self.file(id)?.path)
    }

    fn source(&'a self, id: usize) -> Result<&'a str, Error> {
        Ok(&self.file(id)?.text)
    }

    fn line_index(&'a self, id: usize, at: usize) -> Result<usize, Error> {
        let before = self.file(id)?.starts.range(..=at).next_back();
        before.map(|(_, index)| *index).ok_or(Error::IndexTooLarge { given: at, max: 0 })
    }

    fn line_range(&'a self, id: usize, line: usize) -> Result<Range<usize>, Error> {
        self.file(id)?.lines.get(&line).cloned().ok_or(Error::LineTooLarge { given: line, max: 0 })
    }

    fn column_number(&'a self, id: usize, _: usize, at: usize) -> Result<usize, Error> {
        self.file(id)?.columns.get(&at).copied().ok_or(Error::IndexTooLarge { given: at, max: 0 })
    }
}

fn placed_labels<'a>(sources: &Sources, diagnostic: &'a Diagnostic) -> Vec<Placed<'a>> {
    let primary = (&diagnostic.primary, codespan::LabelStyle::Primary);
    let related = diagnostic.related.iter().map(|label| (label, codespan::LabelStyle::Secondary));
    // An empty file, or one that could not be read, has no place to point at: the message names it.
    let has_text = |label: &Label| !sources.get(label.span.file).text.is_empty();
    let labels = std::iter::once(primary).chain(related).filter(|(label, _)| has_text(label));
    labels.map(|(label, style)| place(sources, label, style)).collect()
}

/// A label over several lines is drawn on its first.
fn place<'a>(sources: &Sources, label: &'a Label, style: codespan::LabelStyle) -> Placed<'a> {
    let Span { file, start, end } = label.span;
    let source = sources.get(file);
    let at = source.place(start);
    let line_start = source.line_range(at.line).start;
    let line_length = source.line(at.line).len();
    let from = (start as usize - line_start).min(line_length);
    let to = (end as usize - line_start).clamp(from, line_length);
    Placed { label, style, line: at.line, column: at.column, range: from..to, message: escape(&label.message) }
}

fn mark(label: &Placed<'_>) -> Mark {
    Mark { range: label.range.clone(), message_columns: width(&label.message) }
}

fn header(diagnostic: &Diagnostic, columns: usize) -> String {
    // What stands before the message takes room on the first line only.
    let lead = "x".repeat(severity_word(diagnostic.severity).len() + "[WF0000]: ".len());
    let lines = wrap(&format!("{lead}{}", escape(&diagnostic.message)), columns - 4);
    lines.join("\n    ")[lead.len()..].to_owned()
}

fn preview_line(line: &NewLine, columns: usize) -> String {
    let mark = Mark { range: line.changed.clone(), message_columns: 0 };
    let text = fit(&line.text, &[mark], columns - digits(line.number) - 4).text;
    format!("{} | {text}", line.number)
}

/// Escapes a text line by line and wraps it to the room beside `= `.
fn wrapped(text: &str, columns: usize) -> String {
    let escaped: Vec<String> = text.lines().map(escape).collect();
    wrap(&escaped.join("\n"), columns).join("\n")
}

fn digits(number: u32) -> usize {
    number.max(1).ilog10() as usize + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    const SHIP: &str = "\
type Build = { version: string, risk: \"low\" | \"medium\" | \"high\" }

workflow ship(commit: string, shop: Shop) -> { url: string, ok: bool } {
    stage build = shop.build(comit) { timeout 90 }
    let text = match build.risk {
        \"low\" => \"A quiet release.\"
        \"high\" => \"Watch this one.\"
    }
}
";

    fn sources(text: &str) -> Sources {
        let mut sources = Sources::default();
        sources.add("ship.wf", text);
        sources
    }

    fn span(sources: &Sources, file: u32, word: &str) -> Span {
        let at = sources.get(FileId(file)).text.find(word).expect("the word is there");
        let (start, end) = (u32::try_from(at), u32::try_from(at + word.len()));
        Span::new(FileId(file), start.expect("small"), end.expect("small"))
    }

    fn unknown_name(sources: &Sources) -> Diagnostic {
        let wrong = span(sources, 0, "comit");
        Diagnostic::new(Code::WF0102, wrong, "nothing here is called `comit`")
            .label("unknown name")
            .related(span(sources, 0, "commit"), "a parameter with a near name")
            .help("did you mean `commit`?")
            .fix_suggested("write `commit`", wrong, "commit")
    }

    #[test]
    fn labels_help_and_the_corrected_line_are_drawn_as_designed() {
        let sources = sources(SHIP);
        insta::assert_snapshot!(render(&sources, &[unknown_name(&sources)], &Look::default()), @r#"
        error[WF0102]: nothing here is called `comit`
          ┌─ ship.wf:4:30
          │
        3 │ workflow ship(commit: string, shop: Shop) -> { url: string, ok: bool } {
          │               ------ a parameter with a near name
        4 │     stage build = shop.build(comit) { timeout 90 }
          │                              ^^^^^ unknown name
          │
          = help: did you mean `commit`?
            4 |     stage build = shop.build(commit) { timeout 90 }
        "#);
    }

    #[test]
    fn a_new_line_is_shown_with_its_number() {
        let sources = sources(SHIP);
        let end = span(&sources, 0, "\"Watch this one.\"").after();
        let diagnostic =
            Diagnostic::new(Code::WF0203, span(&sources, 0, "build.risk"), "this `match` has no arm for \"medium\"")
                .label("can be \"low\", \"medium\" or \"high\"")
                .related(span(&sources, 0, "\"medium\""), "declared here")
                .help("add the arm, or `_ =>` for all the rest")
                .fix_suggested("add the arm", end, "\n        \"medium\" => \"…\"");
        insta::assert_snapshot!(render(&sources, &[diagnostic], &Look::default()), @r#"
        error[WF0203]: this `match` has no arm for "medium"
          ┌─ ship.wf:5:22
          │
        1 │ type Build = { version: string, risk: "low" | "medium" | "high" }
          │                                               -------- declared here
          ·
        5 │     let text = match build.risk {
          │                      ^^^^^^^^^^ can be "low", "medium" or "high"
          │
          = help: add the arm, or `_ =>` for all the rest
            8 |         "medium" => "…"
        "#);
    }

    #[test]
    fn labels_of_several_files_stand_under_their_own_names() {
        let mut sources = sources("import { Spec } from \"team.wf\"\n");
        sources.add("team.wf", "\n\ntype Speck = string\n");
        let diagnostic =
            Diagnostic::new(Code::WF0108, span(&sources, 0, "Spec"), "`team.wf` has nothing called `Spec`")
                .label("unknown name")
                .related(span(&sources, 1, "Speck"), "a near name")
                .note("only items can be imported");
        insta::assert_snapshot!(render(&sources, &[diagnostic], &Look::default()), @r#"
        error[WF0108]: `team.wf` has nothing called `Spec`
          ┌─ ship.wf:1:10
          │
        1 │ import { Spec } from "team.wf"
          │          ^^^^ unknown name
          │
          ┌─ team.wf:3:6
          │
        3 │ type Speck = string
          │      ----- a near name
          │
          = only items can be imported
        "#);
    }

    #[test]
    fn nothing_is_wider_than_the_screen() {
        let long = format!("let text = \"{}\" + wrong + \"{}\"\n", "日本語 ".repeat(40), "x".repeat(300));
        let sources = sources(&long);
        let diagnostic =
            Diagnostic::new(Code::WF0206, span(&sources, 0, "wrong"), format!("`+` {}", "takes two ".repeat(12)))
                .label("has type `{ one: string, two: string, three: string, four: string, five: string }`")
                .related(span(&sources, 0, "text"), "declared here")
                .help("join the parts with `join`, or write the whole text between quotes with `${wrong}` inside it")
                .fix_suggested("interpolate", span(&sources, 0, "wrong"), "\"${wrong}\"");
        let drawn = render(&sources, &[diagnostic], &Look::default());
        insta::assert_snapshot!(drawn, @r#"
        error[WF0206]: `+` takes two takes two takes two takes two takes two takes
            two takes two takes two takes two takes two takes two takes two
          ┌─ ship.wf:1:177
          │
        1 │ let text = "日… " + wrong + "x…
          │     ----            ^^^^^ has type `{ one: string, two: string, three: stri…
          │     │
          │     declared here
          │
          = help: join the parts with `join`, or write the whole text between quotes
            with `${wrong}` inside it
            1 | …本語 日本語 日本語 日本語 日本語 " + "${wrong}" + "xxxxxxxxxxxxxxxxxx…
          = has type `{ one: string, two: string, three: string, four: string, five:
            string }`
        "#);
        assert!(drawn.lines().all(|line| width(line) <= 80));
    }

    #[test]
    fn carets_stand_under_their_glyph_after_tabs_wide_and_hidden_characters() {
        let sources = sources("\tlet 名 = \"😀\" + \"\u{1b}[31m\u{202e}\" + wrong");
        let diagnostic =
            Diagnostic::new(Code::WF0102, span(&sources, 0, "wrong"), "nothing is called `\u{1b}]0;wrong`")
                .label("here")
                .related(span(&sources, 0, "\"😀\""), "a face");
        insta::assert_snapshot!(render(&sources, &[diagnostic], &Look::default()), @r#"
        error[WF0102]: nothing is called `\u{1b}]0;wrong`
          ┌─ ship.wf:1:27
          │
        1 │     let 名 = "😀" + "\u{1b}[31m\u{202e}" + wrong
          │              ----                          ^^^^^ here
          │              │
          │              a face
        "#);
    }

    #[test]
    fn the_end_of_a_file_without_a_line_feed_has_a_caret() {
        let sources = sources("workflow w() {");
        let end = span(&sources, 0, "{").after();
        let diagnostic = Diagnostic::new(Code::WF0002, end, "`{` is never closed").label("`}` expected");
        insta::assert_snapshot!(render(&sources, &[diagnostic], &Look::default()), @r#"
        error[WF0002]: `{` is never closed
          ┌─ ship.wf:1:15
          │
        1 │ workflow w() {
          │               ^ `}` expected
        "#);
    }

    #[test]
    fn colours_are_sequences_that_end() {
        let sources = sources("comit commit");
        let look = Look { colour: true, ..Look::default() };
        let drawn = render(&sources, &[unknown_name(&sources)], &look);
        insta::assert_snapshot!(drawn.replace('\u{1b}', "ESC"), @r#"
        ESC[1mESC[31merror[WF0102]ESC[0mESC[1m: nothing here is called `comit`ESC[0m
          ESC[34m┌─ESC[0m ship.wf:1:1
          ESC[34m│ESC[0m
        ESC[34m1ESC[0m ESC[34m│ESC[0m ESC[31mcomitESC[0m commit
          ESC[34m│ESC[0m ESC[31m^^^^^ESC[0m ESC[34m------ESC[0m ESC[34ma parameter with a near nameESC[0m
          ESC[34m│ESC[0m ESC[31m│ESC[0m
          ESC[34m│ESC[0m ESC[31munknown nameESC[0m
          ESC[34m│ESC[0m
          ESC[34m=ESC[0m help: did you mean `commit`?
            1 | commit commit
        "#);
    }

    #[test]
    fn errors_after_the_first_fifty_are_not_drawn() {
        let sources = sources(SHIP);
        let many = vec![unknown_name(&sources); 300];
        assert_eq!(render(&sources, &many, &Look::default()).matches("error[").count(), 50);
    }
}
