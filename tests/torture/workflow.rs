//! Random workflows whose end is known before they run.

use serde_json::{Value as Json, json};

use crate::chance::Chance;

/// A program and what must come of it.
pub struct Workflow {
    /// The text of the `.wf` file.
    pub source: String,
    /// What the run gives; nothing where it fails by its own `fail`.
    pub result: Option<Json>,
    /// How many calls must have been undone.
    pub undone: usize,
    /// The stage that asks a person, if one does: the answer is [`ANSWER`].
    pub asks: Option<String>,
}

/// What a person answers.
pub const ANSWER: &str = r#"{"word":"yes"}"#;

const HEAD: &str = r#"retry patient { attempts 4 backoff fixed(20ms) on unavailable }

agent tool uses exec {
    parallel 4
    stdin none
    action look(x: string, fails: int, takes: int) -> string {
        effects reads
        command ["sh", "agent.sh", "look", x, "${fails}", "${takes}"]
    }
    action put(x: string, fails: int, takes: int) -> string {
        effects writes idempotent
        command ["sh", "agent.sh", "put", x, "${fails}", "${takes}"]
    }
    action safe(x: string, fails: int, takes: int) -> string {
        effects writes
        command ["sh", "agent.sh", "write", x, "${fails}", "${takes}"]
        probe {
            effects reads
            command ["sh", "agent.sh", "probe", x, key]
        }
    }
    action bare(x: string, fails: int, takes: int) -> string {
        effects writes
        command ["sh", "agent.sh", "write", x, "${fails}", "${takes}"]
    }
    action back(x: string) {
        effects writes idempotent
        command ["sh", "agent.sh", "back", x, "0", "1"]
    }
    action add(sum: string, name: string) -> { sum: string, rounds: int } {
        effects writes idempotent
        command ["sh", "agent.sh", "round", sum, name]
    }
}

workflow inner(x: string) -> string {
    stage one = tool.put("${x}1", 1, 4) { retry patient }
    stage two = tool.safe("${one}2", 0, 6)

    return two
}

workflow main() -> json {
"#;

/// Puts a workflow together stage by stage.
struct Maker<'a> {
    chance: &'a mut Chance,
    body: String,
    /// Name and text of each stage that gives a text.
    texts: Vec<(String, String)>,
    result: serde_json::Map<String, Json>,
    undone: usize,
    asks: Option<String>,
    /// The stage before, whatever it gives.
    last: Option<String>,
}

/// A random workflow.
pub fn random(chance: &mut Chance) -> Workflow {
    let fails = chance.one_in(4);
    let mut maker = Maker {
        chance,
        body: String::new(),
        texts: Vec::new(),
        result: serde_json::Map::new(),
        undone: 0,
        asks: None,
        last: None,
    };
    let count = 4 + maker.chance.below(10);
    for number in 0..count {
        maker.stage(&format!("s{number}"));
    }
    maker.end(fails)
}

impl Maker<'_> {
    fn stage(&mut self, name: &str) {
        match self.chance.below(13) {
            0 => self.map(name),
            1 => self.rounds(name),
            2 => self.inner(name),
            3 => self.guarded(name),
            4 => self.arms(name),
            5 => self.first(name),
            6 => self.pause(name),
            7 if self.asks.is_none() => self.question(name),
            8 => self.handled(name),
            _ => self.call(name),
        }
        self.last = Some(name.to_owned());
    }

    /// The text of an earlier stage as it is spelled in the program, with what it is.
    fn earlier(&mut self) -> (String, String) {
        let short: Vec<_> = self.texts.iter().filter(|(_, text)| text.len() < 24).cloned().collect();
        match short.len() {
            0 => (String::new(), String::new()),
            count => {
                let (name, text) = short[self.chance.below(count as u64) as usize].clone();
                (format!("${{{name}}}"), text)
            }
        }
    }

    fn takes(&mut self) -> u64 {
        let most = self.chance.of(&[3, 10, 40]);
        1 + self.chance.below(most)
    }

    fn gives(&mut self, name: &str, text: String) {
        self.result.insert(name.to_owned(), json!(text));
        self.texts.push((name.to_owned(), text));
    }

    fn after(&mut self) -> String {
        match &self.last {
            Some(last) if self.chance.one_in(3) => format!("after {last}"),
            _ => String::new(),
        }
    }

    fn call(&mut self, name: &str) {
        let ((spelled, text), takes) = (self.earlier(), self.takes());
        let action = self.chance.of(&["look", "put", "safe", "bare"]);
        let fails = if matches!(action, "look" | "put") { self.chance.below(3) } else { 0 };
        let mut clauses = vec!["retry patient".to_owned()];
        if matches!(action, "safe" | "bare") {
            clauses.clear();
        }
        clauses.push(self.after());
        if self.chance.one_in(4) {
            clauses.push("lock \"one\"".into());
        }
        if action != "look" && self.chance.one_in(2) {
            clauses.push(format!("undo tool.back({name})"));
            self.undone += 1;
        }
        let clauses = clauses.join("  ");
        self.body +=
            &format!("    stage {name} = tool.{action}(\"{spelled}{name}\", {fails}, {takes}) {{ {clauses} }}\n");
        self.gives(name, format!("{text}{name}"));
    }

    fn map(&mut self, name: &str) {
        let ((spelled, text), takes, after) = (self.earlier(), self.takes(), self.after());
        let action = self.chance.of(&["look", "put", "safe"]);
        let items = &["a", "b", "c", "d", "e", "f"][..1 + self.chance.below(6) as usize];
        let at_once = 1 + self.chance.below(3);
        self.body += &format!(
            "    stage {name} = for item in {items:?} up to 8 => tool.{action}(\"{spelled}${{item}}\", 0, {takes}) \
             {{ parallel {at_once}  {after} }}\n"
        );
        let all: Vec<String> = items.iter().map(|item| format!("{text}{item}")).collect();
        self.result.insert(name.to_owned(), json!(all));
    }

    fn rounds(&mut self, name: &str) {
        let (rounds, after) = (1 + self.chance.below(4), self.after());
        self.body += &format!(
            "    stage {name} = tool.add(\"\", \"r\") {{\n        {after}\n        repeat up to 5 every 15ms until \
             result.rounds >= {rounds}\n            with sum: result.sum\n    }}\n"
        );
        let sum = "r".repeat(rounds as usize);
        self.result.insert(name.to_owned(), json!({ "sum": sum, "rounds": rounds }));
    }

    fn inner(&mut self, name: &str) {
        let ((spelled, text), after) = (self.earlier(), self.after());
        self.body += &format!("    stage {name} = inner(\"{spelled}\") {{ {after} }}\n");
        self.gives(name, format!("{text}12"));
    }

    /// Its condition is known: it runs or it does not.
    fn guarded(&mut self, name: &str) {
        let Some((earlier, text)) = self.texts.last().cloned() else { return self.call(name) };
        let (runs, takes) = (self.chance.one_in(2), self.takes());
        let wanted = if runs { text } else { "never".to_owned() };
        self.body +=
            &format!("    stage {name} = tool.look(\"{name}\", 0, {takes}) {{ when {earlier} == \"{wanted}\" }}\n");
        self.result.insert(name.to_owned(), if runs { json!(name) } else { Json::Null });
    }

    fn arms(&mut self, name: &str) {
        let Some((earlier, text)) = self.texts.last().cloned() else { return self.call(name) };
        let (taken, takes) = (self.chance.one_in(2), self.takes());
        let wanted = if taken { text } else { "never".to_owned() };
        self.body += &format!(
            "    stage {name} = match {earlier} {{\n        \"{wanted}\" => tool.put(\"{name}\", 0, {takes})\n        \
             _ => use \"other\"\n    }}\n"
        );
        self.gives(name, if taken { name } else { "other" }.to_owned());
    }

    /// Whoever is first, it gives the same.
    fn first(&mut self, name: &str) {
        let (one, two, after) = (self.takes(), self.takes(), self.after());
        self.body += &format!(
            "    stage {name} = first of [tool.look(\"{name}\", 0, {one}), tool.look(\"{name}\", 1, {two}) {{ retry \
             patient }}] {{ {after} }}\n"
        );
        self.gives(name, name.to_owned());
    }

    fn pause(&mut self, name: &str) {
        let (pause, after) = (1 + self.chance.below(80), self.after());
        self.body += &format!("    stage {name} = wait({pause}ms) {{ {after} }}\n");
    }

    fn question(&mut self, name: &str) {
        let after = self.after();
        self.body += &format!("    stage {name} = ask(\"Go on?\") -> {{ word: string }} {{ timeout 1d  {after} }}\n");
        self.result.insert(name.to_owned(), json!({ "word": "yes" }));
        self.asks = Some(name.to_owned());
    }

    fn handled(&mut self, name: &str) {
        let after = self.after();
        self.body += &format!(
            "    stage {name} = tool.look(\"bad\", 99, 1) {{ {after}  on failure of denied use \"handled\" }}\n"
        );
        self.gives(name, "handled".to_owned());
    }

    /// The end; one that fails does so once all has succeeded that can be undone.
    fn end(mut self, fails: bool) -> Workflow {
        if self.texts.is_empty() {
            self.call("t0");
        }
        if fails {
            let all: Vec<String> = self.texts.iter().map(|(name, text)| format!("{name} == \"{text}\"")).collect();
            self.body += &format!("    when {} {{\n        fail \"as told\"\n    }}\n", all.join(" && "));
        }
        self.body += "    finally {\n        stage tidy = tool.put(\"tidy\", 0, 2)\n    }\n";
        let names: Vec<&str> = self.result.keys().map(String::as_str).collect();
        let source = format!("{HEAD}{}    return {{ {} }} as json\n}}\n", self.body, names.join(", "));
        let (result, undone) = if fails { (None, self.undone) } else { (Some(Json::Object(self.result)), 0) };
        Workflow { source, result, undone, asks: self.asks }
    }
}
