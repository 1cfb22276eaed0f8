//! One Chromium without a window for all tests, spoken to through a pair of pipes by the protocol of its developer tools.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(30);

/// The protocol's pipes are the file descriptors 3 and 4. When the tests end the pipes do, and then the browser, and then its files.
const RUN: &str = r#"chromium "$@" 3<&0 4>&1 >/dev/null 2>&1 </dev/null; rm -rf "$0""#;
const OPTIONS: [&str; 9] = [
    "--headless",
    // Debian's sandbox does not run as root, and the only page that is ever shown is ours.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-extensions",
    "--remote-debugging-pipe",
];

static CHROMIUM: LazyLock<Chromium> = LazyLock::new(Chromium::start);

struct Chromium {
    to: Mutex<ChildStdin>,
    last_id: AtomicU64,
    sessions: Mutex<HashMap<String, Sender<Value>>>,
    /// What concerns no session, for one at a time.
    whole: Mutex<Session>,
}

/// One conversation: with a page, or with the browser as a whole (an empty name).
pub struct Session {
    name: String,
    heard: Receiver<Value>,
    /// What was told unasked: requests, messages of the console, exceptions.
    pub events: Vec<Value>,
}

impl Chromium {
    fn start() -> Self {
        let profile = tempfile::tempdir().unwrap().keep();
        let mut command = Command::new("sh");
        command.args(["-c", RUN]).arg(&profile).args(OPTIONS).arg(format!("--user-data-dir={}", profile.display()));
        command.env("TZ", "UTC").env("HOME", &profile).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let to = process.stdin.take().unwrap();
        std::thread::spawn(|| hear(process));
        let (said, heard) = channel();
        let whole = Session { name: String::new(), heard, events: Vec::new() };
        Self {
            to: Mutex::new(to),
            last_id: AtomicU64::new(0),
            sessions: Mutex::new(HashMap::from([(String::new(), said)])),
            whole: Mutex::new(whole),
        }
    }
}

/// Hands on what the browser says to the session that it is for. One that has ended hears no more.
fn hear(mut process: Child) {
    for message in BufReader::new(process.stdout.take().unwrap()).split(0).map_while(Result::ok) {
        let told: Value = serde_json::from_slice(&message).unwrap();
        let session = told["sessionId"].as_str().unwrap_or_default();
        if let Some(said) = CHROMIUM.sessions.lock().unwrap().get(session) {
            let _ = said.send(told);
        }
    }
    process.wait().unwrap();
}

/// Asks the browser as a whole.
pub fn whole(method: &str, parameters: Value) -> Value {
    CHROMIUM.whole.lock().unwrap().call(method, parameters)
}

impl Session {
    /// With a page that exists.
    pub fn with_target(target: &Value) -> Self {
        let name = whole("Target.attachToTarget", json!({"targetId": target, "flatten": true}))["sessionId"].as_str().unwrap().to_owned();
        let (said, heard) = channel();
        CHROMIUM.sessions.lock().unwrap().insert(name.clone(), said);
        Self { name, heard, events: Vec::new() }
    }

    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        let id = 1 + CHROMIUM.last_id.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if !self.name.is_empty() {
            message["sessionId"] = json!(self.name);
        }
        let sent = CHROMIUM.to.lock().unwrap().write_all(format!("{message}\0").as_bytes());
        sent.expect("chromium runs: tests/setup.sh installs it");
        loop {
            let told = self.heard.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{method}: chromium says nothing: {error}"));
            if told["id"] == json!(id) {
                assert!(told["error"].is_null(), "{method}: {}", told["error"]);
                return told["result"].clone();
            }
            self.events.push(told);
        }
    }
}
