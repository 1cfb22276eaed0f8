//! A watcher that says what a test wants: the real page, and an API that is made up.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// What was asked for with a method that changes something.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub method: Method,
    pub path: String,
    pub authorization: String,
    pub body: Value,
}

/// What the watcher says.
pub struct World {
    pub lag: Value,
    pub history: Value,
    pub orders: Vec<Order>,
    /// What an order is answered with.
    pub answer: (u16, Value),
    /// A line of text instead of the API's answers.
    pub garbage: Option<&'static str>,
    /// It answers, but looks no more.
    pub frozen: bool,
    pub looks: usize,
    begun: Instant,
}

impl World {
    /// The answer at this moment: what it tells happened just as long ago at each look.
    fn lag_now(&self) -> Value {
        let mut told = self.lag.clone();
        if self.frozen {
            return told;
        }
        let passed = self.begun.elapsed().as_secs_f64();
        let later = |time: &Value| json!(time.as_f64().unwrap() + passed);
        told["at"] = later(&told["at"]);
        for group in told["groups"].as_array_mut().unwrap() {
            for moment in ["at", "read_at"] {
                if group["view"][moment].is_number() {
                    group["view"][moment] = later(&group["view"][moment]);
                }
            }
        }
        told
    }
}

type Shared = Arc<Mutex<World>>;

pub struct Watcher {
    address: SocketAddr,
    world: Shared,
    runtime: Option<Runtime>,
}

impl Watcher {
    pub fn start(lag: Value, history: Value) -> Self {
        let world = World {
            lag,
            history,
            orders: Vec::new(),
            answer: (200, json!({})),
            garbage: None,
            frozen: false,
            looks: 0,
            begun: Instant::now(),
        };
        let mut watcher = Self { address: ([127, 0, 0, 1], 0).into(), world: Arc::new(Mutex::new(world)), runtime: None };
        watcher.begin();
        watcher
    }

    /// Listens, on the same port as before.
    pub fn begin(&mut self) {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind(self.address)).unwrap();
        self.address = listener.local_addr().unwrap();
        let router = router(self.world.clone());
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        self.runtime = Some(runtime);
    }

    /// Nothing listens any more, and open connections are closed.
    pub fn end(&mut self) {
        drop(self.runtime.take());
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }
}

fn router(world: Shared) -> Router {
    Router::new()
        .route("/", get(shasta::watch::page::page))
        .route("/api/v1/lag", get(lag))
        .route("/api/v1/history", get(history))
        .route("/api/v1/acknowledge", post(order))
        .route("/api/v1/maintenance", post(order).delete(order))
        .with_state(world)
}

async fn lag(State(world): State<Shared>) -> Response {
    let mut world = world.lock().unwrap();
    world.looks += 1;
    match world.garbage {
        Some(garbage) => garbage.into_response(),
        None => Json(world.lag_now()).into_response(),
    }
}

async fn history(State(world): State<Shared>) -> Json<Value> {
    Json(world.lock().unwrap().history.clone())
}

async fn order(State(world): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 10_000).await.unwrap();
    let authorization = head.headers.get(header::AUTHORIZATION).map_or("", |value| value.to_str().unwrap()).to_owned();
    let order =
        Order { method: head.method, path: head.uri.path().to_owned(), authorization, body: serde_json::from_slice(&body).unwrap() };
    let mut world = world.lock().unwrap();
    world.orders.push(order);
    let (status, told) = world.answer.clone();
    (StatusCode::from_u16(status).unwrap(), Json(told)).into_response()
}
