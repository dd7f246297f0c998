//! `first of …` and `any N of …`: several calls at once, of which one or a few count.

use std::collections::HashMap;

use crate::base::span::Span;
use crate::sema::clause::Clauses;
use crate::sema::context::word;
use crate::sema::errors::{names, races as errors};
use crate::sema::expr::Body;
use crate::sema::hir::{self, Alternative, RaceKind, Target};
use crate::sema::pattern::join_or_clash;
use crate::sema::policy::{Deferred, Judged};
use crate::sema::stage::leaf::Called;
use crate::sema::stage::limit::{Around, Limit};
use crate::sema::stage::wait::known_wait;
use crate::sema::stage::{Callees, Made};
use crate::syntax::ast::{self, Leaf};
use crate::value::operator::needs_widening;
use crate::value::policy::Effects;
use crate::value::types::{Field, Type};

impl<'a> Body<'_, 'a> {
    /// The first success.
    pub(super) fn first_of(&mut self, race: &'a ast::FirstOf, clauses: &Clauses<'a>, deadline: Option<Limit>) -> Made {
        let kind = if race.tagged { RaceKind::Tagged } else { RaceKind::First };
        let least = word(race.span, "first");
        self.race(kind, &race.alternatives, least, race.span, clauses, deadline)
    }

    /// The first few successes.
    pub(super) fn any_of(&mut self, race: &'a ast::AnyOf, clauses: &Clauses<'a>, deadline: Option<Limit>) -> Made {
        let most = i64::try_from(race.alternatives.len()).unwrap_or(i64::MAX);
        let (count, at) = (race.count.value, race.count.span);
        if count < 1 || count > most {
            self.report(errors::count_of_alternatives(at, most));
        }
        let kind = RaceKind::Any(u32::try_from(count.clamp(1, most.max(1))).unwrap_or(1));
        self.race(kind, &race.alternatives, at, race.span, clauses, deadline)
    }

    fn race(
        &mut self,
        kind: RaceKind,
        written: &'a [ast::Alternative],
        at: Span,
        span: Span,
        clauses: &Clauses<'a>,
        deadline: Option<Limit>,
    ) -> Made {
        self.check_no_call(clauses, "race");
        self.check_tags(written);
        if written.is_empty() && !matches!(kind, RaceKind::Any(_)) {
            self.report(errors::no_alternatives(at));
        }
        let called = self.alternatives(kind, written, deadline);
        let mut callees = Callees::default();
        let mut effects = Some(Effects::None);
        let mut alternatives = Vec::new();
        for (one, called) in written.iter().zip(called) {
            let Some(called) = called else {
                (effects, callees.workflow) = (None, true);
                continue;
            };
            callees.add(called.callees());
            effects = called.effects().and_then(|of| effects.map(|effects| effects.max(of)));
            self.check_harmless(&called);
            let tag = one.tag.as_ref().map(|tag| tag.text.clone());
            alternatives.push(Alternative { tag, call: called.call });
        }
        let whole = alternatives.len() == written.len() && !written.is_empty();
        let ty = if whole { self.race_type(kind, &alternatives) } else { Type::unknown() };
        let body = hir::Body::Race(hir::Race { kind, alternatives, span });
        Made { body, ty, effects, absences: Vec::new(), callees, inside: None }
    }

    /// Waits come first: one of known length bounds what stands beside it.
    fn alternatives(
        &mut self,
        kind: RaceKind,
        written: &'a [ast::Alternative],
        deadline: Option<Limit>,
    ) -> Vec<Option<Called>> {
        let mut called: Vec<Option<Called>> = Vec::new();
        called.resize_with(written.len(), || None);
        let mut beside_wait = false;
        for waits in [true, false] {
            for (place, one) in written.iter().enumerate() {
                if matches!(one.leaf, Leaf::Wait(_)) != waits {
                    continue;
                }
                let clauses = Clauses::gather(&one.clauses.list);
                let own = self.deadline(&clauses, deadline);
                let around = Around { deadline: own.or(deadline), beside_wait };
                let found = self.leaf(&one.leaf, &clauses, around).ok();
                called[place] = found
                    .map(|found| Called { call: hir::Call { deadline: own.map(|(ms, _)| ms), ..found.call }, ..found });
            }
            let known = |one: &Called| matches!(&one.call.target, Target::Wait(of) if known_wait(of).is_some());
            beside_wait = !matches!(kind, RaceKind::Any(_)) && called.iter().flatten().any(known);
        }
        called
    }

    fn check_tags(&mut self, written: &'a [ast::Alternative]) {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for tag in written.iter().filter_map(|one| one.tag.as_ref()) {
            match seen.get(tag.text.as_str()) {
                Some(first) => self.report(names::tag_twice(&tag.text, tag.span, *first)),
                None => drop(seen.insert(&tag.text, tag.span)),
            }
        }
    }

    /// What loses a race is cut off: it may have done anything by then, or nothing.
    fn check_harmless(&mut self, called: &Called) {
        match (&called.call.target, &called.signature) {
            (Target::Action(_, _) | Target::Bound { .. }, Some(signature)) if signature.effects > Effects::Reads => {
                self.report(errors::effect_in_race(called.call.span, signature));
            }
            (Target::Workflow(id), _) => {
                let at = called.call.span;
                self.ctx.deferred.push(Deferred { judged: Judged::Race, workflows: vec![id.index()], at });
            }
            _ => {}
        }
    }

    fn race_type(&mut self, kind: RaceKind, alternatives: &[Alternative]) -> Type {
        if kind == RaceKind::Tagged {
            let record = |one: &Alternative| {
                let won = Type::literal(one.tag.as_deref().unwrap_or_default());
                Type::record([("won", Field::required(won)), ("value", Field::required(one.call.result.clone()))])
            };
            // Tags that stand twice are reported.
            return Type::union(alternatives.iter().map(record).collect()).unwrap_or_else(|_| Type::unknown());
        }
        let types: Vec<Type> = alternatives.iter().map(|one| one.call.result.clone()).collect();
        let ty = match join_or_clash(&types) {
            Ok(ty) => ty,
            Err(clash) => {
                let tags = kind == RaceKind::First;
                let at = |place: usize| (&types[place], alternatives[place].call.span);
                self.report(errors::alternatives_differ(at(0), at(clash), tags));
                return Type::unknown();
            }
        };
        for one in alternatives {
            if needs_widening(&one.call.result, &ty) {
                self.report(errors::alternative_not_widened(&one.call.result, &ty, one.call.span));
            }
        }
        match kind {
            RaceKind::Any(_) => Type::list(ty),
            RaceKind::First | RaceKind::Tagged => ty,
        }
    }
}
