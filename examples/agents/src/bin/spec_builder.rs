//! Writes a specification from a feature and its requirements: fields, rules, acceptance cases at their edges, risk.

use std::process::ExitCode;

use example_agents::rule::{Kind, Rule, understand};
use example_agents::spec::{Case, Field, Spec};
use example_agents::words::{camel, snake, words};
use example_agents::{Answer, Failure, serve};
use serde::Deserialize;

fn main() -> ExitCode {
    serve(|request: Request| build(&request))
}

#[derive(Deserialize)]
struct Request {
    feature: String,
    requirements: Vec<String>,
}

fn build(request: &Request) -> Answer<Spec> {
    if words(&request.feature).is_empty() {
        return Err(Failure::input("the feature has no words"));
    }
    let requirements = stated_or_usual(request);
    let rules: Vec<Rule> = requirements.iter().filter_map(|sentence| understand(sentence)).collect();
    let open: Vec<String> = requirements.iter().filter(|s| understand(s).is_none()).cloned().collect();
    let fields = fields(&rules)?;
    let cases =
        rules.iter().zip(0..).flat_map(|(rule, index)| cases(rule, index, &fields, &mark(rule, &rules))).collect();
    let (risk, risk_because) = risk(&request.feature, &open);
    let summary = format!("{}: an entry is taken if {}", request.feature.trim(), sentences(&rules));
    let id = snake(&request.feature);
    let entity = camel(words(&request.feature).last().map_or("entry", String::as_str));
    let feature = request.feature.trim().to_owned();
    eprintln!("{} rules, {} open, risk {risk}: {risk_because}", rules.len(), open.len());
    Ok(Spec { id, feature, summary, risk, risk_because, entity, fields, rules, cases, open })
}

/// The requirements of the request; where there are none, those that usually come with such words.
fn stated_or_usual(request: &Request) -> Vec<String> {
    const USUAL: [(&[&str], &[&str]); 4] = [
        (
            &["authentication", "login", "password", "account", "accounts", "registration"],
            &[
                "User names must not be empty",
                "User names are unique",
                "User names have at most 32 characters",
                "Passwords have at least 12 characters",
            ],
        ),
        (&["search", "find", "filter"], &["Queries must not be empty", "Queries have at most 200 characters"]),
        (
            &["comment", "comments", "review", "message"],
            &["Texts must not be empty", "Texts have at most 2000 characters"],
        ),
        (&["cart", "basket", "checkout", "order"], &["Articles must not be empty", "At most 50 articles"]),
    ];
    if !request.requirements.is_empty() {
        return request.requirements.clone();
    }
    let said = words(&request.feature);
    let known = USUAL.iter().filter(|(triggers, _)| said.iter().any(|word| triggers.contains(&word.as_str())));
    let mut usual: Vec<String> = known.flat_map(|(_, sentences)| sentences.iter().map(|s| (*s).to_owned())).collect();
    if usual.is_empty() {
        usual = ["Names must not be empty", "Names are unique", "Names have at most 64 characters"]
            .map(str::to_owned)
            .to_vec();
    }
    usual
}

/// High where money, health or deletion is near, or where something was asked for that was not understood.
fn risk(feature: &str, open: &[String]) -> (String, String) {
    const GRAVE: [&str; 12] = [
        "payment", "payments", "pay", "refund", "transfer", "card", "delete", "deletion", "erase", "medical", "health",
        "admin",
    ];
    if let Some(word) = words(feature).iter().find(|word| GRAVE.contains(&word.as_str())) {
        return ("high".into(), format!("the feature is about `{word}`"));
    }
    match open.first() {
        Some(sentence) => ("high".into(), format!("not understood: {sentence}")),
        None => ("low".into(), "every requirement became a rule".into()),
    }
}

fn sentences(rules: &[Rule]) -> String {
    let said: Vec<&str> = rules.iter().map(|rule| rule.sentence.trim_end_matches('.')).collect();
    said.join("; ").to_lowercase()
}

fn fields(rules: &[Rule]) -> Answer<Vec<Field>> {
    let mut names: Vec<&str> = Vec::new();
    for rule in rules.iter().filter(|rule| rule.kind != Kind::Limit) {
        if !names.contains(&rule.subject.as_str()) {
            names.push(&rule.subject);
        }
    }
    if names.is_empty() {
        names.push("name");
    }
    names.into_iter().map(|name| field(name, rules)).collect()
}

/// Finds a stem and a width that keep all rules of the field.
fn field(name: &str, rules: &[Rule]) -> Answer<Field> {
    let of = |kind| rules.iter().filter(move |rule| rule.kind == kind && rule.subject == name);
    let least = of(Kind::MinLength).map(|rule| rule.value).max().unwrap_or(1).max(1);
    let most = of(Kind::MaxLength).map(|rule| rule.value).min().unwrap_or(10_000).min(10_000);
    let held: String = of(Kind::Contains).map(|rule| rule.text.as_str()).collect();
    let held_length = held.chars().count() as u32;
    let room = most.checked_sub(held_length).filter(|_| least <= most);
    let room = room.ok_or_else(|| Failure::input(format!("the requirements on `{name}` contradict each other")))?;
    let width = room.min(3);
    if width == 0 && of(Kind::Unique).next().is_some() {
        return Err(Failure::input(format!("`{name}` has no room for unique values")));
    }
    // A letter in front, where there is room: so that upper and lower case differ.
    let filler = least.saturating_sub(held_length + width).max(1).min(room - width) as usize;
    Ok(Field { name: name.to_owned(), stem: format!("{}{held}", "a".repeat(filler)), width })
}

/// All that a value of the rule's field has to contain.
fn mark(rule: &Rule, rules: &[Rule]) -> String {
    let same = rules.iter().filter(|other| other.kind == Kind::Contains && other.subject == rule.subject);
    same.map(|other| other.text.as_str()).collect()
}

/// What is tried of a rule: both sides of its edge, and the ways in which such rules are usually got wrong.
fn cases(rule: &Rule, index: u32, fields: &[Field], mark: &str) -> Vec<Case> {
    let field = fields.iter().find(|field| field.name == rule.subject);
    let held = |fill: &str, length: u32| -> String {
        let rest = (length as usize).saturating_sub(mark.chars().count());
        format!("{mark}{}", fill.repeat(rest))
    };
    let case = |suffix: &str, before: u32, value: String, accepted: bool| {
        let name = format!("{}_{suffix}", rule.subject);
        let field = if rule.kind == Kind::Limit { String::new() } else { rule.subject.clone() };
        Case { name, rule: index, before, field, value, accepted }
    };
    let n = rule.value;
    match rule.kind {
        Kind::MinLength if n == 0 => Vec::new(),
        Kind::MinLength => vec![
            case("of_the_least_length_is_taken", 0, held("a", n), true),
            case("that_is_too_short_is_refused", 0, held("a", n - 1), false),
            case("that_is_short_in_any_script_is_refused", 0, held("é", n - 1), false),
        ],
        Kind::MaxLength => vec![
            case("of_the_greatest_length_is_taken", 0, held("a", n), true),
            case("that_is_too_long_is_refused", 0, held("a", n + 1), false),
            case("of_the_greatest_length_in_any_script_is_taken", 0, held("é", n), true),
        ],
        Kind::Contains => {
            let good = field.map(|field| field.good(1)).unwrap_or_default();
            vec![
                case("with_its_mark_is_taken", 0, good.clone(), true),
                case("without_its_mark_is_refused", 0, good.replace(&rule.text, "x"), false),
            ]
        }
        Kind::NotEmpty => vec![
            case("that_is_empty_is_refused", 0, String::new(), false),
            case("of_white_space_is_refused", 0, "   ".to_owned(), false),
        ],
        Kind::Unique => {
            let first = field.map(|field| field.good(0)).unwrap_or_default();
            vec![
                case("that_is_taken_is_refused", 1, first.clone(), false),
                case("that_is_taken_in_other_letters_is_refused", 1, first.to_uppercase(), false),
            ]
        }
        Kind::Limit if n > 1_000 => Vec::new(),
        Kind::Limit if n == 0 => vec![case("over_the_limit_are_refused", 0, String::new(), false)],
        Kind::Limit => vec![
            case("up_to_the_limit_are_taken", n - 1, String::new(), true),
            case("over_the_limit_are_refused", n, String::new(), false),
        ],
    }
}
