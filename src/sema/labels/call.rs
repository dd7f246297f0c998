//! Calls: whether the arguments may go there, and what comes back.

use std::ptr;
use std::sync::Arc;

use crate::diag::Code;
use crate::sema::hir::{self, ArmBody, Body, Call, Param, Target, WorkflowId};
use crate::sema::labels::flow::{Flows, param_type, refuses};
use crate::sema::labels::instance::{Caller, Decided, Request};
use crate::sema::labels::lattice::{either, is_dirty, not_approved};
use crate::sema::labels::report;
use crate::sema::labels::shown;
use crate::sema::labels::trace::Cursor;
use crate::value::expr::Expr;
use crate::value::types::{Field, Kind, Labels, Type};

/// Rounds after which labels no longer change; each adds one.
const ROUNDS_MAX: usize = 32;

impl<'a> Flows<'a> {
    /// A call: judges its arguments and gives the type of its result.
    pub fn call(&mut self, caller: Caller<'a>) -> Type {
        let (args, result) = self.settled(caller);
        if !self.wanted.borrow().is_empty() {
            return result;
        }
        let call = caller.call;
        match &call.target {
            Target::Action(agent, action) | Target::Bound { interface: agent, action, .. } => {
                let Some(action) = self.action(*agent, *action) else { return result };
                self.arguments(caller, &action.params, &args);
                for own in self.carriers(&call.target, action) {
                    self.settings(caller, action, own, &args);
                    self.tools(caller, own, &args);
                }
                self.effects(caller, action);
            }
            Target::Workflow(id) => {
                let of = &self.program.workflows[id.index()];
                if !of.inline {
                    self.arguments(caller, &of.params, &args);
                }
            }
            Target::Ask(_) | Target::Wait(_) | Target::Event(_) => {}
        }
        result
    }

    /// The types of the arguments of a call and of its result, after as many rounds as it takes until nothing changes.
    pub fn settled(&self, caller: Caller<'a>) -> (Vec<Type>, Type) {
        let instance = &self.instances[caller.instance];
        let mut scope = instance.scope_of_call(caller.stage, caller.call);
        let mut args: Vec<Type> = caller.call.args.iter().map(|arg| scope.of(arg)).collect();
        let mut result = self.given(caller, &args);
        let Some(repeat) = &caller.call.repeat else { return (args, result) };
        for _ in 0..ROUNDS_MAX {
            scope.result = Some(result.clone());
            let mut next = args.clone();
            for (place, value) in &repeat.with {
                let value = scope.of(value);
                if let Some(slot) = next.get_mut(*place) {
                    *slot = either(slot, &value);
                }
            }
            if next == args || !self.wanted.borrow().is_empty() {
                return (args, result);
            }
            args = next;
            result = self.given(caller, &args);
        }
        let worst = |ty: &Type| ty.without_approved().with_labels(Labels::UNTRUSTED);
        (args.iter().map(worst).collect(), worst(&result))
    }

    /// What a call with these arguments gives.
    fn given(&self, caller: Caller<'a>, args: &[Type]) -> Type {
        let call = caller.call;
        match &call.target {
            Target::Action(agent, action) | Target::Bound { interface: agent, action, .. } => {
                match self.action(*agent, *action) {
                    Some(action) => self.action_result(&call.target, action, args),
                    None => call.result.without_labels(),
                }
            }
            Target::Workflow(id) => {
                let of = &self.program.workflows[id.index()];
                match self.instance_of(self.request(caller, *id, args)) {
                    // One that is not done calls itself: that is reported elsewhere.
                    Ok(known) => self.instances[known].result.clone().unwrap_or_else(|| of.result.clone()),
                    Err(request) => {
                        self.wanted.borrow_mut().push(request);
                        of.result.clone()
                    }
                }
            }
            Target::Ask(ask) => match &ask.approves {
                Some(approval) => {
                    let instance = &self.instances[caller.instance];
                    let mut scope = instance.scope_of_call(caller.stage, caller.call);
                    approved(&scope.of(&approval.value), &shown::texts(instance.of, ask, &approval.value))
                }
                None => call.result.without_labels(),
            },
            Target::Wait(_) => Type::null(),
            Target::Event(_) => call.result.without_labels().with_labels(Labels::UNTRUSTED),
        }
    }

    fn request(&self, caller: Caller<'a>, id: WorkflowId, args: &[Type]) -> Request<'a> {
        let of = &self.program.workflows[id.index()];
        let params = of.params.iter().zip(args).map(|(param, arg)| param_type(&param.ty, Some(arg))).collect();
        let (decided, under) = (self.decided(caller, of), self.under(caller));
        Request { workflow: id.index(), params, decided, under, caller: Some(caller) }
    }

    /// The instance that a call with these arguments leads to.
    pub fn called_instance(&self, caller: Caller<'a>, id: WorkflowId, args: &[Type]) -> Option<usize> {
        self.instance_of(self.request(caller, id, args)).ok()
    }

    /// The untrusted data that decides whether a call is made: what decides its stage, and what picks its arm.
    pub fn under(&self, caller: Caller<'a>) -> Option<Decided<'a>> {
        let instance = &self.instances[caller.instance];
        let around = instance.under(caller.stage);
        let Body::Match(of) = &instance.of.stages[caller.stage].body else { return around };
        let is_call = |arm: &hir::Arm| matches!(&arm.body, ArmBody::Call(call) if std::ptr::eq(call, caller.call));
        around.or_else(|| {
            let read = instance.scope(None).reads(&of.subject).filter(|_| of.arms.iter().any(is_call))?;
            Some(Decided { instance: caller.instance, read, at: of.subject.span })
        })
    }

    /// By argument of a body in braces, whether untrusted data decided it: what is captured is not narrowed by that.
    fn decided(&self, caller: Caller<'a>, of: &hir::Workflow) -> Vec<bool> {
        if !of.inline {
            return vec![false; of.params.len()];
        }
        let mut scope = self.instances[caller.instance].scope_of_call(caller.stage, caller.call);
        caller.call.args.iter().map(|arg| scope.reads(arg).is_some() && !is_dirty(&scope.of(arg))).collect()
    }

    /// The action behind an id; nothing where its agent did not check.
    pub fn action(&self, agent: hir::AgentId, action: usize) -> Option<&'a hir::Action> {
        self.program.agents.get(agent.index())?.actions.get(action)
    }

    /// Those who may carry out a call: the action itself, or who stands for its interface or is a member of its pool.
    fn carriers(&self, target: &Target, action: &'a hir::Action) -> Vec<&'a hir::Action> {
        let (Target::Action(agent, _) | Target::Bound { interface: agent, .. }) = target else { return Vec::new() };
        let agents = &self.program.agents;
        let own = |agent: &'a hir::Agent| agent.actions.iter().find(|own| own.name == action.name);
        match agents.get(agent.index()).map(|agent| &agent.role) {
            Some(hir::Role::Pool(pool)) => {
                pool.members.iter().filter_map(|member| own(agents.get(member.index())?)).collect()
            }
            Some(hir::Role::Interface) => {
                let stands =
                    |of: &&hir::Agent| matches!(of.role, hir::Role::Agent(Some(interface)) if interface == *agent);
                agents.iter().filter(stands).filter_map(own).collect()
            }
            _ => vec![action],
        }
    }

    /// What an action gives: untrusted where that is declared, and all of it once an argument is, unless it endorses, or a tool of
    /// its model answers so.
    fn action_result(&self, target: &Target, action: &'a hir::Action, args: &[Type]) -> Type {
        let given = !action.endorses && args.iter().any(is_dirty);
        let by_tools =
            || self.carriers(target, action).into_iter().any(|own| self.dirty_models.contains(&ptr::from_ref(own)));
        action.result.with_labels(if given || by_tools() { Labels::UNTRUSTED } else { Labels::NONE })
    }

    fn arguments(&mut self, caller: Caller<'a>, params: &'a [Param], args: &[Type]) {
        for (place, (param, found)) in params.iter().zip(args).enumerate() {
            let Some(written) = caller.call.args.get(place) else { continue };
            if let Some(path) = not_approved(&param.ty, found) {
                let name = self.called(caller.call);
                self.report(report::not_approved(written.span, &name, param, &path));
            }
            if refuses(&param.ty, found) && !self.is_reported(Code::WF0604, written.span) {
                let from = self.argument_at(caller, place, written);
                let name = self.called(caller.call);
                let found = report::into_parameter(self, &from, &name, param);
                self.report(found);
            }
        }
    }

    /// Where the untrusted data of an argument stands: in the call, or in what `with` gives the next round.
    fn argument_at(&self, caller: Caller<'a>, place: usize, written: &'a Expr) -> Cursor<'a> {
        let cursor = |expr| Cursor::new(caller.instance, expr).of_stage(caller.stage);
        let mut scope = self.instances[caller.instance].scope_of_call(caller.stage, caller.call);
        if is_dirty(&scope.of(written)) {
            return cursor(written);
        }
        let repeat = caller.call.repeat.iter().flat_map(|repeat| &repeat.with);
        let next = repeat.filter(|(other, _)| *other == place).map(|(_, value)| value).next();
        cursor(next.unwrap_or(written))
    }

    /// The name of what is called, as a message says it.
    pub fn called(&self, call: &Call) -> String {
        match &call.target {
            Target::Action(agent, action) | Target::Bound { interface: agent, action, .. } => {
                match (self.program.agents.get(agent.index()), self.action(*agent, *action)) {
                    (Some(agent), Some(action)) => format!("{}.{}", agent.name, action.name),
                    _ => "the action".to_owned(),
                }
            }
            Target::Workflow(id) => self.program.workflows[id.index()].name.clone(),
            Target::Ask(_) => "ask".to_owned(),
            Target::Wait(_) => "wait".to_owned(),
            Target::Event(event) => event.name.clone(),
        }
    }
}

/// What a person has approved is believed and approved; the content of a file only if its whole text was shown, since a person sees
/// its name, size and hash otherwise. `texts` are the ways, from the value, to the files whose text was.
fn approved(value: &Type, texts: &[Vec<Arc<str>>]) -> Type {
    believed(value, &mut Vec::new(), texts).with_labels(Labels::APPROVED)
}

/// The type without labels in any part but files whose text nobody saw.
fn believed(ty: &Type, way: &mut Vec<Arc<str>>, texts: &[Vec<Arc<str>>]) -> Type {
    if matches!(ty.kind, Kind::File) && !texts.contains(way) {
        return ty.clone();
    }
    let mut cleared = match &ty.kind {
        Kind::Record(fields) => {
            let inner = fields.iter().map(|(name, field)| {
                way.push(name.clone());
                let ty = believed(&field.ty, way, texts);
                way.pop();
                (name.clone(), Field { ty, optional: field.optional })
            });
            Type { kind: Kind::Record(Arc::new(inner.collect())), ..ty.clone() }
        }
        // Those in a list are not shown one by one.
        Kind::List(_) | Kind::Map(_) => ty.map_parts(&mut |part| believed(part, way, &[])),
        _ => ty.map_parts(&mut |part| believed(part, way, texts)),
    };
    cleared.labels = Labels::NONE;
    cleared
}
