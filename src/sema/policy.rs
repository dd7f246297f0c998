//! Retry policies: what is written, and which classes it retries for one call.

use crate::base::span::Span;
use crate::sema::constant::value_of;
use crate::sema::context::Context;
use crate::sema::errors::{names, policies as errors};
use crate::sema::expr::{Body, Secrets, Want};
use crate::sema::items::Def;
use crate::sema::scope::{Frame, FrameKind};
use crate::sema::signature::Signature;
use crate::syntax::ast::{self, Arg, ExprKind, Name, Path, RetryBody, RetryUse};
use crate::value::Value;
use crate::value::policy::{Backoff, CLASSES, DEFAULT_RETRY_CLASSES, Effects, Retry, UNKNOWN_OUTCOME_CLASSES};
use crate::value::types::Type;

/// Attempts at most.
const ATTEMPTS_MAX: i64 = 1_000;

/// A policy, before it is known what it is used for.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    /// Attempts in all.
    pub attempts: u32,
    /// Pauses.
    pub backoff: Backoff,
    /// The classes as written; nothing for the default.
    pub on: Option<Vec<(String, Span)>>,
    /// Classes that are left out.
    pub not_on: Vec<String>,
}

/// Something about calls of workflows that is judged when all effects are known.
#[derive(Debug, Clone)]
pub(super) struct Deferred {
    /// What is judged.
    pub judged: Judged,
    /// Which workflows are called.
    pub workflows: Vec<usize>,
    /// The clause, or the call.
    pub at: Span,
}

/// What depends on the effects inside a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// It is started again.
    Retry,
    /// It is an alternative of a race.
    Race,
    /// Its result is kept.
    Cache,
    /// It is undone; what else the stage does.
    Undo(Effects),
}

/// Reads every declared policy, used or not.
pub(super) fn check_items(ctx: &mut Context<'_>) {
    let raised = all_raised(ctx);
    for index in 0..ctx.items.retries.len() {
        let of = ctx.items.retries[index];
        let policy = read(ctx, of.module, &of.item.body);
        // In a policy `default` stands for the classes of one without `on`.
        let known =
            |class: &str| class == "default" || CLASSES.contains(&class) || raised.iter().any(|raised| raised == class);
        for (class, span) in policy.on.iter().flatten() {
            if !known(class) {
                ctx.report(unknown_class(class, *span, &raised));
            }
        }
        for class in of.item.body.not_on.iter().flatten().filter(|class| !known(&class.text)) {
            ctx.report(unknown_class(&class.text, class.span, &raised));
        }
        ctx.policies.push(Policy { on: policy.on.map(|on| only(on, known)), ..policy });
    }
}

fn only(on: Vec<(String, Span)>, known: impl Fn(&str) -> bool) -> Vec<(String, Span)> {
    on.into_iter().filter(|(class, _)| known(class)).collect()
}

fn all_raised(ctx: &Context<'_>) -> Vec<String> {
    let actions = ctx.agents.iter().flatten().flat_map(|agent| agent.actions.values());
    actions.flat_map(|action| action.raises.iter().cloned()).collect()
}

pub(super) fn unknown_class(class: &str, at: Span, raised: &[String]) -> crate::diag::Diagnostic {
    let mut legal: Vec<&str> = CLASSES.iter().copied().filter(|class| *class != "cancelled").collect();
    let own: Vec<&str> = raised.iter().map(String::as_str).collect();
    legal.extend(&own);
    names::unknown_class(class, at, &legal, &own)
}

/// Reads a policy; what is wrong with it is reported, classes apart.
fn read(ctx: &mut Context<'_>, module: usize, body: &RetryBody) -> Policy {
    let mut place = Body::new(ctx, module, Frame::new(FrameKind::Constant));
    place.secrets = Secrets::Forbidden("a policy");
    let attempts = match &body.attempts {
        Some(attempts) => place.count(attempts, "attempts", 1, ATTEMPTS_MAX),
        None => {
            place.report(errors::no_attempts(body.span));
            None
        }
    };
    let backoff = body.backoff.as_ref().map_or_else(Backoff::default, |written| place.backoff(written));
    for class in body.on.iter().chain(&body.not_on).flatten() {
        if class.text == "cancelled" {
            place.report(errors::class_of_nobody(&class.text, class.span));
        }
    }
    let named = |list: &[Name]| -> Vec<(String, Span)> {
        let kept = list.iter().filter(|class| class.text != "cancelled");
        kept.map(|class| (class.text.clone(), class.span)).collect()
    };
    let on = body.on.as_deref().map(named);
    let not_on = body.not_on.as_deref().map_or_else(Vec::new, named).into_iter().map(|(class, _)| class).collect();
    Policy { attempts: attempts.and_then(|count| u32::try_from(count).ok()).unwrap_or(1), backoff, on, not_on }
}

impl Body<'_, '_> {
    /// `backoff fixed(…)` and its kin.
    fn backoff(&mut self, written: &ast::Expr) -> Backoff {
        let ExprKind::Call(callee, args) = &written.kind else {
            self.report(errors::backoff_form(written.span));
            return Backoff::default();
        };
        let ExprKind::Name(name) = &callee.kind else {
            self.report(errors::backoff_form(written.span));
            return Backoff::default();
        };
        let legal: &[&str] = match name.as_str() {
            "fixed" => &["delay"],
            "linear" => &["delay", "max"],
            "exponential" => &["delay", "factor", "max", "jitter"],
            other => {
                self.report(errors::unknown_backoff(other, callee.span));
                return Backoff::default();
            }
        };
        let delay = self.backoff_duration(args, 0, "delay", written.span, name);
        let found = Backoff::default();
        self.check_backoff_names(args, legal, name);
        match (name.as_str(), delay) {
            (_, None) => found,
            ("fixed", Some(delay)) => Backoff::Fixed { delay },
            ("linear", Some(delay)) => {
                let max = self.backoff_named_duration(args, "max");
                if max.is_none() && !has(args, "max") {
                    self.report(errors::backoff_max(written.span));
                }
                Backoff::Linear { delay, max: self.ordered(args, delay, max.unwrap_or(delay)) }
            }
            (_, Some(delay)) => self.exponential(args, delay),
        }
    }

    fn exponential(&mut self, args: &[Arg], delay: i64) -> Backoff {
        const FACTOR_MAX: f64 = 100.0;
        let max = self.backoff_named_duration(args, "max");
        let max = self.ordered(args, delay, max.unwrap_or_else(|| delay.max(60_000)));
        let factor = match named(args, "factor") {
            Some(arg) => {
                let want = Want::new(Type::float(), "`factor`");
                let found = self.check(&arg.value, &want);
                match value_of(&found) {
                    Some(Value::Float(factor)) if (1.0..=FACTOR_MAX).contains(&factor) => factor,
                    Some(Value::Float(_)) => {
                        self.report(errors::backoff_factor(arg.value.span));
                        2.0
                    }
                    _ => 2.0,
                }
            }
            None => 2.0,
        };
        let jitter = match named(args, "jitter") {
            Some(arg) => {
                let found = self.check(&arg.value, &Want::new(Type::bool(), "`jitter`"));
                !matches!(value_of(&found), Some(Value::Bool(false)))
            }
            None => true,
        };
        Backoff::Exponential { delay, factor, max, jitter }
    }

    /// The first pause is the shortest.
    fn ordered(&mut self, args: &[Arg], delay: i64, max: i64) -> i64 {
        if max < delay
            && let Some(arg) = named(args, "max")
        {
            self.report(errors::backoff_order(arg.span));
            return delay;
        }
        max
    }

    fn check_backoff_names(&mut self, args: &[Arg], legal: &[&str], name: &str) {
        for arg in args {
            if let Some(written) = &arg.name
                && !legal.contains(&written.text.as_str())
            {
                let found = names::unknown_argument_of_builtin(name, &written.text, written.span, legal);
                self.report(found);
            }
        }
        let positional = args.iter().filter(|arg| arg.name.is_none());
        if let Some(second) = positional.clone().nth(1) {
            self.report(errors::backoff_unnamed(second.span, legal));
        }
    }

    fn backoff_duration(&mut self, args: &[Arg], at: usize, name: &str, span: Span, of: &str) -> Option<i64> {
        let arg = args.get(at).filter(|arg| arg.name.is_none()).or_else(|| named(args, name));
        match arg {
            Some(arg) => self.duration(&arg.value, of),
            None => {
                self.report(errors::backoff_delay(span, of));
                None
            }
        }
    }

    fn backoff_named_duration(&mut self, args: &[Arg], name: &str) -> Option<i64> {
        self.duration(&named(args, name)?.value, name)
    }

    /// The policy of one call: what is retried, and whether that is safe.
    pub fn retry(&mut self, module: usize, written: &RetryUse, at: Span, callee: &Signature) -> Option<Retry> {
        let (policy, checked) = match written {
            RetryUse::Named(path) => (self.named_policy(module, path)?, true),
            RetryUse::Inline(body) => (read(self.ctx, module, body), false),
        };
        let written = policy.on.clone().unwrap_or_else(|| vec![("default".to_owned(), at)]);
        let mut on = Vec::new();
        let mut unsafe_ones = Vec::new();
        for (class, span) in &written {
            let open = !callee.repeats_after_unknown() && UNKNOWN_OUTCOME_CLASSES.contains(&class.as_str());
            if class == "default" {
                on.extend(defaults(callee));
            } else if open && !policy.not_on.contains(class) {
                unsafe_ones.push((class.clone(), *span));
            } else if self.class_fits(class, *span, at, callee, checked) {
                on.push(class.clone());
            }
        }
        if !unsafe_ones.is_empty() {
            self.report(errors::repeats_a_write(&unsafe_ones, &written, at, callee));
        }
        on.retain(|class| !policy.not_on.contains(class));
        let mut seen = std::collections::HashSet::new();
        on.retain(|class| seen.insert(class.clone()));
        Some(Retry { attempts: policy.attempts, backoff: policy.backoff, on })
    }

    fn named_policy(&mut self, module: usize, path: &Path) -> Option<Policy> {
        let (module, name) = match path.parts.as_slice() {
            [name] => (module, name),
            [file, name] => match self.ctx.item(module, &file.text)?.def {
                Def::Module(other) => (other, name),
                _ => return self.no_policy(module, &file.text, path.span),
            },
            _ => return self.no_policy(module, "this", path.span),
        };
        match self.ctx.item(module, &name.text).map(|entry| (entry.def, entry.span)) {
            Some((Def::Retry(index), _)) => self.ctx.policies.get(index).cloned(),
            Some((Def::Broken, _)) => None,
            Some((def, declared)) => {
                let found = names::wrong_sort(&name.text, name.span, def.noun(), Some(declared), "a retry policy");
                self.report(found);
                None
            }
            None => self.no_policy(module, &name.text, name.span),
        }
    }

    fn no_policy(&mut self, module: usize, name: &str, at: Span) -> Option<Policy> {
        if let Some(other) = crate::sema::lookup::elsewhere(self.ctx, module, name) {
            self.report(names::not_imported(crate::diag::Code::WF0102, name, at, other));
            return None;
        }
        let scope = &self.ctx.items.scopes[module];
        let legal: Vec<names::Near> = scope
            .iter()
            .filter(|(_, entry)| matches!(entry.def, Def::Retry(_)))
            .map(|(name, entry)| names::Near { name: name.clone(), span: Some(entry.span), noun: "a retry policy" })
            .collect();
        let near: Vec<&str> = legal.iter().map(|near| near.name.as_str()).collect();
        let near = crate::base::nearest::nearest(name, &near).map(str::to_owned);
        self.report(names::unknown(name, at, &legal));
        near.and_then(|near| self.ctx.item(module, &near));
        None
    }

    /// Whether an action can fail with a class; if not it is reported.
    fn class_fits(&mut self, class: &str, span: Span, at: Span, callee: &Signature, checked: bool) -> bool {
        if CLASSES.contains(&class) || callee.raises.iter().any(|raised| raised == class) {
            return true;
        }
        let found = match checked {
            true => names::class_not_raised(class, at, &callee.name, callee.span).related(span, "the class"),
            false => unknown_class(class, span, &callee.raises),
        };
        self.report(found);
        false
    }
}

fn defaults(callee: &Signature) -> impl Iterator<Item = String> {
    let repeats = callee.repeats_after_unknown();
    let allowed = move |class: &&str| repeats || !UNKNOWN_OUTCOME_CLASSES.contains(class);
    DEFAULT_RETRY_CLASSES.into_iter().filter(allowed).map(str::to_owned)
}

fn named<'a>(args: &'a [Arg], name: &str) -> Option<&'a Arg> {
    args.iter().find(|arg| arg.name.as_ref().is_some_and(|written| written.text == name))
}

fn has(args: &[Arg], name: &str) -> bool {
    named(args, name).is_some()
}

/// The shortest time that all pauses of a policy take together, milliseconds.
pub(super) fn least_pauses(retry: &Retry) -> i64 {
    (1..retry.attempts).fold(0i64, |sum, failures| sum.saturating_add(retry.backoff.delay_ms(failures, 0)))
}
