//! What was done wrong is counted as such.

use super::scene::{GENERATOR, Run, faulty};

#[test]
fn every_known_fault_is_in_the_accounts_and_no_other() {
    let run = faulty();
    assert_eq!(run.exit, 99, "{}", run.stderr);
    let accounts = &run.report()["accounts"];
    assert_eq!(accounts["scheduled"], 2_000);
    let counted = ["acknowledged_lost", "doubled", "reordered", "corrupt", "failed", "unknown", "dropped", "producer_retries"];
    assert_eq!(counted.map(|name| accounts[name].as_u64().unwrap()), [7, 5, 3, 1, 0, 0, 0, 0]);
    let equations = accounts["equations"].as_array().unwrap();
    assert!(equations.len() >= 8 && equations.iter().all(|equation| equation["ok"] == true), "{accounts}");
    let lost = accounts["lists"].as_array().unwrap().iter().find(|list| list["kind"] == "lost").unwrap();
    assert_eq!((&lost["total"], lost["events"].as_array().unwrap().len()), (&7.into(), 7));
}

#[test]
fn a_run_without_faults_passes() {
    let run = Run::undisturbed(&["--rate", "200:4", "--producers", "10"]);
    assert_eq!(run.exit, 0, "{}", run.stderr);
    assert_eq!(run.report()["accounts"]["lists"].as_array().unwrap().len(), 0);
}

#[test]
fn a_generator_that_can_not_keep_up_is_told_from_the_system() {
    let run = Run::once(&["--rate", "200:3", "--producers", "10", "--faults", "slow=20ms"]);
    assert_eq!(run.exit, GENERATOR, "{}", run.stderr);
    let report = run.report();
    let limits = report["generator"]["limits"].as_array().unwrap();
    assert!(limits.iter().any(|limit| limit.as_str().unwrap().contains("slip p99.9")), "{limits:?}");
    assert!(report["verdict"]["why"].as_str().unwrap().contains("generator"));
}
