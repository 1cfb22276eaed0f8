//! A running `shasta watch`.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use super::webhook::Webhook;
use crate::support::kafka::{KafkaBroker, unique};
use crate::support::ports::free_port;
use crate::support::process::{Process, Program};
use crate::support::scratch::Scratch;
use crate::support::worker::{HttpAnswer, http_get};

const EXIT_LIMIT: Duration = Duration::from_secs(30);
const READY_LIMIT: Duration = Duration::from_secs(40);
pub const TOKEN: &str = "correct horse battery staple";

pub struct Watcher {
    process: Process,
    port: u16,
    program: Program,
    _dir: Scratch,
}

/// What a watcher of one group is told; `more` are further lines, sections last.
pub fn config(kafka: &KafkaBroker, topic: &str, group: &str, webhook: &Webhook, more: &str) -> String {
    format!(
        "[kafka]\nbrokers = \"{}\"\ntopic = \"{topic}\"\ngroup = \"{group}\"\n\
         [alerts.channels.hook]\ntype = \"webhook\"\nurl = \"{}\"\n\
         [log]\nfilter = \"info,shasta=debug\"\n{more}",
        kafka.address(),
        webhook.url()
    )
}

impl Watcher {
    pub fn start(text: &str) -> Self {
        let mut watcher = Self::spawn(text);
        watcher.wait_ready();
        watcher
    }

    fn spawn(text: &str) -> Self {
        let dir = Scratch::new("watcher");
        let port = free_port();
        let file = dir.join("watch.toml");
        fs::write(&file, text).unwrap();
        let settings = [
            format!("watch.listen=127.0.0.1:{port}"),
            format!("watch.token={TOKEN}"),
            format!("alerts.directory={}", dir.join("state").display()),
        ];
        let mut args = vec!["watch".to_owned(), "--config".to_owned(), file.display().to_string()];
        args.extend(settings.into_iter().flat_map(|setting| ["--set".to_owned(), setting]));
        let program = Program::new(&unique("watch"), env!("CARGO_BIN_EXE_shasta"), dir.path()).args(args);
        Self { process: Process::spawn(&program), port, program, _dir: dir }
    }

    pub fn wait_ready(&mut self) {
        let port = self.port;
        self.process.wait_until("/readyz to say yes", READY_LIMIT, || match http_get(port, "/readyz") {
            Ok(answer) if answer.status == 200 => Ok(()),
            Ok(answer) => Err(format!("{} {}", answer.status, answer.body)),
            Err(error) => Err(error.to_string()),
        });
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn get(&self, path: &str) -> HttpAnswer {
        http_get(self.port, path).unwrap_or_else(|error| panic!("GET {path}: {error}\n{}", self.process.log_tail()))
    }

    /// `GET /api/v1/lag`
    pub fn document(&self) -> Result<Value, String> {
        let answer = http_get(self.port, "/api/v1/lag").map_err(|error| error.to_string())?;
        serde_json::from_str(&answer.body).map_err(|error| format!("{error}: {}", answer.body))
    }

    /// SIGKILL and the same again.
    pub fn kill_and_restart(&mut self) {
        self.process.kill();
        self.process = Process::spawn(&self.program);
        self.wait_ready();
    }

    pub fn stop(&mut self) {
        let status = self.process.terminate(EXIT_LIMIT);
        assert!(status.success(), "{}", self.process.log_tail());
    }
}
