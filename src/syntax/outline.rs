//! What of a file stands on lines of its own: items, actions, settings, statements, arms, by their places.

use super::ast::{Action, Arm, ArmBody, Block, Clause, File, Item, MapBody, Setting, StageBody, Stmt};
use crate::base::span::Span;

/// The places of all items, actions, settings, clauses, statements and arms. An inner one comes after the one that holds it.
pub fn places(file: &File) -> Vec<Span> {
    let mut outline = Outline { places: Vec::new() };
    file.items.iter().for_each(|item| outline.item(item));
    outline.places
}

struct Outline {
    places: Vec<Span>,
}

impl Outline {
    fn item(&mut self, item: &Item) {
        self.places.push(item.span());
        match item {
            Item::Interface(interface) => self.actions(&interface.actions),
            Item::Agent(agent) => {
                self.settings(&agent.settings);
                self.actions(&agent.actions);
            }
            Item::Workflow(workflow) => {
                self.clauses(&workflow.clauses);
                self.body(&workflow.body);
            }
            _ => {}
        }
    }

    fn actions(&mut self, actions: &[Action]) {
        for action in actions {
            self.places.push(action.span);
            self.settings(&action.settings);
        }
    }

    fn settings(&mut self, settings: &[Setting]) {
        self.places.extend(settings.iter().map(|setting| setting.span));
    }

    fn clauses(&mut self, clauses: &[Clause]) {
        self.places.extend(clauses.iter().map(|clause| clause.span));
    }

    fn block(&mut self, block: &Block) {
        self.body(&block.body);
    }

    /// Blocks nest as deep as the parser allows, and no deeper.
    fn body(&mut self, body: &[Stmt]) {
        for statement in body {
            self.places.push(statement_place(statement));
            match statement {
                Stmt::When(when) => {
                    self.block(&when.then);
                    when.otherwise.iter().for_each(|block| self.block(block));
                }
                Stmt::Finally(block) => self.block(block),
                Stmt::Stage(stage) => {
                    self.stage(&stage.body);
                    self.clauses(&stage.clauses.list);
                }
                _ => {}
            }
        }
    }

    fn stage(&mut self, body: &StageBody) {
        match body {
            StageBody::Map(map) => {
                if let MapBody::Inline(block) = &map.body {
                    self.block(block);
                }
            }
            StageBody::Match(found) => found.arms.iter().for_each(|arm| self.arm(arm)),
            _ => {}
        }
    }

    fn arm(&mut self, arm: &Arm) {
        self.places.push(arm.span);
        if let ArmBody::Inline(block) = &arm.body {
            self.block(block);
        }
        self.clauses(&arm.clauses.list);
    }
}

fn statement_place(statement: &Stmt) -> Span {
    match statement {
        Stmt::Let(statement) => statement.span,
        Stmt::Stage(statement) => statement.span,
        Stmt::When(statement) => statement.span,
        Stmt::Fail(statement) => statement.span,
        Stmt::Finally(block) => block.span,
        Stmt::Return(statement) => statement.span,
        Stmt::Broken(statement) => statement.span,
    }
}
