//! Programs made by chance that are sound: they parse, check and lower without a diagnostic. What stands between their tokens is
//! made by chance too.

use std::fmt::Write;

/// Numbers that decide what a program looks like. Where they end everything is as simple as it can be, so that a program that
/// shows a fault can be made small.
struct Choices<'a> {
    numbers: &'a [u16],
    at: usize,
}

impl Choices<'_> {
    fn below(&mut self, limit: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(number) % limit.max(1)
    }

    fn of<'t, T>(&mut self, list: &'t [T]) -> &'t T {
        let index = self.below(list.len());
        &list[index]
    }
}

/// The types of values that are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ty {
    Text,
    Int,
    Bool,
    List,
    Record,
}

/// Something that can be used: its tokens and its type.
struct Value {
    tokens: String,
    ty: Ty,
}

/// A sound program in two layouts: one space between tokens, and anything between them.
pub fn program(numbers: &[u16]) -> (String, String) {
    let mut maker = Maker {
        choices: Choices { numbers, at: 0 },
        tokens: Vec::new(),
        values: Vec::new(),
        stages: Vec::new(),
        count: 0,
    };
    maker.items();
    let plain = maker.tokens.join(" ") + "\n";
    let mut noisy = String::new();
    for token in &maker.tokens {
        noisy.push_str(token);
        noisy.push_str(SPACES[maker.choices.below(SPACES.len())]);
    }
    (plain, noisy)
}

const SPACES: [&str; 10] =
    [" ", "\n", "  ", "\n\n\n", " // why\n", "\n// alone\n", "\t", "\r\n", "\n/// doc\n", "\n\n// apart\n\n"];

/// What every program has: an action for each type, a policy, a type.
const TOOLS: &str = r#"type Record = { id : string , count : int , kind : "low" | "high" , note ? : string }
agent tool uses mock {
action text ( a : string , n : int = 1 ) -> string { returns "${a} ${n}" }
action number ( a : string ) -> int { returns len ( a ) }
action flag ( a : string ) -> bool { returns a == "yes" }
action list ( a : string ) -> list< string > { returns [ a , a ] }
action record ( a : string ) -> Record { returns { id : a , count : 1 , kind : "low" } }
action write ( a : string ) -> string { effects writes returns a }
}
retry patient { attempts 3 backoff exponential ( 1s , factor : 2 , max : 1m , jitter : true ) on default }
"#;

struct Maker<'a> {
    choices: Choices<'a>,
    tokens: Vec<String>,
    values: Vec<Value>,
    /// Those that always run.
    stages: Vec<String>,
    count: usize,
}

impl Maker<'_> {
    fn items(&mut self) {
        self.put(TOOLS);
        self.put(
            "workflow main ( p : string , n : int = 3 , xs : list< string > = [ ] , b : bool = true , r : Record ) ->",
        );
        for (name, ty) in [("p", Ty::Text), ("n", Ty::Int), ("xs", Ty::List), ("b", Ty::Bool), ("r", Ty::Record)] {
            self.value(name, ty);
        }
        let head = std::mem::take(&mut self.tokens);
        self.body();
        let body = std::mem::replace(&mut self.tokens, head);
        self.result_type();
        self.tokens.extend(body);
        if self.choices.below(2) == 1 {
            self.put("test \"t\" { run main ( p : \"a\" , r : { id : \"a\" , count : 1 , kind : \"low\" } ) expect outcome . status == \"succeeded\" }");
        }
    }

    /// Adds tokens that are separated by white space; strings hold none of it but between their quotes.
    fn put(&mut self, text: &str) {
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let end = if rest.starts_with('"') {
                string_end(rest)
            } else {
                rest.find(char::is_whitespace).unwrap_or(rest.len())
            };
            self.tokens.push(rest[..end].to_owned());
            rest = rest[end..].trim_start();
        }
    }

    fn value(&mut self, tokens: &str, ty: Ty) {
        self.values.push(Value { tokens: tokens.to_owned(), ty });
        if ty == Ty::Record {
            self.values.push(Value { tokens: format!("{tokens} . id"), ty: Ty::Text });
            self.values.push(Value { tokens: format!("{tokens} . count"), ty: Ty::Int });
        }
    }

    fn name(&mut self, start: &str) -> String {
        self.count += 1;
        format!("{start}{}", self.count)
    }

    fn result_type(&mut self) {
        let mut ty = String::from("{");
        for (index, value) in self.values.iter().enumerate() {
            let name = match value.ty {
                Ty::Text => "string",
                Ty::Int => "int",
                Ty::Bool => "bool",
                Ty::List => "list< string >",
                Ty::Record => "Record",
            };
            let _ = write!(ty, " f{index} : {name} ,");
        }
        self.put(&(ty + " }"));
    }

    fn body(&mut self) {
        self.put("{");
        let head = *self.choices.of(&["", "timeout 9d", "parallel 8 timeout 9d", "on failure cancel timeout 9d"]);
        self.put(head);
        for _ in 0..=self.choices.below(8) {
            self.statement();
        }
        if self.choices.below(3) == 1 {
            self.put("finally { stage _told = tool . write ( outcome . status ) }");
        }
        let fields: Vec<String> =
            self.values.iter().enumerate().map(|(index, value)| format!("f{index} : {}", value.tokens)).collect();
        self.put(&format!("return {{ {} }} }}", fields.join(" , ")));
    }

    fn statement(&mut self) {
        match self.choices.below(9) {
            0 => self.binding(),
            1 => self.call(),
            2 => self.map(),
            3 => self.choice(),
            4 => self.condition(),
            5 => self.question(),
            6 => self.repetition(),
            7 => self.fallback(),
            _ => self.exit(),
        }
    }

    fn binding(&mut self) {
        let name = self.name("v");
        let ty = *self.choices.of(&[Ty::Text, Ty::Int, Ty::Bool, Ty::List]);
        let value = self.expr(ty, 3);
        self.put(&format!("let {name} = {value}"));
        self.value(&name, ty);
    }

    fn call(&mut self) {
        let (action, ty) = *self.choices.of(&[
            ("text", Ty::Text),
            ("number", Ty::Int),
            ("flag", Ty::Bool),
            ("list", Ty::List),
            ("record", Ty::Record),
        ]);
        let (name, argument, clauses) = (self.name("s"), self.expr(Ty::Text, 2), self.clauses());
        self.put(&format!("stage {name} = tool . {action} ( {argument} ) {clauses}"));
        self.value(&name, ty);
        self.stages.push(name);
    }

    /// Some clauses, in any order.
    fn clauses(&mut self) -> String {
        let after = self.stages.last().map(|stage| format!("after {stage}"));
        let retry = ["retry patient", "retry { attempts 2 }", "retry { attempts 2 backoff fixed ( 1s ) on timeout }"];
        let retry = (*self.choices.of(&retry)).to_owned();
        let label = format!("label {}", self.string(1));
        let mut clauses: Vec<String> =
            ["timeout 5m", "deadline 7h", "priority high", "cache 2h", "lock \"door\""].map(str::to_owned).into();
        clauses.extend([retry, label].into_iter().chain(after));
        let mut text = String::new();
        for _ in 0..self.choices.below(5) {
            let clause = clauses.swap_remove(self.choices.below(clauses.len()));
            let _ = write!(text, " {clause}");
        }
        if text.is_empty() { text } else { format!("{{{text} }}") }
    }

    fn map(&mut self) {
        let (name, list) = (self.name("s"), self.expr(Ty::List, 1));
        let body = *self.choices.of(&[
            "tool . text ( x )",
            "{ stage y = tool . text ( x ) let z = \"${y}!\" return z }",
            "tool . text ( x , n : len ( x ) )",
        ]);
        let clauses =
            *self.choices.of(&["", "{ parallel 2 }", "{ timeout 1m label \"${x}\" parallel 3 retry patient }"]);
        self.put(&format!("stage {name} = for x in {list} up to 10 => {body} {clauses}"));
        self.value(&name, Ty::List);
        self.stages.push(name);
    }

    fn choice(&mut self) {
        let (name, one, other) = (self.name("s"), self.expr(Ty::Text, 1), self.expr(Ty::Text, 1));
        let arm = match self.choices.below(3) {
            0 => format!("use {other}"),
            1 => format!("tool . text ( {other} ) {{ retry patient timeout 1m }}"),
            _ => format!("{{ stage y = tool . text ( {other} ) return y }}"),
        };
        self.put(&format!("stage {name} = match r . kind {{ \"low\" => tool . text ( {one} ) \"high\" => {arm} }}"));
        self.value(&name, Ty::Text);
        self.stages.push(name);
    }

    fn condition(&mut self) {
        let (name, condition, argument) = (self.name("s"), self.condition_text(), self.expr(Ty::Text, 1));
        self.put(&format!("when {condition} {{ stage {name} = tool . text ( {argument} ) }}"));
        if self.choices.below(2) == 1 {
            let other = self.name("s");
            self.put(&format!("else {{ stage {other} = tool . text ( p ) {{ timeout 1m }} }}"));
            self.value(&format!("( {other} ?? \"no\" )"), Ty::Text);
        }
        self.value(&format!("( {name} ?? \"none\" )"), Ty::Text);
    }

    fn question(&mut self) {
        let (name, text) = (self.name("s"), self.string(1));
        let to = *self.choices.of(&[
            "timeout 1h",
            "timeout 1h to role \"lead\"",
            "priority low label \"a\" timeout 1h to role \"b\"",
        ]);
        self.put(&format!("stage {name} = ask ( {text} , show : r ) -> {{ answer : string }} {{ {to} }}"));
        self.value(&format!("{name} . answer"), Ty::Text);
        self.stages.push(name);
    }

    fn repetition(&mut self) {
        let (name, argument) = (self.name("s"), self.expr(Ty::Text, 1));
        let end =
            *self.choices.of(&["", "with a : result . id", "with a : result . id stop when unchanged ( result . id )"]);
        let more = *self.choices.of(&["", "timeout 5m", "on failure of exhausted use result"]);
        self.put(&format!(
            "stage {name} = tool . record ( {argument} ) {{ {more} repeat up to 3 until result . count > 2 {end} }}"
        ));
        self.value(&name, Ty::Record);
        self.stages.push(name);
    }

    fn fallback(&mut self) {
        let (name, argument, instead) = (self.name("s"), self.expr(Ty::Text, 1), self.expr(Ty::Text, 1));
        let handler = match self.choices.below(3) {
            0 => format!("on failure use {instead}"),
            1 => format!("on failure of timeout , crashed use tool . text ( {instead} ) {{ timeout 1m }}"),
            _ => format!("on failure of timeout use \"late\" on failure use {instead} retry patient"),
        };
        self.put(&format!("stage {name} = tool . text ( {argument} ) {{ {handler} }}"));
        self.value(&name, Ty::Text);
        self.stages.push(name);
    }

    fn exit(&mut self) {
        let (condition, text) = (self.condition_text(), self.string(1));
        self.put(&format!("when {condition} {{ fail {text} }}"));
    }

    /// A condition about parameters that no other one decides.
    fn condition_text(&mut self) -> String {
        self.count += 1;
        let count = self.count;
        match self.choices.below(4) {
            0 => format!("n % {} > 0", count + 1),
            1 => format!("p != \"k{count}\""),
            2 => format!("len ( xs ) > {count} && p != \"k{count}\""),
            _ => format!("( \"k{count}\" in xs || starts_with ( p , \"k{count}\" ) )"),
        }
    }

    /// A value that is there already.
    fn known(&mut self, ty: Ty) -> String {
        let known: Vec<&Value> = self.values.iter().filter(|value| value.ty == ty).collect();
        self.choices.of(&known).tokens.clone()
    }

    fn expr(&mut self, ty: Ty, depth: usize) -> String {
        if depth == 0 {
            return self.known(ty);
        }
        match ty {
            Ty::Text => self.text(depth - 1),
            Ty::Int => self.int(depth - 1),
            Ty::Bool => self.bool(depth - 1),
            Ty::List => self.list(depth - 1),
            Ty::Record => self.known(ty),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.choices.below(9) {
            0 => self.known(Ty::Text),
            1 => self.string(depth),
            2 => format!("( {} + {} )", self.expr(Ty::Text, depth), self.expr(Ty::Text, depth)),
            3 => format!("join ( {} , sep : \", \" )", self.expr(Ty::List, depth)),
            4 => format!(
                "( if {} then {} else {} )",
                self.condition_text(),
                self.expr(Ty::Text, depth),
                self.known(Ty::Text)
            ),
            5 => format!("( first ( {} ) ?? {} )", self.expr(Ty::List, depth), self.known(Ty::Text)),
            6 => format!("to_string ( {} )", self.expr(Ty::Int, depth)),
            7 => format!(
                "( match p {{ \"some\" | \"other\" => {} _ => {} }} )",
                self.expr(Ty::Text, depth),
                self.known(Ty::Text)
            ),
            _ => "( r . note ?? \"none\" )".to_owned(),
        }
    }

    /// A string, with a value in it or without.
    fn string(&mut self, depth: usize) -> String {
        match self.choices.below(4) {
            0 => "\"plain\"".to_owned(),
            1 => format!("\"a ${{{}}} b\"", self.expr(Ty::Text, depth)),
            2 => r#""a \"quoted\" \${word}""#.to_owned(),
            _ => format!("\"\"\"\n      one\n        ${{{}}}\n\n      two\n  \"\"\"", self.known(Ty::Text)),
        }
    }

    fn int(&mut self, depth: usize) -> String {
        match self.choices.below(5) {
            0 => self.known(Ty::Int),
            1 => "1_000".to_owned(),
            2 => format!("len ( {} )", self.expr(Ty::List, depth)),
            3 => format!("( {} + {} * 2 )", self.expr(Ty::Int, depth), self.known(Ty::Int)),
            _ => format!("- {}", self.known(Ty::Int)),
        }
    }

    fn bool(&mut self, depth: usize) -> String {
        match self.choices.below(3) {
            0 => self.known(Ty::Bool),
            1 => self.condition_text(),
            _ => format!("( ! ( {} ) )", self.expr(Ty::Bool, depth)),
        }
    }

    fn list(&mut self, depth: usize) -> String {
        match self.choices.below(5) {
            0 => self.known(Ty::List),
            1 => format!("[ {} , {} ]", self.expr(Ty::Text, depth), self.expr(Ty::Text, depth)),
            2 => format!("[ e for e in {} if len ( e ) > 2 ]", self.expr(Ty::List, depth)),
            3 => format!("slice ( {} , 0 , {} )", self.expr(Ty::List, depth), self.known(Ty::Int)),
            _ => format!("( {} + [ \"x\" , ] )", self.expr(Ty::List, depth)),
        }
    }
}

/// Where the string at the start of a text ends, the strings in it included.
fn string_end(text: &str) -> usize {
    let quotes = if text.starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
    let mut at = quotes.len();
    while !text[at..].starts_with(quotes) {
        if text[at..].starts_with('\\') {
            at += 2;
        } else if text[at..].starts_with("${") {
            at = hole_end(text, at + 2);
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at + quotes.len()
}

fn hole_end(text: &str, mut at: usize) -> usize {
    let mut depth = 1;
    while depth > 0 {
        match text.as_bytes()[at] {
            b'"' => at += string_end(&text[at..]) - 1,
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    at
}
