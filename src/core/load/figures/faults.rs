//! What the system did wrong, in sentences: any of it fails a run whose accounts add up.

use super::accounts::Accounts;
use super::listed::Listed;

impl Accounts {
    /// A sentence for each kind of fault that happened, in the warm-up too; none in a faultless run. A producer's retries and what others
    /// wrote to the topic are told in the accounts, but are no fault of the system.
    pub fn faults(&self) -> Vec<String> {
        let kinds = [
            (&self.lost, "were acknowledged and lost"),
            (&self.doubled, "were seen twice at one stage with the same partition and offset"),
            (&self.reordered, "were seen behind a later offset of their channel"),
            (&self.corrupt, "were corrupt"),
        ];
        kinds.iter().filter(|(listed, _)| listed.total > 0).map(|(listed, what)| sentence(listed, what)).collect()
    }
}

fn sentence(listed: &Listed, what: &str) -> String {
    let Some(named) = listed.first.first() else { return format!("{} records {what}", listed.total) };
    format!("{} events {what}, first event {} (producer {}, sequence {})", listed.total, named.event, named.producer, named.sequence)
}
