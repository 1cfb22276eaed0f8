//! The shares of several load hosts are together the whole.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::thread;

use serde_json::Value;

use super::scene::{GENERATOR, Run, exit, report, shasta, stderr};

const LOAD: [&str; 6] = ["--rate", "150-450:4", "--producers", "30", "--faults", "lose=2,double=1"];

/// Three hosts of a fleet: they run at the same time.
pub fn shares() -> &'static [Run] {
    static SHARES: OnceLock<Vec<Run>> = OnceLock::new();
    SHARES.get_or_init(|| {
        let start = |share: &'static str| thread::spawn(move || Run::once(&[LOAD.as_slice(), &["--share", share]].concat()));
        ["0/3", "1/3", "2/3"].map(start).into_iter().map(|run| run.join().unwrap()).collect()
    })
}

fn merged(arguments: &[&str]) -> (i32, String, Value) {
    let directory = tempfile::tempdir().unwrap();
    let output = shasta(&[&["merge", "--out", directory.path().to_str().unwrap()], arguments].concat());
    let report = if directory.path().join("report.json").exists() { report(directory.path()) } else { Value::Null };
    (exit(&output), stderr(&output), report)
}

fn names() -> Vec<&'static str> {
    shares().iter().map(Run::name).collect()
}

#[test]
fn three_shares_are_together_the_whole() {
    let (exit, told, report) = merged(&names());
    assert!([99, GENERATOR].contains(&exit), "{exit}: {told}");
    let whole = Run::once(&LOAD).report();
    assert_eq!(report["accounts"]["scheduled"], whole["accounts"]["scheduled"]);
    let sum = |name: &str| shares().iter().map(|run| run.report()["accounts"][name].as_u64().unwrap()).sum::<u64>();
    for name in ["scheduled", "sent", "acknowledged", "received", "unique", "warm_up", "dropped"] {
        assert_eq!(report["accounts"][name], sum(name), "{name}");
    }
    // Each share's sink loses two and doubles one.
    assert_eq!((&report["accounts"]["acknowledged_lost"], &report["accounts"]["doubled"]), (&6.into(), &3.into()));
    assert!(report["accounts"]["equations"].as_array().unwrap().iter().all(|equation| equation["ok"] == true));
    assert_eq!((&report["ran"]["mode"], &report["tails"][0]["pairs_total"]), (&"merge".into(), &3.into()));
    assert_eq!(report["verdict"]["scheduled"], whole["verdict"]["scheduled"]);
    let hosts = report["load_hosts"].as_array().unwrap();
    assert_eq!(hosts.iter().map(|host| host["producers"].as_u64().unwrap()).sum::<u64>(), 30);
    assert_eq!(hosts.len(), 3);
}

#[test]
fn a_lost_event_is_named_as_its_own_host_named_it() {
    let (_, _, report) = merged(&names());
    let lost = |report: &Value| {
        let lists = report["accounts"]["lists"].as_array().unwrap();
        let lost = lists.iter().find(|list| list["kind"] == "lost").unwrap();
        let named = lost["events"].as_array().unwrap().iter().map(|event| (event["producer"].as_u64(), event["event"].as_u64()));
        named.collect::<BTreeSet<_>>()
    };
    let own: BTreeSet<_> = shares().iter().flat_map(|run| lost(&run.report())).collect();
    assert_eq!(lost(&report), own);
    assert_eq!(own.len(), 6);
}

#[test]
fn a_share_that_is_missing_or_there_twice_is_named() {
    let names = names();
    let (exit, told, _) = merged(&names[..2]);
    assert!(exit == 1 && told.contains("2/3") && told.contains("--missing"), "{told}");
    let (exit, told, _) = merged(&[names[0], names[1], "--missing"]);
    assert!([99, GENERATOR].contains(&exit), "{told}");
    let (exit, told, _) = merged(&[names[0], names[0], names[1]]);
    assert!(exit == 1 && told.contains("both share 0/3"), "{told}");
}

#[test]
fn other_loads_are_not_joined() {
    let other = Run::once(&["--rate", "150-450:4", "--producers", "30", "--share", "1/3", "--seed", "7"]);
    let (exit, told, _) = merged(&[names()[0], other.name()]);
    assert!(exit == 1 && told.contains("seed 1 and 7") && told.contains("--different"), "{told}");
    let (exit, told, report) = merged(&[names()[0], other.name(), "--different"]);
    assert!([99, GENERATOR].contains(&exit), "{told}");
    assert_eq!(report["load_hosts"].as_array().unwrap().len(), 2);
}
