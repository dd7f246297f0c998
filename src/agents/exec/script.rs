//! The script that an interpreter is handed: it is what the program does, as much as the interpreter.

use std::path::Path;

use crate::agents::exec::begun::Program;

/// Interpreters, without the numbers of versions at their ends, and the letters with which options of theirs end after which code
/// follows, or a name, rather than a script.
const INTERPRETERS: [(&[&str], &[char]); 3] = [
    (&["sh", "bash", "dash", "zsh", "ksh", "ash", "fish"], &['c']),
    (&["python", "pypy"], &['c', 'm']),
    (&["node", "ruby", "perl", "php", "lua", "Rscript"], &['e', 'E', 'p', 'r']),
];

/// Long options of that kind.
const CODE_FOLLOWS: [&str; 3] = ["--eval", "--print", "--command"];

/// The script among the words of a command in the folder `cwd`: the first word that is no option, where it names a file.
pub fn of<'a>(words: &'a [String], cwd: &str) -> Option<Program<'a>> {
    let (program, rest) = words.split_first()?;
    let name = program.rsplit('/').next()?.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let (_, code_follows) = INTERPRETERS.iter().find(|(names, _)| names.contains(&name))?;
    let is_code = |word: &str| match word.starts_with("--") {
        true => CODE_FOLLOWS.contains(&word),
        false => word.ends_with(*code_follows),
    };
    let word =
        rest.iter().find(|word| !word.starts_with('-') || is_code(word)).filter(|word| !word.starts_with('-'))?;
    let path = Path::new(cwd).join(word);
    path.is_file().then(|| path.to_str().map(|path| Program { word, path: path.to_owned() }))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_the_first_word_that_is_no_option() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join("tool.py"), "").expect("written");
        let found = |command: &str| {
            let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
            of(&words, dir.path().to_str().expect("UTF-8")).map(|script| script.path)
        };
        let path = dir.path().join("tool.py").to_str().map(str::to_owned);
        for command in
            ["python3 tool.py", "/usr/bin/python3.12 -u tool.py x", "sh -e ./tool.py", "node --watch tool.py"]
        {
            assert_eq!(found(command).map(|path| path.replace("/./", "/")), path, "{command}");
        }
        let none = [
            "cat tool.py",
            "python3",
            "python3 -c tool.py",
            "python3 -m tool.py",
            "sh -ec tool.py",
            "perl -ne tool.py",
        ];
        for command in none.into_iter().chain(["node --eval tool.py", "python3 other.py tool.py"]) {
            assert_eq!(found(command), None, "{command}");
        }
    }
}
