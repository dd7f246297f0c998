//! The border of a box says of what kind it is.

use std::fmt::Write;

use super::layers::Size;
use super::panel::Box;
use crate::plan::draw::ShapeKind;

/// Maps look like several sheets, workflows have double sides, what waits for somebody is round, what decides has corners.
pub fn outline(out: &mut String, kind: ShapeKind, one: &Box) {
    match kind {
        ShapeKind::Map => [6, 3, 0].into_iter().for_each(|off| rect(out, off, one.size, 4)),
        ShapeKind::Workflow if one.inside.is_empty() => {
            rect(out, 0, one.size, 3);
            sides(out, one.size);
        }
        ShapeKind::Ask | ShapeKind::Event | ShapeKind::Wait => rect(out, 0, one.size, 16),
        ShapeKind::Match | ShapeKind::Race | ShapeKind::Fail => pointed(out, one.size, 10.0),
        ShapeKind::Call | ShapeKind::Workflow => rect(out, 0, one.size, 4),
    }
}

/// A box with corners cut off at both sides: with half of the height two points.
pub fn pointed(out: &mut String, size: Size, cut: f64) {
    let (right, bottom) = (size.width - cut, size.height - cut);
    let _infallible = writeln!(
        out,
        "<path class=\"box\" d=\"M{cut:.1} 0H{right:.1}L{0:.1} {cut:.1}V{bottom:.1}L{right:.1} {1:.1}H{cut:.1}L0 {bottom:.1}V{cut:.1}Z\"/>",
        size.width, size.height
    );
}

fn rect(out: &mut String, off: i32, size: Size, round: i32) {
    let place = if off > 0 { format!(" x=\"{off}\" y=\"{off}\"") } else { String::new() };
    let (width, height) = (size.width, size.height);
    let _infallible =
        writeln!(out, "<rect class=\"box\"{place} width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{round}\"/>");
}

fn sides(out: &mut String, size: Size) {
    let (right, height) = (size.width - 5.0, size.height);
    let _infallible = writeln!(out, "<path class=\"box inner\" d=\"M5 0V{height:.1}M{right:.1} 0V{height:.1}\"/>");
}
