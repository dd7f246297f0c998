//! Keys of well-known services, by the form that their makers have given them.

use super::Found;

/// How keys of one sort look: what they begin with, and what follows.
struct Shape {
    starts: &'static [&'static str],
    /// Bytes that follow, at least.
    least: usize,
    /// And at most; longer words are something else.
    most: usize,
    of: Alphabet,
    what: &'static str,
    variable: &'static str,
}

/// What the part of a key that follows its beginning is made of.
#[derive(Clone, Copy)]
enum Alphabet {
    /// Letters and digits.
    Plain,
    /// And `-` and `_`.
    Token,
    /// And `.`.
    Dotted,
    /// Capital letters and digits.
    Capital,
    /// Digits and the letters from `a` to `f`.
    Hex,
}

impl Alphabet {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Plain => byte.is_ascii_alphanumeric(),
            Self::Token => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'),
            Self::Capital => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'),
        }
    }
}

const LONG: usize = 512;

macro_rules! shapes {
    ($([$($start:literal),+] $least:literal..=$most:expr, $of:ident, $what:literal, $variable:literal;)*) => {
        &[$(Shape {
            starts: &[$($start),+],
            least: $least,
            most: $most,
            of: Alphabet::$of,
            what: $what,
            variable: $variable,
        }),*]
    };
}

/// Those with the longer beginning first.
const SHAPES: &[Shape] = shapes! {
    ["sk-ant-"] 20..=LONG, Token, "a key of Anthropic", "ANTHROPIC_API_KEY";
    ["sk-proj-", "sk-svcacct-", "sk-admin-"] 20..=LONG, Token, "a key of OpenAI", "OPENAI_API_KEY";
    ["sk-or-v1-"] 32..=LONG, Hex, "a key of OpenRouter", "OPENROUTER_API_KEY";
    ["sk-"] 32..=64, Plain, "a key of a model's provider", "OPENAI_API_KEY";
    ["gsk_"] 40..=64, Plain, "a key of Groq", "GROQ_API_KEY";
    ["xai-"] 60..=100, Plain, "a key of xAI", "XAI_API_KEY";
    ["pplx-"] 40..=64, Plain, "a key of Perplexity", "PERPLEXITY_API_KEY";
    ["r8_"] 36..=48, Plain, "a token of Replicate", "REPLICATE_API_TOKEN";
    ["hf_"] 30..=48, Plain, "a token of Hugging Face", "HF_TOKEN";
    ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"] 30..=255, Plain, "a token of GitHub", "GITHUB_TOKEN";
    ["github_pat_"] 30..=255, Token, "a token of GitHub", "GITHUB_TOKEN";
    ["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-"] 18..=255, Token, "a token of GitLab", "GITLAB_TOKEN";
    ["AKIA", "ASIA", "ABIA", "ACCA"] 16..=16, Capital, "a key of AWS", "AWS_ACCESS_KEY_ID";
    ["AIza"] 35..=35, Token, "a key of Google", "GOOGLE_API_KEY";
    ["GOCSPX-"] 28..=28, Token, "a client's secret of Google", "GOOGLE_CLIENT_SECRET";
    ["ya29."] 30..=LONG, Token, "a token of Google", "GOOGLE_TOKEN";
    ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xapp-"] 20..=255, Token, "a token of Slack", "SLACK_TOKEN";
    ["sk_live_", "rk_live_", "whsec_"] 16..=255, Plain, "a key of Stripe", "STRIPE_API_KEY";
    ["npm_"] 36..=36, Plain, "a token of npm", "NPM_TOKEN";
    ["pypi-"] 50..=LONG, Token, "a token of PyPI", "PYPI_TOKEN";
    ["SG."] 60..=72, Dotted, "a key of SendGrid", "SENDGRID_API_KEY";
    ["SK"] 32..=32, Hex, "a key of Twilio", "TWILIO_API_KEY";
    ["dop_v1_", "doo_v1_", "dor_v1_"] 64..=64, Hex, "a token of DigitalOcean", "DIGITALOCEAN_TOKEN";
    ["shpat_", "shpss_", "shpca_", "shppa_"] 32..=32, Hex, "a token of Shopify", "SHOPIFY_TOKEN";
    ["dckr_pat_"] 20..=64, Token, "a token of Docker", "DOCKER_TOKEN";
    ["hvs."] 24..=255, Token, "a token of Vault", "VAULT_TOKEN";
    ["dapi"] 32..=32, Hex, "a token of Databricks", "DATABRICKS_TOKEN";
    ["xkeysib-"] 64..=90, Token, "a key of Brevo", "BREVO_API_KEY";
    ["key-"] 32..=32, Hex, "a key of Mailgun", "MAILGUN_API_KEY";
    ["lin_api_"] 32..=64, Plain, "a key of Linear", "LINEAR_API_KEY";
    ["AGE-SECRET-KEY-1"] 50..=64, Capital, "a private key", "AGE_SECRET_KEY";
};

/// The first key of a known form.
pub fn find(text: &str) -> Option<Found<'_>> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
    words.map(|word| word.trim_matches('.')).filter(|word| word.len() >= super::LENGTH_MIN).find_map(of_word)
}

fn of_word(word: &str) -> Option<Found<'_>> {
    let known = SHAPES.iter().find(|shape| is_of(shape, word)).map(|shape| (shape.what, shape.variable, word));
    known.or_else(|| is_signed_token(word).then_some(("a signed token", "TOKEN", word)))
}

fn is_of(shape: &Shape, word: &str) -> bool {
    let Some(rest) = shape.starts.iter().find_map(|start| word.strip_prefix(start)) else { return false };
    let whole = (shape.least..=shape.most).contains(&rest.len()) && rest.bytes().all(|byte| shape.of.has(byte));
    // Names in words have no digits; what documentation shows says that it is an example.
    let is_example = ["EXAMPLE", "example", "xxxx", "XXXX"].iter().any(|sign| rest.contains(sign));
    let names = !matches!(shape.of, Alphabet::Capital) && !rest.bytes().any(|byte| byte.is_ascii_digit());
    whole && !is_example && !names
}

/// A JSON Web Token: two JSON objects and a signature in base 64, with dots between them.
fn is_signed_token(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { return false };
    let object = |part: &str| part.starts_with("eyJ") && part.len() >= 10;
    object(header) && object(claims) && signature.len() >= 20
}

#[cfg(test)]
mod tests {
    use super::find;

    /// Letters, digits and capitals in turn: put together here, so that no scanner takes this file for a leak.
    fn key(start: &str, length: usize, letters: &str) -> String {
        start.chars().chain(letters.chars().cycle().take(length)).collect()
    }

    const PLAIN: &str = "a1B2c3D4e5F6g7H8i9J0";
    const HEX: &str = "0a1b2c3d4e5f";

    #[test]
    fn keys_of_services_are_known() {
        let known = [
            (key("sk-ant-api03-", 93, PLAIN), "a key of Anthropic"),
            (key("sk-proj-", 48, PLAIN), "a key of OpenAI"),
            (key("sk-", 48, PLAIN), "a key of a model's provider"),
            (key("gho_", 36, PLAIN), "a token of GitHub"),
            (key("ghu_", 36, PLAIN), "a token of GitHub"),
            (key("ghr_", 36, PLAIN), "a token of GitHub"),
            (key("github_pat_", 82, PLAIN), "a token of GitHub"),
            (key("glpat-", 20, PLAIN), "a token of GitLab"),
            (key("AKIA", 16, "A1B2C3D4"), "a key of AWS"),
            (key("ASIA", 16, "A1B2C3D4"), "a key of AWS"),
            (key("AIza", 35, PLAIN), "a key of Google"),
            (key("xoxb-", 50, "1234567890-"), "a token of Slack"),
            (key("sk_live_", 24, PLAIN), "a key of Stripe"),
            (key("rk_live_", 24, PLAIN), "a key of Stripe"),
            (key("npm_", 36, PLAIN), "a token of npm"),
            (key("pypi-AgEIcHlwaS5vcmc", 100, PLAIN), "a token of PyPI"),
            (key("SG.", 22, PLAIN) + &key(".", 43, PLAIN), "a key of SendGrid"),
            (key("SK", 32, HEX), "a key of Twilio"),
            (key("hf_", 34, PLAIN), "a token of Hugging Face"),
            (key("hvs.", 90, PLAIN), "a token of Vault"),
            (key("shpat_", 32, HEX), "a token of Shopify"),
            (key("eyJhbGciOi", 20, PLAIN) + &key(".eyJzdWIiOi", 20, PLAIN) + &key(".", 43, PLAIN), "a signed token"),
        ];
        for (text, what) in &known {
            assert_eq!(find(text).map(|found| found.0), Some(*what), "{text}");
            let inside = format!("Authorization: Bearer {text}.");
            assert_eq!(find(&inside).map(|found| found.2), Some(text.as_str()), "{inside}");
        }
        let address = format!("https://{}@github.com/acme/shop", key("ghp_", 36, PLAIN));
        assert_eq!(find(&address).map(|found| found.0), Some("a token of GitHub"));
    }

    #[test]
    fn names_that_begin_alike_are_no_keys() {
        for text in [
            "npm_config_registry_of_the_whole_company_net",
            "hf_model_with_a_very_long_name_in_snake_case",
            "sk-this-is-a-long-name-in-kebab-case-and-no-key-1",
            "glpat-is-how-they-begin",
            "xoxb-and-then-some-words-follow",
            "key-0123",
            "SKU0123456789",
            "AKIAIOSFODNN7EXAMPLE",
            "sk_live_xxxxxxxxxxxxxxxxxxxxxxx1",
            "sk_test_settings_of_the_shop_2024",
            "eyJ.eyJ.eyJ",
            "SG.example.com.and.a.very.long.address.of.some.host.in.the.network.1",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}
