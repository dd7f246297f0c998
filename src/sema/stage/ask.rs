//! `ask(…)`: one question to people, answered or allowed.

use crate::base::span::Span;
use crate::sema::clause::Clauses;
use crate::sema::context::word;
use crate::sema::errors::{graph, names, people as errors, types as type_errors};
use crate::sema::expr::{Body, Want};
use crate::sema::hir::{Approval, Ask, Call, Target};
use crate::sema::presence::WayOut;
use crate::sema::stage::leaf::Called;
use crate::sema::stage::limit::Around;
use crate::sema::stage::nothing;
use crate::sema::types::{self, resolve};
use crate::syntax::ast::{self, Spanned};
use crate::value::expr::Expr;
use crate::value::types::{Labels, Type};

/// Persons at most.
const QUORUM_MAX: i64 = 100;

impl<'a> Body<'_, 'a> {
    /// `ask("Question?", show: x) -> T { to role "r" timeout D }`, `ask("Question?") approves x { quorum N not requester }`.
    pub(super) fn ask(&mut self, ask: &'a ast::Ask, clauses: &Clauses<'a>, around: Around) -> Called {
        self.check_ask_place("ask", word(ask.span, "ask"));
        let misplaced = type_among_arguments(ask);
        let (question, show) = self.question(ask, misplaced);
        let (result, approves) = match misplaced {
            Some((at, ty)) => {
                self.report(errors::answer_among_arguments(ty, ask.args[at].span));
                (Type::unknown(), None)
            }
            None => self.answer(ask, clauses),
        };
        self.check_no_attempts(clauses, errors::Waits::People);
        let timeout = self.wait_limit(clauses, ask.span, "ask", around);
        let role = clauses.role.map(|role| self.role(role));
        let target = Target::Ask(Box::new(Ask { question, show, role, approves }));
        Called::waiting(Call { timeout, ..Call::of(target, result, ask.span) })
    }

    /// Nobody is asked once all is over.
    pub(super) fn check_ask_place(&mut self, what: &str, at: Span) {
        if self.frames.iter().any(|frame| frame.in_finally) {
            self.report(graph::misplaced(what, at, "cannot stand in `finally`"));
        }
    }

    fn question(&mut self, ask: &'a ast::Ask, without: Option<(usize, &str)>) -> (Expr, Option<Expr>) {
        let (mut question, mut show) = (None, None);
        let args = ask.args.iter().enumerate().filter(|(at, _)| without.is_none_or(|(type_at, _)| type_at != *at));
        for (index, (_, arg)) in args.enumerate() {
            let name = arg.name.as_ref().map(|name| name.text.as_str());
            match name {
                None if index == 0 => {
                    question = Some(self.check(&arg.value, &Want::new(Type::string(), "the question")));
                }
                Some("show") => show = Some(self.infer(&arg.value).expr),
                Some(other) => {
                    let at = arg.name.as_ref().map_or(arg.span, |name| name.span);
                    self.report(names::unknown_argument_of_builtin("ask", other, at, &["show"]));
                    self.infer(&arg.value);
                }
                None => {
                    self.report(type_errors::too_many_questions(arg.span));
                    self.infer(&arg.value);
                }
            }
        }
        let question = question.unwrap_or_else(|| {
            self.report(type_errors::no_question(ask.span));
            nothing(ask.span)
        });
        (question, show)
    }

    /// What the answer is: a value of a type, or the yes of people to something.
    fn answer(&mut self, ask: &'a ast::Ask, clauses: &Clauses<'a>) -> (Type, Option<Approval>) {
        let answer = ask.answer.as_ref().map(|ty| (resolve(self.ctx, self.module, ty, types::Place::Shape), ty.span));
        let Some(path) = &ask.approves else {
            self.check_no_approval(clauses);
            let Some((ty, _)) = answer else {
                self.report(errors::no_answer(ask.span));
                return (Type::unknown(), None);
            };
            return (ty, None);
        };
        if let Some((_, at)) = answer {
            self.report(errors::two_answers(at, path.span));
        }
        let written = path_expr(path);
        let value = self.infer(&written);
        let value = self.present(value, &written, WayOut::Words);
        let quorum = clauses.quorum.and_then(|(count, _)| self.count(count, "quorum", 1, QUORUM_MAX));
        let quorum = quorum.and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
        let not_requester = clauses.not_requester.is_some();
        let ty = value.ty.without_labels().with_labels(Labels::APPROVED);
        (ty, Some(Approval { value: value.expr, quorum, not_requester }))
    }

    fn check_no_approval(&mut self, clauses: &Clauses<'a>) {
        let written = [(clauses.quorum.map(|(_, at)| at), "quorum"), (clauses.not_requester, "not requester")];
        for (clause, name) in written {
            if let Some(at) = clause {
                self.report(errors::only_with_approves(name, at));
            }
        }
    }

    fn role(&mut self, role: &Spanned<String>) -> String {
        if let Some(roles) = self.ctx.world.roles()
            && !roles.contains(&role.value)
        {
            self.report(errors::unknown_role(&role.value, role.span, &roles));
        }
        role.value.clone()
    }
}

/// Where a question without an answer has a type beside its text, as other languages write it: `ask(string, "Who?")`.
fn type_among_arguments(ask: &ast::Ask) -> Option<(usize, &str)> {
    if ask.answer.is_some() || ask.approves.is_some() || ask.args.len() < 2 {
        return None;
    }
    ask.args.iter().enumerate().find_map(|(at, arg)| match &arg.value.kind {
        ast::ExprKind::Name(name) if arg.name.is_none() && types::simple(name).is_some() => Some((at, name.as_str())),
        _ => None,
    })
}

/// A path as the expression that it is.
fn path_expr(path: &ast::Path) -> ast::Expr {
    let mut parts = path.parts.iter();
    let first = parts.next().map_or_else(
        || ast::Expr { kind: ast::ExprKind::Broken, span: path.span },
        |first| ast::Expr { kind: ast::ExprKind::Name(first.text.clone()), span: first.span },
    );
    parts.fold(first, |base, part| ast::Expr {
        span: base.span.to(part.span),
        kind: ast::ExprKind::Field(Box::new(base), part.clone()),
    })
}
