//! Stages that call: actions, workflows, for each element, one of several, again and again.

use super::Maker;
use super::claims::Answer;
use super::clauses::Form;
use super::kinds::Effects;
use super::types::Ty;

/// The actions of the agent that every program has.
const ACTIONS: [(&str, Ty); 5] =
    [("text", Ty::Text), ("number", Ty::Int), ("flag", Ty::Bool), ("list", Ty::List), ("record", Ty::Record)];

const READS: Form = Form::Call(Effects::Reads);

impl Maker<'_> {
    /// Declares a stage that its clauses may skip.
    pub(super) fn declare_if(&mut self, absent: bool, name: &str, ty: Ty) {
        if absent { self.declare_absent(name, ty) } else { self.declare_stage(name, ty) }
    }

    pub(super) fn call(&mut self) -> String {
        let (action, ty) = self.choices.of(&ACTIONS);
        let (name, argument) = (self.name("s"), self.expr(Ty::Text, 2));
        let (clauses, absent) = self.clauses(READS, "");
        self.declare_if(absent, &name, ty);
        self.told.call(action);
        format!("stage {name} = tool . {action} ( {argument} ) {clauses}")
    }

    pub(super) fn call_of_a_new_agent(&mut self) -> String {
        let effects = self.choices.of(&[Effects::Reads, Effects::Idempotent, Effects::Writes]);
        let ty = self.choices.of(&[Ty::Text, Ty::Record, Ty::Int, Ty::List, Ty::Bool]);
        let agent = self.agent(ty, effects);
        let (name, argument, number) = (self.name("s"), self.expr(Ty::Text, 2), self.known(Ty::Int));
        let (clauses, absent) = self.clauses(Form::Call(effects), "");
        self.declare_if(absent, &name, ty);
        format!("stage {name} = {agent} . run ( {argument} , n : {number} ) {clauses}")
    }

    pub(super) fn call_of_a_workflow(&mut self) -> String {
        let (flow, name) = (self.workflow(), self.name("s"));
        let (one, record) = (self.expr(Ty::Text, 1), self.known(Ty::Record));
        let (clauses, absent) = self.clauses(Form::Flow, "");
        self.declare_if(absent, &name, Ty::Text);
        self.schedule(&flow);
        format!("stage {name} = {flow} ( {one} , r : {record} ) {clauses}")
    }

    pub(super) fn map(&mut self) -> String {
        let (name, element, list) = (self.name("s"), self.name("x"), self.expr(Ty::List, 1));
        let most = if self.bounded { "up to 10" } else { self.choices.of(&["", "up to 10"]) };
        let (body, fixed) = match self.choices.below(6) {
            0 => (format!("tool . text ( {element} )"), self.for_each(&element)),
            1 => (self.body_with(Some((&element, Ty::Text))), "parallel 1".to_owned()),
            2 => (format!("tool . text ( {element} , n : len ( {element} ) )"), String::new()),
            3 => {
                let agent = self.agent(Ty::Text, Effects::Writes);
                (format!("{agent} . run ( {element} )"), "parallel 1".to_owned())
            }
            4 if !self.alone => {
                (format!("ask ( \"What of ${{ {element} }}?\" ) -> string"), "timeout 1d to role \"lead\"".to_owned())
            }
            4 => (format!("tool . text ( {element} )"), "parallel 3".to_owned()),
            _ if self.alone => (format!("tool . text ( {element} )"), "timeout 1m".to_owned()),
            _ => (format!("event ( \"item\" , key : {element} ) -> string"), "timeout 1d".to_owned()),
        };
        let skips = self.choices.of(&["", "on failure skip", "on failure skip need 80%", "on failure skip need 1"]);
        let plain = body.starts_with("tool");
        let form = if plain { Form::Several } else { Form::Wait };
        let (clauses, absent) = self.clauses(form, &format!("{fixed} {skips}"));
        let stage = format!("stage {name} = for {element} in {list} {most} => {body} {clauses}");
        match (skips.is_empty(), absent) {
            (true, _) => self.declare_if(absent, &name, Ty::List),
            (false, true) => return format!("{stage} {}", self.bound(&format!("{name} != null"), Ty::Bool)),
            (false, false) => {
                let there = self.bound(&format!("[ e for e in {name} if e != null ]"), Ty::List);
                let errors = self.bound(&format!("[ e . class for e in errors ( {name} ) ]"), Ty::List);
                return format!("{stage} {there} {errors}");
            }
        }
        stage
    }

    /// Clauses for each element of a map of calls that read.
    fn for_each(&mut self, element: &str) -> String {
        let clauses = vec![
            "parallel 2".to_owned(),
            "timeout 1m".to_owned(),
            format!("label \"${{ {element} }}\""),
            format!("retry {}", self.policy(Effects::Reads)),
            "cache 1h".to_owned(),
            "repeat up to 2 until result != \"\"".to_owned(),
            "lock \"c\"".to_owned(),
        ];
        self.choices.some_of(clauses).join(" ")
    }

    pub(super) fn choice(&mut self) -> String {
        let (name, value) = (self.name("s"), self.expr(Ty::Text, 1));
        let first = format!("tool . text ( {value} )");
        let form = self.choices.below(5);
        // In an arm of its own `r.kind` is one word: the other never comes there.
        let by_kind = form == 0 && !self.decided;
        let decided = self.decided;
        self.decided |= by_kind;
        let (other, skips) = self.arm();
        self.decided = decided;
        let (clauses, absent) = self.clauses(Form::Several, "");
        self.declare_if(absent || skips, &name, Ty::Text);
        let arms = match form {
            0 if by_kind => format!("match r . kind {{ \"low\" => {first} \"high\" => {other} }}"),
            1 => format!("match b {{ true => {first} {{ timeout 1m }} false => {other} }}"),
            2 => format!("match p {{ \"a\" | \"b\" => {first} _ => {other} }}"),
            3 => format!("match n {{ 0 | 1 => {first} - 1 => tool . text ( p ) ( - 2 ) => use p _ => {other} }}"),
            _ => format!("match n % {} == 1 {{ false => {first} true => {other} }}", self.count + 2),
        };
        format!("stage {name} = {arms} {clauses}")
    }

    /// An arm that gives a text, and whether it gives nothing.
    fn arm(&mut self) -> (String, bool) {
        let value = self.expr(Ty::Text, 1);
        let arm = match self.choices.below(7) {
            0 => format!("use {value}"),
            1 => format!("tool . text ( {value} ) {{ retry {} timeout 1m }}", self.policy(Effects::Reads)),
            2 => self.body(),
            3 => return ("skip".to_owned(), true),
            4 if !self.alone => "ask ( \"What?\" ) -> string { to role \"lead\" timeout 1d }".to_owned(),
            5 if !self.alone => format!("event ( \"arm\" , key : {value} ) -> string {{ timeout 1d }}"),
            6 => return ("wait ( 5m )".to_owned(), true),
            _ => format!("tool . text ( {value} , n : 2 )"),
        };
        (arm, false)
    }

    pub(super) fn repetition(&mut self) -> String {
        let (name, argument) = (self.name("s"), self.expr(Ty::Text, 1));
        let every = self.choices.of(&["", "every 10s", "every 2 * 30s"]);
        let end = self.choices.of(&[
            "",
            "with a : result . id",
            "with a : result . id , n : result . count stop when unchanged ( result . id )",
            "stop when unchanged ( result )",
        ]);
        let handler = self.choices.of(&["", "on failure of exhausted use result"]);
        let handler = if end.contains("stop") && !handler.is_empty() {
            "on failure of exhausted , stalled use result"
        } else {
            handler
        };
        let fixed = format!("{handler} repeat up to 3 {every} until result . count > 2 {end}");
        let (clauses, absent) = self.clauses(READS, &fixed);
        self.declare_if(absent, &name, Ty::Record);
        format!("stage {name} = tool . record ( {argument} ) {clauses}")
    }

    pub(super) fn fallback(&mut self) -> String {
        let (name, argument, instead) = (self.name("s"), self.expr(Ty::Text, 1), self.expr(Ty::Text, 1));
        let handler = match self.choices.below(6) {
            0 => format!("on failure use {instead}"),
            1 => format!(
                "on failure of timeout , crashed use tool . text ( {instead} ) {{ timeout 1m retry {{ attempts 2 }} }}"
            ),
            2 => format!("on failure of timeout use \"late\" on failure use {instead}"),
            3 => "on failure of denied fail on failure use \"none\"".to_owned(),
            4 if !self.alone => {
                self.tell_of(&name, Answer::Failure);
                self.choices.of(&["on failure ask", "on failure of timeout ask { timeout 4h }"]).to_owned()
            }
            _ => format!("on failure of temporary , failed use {instead}"),
        };
        let (clauses, absent) = self.clauses(READS, &handler);
        self.declare_if(absent, &name, Ty::Text);
        format!("stage {name} = tool . text ( {argument} ) {clauses}")
    }

    pub(super) fn skipped(&mut self) -> String {
        let (name, argument, condition) = (self.name("s"), self.expr(Ty::Text, 1), self.condition_text());
        let handler = self.choices.of(&["on failure skip", "on failure of timeout , denied skip"]);
        let (clauses, absent) = self.clauses(READS, handler);
        self.declare_absent(&name, Ty::Text);
        let stage = format!("stage {name} = tool . text ( {argument} ) {clauses}");
        if !absent {
            return stage;
        }
        let bool = self.name("v");
        self.declare(&bool, Ty::Bool);
        format!("{stage} let {bool} = skipped ( {name} ) || {condition}")
    }

    /// A change that is taken back when the run fails.
    pub(super) fn undone(&mut self) -> String {
        let (agent, back) = (self.agent(Ty::Record, Effects::Writes), self.agent(Ty::Text, Effects::Idempotent));
        let (name, argument) = (self.name("s"), self.expr(Ty::Text, 1));
        let clauses = self.choices.of(&["", "{ retry { attempts 3 } timeout 5m }"]);
        let fixed = format!("undo {back} . run ( {name} . id ) {clauses}");
        let (clauses, absent) = self.clauses(Form::Several, &fixed);
        self.declare_if(absent, &name, Ty::Record);
        format!("stage {name} = {agent} . run ( {argument} ) {clauses}")
    }
}
