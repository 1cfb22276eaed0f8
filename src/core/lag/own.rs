//! A part of a group: a worker looks at the partitions that it has, and at no others.

use super::group::Group;
use super::partition::Partition;

impl Group {
    /// From now on only these are looked at. What comes begins anew: how it stood before was somebody else's to tell, and its counters may
    /// have moved meanwhile. What goes is not counted any more; an incident that was about it is over as any other is, so that whoever
    /// has it now finds out before this one is resolved.
    pub fn look_only_at(&mut self, is_own: impl Fn(usize) -> bool, now: f64) {
        let mut changed = false;
        for (number, partition) in self.partitions.iter_mut().enumerate() {
            if partition.foreign == is_own(number) {
                *partition = Partition::new(Some(now), !partition.foreign);
                changed = true;
            }
        }
        if changed {
            self.total.restart();
            self.membership.note_change(now);
            self.forget_foreign();
        }
    }

    /// The partitions that are looked at.
    pub(super) fn own(&self) -> impl Iterator<Item = &Partition> {
        self.partitions.iter().filter(|partition| !partition.foreign)
    }

    /// What is open is about own partitions, as long as it is about any.
    fn forget_foreign(&mut self) {
        for incident in self.classes.iter_mut().filter_map(|class| class.open.as_mut()) {
            let own: Vec<usize> = incident.partitions.iter().copied().filter(|number| !self.partitions[*number].foreign).collect();
            if !own.is_empty() {
                incident.partitions = own;
            }
        }
    }
}
