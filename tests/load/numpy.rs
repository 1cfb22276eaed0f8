//! Somebody else's arithmetic, from the raw rows alone, comes to the same figures.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::merge::shares;
use super::scene::{Run, exit, faulty, shasta, stderr};

fn reckon(report: &Path, runs: &[&Run]) {
    let directory = tempfile::tempdir().unwrap();
    let unpacked = runs.iter().enumerate().map(|(number, run)| {
        let path = directory.path().join(format!("{number}.rows"));
        zstd::stream::copy_decode(File::open(run.file("events.zst")).unwrap(), File::create(&path).unwrap()).unwrap();
        path
    });
    let unpacked: Vec<PathBuf> = unpacked.collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let libs = root.join(".cache/python/libs");
    let output =
        Command::new("python3").env("PYTHONPATH", libs).arg(root.join("tests/load/reckon.py")).arg(report).args(&unpacked).output();
    let output = output.unwrap();
    let (told, why) = (String::from_utf8_lossy(&output.stdout), stderr(&output));
    assert!(output.status.success(), "{told}{why}");
    assert!(told.contains("figures are the same"), "{told}{why}");
}

#[test]
fn numpy_comes_to_the_same_percentiles_and_tails() {
    reckon(&faulty().file("report.json"), &[faulty()]);
}

#[test]
fn numpy_comes_to_the_same_tails_over_the_pairs_of_three_hosts() {
    let directory = tempfile::tempdir().unwrap();
    let runs: Vec<&Run> = shares().iter().collect();
    let names: Vec<&str> = runs.iter().map(|run| run.name()).collect();
    let merged = shasta(&[&["merge", "--out", directory.path().to_str().unwrap()], names.as_slice()].concat());
    assert!(exit(&merged) > 1, "{}", stderr(&merged));
    reckon(&directory.path().join("report.json"), &runs);
}

#[test]
fn numpy_sees_a_figure_that_is_off_by_its_last_printed_digit() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.json");
    let mut report = faulty().report();
    let shown = report["tails"][0]["rows"][0]["max_ms"].as_f64().unwrap();
    report["tails"][0]["rows"][0]["max_ms"] = (shown + 0.01).into();
    fs::write(&path, report.to_string()).unwrap();
    let red = std::panic::catch_unwind(|| reckon(&path, &[faulty()]));
    assert!(red.is_err());
}
