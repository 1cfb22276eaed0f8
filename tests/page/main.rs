//! The page of the watcher in a real Chromium, beside a watcher that says what a test wants.
#![cfg(feature = "daemon")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod appearance;
mod browser;
mod chromium;
mod documents;
mod gone;
mod graph;
mod hostile;
mod keyboard;
mod numbers;
mod orders;
mod partitions;
mod state;
mod watcher;

use serde_json::Value;

use browser::Browser;
use watcher::Watcher;

/// A watcher of these groups, and a browser that shows its page.
fn open(groups: Vec<Value>, width: u32) -> (Watcher, Browser) {
    let watcher = Watcher::start(documents::lag(groups), documents::history(48));
    let mut browser = Browser::start();
    browser.screen(width, "light");
    browser.open(&watcher.url());
    (watcher, browser)
}

/// Waits until the page has shown an answer that was asked for after this moment.
fn look_again(watcher: &Watcher, browser: &mut Browser) {
    let seen = watcher.world().looks;
    // The second one may be asked for only after the first was shown.
    while watcher.world().looks < seen + 2 {
        browser.value("look()");
    }
}
