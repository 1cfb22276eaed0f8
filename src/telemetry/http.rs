//! The endpoint for probes, scrapers and people: that of the worker (`/livez`, `/readyz`, `/state`, `/metrics`), or any other routes within
//! the same bounds.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};

use super::connections::{BOUNDS, BoundedListener, Bounds};
use super::error::TelemetryError;
use super::metrics::Metrics;

/// Whether something holds, and if not, why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub ok: bool,
    /// One line each: what is wrong, for how long.
    pub reasons: Vec<String>,
}

impl Verdict {
    pub fn ok() -> Self {
        Self { ok: true, reasons: Vec::new() }
    }

    /// Good exactly if there is nothing against it.
    pub fn from_reasons(reasons: Vec<String>) -> Self {
        Self { ok: reasons.is_empty(), reasons }
    }
}

/// What the endpoint tells. Asked on a thread of its own: it may take a lock.
pub trait StateSource: Send + Sync {
    /// Whether there is progress; if not, the process should be started again.
    fn livez(&self) -> Verdict;
    /// Whether the process does its work now.
    fn readyz(&self) -> Verdict;
    /// Everything that on-call wants to see.
    fn state(&self) -> serde_json::Value;
}

const INDEX: &str = "shasta\n\n\
    /livez    200 while there is progress, else 503 and why\n\
    /readyz   200 while it does its work, else 503 and why\n\
    /state    what it does, as JSON\n\
    /metrics  metrics in the text format of Prometheus\n";

/// How long a stop waits for answers that are on their way.
const STOP_LIMIT: Duration = Duration::from_secs(1);

/// The running endpoint.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl HttpServer {
    /// Listens on `listen` (`address:port`; port 0 takes a free one) and logs where; nowhere if it is empty.
    ///
    /// # Errors
    /// [`TelemetryError::Listen`]
    pub async fn start(listen: &str, source: Arc<dyn StateSource>, metrics: Metrics) -> Result<Option<Self>, TelemetryError> {
        Self::serve(listen, router(Sources { source, metrics })).await
    }

    /// The same with other routes.
    ///
    /// # Errors
    /// [`TelemetryError::Listen`]
    pub async fn serve(listen: &str, routes: Router) -> Result<Option<Self>, TelemetryError> {
        if listen.is_empty() {
            return Ok(None);
        }
        Self::serve_bounded(listen, routes, BOUNDS).await.map(Some)
    }

    async fn serve_bounded(listen: &str, routes: Router, bounds: Bounds) -> Result<Self, TelemetryError> {
        let failed = |source| TelemetryError::Listen { listen: listen.to_owned(), source };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let server = axum::serve(BoundedListener::new(listener, bounds), routes.layer(map_response(close)));
        let task = tokio::spawn(async move {
            // Either way, told or dropped: the owner is gone.
            let serving = server.with_graceful_shutdown(async { stopped.await.unwrap_or(()) });
            if let Err(error) = serving.await {
                tracing::error!(%error, "http endpoint failed");
            }
        });
        tracing::info!(%address, "http endpoint listens");
        Ok(Self { address, stop, task })
    }

    /// Where it really listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, and gives those that are there a second.
    pub async fn shutdown(self) {
        let Self { stop, mut task, .. } = self;
        // The other side is gone only if the endpoint has ended already.
        let _ = stop.send(());
        if tokio::time::timeout(STOP_LIMIT, &mut task).await.is_err() {
            task.abort();
        }
    }
}

#[derive(Clone)]
struct Sources {
    source: Arc<dyn StateSource>,
    metrics: Metrics,
}

fn router(sources: Sources) -> Router {
    Router::new()
        .route("/", get(|| async { INDEX }))
        .route("/livez", get(|State(sources): State<Sources>| answer(move || sources.source.livez())))
        .route("/readyz", get(|State(sources): State<Sources>| answer(move || sources.source.readyz())))
        .route("/state", get(|State(sources): State<Sources>| answer(move || Json(sources.source.state()))))
        .route("/metrics", get(|State(sources): State<Sources>| answer(move || exposition(sources.metrics.render()))))
        .fallback(|| async { (StatusCode::NOT_FOUND, INDEX) })
        .with_state(sources)
}

/// Off the threads that move events: a scrape of thousands of series takes milliseconds.
pub async fn answer<T: IntoResponse + Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Response {
    spawn_blocking(work).await.map_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response(), IntoResponse::into_response)
}

impl IntoResponse for Verdict {
    fn into_response(self) -> Response {
        let status = if self.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, Json(self)).into_response()
    }
}

/// In the text format of Prometheus.
pub fn exposition(rendered: Result<String, TelemetryError>) -> Response {
    match rendered {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// One request per connection: its time is bounded, and an idle one holds no place.
async fn close(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Build;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Instant;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    #[derive(Default)]
    struct Worker {
        stalled: AtomicBool,
    }

    impl StateSource for Worker {
        fn livez(&self) -> Verdict {
            let stalled = self.stalled.load(Ordering::Relaxed);
            Verdict::from_reasons(stalled.then(|| "partition 3 has not moved for 61 s".to_owned()).into_iter().collect())
        }

        fn readyz(&self) -> Verdict {
            Verdict::from_reasons(vec!["no partitions yet".to_owned()])
        }

        fn state(&self) -> serde_json::Value {
            serde_json::json!({ "partitions": [3] })
        }
    }

    async fn start(worker: Arc<Worker>, bounds: Bounds) -> HttpServer {
        let sources = Sources { source: worker, metrics: Metrics::new(Build::current()).unwrap() };
        HttpServer::serve_bounded("127.0.0.1:0", router(sources), bounds).await.unwrap()
    }

    /// Status line and body. Reads to the end, so that it hangs if the connection stays open.
    async fn request(address: SocketAddr, method: &str, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{method} {path} HTTP/1.1\r\nhost: shasta\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        tokio::time::timeout(Duration::from_secs(5), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().replace("HTTP/1.1 ", ""), body.to_owned())
    }

    #[tokio::test]
    async fn liveness_and_readiness_say_why_not() {
        let worker = Arc::new(Worker::default());
        let server = start(Arc::clone(&worker), BOUNDS).await;
        assert_eq!(request(server.address(), "GET", "/livez").await, ("200 OK".into(), r#"{"ok":true,"reasons":[]}"#.into()));
        worker.stalled.store(true, Ordering::Relaxed);
        let (status, body) = request(server.address(), "GET", "/livez").await;
        assert_eq!(
            (status.as_str(), body.as_str()),
            ("503 Service Unavailable", r#"{"ok":false,"reasons":["partition 3 has not moved for 61 s"]}"#)
        );
        assert_eq!(request(server.address(), "GET", "/readyz").await.0, "503 Service Unavailable");
    }

    #[tokio::test]
    async fn state_metrics_and_the_index_are_served() {
        let server = start(Arc::default(), BOUNDS).await;
        assert_eq!(request(server.address(), "GET", "/state").await.1, r#"{"partitions":[3]}"#);
        assert!(request(server.address(), "GET", "/metrics").await.1.contains("\nshasta_build_info{"));
        assert_eq!(request(server.address(), "GET", "/").await, ("200 OK".into(), INDEX.into()));
        assert_eq!(request(server.address(), "GET", "/health").await, ("404 Not Found".into(), INDEX.into()));
        assert_eq!(request(server.address(), "POST", "/state").await.0, "405 Method Not Allowed");
    }

    #[tokio::test]
    async fn no_address_is_no_endpoint_and_a_taken_one_is_an_error() {
        let metrics = Metrics::new(Build::current()).unwrap();
        assert!(HttpServer::start("", Arc::new(Worker::default()), metrics.clone()).await.unwrap().is_none());
        let server = start(Arc::default(), BOUNDS).await;
        let error = HttpServer::start(&server.address().to_string(), Arc::new(Worker::default()), metrics).await.unwrap_err();
        assert!(matches!(error, TelemetryError::Listen { .. }) && error.is_retryable());
    }

    #[tokio::test]
    async fn slow_clients_lose_their_places_to_others() {
        let server = start(Arc::default(), Bounds { connections: 2, lifetime: Duration::from_millis(300) }).await;
        let mut slow = Vec::new();
        for _ in 0..4 {
            let mut stream = TcpStream::connect(server.address()).await.unwrap();
            stream.write_all(b"GET /livez HTTP/1.1\r\n").await.unwrap();
            slow.push(stream);
        }
        let began = Instant::now();
        assert_eq!(request(server.address(), "GET", "/livez").await.0, "200 OK");
        // Two generations of two slow clients each were in front.
        assert!(began.elapsed() >= Duration::from_millis(500), "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_stop_does_not_wait_for_slow_clients() {
        let server = start(Arc::default(), BOUNDS).await;
        let address = server.address();
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET /li").await.unwrap();
        request(address, "GET", "/livez").await;
        let began = Instant::now();
        server.shutdown().await;
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        assert!(TcpStream::connect(address).await.is_err());
    }
}
