//! Row 59: however a program leaves processes behind, none of them outlives its attempt.

use serde_json::json;

use super::bench::*;

/// Ways to leave a process behind: `$DEEP` is one that writes down which it is, and stays.
const SHAPES: [(&str, &str); 10] = [
    ("in the background of a shell", "sh -c \"$DEEP\" &"),
    ("in a session of its own", "setsid sh -c \"$DEEP\" &"),
    ("forked twice", "sh -c 'sh -c \"$DEEP\" & exit' &"),
    ("forked twice, in a session of its own", "setsid sh -c 'setsid sh -c \"$DEEP\" & exit' &"),
    ("deaf to a terminal that goes away", "nohup sh -c \"$DEEP\" &"),
    ("deaf to all that can be ignored", "setsid sh -c \"trap '' TERM INT HUP QUIT; $DEEP\" &"),
    ("the first of a pipeline", "{ sh -c \"$DEEP\" | cat; } &"),
    ("the last of a pipeline", "{ sleep 60 | sh -c \"$DEEP\"; } &"),
    ("without the environment that it was given", "setsid env -i PATH=\"$PATH\" sh -c \"$DEEP\" &"),
    (
        "five deep, each in a session of its own",
        "setsid sh -c 'setsid sh -c \"setsid sh -c \\\"setsid $MORE & exit\\\" & exit\" & exit' &",
    ),
];

async fn leaves_nothing(shape: &str, source: &str) {
    let bench = Bench::new();
    std::fs::write(bench.path("more.sh"), "echo $$ > inner; sleep 60").expect("written");
    let source = format!(
        "export DEEP='echo $$ > inner; sleep 60; :' MORE='sh more.sh'; exec 3>&1 >/dev/null 2>&1 </dev/null; {{ {source} }} 3>&-; \
         while [ ! -s inner ]; do :; done; echo ok >&3"
    );
    assert_eq!(bench.call(&script(&source)).await, Ok(json!("ok")), "{shape}");
    assert!(!alive(&std::fs::read_to_string(bench.path("inner")).expect("it had started")), "{shape}");
}

#[tokio::test]
async fn a_process_that_leaves_its_group_is_found() {
    let mut all = tokio::task::JoinSet::new();
    for (shape, source) in SHAPES {
        all.spawn(leaves_nothing(shape, source));
    }
    while let Some(ended) = all.join_next().await {
        ended.expect("no panic");
    }
}
