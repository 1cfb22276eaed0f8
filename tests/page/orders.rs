use axum::http::Method;
use serde_json::json;

use super::documents::{NOW, entry, maintenance, slow_drain};
use super::watcher::Order;
use super::{Browser, open};

fn fill(browser: &mut Browser, name: &str, text: &str) {
    browser.value(&format!("document.querySelector('dialog [name={name}]').select()"));
    browser.write(text);
}

fn order(method: Method, path: &str, body: serde_json::Value) -> Order {
    Order { method, path: format!("/api/v1/{path}"), authorization: "Bearer s3cret".into(), body }
}

const CLOSED: &str = "document.querySelector('dialog') === null";

#[test]
fn acknowledging_tells_who_and_which_with_a_token_that_stays_in_this_session() {
    let (watcher, mut browser) = open(vec![entry(slow_drain("tags", 32))], 1_400);
    browser.click(".incident button");
    fill(&mut browser, "by", "anna");
    fill(&mut browser, "token", "s3cret");
    browser.click("dialog [type=submit]");
    browser.wait_until(CLOSED);
    let expected = order(Method::POST, "acknowledge", json!({"incident": "prod/tags/progress/tag-data", "by": "anna"}));
    assert_eq!(watcher.world().orders, [expected]);
    browser.wait_until("document.querySelector('[aria-live]').textContent.includes('acknowledged: prod/tags/progress/tag-data')");
    assert_eq!(
        browser.value("[sessionStorage.getItem('shasta.token'), JSON.stringify(localStorage).includes('s3cret'), document.cookie]"),
        json!(["s3cret", false, ""])
    );
    watcher.world().lag["groups"][0]["incidents"][0]["acknowledged"] = json!({"by": "anna", "at": NOW});
    browser.wait_until("document.querySelector('.known').textContent.includes('acknowledged by anna at 14:20')");
    assert_eq!(browser.value("document.querySelector('.incident button').hidden"), json!(true));
}

#[test]
fn maintenance_begins_with_a_duration_and_a_reason_and_is_ended() {
    let (watcher, mut browser) = open(vec![entry(slow_drain("tags", 32))], 1_400);
    browser.click(".maintenance button");
    assert!(browser.text("dialog").contains("does not cover lost"), "{}", browser.text("dialog"));
    browser.value("document.querySelector('dialog select').value = '7200'");
    fill(&mut browser, "reason", "larger hosts");
    fill(&mut browser, "by", "anna");
    fill(&mut browser, "token", "s3cret");
    browser.click("dialog [type=submit]");
    browser.wait_until(CLOSED);
    watcher.world().lag["groups"][0]["maintenance"] = maintenance("tags");
    browser.wait_until("document.querySelector('.maintenance').innerText.includes('Maintenance until 16:20 by anna: larger hosts')");
    browser.click(".maintenance button:nth-of-type(2)");
    // Name and token are known in this session.
    browser.click("dialog [type=submit]");
    browser.wait_until(CLOSED);
    let begun = json!({"cluster": "prod", "group": "tags", "for_s": 7_200, "reason": "larger hosts", "by": "anna"});
    let ended = json!({"cluster": null, "group": "tags"});
    assert_eq!(watcher.world().orders, [order(Method::POST, "maintenance", begun), order(Method::DELETE, "maintenance", ended)]);
}

#[test]
fn a_refusal_is_told_in_the_watchers_words_and_a_refused_token_is_forgotten() {
    let (mut watcher, mut browser) = open(vec![entry(slow_drain("tags", 32))], 1_400);
    browser.click(".incident button");
    browser.click("dialog [type=submit]");
    assert_eq!(
        browser.value("document.querySelector('dialog :invalid') !== null"),
        json!(true),
        "nothing is sent without a name and a token"
    );
    fill(&mut browser, "by", "anna");
    fill(&mut browser, "token", "wrong");
    browser.value("sessionStorage.setItem('shasta.token', 'wrong')");
    let answers = [
        (401, json!({"error": "watch.token is another"}), "Not done: the token was refused: watch.token is another."),
        (403, json!({"error": "watch.token is not set"}), "Not done: watch.token is not set."),
        (500, json!(["odd"]), "Not done: the watcher answers with HTTP status 500."),
    ];
    for (status, told, words) in answers {
        watcher.world().answer = (status, told);
        browser.click("dialog [type=submit]");
        browser.wait_until(&format!("document.querySelector('dialog [role=alert]').textContent === {}", json!(words)));
        assert_eq!(browser.value("sessionStorage.getItem('shasta.token')"), json!(null));
    }
    assert_eq!(watcher.world().orders.len(), 3);
    watcher.end();
    browser.click("dialog [type=submit]");
    browser
        .wait_until("document.querySelector('dialog [role=alert]').textContent.includes('does not answer: perhaps nothing was changed')");
    watcher.begin();
    watcher.world().answer = (200, json!({}));
    browser.click("dialog [type=submit]");
    browser.wait_until(CLOSED);
}

#[test]
fn a_command_is_copied_with_a_click() {
    let (watcher, mut browser) = open(vec![entry(slow_drain("tags", 32))], 1_400);
    browser.allow_clipboard(&watcher.url());
    browser.click(".command button");
    browser.wait_until("document.querySelector('.command button').textContent === 'copied'");
    assert_eq!(browser.value("navigator.clipboard.readText()"), json!("shasta lag --group shasta-tags --partitions bad"));
}
