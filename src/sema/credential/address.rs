//! Passwords in addresses, and keys in connection strings.

use super::Found;

/// What a connection string calls the key that follows, with the least length of such a key.
const KEYS: [(&str, usize); 3] = [("AccountKey=", 40), ("SharedAccessKey=", 40), ("SharedAccessSignature=", 40)];

/// Hosts whose addresses are keys: whoever knows them may write.
const HOOKS: [(&str, usize); 3] =
    [("hooks.slack.com/services/", 30), ("discord.com/api/webhooks/", 40), ("discordapp.com/api/webhooks/", 40)];

/// What stands for a password in texts that show how an address looks.
const PLACEHOLDERS: [&str; 10] =
    ["password", "passwd", "pass", "pwd", "pw", "secret", "changeme", "change-me", "token", "example"];

/// The first password of an address, or key of a connection string.
pub fn find(text: &str) -> Option<Found<'_>> {
    connection(text).or_else(|| hook(text)).or_else(|| text.split(char::is_whitespace).find_map(user_and_password))
}

fn connection(text: &str) -> Option<Found<'_>> {
    let key = |(name, least): &(&str, usize)| {
        let after = &text[text.find(name)? + name.len()..];
        let of_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=%&-_.".contains(byte);
        (after.bytes().take_while(of_key).count() >= *least).then_some(text.trim())
    };
    KEYS.iter().find_map(key).map(|whole| ("the key of a connection", "CONNECTION_STRING", whole))
}

fn hook(text: &str) -> Option<Found<'_>> {
    let word = |(host, least): &(&str, usize)| {
        text.split(char::is_whitespace).find(|word| {
            let path = word.find(host).map(|at| &word[at + host.len()..]);
            path.is_some_and(|path| {
                path.len() >= *least && path.contains('/') && path.bytes().any(|b| b.is_ascii_digit())
            })
        })
    };
    HOOKS.iter().find_map(word).map(|word| ("an address that is a key", "WEBHOOK_URL", word))
}

/// `scheme://user:password@host`.
fn user_and_password(word: &str) -> Option<Found<'_>> {
    let (scheme, rest) = word.split_once("://")?;
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let start = scheme.rfind(|c| !is_scheme(c)).map_or(0, |at| at + 1);
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, host) = authority.rsplit_once('@')?;
    let (name, password) = user.split_once(':')?;
    let shown = password.eq_ignore_ascii_case(name)
        || PLACEHOLDERS.iter().any(|known| password.eq_ignore_ascii_case(known))
        || password.bytes().all(|byte| matches!(byte, b'x' | b'X' | b'*' | b'.'))
        || password.starts_with(['<', '{', '$', '[', '%']);
    let end = word.trim_end_matches(['"', '\'', ',', ';', ')', '>', '.']).len();
    (start < scheme.len() && !host.is_empty() && !shown)
        .then(|| ("a password in an address", "SERVICE_URL", &word[start..end]))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn passwords_in_addresses_are_known() {
        for text in [
            "postgres://app:k3V9-mmq@db.acme.example/shop",
            "see https://alice:hunter2@example.com/a?b=c for more",
            "amqps://u:p%40ss@mq:5671",
            "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=bm90IGEga2V5IGF0IGFsbCwganVzdCBhIGZldyB3b3Jkcw==;EndpointSuffix=core.windows.net",
            "Endpoint=sb://a.servicebus.windows.net/;SharedAccessKey=bm90IGEga2V5IGF0IGFsbCwganVzdCBhIGZldyB3b3Jkcw==",
            "https://hooks.slack.com/services/T0123ABCD/B0123ABCD/abcdefghijklmnopqrstuvwx",
        ] {
            assert!(find(text).is_some(), "{text}");
        }
    }

    #[test]
    fn addresses_without_passwords_are_left_alone() {
        for text in [
            "postgres://app@db.acme.example/shop",
            "postgres://user:password@localhost/shop",
            "amqp://guest:guest@localhost",
            "https://user:xxxx@example.com",
            "https://user:<token>@example.com",
            "https://example.com:8080/a:b@c",
            "mailto:alice:bob@example.com",
            "https://hooks.slack.com/services/",
            "AccountKey=…",
            "a ratio of 3:1 @home",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}
