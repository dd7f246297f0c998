//! `wfc fmt`.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{folder, wfc};

const LOOSE: &str = "workflow main()->string{\n// why\nlet a=1\nreturn \"good\"}\n";
const TIDY: &str = "workflow main() -> string {\n    // why\n    let a = 1\n    return \"good\"\n}\n";
const BROKEN: &str = "type  A = int\n\nagent b uses {\n  x }\n";

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap()
}

/// Runs `wfc` with something on standard input.
fn piped(folder: &Path, arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wfc"));
    command.args(arguments).current_dir(folder).env_clear().env("LC_ALL", "C.UTF-8");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    format!(
        "{}--- standard error\n{}(exit {})\n",
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().unwrap()
    )
}

#[test]
fn what_changes_is_written_and_what_does_not_is_not_touched() {
    let folder = folder(&[("a.wf", LOOSE), ("sub/b.wf", TIDY), ("target/c.wf", LOOSE)]);
    let file = |path: &str| std::fs::metadata(folder.path().join(path)).unwrap();
    std::fs::set_permissions(folder.path().join("a.wf"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let untouched = file("sub/b.wf").ino();
    insta::assert_snapshot!(wfc(folder.path(), &["fmt"]), @r#"
    --- standard error
    formatted a.wf
    1 of 2 files changed
    (exit 0)
    "#);
    assert_eq!((read(folder.path(), "a.wf").as_str(), read(folder.path(), "target/c.wf").as_str()), (TIDY, LOOSE));
    assert_eq!((file("a.wf").mode() & 0o777, file("sub/b.wf").ino()), (0o640, untouched));
    insta::assert_snapshot!(wfc(folder.path(), &["fmt", "a.wf", "sub"]), @r#"
    --- standard error
    nothing to change in 2 files
    (exit 0)
    "#);
}

#[test]
fn check_and_diff_write_nothing() {
    let folder = folder(&[("a.wf", LOOSE), ("b.wf", TIDY)]);
    insta::assert_snapshot!(wfc(folder.path(), &["fmt", "--check"]), @r#"
    a.wf
    --- standard error
    1 of 2 files would change
    (exit 1)
    "#);
    insta::assert_snapshot!(wfc(folder.path(), &["fmt", "--diff", "-q"]), @r#"
    --- a.wf
    +++ a.wf
    @@ -1,4 +1,5 @@
    -workflow main()->string{
    -// why
    -let a=1
    -return "good"}
    +workflow main() -> string {
    +    // why
    +    let a = 1
    +    return "good"
    +}
    (exit 0)
    "#);
    assert!(wfc(folder.path(), &["fmt", "--diff", "--check"]).ends_with("(exit 1)\n"));
    insta::assert_snapshot!(wfc(folder.path(), &["fmt", "--check", "b.wf"]), @r#"
    --- standard error
    nothing to change in 1 file
    (exit 0)
    "#);
    assert_eq!(read(folder.path(), "a.wf"), LOOSE);
}

#[test]
fn what_does_not_parse_is_left_as_it_is() {
    let folder = folder(&[("a.wf", BROKEN), ("b.wf", LOOSE)]);
    insta::assert_snapshot!(wfc(folder.path(), &["fmt"]), @r#"
    --- standard error
    error[WF0001]: expected what carries it out after `uses`
      ┌─ a.wf:3:13
      │
    3 │ agent b uses {
      │             ^ missing here
      │
      = help: write `agent b uses exec {` for programs, or another kind: `shell`,
        `http`, `llm`, `mcp`, `mock`

    error[WF0001]: expected an expression after `x`
      ┌─ a.wf:4:4
      │
    4 │   x }
      │    ^ missing here

    formatted a.wf
    formatted b.wf
    2 of 2 files changed; what does not parse in 1 file was left as it is
    (exit 1)
    "#);
    assert_eq!(read(folder.path(), "a.wf"), "type A = int\n\nagent b uses {\n  x }\n");
    assert_eq!(read(folder.path(), "b.wf"), TIDY);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let folder = folder(&[]);
    insta::assert_snapshot!(piped(folder.path(), &["fmt", "-"], LOOSE), @r#"
    workflow main() -> string {
        // why
        let a = 1
        return "good"
    }
    --- standard error
    (exit 0)
    "#);
    insta::assert_snapshot!(piped(folder.path(), &["fmt", "--stdin-path", "x/y.wf", "--check"], LOOSE), @r#"
    x/y.wf
    --- standard error
    (exit 1)
    "#);
    insta::assert_snapshot!(piped(folder.path(), &["fmt", "--stdin-path", "x/y.wf", "--diff"], LOOSE), @r#"
    --- x/y.wf
    +++ x/y.wf
    @@ -1,4 +1,5 @@
    -workflow main()->string{
    -// why
    -let a=1
    -return "good"}
    +workflow main() -> string {
    +    // why
    +    let a = 1
    +    return "good"
    +}
    --- standard error
    (exit 0)
    "#);
    insta::assert_snapshot!(piped(folder.path(), &["fmt", "--stdin-path", "x/y.wf"], BROKEN), @r#"
    type A = int

    agent b uses {
      x }
    --- standard error
    error[WF0001]: expected what carries it out after `uses`
      ┌─ x/y.wf:3:13
      │
    3 │ agent b uses {
      │             ^ missing here
      │
      = help: write `agent b uses exec {` for programs, or another kind: `shell`,
        `http`, `llm`, `mcp`, `mock`

    error[WF0001]: expected an expression after `x`
      ┌─ x/y.wf:4:4
      │
    4 │   x }
      │    ^ missing here

    (exit 1)
    "#);
    insta::assert_snapshot!(wfc(folder.path(), &["fmt", "-", "a.wf"]), @r#"
    --- standard error
    error: `-` stands for standard input and goes with no other path
    (exit 2)
    "#);
}

#[test]
fn what_cannot_be_read_or_written_ends_with_3() {
    let folder = folder(&[("a.wf", LOOSE), ("b.wf", LOOSE)]);
    std::fs::set_permissions(folder.path().join("a.wf"), std::fs::Permissions::from_mode(0o444)).unwrap();
    insta::assert_snapshot!(wfc(folder.path(), &["fmt", "a.wf", "b.wf", "c.wf"]), @r#"
    --- standard error
    error: `a.wf` cannot be written: permission denied
    formatted b.wf
    error: `c.wf` cannot be read: there is no such file
    1 of 3 files changed
    (exit 3)
    "#);
    assert_eq!((read(folder.path(), "a.wf").as_str(), read(folder.path(), "b.wf").as_str()), (LOOSE, TIDY));
    std::fs::write(folder.path().join("d.wf"), b"\xff\xfeA\0").unwrap();
    insta::assert_snapshot!(wfc(folder.path(), &["fmt", "d.wf"]), @r#"
    --- standard error
    error[WF0013]: this looks like UTF-16 text, not like a `.wf` program
      ┌─ d.wf:1:1
      │
    1 │ \xff\xfeA\x00
      │ ^ not a program
      │
      = help: save it as UTF-8

    nothing to change in 1 file; what does not parse in 1 file was left as it is
    (exit 1)
    "#);
    assert_eq!(std::fs::read(folder.path().join("d.wf")).unwrap(), b"\xff\xfeA\0");
}

#[test]
fn links_marks_and_line_ends_stay() {
    let folder = folder(&[("a.wf", "\u{feff}type  A=int\r\n")]);
    std::os::unix::fs::symlink("a.wf", folder.path().join("link.wf")).unwrap();
    assert!(wfc(folder.path(), &["fmt", "link.wf"]).ends_with("(exit 0)\n"));
    assert_eq!(read(folder.path(), "a.wf"), "\u{feff}type A = int\r\n");
    assert!(std::fs::symlink_metadata(folder.path().join("link.wf")).unwrap().is_symlink());
}

#[test]
fn the_help_says_all() {
    let folder = folder(&[]);
    insta::assert_snapshot!(wfc(folder.path(), &["fmt", "-h"]), @r#"
    Format .wf files

    Usage: wfc fmt [OPTIONS] [PATH]...

    Arguments:
      [PATH]...  .wf files and folders, or `-` for standard input [default: `source` of the project,
                 else the current folder]

    Options:
          --check              Write nothing: list the files that would change, with exit code 1 if
                               there are any
          --diff               Write nothing: show what would change
          --stdin-path <PATH>  Format standard input, and call it by this path in messages
          --max-source <MIB>   Largest .wf file that is read, in MiB; a program may have four times as
                               much [default: 16]
      -h, --help               Print help (see more with '--help')

    Options of every command:
          --color <WHEN>  When to use colour [default: auto] [possible values: auto, always, never]
      -q, --quiet         Say only what failed and what is asked
      -v, --verbose       Also say what starts, what is skipped and what is printed
          --store <PATH>  The folder of the store [default: `.wfc` beside `wf.toml` or the .wf file]

    There are no options about the layout. What does not parse is left as it is written, and the exit
    code is 1.
    (exit 0)
    "#);
}
