use serde_json::json;

use super::documents::{HOSTILE, entry, falling_behind};
use super::{look_again, open};

#[test]
fn names_from_kafka_are_texts_wherever_they_come() {
    let mut view = falling_behind(HOSTILE, 8);
    (view.cluster, view.topic) = (HOSTILE.into(), Some(HOSTILE.into()));
    for partition in &mut view.partitions {
        partition.owner = Some(HOSTILE.into());
    }
    let mut group = entry(view);
    for key in ["id", "evidence"] {
        group["incidents"][0][key] = json!(HOSTILE);
    }
    group["commands"] = json!([HOSTILE]);
    group["runbook"] = json!("javascript:window.bitten=3");
    group["incidents"][0]["silenced"] =
        json!({"cluster": null, "group": HOSTILE, "began": 1.0, "by": HOSTILE, "until": 1_764_080_500.0, "reason": HOSTILE});
    group["maintenance"] =
        json!({"cluster": HOSTILE, "group": HOSTILE, "began": 1_764_080_000.0, "by": HOSTILE, "until": 1_764_080_500.0, "reason": HOSTILE});
    group["versions"] = json!({HOSTILE: 2});
    group["bottleneck"] =
        json!({"cache_hit_ratio": null, "batch_records": null, "redis_call_ms": null, "round_trips_per_record": null, "hints": [HOSTILE]});
    let (watcher, mut browser) = open(vec![group], 1_400);
    watcher.world().lag["clusters"] = json!([{"name": HOSTILE, "last_success": null, "error": HOSTILE, "throttle_ms": null}]);
    watcher.world().lag["watcher"]["host"] = json!(HOSTILE);
    browser.wait_until("document.querySelector('#troubles').textContent.includes('<img')");
    for button in [".incident button", ".maintenance button", ".maintenance button:nth-of-type(2)"] {
        browser.click(button);
        assert!(browser.text("dialog").contains("<img") || button.contains("incident"), "{button}");
        browser.press("Escape");
    }
    look_again(&watcher, &mut browser);
    assert_eq!(browser.value("[window.bitten ?? null, document.querySelectorAll('img, b, script').length]"), json!([null, 1]));
    assert_eq!(browser.value("document.querySelector('.maintenance a').hasAttribute('href')"), json!(false));
    assert!(browser.text(".card h2").contains(HOSTILE));
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn no_request_leaves_the_origin_the_console_is_silent_and_no_foreign_script_runs() {
    let (watcher, mut browser) = open(vec![entry(falling_behind("billing", 24))], 1_400);
    browser.wait_until("document.querySelector('figure path.age')?.getAttribute('d').includes('L')");
    look_again(&watcher, &mut browser);
    assert_eq!(browser.complaints(), [""; 0]);
    let requested = browser.requested();
    assert!(requested.len() > 3 && requested.iter().all(|url| url.starts_with(&watcher.url()) || url == "data:,"), "{requested:?}");
    assert!(requested.iter().any(|url| url.ends_with("/api/v1/history?cluster=prod&group=billing&topic=tag-data")), "{requested:?}");
    browser.value("document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.bitten = 1' }))");
    browser.value("document.body.insertAdjacentHTML('beforeend', '<p id=styled style=\"color: red\" onclick=\"window.bitten = 2\">x</p>')");
    browser.value("document.querySelector('#styled').click()");
    assert_eq!(browser.value("fetch('http://127.0.0.1:9/').then(() => 'sent', (error) => error.name)"), json!("TypeError"));
    assert_eq!(
        browser.value("[window.bitten ?? null, getComputedStyle(document.querySelector('#styled')).color === 'rgb(255, 0, 0)']"),
        json!([null, false])
    );
    let refused = browser.complaints().iter().filter(|text| text.contains("Content Security Policy")).count();
    assert!(refused >= 4, "script, style, click and fetch are refused: {:#?}", browser.complaints());
}
