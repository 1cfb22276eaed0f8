//! The group's word: partitions come and go, each with its task.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::kafka::{GroupEvent, PartitionHandle, RevokeAck};
use crate::telemetry::facts::{KafkaFailed, PartitionsAssigned, PartitionsRevoked};

use super::interrupt::{Stop, StopSwitch};
use super::shared::Shared;
use super::state::WorkerState;
use super::status::PartitionStatus;
use super::task::PartitionTask;

/// The tasks of the partitions that are assigned.
#[derive(Debug)]
pub struct Group {
    shared: Arc<Shared>,
    state: Arc<WorkerState>,
    tasks: HashMap<i32, Running>,
    /// What a task must not let the process go on after.
    fatal: mpsc::Sender<String>,
}

#[derive(Debug)]
struct Running {
    stop: StopSwitch,
    status: Arc<PartitionStatus>,
    task: JoinHandle<()>,
}

impl Group {
    /// `fatal` hears of what the process must end for.
    pub fn new(shared: Arc<Shared>, state: Arc<WorkerState>, fatal: mpsc::Sender<String>) -> Self {
        Self { shared, state, tasks: HashMap::new(), fatal }
    }

    /// Acts upon one event.
    ///
    /// # Errors
    /// What the process must end for.
    pub fn on(&mut self, event: GroupEvent) -> Result<(), String> {
        match event {
            GroupEvent::Assigned(handles) => self.assign(handles),
            GroupEvent::Revoked(partitions, ack) => self.revoke(&partitions, Stop::Drain, Some(ack)),
            GroupEvent::Lost(partitions) => self.revoke(&partitions, Stop::Abandon, None),
            GroupEvent::Fatal(failure) => return Err(format!("kafka: {failure}")),
            GroupEvent::Failed(error) => KafkaFailed { error }.emit(&self.shared.sampler, Instant::now()),
        }
        Ok(())
    }

    fn assign(&mut self, handles: Vec<PartitionHandle>) {
        let partitions: Vec<i32> = handles.iter().map(PartitionHandle::partition).collect();
        PartitionsAssigned { topic: &self.shared.config.kafka.topic, partitions: &partitions }.emit(&self.shared.metrics);
        self.shared.assigned.store(self.tasks.len() + handles.len(), Ordering::Relaxed);
        for handle in handles {
            let partition = handle.partition();
            let status = Arc::new(PartitionStatus::new(partition, self.shared.config.worker.stall_limit, self.shared.now_ms()));
            self.state.add(Arc::clone(&status));
            let (stop, signal) = StopSwitch::new();
            let task = PartitionTask::new(Arc::clone(&self.shared), partition, Arc::clone(&status), signal);
            let fatal = self.fatal.clone();
            let run = async move {
                if let Err(error) = task.run(handle).await {
                    // Full means that the process is about to end for another reason.
                    let _ = fatal.try_send(error);
                }
            };
            self.tasks.insert(partition, Running { stop, status, task: tokio::spawn(run) });
        }
        self.state.joined();
    }

    fn revoke(&mut self, partitions: &[i32], stop: Stop, ack: Option<RevokeAck>) {
        PartitionsRevoked { topic: &self.shared.config.kafka.topic, partitions, lost: stop == Stop::Abandon }.emit(&self.shared.metrics);
        let leaving: Vec<Running> = partitions.iter().filter_map(|partition| self.tasks.remove(partition)).collect();
        leaving.iter().for_each(|running| running.stop.request(stop));
        self.shared.assigned.store(self.tasks.len(), Ordering::Relaxed);
        let state = Arc::clone(&self.state);
        tokio::spawn(async move {
            for running in leaving {
                let _ = running.task.await;
                state.remove(&running.status);
            }
            // Dropping it lets the rebalance go on.
            drop(ack);
        });
    }

    /// Ends all tasks: what is in flight is finished and committed, as far as `limit` allows.
    ///
    /// Returns whether all of them came to their end.
    pub async fn drain(&mut self, limit: Duration) -> bool {
        self.tasks.values().for_each(|running| running.stop.request(Stop::Drain));
        let tasks = std::mem::take(&mut self.tasks);
        let ended = async {
            for running in tasks.into_values() {
                let _ = running.task.await;
            }
        };
        tokio::time::timeout(limit, ended).await.is_ok()
    }
}
