//! Coordinated omission: a system that stands still is seen by the open loop alone.

use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::scene::{Run, command, report};

const FAULTS: &str = "pause=200ms/10s";
/// The pause is from the 10th second on.
const LASTS: Duration = Duration::from_secs(11);

fn p99_ms(report: &Value) -> f64 {
    let stages = report["stages"].as_array().unwrap();
    let delivered = stages.iter().find(|stage| stage["name"] == "delivered").unwrap();
    let percentiles = delivered["percentiles"].as_array().unwrap();
    percentiles.iter().find(|one| one["quantile"] == 0.99).unwrap()["us"].as_f64().unwrap() / 1_000.0
}

/// As many events as come in the time; the first signal ends sending, and what was sent is reported.
fn closed() -> Value {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().to_str().unwrap();
    let arguments =
        ["run", "--level", "sink", "--model", "closed", "--threads", "10", "--loops", "1000000", "--faults", FAULTS, "--out", out];
    let child = command(&arguments).stdout(std::process::Stdio::null()).spawn().unwrap();
    thread::sleep(LASTS + Duration::from_secs(1));
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).unwrap();
    child.wait_with_output().unwrap();
    report(directory.path())
}

#[test]
fn a_pause_vanishes_in_the_closed_loop_and_shows_in_the_open_one() {
    let closing = thread::spawn(closed);
    let open = Run::once(&["--rate", "300:10", "--producers", "30", "--faults", FAULTS]).report();
    let closed = closing.join().unwrap();
    assert_eq!((closed["ran"]["config"]["model"].as_str(), open["ran"]["config"]["model"].as_str()), (Some("closed"), Some("open")));
    assert!(closed["ran"]["duration_s"].as_f64().unwrap() > 10.2, "the closed loop met the pause");
    let stages = closed["stages"].as_array().unwrap();
    let worst = stages.iter().find(|stage| stage["name"] == "delivered").unwrap()["max_us"].as_f64().unwrap();
    assert!(worst > 150_000.0, "the closed loop met the pause: {worst}");
    let (hidden, shown) = (p99_ms(&closed), p99_ms(&open));
    assert!(hidden < 50.0 && shown > 60.0, "closed {hidden} ms, open {shown} ms");
}
