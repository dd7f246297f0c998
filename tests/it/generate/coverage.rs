//! Everything that the language has is generated: without this a construct that the generator does not know is never tried, and
//! nobody notices.

use std::collections::BTreeSet;

use pest_meta::ast::RuleType;
use pest_meta::optimizer::{OptimizedExpr, OptimizedRule};
use pest_vm::Vm;

use super::{Program, numbers, program};
use crate::program::root;

/// As many as show everything.
const PROGRAMS: u64 = 150;

/// Rules that stand for nothing that is written: what recovery puts in, the ends of a text, parts of tokens.
const NOT_WRITTEN: [&str; 8] =
    ["hole", "statement_here", "clause_here", "operator_here", "test_here", "word", "escape", "EOI"];

/// What is checked where names and settings are looked up: the grammar takes any word there.
const OTHER_WORDS: &str = "mock exec shell http llm mcp \
    command env cwd url path headers query body prompt system model provider api_key temperature max_input max_output tool \
    takes returns cost cache timeout parallel GET POST PUT \
    string int float bool duration money tokens size file json list map \
    succeeded failed skipped error errors unchanged outcome result elapsed spent order attempts \
    exponential linear fixed jitter factor default won value";

#[test]
fn every_rule_and_word_of_the_grammar_is_generated() {
    let grammar = std::fs::read_to_string(root().join("grammar/wf.pest")).unwrap();
    let (_, rules) = pest_meta::parse_and_optimize(&grammar).unwrap();
    let mut missing = written(&rules);
    let vm = Vm::new(rules);
    for seed in 0..PROGRAMS {
        let Program { items, .. } = program(&numbers(seed));
        for item in &items {
            let pairs = vm.parse("only_item", item).unwrap_or_else(|error| panic!("{error}"));
            let rules: BTreeSet<&str> = pairs.flatten().map(|pair| pair.as_rule()).collect();
            let words: BTreeSet<&str> = super::tokens::words(item).collect();
            missing.retain(|name| !rules.contains(name.as_str()) && !words.contains(name.as_str()));
        }
    }
    assert!(missing.is_empty(), "never generated: {missing:?}");
}

/// All that can be called in an expression, as the page lists it.
fn built_ins() -> Vec<String> {
    let page = std::fs::read_to_string(root().join("docs/builtins.md")).unwrap();
    let names = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('('));
    let names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
    assert!(names.len() > 40, "{names:?}");
    names
}

/// The rules that leave a node, and the words that stand for themselves.
fn written(rules: &[OptimizedRule]) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = OTHER_WORDS.split_whitespace().map(str::to_owned).collect();
    all.extend(built_ins());
    for rule in rules.iter().filter(|rule| !matches!(rule.ty, RuleType::Silent)) {
        all.insert(rule.name.clone());
        let words = rule.expr.iter_top_down().filter_map(|expr| match expr {
            OptimizedExpr::Str(text)
                if text.len() > 1 && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_') =>
            {
                Some(text)
            }
            _ => None,
        });
        all.extend(words);
    }
    all.retain(|name| !NOT_WRITTEN.contains(&name.as_str()));
    all
}
