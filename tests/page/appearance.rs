use serde_json::json;

use super::browser::Browser;
use super::documents::{HOSTILE, bottleneck, entry, falling_behind, maintenance, quiet, slow_drain, unknown};
use super::open;

const AUDIT: &str = include_str!("audit.js");
/// A telephone, half a screen, a screen, a wall.
const WIDTHS: [u32; 4] = [400, 720, 1_400, 2_000];
const USUAL: [u32; 2] = [400, 1_400];

fn audit(browser: &mut Browser, what: &str) {
    browser.next_frame();
    assert_eq!(browser.value(AUDIT), json!([]), "{what}");
}

fn audit_everywhere(browser: &mut Browser, widths: &[u32], what: &str) {
    for theme in ["light", "dark"] {
        for &width in widths {
            browser.screen(width, theme);
            audit(browser, &format!("{what}, {theme}, {width} px"));
            browser.picture(&format!("{}-{theme}-{width}", what.replace(' ', "-")));
        }
    }
}

#[test]
fn nothing_overlaps_is_pale_or_too_wide_in_light_and_dark_from_a_telephone_to_a_wall() {
    let mut hostile = falling_behind(&HOSTILE.repeat(3), 24);
    hostile.partitions[3].owner = Some("a-worker-with-a-very-long-name.in.a-very-long-domain.example.internal".repeat(2));
    let mut drain = entry(slow_drain("shasta-tags", 256));
    drain["bottleneck"] = bottleneck();
    let mut kept = entry(hostile);
    kept["maintenance"] = maintenance("billing");
    let groups = vec![drain, kept, entry(unknown("audit", 8)), entry(quiet("search", 64))];
    let (watcher, mut browser) = open(groups, 1_400);
    browser.wait_until("document.querySelector('figure path.age')?.getAttribute('d').includes('L')");
    audit_everywhere(&mut browser, &WIDTHS, "trouble");
    browser.click(".incident button");
    audit_everywhere(&mut browser, &USUAL, "question");
    browser.press("Escape");
    watcher.world().garbage = Some("<h1>502 Bad Gateway</h1>");
    browser.wait_until("document.body.dataset.stale === ''");
    audit_everywhere(&mut browser, &USUAL, "gone");
}

#[test]
fn a_group_that_is_well_takes_one_line_until_it_is_opened() {
    let groups = (0..10).map(|number| entry(quiet(&format!("group-{number}"), 256))).collect();
    let (_watcher, mut browser) = open(groups, 1_400);
    assert!(
        browser.value("Math.max(...[...document.querySelectorAll('.card')].map((card) => card.offsetHeight))").as_f64().unwrap() < 90.0
    );
    browser.click(".card h2 button");
    browser.wait_until("document.querySelectorAll('.card .cells .cell').length === 256");
    audit(&mut browser, "opened");
}

#[test]
fn a_theme_that_was_chosen_outlasts_the_system_and_a_reload() {
    let (watcher, mut browser) = open(vec![entry(quiet("search", 4))], 800);
    let ground = "getComputedStyle(document.body).backgroundColor";
    let light = browser.value(ground);
    browser.screen(800, "dark");
    let dark = browser.value(ground);
    assert_ne!(light, dark);
    browser.value("theme.value = 'light', theme.dispatchEvent(new Event('change'))");
    assert_eq!(browser.value(ground), light);
    browser.open(&watcher.url());
    assert_eq!(browser.value(ground), light);
    assert_eq!(browser.value("theme.value"), json!("light"));
}
