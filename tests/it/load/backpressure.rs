use serde_json::Value;

use super::result::Loaded;

fn number(cell: &Value, name: &str) -> u64 {
    cell[name].as_u64().unwrap_or_else(|| panic!("{name}: {cell:#}"))
}

/// Kafka takes some 400 events a second, and 3,000 are offered for a second.
#[test]
fn what_is_offered_beyond_a_bound_is_refused_or_waits_and_nothing_acknowledged_is_lost() {
    let words = ["backpressure", "--step", "1s", "--bounds", "500", "--overloads", "3", "--capacity", "1000", "--producers", "20"];
    let loaded = Loaded::locally(&[&words[..], &["--broker-limit", "256KiB"]].concat());
    let told = &loaded.report["backpressure"];
    let cells = told["cells"].as_array().unwrap_or_else(|| panic!("no cells: {}", loaded.said));
    assert_eq!((cells.len(), &loaded.report["verdict"]["exit_code"]), (3, &loaded.code.into()), "{}", loaded.said);
    assert_ne!(loaded.code, 3, "{}", loaded.said);
    for cell in cells {
        assert_eq!(number(cell, "offered"), number(cell, "accepted") + number(cell, "rejected"), "{cell:#}");
        assert!(number(cell, "durable") <= number(cell, "accepted"), "{cell:#}");
        assert!(number(cell, "durable") + number(cell, "expired") >= number(cell, "accepted"), "{cell:#}");
        assert_eq!((number(cell, "acknowledged_lost"), number(cell, "untold"), &cell["truthful"]), (0, 0, &true.into()), "{cell:#}");
        let response: Vec<f64> = cell["response"].as_array().unwrap().iter().filter_map(|percentile| percentile["us"].as_f64()).collect();
        assert!(response.len() == 6 && response.is_sorted(), "{cell:#}");
    }
    let [block, reject, bare] = &cells[..] else { panic!("{cells:#?}") };
    assert_eq!((number(block, "rejected"), number(bare, "rejected")), (0, 0));
    assert!(number(reject, "rejected") > number(reject, "accepted"), "{reject:#}");
    // Who waits for room is late against the time at which it was due, and not in the queue.
    let median_ms = |cell: &Value| cell["response"][0]["us"].as_f64().unwrap() / 1e3;
    assert!(median_ms(block) > block["queue_ms"].as_f64().unwrap(), "{block:#}");
    assert!(median_ms(block) > median_ms(reject), "{block:#} {reject:#}");
    assert!(loaded.said.contains("3 trials around 1000/s"), "{}", loaded.said);
}

#[test]
fn a_bound_that_is_none_is_refused_by_its_name() {
    for (option, value) in [("--bounds", "0"), ("--bounds", "many"), ("--policies", "wait"), ("--overloads", "0")] {
        let loaded = Loaded::by(&["backpressure", option, value]);
        assert!(loaded.code == 2 && loaded.said.contains(option), "{}", loaded.said);
    }
}
