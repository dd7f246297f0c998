//! `wfc runs logs -f`: how it ends with a run whose process comes and goes.

use super::*;

fn told(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn who_follows_a_run_whose_process_was_killed_is_told_how_it_goes_on() {
    let place = Place::new("reads");
    let mut child = place.begin();
    child.kill().unwrap();
    child.wait().unwrap();
    let output = place.wfc(&["runs", "logs", "r1", "-f"]);
    assert_eq!(told(&output), (String::new(), "no process drives run r1\ngo on: wfc resume r1\n".to_owned()));
    assert!(output.status.success());
    place.let_go();
    assert!(place.resume().status.success());
}

#[test]
fn who_follows_a_run_that_is_driven_is_there_to_its_end() {
    let place = Place::with(&GATE.replace("EFFECTS", "reads").replace("TRAP ", "echo seen >&2;"));
    let mut child = place.begin();
    let mut follower = place.command(&["runs", "logs", "r1", "-f"]).spawn().unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().ends_with("| seen"));
    place.let_go();
    assert!(child.wait().unwrap().success());
    let output = follower.wait_with_output().unwrap();
    assert_eq!((told(&output).1, output.status.success()), (String::new(), true));
}
