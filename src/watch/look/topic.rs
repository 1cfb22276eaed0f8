//! What topics are, remembered between looks: it changes rarely.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::core::lag::Retention;
use crate::kafka::{Inspector, TopicDescription, TopicError, TopicSettings};

use super::LookError;
use super::budget::Budget;

/// After this long the number of partitions and the id are asked for again.
const DESCRIBED_FOR: Duration = Duration::from_secs(15);
/// After this long the settings are.
const SETTINGS_FOR: Duration = Duration::from_secs(300);
/// Topics that no look asked for in this long are forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3_600);

/// A topic of a look: what it is, as far as that was ever known, and why not.
#[derive(Clone, Debug)]
pub struct Topic {
    pub name: String,
    known: Option<TopicDescription>,
    settings: Option<TopicSettings>,
    pub error: Option<LookError>,
}

impl Topic {
    /// In place of the topics of a group that has none to be seen.
    pub fn none() -> Self {
        Self { name: String::new(), known: None, settings: None, error: None }
    }

    /// 0: never known yet.
    pub fn partitions(&self) -> usize {
        self.known.as_ref().map_or(0, |known| known.partitions as usize)
    }

    pub fn numbers(&self) -> Vec<i32> {
        (0..i32::try_from(self.partitions()).unwrap_or(i32::MAX)).collect()
    }

    pub fn id(&self) -> Option<String> {
        self.known.as_ref().filter(|known| !known.id.is_unknown()).map(|known| known.id.to_string())
    }

    /// What may not be read deletes nothing.
    pub fn retention(&self) -> Retention {
        self.settings.as_ref().map(TopicSettings::retention).unwrap_or_default()
    }
}

#[derive(Debug)]
struct Known {
    description: TopicDescription,
    described: Instant,
    /// Something about it is not as it was known.
    doubted: bool,
    /// `None`: it may not be read.
    settings: Option<TopicSettings>,
    settings_read: Instant,
    asked: Instant,
}

/// The topics of a cluster that groups read, and how long offsets are kept.
#[derive(Debug, Default)]
pub struct Topics {
    known: Mutex<BTreeMap<String, Known>>,
    /// By group: what it had committed for when it had anything.
    of_groups: Mutex<BTreeMap<String, Vec<String>>>,
    offsets_retention: Mutex<Option<(Instant, Option<f64>)>>,
}

impl Topics {
    /// All of them at once, each asked for again where it was long ago.
    pub async fn get(&self, inspector: &Inspector, names: &[String], budget: &Budget) -> Vec<Topic> {
        let topics = join_all(names.iter().map(|name| self.topic(inspector, name, budget)));
        let (topics, ()) = tokio::join!(topics, self.read_offsets_retention(inspector, budget));
        topics
    }

    /// Something about it is not as it was known: it is asked for at the next look.
    pub fn doubt(&self, name: &str) {
        if let Some(known) = self.lock().get_mut(name) {
            known.doubted = true;
        }
    }

    /// What a group has committed for, for when it has nothing any more or can not be read.
    pub fn remember(&self, group: &str, topics: Vec<String>) -> Vec<String> {
        self.of_groups.lock().unwrap_or_else(PoisonError::into_inner).insert(group.to_owned(), topics.clone());
        topics
    }

    pub fn remembered(&self, group: &str) -> Vec<String> {
        self.of_groups.lock().unwrap_or_else(PoisonError::into_inner).get(group).cloned().unwrap_or_default()
    }

    /// For how many seconds the offsets of an empty group are kept; `None`: not known.
    pub fn offsets_retention_s(&self) -> Option<f64> {
        self.offsets_retention.lock().unwrap_or_else(PoisonError::into_inner).and_then(|(_, seconds)| seconds)
    }

    async fn topic(&self, inspector: &Inspector, name: &str, budget: &Budget) -> Topic {
        let error = self.describe(inspector, name, budget).await.err().map(LookError::Topic);
        let needs_settings = self.lock().get(name).is_some_and(|known| known.settings_read.elapsed() > SETTINGS_FOR);
        if needs_settings && error.is_none() {
            let settings = inspector.topic_settings(name, budget.half()).await;
            if let Some(known) = self.lock().get_mut(name) {
                (known.settings, known.settings_read) = (settings, Instant::now());
            }
        }
        let known = self.lock();
        let known = known.get(name);
        let settings = known.and_then(|known| known.settings.clone());
        Topic { name: name.to_owned(), known: known.map(|known| known.description.clone()), settings, error }
    }

    async fn describe(&self, inspector: &Inspector, name: &str, budget: &Budget) -> Result<(), TopicError> {
        let before = self.lock().get_mut(name).map(|known| {
            known.asked = Instant::now();
            let holds = !known.doubted && known.described.elapsed() < DESCRIBED_FOR;
            (known.description.clone(), known.doubted, holds)
        });
        if before.as_ref().is_some_and(|(_, _, holds)| *holds) {
            return Ok(());
        }
        match inspector.describe_topic(name, budget.half()).await {
            Ok(description) => {
                if before.is_none_or(|(before, doubted, _)| doubted || before != description) {
                    // Without it the library asks where the new partitions are in 15 minutes.
                    let _unknown_until_then = inspector.refresh(name, budget.half()).await;
                }
                self.note(name, description);
                Ok(())
            }
            // The offsets will tell: what it was is most likely what it is.
            Err(error) if error.is_retryable() && before.is_some() => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn note(&self, name: &str, description: TopicDescription) {
        let (mut known, now) = (self.lock(), Instant::now());
        known.retain(|_, known| known.asked.elapsed() < FORGOTTEN_AFTER);
        match known.get_mut(name) {
            Some(known) => (known.description, known.described, known.doubted) = (description, now, false),
            None => {
                let long_ago = now.checked_sub(2 * SETTINGS_FOR).unwrap_or(now);
                let new = Known { description, described: now, doubted: false, settings: None, settings_read: long_ago, asked: now };
                known.insert(name.to_owned(), new);
            }
        }
    }

    async fn read_offsets_retention(&self, inspector: &Inspector, budget: &Budget) {
        let read = *self.offsets_retention.lock().unwrap_or_else(PoisonError::into_inner);
        if read.is_some_and(|(at, _)| at.elapsed() < SETTINGS_FOR) {
            return;
        }
        let seconds = inspector.offsets_retention_minutes(budget.half()).await.map(|minutes| minutes as f64 * 60.0);
        *self.offsets_retention.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), seconds));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
