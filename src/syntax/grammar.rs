//! The parser that pest makes of `grammar/wf.pest`, and the precedence of its operators.

use std::sync::LazyLock;

use pest::pratt_parser::{Assoc, Op, PrattParser};

/// The generated parser. Its [`Rule`]s are known inside this folder only.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/wf.pest"]
pub(super) struct Grammar;

/// A node of the parse.
pub(super) type Pair<'i> = pest::iterators::Pair<'i, Rule>;

/// Several nodes in a row.
pub(super) type Pairs<'i> = pest::iterators::Pairs<'i, Rule>;

/// Precedence of operators, loosest first (rulings 40). Comparisons are given one side only so that a chain can be
/// reported: the tree that they make is never used.
pub(super) static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    PrattParser::new()
        .op(Op::infix(Rule::or, Assoc::Left))
        .op(Op::infix(Rule::and, Assoc::Left))
        .op(Op::infix(Rule::compare, Assoc::Left))
        .op(Op::infix(Rule::coalesce, Assoc::Right))
        .op(Op::infix(Rule::add, Assoc::Left))
        .op(Op::infix(Rule::multiply, Assoc::Left))
        .op(Op::postfix(Rule::cast))
        .op(Op::prefix(Rule::not) | Op::prefix(Rule::negate))
        .op(Op::postfix(Rule::field)
            | Op::postfix(Rule::opt_field)
            | Op::postfix(Rule::index)
            | Op::postfix(Rule::call_args))
});

/// Whether a rule is a keyword or punctuation: of no use to the tree.
pub(super) fn is_noise(rule: Rule) -> bool {
    (Rule::eq..=Rule::k_pass).contains(&rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_what_stands_between_the_markers() {
        for rule in Rule::all_rules() {
            let name = format!("{rule:?}");
            assert!(!name.starts_with("k_") || is_noise(*rule), "{name}");
        }
        for rule in [Rule::hole, Rule::word, Rule::name, Rule::EOI] {
            assert!(!is_noise(rule), "{rule:?}");
        }
    }
}
