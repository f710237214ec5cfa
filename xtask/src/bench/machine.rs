//! What the figures were measured on: a figure without its machine means little.

use std::fs;

use serde_json::{Value, json};

#[derive(Debug)]
pub(super) struct Machine {
    pub(super) text: String,
    pub(super) json: Value,
}

/// Processors, kernel, and how busy the machine is already.
pub(super) fn describe() -> Machine {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let unknown = "unknown";
    let cpuinfo = read("/proc/cpuinfo");
    let model = model(&cpuinfo).unwrap_or(unknown);
    let kernel = read("/proc/sys/kernel/osrelease");
    let kernel = Some(kernel.trim())
        .filter(|it| !it.is_empty())
        .unwrap_or(unknown);
    let load = read("/proc/loadavg");
    let load = load
        .split(' ')
        .next()
        .filter(|it| !it.is_empty())
        .unwrap_or(unknown);
    Machine {
        text: format!("{cores} cores, {model}, kernel {kernel}; load before {load}"),
        json: json!({ "cores": cores, "cpu": model, "kernel": kernel, "load_before": load }),
    }
}

fn model(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo
        .lines()
        .find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim())
}

#[cfg(test)]
mod tests {
    use super::model;

    #[test]
    fn the_processor_is_named_where_the_system_names_it() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nflags\t: a b\n";
        assert_eq!(model(text), Some("Some CPU @ 2 GHz"));
        assert_eq!(model("Hardware : other\n"), None);
    }
}
