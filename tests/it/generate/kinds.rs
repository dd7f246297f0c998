//! Agents of each kind: `NAME . run ( a : string , n : int = 1 )` with settings by chance.

use super::Maker;
use super::types::Ty;

/// What an action does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effects {
    /// Nothing: it may be raced and cached.
    Reads,
    Idempotent,
    Writes,
}

impl Effects {
    pub fn setting(self) -> &'static str {
        match self {
            Effects::Reads => "effects reads",
            Effects::Idempotent => "effects writes idempotent",
            Effects::Writes => "effects writes",
        }
    }
}

/// The parts of an agent that has one action.
#[derive(Default)]
pub(super) struct Parts {
    /// Settings of the agent.
    pub outer: Vec<String>,
    /// Settings of the action.
    pub inner: Vec<String>,
    /// Other actions.
    pub others: Vec<String>,
    /// The result of the action.
    pub result: Option<Ty>,
}

impl Maker<'_> {
    /// A new agent with the action `run`, and its name.
    pub(super) fn agent(&mut self, ty: Ty, effects: Effects) -> String {
        let name = self.name("agent_");
        let kinds = match (ty, effects) {
            (Ty::File, _) => vec!["exec"],
            (_, Effects::Reads) => vec!["exec", "mock", "shell", "http", "llm", "mcp"],
            _ => vec!["exec", "shell", "http", "mcp"],
        };
        let kind = self.choices.of(&kinds);
        let mut parts = Parts { result: Some(ty), ..Parts::default() };
        match kind {
            "exec" => self.exec(&mut parts, effects),
            "shell" => self.shell(&mut parts),
            "http" => self.http(&mut parts, effects),
            "llm" => self.llm(&mut parts),
            "mcp" => self.mcp(&mut parts),
            _ => self.mock(&mut parts, ty),
        }
        if effects != Effects::Reads || !matches!(kind, "llm" | "mock") || self.choices.below(2) == 1 {
            self.place(&mut parts, vec![effects.setting().to_owned()]);
        }
        self.common(&mut parts, kind, effects);
        let Parts { outer, inner, others, .. } = parts;
        let label = if kind != "mock" && self.choices.one_in(6) { "untrusted " } else { "" };
        let result = ty.name();
        self.items.push(format!(
            "agent {name} uses {kind} {{ {} action run ( a : string , n : int = 1 ) -> {label}{result} {{ {} }} {} }}",
            outer.join(" "),
            inner.join(" "),
            others.join(" ")
        ));
        name
    }

    /// Puts settings that may stand at both at the agent or at the action.
    fn place(&mut self, parts: &mut Parts, settings: Vec<String>) {
        for setting in settings {
            if self.choices.below(2) == 1 { parts.outer.push(setting) } else { parts.inner.push(setting) }
        }
    }

    /// Settings that all kinds have.
    fn common(&mut self, parts: &mut Parts, kind: &str, effects: Effects) {
        let retry = self.policy(effects);
        let mut both = vec!["timeout 2m".to_owned(), format!("retry {retry}"), "raises lost , quota".to_owned()];
        if effects == Effects::Reads {
            both.push("cache 10m".to_owned());
        }
        if kind != "llm" {
            both.extend(["cost 0.01usd".to_owned(), "endorses".to_owned()]);
        }
        let both = self.choices.some_of(both);
        self.place(parts, both);
        let outer = ["parallel 2", "rate 60 per 1m", "capabilities \"search\" , \"write\""].map(str::to_owned);
        parts.outer.extend(self.choices.some_of(outer.into()));
        if effects != Effects::Reads && kind != "mock" && self.choices.below(2) == 1 {
            self.probe(parts, kind);
        }
    }

    /// What a process needs beside its command.
    fn process(&mut self, parts: &mut Parts) {
        let secret = self.secret();
        let settings = vec![
            format!("env {{ TOKEN : {secret} , MODE : \"fast\" }}"),
            "pass \"CARGO_HOME\" , \"LANG\"".to_owned(),
            "cwd \"work\"".to_owned(),
        ];
        let settings = self.choices.some_of(settings);
        self.place(parts, settings);
    }

    fn exec(&mut self, parts: &mut Parts, effects: Effects) {
        let command = self.choices.of(&[
            "command [ \"./agents/run\" , a , \"--count=${n}\" ]",
            "command [ \"run\" , a , to_string ( n ) ]",
            "command [ \"run\" , \"--schema\" , result_schema , split ( a , \" \" ) , \"${n}\" ]",
        ]);
        parts.inner.push(command.to_owned());
        self.process(parts);
        let stdin =
            self.choices.of(&["", "stdin none", "stdin json", "stdin a", "stdin \"\"\"\n  ${a}\n  ${n}\n  \"\"\""]);
        parts.inner.push(stdin.to_owned());
        let output = match parts.result {
            Some(Ty::Text) => self.choices.of(&["", "output text", "output json", "output json at \"result\""]),
            Some(Ty::List) => self.choices.of(&["", "output lines", "output json"]),
            Some(Ty::Int) if effects == Effects::Reads => self.choices.of(&["output status", "output json"]),
            _ => self.choices.of(&["", "output json at \"result\""]),
        };
        parts.inner.push(output.to_owned());
    }

    fn shell(&mut self, parts: &mut Parts) {
        parts.inner.push(
            self.choices
                .of(&["command \"grep -c -- \\\"$WORD\\\" notes.txt\"", "command r\"wc -l < notes.txt\""])
                .to_owned(),
        );
        parts.inner.push(
            self.choices
                .of(&["env { WORD : a , COUNT : to_string ( n ) }", "env { WORD : a , COUNT : \"${n}\" } stdin none"])
                .to_owned(),
        );
        parts.inner.push("output json".to_owned());
    }

    fn http(&mut self, parts: &mut Parts, effects: Effects) {
        let secret = self.secret();
        parts.outer.push("url \"https://api.example.com\"".to_owned());
        parts.inner.push(self.choices.of(&["path \"/find/${a}/${n}\"", "path \"/${n}/${a}/all\""]).to_owned());
        let method = match effects {
            Effects::Reads => self.choices.of(&["", "method GET", "method POST"]),
            _ => self.choices.of(&["method POST", "method PUT"]),
        };
        parts.inner.push(method.to_owned());
        if method.ends_with('T') && method != "method GET" {
            parts.inner.push(self.choices.of(&["body { a , count : n }", "body a", ""]).to_owned());
        }
        let settings = vec![format!("headers {{ Authorization : \"Bearer ${{{secret}}}\" , Accept : \"text/html\" }}")];
        let settings = self.choices.some_of(settings);
        self.place(parts, settings);
        parts.inner.push(self.choices.of(&["", "query { a , page : to_string ( n ) }", "output json"]).to_owned());
    }

    fn llm(&mut self, parts: &mut Parts) {
        let secret = self.secret();
        let model = self.choices.of(&[
            "model \"gpt-5-mini\"",
            "model \"claude-sonnet-4-5\"",
            "model \"gpt-5-mini\" provider \"openai\"",
        ]);
        self.place(parts, vec![model.to_owned()]);
        parts.inner.push(
            self.choices
                .of(&[
                    "prompt \"${a}${n}\"",
                    "prompt \"\"\"\n  Say ${a}\n    ${n} times.\n  \"\"\"",
                    "prompt a system \"${n}\"",
                ])
                .to_owned(),
        );
        let mut settings = vec![
            format!("api_key {secret}"),
            "temperature 0.5".to_owned(),
            "max_input 60_000tok".to_owned(),
            "max_output 4_000tok".to_owned(),
        ];
        if self.choices.one_in(4) {
            settings.push("url \"https://models.example.com/v1\"".to_owned());
        }
        let settings = self.choices.some_of(settings);
        self.place(parts, settings);
        if self.choices.one_in(3) {
            let tool = self.agent(Ty::Text, Effects::Reads);
            parts.inner.push(format!("tools [ {tool} . run , tool . flag ] max turns 4"));
        }
    }

    fn mcp(&mut self, parts: &mut Parts) {
        let secret = self.secret();
        let server = self.choices.of(&[
            "command [ \"npx\" , \"-y\" , \"search-mcp\" ]".to_owned(),
            format!("command [ \"search-mcp\" ] env {{ KEY : {secret} }} pass \"LANG\" cwd \"work\""),
            "url \"https://mcp.example.com\"".to_owned(),
            format!("url \"https://mcp.example.com\" headers {{ Authorization : {secret} }}"),
        ]);
        parts.outer.push(server);
        parts.inner.push("tool \"web_search\"".to_owned());
    }

    fn mock(&mut self, parts: &mut Parts, ty: Ty) {
        let fails = self.choices.of(&[
            "",
            "fails unavailable",
            "fails timeout once",
            "fails temporary 3 times",
            "fails crashed twice",
        ]);
        parts.inner.push(fails.to_owned());
        parts.inner.push(self.choices.of(&["", "takes 20m"]).to_owned());
        let value = match ty {
            Ty::Text => "\"${a} ${n}\"",
            Ty::Int => "n + len ( a )",
            Ty::Bool => "a == \"yes\" && n > 1",
            Ty::List => "[ a , \"${n}\" ]",
            _ => "{ id : a , count : n , kind : \"low\" }",
        };
        parts.inner.push(format!("returns {value}"));
    }

    /// How to find out whether a write happened.
    fn probe(&mut self, parts: &mut Parts, kind: &str) {
        if kind != "exec" {
            return;
        }
        if self.choices.below(2) == 1 {
            parts.inner.push("probe { effects reads command [ \"found\" , a , key ] }".to_owned());
            return;
        }
        let result = parts.result.map_or("null", Ty::name);
        parts.inner.push("probe found".to_owned());
        parts.others.push(format!(
            "action found ( a : string , n : int , key : string ) -> {{ kind : \"done\" , result : {result} }} | \
             {{ kind : \"not_done\" }} | {{ kind : \"unknown\" }} {{ effects reads command [ \"found\" , a , key ] }}"
        ));
    }
}
