//! Results of tests as JUnit XML: what CI services read.

use std::path::Path;

use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Ran;
use crate::cli::project::shown_path;
use crate::cli::report::Problem;
use crate::diag::render::{Look, human};

/// Writes one suite a file.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(path: &Path, ran: &[Ran<'_>]) -> Result<(), Problem> {
    let mut suites: IndexMap<&str, TestSuite> = IndexMap::new();
    for one in ran {
        let suite = suites.entry(&one.case.file).or_insert_with(|| TestSuite::new(one.case.file.as_str()));
        suite.add_test_case(case(one));
    }
    let mut report = Report::new("wfc test");
    report.add_test_suites(suites.into_values());
    let unwritten = |why: String| Problem::environment(format!("`{}` cannot be written: {why}", shown_path(path)));
    let text = report.to_string().map_err(|error| unwritten(error.to_string()))?;
    std::fs::write(path, text).map_err(|error| unwritten(error.to_string()))
}

fn case(one: &Ran<'_>) -> TestCase {
    let status = match one.verdict.problems.first() {
        None => TestCaseStatus::success(),
        Some(first) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let look = Look { unicode: false, ..Look::default() };
            let drawn = human::render(&one.group.checked.sources, &one.verdict.problems, &look);
            status.set_message(first.message.as_str()).set_type(first.code.as_str()).set_description(drawn);
            status
        }
    };
    let mut case = TestCase::new(one.case.name.as_str(), status);
    case.set_classname(one.case.workflow.as_str()).set_time(one.verdict.took);
    case
}
