//! Who else has a port open: on Linux, as far as this user may see.

use std::path::Path;

/// Programs that have this port open, as far as this user may see: number and name.
#[must_use]
pub fn holders(path: &str) -> Vec<(u32, String)> {
    let Ok(device) = std::fs::canonicalize(path) else {
        return Vec::new();
    };
    let own = std::process::id();
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let mut found: Vec<(u32, String)> = processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| *pid != own && holds(*pid, &device))
        .map(|pid| (pid, name_of(pid)))
        .collect();
    found.sort_unstable();
    found
}

fn holds(pid: u32, device: &Path) -> bool {
    let Ok(open) = std::fs::read_dir(format!("/proc/{pid}/fd")) else {
        return false;
    };
    open.flatten()
        .filter_map(|entry| std::fs::read_link(entry.path()).ok())
        .any(|target| target == device)
}

fn name_of(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm"))
        .map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned())
}
