use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::config::Alerts;
use crate::core::lag::{GroupState, Header, Kind, LagRules, Reading, Retention, Sample};
use crate::notify::{DeadMan, Notifier};
use crate::telemetry::{Build, HttpServer};
use crate::watch::board::{Beside, Look, Teller};
use crate::watch::document::Document;

const TOKEN: &str = "correct horse";

/// A watcher without a cluster, fed by hand.
struct Scene {
    server: HttpServer,
    courier: Courier,
    start: f64,
    _directory: tempfile::TempDir,
}

impl Scene {
    async fn new(token: Option<&str>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let teller = Teller { host: "here".into(), runbooks: "https://runbooks".into() };
        let board = Arc::new(Board::open(directory.path(), teller).unwrap());
        let metrics = Metrics::new(Build::current()).unwrap();
        let notifier = Arc::new(Notifier::start(&Alerts::default(), "here", metrics.notify().clone()).unwrap());
        let courier = Courier { board, notifier: Arc::clone(&notifier) };
        let watch_metrics = WatchMetrics::new(true).unwrap();
        let every = Duration::from_secs(10);
        let dead_man = DeadMan::new(&Default::default()).unwrap();
        let pulse = Arc::new(Pulse::new(&["prod".to_owned()], every, watch_metrics.clone(), dead_man, notifier));
        let api = Api::new(courier.clone(), pulse, metrics, watch_metrics, every, token.map(Secret::new));
        let server = HttpServer::serve("127.0.0.1:0", api.routes()).await.unwrap().unwrap();
        // Looks are fed faster than time passes: up to now.
        let start = courier.board.now() - 2_000.0;
        Self { server, courier, start, _directory: directory }
    }

    fn time(&self, step: u32) -> f64 {
        self.start + f64::from(step) * 10.0
    }

    async fn look(&self, step: u32, sample: Option<Sample>) {
        let retention = Retention { seconds: Some(864_000.0), bytes: None };
        let [cluster, group] = ["prod", "tags"].map(str::to_owned);
        let header =
            Header { cluster, group, topic: Some("t".into()), partitions: 2, retention, offsets_retention_s: None, expected: true };
        let look = Look { header, rules: LagRules::default(), time: self.time(step), sample, beside: Beside::default() };
        self.courier.take(look).await;
    }

    /// Nobody reads the second partition.
    async fn stalled(&self) {
        for step in 0..200 {
            let end = i64::from(step) * 1_000;
            let now = self.time(step);
            let reading = |committed: i64, timestamp: f64| Reading {
                committed: Some(committed),
                end: Some(end),
                start: Some(0),
                timestamp: Some(timestamp),
                owned: Some(true),
                ..Reading::default()
            };
            let partitions = vec![reading(end, now), reading(500, self.time(1))];
            let sample = Sample { state: Some(GroupState::Stable), members: Some(1), empty_since: None, partitions };
            self.look(step, Some(sample)).await;
        }
    }

    async fn request(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> (u16, String) {
        request(self.server.address(), method, path, token, body).await
    }

    async fn get(&self, path: &str) -> (u16, String) {
        self.request("GET", path, None, "").await
    }

    async fn document(&self) -> Document {
        serde_json::from_str(&self.get("/api/v1/lag").await.1).unwrap()
    }
}

async fn request(address: SocketAddr, method: &str, path: &str, token: Option<&str>, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let authorization = token.map_or(String::new(), |token| format!("authorization: Bearer {token}\r\n"));
    let head = format!("{method} {path} HTTP/1.0\r\nhost: x\r\n{authorization}content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[tokio::test]
async fn all_that_is_known_is_told_as_one_document_that_its_schema_describes() {
    let scene = Scene::new(None).await;
    scene.stalled().await;
    let document = scene.document().await;
    assert_eq!((document.schema.as_str(), document.watcher.host.as_str(), document.interval_s), ("shasta.watch/1", "here", 10.0));
    let group = &document.groups[0];
    assert_eq!((group.view.state, group.incidents[0].class.as_str()), (Some(Kind::Stalled), "progress"));
    assert_eq!(group.runbook.as_deref(), Some("https://runbooks/stalled.md"));
    assert!(group.commands[0].starts_with("shasta lag"), "{:?}", group.commands);
    let bad: Document = serde_json::from_str(&scene.get("/api/v1/lag?partitions=bad&group=tags").await.1).unwrap();
    assert_eq!(bad.groups[0].view.partitions.iter().map(|partition| partition.partition).collect::<Vec<_>>(), [1]);
    let other: Document = serde_json::from_str(&scene.get("/api/v1/lag?group=other").await.1).unwrap();
    assert!(other.groups.is_empty());
    let schema: serde_json::Value = serde_json::from_str(&scene.get("/api/v1/schema").await.1).unwrap();
    let told = serde_json::to_value(&document).unwrap();
    let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&schema["properties"]), names(&told));
}

#[tokio::test]
async fn the_history_has_a_point_a_minute() {
    let scene = Scene::new(None).await;
    scene.stalled().await;
    let (status, body) = scene.get("/api/v1/history?cluster=prod&group=tags&topic=t").await;
    let points = serde_json::from_str::<crate::watch::document::History>(&body).unwrap().points;
    assert!(status == 200 && (33..=35).contains(&points.len()), "{}", points.len());
    assert!(points.windows(2).all(|pair| pair[0].age_s <= pair[1].age_s));
    assert_eq!(scene.get("/api/v1/history?cluster=prod&group=other").await.0, 404);
    let (status, error) = scene.get("/api/v1/history?group=tags").await;
    assert!(status == 400 && error.contains("cluster"), "{error}");
}

#[tokio::test]
async fn nobody_changes_anything_without_the_token() {
    let announcement = r#"{"group":"tags","for_s":60,"reason":"upgrade","by":"ann"}"#;
    let scene = Scene::new(None).await;
    let (status, error) = scene.request("POST", "/api/v1/maintenance", Some(""), announcement).await;
    assert!(status == 403 && error.contains("watch.token is not set"), "{error}");
    let scene = Scene::new(Some(TOKEN)).await;
    for token in [None, Some("correct hors"), Some("correct horse2"), Some("")] {
        for (method, path) in [("POST", "/api/v1/maintenance"), ("DELETE", "/api/v1/maintenance"), ("POST", "/api/v1/acknowledge")] {
            let (status, error) = scene.request(method, path, token, announcement).await;
            assert!(status == 401 && error.contains("token"), "{method} {path}: {status} {error}");
        }
    }
    assert!(scene.document().await.maintenance.is_empty());
}

#[tokio::test]
async fn maintenance_is_announced_shown_and_ended() {
    let scene = Scene::new(Some(TOKEN)).await;
    scene.stalled().await;
    let body = r#"{"group":"tags","for_s":60,"reason":"upgrade","by":"ann"}"#;
    let (status, window) = scene.request("POST", "/api/v1/maintenance", Some(TOKEN), body).await;
    assert!(status == 200 && window.contains("\"until\""), "{window}");
    let document = scene.document().await;
    assert_eq!(document.maintenance[0].reason, "upgrade");
    assert_eq!(document.groups[0].incidents[0].silenced.as_ref().unwrap().by, "ann");
    let end = r#"{"group":"tags"}"#;
    assert_eq!(scene.request("DELETE", "/api/v1/maintenance", Some(TOKEN), end).await.0, 200);
    assert!(scene.document().await.groups[0].maintenance.is_none());
    assert_eq!(scene.request("DELETE", "/api/v1/maintenance", Some(TOKEN), end).await.0, 404);
}

#[tokio::test]
async fn an_error_says_what_was_wrong() {
    let scene = Scene::new(Some(TOKEN)).await;
    for (body, said) in [
        (r#"{"group":"tags"}"#, "for_s"),
        (r#"{"group":"tags","for_s":1e9,"reason":"x","by":"y"}"#, "7 days"),
        (r#"{"group":"tags","for_s":60,"reason":" ","by":"y"}"#, "reason"),
        (r#"{"group":"tags","for_s":60,"reason":"x","by":"y","until":1}"#, "until"),
        ("nonsense", "expected"),
    ] {
        let (status, error) = scene.request("POST", "/api/v1/maintenance", Some(TOKEN), body).await;
        let refusal: Refusal = serde_json::from_str(&error).unwrap();
        assert!(status == 400 && refusal.error.contains(said), "{body}: {error}");
    }
    let huge = format!(r#"{{"group":"{}"}}"#, "x".repeat(100_000));
    assert_eq!(scene.request("POST", "/api/v1/maintenance", Some(TOKEN), &huge).await.0, 413);
    assert_eq!(scene.request("PUT", "/api/v1/maintenance", Some(TOKEN), "{}").await.0, 405);
    assert_eq!(scene.get("/api/v2/lag").await.0, 404);
    assert_eq!(scene.get("/api/v1/lag?partitions=some").await.0, 400);
}

#[tokio::test]
async fn an_incident_is_acknowledged_by_its_name() {
    let scene = Scene::new(Some(TOKEN)).await;
    scene.stalled().await;
    let body = r#"{"incident":"prod/tags/progress/t","by":"ann"}"#;
    assert_eq!(scene.request("POST", "/api/v1/acknowledge", Some(TOKEN), body).await.0, 200);
    assert_eq!(scene.document().await.groups[0].incidents[0].acknowledged.as_ref().unwrap().by, "ann");
    let (status, error) = scene.request("POST", "/api/v1/acknowledge", Some(TOKEN), &body.replace("tags", "other")).await;
    assert!(status == 404 && error.contains("no incident prod/other/progress/t is open"), "{error}");
}

#[tokio::test]
async fn metrics_have_what_is_known_and_lose_what_is_gone() {
    let scene = Scene::new(None).await;
    scene.look(0, None).await;
    let metrics = async || scene.get("/metrics").await.1;
    let unknown = metrics().await;
    assert!(!unknown.contains("shasta_group_lag_records{") && !unknown.contains("shasta_group_state{"), "{unknown}");
    scene.stalled().await;
    let known = metrics().await;
    for line in [
        r#"shasta_group_state{cluster="prod",group="tags",topic="t",state="STALLED"} 1"#,
        r#"shasta_group_state{cluster="prod",group="tags",topic="t",state="OK"} 0"#,
        r#"shasta_partition_committed_offset{cluster="prod",group="tags",topic="t",partition="1"} 500"#,
        r#"shasta_incidents_open{cluster="prod",group="tags",topic="t",severity="page",kind="STALLED"} 1"#,
        r#"shasta_records_lost_total{cluster="prod",group="tags",topic="t"} 0"#,
    ] {
        assert!(known.lines().any(|found| found == line), "{line} is missing in\n{known}");
    }
    assert!(known.contains("shasta_build_info{") && !known.contains("shasta_cache_hits_total"), "nothing of a worker");
    let key = scene.courier.board.keys().remove(0);
    scene.courier.end(key).await;
    assert!(!metrics().await.contains("group=\"tags\""));
}

#[tokio::test]
async fn it_is_ready_after_the_first_look_and_alive_before() {
    let scene = Scene::new(None).await;
    assert_eq!(scene.get("/livez").await.0, 200);
    let (status, why) = scene.get("/readyz").await;
    assert!(status == 503 && why.contains("cluster prod was not looked at yet"), "{why}");
}
