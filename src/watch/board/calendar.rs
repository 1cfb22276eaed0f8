//! Announced maintenance, kept in a file.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::core::maintenance::{Maintenance, Window};
use crate::watch::state::StateError;

#[derive(Debug)]
pub struct Calendar {
    path: PathBuf,
    maintenance: Maintenance,
}

impl Calendar {
    /// What was announced before; nothing where there is no file.
    ///
    /// # Errors
    /// The file is there and not readable; the calendar is to begin [anew](Self::empty) then.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        if !path.exists() {
            return Ok(Self::empty(path));
        }
        let text = fs::read(path).map_err(StateError::file(path))?;
        let maintenance = serde_json::from_slice(&text).map_err(|error| StateError::unreadable(path, error))?;
        Ok(Self { path: path.to_owned(), maintenance })
    }

    pub fn empty(path: &Path) -> Self {
        Self { path: path.to_owned(), maintenance: Maintenance::default() }
    }

    /// `false`: there are too many.
    ///
    /// # Errors
    /// It holds, and a restart forgets it.
    pub fn announce(&mut self, window: Window, now: f64) -> Result<bool, StateError> {
        let has_room = self.maintenance.announce(window, now);
        self.save().map(|()| has_room)
    }

    /// `false`: there was none.
    ///
    /// # Errors
    /// It is over, and a restart believes that it is not.
    pub fn end(&mut self, cluster: Option<&str>, group: &str, now: f64) -> Result<bool, StateError> {
        let was_there = self.maintenance.end(cluster, group, now);
        self.save().map(|()| was_there)
    }

    pub fn of(&self, cluster: &str, group: &str, now: f64) -> Option<&Window> {
        self.maintenance.of(cluster, group, now)
    }

    pub fn active(&self, now: f64) -> impl Iterator<Item = &Window> {
        self.maintenance.active(now)
    }

    fn save(&self) -> Result<(), StateError> {
        let fresh = self.path.with_extension("new");
        let failed = StateError::file(&fresh);
        let text = serde_json::to_vec(&self.maintenance).map_err(|error| StateError::unreadable(&self.path, error))?;
        let mut file = fs::File::create(&fresh).map_err(&failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(&failed)?;
        fs::rename(&fresh, &self.path).map_err(&failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maintenance_outlives_the_process_and_a_damaged_file_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("maintenance.json");
        let [group, reason, by] = ["g", "upgrade", "ann"].map(str::to_owned);
        let window = Window { cluster: None, group, began: 0.0, until: 100.0, reason, by };
        assert!(Calendar::open(&path).unwrap().announce(window.clone(), 0.0).unwrap());
        assert_eq!(Calendar::open(&path).unwrap().of("any", "g", 50.0), Some(&window));
        assert!(Calendar::open(&path).unwrap().end(None, "g", 50.0).unwrap());
        assert_eq!(Calendar::open(&path).unwrap().of("any", "g", 50.0), None);
        fs::write(&path, "{\"windows\":[").unwrap();
        assert!(matches!(Calendar::open(&path), Err(StateError::Unreadable { .. })));
    }
}
