//! What bash needs to complete: it leaves it to `wfc` to part the line into words, and to quote what is inserted.

use std::ffi::OsString;
use std::io::{Error, Write};
use std::path::Path;

use clap_complete::engine;
use clap_complete::env::EnvCompleter;

use crate::cli::completions::words::{Line, escaped, split, unquoted};

/// Bash.
///
/// The words that it has itself are parted at `=`, `:` and `@`, and their quotes are left in.
#[derive(Debug)]
pub struct Bash;

const SCRIPT: &str = r#"_wfc_complete() {
    local word
    COMPREPLY=()
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <(VARIABLE=bash COMPLETER -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -ne 1 || "${COMPREPLY[0]}" != *[=/:] ]]; then
        compopt +o nospace 2>/dev/null
    fi
}
if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -o nospace -o bashdefault -o nosort -F _wfc_complete BIN
else
    complete -o nospace -o bashdefault -F _wfc_complete BIN
fi
"#;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == "bash"
    }

    fn write_registration(
        &self,
        var: &str,
        _name: &str,
        bin: &str,
        completer: &str,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let completer = escaped(completer, None);
        let script = SCRIPT.replace("VARIABLE", var).replace("COMPLETER", &completer).replace("BIN", bin);
        out.write_all(script.as_bytes())
    }

    /// `args` are the line as far as the cursor, and what of it bash replaces.
    fn write_complete(
        &self,
        cmd: &mut clap::Command,
        args: Vec<OsString>,
        here: Option<&Path>,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let [line, replaced] = args.as_slice() else { return Err(Error::other("no line is given")) };
        let (line, replaced) = (line.to_string_lossy(), replaced.to_string_lossy());
        let typed = split(&line);
        let stays = stays(&line[typed.last..], &replaced);
        let index = typed.words.len() - 1;
        for candidate in engine::complete(cmd, as_args(&typed), index, here)? {
            let word = candidate.get_value().to_string_lossy();
            let rest = word.strip_prefix(stays.as_str()).unwrap_or(&word);
            writeln!(out, "{}", escaped(rest, typed.open))?;
        }
        Ok(())
    }
}

fn as_args(line: &Line) -> Vec<OsString> {
    line.words.iter().map(OsString::from).collect()
}

/// What of a word stands before the part that is replaced.
fn stays(word: &str, replaced: &str) -> String {
    unquoted(word.strip_suffix(replaced).unwrap_or_default())
}
