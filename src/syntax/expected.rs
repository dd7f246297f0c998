//! What the grammar would have taken at a place, in words that people use: no rule of the grammar has its name shown.

use crate::syntax::grammar::Rule;
use crate::syntax::split::STATEMENT_WORDS;

/// What could stand at a place.
#[derive(Debug, Clone, Default)]
pub(super) struct Expected {
    rules: Vec<Rule>,
}

impl Expected {
    pub fn new(rules: Vec<Rule>) -> Self {
        Self { rules }
    }

    pub fn has(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }

    fn count(&self, rules: &[Rule]) -> usize {
        self.rules.iter().filter(|rule| rules.contains(rule)).count()
    }

    /// Any of the forms of an expression.
    pub fn expression(&self) -> bool {
        self.has(Rule::expr) || (self.has(Rule::variable) && self.has(Rule::number))
    }

    pub fn operator(&self) -> bool {
        self.has(Rule::operator_here) || self.count(&INFIX) >= 2
    }

    pub fn statement(&self) -> bool {
        self.has(Rule::statement_here)
    }

    pub fn clause(&self) -> bool {
        self.has(Rule::clause_here)
    }

    pub fn setting(&self) -> bool {
        self.has(Rule::setting) || self.has(Rule::setting_word) || self.has(Rule::s_other)
    }

    /// What stands in a block, one after the other.
    pub fn entry(&self) -> bool {
        let listed = [Rule::k_attempts, Rule::k_cron, Rule::schedule_clause, Rule::k_strategy];
        let policy = listed.into_iter().any(|rule| self.has(rule));
        self.statement() || self.clause() || self.setting() || self.has(Rule::test_here) || policy
    }

    pub fn arm(&self) -> bool {
        self.has(Rule::pattern) || self.has(Rule::arm) || self.has(Rule::expr_arm)
    }

    pub fn name(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule, Rule::name | Rule::op_name | Rule::op_path | Rule::op_names))
    }

    pub fn ty(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule, Rule::r#type | Rule::type_atom | Rule::suffixed))
    }

    /// The complete item stands before this place.
    pub fn end(&self) -> bool {
        self.has(Rule::EOI)
    }

    /// The words of the language that could stand here.
    pub fn words(&self) -> Vec<&'static str> {
        let mut words: Vec<&str> = self.rules.iter().flat_map(|rule| words(*rule)).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// The words of which one has to stand here, if nothing else can; a number may.
    pub fn choice(&self) -> Vec<&'static str> {
        let words = self.words();
        let only = self.rules.iter().all(|rule| *rule == Rule::number || !self::words(*rule).is_empty());
        if only && !self.entry() && !words.is_empty() { words } else { Vec::new() }
    }

    /// What to try to put in where something is missing, most likely first.
    pub fn insertions(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for (rule, text) in SIGNS {
            if self.has(rule) {
                texts.push(text.to_owned());
            }
        }
        if self.has(Rule::round_open) && !self.operator() && !self.expression() && !self.ty() {
            texts.push("()".to_owned());
        }
        if self.has(Rule::curly_open) && !self.expression() && !self.ty() {
            texts.push("{}".to_owned());
        }
        if self.has(Rule::dot) && !self.operator() {
            texts.push(".".to_owned());
        }
        let keywords: Vec<&str> =
            self.rules.iter().filter_map(|rule| keyword(*rule)).filter(|word| *word != "as").collect();
        if keywords.len() <= 4 && !self.entry() {
            texts.extend(keywords.iter().map(|word| (*word).to_owned()));
        }
        texts
    }

    /// `a name, `=>` or `,``.
    pub fn describe(&self) -> String {
        let mut things = Vec::new();
        self.groups(&mut things);
        let closes = things.iter().any(|thing| matches!(thing.as_str(), "`,`" | "`)`" | "`]`" | "`}`"));
        if self.operator() && !closes && things.len() < 3 {
            things.push("an operator".to_owned());
        }
        if things.is_empty() && self.end() {
            things.push("the next item".to_owned());
        }
        if things.is_empty() {
            things.push("something else".to_owned());
        }
        things.truncate(6);
        one_of(&things)
    }

    fn groups(&self, things: &mut Vec<String>) {
        let mut add = |thing: &str| {
            if !things.iter().any(|known| known == thing) {
                things.push(thing.to_owned());
            }
        };
        let big = [
            (self.count(&ITEMS) >= 6, "an item such as `agent` or `workflow`"),
            (self.statement(), "a statement"),
            (self.clause(), "a clause"),
            (self.setting(), "a setting"),
            (self.has(Rule::test_here), "`run`, `mock`, `expect` or another statement of a test"),
            (self.expression(), "an expression"),
        ];
        big.iter().filter(|(holds, _)| *holds).for_each(|(_, thing)| add(thing));
        let block = self.entry();
        for rule in &self.rules {
            let answered = self.has(Rule::mock_step) && matches!(rule, Rule::dot | Rule::round_open | Rule::args);
            let absorbed = answered
                || (self.count(&ITEMS) >= 6 && (ITEMS.contains(rule) || STATEMENTS.contains(rule)))
                || (block && (STATEMENTS.contains(rule) || ENTRIES.contains(rule)))
                || ((self.statement() || self.clause()) && CLAUSES.contains(rule))
                || (block && matches!(rule, Rule::curly_close | Rule::curly_open))
                || (self.expression() && OPERANDS.contains(rule))
                || (self.operator() && (INFIX.contains(rule) || SUFFIXES.contains(rule)));
            if absorbed {
                continue;
            }
            match thing(*rule) {
                Some(text) => add(text),
                None => words(*rule).iter().for_each(|word| add(&format!("`{word}`"))),
            }
        }
    }
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn one_of(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

const INFIX: [Rule; 7] =
    [Rule::operator_here, Rule::or, Rule::and, Rule::compare, Rule::coalesce, Rule::add, Rule::multiply];

const SUFFIXES: [Rule; 10] = [
    Rule::round_open,
    Rule::field,
    Rule::opt_field,
    Rule::index,
    Rule::call_args,
    Rule::cast,
    Rule::args,
    Rule::k_as,
    Rule::dot,
    Rule::square_open,
];

const OPERANDS: [Rule; 18] = [
    Rule::round_open,
    Rule::square_open,
    Rule::curly_open,
    Rule::expr,
    Rule::variable,
    Rule::number,
    Rule::string,
    Rule::group,
    Rule::list,
    Rule::record,
    Rule::constant_word,
    Rule::if_expr,
    Rule::match_expr,
    Rule::not,
    Rule::negate,
    Rule::k_if,
    Rule::k_match,
    Rule::hole,
];

const STATEMENTS: [Rule; 6] = [Rule::k_stage, Rule::k_let, Rule::k_when, Rule::k_return, Rule::k_finally, Rule::k_fail];

/// Rules of which there are several in every block.
const ENTRIES: [Rule; 15] = [
    Rule::statement_here,
    Rule::clause_here,
    Rule::test_here,
    Rule::setting,
    Rule::setting_word,
    Rule::s_other,
    Rule::k_action,
    Rule::action,
    Rule::k_mock,
    Rule::k_expect,
    Rule::k_run,
    Rule::k_replay,
    Rule::k_crash,
    Rule::hole,
    Rule::s_endorses,
];

const ITEMS: [Rule; 11] = [
    Rule::k_import,
    Rule::k_type,
    Rule::k_interface,
    Rule::k_agent,
    Rule::k_pool,
    Rule::k_retry,
    Rule::k_secret,
    Rule::k_workflow,
    Rule::k_schedule,
    Rule::k_test,
    Rule::k_property,
];

const CLAUSES: [Rule; 18] = [
    Rule::k_after,
    Rule::k_when,
    Rule::k_retry,
    Rule::k_timeout,
    Rule::k_deadline,
    Rule::k_priority,
    Rule::k_parallel,
    Rule::k_cache,
    Rule::k_label,
    Rule::k_repeat,
    Rule::k_on,
    Rule::k_need,
    Rule::k_undo,
    Rule::k_lock,
    Rule::k_budget,
    Rule::k_to,
    Rule::k_quorum,
    Rule::k_not,
];

/// Signs that may be missing, in the order in which they are tried.
const SIGNS: [(Rule, &str); 5] =
    [(Rule::eq, "="), (Rule::fat_arrow, "=>"), (Rule::comma, ","), (Rule::colon, ":"), (Rule::arrow, "->")];

/// What a rule is in words.
fn thing(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::expr | Rule::operand | Rule::primary => "an expression",
        Rule::r#type | Rule::type_atom | Rule::suffixed | Rule::type_path | Rule::any_type_name => "a type",
        Rule::name
        | Rule::any_name
        | Rule::op_name
        | Rule::op_path
        | Rule::op_names
        | Rule::path
        | Rule::word
        | Rule::variable
        | Rule::classes
        | Rule::agent_kind
        | Rule::rec_field
        | Rule::param
        | Rule::entry
        | Rule::named
        | Rule::tagged_one => "a name",
        Rule::string => "a string",
        Rule::number | Rule::percent => "a number",
        Rule::pattern | Rule::expr_arm | Rule::arm => "a pattern",
        Rule::call | Rule::leaf | Rule::alternative => "a call",
        Rule::setting => "a setting",
        Rule::schedule_clause => "`cron`, `timezone` or another clause of a schedule",
        Rule::action => "`action`",
        Rule::eq => "`=`",
        Rule::fat_arrow => "`=>`",
        Rule::arrow => "`->`",
        Rule::colon => "`:`",
        Rule::comma => "`,`",
        Rule::dot => "`.`",
        Rule::round_open | Rule::args | Rule::params | Rule::call_args => "`(`",
        Rule::round_close => "`)`",
        Rule::square_open | Rule::alternatives | Rule::list => "`[`",
        Rule::square_close => "`]`",
        Rule::curly_open
        | Rule::body
        | Rule::clauses
        | Rule::settings
        | Rule::retry_body
        | Rule::record
        | Rule::rec_type
        | Rule::tagged => "`{`",
        Rule::curly_close => "`}`",
        Rule::angle_open => "`<`",
        Rule::angle_close => "`>`",
        Rule::pipe => "`|`",
        Rule::optional | Rule::rec_optional => "`?`",
        Rule::mock_step => "`returns`, `fails`, `approves`, `retries`, `skips` or `never answers`",
        Rule::formula => "`never (…)`, `… requires …` or `… leads to …`",
        _ => return None,
    })
}

/// The words that a rule stands for.
fn words(rule: Rule) -> Vec<&'static str> {
    match rule {
        Rule::effect => vec!["none", "reads", "writes", "irreversible"],
        Rule::output_form => vec!["json", "text", "lines", "status", "response"],
        Rule::strategy => vec!["least_busy", "round_robin", "first_available"],
        Rule::overlap => vec!["skip", "queue", "allow"],
        Rule::missed => vec!["skip", "once", "all"],
        Rule::level => vec!["low", "normal", "high", "critical"],
        Rule::failure_word => vec!["skip", "fail"],
        Rule::failure_ask => vec!["ask"],
        Rule::failure_use | Rule::use_arm | Rule::use_word => vec!["use"],
        Rule::skip_arm => vec!["skip"],
        Rule::once | Rule::times => vec!["once", "twice"],
        Rule::takes => vec!["takes"],
        Rule::mock_step => vec!["takes", "returns", "fails", "approves", "retries", "skips", "never"],
        Rule::statement_here => [STATEMENT_WORDS.as_slice(), &["timeout", "budget", "parallel", "lock"]].concat(),
        Rule::clause_here => CLAUSES.iter().filter_map(|rule| keyword(*rule)).collect(),
        Rule::test_here => vec!["run", "mock", "expect", "let", "replay", "crash"],
        Rule::setting | Rule::s_other | Rule::setting_word => vec!["action"],
        Rule::approves => vec!["approves"],
        Rule::retries => vec!["retries"],
        Rule::skips => vec!["skips"],
        _ => keyword(rule).into_iter().collect(),
    }
}

/// The word of a keyword rule.
fn keyword(rule: Rule) -> Option<&'static str> {
    KEYWORDS.iter().find(|(known, _)| *known == rule).map(|(_, word)| word.as_str())
}

/// Each keyword rule with its word: the rules are named for their words.
static KEYWORDS: std::sync::LazyLock<Vec<(Rule, String)>> = std::sync::LazyLock::new(|| {
    let name = |rule: &Rule| format!("{rule:?}").strip_prefix("k_").map(|word| (*rule, word.to_owned()));
    Rule::all_rules().iter().filter_map(name).collect()
});
