use super::result::Loaded;
use crate::support::scene::Scene;

#[test]
fn every_event_of_a_local_run_is_followed_from_its_intended_time_to_a_follower() {
    let loaded = Loaded::locally(&["run", "--rate", "200:6", "--warm-up", "2s", "--producers", "20"]);
    loaded.assert_right();
    let scheduled = loaded.account("scheduled");
    assert!((1_150..=1_250).contains(&scheduled), "{scheduled}");
    let medians: Vec<f64> = ["sent", "acknowledged", "consumed", "delivered"]
        .iter()
        .map(|name| {
            let stage = loaded.stage(name);
            assert_eq!((stage["n"].as_u64(), stage["from"].as_str()), (Some(scheduled), Some("intended")), "{name}");
            stage["percentiles"][0]["us"].as_f64().unwrap()
        })
        .collect();
    assert!(medians.is_sorted(), "{medians:?}");
    assert_eq!(loaded.stage("stored")["clock"], "+-1 ms, Redis' clock");
    assert_eq!(loaded.report["tails"][0]["pairs"][0]["destination"], "follower 0");
    assert_eq!(loaded.report["servers"]["workers"], 1);
    assert!(loaded.text("report.html").contains("</html>") && loaded.text("report.md").contains("| D4"));
    assert!(loaded.text("latency.hlog").contains("Tag=delivered"));
    // Nothing that it started is left, and nothing of others is touched: there is nothing to be said of it.
    assert_eq!(loaded.report["left_behind"], serde_json::json!([]));
}

#[test]
fn each_level_adds_a_stage_on_servers_of_somebody_else() {
    let scene = Scene::new("load-levels");
    let worker = scene.worker();
    let settings = [
        format!("kafka.brokers={}", scene.kafka.address()),
        format!("kafka.topic={}", scene.topic),
        format!("kafka.group={}", scene.group),
        format!("redis.nodes={}", scene.redis.address()),
        format!("redis.prefix={}", scene.prefix),
    ];
    let endpoint = format!("http://127.0.0.1:{}", worker.port());
    for (level, last, fleet) in [
        ("kafka", "consumed", "--connections=30"),
        ("worker", "stored", "--client=shasta"),
        ("follower", "delivered", "--client=librdkafka"),
    ] {
        let mut words =
            vec!["run", "--rate", "150:3", "--warm-up", "1s", "--producers", "30", "--level", level, fleet, "--worker", &endpoint];
        settings.iter().for_each(|setting| words.extend(["--set", setting]));
        let loaded = Loaded::by(&words);
        loaded.assert_right();
        assert_eq!(loaded.stage(last)["n"].as_u64(), Some(loaded.account("scheduled")), "{level}");
        assert_eq!(loaded.report["stages"].as_array().unwrap().last().unwrap()["name"], last);
        assert!(!loaded.report["left_behind"].as_array().unwrap().is_empty());
        if level == "worker" {
            let destination = loaded.report["tails"][0]["pairs"][0]["destination"].as_str().unwrap();
            assert_eq!(format!("http://{destination}"), endpoint);
        }
    }
}

#[test]
fn a_topic_that_is_not_for_tests_is_not_written_to() {
    let loaded = Loaded::by(&["run", "--set", "kafka.topic=tag-data", "--set", "kafka.brokers=127.0.0.1:1"]);
    assert_eq!(loaded.code, 2);
    assert!(loaded.said.contains("--test-topic tag-data"), "{}", loaded.said);
}

#[test]
fn servers_that_are_not_there_are_named() {
    let started = std::time::Instant::now();
    let loaded = Loaded::by(&["run", "--set", "kafka.topic=load-tags", "--set", "kafka.brokers=127.0.0.1:1", "--level", "kafka"]);
    assert_eq!(loaded.code, 69, "{}", loaded.said);
    assert!(loaded.said.contains("load-tags"), "{}", loaded.said);
    assert!(started.elapsed() < std::time::Duration::from_secs(40));
}
