//! Results that are laid aside: nobody can tell, whatever becomes of the run; and what cannot be read is never taken for `null`.

use serde_json::json;

use super::crash::{answer, end, finish, rich};
use super::plans::*;
use super::world::*;
use crate::engine::{Outcome, RunError};
use crate::plan::{HandlerAction, Need, Plan};
use crate::store::Store;
use crate::store::memory::{Crash, MemoryStore};
use crate::value::builtin::Builtin;
use crate::value::expr::{BinaryOp, Expr, ExprKind, Observe, Var};
use crate::value::shelf::tests::{Paper, shelf};

/// How the results of a run are held.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Held {
    /// In memory.
    Here,
    /// Laid aside, all of them.
    Aside,
    /// In memory, since nothing can be written.
    Full,
    /// Laid aside where nobody can read them.
    Torn,
}

fn store(held: Held) -> MemoryStore {
    MemoryStore::new().with_shelves(move || match held {
        Held::Here => None,
        Held::Aside => Some(shelf(Paper::default())),
        Held::Full => Some(shelf(Paper { full: true, ..Paper::default() })),
        Held::Torn => Some(shelf(Paper { unreadable: true, ..Paper::default() })),
    })
}

fn world(plan: Plan, script: Script, held: Held) -> World {
    World { store: store(held), ..World::new(plan, script) }
}

/// The run with what is committed of it, in another process that holds its results so.
fn gone_on(from: &World, script: Script, cut: usize, held: Held) -> World {
    let mut world = world((*from.plan).clone(), script, held);
    world.store = from.store.reopen(Crash::Kill).with_shelves(move || store(held).shelf());
    world.store.cut(RUN, cut);
    world.clock_ms = from.store.journal(RUN)[cut - 1].at;
    world
}

fn call(builtin: Builtin, args: Vec<Expr>) -> Expr {
    expr(ExprKind::Call(builtin, args))
}

/// `[BODY for x in SOURCE if x != 0]`.
fn each_but_first(source: Expr, body: Expr) -> Expr {
    let condition = binary(BinaryOp::NotEqual, var(Var::Local(0)), int(0));
    let (source, condition, body) = (Box::new(source), Some(Box::new(condition)), Box::new(body));
    expr(ExprKind::Comprehension { local: 0, source, condition, body })
}

/// A map that writes, of which an item fails and is let go; a map over its results; a stage that looks at them in every way; and
/// one that fails, after which all is undone.
fn maps() -> Plan {
    let mut first = map(list((0..6).map(int).collect()), act(IDEMPOTENT, var(Var::Item)));
    (first.parallel, first.need) = (Some(2), Some(Need::Percent(50)));
    let mut first = stage("first", first).on_failure(Some(&["denied"]), HandlerAction::Skip);
    first.undo = Some(Box::new(act(IDEMPOTENT, list(vec![var(Var::Item), var(Var::Result)]))));
    let stages = vec![
        first,
        stage("second", map(of(0), act(READS, var(Var::Item)))).reads(&[0]),
        stage(
            "looks",
            act(
                READS,
                list(vec![
                    observe(Observe::Errors, 0),
                    call(Builtin::Reverse, vec![of(1)]),
                    call(Builtin::Unique, vec![of(1)]),
                    call(Builtin::Chunk, vec![of(1), int(4)]),
                    call(Builtin::Hash, vec![of(0)]),
                    call(Builtin::Last, vec![of(1)]),
                    each_but_first(of(1), var(Var::Local(0))),
                    each_but_first(of(1), list(vec![var(Var::Local(0))])),
                ]),
            ),
        )
        .reads(&[0, 1]),
        stage("fails", act(READS, of(2))).reads(&[2]),
        stage("after", act(NONE, call(Builtin::Len, vec![of(1)]))).reads(&[1, 3]),
    ];
    plan(stages, list(vec![of(0), of(1), of(2), of(4)]))
}

fn script() -> Script {
    Script::default()
        .on("first[1]", [gives(json!({ "text": "x".repeat(50), "more": [1, 2.5, null] })).takes(30)])
        .on("first[2]", [fails("denied")])
        .on("fails", [fails("denied").takes(10), gives(1)])
}

#[tokio::test]
async fn a_run_is_the_same_however_its_results_are_held() {
    let mut here = world(maps(), script(), Held::Here);
    assert!(matches!(here.start().await.unwrap(), Outcome::Failed(_)));
    assert_eq!(
        here.script.stages().iter().filter(|stage| stage.ends_with(".undo")).count(),
        5,
        "{:?}",
        here.script.stages()
    );
    let outcome = here.retry(&[]).await.unwrap();
    assert!(matches!(outcome, Outcome::Succeeded(_)), "{outcome:?}");
    for held in [Held::Aside, Held::Full] {
        let mut other = world(maps(), script(), held);
        other.start().await.unwrap();
        assert_eq!(other.retry(&[]).await.unwrap(), outcome, "{held:?}");
        assert_eq!(other.journal(), here.journal(), "{held:?}");
        assert_eq!(other.events(), here.events(), "{held:?}");
        assert_eq!(*other.script.calls.lock().unwrap(), *here.script.calls.lock().unwrap(), "{held:?}");
    }
}

#[tokio::test]
async fn whoever_goes_on_after_any_record_holds_them_as_they_like() {
    let mut whole = world(maps(), script(), Held::Here);
    whole.start().await.unwrap();
    for cut in 1..whole.store.journal(RUN).len() {
        let (mut here, mut aside) =
            (gone_on(&whole, script(), cut, Held::Here), gone_on(&whole, script(), cut, Held::Aside));
        (here.replays, aside.replays) = (false, false);
        assert_eq!(here.resume().await.unwrap(), aside.resume().await.unwrap(), "cut after {cut}");
        assert_eq!(here.journal(), aside.journal(), "cut after {cut}");
    }
}

#[tokio::test]
async fn a_run_that_moves_keeps_what_was_laid_aside() {
    let (plan, script) = rich();
    let mut whole = world(plan, script, Held::Here);
    whole.start().await.unwrap();
    let shifted = std::sync::Arc::new(shifted(&whole.plan));
    for cut in (1..whole.store.journal(RUN).len()).step_by(3) {
        let mut journals = Vec::new();
        for held in [Held::Here, Held::Aside] {
            let mut world = gone_on(&whole, rich().1, cut, held);
            world.replays = false;
            let outcome = world.move_to(shifted.clone(), &[]).await.unwrap();
            assert!(matches!(outcome, Outcome::Waiting(_)), "{outcome:?}");
            answer(&world).await;
            assert_eq!(finish(&mut world).await, end(), "cut after {cut}, {held:?}");
            journals.push(world.journal());
        }
        assert_eq!(journals[0], journals[1], "cut after {cut}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_never_taken_for_null() {
    let script = Script::default();
    let mut torn = world(maps(), script.clone(), Held::Torn);
    let error = torn.start().await.unwrap_err();
    assert!(matches!(&error, RunError::Shelf { what, .. } if what == "the paper is torn"), "{error:?}");
    assert_eq!(
        error.to_string(),
        "run run-1 stops here: results that were laid aside to save memory cannot be read: the paper is torn; `wfc resume run-1` \
         goes on with it"
    );
    assert!(torn.script.stages().iter().all(|stage| stage.starts_with("first[")), "{:?}", torn.script.stages());
    let told = torn.events();
    assert!(told.iter().all(|line| !line.starts_with("second")), "{told:?}");
    let mut resumed = gone_on(&torn, script.clone(), torn.store.journal(RUN).len(), Held::Aside);
    let mut whole = world(maps(), script, Held::Here);
    assert_eq!(resumed.resume().await.unwrap(), whole.start().await.unwrap());
}

#[tokio::test]
async fn a_result_that_cannot_be_read_ends_no_run() {
    let items = map(list((0..3).map(int).collect()), act(IDEMPOTENT, var(Var::Item)));
    let plan = plan(vec![stage("m", items)], of(0));
    let mut torn = world(plan, Script::default(), Held::Torn);
    assert!(matches!(torn.start().await.unwrap_err(), RunError::Shelf { .. }));
    assert_eq!(torn.find().await.result, None);
    let mut resumed = gone_on(&torn, Script::default(), torn.store.journal(RUN).len(), Held::Aside);
    assert_eq!(resumed.resume().await.unwrap(), Outcome::Succeeded(json!([0, 1, 2])));
}
