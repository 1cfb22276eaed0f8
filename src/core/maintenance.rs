//! Announced maintenance: for which groups, until when, why, and by whom.

use serde::{Deserialize, Serialize};

/// Beyond it nothing more is announced.
const WINDOWS: usize = 256;

/// Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "settings", derive(schemars::JsonSchema))]
pub struct Window {
    /// `None`: the group of this name in any cluster.
    pub cluster: Option<String>,
    pub group: String,
    pub began: f64,
    /// It is over then by itself.
    pub until: f64,
    pub reason: String,
    pub by: String,
}

/// All that is announced: at most 256 at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Maintenance {
    windows: Vec<Window>,
}

impl Maintenance {
    /// In place of one for the same group. `false`: there are too many.
    pub fn announce(&mut self, window: Window, now: f64) -> bool {
        self.windows.retain(|known| known.until > now && !known.is_for(window.cluster.as_deref(), &window.group));
        let has_room = self.windows.len() < WINDOWS;
        if has_room {
            self.windows.push(window);
        }
        has_room
    }

    /// `false`: there was none.
    pub fn end(&mut self, cluster: Option<&str>, group: &str, now: f64) -> bool {
        let before = self.active(now).count();
        self.windows.retain(|known| known.until > now && !known.is_for(cluster, group));
        self.windows.len() < before
    }

    /// The one that ends last of those that cover the group.
    pub fn of(&self, cluster: &str, group: &str, now: f64) -> Option<&Window> {
        let covers = |window: &&Window| window.group == group && window.cluster.as_deref().is_none_or(|name| name == cluster);
        self.active(now).filter(covers).max_by(|a, b| a.until.total_cmp(&b.until))
    }

    pub fn active(&self, now: f64) -> impl Iterator<Item = &Window> {
        self.windows.iter().filter(move |window| now < window.until)
    }
}

impl Window {
    fn is_for(&self, cluster: Option<&str>, group: &str) -> bool {
        self.cluster.as_deref() == cluster && self.group == group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(cluster: Option<&str>, group: &str, until: f64) -> Window {
        let [reason, by] = ["upgrade", "ann"].map(str::to_owned);
        Window { cluster: cluster.map(str::to_owned), group: group.to_owned(), began: 0.0, until, reason, by }
    }

    #[test]
    fn maintenance_covers_its_group_and_expires_by_itself() {
        let mut maintenance = Maintenance::default();
        assert!(maintenance.announce(window(Some("a"), "g", 100.0), 0.0));
        assert!(maintenance.announce(window(None, "h", 50.0), 0.0));
        assert!(maintenance.of("a", "g", 99.0).is_some() && maintenance.of("b", "g", 99.0).is_none());
        assert!(maintenance.of("a", "h", 49.0).is_some() && maintenance.of("b", "h", 49.0).is_some());
        assert!(maintenance.of("a", "h", 50.0).is_none() && maintenance.of("a", "g", 100.0).is_none());
    }

    #[test]
    fn the_next_announcement_replaces_the_one_before_and_an_end_ends_it() {
        let mut maintenance = Maintenance::default();
        maintenance.announce(window(None, "g", 100.0), 0.0);
        maintenance.announce(window(None, "g", 30.0), 0.0);
        assert_eq!(maintenance.active(0.0).map(|window| window.until).collect::<Vec<_>>(), [30.0]);
        assert!(!maintenance.end(Some("a"), "g", 0.0) && maintenance.end(None, "g", 0.0) && !maintenance.end(None, "g", 0.0));
    }

    #[test]
    fn there_are_not_more_than_people_announce() {
        let mut maintenance = Maintenance::default();
        assert!((0..256).all(|number| maintenance.announce(window(None, &number.to_string(), 100.0), 0.0)));
        assert!(!maintenance.announce(window(None, "one more", 200.0), 0.0));
        assert!(maintenance.announce(window(None, "one more", 200.0), 100.0), "the others are over");
    }
}
