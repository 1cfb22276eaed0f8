//! How many keys there are of each kind, and about how much memory they take.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::Failure;
use crate::core::keys::KeyKind;
use crate::store::{FoundKey, Go, Node, Store, StoreError};

use super::deployment::store_failure;

/// Keys looked at before the counting stops.
const KEYS: u64 = 5_000_000;

/// Keys of each kind whose memory is asked for, of each page of the scan and in all.
const SAMPLES_OF_PAGE: usize = 4;
const SAMPLES: u64 = 2_000;

/// By kind of key.
#[derive(Debug, Default, Serialize)]
pub struct Sizes {
    pub kinds: BTreeMap<&'static str, KindSize>,
    /// False: there are more keys than were looked at.
    pub is_whole: bool,
}

#[derive(Debug, Default, Serialize)]
pub struct KindSize {
    pub keys: u64,
    sampled_keys: u64,
    sampled_bytes: u64,
    /// Of all keys, from the samples' mean.
    pub estimated_bytes: u64,
}

impl Sizes {
    /// Counts while a scan goes through all keys.
    pub async fn of(store: &Store) -> Result<Self, Failure> {
        let mut sizes = Self { is_whole: true, ..Self::default() };
        let mut seen = 0;
        store.scan(async |node, page| sizes.take(store, node, &page, &mut seen).await).await.map_err(store_failure)?;
        sizes.kinds.values_mut().for_each(KindSize::estimate);
        Ok(sizes)
    }

    async fn take(&mut self, store: &Store, node: &Node, page: &[FoundKey], seen: &mut u64) -> Result<Go, StoreError> {
        let mut samples: BTreeMap<&'static str, Vec<&[u8]>> = BTreeMap::new();
        for FoundKey { key, kind } in page {
            let name = KeyKind::as_str(*kind);
            let size = self.kinds.entry(name).or_default();
            size.keys += 1;
            let sampled = samples.entry(name).or_default();
            if size.sampled_keys < SAMPLES && sampled.len() < SAMPLES_OF_PAGE {
                sampled.push(key);
            }
        }
        for (name, keys) in samples.into_iter().filter(|(_, keys)| !keys.is_empty()) {
            let bytes: Vec<u64> = store.memory_usage(node, &keys).await?.into_iter().flatten().collect();
            let size = self.kinds.entry(name).or_default();
            size.sampled_keys += bytes.len() as u64;
            size.sampled_bytes += bytes.iter().sum::<u64>();
        }
        *seen += page.len() as u64;
        self.is_whole &= *seen < KEYS;
        Ok(if self.is_whole { Go::On } else { Go::Stop })
    }
}

impl KindSize {
    fn estimate(&mut self) {
        let total = u128::from(self.sampled_bytes) * u128::from(self.keys);
        self.estimated_bytes = u64::try_from(total.checked_div(u128::from(self.sampled_keys)).unwrap_or_default()).unwrap_or(u64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_is_the_samples_mean_times_the_keys() {
        let mut size = KindSize { keys: 1_000, sampled_keys: 10, sampled_bytes: 1_005, estimated_bytes: 0 };
        size.estimate();
        assert_eq!(size.estimated_bytes, 100_500);
        let mut none = KindSize::default();
        none.estimate();
        assert_eq!(none.estimated_bytes, 0);
    }
}
