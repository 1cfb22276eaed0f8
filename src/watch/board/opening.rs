//! The board as it was when the last process ended.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::{Board, Calendar, Clock, Key, Subjects, Teller, Watched};
use crate::telemetry::SharedSampler;
use crate::telemetry::facts::{WatchStateCut, WatchStateMovedAside};
use crate::watch::state::{Keeper, Place, StateError};

impl Board {
    /// Reads what is kept in `directory`. What cannot be read is moved aside, and begins anew.
    ///
    /// # Errors
    /// The directory cannot be made or listed.
    pub fn open(directory: &Path, teller: Teller) -> Result<Self, StateError> {
        let place = Place::open(&directory.join("watch"))?;
        let mut subjects = Subjects::new();
        let mut latest: f64 = 0.0;
        for path in place.snapshots()? {
            let Some(watched) = reopened(&path) else { continue };
            let group = watched.keeper.subject().group();
            latest = latest.max(group.last_look().unwrap_or(0.0));
            subjects.insert(Key::of(group.header()), Arc::new(Mutex::new(watched)));
        }
        let clock = Clock::start(latest);
        Ok(Self {
            started: clock.now(),
            clock,
            place,
            teller,
            sampler: SharedSampler::default(),
            subjects: Mutex::new(subjects),
            clusters: Mutex::default(),
            calendar: Mutex::new(calendar(&directory.join("maintenance.json"))),
        })
    }
}

fn reopened(path: &Path) -> Option<Watched> {
    match Keeper::open(path, Clock::start(0.0).now()) {
        Ok(found) => {
            if found.dropped > 0 {
                WatchStateCut { path, bytes: found.dropped }.emit();
            }
            Some(Watched::new(found.keeper))
        }
        Err(error) => {
            let aside = Place::move_aside(path);
            WatchStateMovedAside { error: &error, aside: aside.as_deref().ok() }.emit();
            None
        }
    }
}

fn calendar(path: &Path) -> Calendar {
    Calendar::open(path).unwrap_or_else(|error| {
        let aside = Place::move_aside(path);
        WatchStateMovedAside { error: &error, aside: aside.as_deref().ok() }.emit();
        Calendar::empty(path)
    })
}
