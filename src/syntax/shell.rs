//! Expansions of a shell in a text, told from expressions: `${NAME:-x}`, `${#NAME}`, `${@}`.

/// How many bytes the expansion of a shell takes that a text begins with, up to its `}`. Only what can be no expression counts.
pub(super) fn expansion(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("${")?;
    let length = inside.find(['}', '"', '\n', '\r'])?;
    let whole = inside[length..].starts_with('}') && is_expansion(&inside[..length]);
    whole.then_some("${".len() + length + "}".len())
}

fn is_expansion(inside: &str) -> bool {
    if matches!(inside, "@" | "*" | "?" | "$" | "-" | "!" | "#") {
        return true;
    }
    if let Some(name) = inside.strip_prefix('#') {
        return rest_of_name(name).is_some_and(|rest| matches!(rest, "" | "[@]" | "[*]")) || matches!(name, "@" | "*");
    }
    let Some(rest) = rest_of_name(inside) else { return false };
    let mut signs = rest.chars();
    match (signs.next(), signs.next()) {
        (Some(':'), Some('-' | '=' | '?' | '+')) | (Some('#'), _) | (Some('/'), Some('/')) => true,
        (Some('%'), Some('%' | '.' | '*' | '?' | '/' | '#')) => true,
        (Some('^' | ','), next) => matches!(next, None | Some('^' | ',')),
        (Some('['), Some('@' | '*')) => true,
        _ => false,
    }
}

/// What stands behind the name, or the number, with which a text begins.
fn rest_of_name(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (rest.len() < text.len()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::expansion;

    #[test]
    fn what_only_a_shell_can_read_is_known() {
        for text in [
            "${#T}",
            "${T:-x}",
            "${T:=x}",
            "${T:?no}",
            "${T:+x}",
            "${T##*/}",
            "${T#a}",
            "${T%%.*}",
            "${T%.txt}",
            "${T%/*}",
            "${T//a/b}",
            "${T^^}",
            "${T,,}",
            "${T^}",
            "${@}",
            "${*}",
            "${?}",
            "${#}",
            "${#@}",
            "${#a[@]}",
            "${a[@]}",
            "${1:-x}",
        ] {
            assert_eq!(expansion(&format!("{text} and more}}\"")), Some(text.len()), "{text}");
        }
    }

    #[test]
    fn what_can_be_an_expression_is_none() {
        for text in [
            "${t}",
            "${1}",
            "${a % b}",
            "${a%b}",
            "${a / b}",
            "${a[0]}",
            "${a.b}",
            "${!a}",
            "${-a}",
            "${a ?? b}",
            "$T",
            "${T",
            "${}",
        ] {
            assert_eq!(expansion(text), None, "{text}");
        }
    }
}
