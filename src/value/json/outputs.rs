//! What programs print when they should print JSON: each output with what is made of it.

use super::*;

type Output = (&'static [u8], Result<&'static str, (usize, &'static str)>);

const OUTPUTS: &[Output] = &[
    // JSON, in all its forms.
    (b"null", Ok("null")),
    (b" \t\r\n true \n", Ok("true")),
    (b"\"\"", Ok("\"\"")),
    (b"0", Ok("0")),
    (b"-0", Ok("0")),
    (b"-0.0", Ok("-0.0")),
    (b"3.0", Ok("3.0")),
    (b"9223372036854775807", Ok("9223372036854775807")),
    (b"-9223372036854775808", Ok("-9223372036854775808")),
    (b"9223372036854775808", Ok("9.223372036854776e+18")),
    (b"1E+2", Ok("100.0")),
    (b"1e-400", Ok("0.0")),
    (b"[]", Ok("[]")),
    (b"[ 1 , [ ] , { } ]", Ok("[1,[],{}]")),
    (b"{\"b\":1,\"a\":{\"b\":2}}", Ok("{\"b\":1,\"a\":{\"b\":2}}")),
    (b"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", Ok("\"\\\"\\\\/\\b\\f\\n\\r\\t\"")),
    (b"\"\\u00e9\\ud83d\\ude00\"", Ok("\"é😀\"")),
    (b"\"\\u0000\"", Ok("\"\\u0000\"")),
    ("\"é\u{7f}😀\"".as_bytes(), Ok("\"é\u{7f}😀\"")),
    // Nothing at all.
    (b"", Err((0, "there is no JSON, only the end of the text"))),
    (b" \n\n", Err((3, "there is no JSON, only the end of the text"))),
    // Not text.
    (b"\xff", Err((0, "there is no UTF-8"))),
    (b"{\"a\": \"\xc3\"}", Err((7, "there is no UTF-8"))),
    (b"\"\xed\xa0\x80\"", Err((1, "there is no UTF-8"))),
    (b"\"\xc0\xaf\"", Err((1, "there is no UTF-8"))),
    (b"[1]\xfe", Err((3, "there is no UTF-8"))),
    (b"\0", Err((0, "a value is expected, found a NUL byte"))),
    (b"{\"a\":1}\0", Err((7, "there is a NUL byte after the JSON"))),
    (b"\"a\0b\"", Err((2, "there is a NUL byte inside a string"))),
    (b"\xef\xbb\xbf{}", Err((0, "a value is expected, found a byte order mark"))),
    // More than JSON.
    (b"{} {}", Err((3, "there is `{` after the JSON"))),
    (b"1 2", Err((2, "there is `2` after the JSON"))),
    (b"true done", Err((5, "there is `d` after the JSON"))),
    (b"[1]]", Err((3, "there is `]` after the JSON"))),
    (b"{\"a\":1}\n{\"a\":2}\n", Err((8, "there is `{` after the JSON"))),
    (b"```json\n{}\n```", Err((0, "a value is expected, found ```"))),
    (b"Here it is: {}", Err((0, "a value is expected, found `H`"))),
    (b"{} // done", Err((3, "there is `/` after the JSON"))),
    (b"\x1b[0m{}", Err((0, "a value is expected, found the control character U+001B"))),
    // Cut off.
    (b"{", Err((1, "a key in double quotes is expected, found the end of the text"))),
    (b"[1,", Err((3, "a value is expected, found the end of the text"))),
    (b"[1", Err((2, "`,` or `]` is expected, found the end of the text"))),
    (b"{\"a\"", Err((4, "`:` is expected after a key, found the end of the text"))),
    (b"{\"a\":", Err((5, "a value is expected, found the end of the text"))),
    (b"{\"a\":1", Err((6, "`,` or `}` is expected, found the end of the text"))),
    (b"[\"abc", Err((1, "a string is never closed"))),
    (b"\"\\", Err((1, "there is an unknown escape"))),
    (b"tru", Err((0, "a value is expected, found `t`"))),
    (b"-", Err((0, "`-` is no number of JSON"))),
    // Spelling of other languages.
    (b"{'a': 1}", Err((1, "a key in double quotes is expected, found `'`"))),
    (b"{a: 1}", Err((1, "a key in double quotes is expected, found `a`"))),
    (b"{1: 2}", Err((1, "a key in double quotes is expected, found `1`"))),
    (b"[1,]", Err((3, "a value is expected, found `]`"))),
    (b"{\"a\":1,}", Err((7, "a key in double quotes is expected, found `}`"))),
    (b"[,1]", Err((1, "a value is expected, found `,`"))),
    (b"[1 2]", Err((3, "`,` or `]` is expected, found `2`"))),
    (b"{\"a\" 1}", Err((5, "`:` is expected after a key, found `1`"))),
    (b"None", Err((0, "a value is expected, found `N`"))),
    (b"True", Err((0, "a value is expected, found `T`"))),
    (b"undefined", Err((0, "a value is expected, found `u`"))),
    (b"nullable", Err((0, "a value is expected, found `n`"))),
    (b"[1]; ", Err((3, "there is `;` after the JSON"))),
    (b"[1 /* one */]", Err((3, "`,` or `]` is expected, found `/`"))),
    (b"\"a\nb\"", Err((2, "there is the control character U+000A inside a string"))),
    (b"\"a\tb\"", Err((2, "there is the control character U+0009 inside a string"))),
    (b"\"\\x41\"", Err((1, "there is an unknown escape"))),
    (b"\"\\'\"", Err((1, "there is an unknown escape"))),
    ("\"\\é\"".as_bytes(), Err((1, "there is an unknown escape"))),
    // Half characters.
    (b"\"\\u12\"", Err((1, "four hexadecimal digits are expected after `\\u`"))),
    (b"\"\\u+123\"", Err((1, "four hexadecimal digits are expected after `\\u`"))),
    ("\"\\u12é4\"".as_bytes(), Err((1, "four hexadecimal digits are expected after `\\u`"))),
    (b"\"a\\ud800\"", Err((2, "half of a surrogate pair is no character"))),
    (b"\"\\udc00\"", Err((1, "half of a surrogate pair is no character"))),
    (b"\"\\ud800\\u0041\"", Err((1, "half of a surrogate pair is no character"))),
    // Numbers that are none, or none that fit.
    (b"NaN", Err((0, "a value is expected, found `N`"))),
    (b"Infinity", Err((0, "a value is expected, found `I`"))),
    (b"-Infinity", Err((0, "`-` is no number of JSON"))),
    (b"+1", Err((0, "a value is expected, found `+`"))),
    (b"01", Err((0, "`01` is no number of JSON"))),
    (b"-01", Err((0, "`-01` is no number of JSON"))),
    (b".5", Err((0, "a value is expected, found `.`"))),
    (b"5.", Err((0, "`5.` is no number of JSON"))),
    (b"1e", Err((0, "`1e` is no number of JSON"))),
    (b"1.5e+", Err((0, "`1.5e+` is no number of JSON"))),
    (b"0x10", Err((1, "there is `x` after the JSON"))),
    (b"1_000", Err((1, "there is `_` after the JSON"))),
    (b"1e999", Err((0, "`1e999` is out of range"))),
    (b"[1, -1e999]", Err((4, "`-1e999` is out of range"))),
    // Keys that stand twice: which is meant?
    (b"{\"a\":1,\"a\":1}", Err((7, "the key \"a\" stands twice"))),
    (b"[{\"a\":1, \"\\u0061\":2}]", Err((9, "the key \"a\" stands twice"))),
    (b"{\"\":1,\"\":2}", Err((6, "the key \"\" stands twice"))),
];

#[test]
fn every_output_is_taken_or_refused_with_its_place() {
    for (output, expected) in OUTPUTS {
        let told = String::from_utf8_lossy(output);
        let found = parse_strict(output).map(|json| json.to_string()).map_err(|error| (error.offset, error.message));
        let wanted = expected.map(str::to_owned).map_err(|(offset, message)| (offset, message.to_owned()));
        assert_eq!(found, wanted, "{told:?}");
    }
    assert!(OUTPUTS.len() >= 60);
}

#[test]
fn bombs_are_refused_where_they_pass_the_limit() {
    let nested = |open: &str, close: &str, depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    assert!(parse_strict(nested("[", "]", DEPTH_MAX).as_bytes()).is_ok());
    let deep = parse_strict(nested("[", "]", DEPTH_MAX + 1).as_bytes()).expect_err("too deep");
    assert_eq!((deep.offset, deep.message.as_str()), (DEPTH_MAX, "the JSON nests deeper than 100 levels"));
    assert!(parse_strict(nested("{\"a\":", "}", 100_000).as_bytes()).is_err());
    assert!(parse_strict("[".repeat(1_000_000).as_bytes()).is_err());
    let digits = "1".repeat(400);
    let long = parse_strict(digits.as_bytes()).expect_err("10^400 is no float");
    assert_eq!(long.to_string(), format!("`{}…` is out of range at byte 0", "1".repeat(30)));
    let many = format!("[{}1]", "1,".repeat(VALUES_MAX));
    assert_eq!(parse_strict(many.as_bytes()).expect_err("too many").message, "there are more than 4,000,000 values");
}
