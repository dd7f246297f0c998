//! The commands that are printed for people to copy: they work where `wfc` was called.

use std::path::{Path, PathBuf};

/// Commands about one run.
#[derive(Debug, Clone)]
pub struct Commands {
    run: String,
    /// ` --store PATH`, if the run's store is not the one that is found from here.
    store: String,
}

impl Commands {
    /// For the run that people know as `run`, whose store is `store`, where `found` is the store that commands find by
    /// themselves.
    pub fn new(run: &str, store: &Path, found: Option<PathBuf>) -> Self {
        let same = found.is_some_and(|found| is_same(&found, store));
        let store = if same { String::new() } else { format!(" --store {}", quoted(&store.display().to_string())) };
        Self { run: run.to_owned(), store }
    }

    /// The run as people are told it.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// `wfc resume RUN`.
    pub fn resume(&self) -> String {
        format!("wfc resume {}{}", self.run, self.store)
    }

    /// `wfc resume RUN --plan FILE`, and what follows.
    pub fn resume_changed(&self, file: &str, more: &str) -> String {
        format!("wfc resume {} --plan {}{more}{}", self.run, quoted(file), self.store)
    }

    /// `wfc runs retry RUN`.
    pub fn retry(&self) -> String {
        format!("wfc runs retry {}{}", self.run, self.store)
    }

    /// `wfc runs retry RUN --again STAGE …`.
    pub fn retry_again(&self, stages: &[String]) -> String {
        let again: String = stages.iter().map(|stage| format!(" --again {}", quoted(stage))).collect();
        format!("wfc runs retry {}{again}{}", self.run, self.store)
    }

    /// `wfc runs retry RUN --plan FILE`.
    pub fn retry_changed(&self, file: &str) -> String {
        format!("wfc runs retry {} --plan {}{}", self.run, quoted(file), self.store)
    }

    /// `wfc runs logs RUN STAGE`.
    pub fn logs(&self, stage: &str) -> String {
        format!("wfc runs logs {} {}{}", self.run, quoted(stage), self.store)
    }

    /// `wfc runs show RUN`.
    pub fn show(&self) -> String {
        format!("wfc runs show {}{}", self.run, self.store)
    }

    /// The same about another run of the store.
    pub fn of(&self, run: &str) -> Self {
        Self { run: run.to_owned(), store: self.store.clone() }
    }

    /// `wfc runs send NAME --key KEY JSON`.
    pub fn send(&self, name: &str, key: &str) -> String {
        self.here(&format!("wfc runs send {} --key {} JSON", quoted(name), quoted(key)))
    }

    /// A command about no run, in the same store.
    pub fn here(&self, command: &str) -> String {
        format!("{command}{}", self.store)
    }

    /// `wfc runs answer RUN STAGE FORM`.
    pub fn answer(&self, stage: &str, form: &str) -> String {
        format!("wfc runs answer {} {} {form}{}", self.run, quoted(stage), self.store)
    }
}

/// A word as a shell takes it for one: brackets and number signs mean something to shells.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,=@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn is_same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(quoted("dev.rollout"), "dev.rollout");
        assert_eq!(quoted("triaged[1].kind#2"), "'triaged[1].kind#2'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn the_store_is_named_only_if_it_is_not_found() {
        let here = Commands::new("m4xk", Path::new(".wfc"), Some(PathBuf::from(".wfc")));
        assert_eq!(here.resume(), "wfc resume m4xk");
        let away = Commands::new("m4xk", Path::new("a b/.wfc"), None);
        assert_eq!(away.answer("s[1]", "--fail"), "wfc runs answer m4xk 's[1]' --fail --store 'a b/.wfc'");
    }
}
