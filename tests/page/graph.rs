use serde_json::json;

use super::documents::{NOW, entry, quiet, slow_drain};
use super::{Browser, open};

const DRAWN: &str = "document.querySelector('figure path.age')?.getAttribute('d').includes('L')";

fn has(browser: &mut Browser, selector: &str) -> bool {
    browser.value(&format!("document.querySelector('figure {selector}') !== null")) == json!(true)
}

#[test]
fn the_graph_shows_age_and_rates_the_promise_and_the_line_to_the_end() {
    let (watcher, mut browser) = open(vec![entry(slow_drain("tags", 32))], 1_400);
    browser.wait_until(DRAWN);
    assert_eq!(browser.value("document.querySelector('.choice input:checked').value"), json!("172800"), "from the begin of what is wrong");
    for selector in ["path.in", "path.out", "line.limit", "path.forecast", "path.wedge", "line.now"] {
        assert!(has(&mut browser, selector), "{selector}");
    }
    let labels = browser.value("[...document.querySelectorAll('figure text')].map((text) => text.textContent)");
    let labels: Vec<&str> = labels.as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect();
    assert!(
        ["1d", "2d", "1,000/s", "12:00", "promised: 5m", "in", "out: records per second"].iter().all(|label| labels.contains(label)),
        "{labels:?}"
    );
    // Where nothing was read the line is not drawn.
    assert_eq!(browser.value("document.querySelector('figure path.age').getAttribute('d').split('M').length - 1"), json!(2));
    let ends = "document.querySelector('path.forecast').getAttribute('d').split(/[ML ]+/).filter(Boolean).map(Number)";
    let falling = browser.value(ends);
    assert!(falling[3].as_f64() > falling[1].as_f64(), "it falls: {falling}");
    let mut never = slow_drain("tags", 32);
    (never.eta_now_s, never.eta_forecast_s, never.speed, never.lag) = (None, None, Some(0.5), Some(42));
    watcher.world().lag["groups"] = json!([entry(never)]);
    browser.wait_until("document.querySelector('.numbers').textContent.includes('never at this pace')");
    let rising = browser.value(ends);
    assert!(rising[3].as_f64() < rising[1].as_f64(), "it rises: {rising}");
    assert!(!has(&mut browser, "path.wedge"));
    assert!(browser.text("figcaption").ends_with("Dashed: at this pace never done."), "{}", browser.text("figcaption"));
    watcher.world().lag["groups"] = json!([entry(quiet("tags", 32))]);
    browser.wait_until("!document.querySelector('path.forecast')");
}

#[test]
fn a_moment_is_read_by_pointer_and_by_keyboard_and_stays_while_the_data_changes() {
    let (watcher, mut browser) = open(vec![entry(slow_drain("tags", 32))], 1_400);
    browser.wait_until(DRAWN);
    assert_eq!(browser.text(".readout"), "now: age 1d 22h 19m, lag 165.9 M, in 1,002/s, out 1,124/s");
    browser.value("document.querySelector('.plot').scrollIntoView({ block: 'center', behavior: 'instant' })");
    let middle = browser.value(
        "(() => { const box = document.querySelector('.plot').getBoundingClientRect(); return [box.x + box.width / 2, box.y + 60]; })()",
    );
    browser.call("Input.dispatchMouseEvent", json!({"type": "mouseMoved", "x": middle[0], "y": middle[1]}));
    let pointed = browser.text(".readout");
    assert!(pointed.starts_with("Mon 24 Nov ") && pointed.contains("out 0.0/s"), "{pointed}");
    browser.call("Input.dispatchMouseEvent", json!({"type": "mouseMoved", "x": 5, "y": 5}));
    browser.wait_until("document.querySelector('.readout').textContent.startsWith('now')");
    browser.value("document.querySelector('.plot').focus()");
    for key in ["Home", "PageUp", "ArrowRight"] {
        browser.press(key);
    }
    let told = browser.value("document.querySelector('.plot').getAttribute('aria-valuetext')");
    assert_eq!(told, json!(browser.text(".readout")));
    assert_eq!(browser.value("Number(document.querySelector('.plot').getAttribute('aria-valuenow'))"), json!(11));
    watcher.world().lag["groups"][0]["view"]["lag"] = json!(42);
    browser.wait_until("document.querySelector('.numbers').textContent.includes('Lag42')");
    assert_eq!(json!(browser.text(".readout")), told);
    assert_eq!(browser.value("document.activeElement.className"), json!("plot"));
}

#[test]
fn a_history_that_is_missing_is_said() {
    let (watcher, mut browser) = open(vec![entry(slow_drain("tags", 32))], 800);
    watcher.world().history = json!({"points": [{"t": NOW - 60.0, "age_s": null, "lag": null, "ingest": null, "consume": null}]});
    browser.open(&watcher.url());
    browser.wait_until("document.querySelector('figcaption').textContent.startsWith('Age of')");
    assert_eq!(browser.complaints(), [""; 0]);
    watcher.world().history = json!({"points": []});
    browser.open(&watcher.url());
    browser.wait_until("document.querySelector('figcaption').textContent === 'No history yet: a point a minute.'");
}
