//! Panels and boxes as SVG. All text goes through [`escaped`]: no name of a plan can become markup.

use std::fmt::Write;

use super::card::{Card, LINE, PADDING};
use super::outline::outline;
use super::panel::{Box, HEADING, INSET, Panel};
use super::{picture_of, wires, words};
use crate::base::text::is_hidden;
use crate::plan::draw::Picture;
use crate::plan::{Plan, WorkflowId};

/// Colours first for light, then for dark. Plain rules: not every viewer knows variables.
const STYLE: &str = include_str!("style.css");

/// What is painted on.
pub struct Paper<'a> {
    out: String,
    pictures: &'a [Picture<'a>],
    /// Before every id, so that they are told from those of another picture on the same page.
    prefix: String,
}

impl<'a> Paper<'a> {
    /// Paper of that size, with what the whole is about.
    pub fn new(plan: &Plan, pictures: &'a [Picture<'a>], (width, height): (f64, f64)) -> Self {
        let hash: String = plan.hash.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        let prefix = format!("wfc-{hash}");
        let (title, sizes) = (escaped(&plan.name), words::sizes(pictures));
        let out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"wfc\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" role=\"graphics-document document\" \
             aria-labelledby=\"{prefix}-title\" aria-describedby=\"{prefix}-about\">\n\
             <title id=\"{prefix}-title\">{title}</title>\n\
             <desc id=\"{prefix}-about\">The workflow {title}: {sizes}. Lines go down, from what is awaited to what \
             waits.</desc>\n<style>{STYLE}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n"
        );
        Self { out, pictures, prefix }
    }

    /// A panel of its own, with an id to which calls lead.
    pub fn root(&mut self, panel: &Panel, x: f64, y: f64) {
        let _infallible = write!(self.out, "<g id=\"{}-w{}\" ", self.prefix, panel.id.0);
        self.panel(panel, x, y);
    }

    /// The document.
    pub fn done(mut self) -> String {
        self.out.push_str("</svg>\n");
        self.out
    }

    /// Goes on behind `<g `.
    fn panel(&mut self, panel: &Panel, x: f64, y: f64) {
        let picture = picture_of(self.pictures, panel.id);
        let heading = escaped(&panel.heading);
        let _infallible = writeln!(
            self.out,
            "class=\"panel\" transform=\"translate({x:.0} {y:.0})\" role=\"graphics-object group\"><title>{heading}</title>"
        );
        if let Some(doc) = &picture.workflow.doc {
            let _infallible = writeln!(self.out, "<desc>{}</desc>", escaped(doc));
        }
        let (width, height) = (panel.width, panel.height);
        let _infallible =
            writeln!(self.out, "<rect class=\"frame\" width=\"{width:.0}\" height=\"{height:.0}\" rx=\"8\"/>");
        text(&mut self.out, "name", INSET, HEADING - 13.0, &panel.heading);
        wires::paint(&mut self.out, panel);
        for (index, one) in panel.boxes.iter().enumerate() {
            let (x, y) = panel.corner(index);
            let _infallible = write!(self.out, "<g transform=\"translate({x:.0} {y:.0})\" ");
            match index.checked_sub(picture.shapes.len()) {
                None => self.stage(picture, index, one),
                Some(condition) => self.condition(&picture.conditions[condition].1, one),
            }
            self.out.push_str("</g>\n");
        }
        self.out.push_str("</g>\n");
    }

    fn stage(&mut self, picture: &Picture<'_>, index: usize, one: &Box) {
        let shape = &picture.shapes[index];
        let finally = if shape.finally { " finally" } else { "" };
        // What an image holds is hidden from those who listen: a box with bodies is a group.
        let role = if one.inside.is_empty() { "graphics-symbol img" } else { "graphics-object group" };
        let _infallible = writeln!(
            self.out,
            "class=\"{}{finally}\" role=\"{role}\"><title>{}</title><desc>{}</desc>",
            shape.kind.word(),
            escaped(&words::title(picture, index)),
            escaped(&words::description(picture, index))
        );
        outline(&mut self.out, shape.kind, one);
        let away = shape.calls.iter().find(|&&callee| one.inside.iter().all(|(body, ..)| body.id != callee));
        self.linked(away.copied(), |out| lines(out, &one.card, one.size.width));
        for (body, x, y) in &one.inside {
            self.out.push_str("<g ");
            self.panel(body, *x, *y);
        }
    }

    /// What leads to the panel of a workflow, if there is one.
    fn linked(&mut self, to: Option<WorkflowId>, paint: impl FnOnce(&mut String)) {
        if let Some(callee) = to {
            let _infallible = writeln!(self.out, "<a href=\"#{}-w{}\">", self.prefix, callee.0);
        }
        paint(&mut self.out);
        self.out.push_str(if to.is_some() { "</a>\n" } else { "" });
    }

    fn condition(&mut self, label: &str, one: &Box) {
        let _infallible = writeln!(
            self.out,
            "class=\"condition\" role=\"graphics-symbol img\"><title>condition: {}</title>",
            escaped(label)
        );
        super::outline::pointed(&mut self.out, one.size, one.size.height / 2.0);
        for (row, line) in one.card.what.iter().enumerate() {
            text(&mut self.out, "middle", (one.size.width / 2.0).round(), baseline(row), line);
        }
    }
}

fn lines(out: &mut String, card: &Card, width: f64) {
    let classes = [("name", &card.name), ("what", &card.what), ("note", &card.notes)];
    let all = classes.into_iter().flat_map(|(class, lines)| lines.iter().map(move |line| (class, line)));
    for (row, (class, line)) in all.enumerate() {
        text(out, class, PADDING, baseline(row), line);
    }
    if !card.kind.is_empty() {
        text(out, "kind", width - PADDING, baseline(0), card.kind);
    }
}

fn baseline(row: usize) -> f64 {
    PADDING + (row as f64 + 0.65) * LINE
}

/// One line of text.
pub fn text(out: &mut String, class: &str, x: f64, y: f64, line: &str) {
    let anchor = match class {
        "kind" => " text-anchor=\"end\"",
        "middle" => " text-anchor=\"middle\"",
        _ => "",
    };
    let _infallible =
        writeln!(out, "<text class=\"{class}\" x=\"{x:.0}\" y=\"{y:.0}\"{anchor}>{}</text>", escaped(line));
}

/// Text that is nothing but text in XML, and that shows no character which is not seen.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML has no place for these two, hidden or not.
            '\u{fffe}' | '\u{ffff}' => out.push(' '),
            hidden if is_hidden(hidden) => out.push(' '),
            other => out.push(other),
        }
    }
    out
}
