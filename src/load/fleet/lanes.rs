//! Which connection carries what. The client of the many binds a connection to a partition: its leader's.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A producer and a partition that it sends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route {
    pub producer: u32,
    pub partition: i32,
}

/// A connection for each route, so that what one producer sends to one partition stays in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lanes {
    /// The partition of each connection.
    partitions: Vec<i32>,
    of_route: HashMap<Route, usize>,
}

impl Lanes {
    /// Exactly `connections` of them, as long as that is neither fewer than the partitions nor more than the routes. They are shared out
    /// among the partitions in proportion to their producers, and a partition's producers take its connections in turn.
    pub fn new(routes: &[Route], connections: usize) -> Self {
        let mut producers: BTreeMap<i32, BTreeSet<u32>> = BTreeMap::new();
        for route in routes {
            producers.entry(route.partition).or_default().insert(route.producer);
        }
        let counts: Vec<usize> = producers.values().map(BTreeSet::len).collect();
        let mut lanes = Self { partitions: Vec::new(), of_route: HashMap::new() };
        for ((partition, producers), width) in producers.into_iter().zip(shares(&counts, connections)) {
            lanes.add(partition, &producers, width);
        }
        lanes
    }

    /// The partition of each connection.
    pub fn partitions(&self) -> &[i32] {
        &self.partitions
    }

    /// The connection of a route.
    pub fn of(&self, producer: u32, partition: i32) -> Option<usize> {
        self.of_route.get(&Route { producer, partition }).copied()
    }

    fn add(&mut self, partition: i32, producers: &BTreeSet<u32>, width: usize) {
        let first = self.partitions.len();
        self.partitions.extend(std::iter::repeat_n(partition, width));
        for (index, producer) in producers.iter().enumerate() {
            self.of_route.insert(Route { producer: *producer, partition }, first + index % width);
        }
    }
}

/// `total` shared out in proportion to `counts` by largest remainders, each at least 1 and at most its count.
fn shares(counts: &[usize], total: usize) -> Vec<usize> {
    let all: usize = counts.iter().sum();
    let total = total.clamp(counts.len(), all.max(counts.len()));
    let mut shares: Vec<usize> = counts.iter().map(|count| (total * count / all.max(1)).max(1)).collect();
    // What rounding left over goes to those that are shortest of their due; what the least of 1 took too much comes from the longest.
    while shares.iter().sum::<usize>() < total {
        give(counts, &mut shares);
    }
    while shares.iter().sum::<usize>() > total {
        take(counts, &mut shares);
    }
    shares
}

fn give(counts: &[usize], shares: &mut [usize]) {
    let open = shares.iter_mut().zip(counts).filter(|(share, count)| **share < **count);
    // Compared as fractions: producers for each connection.
    if let Some((share, _)) = open.max_by(|(a, of_a), (b, of_b)| (**of_a * **b).cmp(&(**of_b * **a))) {
        *share += 1;
    }
}

fn take(counts: &[usize], shares: &mut [usize]) {
    let open = shares.iter_mut().zip(counts).filter(|(share, _)| **share > 1);
    if let Some((share, _)) = open.min_by(|(a, of_a), (b, of_b)| (**of_a * **b).cmp(&(**of_b * **a))) {
        *share -= 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn routes(producers: u32, partitions: i32) -> Vec<Route> {
        (0..producers).map(|producer| Route { producer, partition: producer as i32 % partitions }).collect()
    }

    #[test]
    fn a_thousand_producers_get_a_thousand_connections() {
        let lanes = Lanes::new(&routes(1_000, 12), 1_000);
        assert_eq!(lanes.partitions().len(), 1_000);
        let used: BTreeSet<_> = (0..1_000).map(|producer| lanes.of(producer, producer as i32 % 12).unwrap()).collect();
        assert_eq!(used.len(), 1_000);
    }

    #[test]
    fn fewer_connections_than_partitions_is_one_for_each_partition() {
        assert_eq!(Lanes::new(&routes(100, 8), 3).partitions(), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_busier_partition_gets_more_connections() {
        let mut routes = routes(90, 1);
        routes.extend((90..100).map(|producer| Route { producer, partition: 1 }));
        let lanes = Lanes::new(&routes, 10);
        assert_eq!(lanes.partitions().iter().filter(|partition| **partition == 0).count(), 9);
    }

    proptest! {
        #[test]
        fn as_many_connections_as_asked_and_each_route_has_one_to_its_partition(
            routes in prop::collection::vec((0u32..40, 0i32..9), 1..200),
            connections in 1usize..120,
        ) {
            let routes: Vec<Route> = routes.into_iter().map(|(producer, partition)| Route { producer, partition }).collect();
            let distinct: BTreeSet<_> = routes.iter().copied().collect();
            let partitions: BTreeSet<_> = routes.iter().map(|route| route.partition).collect();
            let lanes = Lanes::new(&routes, connections);
            prop_assert_eq!(lanes.partitions().len(), connections.clamp(partitions.len(), distinct.len()));
            let mut used = BTreeSet::new();
            for route in &distinct {
                let lane = lanes.of(route.producer, route.partition).unwrap();
                prop_assert_eq!(lanes.partitions()[lane], route.partition);
                used.insert(lane);
            }
            prop_assert_eq!(used.len(), lanes.partitions().len(), "no connection is idle");
        }
    }
}
