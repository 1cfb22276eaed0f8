//! The raw events say what the report says, or the report is wrong.

use std::fs;
use std::process::Output;

use super::scene::{Run, exit, faulty, shasta, stderr};

fn verify(run: &Run, arguments: &[&str]) -> Output {
    shasta(&[&["verify", run.name()], arguments].concat())
}

#[test]
fn a_report_is_what_its_events_say() {
    let output = verify(faulty(), &["--markdown"]);
    assert_eq!(exit(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("every figure of"), "{}", stderr(&output));
    assert_eq!(output.stdout, fs::read(faulty().file("report.md")).unwrap());
}

#[test]
fn a_number_that_was_changed_is_named_with_both_values() {
    let mut report = faulty().report();
    report["accounts"]["acknowledged_lost"] = 6.into();
    report["tails"][0]["rows"][2]["median_ms"] = 0.01.into();
    let directory = tempfile::tempdir().unwrap();
    let claimed = directory.path().join("claimed.json");
    fs::write(&claimed, report.to_string()).unwrap();
    let output = verify(faulty(), &["--report", claimed.to_str().unwrap()]);
    let told = stderr(&output);
    assert_eq!(exit(&output), 1, "{told}");
    assert!(told.contains("2 figures of"), "{told}");
    assert!(told.contains("accounts.acknowledged_lost: the report says 6, its events 7"), "{told}");
    assert!(told.contains("tails[0].rows[2].median_ms: the report says 0.01, its events"), "{told}");
}

#[test]
fn a_byte_that_was_changed_is_found_wherever_it_is() {
    let bytes = fs::read(faulty().file("events.zst")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("events.zst");
    fs::copy(faulty().file("report.json"), directory.path().join("report.json")).unwrap();
    // The last four are the checksum's own.
    for place in (1..10).map(|tenth| bytes.len() * tenth / 10).chain([bytes.len() - 1]) {
        let mut changed = bytes.clone();
        changed[place] ^= 0x10;
        fs::write(&path, changed).unwrap();
        let output = shasta(&["verify", path.to_str().unwrap()]);
        assert_eq!(exit(&output), 1, "byte {place}: {}", stderr(&output));
    }
    fs::write(&path, &bytes[..bytes.len() - 100]).unwrap();
    let output = shasta(&["verify", path.to_str().unwrap()]);
    assert!(exit(&output) == 1 && stderr(&output).contains("damaged"), "{}", stderr(&output));
}

#[test]
fn what_is_not_there_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let output = shasta(&["verify", directory.path().to_str().unwrap()]);
    assert!(exit(&output) == 1 && stderr(&output).contains("shasta load run --raw"), "{}", stderr(&output));
}

#[test]
fn a_disk_that_is_full_costs_the_events_and_not_the_report() {
    let directory = tempfile::tempdir().unwrap();
    // Every write to it says that the disk is full.
    std::os::unix::fs::symlink("/dev/full", directory.path().join("events.zst.partial")).unwrap();
    let out = directory.path().to_str().unwrap();
    let output = shasta(&["run", "--level", "sink", "--rate", "50:2", "--warm-up", "0s", "--drain", "1s", "--raw", "--out", out]);
    assert!(stderr(&output).contains("can not be written: No space left on device"), "{}", stderr(&output));
    let report = super::scene::report(directory.path());
    assert_eq!(report["accounts"]["scheduled"], 100);
    assert!(report["notes"].to_string().contains("there are no raw events"), "{}", report["notes"]);
    assert!(!directory.path().join("events.zst").exists());
}
