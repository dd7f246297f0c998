//! What is said to somebody who is near to what they mean.

use super::programs::HELLO;
use super::{folder, steady, wfc};

#[test]
fn words_of_other_places_are_shown_their_place() {
    let folder = folder(&[("hello.wf", HELLO)]);
    let path = folder.path();
    insta::assert_snapshot!(wfc(path, &["answer", "r1", "allowed"]), @r#"
    --- standard error
    error: no command `answer`; did you mean `wfc runs answer`?
    (exit 2)
    "#);
    insta::assert_snapshot!(wfc(path, &["logs"]), @r#"
    --- standard error
    error: no command `logs`; did you mean `wfc runs logs`?
    (exit 2)
    "#);
    insta::assert_snapshot!(wfc(path, &["run", "hello", "-i", "name=Ada", "-q"]), @r#"
    {"text":"Hello Ada!","times":1}
    (exit 0)
    "#);
    let other = wfc(path, &["run", "helo"]);
    assert!(!other.contains("wfc run ."), "{other}");
}

#[test]
fn a_name_that_is_taken_says_how_its_run_stands() {
    let folder = folder(&[("hello.wf", HELLO)]);
    wfc(folder.path(), &["run", "hello.wf", "--id", "monday", "-i", "name=Ada"]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "hello.wf", "--id", "monday", "-i", "name=Bob"]), @r#"
        --- standard error
        error: there is a run `monday` already, with other inputs: name is "Ada" there, "Bob" here
        help: take another name; that one has succeeded: `wfc runs show monday`
        (exit 1)
        "#);
    });
}

#[test]
fn an_input_without_the_name_of_a_file_says_so() {
    let folder = folder(&[("hello.wf", HELLO)]);
    let told = wfc(folder.path(), &["run", "hello.wf", "-i", "name=Ada", "-i", "times=@"]);
    insta::assert_snapshot!(told, @r#"
    --- standard error
    error[WF0802]: the input `times` does not fit: no file is named after `@`
    help: it is an `int`
    (exit 2)
    "#);
}
