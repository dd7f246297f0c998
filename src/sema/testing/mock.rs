//! `mock path(args) step, then step`: what answers in place of an action, a person, an event.

use std::rc::Rc;

use crate::base::span::Span;
use crate::sema::call::Callee;
use crate::sema::errors::names::{self as name_errors, Near};
use crate::sema::errors::{policies, testing as errors, types as type_errors};
use crate::sema::expr::{Body, Want};
use crate::sema::hir::test::{Answer, Mock, MockTarget, Step};
use crate::sema::hir::{AgentId, Target, WorkflowId};
use crate::sema::items::Def;
use crate::sema::names::Names;
use crate::sema::policy::unknown_class;
use crate::sema::scope::Binding;
use crate::sema::signature::{Parameter, Signature};
use crate::sema::testing::path::{Walk, is_unclear, stage_names};
use crate::sema::testing::question::{Awaited, Question};
use crate::syntax::ast::{self, MockAnswer, Path, SettingValue};
use crate::value::expr::{Expr, Var};
use crate::value::policy::CLASSES;
use crate::value::types::{Field, Type};

/// Calls that one step answers at most.
const TIMES_MAX: i64 = 1_000_000;

/// An action that a test mocks, or its unnamed probe.
pub(super) struct Mocked {
    /// Its agent.
    pub agent: AgentId,
    /// Its position there.
    pub action: usize,
    /// Whether its unnamed probe is meant.
    pub probe: bool,
    /// What a call of it hands over.
    pub params: Vec<Parameter>,
    /// As it is called.
    pub name: String,
    result: Type,
    signature: Rc<Signature>,
}

/// What a mock stands for.
struct Standing {
    target: MockTarget,
    name: String,
    params: Vec<Parameter>,
    /// What `returns` has to give; of an approval nothing.
    result: Option<Type>,
    approves: bool,
    /// The only classes that it fails with; none for what may fail with any.
    classes: Option<&'static [&'static str]>,
    declared: Span,
    raises: Vec<String>,
}

impl<'a> Body<'_, 'a> {
    /// A mock in a test that runs `workflow`.
    pub(super) fn mock(&mut self, written: &'a ast::Mock, workflow: WorkflowId) -> Option<Mock> {
        let Some(standing) = self.standing(&written.path, workflow) else {
            self.touch_mock(written);
            return None;
        };
        let matching = self.matching(&standing, written.args.as_deref());
        let around = self.frame().scoped.len();
        for (index, param) in standing.params.iter().enumerate() {
            let var = Var::Param(u32::try_from(index).unwrap_or(u32::MAX));
            let ty = if param.ty.labels.secret { param.ty.clone() } else { param.ty.without_labels() };
            self.frame_mut().open(Binding::given(&param.name, param.span, var, ty));
        }
        let last = written.steps.len().saturating_sub(1);
        let steps = written.steps.iter().enumerate();
        let steps = steps.map(|(index, step)| self.step(&standing, step, index == last)).collect();
        self.frame_mut().scoped.truncate(around);
        let name = written.path.parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(".");
        Some(Mock { name, target: standing.target, matching, steps, span: written.span })
    }

    /// What is mentioned in a mock of nothing counts as used.
    pub(super) fn touch_mock(&mut self, written: &'a ast::Mock) {
        let mut names = Names::default();
        names.args(written.args.as_deref().unwrap_or_default());
        for step in &written.steps {
            step.takes.iter().for_each(|takes| names.expr(takes));
            if let MockAnswer::Returns(value) = &step.answer {
                names.expr(value);
            }
        }
        self.touch(&names.found);
    }

    fn standing(&mut self, path: &Path, workflow: WorkflowId) -> Option<Standing> {
        if self.is_of_agent(path, workflow) {
            let found = self.mocked_action(path)?;
            let target = match found.probe {
                true => MockTarget::Probe(found.agent, found.action),
                false => MockTarget::Action(found.agent, found.action),
            };
            let raises = found.signature.raises.clone();
            let (result, declared) = (Some(found.result), found.signature.span);
            let (name, params) = (found.name, found.params);
            return Some(Standing { target, name, params, result, approves: false, classes: None, declared, raises });
        }
        if self.is_nothing(path, workflow) {
            self.report_nothing_to_mock(path.parts.first()?, workflow);
            return None;
        }
        let Question { stage, tag, name, answer, declared } = self.question_at(path, workflow)?;
        let Awaited { result, approves, classes } = answer;
        let target = MockTarget::Stage(stage, tag);
        let result = (!approves).then_some(result);
        Some(Standing { target, name, params: Vec::new(), result, approves, classes, declared, raises: Vec::new() })
    }

    /// Whether a path begins at an agent rather than at a stage. A name may be both: then an action counts first.
    fn is_of_agent(&self, path: &Path, workflow: WorkflowId) -> bool {
        let Some(first) = path.parts.first() else { return false };
        let stage = self.ctx.stages[workflow.index()].contains_key(&first.text);
        match self.ctx.items.scopes[self.module].get(&first.text).map(|entry| entry.def) {
            Some(Def::Agent(index) | Def::Pool(index)) if stage => {
                let agent = self.ctx.agents[index].as_ref();
                path.parts.get(1).is_some_and(|name| agent.is_some_and(|agent| agent.actions.contains_key(&name.text)))
            }
            Some(_) => !stage,
            None => false,
        }
    }

    /// Whether a path begins with a name that is neither a stage nor declared in this file.
    fn is_nothing(&self, path: &Path, workflow: WorkflowId) -> bool {
        let Some(first) = path.parts.first() else { return false };
        let stage = self.ctx.stages[workflow.index()].contains_key(&first.text);
        !stage && !self.ctx.items.scopes[self.module].contains_key(&first.text)
    }

    /// Offers the agents of the file and the stages of the workflow.
    fn report_nothing_to_mock(&mut self, name: &ast::Name, workflow: WorkflowId) {
        let walk = Walk { steps: Vec::new(), inside: vec![workflow] };
        if is_unclear(self.ctx, &walk) {
            return;
        }
        self.ctx.unknown += 1;
        if self.ctx.too_many_unknown() {
            return self.report(name_errors::unknown(&name.text, name.span, &[]));
        }
        let scope = &self.ctx.items.scopes[self.module];
        let agents =
            scope.iter().filter(|(_, entry)| matches!(entry.def, Def::Agent(_) | Def::Pool(_) | Def::Module(_)));
        let mut legal: Vec<Near> = agents
            .map(|(name, entry)| Near { name: name.clone(), span: Some(entry.span), noun: entry.def.noun() })
            .collect();
        let stages = stage_names(self.ctx, &[workflow]);
        legal.extend(stages.into_iter().map(|(name, span)| Near { name, span: Some(span), noun: "a stage" }));
        self.report(name_errors::unknown(&name.text, name.span, &legal));
        // What was probably meant counts as used: one slip, one message.
        let near: Vec<&str> = legal.iter().map(|near| near.name.as_str()).collect();
        let near = crate::base::nearest::nearest(&name.text, &near).map(str::to_owned);
        near.and_then(|near| self.ctx.item(self.module, &near));
    }

    /// The action that a path leads to; reports where it does not.
    pub(super) fn mocked_action(&mut self, path: &Path) -> Option<Mocked> {
        let probe = self.names_probe(path);
        let parts = match probe {
            true => path.parts[..path.parts.len() - 1].to_vec(),
            false => path.parts.clone(),
        };
        let span = parts.first()?.span.to(parts.last()?.span);
        if let Some(name) = self.interface_in(&parts) {
            self.report(errors::mocks_an_interface(&name.text, name.span));
            return None;
        }
        let Callee { target, signature } = self.callee(&Path { parts, span })?;
        let Target::Action(agent, action) = target else {
            self.report(errors::mocks_a_value(&signature.name, span, "a workflow"));
            return None;
        };
        let (mut params, mut result) = (signature.params.clone(), signature.result.without_labels());
        let mut name = signature.name.clone();
        if probe {
            self.check_own_probe(agent, action, &signature, path.span)?;
            params.push(key_parameter(signature.span));
            result = probe_result(result);
            name.push_str(".probe");
        }
        Some(Mocked { agent, action, probe, params, name, result, signature })
    }

    /// Whether a path ends in `.probe` behind an action.
    fn names_probe(&self, path: &Path) -> bool {
        let before = match path.parts.first().and_then(|first| self.ctx.items.scopes[self.module].get(&first.text)) {
            Some(entry) if matches!(entry.def, Def::Module(_)) => 3,
            _ => 2,
        };
        path.parts.len() == before + 1 && path.parts.last().is_some_and(|last| last.text == "probe")
    }

    /// The interface that a path names, here or in an imported file.
    fn interface_in<'p>(&self, parts: &'p [ast::Name]) -> Option<&'p ast::Name> {
        let first = parts.first()?;
        let (name, def) = match self.ctx.items.scopes[self.module].get(&first.text)?.def {
            Def::Module(module) => {
                let name = parts.get(1)?;
                (name, self.ctx.items.scopes[module].get(&name.text)?.def)
            }
            def => (first, def),
        };
        matches!(def, Def::Interface(_)).then_some(name)
    }

    /// Whether an action has a probe without a name; another has one that is mocked by its name.
    fn check_own_probe(&mut self, agent: AgentId, action: usize, of: &Signature, at: Span) -> Option<()> {
        let written = self.ctx.agents[agent.index()].as_ref()?.written.get(action).copied()?;
        let own = |setting: &ast::Setting| matches!(setting.value, SettingValue::ProbeInline(_));
        if written.settings.iter().any(own) {
            return Some(());
        }
        let named = written.settings.iter().find_map(|setting| match &setting.value {
            SettingValue::Probe(path) => path.parts.last().map(|name| name.text.clone()),
            _ => None,
        });
        let agent = of.name.split('.').next().unwrap_or_default();
        let named = named.map(|name| format!("{agent}.{name}"));
        self.report(errors::no_own_probe(&of.name, at, of.span, named.as_deref()));
        None
    }

    /// Which calls are meant: positions of parameters with values.
    fn matching(&mut self, of: &Standing, args: Option<&'a [ast::Arg]>) -> Vec<(usize, Expr)> {
        let Some(args) = args else { return Vec::new() };
        if matches!(of.target, MockTarget::Stage(_, _)) {
            if let (Some(first), Some(last)) = (args.first(), args.last()) {
                self.report(errors::arguments_of_a_question(&of.name, first.span.to(last.span)));
            }
            self.arguments_of_nobody(args);
            return Vec::new();
        }
        let mut found: Vec<(usize, Expr)> = Vec::new();
        let mut places: Vec<Option<Span>> = vec![None; of.params.len()];
        for (index, arg) in args.iter().enumerate() {
            let Some(place) = self.matched_place(of, index, arg) else {
                self.infer(&arg.value);
                continue;
            };
            let param = &of.params[place];
            if let Some(first) = places[place].replace(arg.span) {
                self.report(type_errors::argument_twice(&param.name, arg.span, first));
            }
            if param.ty.labels.secret {
                self.report(errors::secret_argument(&param.name, arg.span));
            }
            let want = Want::new(param.ty.without_labels(), format!("`{}`", param.name));
            found.push((place, self.check(&arg.value, &want.declared(param.span, "declared here"))));
        }
        found
    }

    fn matched_place(&mut self, of: &Standing, index: usize, arg: &ast::Arg) -> Option<usize> {
        let place = match &arg.name {
            None => (index < of.params.len()).then_some(index),
            Some(name) => of.params.iter().position(|param| param.name == name.text),
        };
        if place.is_none() {
            let legal: Vec<&str> = of.params.iter().map(|param| param.name.as_str()).collect();
            self.report(match &arg.name {
                Some(name) => name_errors::unknown_argument(&of.name, &name.text, name.span, of.declared, &legal),
                None => type_errors::too_many_arguments(&of.name, legal.len(), arg.span, of.declared),
            });
        }
        place
    }

    /// One step. Without a count it answers one call, the last one every further call.
    fn step(&mut self, of: &Standing, written: &'a ast::MockStep, last: bool) -> Step {
        let want = Want::new(Type::duration(), "`takes`");
        let takes = written.takes.as_ref().map(|takes| self.check(takes, &want));
        let mut times = if last { None } else { Some(1) };
        let answer = match &written.answer {
            MockAnswer::Returns(value) => self.returned(of, value),
            MockAnswer::Fails(class, count) => {
                self.check_mocked_class(class, of);
                if let Some(count) = count {
                    let count = self.count(count, "fails", 1, TIMES_MAX).and_then(|count| u32::try_from(count).ok());
                    times = count.or(Some(1));
                }
                Answer::Fails(class.text.clone())
            }
            MockAnswer::Approves => {
                if !of.approves {
                    self.report(errors::approves_what(&of.name, written.span, of.declared));
                }
                Answer::Approves
            }
            MockAnswer::Retries | MockAnswer::Skips => {
                let asked_about_failure = of.classes.is_none() && matches!(of.target, MockTarget::Stage(..));
                if !asked_about_failure {
                    self.report(errors::decides_nothing(&of.name, written.span, of.declared));
                }
                match written.answer {
                    MockAnswer::Retries => Answer::Retries,
                    _ => Answer::Skips,
                }
            }
            MockAnswer::NeverAnswers => Answer::Never,
        };
        Step { takes, answer, times, span: written.span }
    }

    fn returned(&mut self, of: &Standing, value: &'a ast::Expr) -> Answer {
        let Some(result) = &of.result else {
            self.report(errors::returns_an_approval(value.span, of.declared));
            return Answer::Returns(self.infer(value).expr);
        };
        let want =
            Want::new(result.clone(), format!("the answer of `{}`", of.name)).declared(of.declared, "declared here");
        Answer::Returns(self.check(value, &want))
    }

    fn check_mocked_class(&mut self, class: &ast::Name, of: &Standing) {
        if class.text == "cancelled" {
            self.report(policies::class_of_nobody(&class.text, class.span));
        } else if matches!(class.text.as_str(), "once" | "twice") && !of.raises.contains(&class.text) {
            self.report(errors::count_without_a_class(&class.text, class.span));
        } else if !CLASSES.contains(&class.text.as_str()) && !of.raises.contains(&class.text) {
            self.report(unknown_class(&class.text, class.span, &of.raises));
        } else if let Some(classes) = of.classes.filter(|classes| !classes.contains(&class.text.as_str())) {
            self.report(errors::fails_otherwise(&of.name, class, of.declared, classes));
        }
    }
}

/// What every probe takes besides the parameters of its action.
fn key_parameter(span: Span) -> Parameter {
    Parameter { name: "key".into(), doc: None, ty: Type::string(), default: None, span, interface: None, agent: None }
}

/// What every probe of an action with this result answers.
fn probe_result(result: Type) -> Type {
    let kind = |text: &str| ("kind", Field::required(Type::literal(text)));
    let members = vec![
        Type::record([kind("done"), ("result", Field::required(result))]),
        Type::record([kind("not_done")]),
        Type::record([kind("unknown")]),
    ];
    Type::union(members).unwrap_or_else(|_| Type::unknown())
}
