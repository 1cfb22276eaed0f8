use super::result::Loaded;

#[test]
fn an_outage_is_made_and_its_catch_up_is_measured() {
    let words =
        ["catchup", "--rate", "100", "--producers", "10", "--warm-up", "2s", "--before", "8s", "--outage", "12s", "--longest", "90s"];
    let loaded = Loaded::locally(&words);
    loaded.assert_right();
    // Not how fast the load host is, but what it found.
    assert!([0, 4].contains(&loaded.code), "{}", loaded.said);
    let catchup = &loaded.report["catchup"];
    let figure = |name: &str| catchup[name].as_f64().unwrap_or_else(|| panic!("{name}: {catchup}"));
    assert!((11.0..30.0).contains(&figure("outage_s")), "{catchup}");
    // What came in while nobody worked.
    let expected = 100.0 * figure("outage_s");
    assert!((figure("backlog") - expected).abs() < 0.25 * expected, "{catchup}");
    assert!(0.0 < figure("first_stored_s") && figure("first_stored_s") <= figure("drain_s"), "{catchup}");
    assert!(figure("ratio") > 1.0 && figure("mean_per_s") > 100.0, "{catchup}");
    assert!(catchup["two_days"].as_str().unwrap().starts_with("an outage of 2 d at this rate takes"), "{catchup}");
    assert_eq!((catchup["lost"].as_u64(), catchup["doubled"].as_u64()), (Some(0), Some(0)));
    assert!(catchup["curve"].as_array().unwrap().len() > 20);
}

#[test]
fn workers_of_others_are_not_stopped() {
    let loaded = Loaded::by(&["catchup", "--set", "kafka.topic=load-tags", "--set", "kafka.brokers=127.0.0.1:1"]);
    assert_eq!(loaded.code, 2, "{}", loaded.said);
    assert!(loaded.said.contains("--stop-workers"), "{}", loaded.said);
}
