use serde_json::json;

use super::documents::{NOW, entry, quiet, slow_drain};
use super::{look_again, open};

const FOCUS: &str = "document.activeElement.getAttribute('aria-label')";
const FIRST_ROW: &str = "document.querySelector('tbody tr').children[0].textContent";

#[test]
fn focus_choice_sort_and_scroll_stay_while_the_data_changes() {
    let drain = || slow_drain("tags", 256);
    let (watcher, mut browser) = open(vec![entry(drain()), entry(quiet("billing", 8))], 1_400);
    browser.wait_until("document.querySelector('figure path.age')?.getAttribute('d').includes('L')");
    browser.click(".cells .cell:nth-child(101)");
    assert!(browser.text("h4").starts_with("Partition 100: SLOW_DRAIN for 31m"));
    browser.value("document.querySelector('.table input[value=all]').click()");
    browser.value("[...document.querySelectorAll('th button')].find((button) => button.textContent === 'Lag').click()");
    assert_eq!(browser.value(FIRST_ROW), json!("255"));
    browser.value(
        "document.querySelector('.card .scrolls').scrollTop = 333, getSelection().selectAllChildren(document.querySelector('.evidence'))",
    );
    let before = browser.value("[scrollY, document.querySelector('.card .scrolls').scrollTop, getSelection().toString()]");
    let mut later = drain();
    (later.partitions[100].age_s, later.partitions[100].lag, later.partitions[7].lag) = (Some(70.0), Some(123_456), Some(9_000_000));
    // The other group becomes the worst, and comes to stand above the one that has the focus.
    let mut worse = slow_drain("billing", 32);
    worse.state = Some(shasta::core::lag::Kind::Stopped);
    watcher.world().lag["groups"] = json!([entry(later), entry(worse)]);
    browser.wait_until("document.querySelectorAll('.card')[0].textContent.includes('STOPPED')");
    look_again(&watcher, &mut browser);
    let mine = "[...document.querySelectorAll('.card')][1]";
    assert_eq!(browser.value(FOCUS), json!("partition 100, SLOW_DRAIN, age 1m 10s, lag 123,456"));
    assert!(browser.value(&format!("{mine}.querySelector('.detail').textContent")).as_str().unwrap().contains("123,456"));
    assert_eq!(browser.value(&format!("{mine}.querySelector('tbody tr').children[0].textContent")), json!("7"));
    assert_eq!(browser.value(&format!("{mine}.querySelector('[aria-sort]').textContent")), json!("Lag"));
    assert_eq!(browser.value(&format!("{mine}.querySelector('.table input[value=all]').checked")), json!(true));
    let after = browser.value(&format!("[0, {mine}.querySelector('.scrolls').scrollTop, getSelection().toString()]"));
    assert_eq!((&after[1], &after[2]), (&before[1], &before[2]));
    // The cell with the focus has not moved under the reader's eyes.
    assert!(
        browser.value(
            "document.activeElement.getBoundingClientRect().top > 0 && document.activeElement.getBoundingClientRect().bottom < innerHeight"
        ) == json!(true)
    );
}

#[test]
fn of_a_thousand_partitions_each_is_labelled_and_reached_by_arrow_keys() {
    for (width, columns) in [(400, 8), (1_400, 32)] {
        let (_watcher, mut browser) = open(vec![entry(slow_drain("tags", 1_024))], width);
        assert_eq!(browser.value("document.querySelectorAll('.cells .cell').length"), json!(1_024));
        assert_eq!(
            browser.value("[...document.querySelectorAll('.cells .cell')].every((cell) => /\\d[smhd]$/.test(cell.textContent))"),
            json!(true)
        );
        assert_eq!(browser.value("document.querySelectorAll('.cells [tabindex=\"0\"]').length"), json!(1));
        browser.value("document.querySelector('.cells [tabindex=\"0\"]').focus()");
        browser.press("Home");
        for (key, number) in [
            ("ArrowRight", 1),
            ("ArrowDown", 1 + columns),
            ("ArrowUp", 1),
            ("ArrowLeft", 0),
            ("ArrowLeft", 0),
            ("PageDown", 8 * columns),
            ("End", 1_023),
        ] {
            browser.press(key);
            let told = browser.value(FOCUS);
            assert!(told.as_str().unwrap().starts_with(&format!("partition {number},")), "{key} at {width} px: {told}");
            assert!(browser.text("h4").starts_with(&format!("Partition {number}:")), "{key}");
        }
        let edges = |of: &str| format!("(({{ top, bottom }}) => [top, bottom])({of}.getBoundingClientRect())");
        let (strip, cell) = (browser.value(&edges("document.querySelector('.strip')")), browser.value(&edges("document.activeElement")));
        let is_inside = cell[0].as_f64() >= strip[0].as_f64() && cell[1].as_f64() <= strip[1].as_f64();
        assert!(is_inside, "the cell with the focus is out of sight: {cell} in {strip}");
    }
}

#[test]
fn the_strip_tells_more_than_a_colour() {
    let mut view = slow_drain("tags", 32);
    let ages = [(0, Some(2.0)), (1, Some(40.0)), (2, Some(400.0)), (3, None)];
    for (number, age) in ages {
        (view.partitions[number].age_s, view.partitions[number].state) = (age, None);
    }
    view.partitions[4].state = Some(shasta::core::lag::Kind::DataLost);
    view.partitions[4].lost = Some(shasta::core::lag::GoneView { at: NOW - 60.0, from: 5, to: 1_005, records: 1_000 });
    let (_watcher, mut browser) = open(vec![entry(view)], 1_400);
    let cells =
        browser.value("[...document.querySelectorAll('.cells .cell')].slice(0, 5).map((cell) => [cell.textContent, cell.dataset.late])");
    assert_eq!(cells, json!([["2s", "fresh"], ["40s", "waiting"], ["6m", "late"], ["-", "unknown"], ["✕42h", "late"]]));
    browser.click(".cells .cell:nth-child(5)");
    let detail = browser.text(".detail");
    assert!(detail.contains("1,000 records") && detail.contains("offsets 5 to 1,005, 14:19"), "{detail}");
}

#[test]
fn the_table_sorts_both_ways_with_the_unknown_last_and_shows_the_bad_or_all() {
    let mut view = quiet("tags", 12);
    view.state = Some(shasta::core::lag::Kind::Stalled);
    for (number, lag) in [(3, Some(900)), (5, Some(50)), (7, None)] {
        (view.partitions[number].lag, view.partitions[number].state) = (lag, Some(shasta::core::lag::Kind::Stalled));
        view.partitions[number].since = Some(NOW - 100.0);
    }
    let (watcher, mut browser) = open(vec![entry(view)], 1_400);
    let rows = "[...document.querySelectorAll('.card tbody tr')].map((row) => Number(row.children[0].textContent))";
    let sort = "[...document.querySelectorAll('th button')].find((button) => button.textContent === 'Lag').click()";
    browser.value(sort);
    assert_eq!(browser.value(rows), json!([3, 5, 7]));
    browser.value(sort);
    assert_eq!(browser.value(rows), json!([5, 3, 7]));
    assert_eq!(browser.text(".table .choice label"), "bad (3)");
    browser.value("document.querySelector('.table input[value=all]').click()");
    assert_eq!(browser.value(rows), json!([0, 1, 2, 4, 6, 8, 9, 10, 11, 5, 3, 7]));
    look_again(&watcher, &mut browser);
    assert_eq!(browser.value(rows), json!([0, 1, 2, 4, 6, 8, 9, 10, 11, 5, 3, 7]));
}
