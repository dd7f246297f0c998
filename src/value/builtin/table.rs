//! The one table of built-ins. Checker, hover and documentation read it; the evaluator has a function for each row.

use crate::value::builtin::{Argument, Builtin, CallError, rules};
use crate::value::types::Type;

/// One built-in.
pub(super) struct Row {
    pub builtin: Builtin,
    pub name: &'static str,
    pub params: &'static [Param],
    pub result: &'static str,
    pub doc: &'static str,
    pub rule: fn(&[Argument<'_>]) -> Result<Type, CallError>,
}

/// A parameter of a built-in. It can be given by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Its type, for people: `O` is what can be ordered, `N` what can be summed.
    pub ty: &'static str,
    /// Whether it may be left out.
    pub optional: bool,
    /// What then stands for it, for people; empty where that is another meaning of the call.
    pub default: &'static str,
}

/// What is called like a built-in but looks at stages or files: the checker resolves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Its name.
    pub name: &'static str,
    /// As [`Builtin::signature`].
    pub signature: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
}

const fn p(name: &'static str, ty: &'static str) -> Param {
    Param { name, ty, optional: false, default: "" }
}

const fn o(name: &'static str, ty: &'static str, default: &'static str) -> Param {
    Param { name, ty, optional: true, default }
}

macro_rules! rows {
    ($($builtin:ident $name:literal ($($param:expr),*) $result:literal $rule:ident $doc:literal)*) => {
        pub(super) static TABLE: &[Row] = &[$(Row {
            builtin: Builtin::$builtin,
            name: $name,
            params: &[$($param),*],
            result: $result,
            doc: $doc,
            rule: rules::$rule,
        }),*];
    };
}

rows! {
    Len "len" (p("value", "string | list<T> | map<T>")) "int" len
        "How many characters (Unicode scalar values), elements or keys there are."
    Join "join" (p("list", "list<string>"), o("sep", "string", "\"\"")) "string" join
        "The strings one after the other, with `sep` between them."
    Split "split" (p("text", "string"), p("sep", "string")) "list<string>" texts_to_list
        "The parts of the text between the places where `sep` stands; an empty `sep` fails."
    Lines "lines" (p("text", "string")) "list<string>" texts_to_list
        "The lines of the text; they end with `\\n` or `\\r\\n`, and there is no last empty one."
    Trim "trim" (p("text", "string")) "string" texts_to_text
        "The text without white space at both ends."
    Lower "lower" (p("text", "string")) "string" texts_to_text
        "The text in lower case."
    Upper "upper" (p("text", "string")) "string" texts_to_text
        "The text in upper case."
    Replace "replace" (p("text", "string"), p("old", "string"), p("new", "string")) "string" texts_to_text
        "The text with `new` wherever `old` stood; an empty `old` fails."
    StartsWith "starts_with" (p("text", "string"), p("start", "string")) "bool" texts_to_bool
        "Whether the text starts so."
    EndsWith "ends_with" (p("text", "string"), p("end", "string")) "bool" texts_to_bool
        "Whether the text ends so."
    Contains "contains" (p("whole", "string | list<T>"), p("part", "string | T")) "bool" contains
        "Whether the text contains a text, or the list an element; `part in whole` is the same."
    Slice "slice" (p("value", "string | list<T>"), p("from", "int"), o("to", "int", "end")) "string | list<T>" slice
        "The characters or elements from `from` up to but not including `to`; negative positions count from the end, both are clamped."
    Chunk "chunk" (p("list", "list<T>"), p("size", "int")) "list<list<T>>" chunk
        "The list in pieces of `size` elements, the last one shorter if need be; a `size` below 1 fails."
    Keys "keys" (p("map", "map<T>")) "list<string>" keys
        "The keys, sorted."
    Values "values" (p("map", "map<T>")) "list<T>" values
        "The values, sorted by their keys."
    Sort "sort" (p("list", "list<O> | list<record>"), o("by", "string literal", "")) "list" sort
        "The list in ascending order, equal elements in the order they had; records by the field that `by` names."
    Unique "unique" (p("list", "list<T>")) "list<T>" same_list
        "The list without repetitions: the first of equal elements stays."
    Reverse "reverse" (p("list", "list<T>")) "list<T>" same_list
        "The list from its end."
    Flatten "flatten" (p("list", "list<list<T>>")) "list<T>" flatten
        "The lists one after the other, as one."
    Zip "zip" (p("left", "list<T>"), p("right", "list<U>")) "list<{ left: T, right: U }>" zip
        "Pairs of elements at the same place, as many as the shorter list has."
    Range "range" (p("from", "int"), o("to", "int", "")) "list<int>" range
        "The numbers from `from` up to but not including `to`; with one argument from 0 up to it. More than 1,000,000 fail."
    Min "min" (p("a", "list<O> | O"), o("b", "O", "")) "O? | O" extreme
        "The least element of a list, `null` if it is empty; or the lesser of two."
    Max "max" (p("a", "list<O> | O"), o("b", "O", "")) "O? | O" extreme
        "The greatest element of a list, `null` if it is empty; or the greater of two."
    Sum "sum" (p("list", "list<N>")) "N" sum
        "The sum; of an empty list the zero of its type."
    Any "any" (p("list", "list<bool>")) "bool" bools
        "Whether at least one is true."
    All "all" (p("list", "list<bool>")) "bool" bools
        "Whether all are true; so it is for an empty list."
    First "first" (p("list", "list<T>")) "T?" end_of_list
        "The first element, `null` if there is none."
    Last "last" (p("list", "list<T>")) "T?" end_of_list
        "The last element, `null` if there is none."
    ToString "to_string" (p("value", "string | number | unit | bool")) "string" to_string
        "The text of a value, as `${}` writes it."
    ToInt "to_int" (p("value", "string | float")) "int? | int" to_int
        "A number without its fraction; of a text that is no whole number `null`."
    ToFloat "to_float" (p("value", "string | int")) "float? | float" to_float
        "A number as a `float`; of a text that is no number `null`."
    Round "round" (p("number", "float"), o("digits", "int", "0")) "float" round
        "The number with so many decimals (0 to 15), halves away from zero."
    ToJson "to_json" (p("value", "T")) "string" any_to_text
        "The value as JSON: sorted keys, no white space, units as they are written in a program."
    FromJson "from_json" (p("text", "string")) "json" from_json
        "What the JSON says; `as` gives it a type. What is no JSON fails."
    Hash "hash" (p("value", "T")) "string" any_to_text
        "BLAKE3 of `to_json(value)` in hexadecimal; of a file that of its content."
    Date "date" (p("time", "string"), o("offset", "duration", "0s")) "string" date
        "The date of a time as in RFC 3339 (`run.started`), moved by the offset."
    Text "text" (p("file", "file")) "string" text
        "The content of a file: UTF-8, up to 1 MiB."
    File "file" (p("name", "string"), p("text", "string")) "file" file
        "A file with this content."
}

/// What is called like a built-in and is not one: see [`Form`].
pub static FORMS: &[Form] = &[
    Form {
        name: "include_text",
        signature: "include_text(path: string literal) -> string",
        doc: "The content of a file of the project, read when the program is compiled.",
    },
    Form {
        name: "include_file",
        signature: "include_file(path: string literal) -> file",
        doc: "A file of the project, read when the program is compiled.",
    },
    Form { name: "succeeded", signature: "succeeded(stage) -> bool", doc: "Whether the stage has a result." },
    Form {
        name: "failed",
        signature: "failed(stage) -> bool",
        doc: "Whether the stage failed; to ask handles the failure.",
    },
    Form { name: "skipped", signature: "skipped(stage) -> bool", doc: "Whether the stage's condition was false." },
    Form {
        name: "error",
        signature: "error(stage) -> { class: string, message: untrusted string, attempts: int }?",
        doc: "Why the stage failed; to ask handles the failure.",
    },
    Form {
        name: "errors",
        signature: "errors(stage) -> list<{ index: int, item: T, class: string, message: untrusted string }>",
        doc: "Which items of a map failed, and why.",
    },
    Form {
        name: "unchanged",
        signature: "unchanged(path) -> bool",
        doc: "In `stop when`: whether the value is what it was in the round before.",
    },
];
