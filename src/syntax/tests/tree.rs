//! What a text becomes: precedence, strings, places, documentation.

use super::{parsed, report};
use crate::syntax::ast::{Arg, Expr, ExprKind, Item, PatternKind, RecordEntry, Stmt, StringPart, Type, TypeKind};

/// The expression of `let x = …` as an S-expression.
fn expr(text: &str) -> String {
    let program = format!("let x = {text}\n");
    assert_eq!(report(&program), "", "{text}");
    match parsed(&program).0.items.as_slice() {
        [Item::Constant(constant)] => show(&constant.value),
        other => panic!("{other:?}"),
    }
}

fn show(expr: &Expr) -> String {
    let list = |head: &str, parts: &[&Expr]| {
        let parts: Vec<String> = parts.iter().map(|part| show(part)).collect();
        format!("({head} {})", parts.join(" "))
    };
    match &expr.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Int(value) => value.to_string(),
        ExprKind::Float(value) => format!("{value:?}"),
        ExprKind::Duration(ms) => format!("{ms}ms"),
        ExprKind::Money(micros) => format!("{micros}u$"),
        ExprKind::Tokens(tokens) => format!("{tokens}tok"),
        ExprKind::Size(bytes) => format!("{bytes}B"),
        ExprKind::String(parts) => show_string(parts),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Field(of, name) => format!("{}.{}", show(of), name.text),
        ExprKind::OptionalField(of, name) => format!("{}?.{}", show(of), name.text),
        ExprKind::Index(of, index) => list("index", &[of, index]),
        ExprKind::Call(callee, args) => format!("({}{})", show(callee), show_args(args)),
        ExprKind::Not(inner) => list("!", &[inner]),
        ExprKind::Negate(inner) => list("-", &[inner]),
        ExprKind::Binary(op, _, left, right) => list(&format!("{op:?}"), &[left, right]),
        ExprKind::If(condition, then, otherwise) => list("if", &[condition, then, otherwise]),
        ExprKind::Match(subject, arms) => {
            let arms: Vec<String> =
                arms.iter().map(|arm| format!("{:?} {}", kinds(&arm.patterns), show(&arm.value))).collect();
            format!("(match {} {})", show(subject), arms.join("; "))
        }
        ExprKind::List(items) => list("list", &items.iter().collect::<Vec<_>>()),
        ExprKind::Comprehension(inner) => {
            let condition =
                inner.condition.as_ref().map(|condition| format!(" if {}", show(condition))).unwrap_or_default();
            format!("(each {} {} in {}{condition})", show(&inner.body), inner.item.text, show(&inner.source))
        }
        ExprKind::Record(entries) => format!("{{{}}}", entries.iter().map(show_entry).collect::<Vec<_>>().join(", ")),
        ExprKind::As(inner, ty) => format!("(as {} {})", show(inner), show_type(ty)),
        ExprKind::Paren(inner) => format!("[{}]", show(inner)),
        ExprKind::Broken => "broken".into(),
    }
}

fn kinds(patterns: &[crate::syntax::ast::Pattern]) -> Vec<&PatternKind> {
    patterns.iter().map(|pattern| &pattern.value).collect()
}

fn show_string(parts: &[StringPart]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|part| match part {
            StringPart::Text(text) => format!("{text:?}"),
            StringPart::Expr(inner) => format!("${}", show(inner)),
        })
        .collect();
    format!("<{}>", parts.join(" "))
}

fn show_args(args: &[Arg]) -> String {
    let name = |arg: &Arg| arg.name.as_ref().map(|name| format!("{}:", name.text)).unwrap_or_default();
    args.iter().map(|arg| format!(" {}{}", name(arg), show(&arg.value))).collect()
}

fn show_entry(entry: &RecordEntry) -> String {
    match entry {
        RecordEntry::Field(name, value) => format!("{}: {}", name.text, show(value)),
        RecordEntry::Short(name) => name.text.clone(),
        RecordEntry::Spread(value) => format!("..{}", show(value)),
    }
}

fn show_type(ty: &Type) -> String {
    let list = |types: &[Type]| types.iter().map(show_type).collect::<Vec<_>>().join(" ");
    match &ty.kind {
        TypeKind::Path(path) => path.parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("."),
        TypeKind::Literal(text) => format!("{text:?}"),
        TypeKind::Generic(name, inner) => format!("{}<{}>", name.text, show_type(inner)),
        TypeKind::Record(fields) => {
            let optional = |optional: bool| if optional { "?" } else { "" };
            let fields =
                fields.iter().map(|f| format!("{}{}: {}", f.name.text, optional(f.optional), show_type(&f.ty)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        TypeKind::Optional(inner) => format!("{}?", show_type(inner)),
        TypeKind::Union(members) => format!("(or {})", list(members)),
        TypeKind::Labelled(labels, inner) => {
            let labels: Vec<_> = labels.iter().map(|label| format!("{:?}", label.value)).collect();
            format!("({} {})", labels.join(" "), show_type(inner))
        }
        TypeKind::Broken => "broken".into(),
    }
}

fn ty(text: &str) -> String {
    let program = format!("type X = {text}\n");
    assert_eq!(report(&program), "", "{text}");
    match parsed(&program).0.items.as_slice() {
        [Item::Type(item)] => show_type(&item.ty),
        other => panic!("{other:?}"),
    }
}

#[test]
fn precedence() {
    let cases = [
        ("a || b && c == d + e * f", "(Or a (And b (Equal c (Add d (Multiply e f)))))"),
        ("a * b + c - d", "(Subtract (Add (Multiply a b) c) d)"),
        ("a ?? b ?? c == d", "(Equal (Coalesce a (Coalesce b c)) d)"),
        ("a + b ?? c", "(Coalesce (Add a b) c)"),
        ("-a as int + 1", "(Add (as (- a) int) 1)"),
        ("a as int * b", "(Multiply (as a int) b)"),
        ("!a.b && -c[0] > 1", "(And (! a.b) (Greater (- (index c 0)) 1))"),
        ("!!a", "(! (! a))"),
        ("a in b && c", "(And (In a b) c)"),
        ("if a then b else if c then d else e + 1", "(if a b (if c d (Add e 1)))"),
        ("(if a then b else c) + 1", "(Add [(if a b c)] 1)"),
        ("a?.b.c ?? d", "(Coalesce a?.b.c d)"),
    ];
    for (text, tree) in cases {
        assert_eq!(expr(text), tree, "{text}");
    }
}

#[test]
fn operands() {
    let cases = [
        ("[1, 2.5, 1h30m, 4.20usd, 5tok, 2KiB, null, true]", "(list 1 2.5 5400000ms 4200000u$ 5tok 2048B null true)"),
        ("{ a: 1, b, \"c d\": 2, ..e, if: 3 }", "{a: 1, b, c d: 2, ..e, if: 3}"),
        ("f(a, b: c, if: d,).g", "(f a b:c if:d).g"),
        ("[x * 2 for x in xs if x > 1]", "(each (Multiply x 2) x in xs if (Greater x 1))"),
        (
            "match a { 1 | 2 => b \"c\" => d (-1) => e _ => f }",
            "(match a [Int(1), Int(2)] b; [String(\"c\")] d; [Int(-1)] e; [Any] f)",
        ),
        ("match a { true => b(c) (-1) => d }", "(match a [Bool(true)] (b c); [Int(-1)] d)"),
        ("`in`.in", "in.in"),
        ("a as list<{ b?: string }>", "(as a list<{b?: string}>)"),
        ("a as (\"x\" | null)", "(as a (or \"x\" null))"),
    ];
    for (text, tree) in cases {
        assert_eq!(expr(text), tree, "{text}");
    }
}

#[test]
fn strings() {
    let cases = [
        (r#""a ${b}c\n${"d${e}"}""#, r#"<"a " $b "c\n" $<"d" $e>>"#),
        (r#""$5 \${x} ${ {a: 1}.a }""#, r#"<"$5 ${x} " ${a: 1}.a>"#),
        (r#"r"\n${x}""#, r#"<"\\n${x}">"#),
        ("\"\"\"\n    a ${b}\n      c\n\n    ${d}\n    \"\"\"", r#"<"a " $b "\n  c\n\n" $d>"#),
        ("\"\"\"a \"quoted\" word\"\"\"", r#"<"a \"quoted\" word">"#),
        ("\"\"", "<>"),
    ];
    for (text, tree) in cases {
        assert_eq!(expr(text), tree, "{text}");
    }
}

#[test]
fn types() {
    let cases = [
        ("secret untrusted string | null", "(Secret Untrusted (or string null))"),
        ("list<untrusted a.B?>?", "list<(Untrusted a.B?)>?"),
        ("(\"a\" | \"b\")?", "(or \"a\" \"b\")?"),
        ("{ a: int, \"b c\"?: map<json>, }", "{a: int, b c?: map<json>}"),
        ("{}", "{}"),
    ];
    for (text, tree) in cases {
        assert_eq!(ty(text), tree, "{text}");
    }
}

#[test]
fn places_leave_out_white_space_and_comments() {
    let program = "let x = a + // why\n    b // end\n// more\n\nlet y = f(1) // end\n";
    let (tree, found, sources) = parsed(program);
    assert!(found.is_empty());
    let texts: Vec<&str> = tree.items.iter().map(|item| sources.text(place(item))).collect();
    assert_eq!(texts, ["let x = a + // why\n    b", "let y = f(1)"]);
    assert_eq!(tree.comments.len(), 4);
    assert_eq!(sources.text(tree.comments[0].span), "// why");
}

fn place(item: &Item) -> crate::base::span::Span {
    match item {
        Item::Constant(constant) => constant.span,
        Item::Workflow(workflow) => workflow.span,
        Item::Broken(broken) => broken.span,
        other => panic!("{other:?}"),
    }
}

#[test]
fn documentation_stands_right_before_its_thing() {
    let program = "/// Lost.\n\n// plain\n/// First,\n///  second.\nworkflow w(\n    /// A parameter.\n    a: { /// A field.\n b: int }\n) {\n    \
                   /// A stage.\n    stage s = t.u(a)\n}\n";
    let (tree, found, _) = parsed(program);
    assert!(found.is_empty());
    let Some(Item::Workflow(workflow)) = tree.items.first() else { panic!("{tree:?}") };
    assert_eq!(workflow.doc.as_deref(), Some("First,\n second."));
    assert_eq!(workflow.params[0].doc.as_deref(), Some("A parameter."));
    let TypeKind::Record(fields) = &workflow.params[0].ty.kind else { panic!("{tree:?}") };
    assert_eq!(fields[0].doc.as_deref(), Some("A field."));
    let Some(Stmt::Stage(stage)) = workflow.body.first() else { panic!("{tree:?}") };
    assert_eq!(stage.doc.as_deref(), Some("A stage."));
    assert_eq!(tree.comments.iter().filter(|comment| comment.doc).count(), 6);
}

#[test]
fn line_ends_of_every_kind_are_one() {
    let lines = ["workflow w() { // one", "    let a = \"\"\"", "        x", "          y", "        \"\"\"", "}", ""];
    let value = |end: &str| {
        let (tree, found, _) = parsed(&lines.join(end));
        assert!(found.is_empty(), "{end:?}");
        match tree.items.first() {
            Some(Item::Workflow(workflow)) => match workflow.body.first() {
                Some(Stmt::Let(value)) => show(&value.value),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(value("\n"), "<\"x\\n  y\">");
    assert_eq!(value("\r\n"), value("\n"));
}

/// What is broken keeps its name and its place, and the rest of the file is there.
#[test]
fn broken_things_stay_in_the_tree() {
    let program = "workflow w() {\n    stage a = tool run tool(1)\n    let b =\n    return b\n}\nagent x: {\n}\ntype T = string\n";
    let (tree, found, sources) = parsed(program);
    assert_eq!(found.len(), 3, "{}", report(program));
    assert_eq!(tree.items.len(), 3);
    let Some(Item::Workflow(workflow)) = tree.items.first() else { panic!("{tree:?}") };
    let Some(Stmt::Broken(stage)) = workflow.body.first() else { panic!("{workflow:?}") };
    assert_eq!((stage.keyword.as_str(), stage.name.as_ref().map(|name| name.text.as_str())), ("stage", Some("a")));
    assert_eq!(sources.text(stage.span), "stage a = tool run tool(1)");
    assert!(matches!(&workflow.body[1], Stmt::Let(b) if matches!(b.value.kind, ExprKind::Broken)));
    assert!(matches!(&tree.items[1], Item::Broken(agent) if agent.keyword == "agent" && agent.name.is_some()));
}

#[test]
fn indentation_decides_nothing_where_brackets_match() {
    assert_eq!(
        report("agent b uses exec {\nretry p\naction c()\n}\nworkflow w() {\nstage a = b.c() {\nretry p\n}\n}\n"),
        ""
    );
}
