//! A world and the threads of its database hand work to and fro and never work at once. On one core
//! that costs half of what it costs on two, where each hand-over has to wake a core that sleeps.

use std::thread::available_parallelism;

#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores that we may use.
pub fn all() -> Vec<usize> {
    #[cfg(target_os = "linux")]
    if let Ok(ours) = sched_getaffinity(None) {
        return (0..CpuSet::MAX_CPU)
            .filter(|core| ours.is_set(*core))
            .collect();
    }
    (0..available_parallelism().map_or(1, usize::from)).collect()
}

/// Keeps this thread, and those that it begins, on a core, where the system can do so.
pub fn stay_on(core: usize) {
    #[cfg(target_os = "linux")]
    {
        let mut one = CpuSet::new();
        one.set(core);
        let _ = sched_setaffinity(None, &one);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = core;
}
