//! What a text means, as far as the parser knows: its tree without places, its clauses in one order.

use wfc::base::source::Sources;
use wfc::diag::Bag;
use wfc::syntax::{ast, parse};

/// The tree of a text in which nothing is wrong.
pub fn tree(text: &str) -> Option<ast::File> {
    let mut sources = Sources::default();
    let mut bag = Bag::default();
    let tree = parse(sources.add("test.wf", text), text, &mut bag);
    (!bag.has_errors()).then_some(tree)
}

/// The meaning of a text in which nothing is wrong.
pub fn meaning(text: &str) -> Option<String> {
    Some(without_places(&format!("{:?}", tree(text)?.items)))
}

/// The comments of a text in which nothing is wrong, sorted: clauses may change places.
pub fn comments(text: &str) -> Option<Vec<String>> {
    let tree = tree(text)?;
    let own = |comment: &ast::Comment| text[comment.span.range()].trim_end().to_owned();
    let mut comments: Vec<String> = tree.comments.iter().map(own).collect();
    comments.sort_unstable();
    Some(comments)
}

/// A bracket of the debug form that is open.
#[derive(Default)]
struct Level {
    done: Vec<String>,
    now: String,
}

/// The debug form of a tree without its spans, and with clauses sorted by their kind. Never recurses.
fn without_places(debug: &str) -> String {
    let mut levels = vec![Level::default()];
    let mut chars = debug.chars();
    while let Some(c) = chars.next() {
        let level = levels.last_mut().unwrap();
        match c {
            '"' => {
                level.now.push(c);
                while let Some(c) = chars.next() {
                    level.now.push(c);
                    match c {
                        '\\' => level.now.extend(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '[' | '{' | '(' => levels.push(Level::default()),
            ',' => level.done.push(std::mem::take(&mut level.now)),
            ']' | '}' | ')' => {
                let inner = levels.pop().unwrap();
                close(levels.last_mut().unwrap(), inner, c);
            }
            ' ' if level.now.is_empty() => {}
            c => level.now.push(c),
        }
    }
    levels.pop().unwrap().now
}

fn close(outer: &mut Level, mut inner: Level, bracket: char) {
    if outer.now.ends_with("Span ") {
        return;
    }
    inner.done.push(inner.now);
    if bracket == ']' && (outer.now.ends_with("list: ") || outer.now.ends_with("clauses: ")) {
        inner.done.sort_by_key(|clause| kind(clause).to_owned());
    }
    let length = outer.now.len() + inner.done.iter().map(|part| part.len() + 1).sum::<usize>();
    outer.now.reserve(length);
    outer.now.push('(');
    inner.done.iter().for_each(|part| {
        outer.now.push_str(part);
        outer.now.push(',');
    });
    outer.now.push(bracket);
}

/// `Timeout` of `Spanned (value: Timeout(…`.
fn kind(clause: &str) -> &str {
    let clause = clause.strip_prefix("Spanned (value: ").unwrap_or(clause);
    clause.split(['(', ',']).next().unwrap_or_default()
}

#[test]
fn places_are_left_out_and_clauses_sorted() {
    let one = "workflow w() { stage a = b.c(\"(\") { timeout 1m lock \"x\" } }";
    let other = "workflow  w( ) {\n stage a = b.c(\"(\",) { lock \"x\"\n timeout 1m } }";
    assert!(meaning(one).is_some());
    assert_eq!(meaning(one), meaning(other));
    assert_ne!(meaning(one), meaning(&one.replace("1m", "2m")));
    assert_ne!(meaning(one), meaning(&one.replace("\"(\"", "\")\"")));
}
