//! Expressions of each type.

use super::Maker;
use super::types::{Ty, Value};

impl Maker<'_> {
    /// A value that is there already, or the simplest.
    pub(super) fn known(&mut self, ty: Ty) -> String {
        let known: Vec<&Value> = self.scope.values.iter().filter(|value| value.ty == ty).collect();
        match (known.is_empty(), ty) {
            (false, _) => self.choices.of(&known).tokens.clone(),
            (true, Ty::Map) => "( from_json ( p ) as map< int > )".to_owned(),
            (true, Ty::Json) => "from_json ( p )".to_owned(),
            (true, Ty::Case) => "( from_json ( p ) as Case )".to_owned(),
            (true, Ty::File) => "file ( \"a.txt\" , text : p )".to_owned(),
            (true, Ty::Maybe) => "first ( xs )".to_owned(),
            (true, Ty::Level) => "r . kind".to_owned(),
            (true, Ty::Ints) => "[ n , 2 ]".to_owned(),
            (true, _) => ty.instead().unwrap().to_owned(),
        }
    }

    pub(super) fn expr(&mut self, ty: Ty, depth: usize) -> String {
        if depth == 0 || !self.choices.more() {
            return self.known(ty);
        }
        let depth = depth - 1;
        match ty {
            Ty::Text if self.choices.below(2) == 1 => self.calculated_text(depth),
            Ty::Text => self.text(depth),
            Ty::Int => self.int(depth),
            Ty::Bool => self.bool(depth),
            Ty::List => self.list(depth),
            Ty::Record => self.record(depth),
            Ty::Float => self.float(depth),
            Ty::Duration | Ty::Money | Ty::Tokens | Ty::Size => self.unit(ty, depth),
            Ty::Ints => self.ints(depth),
            Ty::Maybe => self.maybe(depth),
            // A calculation that fails in every run is refused, and most texts are no JSON.
            Ty::Json => format!("from_json ( p + {} )", self.expr(Ty::Text, depth)),
            Ty::File if self.choices.one_in(3) => "include_file ( \"notes/note.md\" )".to_owned(),
            Ty::File => format!("file ( \"b.txt\" , {} )", self.expr(Ty::Text, depth)),
            Ty::Map | Ty::Level | Ty::Case => self.known(ty),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.choices.below(10) {
            0 => self.known(Ty::Text),
            1 => self.string(depth),
            2 => format!("( {} + {} )", self.expr(Ty::Text, depth), self.expr(Ty::Text, depth)),
            3 => {
                let (condition, one) = (self.condition_text(), self.expr(Ty::Text, depth));
                format!("( if {condition} then {one} else {} )", self.known(Ty::Text))
            }
            4 => format!("( {} ?? {} )", self.expr(Ty::Maybe, depth), self.known(Ty::Text)),
            5 => {
                let patterns = self.choices.of(&["\"some\" | \"other\"", "\"some\"", "\"a b\" | \"c\" | \"d\""]);
                let (one, rest) = (self.expr(Ty::Text, depth), self.known(Ty::Text));
                format!("( match p {{ {patterns} => {one} _ => {rest} }} )")
            }
            6 => {
                let (condition, other) = (self.condition_text(), self.condition_text());
                let (one, two) = (self.known(Ty::Text), self.expr(Ty::Text, depth));
                format!("( if {condition} then {one} else if {other} then {two} else \"x\" )")
            }
            7 => {
                let case = self.known(Ty::Case);
                if case.starts_with('(') {
                    return self.known(Ty::Text);
                }
                self.choices.of(&[
                    format!(
                        "( match {case} . kind {{ \"ok\" => to_string ( {case} . value ) \"err\" => {case} . why }} )"
                    ),
                    format!("( if {case} . kind == \"err\" then {case} . why else \"well\" )"),
                ])
            }
            8 => {
                let number = self.expr(Ty::Int, depth);
                let pattern = self.choices.of(&[
                    "0 | 1 => \"few\" ( - 1 ) => \"no\"",
                    "( - 1 ) | ( - 2 ) => \"no\"",
                    "3 => \"three\"",
                ]);
                format!("( match {number} {{ {pattern} _ => {} }} )", self.known(Ty::Text))
            }
            _ => format!("( match {} {{ true => {} false => \"not\" }} )", self.known(Ty::Bool), self.known(Ty::Text)),
        }
    }

    /// A text that a built-in makes.
    fn calculated_text(&mut self, depth: usize) -> String {
        match self.choices.below(15) {
            0 => format!("join ( {} , sep : \", \" )", self.expr(Ty::List, depth)),
            1 => format!("to_string ( {} )", self.expr(Ty::Int, depth)),
            2 => format!("trim ( {} )", self.expr(Ty::Text, depth)),
            3 => format!("lower ( {} )", self.expr(Ty::Text, depth)),
            4 => format!("upper ( {} )", self.expr(Ty::Text, depth)),
            5 => format!("replace ( {} , \"old\" , new : {} )", self.known(Ty::Text), self.expr(Ty::Text, depth)),
            6 => format!("slice ( {} , 1 , - 1 )", self.expr(Ty::Text, depth)),
            7 => {
                let ty = self.choices.of(&Ty::PRESENT);
                format!("to_json ( {} )", self.expr(ty, depth))
            }
            8 => format!("hash ( {} )", self.known(Ty::Record)),
            9 => format!("date ( run . started , offset : {} )", self.expr(Ty::Duration, depth)),
            10 => format!("text ( {} )", self.expr(Ty::File, depth)),
            11 => self
                .choices
                .of(&["run . id", "run . workflow", "run . started", "include_text ( \"notes/note.md\" )"])
                .to_owned(),
            12 => {
                let ty =
                    self.choices.of(&[Ty::Float, Ty::Duration, Ty::Money, Ty::Tokens, Ty::Size, Ty::Bool, Ty::Level]);
                format!("to_string ( {} )", self.expr(ty, depth))
            }
            13 => format!("( {} as string )", self.known(Ty::Json)),
            _ => self.known(Ty::Level),
        }
    }

    /// A string, with a value in it or without.
    pub(super) fn string(&mut self, depth: usize) -> String {
        match self.choices.below(8) {
            0 => "\"plain\"".to_owned(),
            1 => format!("\"a ${{{}}} b\"", self.expr(Ty::Text, depth)),
            2 => r#""a \"quoted\" \${word} \n \t \r \\ \$ \u{e9} $ ü""#.to_owned(),
            3 => format!("\"\"\"\n      one\n        ${{{}}}\n\n      two\n  \"\"\"", self.known(Ty::Text)),
            4 => r#"r"raw \d ${x}""#.to_owned(),
            5 => "r\"\"\"\n   raw \\d \"${x}\"\n   block\n   \"\"\"".to_owned(),
            6 => {
                let ty =
                    self.choices.of(&[Ty::Int, Ty::Float, Ty::Duration, Ty::Money, Ty::Tokens, Ty::Size, Ty::Bool]);
                format!("\"${{{}}}${{ {} }}\"", self.expr(ty, depth), self.known(Ty::Text))
            }
            _ => "\"\"".to_owned(),
        }
    }

    fn int(&mut self, depth: usize) -> String {
        match self.choices.below(12) {
            0 => self.known(Ty::Int),
            1 => self.choices.of(&["1_000", "0", "42"]).to_owned(),
            2 => {
                let ty = self.choices.of(&[Ty::List, Ty::Text, Ty::Map, Ty::Ints]);
                format!("len ( {} )", self.expr(ty, depth))
            }
            3 => format!("( {} + {} * 2 )", self.expr(Ty::Int, depth), self.known(Ty::Int)),
            4 => format!("- {}", self.known(Ty::Int)),
            5 => format!("( {} / 7 - {} % 3 )", self.expr(Ty::Int, depth), self.known(Ty::Int)),
            6 => format!(
                "{} ( {} , {} )",
                self.choices.of(&["min", "max"]),
                self.expr(Ty::Int, depth),
                self.known(Ty::Int)
            ),
            7 => format!(
                "( {} ( {} ) ?? 1 )",
                self.choices.of(&["min", "max", "first", "last"]),
                self.expr(Ty::Ints, depth)
            ),
            8 => format!("sum ( {} )", self.expr(Ty::Ints, depth)),
            9 => format!("( to_int ( {} ) ?? {} )", self.expr(Ty::Text, depth), self.known(Ty::Int)),
            10 => format!("to_int ( {} )", self.expr(Ty::Float, depth)),
            _ => format!("( {} [ \"key\" ] ?? 0 )", self.known(Ty::Map)),
        }
    }

    fn bool(&mut self, depth: usize) -> String {
        match self.choices.below(10) {
            0 => self.known(Ty::Bool),
            1 => self.condition_text(),
            2 => format!("( ! ( {} ) )", self.expr(Ty::Bool, depth)),
            3 => {
                let ty = self.choices.of(&[Ty::Int, Ty::Float, Ty::Duration, Ty::Money, Ty::Tokens, Ty::Size]);
                let operator = self.choices.of(&["==", "!=", "<", "<=", ">", ">="]);
                format!("( {} {operator} {} )", self.expr(ty, depth), self.known(ty))
            }
            4 => format!("( {} in {} )", self.expr(Ty::Text, depth), self.expr(Ty::List, depth)),
            5 => format!("( {} || {} )", self.expr(Ty::Bool, depth), self.known(Ty::Bool)),
            6 => {
                let function = self.choices.of(&["starts_with", "ends_with", "contains"]);
                format!("{function} ( {} , {} )", self.expr(Ty::Text, depth), self.string(0))
            }
            7 => format!("{} ( [ {} ] )", self.choices.of(&["any", "all"]), self.expr(Ty::Bool, depth)),
            8 => format!("( {} != null )", self.known(Ty::Maybe)),
            _ => format!("( {} == {} )", self.known(Ty::Record), self.expr(Ty::Record, depth)),
        }
    }

    fn list(&mut self, depth: usize) -> String {
        match self.choices.below(13) {
            0 => self.known(Ty::List),
            1 => format!("[ {} , {} ]", self.expr(Ty::Text, depth), self.expr(Ty::Text, depth)),
            2 => format!("[ e for e in {} if len ( e ) > 2 ]", self.expr(Ty::List, depth)),
            3 => format!("slice ( {} , 0 , {} )", self.expr(Ty::List, depth), self.known(Ty::Int)),
            4 => format!("( {} + [ \"x\" , ] )", self.expr(Ty::List, depth)),
            5 => format!("split ( {} , \",\" )", self.expr(Ty::Text, depth)),
            6 => format!("lines ( {} )", self.expr(Ty::Text, depth)),
            7 => format!("{} ( {} )", self.choices.of(&["sort", "unique", "reverse"]), self.expr(Ty::List, depth)),
            8 => format!("keys ( {} )", self.known(Ty::Map)),
            9 => format!("flatten ( chunk ( {} , size : 2 ) )", self.expr(Ty::List, depth)),
            10 => format!("[ e . left for e in zip ( {} , {} ) ]", self.expr(Ty::List, depth), self.known(Ty::Ints)),
            11 => {
                format!("[ e for e in [ {} , {} ] if e != null ]", self.known(Ty::Maybe), self.expr(Ty::Maybe, depth))
            }
            _ => format!("[ e . id for e in sort ( [ {} ] , by : \"count\" ) ]", self.known(Ty::Record)),
        }
    }

    fn record(&mut self, depth: usize) -> String {
        match self.choices.below(4) {
            0 => self.known(Ty::Record),
            1 => format!("{{ .. {} , count : {} }}", self.known(Ty::Record), self.expr(Ty::Int, depth)),
            2 => {
                let (id, count) = (self.expr(Ty::Text, depth), self.expr(Ty::Int, depth));
                format!("{{ id : {id} , \"count\" : {count} , kind : r . kind , note : {} }}", self.known(Ty::Maybe))
            }
            _ => {
                let condition = self.condition_text();
                format!("( if {condition} then {} else {} )", self.known(Ty::Record), self.known(Ty::Record))
            }
        }
    }

    fn float(&mut self, depth: usize) -> String {
        match self.choices.below(7) {
            0 => self.known(Ty::Float),
            1 => self.choices.of(&["1.5", "0.0", "1_000.25"]).to_owned(),
            2 => format!("round ( {} , digits : 1 )", self.expr(Ty::Float, depth)),
            3 => format!("to_float ( {} )", self.expr(Ty::Int, depth)),
            4 => format!("( to_float ( {} ) ?? 0.5 )", self.expr(Ty::Text, depth)),
            5 => format!("( {} / 1h )", self.expr(Ty::Duration, depth)),
            _ => format!("( {} * 2.0 - {} )", self.expr(Ty::Float, depth), self.known(Ty::Float)),
        }
    }

    fn unit(&mut self, ty: Ty, depth: usize) -> String {
        let literals = match ty {
            Ty::Duration => ["30s", "1h30m", "2d12h30m5s1ms"],
            Ty::Money => ["4.20usd", "1usd", "0.000001usd"],
            Ty::Tokens => ["200_000tok", "1tok", "0tok"],
            _ => ["16MiB", "512B", "2GiB"],
        };
        match self.choices.below(5) {
            0 => self.known(ty),
            1 => self.choices.of(&literals).to_owned(),
            2 => format!("( {} + {} )", self.expr(ty, depth), self.known(ty)),
            3 => format!("{} ( {} , {} )", self.choices.of(&["min", "max"]), self.expr(ty, depth), literals[0]),
            _ => format!("sum ( [ {} , {} ] )", self.expr(ty, depth), self.known(ty)),
        }
    }

    fn ints(&mut self, depth: usize) -> String {
        match self.choices.below(5) {
            0 => self.known(Ty::Ints),
            1 => format!("[ {} , 2 , {} ]", self.expr(Ty::Int, depth), self.known(Ty::Int)),
            2 => format!("range ( {} , to : 9 )", self.expr(Ty::Int, depth)),
            3 => format!("values ( {} )", self.known(Ty::Map)),
            _ => format!("[ len ( e ) for e in {} ]", self.expr(Ty::List, depth)),
        }
    }

    fn maybe(&mut self, depth: usize) -> String {
        match self.choices.below(5) {
            0 => self.known(Ty::Maybe),
            1 => format!("{} ( {} )", self.choices.of(&["first", "last"]), self.expr(Ty::List, depth)),
            2 => format!("{} [ {} ]", self.known(Ty::List), self.expr(Ty::Int, depth)),
            3 => {
                let condition = self.condition_text();
                format!("( if {condition} then {} else null )", self.expr(Ty::Text, depth))
            }
            _ => format!("first ( [ {} ] ) ?. id", self.known(Ty::Record)),
        }
    }

    /// A condition about parameters that no other one decides, whatever holds already where it stands.
    pub(super) fn condition_text(&mut self) -> String {
        self.count += 1;
        let count = self.count;
        match self.choices.below(5) {
            0 => format!("n % {} > 1", count + 2),
            1 => format!("contains ( p , \"k{count}\" )"),
            2 => format!("len ( xs ) % {} == 1 && ! contains ( p , \"k{count}\" )", count + 2),
            3 => format!("( \"k{count}\" in xs || starts_with ( p , \"k{count}\" ) )"),
            _ => format!("! ends_with ( p , \"k{count}\" )"),
        }
    }
}
