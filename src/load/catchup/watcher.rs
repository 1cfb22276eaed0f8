//! What a watcher says of the group meanwhile.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use tokio::task::JoinHandle;

use crate::telemetry::http_client::client_for;

const EVERY: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(1);

/// What it said at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Microseconds since 1970.
    pub real_us: i64,
    /// A page is open.
    pub pages: bool,
    /// Seconds until nothing is behind any more, at the pace of then.
    pub eta_s: Option<f64>,
}

/// Asks a watcher each second until it is finished.
#[derive(Debug)]
pub struct WatcherEye {
    end: tokio::sync::watch::Sender<bool>,
    task: JoinHandle<Vec<Told>>,
}

#[derive(Deserialize)]
struct Document {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    view: View,
}

#[derive(Deserialize)]
struct View {
    group: String,
    #[serde(default)]
    eta_now_s: Option<f64>,
    #[serde(default)]
    incidents: Vec<Incident>,
}

#[derive(Deserialize)]
struct Incident {
    severity: String,
}

impl WatcherEye {
    /// `url` is the watcher's, such as `http://127.0.0.1:9465`.
    ///
    /// # Errors
    /// Where this host can not speak HTTP.
    pub fn open(url: &str, group: &str) -> Result<Self, reqwest::Error> {
        let client = client_for([url]).timeout(LIMIT).no_proxy().build()?;
        let (end, mut ended) = tokio::sync::watch::channel(false);
        let (url, group) = (format!("{}/api/v1/lag", url.trim_end_matches('/')), group.to_owned());
        let task = tokio::spawn(async move {
            let (mut rounds, mut told) = (tokio::time::interval(EVERY), Vec::new());
            loop {
                let is_over = tokio::select! {
                    _tick = rounds.tick() => false,
                    () = until(&mut ended) => true,
                };
                if is_over {
                    return told;
                }
                told.extend(ask(&client, &url, &group).await);
            }
        });
        Ok(Self { end, task })
    }

    /// All that it said.
    pub async fn finish(self) -> Vec<Told> {
        self.end.send_replace(true);
        self.task.await.unwrap_or_default()
    }
}

async fn until(ended: &mut tokio::sync::watch::Receiver<bool>) {
    // Whoever could tell is gone: that is a word too.
    let _ = ended.wait_for(|end| *end).await;
}

/// `None` where it does not answer, or does not know the group yet.
async fn ask(client: &reqwest::Client, url: &str, group: &str) -> Option<Told> {
    let answer = client.get(url).send().await.ok()?.bytes().await.ok()?;
    let document: Document = serde_json::from_slice(&answer).ok()?;
    let view = document.groups.into_iter().map(|group| group.view).find(|view| view.group == group)?;
    let pages = view.incidents.iter().any(|incident| incident.severity == "page");
    Some(Told { real_us: real_us(), pages, eta_s: view.eta_now_s })
}

/// Now, microseconds since 1970.
pub(super) fn real_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}
