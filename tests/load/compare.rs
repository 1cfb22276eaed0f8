//! A slower run is found, and only the same kind of run is compared.

use std::sync::OnceLock;

use serde_json::Value;

use super::scene::{Run, exit, shasta, stderr};

fn healthy() -> &'static Run {
    static HEALTHY: OnceLock<Run> = OnceLock::new();
    HEALTHY.get_or_init(|| Run::undisturbed(&["--rate", "300:5", "--producers", "10"]))
}

#[test]
fn a_run_that_pauses_is_a_regression_and_its_equal_is_none() {
    let paused = Run::once(&["--rate", "300:5", "--producers", "10", "--faults", "pause=400ms/1s"]);
    let output = shasta(&["compare", healthy().name(), paused.name(), "--different", "--json"]);
    assert_eq!(exit(&output), 99, "{}", stderr(&output));
    let comparison: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = comparison["rows"].as_array().unwrap();
    let p90 = rows.iter().find(|row| row["stage"] == "delivered" && row["quantile"] == 0.9).unwrap();
    assert!(p90["regression"] == true && p90["low"].as_f64().unwrap() > 2.0, "{p90}");
    let itself = shasta(&["compare", healthy().name(), healthy().file("report.json").to_str().unwrap(), "--markdown"]);
    assert_eq!(exit(&itself), 0, "{}", stderr(&itself));
    assert!(String::from_utf8_lossy(&itself.stdout).contains("No regression (exit 0)"));
}

#[test]
fn runs_of_different_settings_are_refused_by_name() {
    let other = Run::once(&["--rate", "300:2", "--producers", "10", "--payload", "256"]);
    let output = shasta(&["compare", healthy().name(), other.name()]);
    let told = stderr(&output);
    assert_eq!(exit(&output), 1, "{told}");
    assert!(told.contains("payload_bytes 512 and 256") && told.contains("pace") && told.contains("--different"), "{told}");
    let forced = shasta(&["compare", healthy().name(), other.name(), "--different"]);
    assert!([0, 99].contains(&exit(&forced)), "{}", stderr(&forced));
    assert!(String::from_utf8_lossy(&forced.stdout).contains("payload_bytes"));
}

#[test]
fn a_run_without_raw_events_can_not_be_compared() {
    let directory = tempfile::tempdir().unwrap();
    let report = directory.path().join("report.json");
    std::fs::copy(healthy().file("report.json"), &report).unwrap();
    let output = shasta(&["compare", healthy().name(), report.to_str().unwrap()]);
    assert!(exit(&output) == 1 && stderr(&output).contains("--raw"), "{}", stderr(&output));
}
