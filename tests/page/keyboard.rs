use std::collections::BTreeSet;

use serde_json::json;

use super::documents::{entry, quiet, slow_drain};
use super::open;

/// Marks each element that Tab stops at, and tells whether its focus is seen: it has an outline, and nothing covers its middle.
const STOP: &str = "(() => { const node = document.activeElement; node.stopped = true; const style = getComputedStyle(node); \
    const box = node.getBoundingClientRect(), middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2); \
    const hasOutline = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; \
    return node === document.body ? null : [node.tagName, hasOutline && node.contains(middle)]; })()";
/// What ought to be a stop: radio buttons and cells count once for their group.
const MISSED: &str = "[...document.querySelectorAll('button, select, a[href], input, [tabindex=\"0\"]')].filter((node) => \
    node.checkVisibility() && !node.stopped && (node.type !== 'radio' || node.checked)).map((node) => node.outerHTML.slice(0, 100))";

#[test]
fn tab_reaches_everything_once_and_the_focus_is_always_seen() {
    let (_watcher, mut browser) = open(vec![entry(slow_drain("tags", 256)), entry(quiet("billing", 8))], 1_400);
    let mut tags = BTreeSet::new();
    let mut stops = 0;
    loop {
        browser.press("Tab");
        let stop = browser.value(STOP);
        if stop.is_null() || stops > 100 {
            break;
        }
        assert_eq!(stop[1], json!(true), "the focus on {} is not seen", browser.value("document.activeElement.outerHTML.slice(0, 200)"));
        tags.insert(stop[0].as_str().unwrap().to_owned());
        stops += 1;
    }
    assert_eq!(browser.value(MISSED), json!([]));
    assert!(stops < 50, "{stops} stops: 256 cells are one stop");
    assert!(["A", "BUTTON", "DIV", "INPUT", "SELECT"].iter().all(|tag| tags.contains(*tag)), "{tags:?}");
}

#[test]
fn an_incident_is_acknowledged_a_table_sorted_and_a_card_closed_without_a_mouse() {
    let (watcher, mut browser) = open(vec![entry(slow_drain("tags", 32))], 1_400);
    browser.wait_until("document.querySelector('figure path.age')?.getAttribute('d').includes('L')");
    browser.press_until("Tab", "document.activeElement.textContent === 'Acknowledge…'");
    browser.press("Enter");
    browser.wait_until("document.activeElement.name === 'by'");
    browser.press("Escape");
    browser.wait_until("document.querySelector('dialog') === null && document.activeElement.textContent === 'Acknowledge…'");
    browser.press("Enter");
    browser.write("anna");
    browser.press("Tab");
    browser.write("s3cret");
    browser.press("Enter");
    browser.wait_until("document.querySelector('dialog') === null");
    assert_eq!(watcher.world().orders[0].authorization, "Bearer s3cret");
    browser.press_until("Tab", "document.activeElement.value === '172800'");
    browser.press("ArrowLeft");
    assert_eq!(browser.value("document.querySelector('.choice input:checked').value"), json!("86400"));
    browser.press_until("Tab", "document.activeElement.role === 'slider'");
    browser.press("ArrowLeft");
    browser.press("ArrowLeft");
    assert!(browser.text(".readout").starts_with("14:18: age "), "{}", browser.text(".readout"));
    browser.press_until("Tab", "document.activeElement.role === 'option'");
    browser.press_until("Tab", "document.activeElement.value === 'bad'");
    browser.press_until("Tab", "document.activeElement.textContent === 'Committed'");
    browser.press(" ");
    assert_eq!(browser.value("document.querySelector('[aria-sort=descending]').textContent"), json!("Committed"));
    browser.press_until("Shift+Tab", "document.activeElement.hasAttribute('aria-expanded')");
    browser.press("Enter");
    assert_eq!(browser.value("document.querySelector('.body').hidden"), json!(true));
}

#[test]
fn the_page_has_landmarks_headings_and_names_for_those_who_do_not_see_it() {
    let (_watcher, mut browser) = open(vec![entry(slow_drain("tags", 16))], 1_400);
    for selector in
        ["html[lang]", "main", "header", "footer", "h1", ".card h2", "section[aria-label]", "table caption", "[role=log][aria-live=polite]"]
    {
        assert_eq!(browser.value(&format!("document.querySelector({}) !== null", json!(selector))), json!(true), "{selector}");
    }
    browser.call("Accessibility.enable", json!({}));
    let tree = browser.call("Accessibility.getFullAXTree", json!({}));
    let needs_name = ["button", "link", "textbox", "combobox", "radio", "slider", "option", "listbox", "region", "table"];
    for node in tree["nodes"].as_array().unwrap() {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        assert!(
            !needs_name.contains(&role) || node["name"]["value"].as_str().is_some_and(|name| !name.is_empty()),
            "a {role} without a name: {node}"
        );
    }
}
