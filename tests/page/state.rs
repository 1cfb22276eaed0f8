use serde_json::json;

use super::documents::{NOW, entry, falling_behind, quiet, slow_drain, unknown};
use super::open;

const TITLES: &str = "[...document.querySelectorAll('.card h2 button')].map((button) => button.textContent)";

#[test]
fn the_worst_group_comes_first_and_a_change_is_announced() {
    let groups = |first| {
        json!([
            first,
            entry(quiet("search", 8)),
            entry(falling_behind("billing", 24)),
            entry(slow_drain("tags", 32)),
            entry(unknown("audit", 8))
        ])
    };
    let (watcher, mut browser) = open(groups(entry(quiet("orders", 8))).as_array().unwrap().clone(), 1_400);
    let well = "orders / tag-data / prod";
    assert_eq!(
        browser.value(TITLES),
        json!(["audit / prod", "tags / tag-data / prod", "billing / tag-data / prod", well, "search / tag-data / prod"])
    );
    assert_eq!(
        browser.value("[...document.querySelectorAll('.body')].map((body) => body.hidden)"),
        json!([false, false, false, true, true])
    );
    let mut stopped = slow_drain("orders", 32);
    stopped.state = Some(shasta::core::lag::Kind::Stopped);
    watcher.world().lag["groups"] = groups(entry(stopped));
    browser.wait_until("document.querySelector('[aria-live]').textContent.includes('orders / tag-data / prod: STOPPED, page')");
    assert_eq!(browser.value(TITLES)[1], json!(well));
    assert_eq!(
        browser.value("[...document.querySelectorAll('.body')].map((body) => body.hidden)"),
        json!([false, false, false, false, true])
    );
    assert_eq!(browser.text("#summary"), "▲ PAGE 3\n! WARN 1\n✓ OK 1");
    assert_eq!(browser.value("document.title"), json!("(3 page) Kafka lag - shasta watch"));
}

#[test]
fn a_card_stays_as_the_reader_left_it() {
    let (watcher, mut browser) = open(vec![entry(slow_drain("tags", 32))], 1_400);
    browser.click(".card h2 button");
    let mut worse = slow_drain("tags", 32);
    worse.state = Some(shasta::core::lag::Kind::Stopped);
    watcher.world().lag["groups"] = json!([entry(worse)]);
    browser.wait_until("document.querySelector('.state').textContent === 'STOPPED'");
    assert_eq!(browser.value("document.querySelector('.body').hidden"), json!(true));
}

#[test]
fn clusters_tell_when_they_were_read_what_is_wrong_and_how_they_throttle() {
    let (watcher, mut browser) = open(vec![entry(quiet("tags", 8))], 1_400);
    watcher.world().lag["clusters"] = json!([
        {"name": "prod", "last_success": NOW - 3.0, "error": null, "throttle_ms": 1_250},
        {"name": "far", "last_success": NOW - 130.0, "error": "no answer from 10.0.3.9:9092", "throttle_ms": null},
    ]);
    browser.wait_until("document.querySelectorAll('#clusters tr').length === 2");
    let rows =
        browser.value("[...document.querySelectorAll('#clusters tr')].map((row) => [...row.children].map((cell) => cell.textContent))");
    assert_eq!((&rows[0][1], &rows[0][3]), (&json!("✓ read"), &json!("1,250 ms")));
    assert_eq!((&rows[1][1], &rows[1][3]), (&json!("▲ no answer from 10.0.3.9:9092"), &json!("-")));
    assert!(rows[1][2].as_str().unwrap().starts_with("2m 1"), "{rows}");
    assert_eq!(browser.text("#troubles"), "Cluster far can not be read: no answer from 10.0.3.9:9092.");
}

#[test]
fn what_explains_the_numbers_is_noted() {
    let mut view = quiet("tags", 8);
    (view.expected, view.clock_suspect, view.offsets_expire_s) = (false, true, Some(100_000.0));
    (view.age_skew, view.ingest_skew, view.read_at) = (Some(7.5), Some(4.0), Some(NOW - 300.0));
    let mut group = entry(view);
    (group["lost"], group["skipped"], group["throttle_ms"]) = (json!(1), json!(2_500), json!(1_250));
    let (watcher, mut browser) = open(vec![group], 1_400);
    browser.click(".card h2 button");
    let notes = browser.text(".notes");
    for part in [
        "it never calls anybody",
        "forgotten in 1d 3h",
        "7.5 times as old",
        "4.0 times the mean",
        "Clock suspect",
        "1 record was deleted",
        "2,500 records were committed past",
        "by 1,250 ms",
    ] {
        assert!(notes.contains(part), "{part:?} is not in {notes}");
    }
    assert_eq!(browser.value("document.querySelector('.read').dataset.old"), json!(""));
    assert!(browser.text(".numbers").contains("Stable; 1.8.2 ×4") && browser.text(".numbers").contains("records wait, read_committed"));
    let mut world = watcher.world();
    world.lag["watcher"]["trouble"] = json!("no space left on device");
    world.lag["maintenance"] =
        json!([{"cluster": null, "group": "tgas", "began": NOW, "until": NOW + 600.0, "reason": "larger hosts", "by": "anna"}]);
    drop(world);
    browser.wait_until("document.querySelector('#troubles').innerText === 'The watcher can not keep its state: no space left on device.'");
    assert_eq!(browser.text("#idle"), "Not watched, but announced: tgas. Maintenance until 14:30 by anna: larger hosts.");
}
