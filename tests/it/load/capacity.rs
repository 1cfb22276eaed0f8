use serde_json::Value;

use super::result::Loaded;

fn steps(loaded: &Loaded) -> &Vec<Value> {
    loaded.report["capacity"]["steps"].as_array().unwrap_or_else(|| panic!("no steps: {}", loaded.said))
}

#[test]
fn a_step_on_real_servers_is_judged_by_its_accounts() {
    let words = ["capacity", "--rate", "200", "--producers", "10", "--level", "worker", "--warm-up", "1s", "--time-factor", "0.01"];
    let loaded = Loaded::locally(&[&words[..], &["--most-steps", "2"]].concat());
    loaded.assert_right();
    assert_eq!((&loaded.report["ran"]["mode"], &loaded.report["verdict"]["exit_code"]), (&"capacity".into(), &loaded.code.into()));
    let steps = steps(&loaded);
    assert_eq!(steps[0]["rate_per_s"], 200.0);
    // 5 s at 200/s, the whole of which was sent and stored.
    assert_eq!(steps[0]["n"].as_u64().unwrap() % 1_000, 0, "{steps:#?}");
    assert!(steps.iter().map(|step| step["runs"].as_u64().unwrap()).sum::<u64>() <= 2);
    assert!(loaded.stage("stored")["n"].as_u64().unwrap() >= 1_000);
    assert!(loaded.said.contains("at most 2 steps and 2h"), "{}", loaded.said);
    assert!(loaded.text("report.html").contains("Capacity: p99.99 at each rate"));
}

#[test]
fn a_system_that_loses_events_passes_at_no_rate() {
    let words = ["capacity", "--rate", "500", "--producers", "10", "--level", "sink", "--faults", "lose=1", "--warm-up", "300ms"];
    let loaded = Loaded::by(&[&words[..], &["--drain", "1s", "--time-factor", "0.005", "--most-steps", "3"]].concat());
    assert_eq!(loaded.report["capacity"]["found_per_s"], Value::Null, "{}", loaded.said);
    let steps = steps(&loaded);
    assert!(steps.iter().all(|step| step["passes"] == 0), "{steps:#?}");
    // A load host that is busy with other tests may itself be the limit.
    assert!([4, 99].contains(&loaded.code), "{}", loaded.said);
    if loaded.code == 99 {
        assert_eq!(steps.iter().map(|step| step["rate_per_s"].as_f64().unwrap()).collect::<Vec<_>>(), [500.0, 333.0, 222.0]);
        assert!(steps.iter().all(|step| step["why"].as_str().unwrap().starts_with("events were lost")), "{steps:#?}");
    }
}

#[test]
fn a_search_needs_a_single_rate_to_start_from() {
    for words in [&["capacity", "--level", "sink", "--rate", "10,20"][..], &["capacity", "--level", "sink", "--model", "closed"]] {
        let loaded = Loaded::by(words);
        assert_eq!(loaded.code, 2, "{}", loaded.said);
    }
}
