//! A question as a form: what is shown, what is prompted for, what the lines that a person types mean. Reads and writes nothing.

use serde_json::{Map, Value as Json};

use crate::base::nearest::listed;
use crate::base::text::escape;
use crate::engine::report::{Approval, Question, QuestionKind};
use crate::store::Decision;
use crate::value::Value;
use crate::value::input::parse_input;
use crate::value::json::encode;
use crate::value::types::{Field, Kind, Type};

/// A form that is being filled in.
#[derive(Debug)]
pub struct Form {
    question: Question,
    answer: Type,
    part: Part,
}

/// Where the form stands.
#[derive(Debug)]
enum Part {
    /// Which decision?
    Choice,
    /// What value, for this decision?
    Value(Filling, Wanted),
    /// Why is it not allowed?
    Because,
}

/// What a value is for.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Answer,
    Happened,
    Replacement,
}

/// A value that is being typed: as a whole, or field by field.
#[derive(Debug)]
struct Filling {
    fields: Vec<(String, Field)>,
    got: Map<String, Json>,
}

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Prompt again, after this complaint.
    Again(Option<String>),
    /// This is decided.
    Done(Decision),
    /// Nobody decides now.
    Leave,
}

impl Form {
    /// A form for `question`, whose answer has the type `answer`.
    pub fn new(question: Question, answer: Type) -> Self {
        let part = match question.kind {
            QuestionKind::Ask => Part::Value(Filling::new(&answer), Wanted::Answer),
            QuestionKind::Approval | QuestionKind::Failure | QuestionKind::UnknownOutcome => Part::Choice,
        };
        Self { question, answer, part }
    }

    /// What is asked.
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// What is shown before the first prompt, without escape sequences of others.
    pub fn head(&self) -> Vec<String> {
        self.question.text.lines().map(escape).chain(goes_with(&self.question)).collect()
    }

    /// What stands before the cursor.
    pub fn prompt(&self) -> String {
        match &self.part {
            Part::Choice => format!("{}  [l]eave > ", self.choices().join("  ")),
            Part::Value(filling, _) => filling.prompt(&self.answer),
            Part::Because => "why, or nothing  [l]eave > ".to_owned(),
        }
    }

    /// Takes what was typed, `None` for the end of the input.
    pub fn line(&mut self, line: Option<&str>) -> Step {
        let Some(line) = line.map(|line| line.trim_end_matches(['\n', '\r'])) else { return Step::Leave };
        if matches!(line.trim(), "l" | "leave") {
            return Step::Leave;
        }
        match &mut self.part {
            Part::Choice => self.choose(line.trim()),
            Part::Because => {
                let because = Some(line.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
                Step::Done(Decision::Refuse { because })
            }
            Part::Value(filling, wanted) => match filling.line(line, &self.answer) {
                Ok(None) => Step::Again(None),
                Ok(Some(value)) => Step::Done(wanted.decision(value)),
                Err(complaint) => Step::Again(Some(complaint)),
            },
        }
    }

    fn choices(&self) -> Vec<&'static str> {
        match self.question.kind {
            QuestionKind::Approval => vec!["[a]pprove", "[r]efuse"],
            QuestionKind::UnknownOutcome => vec!["[h]appened", "[d]id not happen", "[f]ail"],
            _ if self.question.open => {
                let skip = self.question.may_skip.then_some("[s]kip");
                ["[h]appened", "[d]id not happen"].into_iter().chain(skip).chain(["[v]alue", "[f]ail"]).collect()
            }
            _ if self.question.may_skip => vec!["[r]etry", "[s]kip", "[v]alue", "[f]ail"],
            _ => vec!["[r]etry", "[v]alue", "[f]ail"],
        }
    }

    fn choose(&mut self, word: &str) -> Step {
        let typed = word.to_ascii_lowercase();
        let chosen = self.choices().into_iter().find(|choice| is_choice(choice, &typed));
        let approval = self.question.approval.as_ref();
        let wanted = match chosen.and_then(|choice| choice.chars().nth(1)) {
            Some('a') => {
                return Step::Done(Decision::Approve { hash: approval.map_or(String::new(), |a| a.hash.clone()) });
            }
            Some('r') if approval.is_some() => {
                self.part = Part::Because;
                return Step::Again(None);
            }
            Some('r') => return Step::Done(Decision::Retry),
            Some('s') => return Step::Done(Decision::Skip),
            Some('f') => return Step::Done(Decision::Fail),
            Some('d') => return Step::Done(Decision::DidNotHappen),
            Some('h') => Wanted::Happened,
            Some('v') => Wanted::Replacement,
            _ => return Step::Again(Some("type the letter in brackets".to_owned())),
        };
        self.part = Part::Value(Filling::new(&self.answer), wanted);
        Step::Again(None)
    }
}

impl Wanted {
    fn decision(self, value: Json) -> Decision {
        match self {
            Self::Answer => Decision::Value(value),
            Self::Happened => Decision::Happened(value),
            Self::Replacement => Decision::Replace(value),
        }
    }
}

impl Filling {
    fn new(ty: &Type) -> Self {
        let fields = match &ty.kind {
            Kind::Record(fields) => fields.iter().map(|(name, field)| (name.to_string(), field.clone())).collect(),
            _ => Vec::new(),
        };
        Self { fields, got: Map::new() }
    }

    /// The field that is asked for now.
    fn current(&self) -> Option<&(String, Field)> {
        self.fields.get(self.got.len())
    }

    fn prompt(&self, whole: &Type) -> String {
        match self.current() {
            Some((name, field)) => {
                let (mark, nothing) = match (field.optional, field.ty.is_optional()) {
                    (true, false) => ("?", ", or nothing"),
                    (true, true) => ("?", ""),
                    (false, _) => ("", ""),
                };
                format!("{name}{mark}: {}{nothing}  [l]eave > ", hint(&field.ty))
            }
            None => format!("{}  [l]eave > ", hint(whole)),
        }
    }

    /// The value, once it is whole.
    fn line(&mut self, line: &str, whole: &Type) -> Result<Option<Json>, String> {
        let Some((name, field)) = self.current().cloned() else { return read(line, whole).map(Some) };
        let json = if line.trim().is_empty() && field.may_be_absent() { Json::Null } else { read(line, &field.ty)? };
        self.got.insert(name, json);
        if self.got.len() < self.fields.len() {
            return Ok(None);
        }
        let absent_left_out = std::mem::take(&mut self.got).into_iter().filter(|(name, json)| {
            let optional = self.fields.iter().any(|(field, of)| field == name && of.optional);
            !(optional && json.is_null())
        });
        Ok(Some(Json::Object(absent_left_out.collect())))
    }
}

/// `[y]es`, `y` and `yes` choose it.
fn is_choice(choice: &str, typed: &str) -> bool {
    let bare: String = choice.chars().filter(|c| !matches!(c, '[' | ']')).collect();
    !typed.is_empty() && (bare == typed || bare.chars().next().is_some_and(|first| typed == first.to_string()))
}

/// What may be typed for a type.
fn hint(ty: &Type) -> String {
    let inner = ty.without_null();
    let hint = match &inner.kind {
        Kind::Bool => "[y]es  [n]o".to_owned(),
        Kind::String => "text".to_owned(),
        Kind::Null => "null".to_owned(),
        _ => match inner.as_literals() {
            Some(literals) => literals.iter().map(|literal| escape(literal)).collect::<Vec<_>>().join(" | "),
            None if matches!(
                inner.kind,
                Kind::List(_) | Kind::Map(_) | Kind::Record(_) | Kind::Union(_) | Kind::Json
            ) =>
            {
                format!("{inner} as JSON")
            }
            None => inner.to_string(),
        },
    };
    if ty.is_optional() { format!("{hint}, or nothing") } else { hint }
}

fn read(line: &str, ty: &Type) -> Result<Json, String> {
    let (text, inner) = (line.trim(), ty.without_null());
    if text.is_empty() {
        return if ty.is_optional() { Ok(Json::Null) } else { Err(nothing_typed(&inner)) };
    }
    let value = match &inner.kind {
        Kind::Bool => yes_or_no(text).map_or_else(|| parse_input(text, ty), |yes| Ok(Value::Bool(yes))),
        // Quotes allow for an empty text, one that starts with a space, or the single letter that leaves.
        Kind::String => Ok(serde_json::from_str::<String>(text).map_or_else(|_| Value::text(line), Value::text)),
        _ => parse_input(text, ty),
    };
    value.map(|value| encode(&value))
}

fn nothing_typed(ty: &Type) -> String {
    match ty.kind {
        Kind::String => "type something, or \"\" for an empty text".to_owned(),
        _ => format!("type a value: {}", hint(ty)),
    }
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "y" | "yes" => Some(true),
        "n" | "no" => Some(false),
        _ => None,
    }
}

/// What is read before it is answered: what is shown, then what is to be allowed.
pub fn goes_with(question: &Question) -> Vec<String> {
    let to_be_allowed = question.approval.iter().flat_map(to_be_allowed);
    question.show.iter().flat_map(shown).chain(to_be_allowed).collect()
}

/// What is to be allowed, whole, and who has allowed it so far.
fn to_be_allowed(approval: &Approval) -> Vec<String> {
    let head = "to be allowed, as it stands here:".to_owned();
    std::iter::once(head).chain(whole(&approval.value)).chain(so_far(approval)).chain(barred(approval)).collect()
}

/// A value of which nothing is left out.
fn whole(json: &Json) -> Vec<String> {
    let text = serde_json::to_string_pretty(json).unwrap_or_default();
    text.lines().map(|line| format!("  {}", escape(line))).collect()
}

/// Whom `not requester` keeps out.
fn barred(approval: &Approval) -> Option<String> {
    let names: Vec<String> = approval.requesters.iter().map(|by| escape(by)).collect();
    let who = if names.is_empty() { String::new() } else { format!(": not {}", listed(&names)) };
    approval.not_requester.then(|| format!("not requester: who asks for it cannot allow it{who}"))
}

/// Who has allowed it, and how many more are wanted.
fn so_far(approval: &Approval) -> Option<String> {
    let left = (approval.quorum as usize).saturating_sub(approval.given.len());
    let given = listed(&approval.given.iter().map(|by| escape(by)).collect::<Vec<_>>());
    match approval.given.is_empty() {
        true if approval.quorum < 2 => None,
        true => Some(format!("{left} persons have to allow it")),
        false => Some(format!("{given} allowed it, {left} more")),
    }
}

/// What goes with a question: short values on one line, others spread out.
fn shown(json: &Json) -> Vec<String> {
    const LINE_COLUMNS: usize = 70;
    let short = match json {
        Json::String(text) => return text.lines().map(escape).collect(),
        json => json.to_string(),
    };
    let spread = || serde_json::to_string_pretty(json).unwrap_or_default();
    let text = if short.chars().count() <= LINE_COLUMNS { short } else { spread() };
    text.lines().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: QuestionKind) -> Question {
        let (text, answer) = ("Ship it?".to_owned(), String::new());
        Question {
            kind,
            text,
            show: None,
            answer,
            schema: Json::Null,
            role: None,
            may_skip: false,
            open: false,
            approval: None,
        }
    }

    /// Types lines, gives each prompt with what became of the line.
    fn typed(form: &mut Form, lines: &[&str]) -> Vec<(String, Step)> {
        lines.iter().map(|line| (form.prompt(), form.line(Some(line)))).collect()
    }

    #[test]
    fn records_are_asked_field_by_field() {
        let risk = Type::union(vec![Type::literal("low"), Type::literal("high")]).expect("a union of literals");
        let ty = Type::record([
            ("ok", Field::required(Type::bool())),
            ("risk", Field::required(risk)),
            ("note", Field::optional(Type::string())),
        ]);
        let mut form = Form::new(question(QuestionKind::Ask), ty);
        let steps = typed(&mut form, &["perhaps", "y", "low", ""]);
        let prompts: Vec<&str> = steps.iter().map(|(prompt, _)| prompt.as_str()).collect();
        assert_eq!(
            prompts,
            [
                "ok: [y]es  [n]o  [l]eave > ",
                "ok: [y]es  [n]o  [l]eave > ",
                "risk: low | high  [l]eave > ",
                "note?: text, or nothing  [l]eave > "
            ]
        );
        assert!(matches!(&steps[0].1, Step::Again(Some(_))));
        assert_eq!(steps[3].1, Step::Done(Decision::Value(serde_json::json!({ "ok": true, "risk": "low" }))));
    }

    #[test]
    fn a_text_may_be_quoted() {
        let mut form = Form::new(question(QuestionKind::Ask), Type::string());
        assert_eq!(form.line(Some("l\n")), Step::Leave);
        assert_eq!(form.line(Some("\"l\"\n")), Step::Done(Decision::Value("l".into())));
        assert_eq!(form.line(Some("all good\n")), Step::Done(Decision::Value("all good".into())));
        assert!(matches!(form.line(Some("\n")), Step::Again(Some(_))));
        assert_eq!(form.line(None), Step::Leave);
    }

    #[test]
    fn a_failure_offers_what_is_possible() {
        let mut form = Form::new(question(QuestionKind::Failure), Type::int());
        assert_eq!(form.prompt(), "[r]etry  [v]alue  [f]ail  [l]eave > ");
        assert!(matches!(form.line(Some("s")), Step::Again(Some(_))));
        assert_eq!(form.line(Some("v")), Step::Again(None));
        assert_eq!(form.prompt(), "int  [l]eave > ");
        assert_eq!(form.line(Some("4")), Step::Done(Decision::Replace(4.into())));
        let mut form = Form::new(question(QuestionKind::UnknownOutcome), Type::null());
        assert_eq!(form.line(Some("did not happen")), Step::Done(Decision::DidNotHappen));
    }

    #[test]
    fn a_refusal_may_have_a_reason() {
        let approval = Approval {
            value: Json::Null,
            hash: "h".into(),
            quorum: 1,
            not_requester: false,
            requesters: Vec::new(),
            given: Vec::new(),
        };
        let asked = || Question { approval: Some(approval.clone()), ..question(QuestionKind::Approval) };
        let mut form = Form::new(asked(), Type::bool());
        assert_eq!(form.line(Some("r")), Step::Again(None));
        assert_eq!(form.prompt(), "why, or nothing  [l]eave > ");
        assert_eq!(form.line(Some("too late")), Step::Done(Decision::Refuse { because: Some("too late".into()) }));
        let mut form = Form::new(asked(), Type::bool());
        form.line(Some("refuse"));
        assert_eq!(form.line(Some("")), Step::Done(Decision::Refuse { because: None }));
    }
}
