//! A program written down without a parser: every stage has the next free place in one file.

use std::sync::Arc;

use crate::base::source::Sources;
use crate::base::span::{FileId, Span};
use crate::diag::{Bag, Diagnostic};
use crate::plan::Plan;
use crate::sema::hir::{self, ActionKind, AgentId, Body, ConditionId, Mock, StageId, Target, WorkflowId};
use crate::value::Value;
use crate::value::expr::{Entry, Expr, ExprKind, Var};
use crate::value::policy::Effects;
use crate::value::types::{Kind, Type};

pub struct Program {
    pub program: hir::Program,
    place: u32,
}

impl Program {
    pub fn new() -> Self {
        Self { program: hir::Program::default(), place: 0 }
    }

    fn span(&mut self) -> Span {
        self.place += 1;
        Span::new(FileId(0), self.place, self.place + 1)
    }

    /// A `mock` agent with one action of one parameter.
    pub fn mock(&mut self, name: &str, effects: Effects) -> usize {
        let span = self.span();
        let action = hir::Action {
            name: "act".into(),
            doc: None,
            params: vec![hir::Param { name: "x".into(), doc: None, ty: Type::of(Kind::Json), default: None, span }],
            result: Type::of(Kind::Json),
            effects,
            raises: Vec::new(),
            endorses: false,
            probe: None,
            timeout: None,
            retry: None,
            cache: None,
            cost: hir::Cost::NOTHING,
            kind: ActionKind::Mock(Mock { takes: None, returns: None, fails: None }),
            span,
        };
        self.program.agents.push(hir::Agent {
            name: name.into(),
            doc: None,
            role: hir::Role::Agent(None),
            capabilities: Vec::new(),
            parallel: None,
            rate: None,
            actions: vec![action],
            span,
        });
        self.program.agents.len() - 1
    }

    pub fn workflow(&mut self, name: &str) -> usize {
        let span = self.span();
        self.program.workflows.push(hir::Workflow {
            name: name.into(),
            doc: None,
            inline: false,
            params: Vec::new(),
            agents: Vec::new(),
            result: Type::of(Kind::Null),
            timeout: None,
            parallel: None,
            cancel_on_failure: false,
            lock: None,
            budget: None,
            lets: Vec::new(),
            stages: Vec::new(),
            conditions: Vec::new(),
            returns: None,
            span,
        });
        self.program.workflows.len() - 1
    }

    pub fn stage(&mut self, workflow: usize, name: &str, body: hir::Call) -> usize {
        let span = self.span();
        self.program.workflows[workflow].stages.push(hir::Stage {
            name: name.into(),
            doc: None,
            ty: body.result.clone(),
            guard: Vec::new(),
            exits: Vec::new(),
            after: Vec::new(),
            finally: false,
            body: Body::Call(body),
            deadline: None,
            priority: 0,
            label: None,
            handlers: Vec::new(),
            undo: None,
            lock: None,
            budget: None,
            observed: false,
            span,
        });
        self.program.workflows[workflow].stages.len() - 1
    }

    pub fn after(&mut self, workflow: usize, stage: usize, awaited: usize) {
        let span = self.span();
        self.program.workflows[workflow].stages[stage].after.push((StageId::new(awaited), span));
    }

    /// Adds a `let` and gives an expression that reads it.
    pub fn item(&mut self, workflow: usize, name: &str, value: Expr) -> Expr {
        let span = self.span();
        let ty = Type::of(Kind::Json);
        let lets = &mut self.program.workflows[workflow].lets;
        lets.push(hir::Let { name: name.into(), ty, guard: Vec::new(), finally: false, value, span });
        expr(ExprKind::Var(Var::Let(u32::try_from(lets.len() - 1).expect("few"))))
    }

    pub fn condition(&mut self, workflow: usize, value: Expr) -> ConditionId {
        let span = self.span();
        let conditions = &mut self.program.workflows[workflow].conditions;
        conditions.push(hir::Condition { value, span });
        ConditionId::new(conditions.len() - 1)
    }

    /// The plan of a sound program.
    pub fn plan(&self, workflow: usize) -> Plan {
        let mut bag = Bag::default();
        let plan = super::lower(&self.program, WorkflowId::new(workflow), &sources(), &mut bag);
        assert_eq!(bag.into_sorted(), []);
        plan.expect("a sound program has a plan")
    }

    pub fn found(&self) -> Vec<Diagnostic> {
        let mut bag = Bag::default();
        super::check(&self.program, &sources(), &mut bag);
        bag.into_sorted()
    }
}

fn sources() -> Sources {
    let mut sources = Sources::default();
    sources.add("a.wf", " ".repeat(1 << 20));
    sources
}

pub fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::start_of(FileId(0)) }
}

pub fn text(text: &str) -> Expr {
    expr(ExprKind::Literal(Value::text(text)))
}

pub fn read(stage: usize) -> Expr {
    expr(ExprKind::Var(Var::Stage(u32::try_from(stage).expect("few"))))
}

pub fn field(of: Expr, name: &str) -> Expr {
    expr(ExprKind::Field(Box::new(of), Arc::from(name)))
}

pub fn record(name: &str, value: Expr) -> Expr {
    expr(ExprKind::Record(vec![Entry::Field(Arc::from(name), value)]))
}

pub fn call(agent: usize, args: Vec<Expr>) -> hir::Call {
    target(Target::Action(AgentId::new(agent), 0), args)
}

pub fn sub(workflow: usize) -> hir::Call {
    target(Target::Workflow(WorkflowId::new(workflow)), Vec::new())
}

fn target(target: Target, args: Vec<Expr>) -> hir::Call {
    hir::Call {
        target,
        args,
        agents: Vec::new(),
        result: Type::of(Kind::Json),
        retry: None,
        timeout: None,
        deadline: None,
        repeat: None,
        cache: None,
        span: Span::start_of(FileId(0)),
    }
}
