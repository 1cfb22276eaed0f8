//! Tells somebody outside that this lives; who calls when it ends. It does not end by itself: only where nothing is looked at any more, or
//! where a page reaches nobody.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::channel::Http;
use super::error::NotifyError;
use crate::config::{Secret, alerts};
use crate::telemetry::SharedSampler;
use crate::telemetry::facts::DeadManNotReached;
use crate::telemetry::http_client::client_for;

/// A page that reaches nobody for so long ends the pings.
const STUCK: Duration = Duration::from_secs(180);

/// The switch. One ping at a time.
#[derive(Clone, Debug)]
pub struct DeadMan {
    switch: Option<Arc<Switch>>,
}

#[derive(Debug)]
struct Switch {
    http: Http,
    url: Secret,
    free: Arc<Semaphore>,
    sampler: SharedSampler,
}

impl DeadMan {
    /// Does nothing where no URL is set.
    ///
    /// # Errors
    /// Where this host can not speak HTTPS.
    pub fn new(settings: &alerts::DeadMan) -> Result<Self, NotifyError> {
        let Some(url) = settings.url.clone() else { return Ok(Self { switch: None }) };
        let http = Http::with("dead_man", settings.timeout, client_for([url.expose()]), vec![url.clone()])?;
        let switch = Switch { http, url, free: Arc::new(Semaphore::new(1)), sampler: SharedSampler::default() };
        Ok(Self { switch: Some(Arc::new(switch)) })
    }

    /// To be called after each look at all clusters, those that could not be read included, and from nowhere else. `stuck_for` is
    /// [`super::Notifier::pages_undeliverable_for`]. Returns at once; in a runtime.
    pub fn ping(&self, stuck_for: Option<Duration>) {
        let Some(switch) = self.switch.clone().filter(|_| stuck_for.is_none_or(|stuck| stuck < STUCK)) else { return };
        // The one before is still on its way.
        let Ok(permit) = Arc::clone(&switch.free).try_acquire_owned() else { return };
        tokio::spawn(async move {
            if let Err(error) = switch.http.get(switch.url.expose()).await {
                DeadManNotReached { error }.emit(&switch.sampler, Instant::now());
            }
            drop(permit);
        });
    }
}
