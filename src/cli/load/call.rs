//! What every command of `shasta load` does around its run.

use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use crate::cli::{Exit, Failure};
use crate::load::LoadError;

/// Threads for answers and observers; the pacing thread and the fleet have their own.
const THREADS: usize = 2;

/// Runs to the end. The first Ctrl-C, or SIGTERM, stops sending: what was sent is waited for and reported. The second ends it.
pub fn until_stopped<T>(work: impl AsyncFnOnce(watch::Receiver<bool>) -> Result<T, Failure>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build().map_err(Failure::failed)?;
    let ended = runtime.block_on(async {
        let (stop, stopped) = watch::channel(false);
        tokio::select! {
            ended = work(stopped) => ended,
            () = told_twice(&stop) => Err(Failure::failed("ended by hand: no report")),
        }
    });
    // A thread that waits for a broker must not hold up the end.
    runtime.shutdown_timeout(Duration::from_secs(2));
    ended
}

async fn told_twice(stop: &watch::Sender<bool>) {
    told().await;
    eprintln!("stopping: what was sent is waited for; once more ends at once");
    stop.send_replace(true);
    told().await;
}

async fn told() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

pub fn failure(error: LoadError) -> Failure {
    let exit = match &error {
        _ if error.is_retryable() => Exit::Unavailable,
        LoadError::Kafka(_) => Exit::Configuration,
        _ => Exit::Failed,
    };
    Failure::new(exit, error)
}

/// The command line, as it can be typed again, but for what may be a secret: of a `--set` the value is told only where the key is known
/// to hold none, of a URL no user, of the lines for a shell nothing.
pub fn command_line() -> String {
    redacted(std::env::args_os().map(|word| word.to_string_lossy().into_owned()))
}

const REDACTED: &str = "[redacted]";
/// What says where a run went.
const OPEN_KEYS: [&str; 5] = ["kafka.brokers", "kafka.topic", "kafka.group", "redis.nodes", "redis.prefix"];
const SHELL_LINES: [&str; 2] = ["--stop-workers", "--start-workers"];

fn redacted(words: impl Iterator<Item = String>) -> String {
    let mut option = String::new();
    let shown = words.map(|word| {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
            _ if word.starts_with("--") => (word.clone(), None),
            _ => (std::mem::take(&mut option), Some(word.clone())),
        };
        let value = value.map(|value| shown_value(&name, &value));
        match (word.starts_with("--"), value) {
            (true, Some(value)) => format!("{name}={value}"),
            (true, None) => {
                option = name.clone();
                name
            }
            (false, value) => value.unwrap_or_default(),
        }
    });
    shown.map(|word| crate::core::lag::shell_word(&word)).collect::<Vec<_>>().join(" ")
}

fn shown_value(option: &str, value: &str) -> String {
    match (option, value.split_once('=')) {
        ("--set", Some((key, _))) if !OPEN_KEYS.contains(&key) => format!("{key}={REDACTED}"),
        _ if SHELL_LINES.contains(&option) => REDACTED.to_owned(),
        _ => without_user(value),
    }
}

fn without_user(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority.to_owned(), |(_, host)| format!("{REDACTED}@{host}"));
    format!("{scheme}://{host}{path}")
}

/// Now, as RFC 3339 in UTC.
pub fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_the_command_line_gets_into_a_report() {
        let words = [
            "shasta",
            "load",
            "--set",
            "kafka.topic=load-a",
            "--set",
            "alerts.channels.x.url=https://h/hunter1",
            "--set=kafka.security.password=hunter2",
            "--worker",
            "http://user:hunter3@w:1/x",
            "--stop-workers",
            "TOKEN=hunter4 stop",
            "--local",
            "--rate=5",
        ];
        let line = redacted(words.iter().map(|word| (*word).to_owned()));
        assert!(!line.contains("hunter") && line.contains("kafka.topic=load-a") && line.contains("--rate=5"), "{line}");
        assert!(line.contains("alerts.channels.x.url=") && line.contains("@w:1/x") && line.contains("--local"), "{line}");
    }
}
