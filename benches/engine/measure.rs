//! What a piece of work takes: time, time of processors, memory at its peak.

use std::time::Instant;

/// What a case takes.
#[derive(Clone, Copy)]
pub struct Figures {
    pub seconds: f64,
    /// Of all threads, and of processes that were waited for. Hardly depends on what else the machine does.
    pub cpu_seconds: f64,
    /// At the peak, beyond what was there before.
    pub bytes: f64,
}

/// What `work` takes. What it uses to the end, its threads too, it must leave to the caller.
pub async fn measured<T>(work: impl Future<Output = T>) -> (Figures, T) {
    // Resets the peak.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let (before, cpu_before) = (status("VmRSS:"), cpu_seconds());
    let from = Instant::now();
    let done = work.await;
    let seconds = from.elapsed().as_secs_f64();
    let bytes = (status("VmHWM:") - before).max(0.0);
    (Figures { seconds, cpu_seconds: cpu_seconds() - cpu_before, bytes }, done)
}

/// Bytes, as the system tells them.
fn status(field: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or_default() * 1024.0
}

fn cpu_seconds() -> f64 {
    of_threads() + of_children()
}

/// What the threads of this process have used.
fn of_threads() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let texts = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok());
    texts.filter_map(|text| text.split_whitespace().next()?.parse::<f64>().ok()).sum::<f64>() / 1e9
}

/// What processes have used that were waited for, and those that they waited for: in hundredths of a second.
fn of_children() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(") ").next().unwrap_or_default().split_whitespace();
    fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
