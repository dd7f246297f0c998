//! Calls of actions and workflows: who is called, with which arguments.

use std::rc::Rc;

use crate::base::span::Span;
use crate::sema::credential;
use crate::sema::errors::{labels, names as errors, people, types as type_errors};
use crate::sema::expr::{Body, Secrets, Typed, Want, literal, literal_text};
use crate::sema::hir::{AgentArg, AgentId, Target, WorkflowId};
use crate::sema::items::{Def, Entry};
use crate::sema::scope::Bound;
use crate::sema::signature::{Parameter, Signature};
use crate::syntax::ast::{self, Arg, Name, Path};
use crate::value::Value;
use crate::value::builtin::Builtin;
use crate::value::expr::{Expr, ExprKind};
use crate::value::types::Kind;

/// Who is called.
pub(super) struct Callee {
    /// What the plan calls.
    pub target: Target,
    /// How it is called.
    pub signature: Rc<Signature>,
}

impl<'a> Body<'_, 'a> {
    /// Finds who is called; reports what is wrong with the path.
    pub fn callee(&mut self, path: &Path) -> Option<Callee> {
        match path.parts.as_slice() {
            [name] => self.callee_in(self.module, name, false),
            [first, second] => {
                if let Some(bound) = self.agent_parameter(&first.text, first.span) {
                    return self.bound_action(bound, second);
                }
                match self.ctx.item(self.module, &first.text).map(|entry| entry.def) {
                    Some(Def::Module(module)) => self.callee_in(module, second, true),
                    Some(Def::Agent(agent) | Def::Pool(agent)) => self.action(agent, second),
                    Some(Def::Interface(_)) => self.nobody_is(first, second),
                    Some(Def::Broken) => None,
                    Some(def) => self.not_an_agent(&first.text, first.span, def.noun()),
                    None => self.unknown_agent(first),
                }
            }
            [file, agent, action] => match self.ctx.item(self.module, &file.text).map(|entry| entry.def) {
                Some(Def::Module(module)) => match self.ctx.item_of(module, &agent.text).map(|entry| entry.def) {
                    Some(Def::Agent(agent) | Def::Pool(agent)) => self.action(agent, action),
                    Some(Def::Interface(_)) => self.nobody_is(agent, action),
                    Some(Def::Broken) => None,
                    Some(def) => self.not_an_agent(&agent.text, agent.span, def.noun()),
                    None => self.unknown_in(module, agent),
                },
                Some(Def::Broken) => None,
                Some(def) => self.not_an_agent(&file.text, file.span, def.noun()),
                None => self.unknown_agent(file),
            },
            _ => self.unknown_agent(path.parts.first()?),
        }
    }

    /// The agent parameter that a name stands for; it counts as used.
    pub fn agent_parameter(&mut self, name: &str, span: Span) -> Option<Bound> {
        let (frame, place) = self.find(name)?;
        let bound = self.frames[frame].binding(place).agent?;
        self.frames[frame].binding_mut(place).mention(span);
        Some(bound)
    }

    /// An action of whoever will be bound.
    fn bound_action(&mut self, bound: Bound, name: &Name) -> Option<Callee> {
        let Callee { target, signature } = self.action(bound.interface, name)?;
        let target = match target {
            Target::Action(interface, action) => Target::Bound { param: bound.param, interface, action },
            other => other,
        };
        Some(Callee { target, signature })
    }

    fn nobody_is(&mut self, interface: &Name, action: &Name) -> Option<Callee> {
        self.report(errors::call_of_interface(&interface.text, interface.span, &action.text));
        None
    }

    fn callee_in(&mut self, module: usize, name: &Name, of_file: bool) -> Option<Callee> {
        let entry = if of_file { self.ctx.item_of(module, &name.text) } else { self.ctx.item(module, &name.text) };
        match entry.map(|entry| (entry.def, entry.span)) {
            Some((Def::Workflow(index), _)) => {
                let signature = self.ctx.workflows.get(index)?.clone();
                Some(Callee { target: Target::Workflow(WorkflowId::new(index)), signature })
            }
            Some((Def::Agent(index) | Def::Pool(index), _)) => {
                let agent = self.ctx.agents[index].as_ref()?;
                let legal: Vec<&str> = agent.actions.keys().map(String::as_str).collect();
                let found = errors::action_missing(&name.text, name.span, &legal);
                self.report(found);
                None
            }
            Some((Def::Broken, _)) => None,
            Some((def, declared)) => {
                let wanted = "an action or workflow";
                self.report(errors::wrong_sort(&name.text, name.span, def.noun(), Some(declared), wanted));
                None
            }
            None if of_file => self.unknown_in(module, name),
            None => self.unknown_workflow(name),
        }
    }

    fn unknown_workflow(&mut self, name: &Name) -> Option<Callee> {
        let wanted = "an action or workflow";
        let found = if let Some(bound) = self.agent_parameter(&name.text, name.span) {
            let agent = self.ctx.agents[bound.interface].as_ref()?;
            let legal: Vec<&str> = agent.actions.keys().map(String::as_str).collect();
            errors::action_missing(&name.text, name.span, &legal)
        } else if let Some((frame, place)) = self.find(&name.text) {
            let declared = self.frames[frame].binding(place).span;
            self.frames[frame].binding_mut(place).mention(name.span);
            errors::wrong_sort(&name.text, name.span, "a value", Some(declared), wanted)
        } else if name.text == "event" {
            people::event_of_what(name.span)
        } else if Builtin::lookup(&name.text).is_some() {
            let help = format!("put it into a `let`: `let … = {}(…)`", name.text);
            errors::wrong_sort(&name.text, name.span, "a function", None, wanted).help(help)
        } else {
            return self.unknown_callable(name, |def| matches!(def, Def::Workflow(_) | Def::Agent(_) | Def::Pool(_)));
        };
        self.report(found);
        None
    }

    fn unknown_agent(&mut self, name: &Name) -> Option<Callee> {
        if let Some((frame, place)) = self.find(&name.text) {
            let binding = self.frames[frame].binding_mut(place);
            binding.mention(name.span);
            if binding.ty.as_ref().is_none_or(|ty| ty.is_unknown()) {
                return None;
            }
            return self.not_an_agent(&name.text, name.span, "a value");
        }
        self.unknown_callable(name, |def| matches!(def, Def::Agent(_) | Def::Pool(_) | Def::Module(_)))
    }

    fn not_an_agent(&mut self, name: &str, at: Span, noun: &str) -> Option<Callee> {
        self.report(errors::wrong_sort(name, at, noun, None, "an agent"));
        None
    }

    fn unknown_callable(&mut self, name: &Name, legal: fn(Def) -> bool) -> Option<Callee> {
        match self.agent_that_can(name) {
            Some(path) => self.report(errors::action_without_its_agent(&name.text, name.span, &path)),
            None => self.ctx.report_unknown_item(self.module, name, legal),
        }
        None
    }

    /// `agent.action` of the first agent of the file that has an action of this name.
    fn agent_that_can(&mut self, name: &Name) -> Option<String> {
        let scope = &self.ctx.items.scopes[self.module];
        let agent = scope.iter().find_map(|(agent, entry)| match entry.def {
            Def::Agent(index) | Def::Pool(index) => {
                let known = self.ctx.agents[index].as_ref()?;
                known.actions.contains_key(&name.text).then(|| agent.clone())
            }
            _ => None,
        })?;
        // What was probably meant counts as used.
        self.ctx.item(self.module, &agent);
        Some(format!("{agent}.{}", name.text))
    }

    fn unknown_in(&mut self, module: usize, name: &Name) -> Option<Callee> {
        let legal: Vec<String> = self.ctx.items.scopes[module].keys().cloned().collect();
        let legal: Vec<&str> = legal.iter().map(String::as_str).collect();
        let path = self.ctx.modules[module].path.clone();
        self.report(errors::import_of_nothing(&name.text, name.span, &path, &legal));
        None
    }

    fn action(&mut self, index: usize, name: &Name) -> Option<Callee> {
        let agent = self.ctx.agents[index].as_ref()?;
        if let Some((position, _, signature)) = agent.actions.get_full(&name.text) {
            let target = Target::Action(AgentId::new(index), position);
            return Some(Callee { target, signature: signature.clone() });
        }
        let legal: Vec<&str> = agent.actions.keys().map(String::as_str).collect();
        let found = errors::unknown_action(&agent.name, &name.text, name.span, agent.span, &legal);
        self.report(found);
        None
    }

    /// Looks at arguments of a call that nobody knows.
    pub fn arguments_of_nobody(&mut self, args: &[Arg]) {
        for arg in args {
            if !self.is_agent(&arg.value) {
                self.infer(&arg.value);
            }
        }
    }

    /// Whether a value is the name of an agent: what is called may take one.
    fn is_agent(&mut self, value: &ast::Expr) -> bool {
        let ast::ExprKind::Name(name) = &value.kind else { return false };
        let known = self.find(name).is_some();
        !known && matches!(self.ctx.item(self.module, name), Some(Entry { def: Def::Agent(_) | Def::Pool(_), .. }))
    }

    /// One argument for each parameter, defaults filled in.
    pub fn arguments(&mut self, signature: &Signature, args: &[Arg], span: Span) -> Arguments {
        let mut given: Vec<Option<Given>> = vec![None; signature.params.len()];
        let mut places: Vec<Option<Span>> = vec![None; signature.params.len()];
        let mut extra = None;
        let mut unknown = false;
        let mut named = false;
        for (index, arg) in args.iter().enumerate() {
            // One behind a named argument is reported already: nobody knows which is meant.
            if named && arg.name.is_none() {
                unknown = true;
                self.infer(&arg.value);
                continue;
            }
            named |= arg.name.is_some();
            let Some(place) = self.place_of(signature, index, arg) else {
                unknown |= arg.name.is_some();
                extra = extra.or(arg.name.is_none().then_some(arg.span));
                self.infer(&arg.value);
                continue;
            };
            if let Some(first) = places[place] {
                self.report(type_errors::argument_twice(&signature.params[place].name, arg.span, first));
                self.infer(&arg.value);
                continue;
            }
            places[place] = Some(arg.span);
            given[place] = Some(self.given(&signature.params[place], &arg.value));
        }
        if let Some(at) = extra {
            let takes = signature.params.len();
            self.report(type_errors::too_many_arguments(&signature.name, takes, at, signature.span));
        }
        self.fill_in(signature, given, span, unknown)
    }

    fn given(&mut self, param: &Parameter, written: &ast::Expr) -> Given {
        match param.interface {
            // What was reported is as good as the interface itself: no plan comes of it.
            Some(interface) => Given::Agent(
                self.agent_argument(interface, written).unwrap_or(AgentArg::Agent(AgentId::new(interface))),
            ),
            None => Given::Value(self.argument(param, written)),
        }
    }

    fn place_of(&mut self, signature: &Signature, index: usize, arg: &Arg) -> Option<usize> {
        let Some(name) = &arg.name else { return (index < signature.params.len()).then_some(index) };
        // Named arguments mostly stand in the order of the parameters.
        let here = signature.params.get(index).is_some_and(|param| param.name == name.text).then_some(index);
        let place = here.or_else(|| signature.params.iter().position(|param| param.name == name.text));
        if place.is_none() {
            let legal: Vec<&str> = signature.params.iter().map(|param| param.name.as_str()).collect();
            self.report(errors::unknown_argument(&signature.name, &name.text, name.span, signature.span, &legal));
        }
        place
    }

    /// The value of one argument.
    pub fn argument(&mut self, param: &Parameter, written: &ast::Expr) -> Expr {
        let want = Want::new(param.ty.clone(), format!("`{}`", param.name)).declared(param.span, "declared here");
        if !param.ty.labels.secret {
            return self.check(written, &want);
        }
        let value = self.with_secrets(Secrets::Allowed, |body| body.infer(written));
        let by_name = value.ty.labels.secret && matches!(value.expr.kind, ExprKind::Var(_));
        // What has the look of a key is reported already.
        let known = literal_text(&value.expr).is_some_and(|text| credential::found_in(text).is_some());
        if !by_name && !known && !value.ty.is_unknown() && value.ty.kind != Kind::Null {
            self.report(labels::not_a_secret(&param.name, written.span, param.span));
            return value.expr;
        }
        self.coerce(value, written, &want)
    }

    fn fill_in(&mut self, signature: &Signature, given: Vec<Option<Given>>, span: Span, unknown: bool) -> Arguments {
        let mut missing: Vec<&Parameter> = Vec::new();
        let agents = signature.params.iter().filter(|param| param.interface.is_some()).count();
        let values = Vec::with_capacity(signature.params.len() - agents);
        let mut args = Arguments { values, agents: Vec::with_capacity(agents) };
        for (param, given) in signature.params.iter().zip(given) {
            match given.or_else(|| usual(param)) {
                Some(Given::Value(value)) => args.values.push(value),
                Some(Given::Agent(agent)) => args.agents.push(agent),
                None if param.interface.is_none() && param.ty.is_optional() => {
                    args.values.push(literal(Value::Null, span));
                }
                None => {
                    missing.push(param);
                    match param.interface {
                        Some(interface) => args.agents.push(AgentArg::Agent(AgentId::new(interface))),
                        None => args.values.push(Typed::unknown(span).expr),
                    }
                }
            }
        }
        // A name that is not known may stand for the one that is missing: one slip, one message.
        if let (Some(first), false) = (missing.first(), unknown) {
            let names: Vec<&str> = missing.iter().map(|param| param.name.as_str()).collect();
            self.report(type_errors::arguments_missing(&signature.name, &names, span, first.span));
        }
        args
    }
}

/// What a parameter is given where a call says nothing.
fn usual(param: &Parameter) -> Option<Given> {
    let agent = param.agent.map(|agent| Given::Agent(AgentArg::Agent(AgentId::new(agent))));
    agent.or_else(|| param.default.clone().map(Given::Value))
}

/// The arguments of a call.
#[derive(Default)]
pub(super) struct Arguments {
    /// One for each parameter that is a value.
    pub values: Vec<Expr>,
    /// One for each parameter that is an agent.
    pub agents: Vec<AgentArg>,
}

/// One argument.
#[derive(Clone)]
enum Given {
    Value(Expr),
    Agent(AgentArg),
}
