//! What is known of models without asking anybody: what they cost, what they can take, who serves them.

use crate::base::unit::Price;
use crate::base::world::World;
use crate::value::settings::Provider;

/// The table, with its date and sources.
const MODELS: &str = include_str!("prices/models.tsv");

/// Tokens of input and output where nothing says it, and the model can take them.
const USUAL: Limits = Limits { input: 200_000, output: 8_000 };

/// Tokens of one call at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Of what is sent.
    pub input: i64,
    /// Of what is answered.
    pub output: i64,
}

/// What a model costs: as the project says of it or of what it is a version of, else as the table does; nothing if nobody says it.
pub(super) fn price(world: &dyn World, model: &str) -> Option<Price> {
    stated(world, model).or_else(|| find(model).map(|row| row.price))
}

/// Whether the price of a model is the one of the table: what a provider asks today may be another.
pub(super) fn is_listed(world: &dyn World, model: &str) -> bool {
    stated(world, model).is_none() && find(model).is_some()
}

fn stated(world: &dyn World, model: &str) -> Option<Price> {
    world.price(model).or_else(|| world.price(undated(model)?))
}

/// What a call of a model may take where nothing says it.
pub(super) fn limits(model: &str) -> Limits {
    find(model)
        .map_or(USUAL, |row| Limits { input: row.context.min(USUAL.input), output: row.answer.min(USUAL.output) })
}

/// Who serves a model where nothing says it.
pub(super) fn provider(model: &str) -> Provider {
    let by_name = if model.starts_with("claude-") { Provider::Anthropic } else { Provider::Openai };
    find(model).map_or(by_name, |row| row.provider)
}

struct Row<'a> {
    model: &'a str,
    provider: Provider,
    price: Price,
    context: i64,
    answer: i64,
}

/// The row of a model, or of what it is a version of.
fn find(model: &str) -> Option<Row<'static>> {
    rows().find(|row| row.model == model || undated(model) == Some(row.model))
}

/// The name of what a model is a version of: without a date or `-latest`.
fn undated(model: &str) -> Option<&str> {
    let dated = model.match_indices('-').find(|(at, _)| is_date(&model[*at..])).map(|(at, _)| &model[..at]);
    dated.or_else(|| model.strip_suffix("-latest"))
}

/// Whether a name goes on with a date: `-2025-08-07`, `-20250929`.
fn is_date(rest: &str) -> bool {
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    rest.starts_with('-') && digits == 8 && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

fn rows() -> impl Iterator<Item = Row<'static>> {
    MODELS.lines().filter(|line| !line.starts_with('#')).filter_map(row)
}

fn row(line: &'static str) -> Option<Row<'static>> {
    let mut fields = line.split('\t');
    let model = fields.next()?;
    let name = fields.next()?;
    let provider = Provider::ALL.into_iter().find(|provider| provider.as_str() == name)?;
    let price = Price { input: micros(fields.next()?)?, output: micros(fields.next()?)? };
    let (context, answer) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Row { model, provider, price, context, answer })
}

/// Dollars with up to six decimals as millionths.
fn micros(dollars: &str) -> Option<i64> {
    let (whole, part) = dollars.split_once('.').unwrap_or((dollars, ""));
    let part: i64 = format!("{part:0<6}").parse().ok()?;
    Some(whole.parse::<i64>().ok()? * 1_000_000 + part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::world::MemoryWorld;

    #[test]
    fn every_line_of_the_table_can_be_read() {
        let lines = MODELS.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(rows().count(), lines);
        let mut names: Vec<&str> = rows().map(|row| row.model).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), lines);
    }

    /// What the table says.
    fn listed(model: &str) -> Option<Price> {
        price(&MemoryWorld::default(), model)
    }

    #[test]
    fn a_dated_version_costs_what_its_model_costs() {
        let mini = Price { input: 250_000, output: 2_000_000 };
        assert_eq!(listed("gpt-5-mini"), Some(mini));
        assert_eq!(listed("gpt-5-mini-2025-08-07"), Some(mini));
        assert_eq!(listed("gpt-5-mini-latest"), Some(mini));
        assert_eq!(listed("claude-sonnet-4-5-20250929"), listed("claude-sonnet-4-5"));
        assert_ne!(listed("claude-opus-4-1"), listed("claude-opus-4-5"));
        assert_eq!((listed("gpt-5-turbo"), listed("gpt-5-2025"), listed("-2025-08-07")), (None, None, None));
    }

    #[test]
    fn what_the_project_says_wins() {
        let dear = Price { input: 1, output: 2 };
        let world = MemoryWorld { prices: [("gpt-5".to_owned(), dear)].into(), ..MemoryWorld::default() };
        assert_eq!((price(&world, "gpt-5"), price(&world, "gpt-5-2025-08-07")), (Some(dear), Some(dear)));
        assert_eq!(price(&world, "gpt-5-mini"), listed("gpt-5-mini"));
    }

    #[test]
    fn what_a_model_takes_bounds_a_call() {
        assert_eq!(limits("local"), USUAL);
        assert_eq!(limits("gpt-4o").input, 128_000);
        assert_eq!((provider("claude-new"), provider("local")), (Provider::Anthropic, Provider::Openai));
    }
}
