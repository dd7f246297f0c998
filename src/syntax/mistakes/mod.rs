//! What people write who come from other tools, told by the token where the parse stops and its neighbours.

mod calls;
mod declared;
mod foreign;
mod habits;
mod handlers;
mod heads;
mod phrases;
mod quotes;
mod shapes;
mod signs;
mod statements;
mod values;

use crate::diag::Diagnostic;
use crate::syntax::draft::Patch;
use crate::syntax::errors;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;
use crate::syntax::split::ITEM_WORDS;

/// The fault and what to patch so that the parse goes on (nothing: leave out a part).
type Found = (Diagnostic, Vec<Patch>);

/// What is looked for, the surer ones first.
const KNOWN: &[fn(&Failure<'_>) -> Option<Found>] = &[
    statements::item_without_a_name,
    foreign::enum_item,
    foreign::import_from,
    foreign::import_of_a_module,
    foreign::class_item,
    foreign::comprehension_as_a_stage,
    foreign::comprehension_that_begins_with_for,
    foreign::other_word_for_for,
    foreign::part_of_a_call,
    foreign::chained_stages,
    foreign::action_without_its_word,
    foreign::word_with_another_place,
    foreign::then_before_a_block,
    habits::comment_of_another_language,
    habits::item_of_another_tool,
    habits::kind_after_a_colon,
    habits::word_before_a_call,
    habits::reserved_value,
    habits::action_without_a_name,
    habits::stage_of_nothing,
    heads::field_without_its_name,
    habits::race_in_braces,
    habits::action_without_its_word,
    habits::two_elements,
    habits::duration_in_parts,
    declared::body_after_a_colon,
    declared::schedule_of_nothing,
    declared::schedule_without_a_time,
    declared::agent_of_no_kind,
    declared::failure_without_a_class,
    declared::effects_of_another_name,
    declared::tools_of_another_shape,
    heads::item_without_its_word,
    heads::type_without_its_arrow,
    heads::answer_without_its_arrow,
    heads::arrow_without_a_type,
    heads::part_without_a_name,
    heads::element_without_a_name,
    heads::match_without_a_subject,
    heads::record_without_return,
    statements::let_with_a_type,
    calls::value_as_a_stage,
    calls::value_after_an_arrow,
    values::repeat_without_bound,
    values::bound_that_is_no_number,
    values::bare_fraction,
    values::awaited_call,
    values::bracketed_for,
    values::assigned_secret,
    quotes::secret_as_text,
    quotes::whole_file,
    shapes::type_of_another_shape,
    shapes::loop_of_another_shape,
    shapes::record_with_its_type,
    shapes::name_with_a_dash,
    shapes::type_before_its_name,
    shapes::record_as_a_pattern,
    shapes::sign_of_another_shape,
    shapes::words_between_names,
    handlers::failure_handler,
    handlers::members_without_their_word,
    handlers::time_without_cron,
    handlers::statement_of_another_name,
    calls::race_in_words,
    calls::bare_clause,
    calls::call_in_braces,
    calls::path_as_a_name,
    phrases::retries,
    phrases::retry_of_nothing,
    values::list_in_square_brackets,
    values::name_before_a_list,
    values::several_in_a_group,
    statements::effects_without_its_word,
    signs::record_of_clauses,
    phrases::retry_count,
    phrases::retry_word,
    phrases::backoff_without_brackets,
    phrases::wait_without_brackets,
    calls::call_without_brackets,
    statements::name_with_a_digit,
    statements::reserved_name,
    statements::swallowed_setting,
    statements::values_without_their_word,
    statements::misspelled_action,
    statements::import_without_braces,
    statements::called_source,
    quotes::name_in_quotes,
    quotes::path_without_quotes,
    quotes::text_without_quotes,
    statements::bracketed_names,
    statements::clause_word,
    statements::statement_word,
    statements::item_word,
    statements::outside_of_a_workflow,
    statements::case_word,
    signs::braces_of_if,
    signs::condition_behind,
    signs::word_operator,
    signs::argument_with_equals,
    signs::single_equals,
    values::function_without_a_name,
    signs::arrows,
    signs::sign_after_word,
    signs::comma_between,
    signs::ternary,
    signs::other_type,
    signs::unit_apart,
    misspelled,
    phrases::not_one_of_the_words,
];

/// A known mistake at the place where the parse stopped.
pub(super) fn recognise(failure: &Failure<'_>) -> Option<Found> {
    KNOWN.iter().find_map(|known| known(failure))
}

/// A word in back-quotes, or what else a token is.
pub(super) fn quote(text: &str) -> String {
    match text.chars().next() {
        None => "the end".to_owned(),
        Some('\u{1}') => "this".to_owned(),
        Some('"') => "a string".to_owned(),
        Some('r') if text.starts_with("r\"") => "a string".to_owned(),
        Some('}') if text.len() > 1 => "a string".to_owned(),
        Some('`') => text.to_owned(),
        _ if text.len() > 40 => format!("`{}…`", text.chars().take(30).collect::<String>()),
        _ => format!("`{text}`"),
    }
}

/// A word of the language with a slip in it.
fn misspelled(failure: &Failure<'_>) -> Option<Found> {
    let word = failure.text(0);
    if failure.tokens.kind(failure.found) != Some(Kind::Word) || word.len() < 2 {
        return None;
    }
    let mut words = failure.expected.words();
    if failure.found == 0 {
        words.extend(ITEM_WORDS);
    }
    let most = (word.len() / 3).max(1);
    let near = words.into_iter().map(|known| (strsim::osa_distance(&word.to_ascii_lowercase(), known), known));
    let (_, right) = near.filter(|(distance, known)| *distance <= most && *known != word).min()?;
    let fault = errors::misspelled(failure.here(), &failure.expected.describe(), word, right);
    Some((fault, vec![failure.replace(failure.found, failure.found, right)]))
}
