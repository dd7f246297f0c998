//! Amounts for people: numbers, formulas, or why there is no bound.

use crate::base::source::Sources;
use crate::base::span::Span;
use crate::base::unit;
use crate::cli::words::{at_most, grouped, money};
use crate::plan::Plan;
use crate::plan::bounds::{Amount, Bounds};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Time,
    /// Millionths of a dollar.
    Money,
    /// Tokens.
    Tokens,
    /// Anything.
    Count,
}

impl Unit {
    fn text(self, number: i64) -> String {
        match self {
            Self::Time => at_most(number),
            Self::Money if number == 0 => unit::format_money(0),
            Self::Money => money(number),
            Self::Tokens => format!("{}tok", grouped(number)),
            Self::Count => grouped(number),
        }
    }
}

/// How the sizes in formulas are called: by the stage that goes through the list.
pub struct Sizes {
    names: Vec<String>,
    sources: Sources,
}

impl Sizes {
    /// Those of a plan.
    pub fn of(plan: &Plan, bounds: &Bounds) -> Self {
        let name = |size: &crate::plan::bounds::Size| {
            let workflow = &plan.workflows[size.workflow.index()];
            let stage = workflow.stages[size.stage.index()].name.clone();
            if size.workflow.index() == 0 { stage } else { format!("{}.{stage}", workflow.name) }
        };
        Self { names: bounds.sizes.iter().map(name).collect(), sources: plan.sources() }
    }

    /// The name of a size.
    pub fn name(&self, size: u32) -> &str {
        self.names.get(size as usize).map_or("?", String::as_str)
    }

    /// `ship.wf:12`.
    pub fn place(&self, span: Span) -> String {
        let file = self.sources.get(span.file);
        format!("{}:{}", file.path, file.place(span.start).line)
    }

    /// The number, or the formula: `2m + 4m × files`; nothing where there is no end.
    pub fn formula(&self, amount: &Amount, unit: Unit) -> Option<String> {
        let Amount::Sum(terms) = amount else { return None };
        let term = |(sizes, by): (&Vec<u32>, &i64)| {
            let names = sizes.iter().map(|size| self.name(*size).to_owned());
            let once = unit == Unit::Count && *by == 1 && !sizes.is_empty();
            let by = (!once).then(|| unit.text(*by));
            by.into_iter().chain(names).collect::<Vec<_>>().join(" × ")
        };
        let all: Vec<String> = terms.iter().map(term).collect();
        Some(if all.is_empty() { unit.text(0) } else { all.join(" + ") })
    }

    /// `at most 2m`, `no bound: it has no \`timeout\` (ship.wf:3)`.
    pub fn bound(&self, amount: &Amount, unit: Unit) -> String {
        match (self.formula(amount, unit), amount) {
            (Some(formula), _) => format!("at most {formula}"),
            (None, Amount::Endless(cause)) => format!("no bound: {} ({})", cause.why, self.place(cause.span)),
            (None, Amount::Sum(_)) => String::new(),
        }
    }
}
