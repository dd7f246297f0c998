//! Items that are made where something needs them, and the stages that do.

use super::Maker;
use super::clauses::Form;
use super::types::Ty;
use super::workflows::ARGUMENTS;

/// What every program has: types, and an agent with an action for each type.
pub const TYPES: [&str; 4] = [
    "type Record = { id : string , count : int , kind : Level , note ? : string }",
    r#"type Level = "low" | "high""#,
    r#"type Case = { kind : "ok" , value : int } | { kind : "err" , why : string }"#,
    r#"agent tool uses mock {
action text ( a : string , n : int = 1 ) -> string { returns "${a} ${n}" }
action number ( a : string ) -> int { returns len ( a ) }
action flag ( a : string ) -> bool { returns a == "yes" }
action list ( a : string ) -> list< string > { returns [ a , a ] }
action record ( a : string , n : int = 1 ) -> Record { returns { id : a , count : n , kind : "low" } }
}"#,
];

/// A file that is imported.
pub const TEAM: &str = r#"/// What was found.
type Review = { good: bool, notes: list<string> }
agent reviewer uses exec {
    action review(diff: string) -> Review {
        effects reads
        command ["./review"]
    }
}
"#;

impl Maker<'_> {
    /// A new secret.
    pub(super) fn secret(&mut self) -> String {
        let name = self.name("secret_");
        let from = self.choices.of(&[
            "env \"TOKEN\"",
            "file \"/run/secrets/token\"",
            "command [ \"pass\" , \"show\" , \"x\" ]",
        ]);
        self.items.push(format!("secret {name} from {from}"));
        name
    }

    /// A constant of this value.
    pub(super) fn constant(&mut self, value: &str) -> String {
        let name = self.name("constant_");
        self.items.push(format!("let {name} = {value}"));
        name
    }

    /// Starts a workflow by itself.
    pub(super) fn schedule(&mut self, flow: &str) {
        if self.choices.below(3) == 1 {
            let name = self.name("schedule_");
            let zone = self.choices.of(&["timezone \"Europe/Berlin\"", "timezone \"UTC\""]).to_owned();
            let more = vec![
                zone,
                self.choices.of(&["priority high", "priority 3"]).to_owned(),
                self.choices.of(&["overlap skip", "overlap queue", "overlap allow"]).to_owned(),
                self.choices.of(&["missed once", "missed skip", "missed all"]).to_owned(),
            ];
            let more = self.choices.some_of(more).join(" ");
            let cron = self.choices.of(&["0 2 * * mon-fri", "*/15 * 1,15 jan *"]);
            self.items.push(format!("schedule {name} = {flow} ( {ARGUMENTS} ) {{ cron \"{cron}\" {more} }}"));
        }
    }

    /// An interface, who implements it, and a call of whom is handed over.
    pub(super) fn of_a_template(&mut self) -> String {
        let (interface, pool, flow) = (self.name("Interface"), self.name("pool_"), self.name("template_"));
        let (one, two, name) = (self.name("agent_"), self.name("agent_"), self.name("s"));
        self.items.push(format!(
            "interface {interface} {{ action look ( a : string , n : int = 1 ) -> string {{ effects reads }} \
             action check ( a : string ) -> bool {{ effects reads }} }}"
        ));
        let strength = format!("strength_{}", self.count);
        for agent in [&one, &two] {
            let own = self.choices.of(&["action check", "action check ( a : string , deep : bool = false ) -> bool"]);
            self.items.push(format!(
                "agent {agent} : {interface} uses exec {{ capabilities \"{strength}\" action look {{ command [ \"look\" , a ] }} \
                 {own} {{ effects none command [ \"check\" , a ] }} }}"
            ));
        }
        let members =
            self.choices.of(&[format!("members {one} , {two}"), format!("members with capability \"{strength}\"")]);
        let strategy =
            self.choices.of(&["", "strategy least_busy", "strategy round_robin", "strategy first_available"]);
        self.items.push(format!("pool {pool} : {interface} {{ {members} {strategy} }}"));
        let (default, argument) = self.choices.of(&[
            ("", format!(", second : {two}")),
            ("= PRESET", String::new()),
            ("= PRESET", format!(", second : {pool}")),
        ]);
        let default = default.replace("PRESET", &pool);
        self.items.push(format!(
            "workflow {flow} ( a : string , looks : {interface} , second : {interface} {default} ) -> string {{ \
             stage seen = looks . look ( a ) stage good = second . check ( seen ) return \"${{seen}} ${{good}}\" }}"
        ));
        let value = self.expr(Ty::Text, 1);
        let (clauses, absent) = self.clauses(Form::Flow, "");
        self.declare_if(absent, &name, Ty::Text);
        let whom = self.choices.of(&[one, pool.clone()]);
        match self.choices.below(2) {
            0 => format!("stage {name} = {flow} ( {value} , {whom} {argument} ) {clauses}"),
            _ => {
                let also = self.name("s");
                self.declare_stage(&also, Ty::Bool);
                format!(
                    "stage {name} = {flow} ( {value} , {whom} {argument} ) {clauses} stage {also} = {pool} . check ( p )"
                )
            }
        }
    }

    /// Something of another file.
    pub(super) fn imported(&mut self) -> String {
        let (name, alias, value) = (self.name("s"), self.name("team_"), self.expr(Ty::Text, 1));
        match self.choices.below(4) {
            0 => {
                self.items.push(format!("import \"team/agents.wf\" as {alias}"));
                let good = self.bound(&format!("{name} . good"), Ty::Bool);
                format!("stage {name} = {alias} . reviewer . review ( {value} ) {good}")
            }
            1 => {
                self.once("import { Review , reviewer } from \"team/agents.wf\"");
                let flow = self.name("flow_");
                self.items.push(format!(
                    "workflow {flow} ( a : string ) -> Review {{ stage found = reviewer . review ( a ) return found }}"
                ));
                let notes = self.bound(&format!("{name} . notes"), Ty::List);
                format!("stage {name} = {flow} ( {value} ) {notes}")
            }
            2 => {
                self.once("import { Voter , vote , } from \"std/patterns.wf\"");
                let agent = self.name("agent_");
                self.items
                    .push(format!("agent {agent} : Voter uses exec {{ action vote {{ command [ \"./vote\" ] }} }}"));
                let choice = self.bound(&format!("{name} . choice"), Ty::Maybe);
                format!(
                    "stage {name} = vote ( {value} , [ \"a\" , \"b\" ] , {agent} , {agent} , three : {agent} ) {choice}"
                )
            }
            _ => {
                self.items.push(format!("import \"std/patterns.wf\" as {alias}"));
                let agent = self.name("agent_");
                self.items.push(format!(
                    "agent {agent} : {alias} . Voter uses exec {{ action vote {{ command [ \"./vote\" ] }} }}"
                ));
                let choice = self.bound(&format!("{name} . choice"), Ty::Maybe);
                format!("stage {name} = {alias} . vote ( {value} , xs , {agent} , {agent} , {agent} ) {choice}")
            }
        }
    }

    /// An item that stands once.
    fn once(&mut self, item: &str) {
        if !self.items.iter().any(|there| there == item) {
            self.items.push(item.to_owned());
        }
    }

    /// A call of which the whole answer is wanted.
    pub(super) fn of_a_service(&mut self) -> String {
        let (agent, name, value) = (self.name("agent_"), self.name("s"), self.expr(Ty::Text, 1));
        let (result, part, ty) = self.choices.of(&[
            ("{ status : int }", "status", Ty::Int),
            ("{ status : int , headers : map< string > , body : list< string > }", "body", Ty::List),
        ]);
        self.items.push(format!(
            "agent {agent} uses http {{ url \"https://api.example.com\" action run ( a : string ) -> {result} \
             {{ path \"/${{a}}\" output response }} }}"
        ));
        let part = self.bound(&format!("{name} . {part}"), ty);
        format!("stage {name} = {agent} . run ( {value} ) {part}")
    }

    /// What may be seen, what may be believed.
    pub(super) fn with_labels(&mut self) -> String {
        let (agent, seen, name) = (self.name("agent_"), self.name("s"), self.name("s"));
        let secret = self.secret();
        self.items.push(format!(
            "agent {agent} uses exec {{ effects reads \
             action letter ( key : secret string ) -> untrusted {{ text : string , kind : Level }} \
             {{ command [ \"./mail\" ] env {{ KEY : key }} }} \
             action reply ( a : string , text : trusted string ) -> string {{ command [ \"./reply\" ] }} \
             action clean ( a : string ) -> string {{ endorses command [ \"./clean\" ] }} }}"
        ));
        self.declare_stage(&name, Ty::Text);
        let letter = format!("stage {seen} = {agent} . letter ( {secret} )");
        match self.choices.below(3) {
            0 => format!("{letter} stage {name} = {agent} . reply ( {seen} . text , text : {seen} . kind )"),
            1 => {
                let clean = self.name("s");
                format!(
                    "{letter} stage {clean} = {agent} . clean ( {seen} . text ) \
                     stage {name} = {agent} . reply ( \"x\" , text : {clean} )"
                )
            }
            _ => {
                let word = self.name("v");
                format!(
                    "{letter} let {word} = if {seen} . text == \"yes\" then \"yes\" else \"no\" \
                     stage {name} = {agent} . reply ( {seen} . text , text : {word} )"
                )
            }
        }
    }
}
