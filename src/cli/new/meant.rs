//! What `wfc new` is to make: a word that names a template is the template, the other one is the folder.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::NewArgs;
use super::templates::Template;
use crate::base::nearest::{nearest, suggestion};
use crate::cli::commands::quoted;
use crate::cli::report::Problem;

/// A template, and the folder that it goes into.
#[derive(Debug, PartialEq, Eq)]
pub struct Meant {
    pub template: Template,
    pub folder: PathBuf,
}

/// Tells template and folder apart. Where both words are names of templates, the first is the template.
///
/// # Errors
/// Two words of which none is a template, two templates, or one word that may be a slip for a template.
pub fn meant(args: &NewArgs) -> Result<Meant, Problem> {
    let chosen = |template: Template, folder: &Path| Ok(Meant { template, folder: folder.to_owned() });
    match (args.first.as_deref(), args.second.as_deref(), args.template) {
        (Some(first), Some(second), None) => match (named(first), named(second)) {
            (Some(template), _) => chosen(template, second),
            (None, Some(template)) => chosen(template, first),
            (None, None) => Err(unknown(first, second)),
        },
        (Some(first), Some(second), Some(template)) if named(first) == Some(template) => chosen(template, second),
        (Some(first), Some(second), Some(template)) if named(second) == Some(template) => chosen(template, first),
        (Some(first), Some(second), Some(template)) => Err(twice(first, second, template)),
        (Some(folder), None, Some(template)) => chosen(template, folder),
        (Some(word), None, None) => match (named(word), slip(word)) {
            (Some(template), _) => chosen(template, word),
            (None, Some(problem)) => Err(problem),
            (None, None) => chosen(Template::default(), word),
        },
        (None, _, template) => {
            let template = template.unwrap_or_default();
            chosen(template, Path::new(&word_of(template)))
        }
    }
}

/// The words that name templates.
pub fn words() -> Vec<String> {
    Template::value_variants().iter().map(|template| word_of(*template)).collect()
}

fn word_of(template: Template) -> String {
    template.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

fn named(word: &Path) -> Option<Template> {
    Template::from_str(word.to_str()?, false).ok()
}

fn unknown(first: &Path, second: &Path) -> Problem {
    let words = words();
    let near = suggestion(&first.to_string_lossy(), words.iter().map(String::as_str));
    Problem::usage(format!("there is no template `{}`{near}", first.display()))
        .help(format!("write the template and then the folder: wfc new hello {}", quoted(&second.to_string_lossy())))
}

fn twice(first: &Path, second: &Path, template: Template) -> Problem {
    let word = word_of(template);
    let folder = if named(first).is_some() { second } else { first };
    Problem::usage(format!("`{}` and `{}` cannot both be the folder", first.display(), second.display())).help(format!(
        "`--template {word}` says what it begins with: wfc new {word} {}",
        quoted(&folder.to_string_lossy())
    ))
}

/// A word that is nearly a template: whoever means a folder of that name says both.
fn slip(word: &Path) -> Option<Problem> {
    let (typed, words) = (word.to_str()?, words());
    let near = nearest(typed, &words.iter().map(String::as_str).collect::<Vec<_>>())?;
    let said = format!("`{typed}` is nearly the template `{near}`: is it one, or a folder?");
    Some(Problem::usage(said).help(format!("wfc new {near}, or wfc new hello {}", quoted(typed))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(first: Option<&str>, second: Option<&str>, template: Option<Template>) -> Option<(Template, String)> {
        let args = NewArgs { first: first.map(PathBuf::from), second: second.map(PathBuf::from), template };
        meant(&args).ok().map(|meant| (meant.template, meant.folder.display().to_string()))
    }

    #[test]
    fn template_and_folder_are_told_apart() {
        let (hello, release) = (Template::Hello, Template::Release);
        let cases = [
            ((None, None, None), (hello, "hello")),
            ((None, None, Some(release)), (release, "release")),
            ((Some("bot"), None, None), (hello, "bot")),
            ((Some("."), None, None), (hello, ".")),
            ((Some("release"), None, None), (release, "release")),
            ((Some("bot"), None, Some(release)), (release, "bot")),
            ((Some("hello"), None, Some(release)), (release, "hello")),
            ((Some("release"), Some("a/b"), None), (release, "a/b")),
            ((Some("bot"), Some("release"), None), (release, "bot")),
            ((Some("release"), Some("hello"), None), (release, "hello")),
            ((Some("release"), Some("bot"), Some(release)), (release, "bot")),
            ((Some("bot"), Some("release"), Some(release)), (release, "bot")),
        ];
        for ((first, second, template), (wanted, folder)) in cases {
            assert_eq!(told(first, second, template), Some((wanted, folder.to_owned())), "{first:?} {second:?}");
        }
    }

    #[test]
    fn what_could_be_either_is_asked() {
        for words in [(Some("reserch"), None), (Some("bot"), Some("shop")), (Some("bug-fix"), Some("shop"))] {
            assert_eq!(told(words.0, words.1, None), None, "{words:?}");
        }
        assert_eq!(told(Some("hello"), Some("shop"), Some(Template::Release)), None);
    }
}
