//! The machine and the date of the measurements.

use std::fmt;

use jiff::ZonedDateTime;
use serde::Serialize;
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

#[derive(Default, Serialize)]
pub struct Machine {
    processor: String,
    threads: usize,
    memory_gib: u64,
    system: String,
    /// Day of the run, as in `2026-01-31`.
    date: String,
}

impl Machine {
    /// The current machine; unknown fields stay empty.
    pub fn this() -> Self {
        let kinds = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let mut machine = Self {
            system: System::long_os_version().unwrap_or_default(),
            date: ZonedDateTime::now().date().to_string(),
            ..Self::default()
        };
        if let Ok(system) = System::new_with_specifics(kinds) {
            machine.threads = system.cpus().len();
            machine.processor = system.cpus().first().map_or("", |cpu| cpu.brand().trim()).to_owned();
            machine.memory_gib = (system.total_memory() as f64 / f64::from(1 << 30)).round() as u64;
        }
        machine
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processor, threads, memory_gib, system, date } = self;
        write!(f, "{date}, {processor}, {threads} threads, {memory_gib} GiB, {system}")
    }
}
