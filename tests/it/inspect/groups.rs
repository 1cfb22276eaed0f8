//! States, members and owners.

use shasta::core::lag::GroupState;
use shasta::watch::look::{LookError, Owner};

use super::member::Joined;
use super::{PATIENCE, Scene, look, looker, reading, sample, watched};
use crate::support::kafka::{KafkaBroker, block_on, unique};
use crate::support::wait;

#[test]
fn a_group_is_dead_then_stable_with_owners_then_empty() {
    let scene = Scene::new("states", 3);
    let none = scene.look();
    assert_eq!((sample(&none).state, sample(&none).members), (Some(GroupState::Dead), Some(0)));
    assert_eq!(none.details.state.as_deref(), Some("Dead"));
    assert_eq!(reading(&none, 0).committed, Some(-1));
    assert_eq!(reading(&none, 0).owned, Some(false));

    let member = Joined::new(scene.kafka, &scene.group, &scene.topic, None);
    let stable = wait::until("the member to own all", PATIENCE, || {
        let look = scene.look();
        sample(&look).partitions.iter().all(|reading| reading.owned == Some(true)).then_some(look)
    });
    assert_eq!((sample(&stable).state, sample(&stable).members), (Some(GroupState::Stable), Some(1)));
    let owner = Some(Owner { client_id: "a-member".to_owned(), host: "127.0.0.1".to_owned() });
    assert_eq!(stable.details.owners, [owner.clone(), owner.clone(), owner]);
    assert!(reading(&stable, 2).owner.unwrap().starts_with("a-member-"));
    scene.commit_by_nobody_fails();

    drop(member);
    let empty = wait::until("the group to be empty", PATIENCE, || {
        let look = scene.look();
        // What never committed is gone with its last member.
        matches!(sample(&look).state, Some(GroupState::Empty | GroupState::Dead)).then_some(look)
    });
    assert_eq!((sample(&empty).members, reading(&empty, 1).owned), (Some(0), Some(false)));
    assert_eq!(empty.details.owners, [None, None, None]);
}

impl Scene {
    /// A look never joins: the member is still the only one.
    fn commit_by_nobody_fails(&self) {
        assert_eq!(self.kafka.group_state(&self.group), Some(("Stable".to_owned(), 1)));
    }
}

#[test]
fn a_static_member_is_known_by_its_instance_and_each_start_of_it_is_another_owner() {
    let scene = Scene::new("static", 1);
    let owned = || {
        wait::until("an owner", PATIENCE, || {
            let look = scene.look();
            let owner = reading(&look, 0).owner?;
            Some((owner, look.details.owners[0].clone().unwrap().client_id))
        })
    };
    let member = Joined::new(scene.kafka, &scene.group, &scene.topic, Some("seat-1"));
    let (first, name) = owned();
    assert_eq!(name, "seat-1");
    drop(member);
    let _again = Joined::new(scene.kafka, &scene.group, &scene.topic, Some("seat-1"));
    wait::until("another owner", PATIENCE, || {
        let (owner, name) = owned();
        (owner != first && name == "seat-1").then_some(())
    });
}

#[test]
fn without_configured_topics_a_group_is_looked_at_wherever_it_committed() {
    let scene = Scene::new("any", 2);
    let (kafka, other) = (scene.kafka, unique("other"));
    kafka.create_topic(&other, 1, &[]);
    let anywhere = watched(&scene.group, &[]);
    let nothing = look(&scene.looker, &anywhere);
    assert_eq!((nothing.len(), nothing[0].topic.as_str(), nothing[0].header.partitions), (1, "", 0));
    assert_eq!((&nothing[0].header.topic, sample(&nothing[0]).state), (&None, Some(GroupState::Dead)));

    scene.produce(0, &[1_000, 2_000]);
    scene.commit(0, 1);
    kafka.commit_as(&scene.group, &other, 0, 0, "");
    let mut names = [scene.topic.clone(), other.clone()];
    names.sort();
    let found = look(&scene.looker, &anywhere);
    assert_eq!(found.iter().map(|look| look.topic.clone()).collect::<Vec<_>>(), names);
    let own = found.iter().find(|look| look.topic == scene.topic).unwrap();
    assert_eq!((reading(own, 0).committed, reading(own, 1).committed), (Some(1), Some(-1)));

    kafka.delete_group(&scene.group);
    let gone = look(&scene.looker, &anywhere);
    assert_eq!(gone.iter().map(|look| look.topic.clone()).collect::<Vec<_>>(), names, "what it had is still watched");
    assert_eq!(sample(&gone[0]).state, Some(GroupState::Dead));
}

#[test]
fn all_groups_are_listed() {
    let scene = Scene::new("listed", 1);
    scene.commit(0, 0);
    let groups = block_on(scene.looker.groups()).unwrap();
    assert!(groups.contains(&scene.group), "{groups:?}");
}

#[test]
fn a_topic_that_does_not_exist_is_an_error_that_names_it() {
    let kafka = KafkaBroker::shared();
    let found = look(&looker(kafka), &watched("nobody", &["no-such-topic"]));
    let error = found[0].sample.as_ref().unwrap_err();
    assert!(matches!(error, LookError::Topic(_)), "{error:?}");
    assert_eq!(error.to_string(), "topic no-such-topic: does not exist");
    assert!(!error.is_retryable());
    assert_eq!(found[0].header.partitions, 0);
}
