//! The indentation of what a fix inserts: the passes know places, the text knows how far in they stand.

use crate::base::source::Sources;
use crate::diag::{Diagnostic, Edit};

/// Indents the new lines of a fix, where they begin without indentation, like the line that they follow.
pub fn indent(diagnostic: &mut Diagnostic, sources: &Sources) {
    for edit in diagnostic.fix.iter_mut().flat_map(|fix| fix.edits.iter_mut()) {
        if edit.text.contains('\n') {
            past_comment(edit, sources);
            edit.text = indented(edit, sources);
        }
    }
}

/// A new line is begun behind the comment at the end of the line that it follows.
fn past_comment(edit: &mut Edit, sources: &Sources) {
    let source = sources.get(edit.span.file);
    let line = source.line_range(source.place(edit.span.start).line);
    let rest = source.text.get(edit.span.end as usize..line.end).unwrap_or_default();
    if edit.span.start == edit.span.end && edit.text.starts_with('\n') && rest.trim_start().starts_with("//") {
        let end = edit.span.end + u32::try_from(rest.trim_end().len()).unwrap_or(0);
        (edit.span.start, edit.span.end) = (end, end);
    }
}

fn indented(edit: &Edit, sources: &Sources) -> String {
    let source = sources.get(edit.span.file);
    let line = source.line(source.place(edit.span.start).line);
    let indentation = &line[..line.len() - line.trim_start().len()];
    let mut lines = edit.text.split('\n');
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push('\n');
        if !line.is_empty() && !line.starts_with([' ', '\t']) {
            out.push_str(indentation);
        }
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::Span;
    use crate::diag::Code;

    #[test]
    fn a_new_line_stands_below_the_one_it_follows() {
        let mut sources = Sources::default();
        let span = Span::new(sources.add("a.wf", "match x {\n        1 => a\n}\n"), 24, 24);
        let mut diagnostic =
            Diagnostic::new(Code::WF0203, span, "wrong").fix_suggested("add", span, "\n2 => b\n  3 => c\n");
        indent(&mut diagnostic, &sources);
        assert_eq!(diagnostic.fix.expect("given above").edits[0].text, "\n        2 => b\n  3 => c\n");
    }

    #[test]
    fn a_comment_stays_on_its_line() {
        let mut sources = Sources::default();
        let file = sources.add("a.wf", "a  // why\nb\n");
        let span = Span::new(file, 1, 1);
        let mut diagnostic = Diagnostic::new(Code::WF0603, span, "wrong").fix_suggested("add", span, "\nc");
        indent(&mut diagnostic, &sources);
        assert_eq!(diagnostic.fix.expect("given above").edits[0].span, Span::new(file, 9, 9));
    }
}
