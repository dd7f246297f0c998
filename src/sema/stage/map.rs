//! `for item in list => …`: one call for each element.

use crate::sema::agent::PARALLEL_MAX;
use crate::sema::clause::Clauses;
use crate::sema::context::word;
use crate::sema::errors::{graph, policies as errors};
use crate::sema::expr::Body;
use crate::sema::hir::{self, StageId};
use crate::sema::scope::Binding;
use crate::sema::stage::limit::Around;
use crate::sema::stage::undo::workflow_of;
use crate::sema::stage::{Callees, Made, skipping};
use crate::syntax::ast::{self, MapBody, Need};
use crate::value::expr::Var;
use crate::value::types::Type;

/// Elements at most.
const ELEMENTS_MAX: i64 = 1_000_000;

impl<'a> Body<'_, 'a> {
    /// A map.
    pub(super) fn map(
        &mut self,
        map: &'a ast::Map,
        stage: &'a ast::Stage,
        id: StageId,
        clauses: &Clauses<'a>,
        around: Around,
    ) -> Made {
        let (source, item) = self.source(&map.source);
        let up_to = map.up_to.as_ref().and_then(|count| self.count(count, "up to", 1, ELEMENTS_MAX));
        let parallel = clauses.parallel.and_then(|(count, _)| self.count(count, "parallel", 1, PARALLEL_MAX));
        let need = self.need(clauses, up_to);
        self.frame_mut().elements.insert(id.0, item.clone());
        self.check_free(&map.item);
        self.frame_mut().open(Binding::given(&map.item.text, map.item.span, Var::Item, item.clone()));
        let called = self.each_element(map, stage, clauses, around);
        let (call, effects, callees, unknown) = match called {
            Ok((call, effects, callees)) => (Some(call), effects, callees, None),
            Err(made) => (None, None, Callees { workflow: true, ..Callees::default() }, Some(made)),
        };
        let result = call.as_ref().map_or_else(Type::unknown, |call| call.result.clone());
        let inside = Some(self.inside(stage, clauses, &result, &callees));
        self.frame_mut().close();
        let Some(call) = call else {
            let made = unknown.expect("a call that is not there is unknown");
            return Made { ty: Type::list(Type::unknown()), inside, ..made };
        };
        let element = if skipping(clauses).is_some() { result.optional() } else { result };
        let body = hir::Map {
            source,
            item,
            up_to: up_to.and_then(|count| u64::try_from(count).ok()),
            call,
            parallel: parallel.and_then(|count| u32::try_from(count).ok()),
            need,
        };
        Made {
            body: hir::Body::Map(Box::new(body)),
            ty: Type::list(element),
            effects,
            absences: Vec::new(),
            callees,
            inside,
        }
    }

    fn each_element(
        &mut self,
        map: &'a ast::Map,
        stage: &'a ast::Stage,
        clauses: &Clauses<'a>,
        around: Around,
    ) -> Result<(hir::Call, Option<crate::value::policy::Effects>, Callees), Made> {
        match &map.body {
            MapBody::Leaf(leaf) => {
                if let ast::Leaf::Wait(wait) = leaf {
                    let at = word(wait.span, "wait");
                    self.report(graph::misplaced("wait", at, "waits once, not for each element"));
                }
                let called = self.leaf(leaf, clauses, around)?;
                let (effects, callees) = (called.effects(), called.callees());
                Ok((called.call, effects, callees))
            }
            MapBody::Inline(block) => {
                let call = self.inline(block, stage.name.text.clone(), clauses, around);
                let workflows = workflow_of(&call).into_iter().collect();
                Ok((call, None, Callees { workflow: true, workflows, ..Callees::default() }))
            }
        }
    }

    fn need(&mut self, clauses: &Clauses<'a>, up_to: Option<i64>) -> Option<hir::Need> {
        let (need, at) = clauses.need?;
        if skipping(clauses).is_none() {
            self.report(errors::need_without_skip(at));
        }
        match *need {
            Need::Percent(share @ 1..=100) => Some(hir::Need::Percent(u64::try_from(share).ok()?)),
            Need::Percent(_) => {
                self.report(errors::need_range(at, "between 1% and 100%"));
                None
            }
            Need::Count(count) if count < 1 => {
                self.report(errors::need_range(at, "1 or more"));
                None
            }
            Need::Count(count) if up_to.is_some_and(|most| count > most) => {
                self.report(errors::need_past_bound(at, count, up_to.unwrap_or_default()));
                None
            }
            Need::Count(count) => Some(hir::Need::Count(u64::try_from(count).ok()?)),
        }
    }
}
