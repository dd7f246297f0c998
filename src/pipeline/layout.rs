//! The indentation of what a fix inserts: the passes know places, the text knows how far in they stand.

use crate::base::source::Sources;
use crate::diag::{Diagnostic, Edit};

/// Indents the new lines of a fix, where they begin without indentation, like the line that they follow.
pub fn indent(diagnostic: &mut Diagnostic, sources: &Sources) {
    for edit in diagnostic.fix.iter_mut().flat_map(|fix| fix.edits.iter_mut()) {
        if edit.text.contains('\n') {
            edit.text = indented(edit, sources);
        }
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
}
