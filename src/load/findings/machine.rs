//! The load host, as it is written down.

use crate::load::report::Machine;
use crate::load::run::Measured;

pub fn machine(measured: &Measured) -> Machine {
    let machine = &measured.host.machine;
    Machine {
        host: machine.host.clone(),
        cpus: Some(measured.host.allowed.cpus()),
        cpu_model: machine.cpu_model.clone(),
        memory_bytes: Some(machine.memory_bytes),
        kernel: Some(machine.kernel.clone()),
        shared: false,
    }
}
