//! `wf.toml`: what it may say, read with places, so that each mistake is a diagnostic in it.

mod profiles;

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::base::profile::Profile;
use crate::base::source::Sources;
use crate::base::span::{FileId, Span};
use crate::base::unit::{Price, parse_money};
use crate::diag::lint::{self, Level, Lints, Named};
use crate::diag::{Bag, Code, Diagnostic};

/// What a project says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// `[project] name`.
    pub name: Option<String>,
    /// `[project] main`: what `wfc run .` runs, relative to the root.
    pub main: Option<String>,
    /// `[project] source`: what `wfc check` without a path checks, relative to the root.
    pub source: Option<String>,
    /// `[limits] parallel`: attempts at once in a run.
    pub parallel: Option<u32>,
    /// `[store] path`, relative to the root.
    pub store: Option<String>,
    /// `[roles]`: each with the accounts that have it; `None` without that table.
    pub roles: Option<BTreeMap<String, Vec<String>>>,
    /// `[lints]`.
    pub lints: Lints,
    /// `[prices."model"]`, by model.
    pub prices: BTreeMap<String, Price>,
    /// `[profiles.NAME]`, by name.
    pub profiles: BTreeMap<String, Profile>,
}

const TABLES: [&str; 7] = ["project", "limits", "store", "roles", "lints", "prices", "profiles"];

/// What a price says of a model: the tokens that are sent, and those that are answered.
const PRICES: [&str; 2] = ["input", "output"];

/// Reads the text of a `wf.toml`. What is wrong goes into `bag`, the rest into the result.
pub fn read(sources: &Sources, file: FileId, bag: &mut Bag) -> Config {
    let text = &sources.get(file).text;
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { file, bag, config: Config::default() };
    for error in &errors {
        let at = reader.span(error.span().unwrap_or(0..0));
        reader.bag.push(Diagnostic::new(Code::WF0903, at, "this is not TOML").label(error.message().to_owned()));
    }
    if errors.is_empty() {
        reader.document(document.get_ref());
    }
    reader.config
}

struct Reader<'a> {
    file: FileId,
    bag: &'a mut Bag,
    config: Config,
}

type Key<'a> = Spanned<std::borrow::Cow<'a, str>>;
type Value<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn document(&mut self, document: &DeTable<'_>) {
        for (key, value) in document {
            let name = key.get_ref().as_ref();
            if !TABLES.contains(&name) {
                self.unknown(key, "table", &TABLES);
                continue;
            }
            match value.get_ref().as_table() {
                Some(table) => self.table(name, table),
                None => self.wrong(value, &format!("`{name}`"), "a table"),
            }
        }
    }

    fn table(&mut self, name: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            match (name, key.get_ref().as_ref()) {
                ("project", "name") => self.config.name = self.text(key, value),
                ("project", "main") => self.config.main = self.text(key, value),
                ("project", "source") => self.config.source = self.text(key, value),
                ("project", _) => self.unknown(key, "key", &["name", "main", "source"]),
                ("limits", "parallel") => self.config.parallel = self.count(key, value),
                ("limits", _) => self.unknown(key, "key", &["parallel"]),
                ("store", "path") => self.config.store = self.text(key, value),
                ("store", _) => self.unknown(key, "key", &["path"]),
                ("lints", _) => self.lint(key, value),
                ("prices", model) => self.model(model, key, value),
                ("profiles", _) => self.profile(key, value),
                (_, role) => {
                    let accounts = self.texts(key, value);
                    self.config.roles.get_or_insert_default().insert(role.to_owned(), accounts);
                }
            }
        }
        if name == "roles" {
            self.config.roles.get_or_insert_default();
        }
    }

    /// What a model costs: both prices, for 1,000,000 tokens.
    fn model(&mut self, model: &str, key: &Key<'_>, value: &Value<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            return self.wrong(value, &format!("the price of `{model}`"), "a table with `input` and `output`");
        };
        for (key, _) in table.iter().filter(|(key, _)| !PRICES.contains(&key.get_ref().as_ref())) {
            self.unknown(key, "key", &PRICES);
        }
        let [input, output] = PRICES.map(|name| self.amount(name, key, table));
        if let (Some(input), Some(output)) = (input, output) {
            self.config.prices.insert(model.to_owned(), Price { input, output });
        }
    }

    fn amount(&mut self, name: &str, model: &Key<'_>, table: &DeTable<'_>) -> Option<i64> {
        let Some(value) = table.get(name) else {
            let message = format!("the price of `{}` lacks `{name}`", model.get_ref());
            let missing = Diagnostic::new(Code::WF0903, self.span(model.span()), message);
            let help = format!("add what 1,000,000 tokens of it cost: `{name} = \"2usd\"`");
            self.bag.push(missing.label("known only in part").help(help));
            return None;
        };
        let amount = value.get_ref().as_str().and_then(|text| parse_money(text).ok());
        if amount.is_none() {
            self.wrong(value, &format!("`{name}`"), "an amount of money for 1,000,000 tokens, such as \"0.25usd\"");
        }
        amount
    }

    fn text(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<String> {
        let text = value.get_ref().as_str().filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong(value, &format!("`{}`", key.get_ref()), "text that is not empty");
        }
        text.map(str::to_owned)
    }

    fn count(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<u32> {
        let number = value.get_ref().as_integer().filter(|number| number.radix() == 10);
        let count = number.and_then(|number| number.as_str().parse().ok()).filter(|count| *count > 0);
        if count.is_none() {
            self.wrong(value, &format!("`{}`", key.get_ref()), "a whole number from 1");
        }
        count
    }

    fn texts(&mut self, key: &Key<'_>, value: &Value<'_>) -> Vec<String> {
        let list = value.get_ref().as_array().map(|array| array.iter());
        let accounts: Option<Vec<String>> = list.and_then(|mut list| {
            list.try_fold(Vec::new(), |mut all, one| {
                all.push(one.get_ref().as_str()?.to_owned());
                Some(all)
            })
        });
        if accounts.is_none() {
            self.wrong(value, &format!("role `{}`", key.get_ref()), "a list of accounts, each between quotes");
        }
        accounts.unwrap_or_default()
    }

    /// A lint, by its name or its code, and what becomes of it.
    fn lint(&mut self, key: &Key<'_>, value: &Value<'_>) {
        let word = key.get_ref().as_ref();
        let at = self.span(key.span());
        let code = match lint::named(word) {
            Named::Lint(code) => code,
            Named::Error(code) => {
                let message = format!("{} is an error of the language: it keeps its severity", code.as_str());
                return self.bag.push(Diagnostic::new(Code::WF0903, at, message).label("no lint").help("remove it"));
            }
            Named::Nothing => return self.unknown(key, "lint", &lint::names().collect::<Vec<_>>()),
        };
        let level = value.get_ref().as_str().and_then(Level::parse);
        let Some(level) = level else {
            return self.wrong(value, &format!("lint `{word}`"), "\"allow\", \"warn\" or \"deny\"");
        };
        if !self.config.lints.set(code, level) {
            let message = format!("the lint `{word}` has a level already");
            self.bag.push(
                Diagnostic::new(Code::WF0903, at, message).label("again").help("name it once, by name or by code"),
            );
        }
    }

    fn unknown(&mut self, key: &Key<'_>, what: &str, legal: &[&str]) {
        let name = key.get_ref().as_ref();
        let at = self.span(key.span());
        self.bag.push(
            Diagnostic::new(Code::WF0903, at, format!("`wf.toml` has no {what} `{name}`"))
                .label(format!("unknown {what}"))
                .did_you_mean(name, at, legal.iter().copied()),
        );
    }

    fn wrong(&mut self, value: &Value<'_>, what: &str, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a bool",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let at = self.span(value.span());
        self.bag.push(
            Diagnostic::new(Code::WF0903, at, format!("{what} takes {wanted}")).label(format!("this is {found}")),
        );
    }

    fn span(&self, range: std::ops::Range<usize>) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(self.file, offset(range.start), offset(range.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::render::{Look, human};

    fn read_text(text: &str) -> (Config, String) {
        let (mut sources, mut bag) = (Sources::default(), Bag::default());
        let file = sources.add("wf.toml", text);
        let config = read(&sources, file, &mut bag);
        (config, human::render(&sources, &bag.into_sorted(), &Look::default()))
    }

    #[test]
    fn a_whole_file_is_read() {
        let (config, problems) = read_text(
            "[project]\nname = \"shop\"\nmain = \"flows/release.wf\"\nsource = \"flows\"\n[limits]\nparallel = 16\n\
             [store]\npath = \".wfc\"\n[roles]\nrelease = [\"alice\", \"bob\"]\n",
        );
        assert_eq!(problems, "");
        assert_eq!((config.name.as_deref(), config.parallel), (Some("shop"), Some(16)));
        assert_eq!(config.roles.unwrap()["release"], ["alice", "bob"]);
    }

    #[test]
    fn each_mistake_is_shown_in_its_place() {
        let (config, problems) = read_text(
            "[projekt]\nname = \"x\"\n[limits]\nparalel = 1\nparallel = 0\n[profiles]\nfast = 1\n[roles]\na = \"b\"\n",
        );
        assert_eq!(config.parallel, None);
        insta::assert_snapshot!(problems, @r#"
        error[WF0903]: `wf.toml` has no table `projekt`
          ┌─ wf.toml:1:2
          │
        1 │ [projekt]
          │  ^^^^^^^ unknown table
          │
          = help: did you mean `project`?
            1 | [project]

        error[WF0903]: `wf.toml` has no key `paralel`
          ┌─ wf.toml:4:1
          │
        4 │ paralel = 1
          │ ^^^^^^^ unknown key
          │
          = help: did you mean `parallel`?
            4 | parallel = 1

        error[WF0903]: `parallel` takes a whole number from 1
          ┌─ wf.toml:5:12
          │
        5 │ parallel = 0
          │            ^ this is a number

        error[WF0903]: profile `fast` takes a table with `agents`
          ┌─ wf.toml:7:8
          │
        7 │ fast = 1
          │        ^ this is a number

        error[WF0903]: role `a` takes a list of accounts, each between quotes
          ┌─ wf.toml:9:5
          │
        9 │ a = "b"
          │     ^^^ this is text
        "#);
    }

    #[test]
    fn models_have_two_prices() {
        let (config, problems) = read_text("[prices.\"gpt-5-mini\"]\ninput = \"0.25usd\"\noutput = \"2usd\"\n");
        assert_eq!(problems, "");
        assert_eq!(config.prices["gpt-5-mini"], Price { input: 250_000, output: 2_000_000 });
        let (config, problems) = read_text(
            "[prices.a]\ninput = \"0.25usd\"\n[prices.b]\ninput = 0.25\noutput = \"-2usd\"\ncached = \"1usd\"\n[prices]\nc = \"1usd\"\n",
        );
        assert!(config.prices.is_empty());
        insta::assert_snapshot!(problems, @r#"
        error[WF0903]: the price of `a` lacks `output`
          ┌─ wf.toml:1:9
          │
        1 │ [prices.a]
          │         ^ known only in part
          │
          = help: add what 1,000,000 tokens of it cost: `output = "2usd"`

        error[WF0903]: `input` takes an amount of money for 1,000,000 tokens, such
            as "0.25usd"
          ┌─ wf.toml:4:9
          │
        4 │ input = 0.25
          │         ^^^^ this is a number

        error[WF0903]: `output` takes an amount of money for 1,000,000 tokens, such
            as "0.25usd"
          ┌─ wf.toml:5:10
          │
        5 │ output = "-2usd"
          │          ^^^^^^^ this is text

        error[WF0903]: `wf.toml` has no key `cached`
          ┌─ wf.toml:6:1
          │
        6 │ cached = "1usd"
          │ ^^^^^^ unknown key
          │
          = help: there are `input` and `output`

        error[WF0903]: the price of `c` takes a table with `input` and `output`
          ┌─ wf.toml:8:5
          │
        8 │ c = "1usd"
          │     ^^^^^^ this is text
        "#);
    }

    #[test]
    fn lints_are_named_by_name_or_code() {
        let (config, problems) = read_text("[lints]\nunused_stage = \"deny\"\nWF0113 = \"allow\"\n");
        assert_eq!(problems, "");
        let mut lints = Lints::default();
        assert!(lints.set(Code::WF0303, Level::Deny) && lints.set(Code::WF0113, Level::Allow));
        assert_eq!(config.lints, lints);
    }

    #[test]
    fn a_lint_that_does_not_exist_or_is_none_is_refused() {
        let (config, problems) = read_text(
            "[lints]\nunused_stag = \"allow\"\nWF0102 = \"allow\"\nwrite_race = \"off\"\n\
             unused_name = \"warn\"\nWF0113 = \"allow\"\n",
        );
        let error = Diagnostic::new(Code::WF0102, Span::start_of(FileId::new(0)), "");
        assert!(config.lints.judge(error).is_some(), "it is said all the same");
        insta::assert_snapshot!(problems, @r#"
        error[WF0903]: `wf.toml` has no lint `unused_stag`
          ┌─ wf.toml:2:1
          │
        2 │ unused_stag = "allow"
          │ ^^^^^^^^^^^ unknown lint
          │
          = help: did you mean `unused_stage`?
            2 | unused_stage = "allow"

        error[WF0903]: WF0102 is an error of the language: it keeps its severity
          ┌─ wf.toml:3:1
          │
        3 │ WF0102 = "allow"
          │ ^^^^^^ no lint
          │
          = help: remove it

        error[WF0903]: lint `write_race` takes "allow", "warn" or "deny"
          ┌─ wf.toml:4:14
          │
        4 │ write_race = "off"
          │              ^^^^^ this is text

        error[WF0903]: the lint `unused_name` has a level already
          ┌─ wf.toml:5:1
          │
        5 │ unused_name = "warn"
          │ ^^^^^^^^^^^ again
          │
          = help: name it once, by name or by code
        "#);
    }

    #[test]
    fn what_is_not_toml_is_said_once() {
        let (_, problems) = read_text("[project\nname = \"shop\"\n");
        insta::assert_snapshot!(problems, @r#"
        error[WF0903]: this is not TOML
          ┌─ wf.toml:1:9
          │
        1 │ [project
          │         ^ unclosed table, expected `]`
        "#);
    }
}
