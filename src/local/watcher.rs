//! A watcher of a run's own group: a real one, a process of its own.

use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, Instant};

use toml::{Table, Value};

use super::children::{Child, Launcher};
use super::error::LocalError;
use super::free_ports::free_ports;
use super::http_get::http_get;
use crate::config::Kafka;

const READY_WITHIN: Duration = Duration::from_secs(60);
const ENDS_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The running `shasta watch`.
#[derive(Debug)]
pub struct Watcher {
    pub child: Child,
    address: String,
}

impl Watcher {
    /// Watches the group of these settings and calls nobody but its log. Waits until it has read the group once.
    ///
    /// # Errors
    /// Where it does not get ready.
    pub async fn start(launcher: &Launcher, executable: &Path, kafka: &Kafka) -> Result<Self, LocalError> {
        let port = free_ports(1)?.into_iter().next().unwrap_or_default();
        let address = format!("127.0.0.1:{port}");
        let file = launcher.directory().join("watch.toml");
        let state = launcher.directory().join("watch");
        std::fs::write(&file, configuration(kafka, &address, &state)?).map_err(LocalError::io(file.display()))?;
        let arguments = [OsStr::new("watch"), OsStr::new("--config"), file.as_os_str()];
        let child = launcher.start("watcher", executable.as_os_str(), &arguments)?;
        let mut watcher = Self { child, address };
        watcher.ready().await?;
        Ok(watcher)
    }

    async fn ready(&mut self) -> Result<(), LocalError> {
        let begun = Instant::now();
        loop {
            self.child.ended().map_or(Ok(()), Err)?;
            let reason = match http_get(&self.address, "/readyz").await {
                Ok((200, _)) => return Ok(()),
                Ok((status, body)) => format!("{status} {body}"),
                Err(error) => error.to_string(),
            };
            if begun.elapsed() > READY_WITHIN {
                return Err(self.child.not_ready(READY_WITHIN, reason));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// # Errors
    /// Where it does not end well.
    pub async fn end(mut self) -> Result<(), LocalError> {
        self.child.terminate();
        self.child.wait(ENDS_WITHIN).await
    }
}

fn configuration(kafka: &Kafka, listen: &str, state: &Path) -> Result<String, LocalError> {
    let text = |text: &str| Value::String(text.to_owned());
    let table = |values: Vec<(&str, Value)>| Value::Table(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    let log = table(vec![("type", text("log"))]);
    let sections = [
        ("kafka", vec![("brokers", text(&kafka.brokers)), ("topic", text(&kafka.topic)), ("group", text(&kafka.group))]),
        ("alerts", vec![("directory", text(&state.to_string_lossy())), ("channels", table(vec![("log", log)]))]),
        ("watch", vec![("listen", text(listen))]),
    ];
    let file: Table = sections.into_iter().map(|(name, values)| (name.to_owned(), table(values))).collect();
    Ok(toml::to_string(&file)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{LoadRequest, load};

    #[test]
    fn the_watcher_gets_a_configuration_that_it_takes() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("watch.toml");
        let kafka = Kafka { brokers: "127.0.0.1:1".to_owned(), topic: "load".to_owned(), group: "g".to_owned(), ..Kafka::default() };
        std::fs::write(&file, configuration(&kafka, "127.0.0.1:2", &directory.path().join("state")).unwrap()).unwrap();
        let request = LoadRequest { file: Some(file), environment: Vec::new(), set: Vec::new(), without_secrets: false };
        let config = load(&request).unwrap();
        assert_eq!((config.kafka.group.as_str(), config.watch.listen.as_str()), ("g", "127.0.0.1:2"));
        assert_eq!(config.alerts.channels.len(), 1);
    }
}
