use serde_json::json;

use super::documents::{entry, slow_drain};
use super::open;

const IS_STALE: &str = "document.body.dataset.stale === ''";
const IS_CURRENT: &str = "document.body.dataset.stale === undefined";

#[test]
fn when_the_watcher_is_gone_the_page_says_so_greys_its_numbers_and_goes_on_when_it_is_back() {
    let (mut watcher, mut browser) = open(vec![entry(slow_drain("tags", 32))], 1_400);
    let ink = "getComputedStyle(document.querySelector('.value')).color";
    let current = browser.value(ink);
    watcher.end();
    browser.wait_until(IS_STALE);
    assert_eq!(browser.text("[role=alert]"), "NOT CURRENT: the watcher does not answer. The numbers below are old.");
    assert_ne!(browser.value(ink), current);
    assert!(browser.value("getComputedStyle(document.querySelector('main')).filter").as_str().unwrap().contains("grayscale"));
    // What is told as "since" does not go on as if it were known to.
    let since =
        "[...document.querySelectorAll('.line > span, .incident .ticks')].map((node) => node.className === 'read' ? '' : node.textContent)";
    let (told, read) = (browser.value(since), browser.text(".read"));
    browser.wait_until("sinceAnswer() > 5");
    assert_eq!(browser.value(since), told);
    assert_ne!(browser.text(".read"), read, "when it was read goes on to be known");
    assert!(browser.value("document.title").as_str().unwrap().starts_with("NOT CURRENT"));
    assert!(browser.text("#fresh").contains("old, trying again"), "{}", browser.text("#fresh"));
    watcher.begin();
    browser.wait_until(IS_CURRENT);
    assert_eq!(browser.value("document.querySelector('#stale').hidden"), json!(true));
}

#[test]
fn a_watcher_that_answers_and_looks_no_more_is_not_current() {
    let (watcher, mut browser) = open(vec![entry(slow_drain("tags", 32))], 1_400);
    watcher.world().frozen = true;
    browser.wait_until(IS_STALE);
    assert!(browser.text("#stale").contains("the watcher answers, but has not looked since"), "{}", browser.text("#stale"));
    watcher.world().frozen = false;
    browser.wait_until(IS_CURRENT);
}

#[test]
fn garbage_and_another_version_are_said_and_nothing_is_shown_as_current() {
    let (watcher, mut browser) = open(vec![entry(slow_drain("tags", 32))], 1_400);
    watcher.world().garbage = Some("<h1>502 Bad Gateway</h1>");
    browser.wait_until(IS_STALE);
    assert!(browser.text("#stale").contains("something that is no JSON"), "{}", browser.text("#stale"));
    let mut world = watcher.world();
    world.garbage = None;
    world.lag["schema"] = json!("shasta.watch/2");
    drop(world);
    browser.wait_until("document.querySelector('#stale').textContent.includes('another version')");
    assert_eq!(browser.value(IS_STALE), json!(true));
    let mut world = watcher.world();
    let groups = std::mem::replace(&mut world.lag["groups"], json!([{"view": null}]));
    world.lag["schema"] = json!("shasta.watch/1");
    drop(world);
    browser.wait_until("document.querySelector('#stale').textContent.includes('this page can not show what the watcher says')");
    let mut world = watcher.world();
    world.lag["groups"] = groups;
    (world.lag["schema"], world.lag["watcher"]["version"]) = (json!("shasta.watch/1"), json!("1.9.0"));
    drop(world);
    browser.wait_until(IS_CURRENT);
    assert_eq!(browser.text("#newer"), "The watcher was updated: load this page again.");
}

#[test]
fn a_page_that_never_heard_of_the_watcher_says_that_nothing_is_known() {
    let watcher = super::Watcher::start(json!(null), json!({"points": []}));
    watcher.world().garbage = Some("");
    let mut browser = super::Browser::start();
    browser.screen(800, "light");
    browser.open(&watcher.url());
    browser.wait_until(IS_STALE);
    assert!(browser.text("#stale").ends_with("Nothing is known yet."), "{}", browser.text("#stale"));
}

#[test]
fn one_group_that_can_not_be_shown_hides_no_other() {
    let (watcher, mut browser) = open(vec![entry(slow_drain("tags", 8)), entry(slow_drain("billing", 32))], 1_400);
    watcher.world().lag["groups"][0]["view"]["partitions"] = json!(7);
    watcher.world().lag["groups"][1]["view"]["lag"] = json!(777_777);
    browser.wait_until("document.body.innerText.includes('777,777')");
    let told = browser.text(".card:has(.body[hidden])");
    assert!(told.contains("tags / tag-data / prod") && told.contains("NOT SHOWN") && !told.contains("165.9 M"), "{told}");
}
