//! One page, alone in a browser that keeps nothing, and what a person does with it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::chromium::{Session, whole};

const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

pub struct Browser {
    session: Session,
    context: Value,
}

impl Browser {
    pub fn start() -> Self {
        let context = whole("Target.createBrowserContext", json!({}))["browserContextId"].clone();
        let target = whole("Target.createTarget", json!({"url": "about:blank", "browserContextId": context, "newWindow": true}));
        let mut browser = Self { session: Session::with_target(&target["targetId"]), context };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        // Each page believes that it is the one in front.
        browser.call("Emulation.setFocusEmulationEnabled", json!({"enabled": true}));
        browser
    }

    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.session.call(method, parameters)
    }

    /// Pages of this address may read and write the clipboard.
    pub fn allow_clipboard(&mut self, url: &str) {
        let permissions = json!({
            "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": url, "browserContextId": self.context,
        });
        whole("Browser.grantPermissions", permissions);
    }

    /// The value of an expression in the page.
    pub fn value(&mut self, expression: &str) -> Value {
        let parameters = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let told = self.call("Runtime.evaluate", parameters);
        assert!(told["exceptionDetails"].is_null(), "{expression}: {}", told["exceptionDetails"]);
        told["result"]["value"].clone()
    }

    pub fn text(&mut self, selector: &str) -> String {
        let told = self.value(&format!("document.querySelector({})?.innerText ?? null", json!(selector)));
        told.as_str().unwrap_or_else(|| panic!("nothing is {selector}")).to_owned()
    }

    pub fn wait_until(&mut self, condition: &str) {
        let begun = Instant::now();
        while self.value(&format!("Boolean({condition})")) != json!(true) {
            if begun.elapsed() > PATIENCE {
                let page = self.value("document.body.innerText");
                panic!("never: {condition}\nconsole: {:?}\n{}", self.complaints(), page.as_str().unwrap_or_default());
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    pub fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({"url": url}));
        self.wait_until("document.readyState === 'complete' && document.querySelector('#fresh')?.textContent !== 'loading'");
    }

    pub fn screen(&mut self, width: u32, theme: &str) {
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let features = json!([{"name": "prefers-color-scheme", "value": theme}, {"name": "prefers-reduced-motion", "value": "reduce"}]);
        self.call("Emulation.setEmulatedMedia", json!({"features": features}));
        self.next_frame();
    }

    /// Layout and its observers have run.
    pub fn next_frame(&mut self) {
        self.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))");
    }

    /// Presses a key as the keyboard does; `Shift+Tab` with the modifier.
    pub fn press(&mut self, name: &str) {
        let (modifiers, key) = name.strip_prefix("Shift+").map_or((0, name), |key| (8, key));
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            " " => (32, " "),
            "PageUp" => (33, ""),
            "PageDown" => (34, ""),
            "End" => (35, ""),
            "Home" => (36, ""),
            "ArrowLeft" => (37, ""),
            "ArrowUp" => (38, ""),
            "ArrowRight" => (39, ""),
            "ArrowDown" => (40, ""),
            _ => panic!("no code for the key {key}"),
        };
        let mut event = json!({"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers});
        if !text.is_empty() {
            event["text"] = json!(text);
        }
        self.call("Input.dispatchKeyEvent", event.clone());
        event["type"] = json!("keyUp");
        self.call("Input.dispatchKeyEvent", event);
    }

    /// Types into what has the focus.
    pub fn write(&mut self, text: &str) {
        self.call("Input.insertText", json!({"text": text}));
    }

    pub fn click(&mut self, selector: &str) {
        let selector = json!(selector);
        let script = format!(
            "(() => {{ const node = document.querySelector({selector}); node.scrollIntoView({{block: 'center', behavior: 'instant'}}); \
             const box = node.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        );
        // Where it stands still: what is loaded meanwhile moves it.
        let mut at = Value::Null;
        let begun = Instant::now();
        loop {
            let seen = std::mem::replace(&mut at, self.value(&script));
            if at == seen || begun.elapsed() > PATIENCE {
                break;
            }
            self.next_frame();
        }
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Presses a key until what has the focus fits; the number of presses is bounded.
    pub fn press_until(&mut self, key: &str, condition: &str) {
        for _ in 0..60 {
            self.press(key);
            if self.value(&format!("Boolean({condition})")) == json!(true) {
                return;
            }
        }
        let focus = self.value("document.activeElement.outerHTML.slice(0, 200)");
        panic!("{key} never reaches {condition}; the focus is on {focus}");
    }

    /// Errors and warnings in the console, and exceptions.
    pub fn complaints(&self) -> Vec<String> {
        let is_complaint = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => ["error", "warning", "assert"].contains(&event["params"]["type"].as_str().unwrap()),
            Some("Log.entryAdded") => ["error", "warning"].contains(&event["params"]["entry"]["level"].as_str().unwrap()),
            _ => false,
        };
        self.session.events.iter().filter(is_complaint).map(|event| event["params"].to_string()).collect()
    }

    /// Where the page sent requests to.
    pub fn requested(&self) -> Vec<String> {
        let sent = self.session.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        sent.map(|event| event["params"]["request"]["url"].as_str().unwrap().to_owned()).collect()
    }

    /// For people: into the directory that PICTURES names, if it does.
    pub fn picture(&mut self, name: &str) {
        let Some(directory) = std::env::var_os("PICTURES") else { return };
        let told = self.call("Page.captureScreenshot", json!({"captureBeyondViewport": true}));
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, told["data"].as_str().unwrap()).unwrap();
        std::fs::write(std::path::Path::new(&directory).join(format!("{name}.png")), bytes).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // After a panic of its own the browser may not answer, and there is nothing to be saved.
        if !std::thread::panicking() {
            whole("Target.disposeBrowserContext", json!({"browserContextId": self.context}));
        }
    }
}
