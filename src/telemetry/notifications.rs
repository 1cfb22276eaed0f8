//! What is counted of alerts on their way.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};

use super::names::{self, Metric};

/// From a second to the day for which a page is tried.
const DELAY_BOUNDS: [f64; 10] = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 180.0, 900.0, 3_600.0, 86_400.0];

/// How one attempt to tell a channel ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationResult {
    Delivered,
    /// It is tried again.
    Failed,
    /// The receiver will never take it.
    Refused,
    /// It grew too old before it could be delivered.
    Expired,
}

impl NotificationResult {
    pub const ALL: [Self; 4] = [Self::Delivered, Self::Failed, Self::Refused, Self::Expired];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

/// The meters of alerts. Clones share them.
#[derive(Clone, Debug)]
pub struct NotifyMetrics {
    notifications: Counter<u64>,
    delay: Histogram<f64>,
    pending_pages: Gauge<u64>,
    handed_over: Gauge<u64>,
}

impl NotifyMetrics {
    pub fn new(meter: &Meter) -> Self {
        let gauge = |metric: Metric| meter.u64_gauge(metric.name).with_unit(metric.unit).with_description(metric.help).build();
        let (count, delay) = (names::NOTIFICATIONS, names::NOTIFICATION_DELAY);
        Self {
            notifications: meter.u64_counter(count.name).with_unit(count.unit).with_description(count.help).build(),
            delay: meter
                .f64_histogram(delay.name)
                .with_unit(delay.unit)
                .with_description(delay.help)
                .with_boundaries(DELAY_BOUNDS.to_vec())
                .build(),
            pending_pages: gauge(names::NOTIFICATION_PAGES_PENDING),
            handed_over: gauge(names::NOTIFICATIONS_HANDED_OVER),
        }
    }

    /// A channel is there: a counter that begins at 1 hides its first increase from `rate` and `increase`.
    pub fn register(&self, channel: &str) {
        NotificationResult::ALL.iter().for_each(|result| self.add(channel, *result, 0));
        self.set_pending(channel, 0, false);
    }

    /// Pages that the channel still has to be sent, and whether another one gets them.
    pub fn set_pending(&self, channel: &str, pages: usize, is_handing_over: bool) {
        let label = [KeyValue::new(names::CHANNEL, channel.to_owned())];
        self.pending_pages.record(pages as u64, &label);
        self.handed_over.record(u64::from(is_handing_over), &label);
    }

    pub(super) fn count(&self, channel: &str, result: NotificationResult) {
        self.add(channel, result, 1);
    }

    pub(super) fn delay(&self, channel: &str, seconds: f64) {
        self.delay.record(seconds.max(0.0), &[KeyValue::new(names::CHANNEL, channel.to_owned())]);
    }

    fn add(&self, channel: &str, result: NotificationResult, count: u64) {
        let labels = [KeyValue::new(names::CHANNEL, channel.to_owned()), KeyValue::new(names::RESULT, result.label())];
        self.notifications.add(count, &labels);
    }
}
