use serde_json::json;

use super::documents::{bottleneck, entry, quiet, slow_drain, unknown};
use super::open;

/// The text that stands under a name in the first card.
fn fact(browser: &mut super::Browser, name: &str) -> String {
    let script = format!(
        "[...document.querySelectorAll('.card .numbers:not(.detail) > div')].find((node) => node.children[0].textContent === {}) \
            ?.children[1].textContent",
        json!(name)
    );
    browser.value(&script).as_str().unwrap_or_else(|| panic!("no fact {name}")).to_owned()
}

#[test]
fn the_card_tells_how_bad_since_when_why_when_it_is_over_and_what_to_do() {
    let mut drain = entry(slow_drain("shasta-tags", 256));
    drain["bottleneck"] = bottleneck();
    let (_watcher, mut browser) = open(vec![drain], 1_400);
    let told = [
        ("Age", "1d 22h 19m"),
        ("Lag", "165.9 M"),
        ("In", "1,002/s"),
        ("Out", "1,124/s"),
        ("Speed", "1.12x"),
        ("Done in, at this pace", "15d 20h"),
        ("Done in, forecast", "14d .. 17d"),
        ("To be done in 1h", "47,085/s"),
        ("Records expire in", "3d 1h"),
        ("Members", "4"),
    ];
    for (name, value) in told {
        assert_eq!(fact(&mut browser, name), value, "{name}");
    }
    let card = browser.text(".card");
    for part in [
        "▲ PAGE",
        "shasta-tags / tag-data / prod",
        "SLOW_DRAIN",
        "since 13:49 (31m",
        "oldest in partition 17",
        "1 of 256 STALLED",
        "1.8.2 ×4",
        "c_180s=1124.0/s >= i_180s=1002.0/s",
        "shasta lag --group shasta-tags --partitions bad",
        "cache hit 11 %",
        "cache.bytes (0)",
        "read 3s ago",
    ] {
        assert!(card.contains(part), "{part:?} is not in\n{card}");
    }
    assert_eq!(browser.value("document.querySelector('.maintenance a').href"), json!("https://runbooks.example/slow-drain.md"));
    assert_eq!(browser.value("document.title"), json!("(1 page) Kafka lag - shasta watch"));
}

#[test]
fn what_is_not_known_is_a_dash_that_says_so_and_never_a_zero() {
    let mut blind = entry(unknown("audit", 3));
    blind["versions"] = json!({});
    let (watcher, mut browser) = open(vec![blind], 1_400);
    for name in [
        "Age",
        "Lag",
        "In",
        "Out",
        "Speed",
        "Done in, at this pace",
        "Done in, forecast",
        "To be done takes",
        "Records expire in",
        "Members",
    ] {
        assert_eq!(fact(&mut browser, name), "-", "{name}");
    }
    let untold =
        "[...document.querySelectorAll('.card .value')].filter((node) => node.textContent === '-' && node.title !== 'not known').length";
    assert_eq!(browser.value(untold), json!(0));
    assert_eq!(
        browser.value("[...document.querySelectorAll('.card td:not(:first-child)')].every((node) => node.textContent === '-')"),
        json!(true)
    );
    // What a watcher leaves out is not known either.
    let mut world = watcher.world();
    let cluster = &mut world.lag["clusters"][0];
    (cluster["last_success"], cluster["throttle_ms"], cluster["error"]) = (json!(null), json!(null), json!("no answer"));
    let group = world.lag["groups"][0].as_object_mut().unwrap();
    group.remove("versions");
    group.remove("bottleneck");
    drop(world);
    browser.wait_until("document.querySelector('#troubles').textContent.includes('no answer')");
    let page = browser.text("body");
    assert!(!["NaN", "null", "undefined", "Infinity", "NOT SHOWN", "nothing waits"].iter().any(|word| page.contains(word)), "{page}");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn nothing_in_sight_is_never_and_what_is_on_its_way_is_up_to_date() {
    let mut never = slow_drain("tags", 32);
    (never.eta_now_s, never.eta_forecast_s, never.ttl_s) = (None, Some([Some(1_209_600.0), None]), None);
    let (watcher, mut browser) = open(vec![entry(never)], 1_400);
    assert_eq!(fact(&mut browser, "Done in, at this pace"), "never at this pace");
    assert_eq!(fact(&mut browser, "Done in, forecast"), "14d .. not in sight");
    assert_eq!(fact(&mut browser, "Records expire in"), "not in sight");
    let mut fine = entry(quiet("tags", 32));
    fine["view"]["severity"] = json!("warn");
    watcher.world().lag["groups"] = json!([fine]);
    browser.wait_until("document.querySelector('.state').textContent === 'all is well'");
    assert_eq!(fact(&mut browser, "Done in, at this pace"), "up to date");
    fine["view"]["lag"] = json!(0);
    watcher.world().lag["groups"] = json!([fine]);
    browser.wait_until("document.querySelector('.numbers').textContent.includes('nothing waits')");
}

#[test]
fn numbers_and_times_are_written_as_in_the_terminal() {
    let (_watcher, mut browser) = open(Vec::new(), 800);
    assert_eq!(browser.text("#none"), "No group is watched yet.");
    let told = [
        ("duration(0.4)", "0s"),
        ("duration(59.9)", "59s"),
        ("duration(552)", "9m 12s"),
        ("duration(3600)", "1h 0m"),
        ("duration(166755)", "1d 22h 19m"),
        ("duration(1e12)", "11,574,074d"),
        ("roughly(432000)", "5d"),
        ("roughly(1368000)", "15d 20h"),
        ("shortDuration(0.9)", "0"),
        ("shortDuration(166755)", "46h"),
        ("shortDuration(864000)", "10d"),
        ("count(650140)", "650,140"),
        ("count(165900000)", "165.9 M"),
        ("count(2.5e12)", "2.5 T"),
        ("rate(0)", "0.0/s"),
        ("rate(3.94)", "3.9/s"),
        ("rate(1124.2)", "1,124/s"),
        ("rate(12400000)", "12.4 M/s"),
        ("offset(-1)", "never"),
        ("offset(88120004)", "88,120,004"),
        ("bytes(1073741824)", "1.0 GiB"),
        ("times(1.1217)", "1.12x"),
        ("clockTime(1764080400, 1764080460)", "14:20"),
        ("clockTime(1764080400, 1764180460)", "Tue 25 Nov 14:20"),
        ("listed([1, 2, 3], 2)", "1, 2 and 1 more"),
    ];
    for (call, text) in told {
        assert_eq!(browser.value(call), json!(text), "{call}");
    }
    for call in ["duration(null)", "rate(undefined)", "count(NaN)", "offset(null)", "clockTime(1e300, 0)"] {
        assert_eq!(browser.value(call), json!(null), "{call}");
    }
}
