//! Training steps, small tensors, elementwise functions, reductions and a few products by this project and by its peers.
//!
//! ```text
//! cargo run --release -p steps -- [--threads N] [--json] [ROW…]
//! ```
//!
//! Microseconds, less being better. A ROW is the beginning of a row's name. All rows are of single precision. On one
//! thread, pin it: `taskset -c 1 …`.

mod elementwise;
mod lesson;
mod matmul;
mod mlp;
#[path = "../../../workloads/mod.rs"]
mod workloads;

use peers::{Entry, Table, race_for};
use std::time::Duration;

/// Numbers from 0 to 1, the same for all.
fn data(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        (state >> 8) as f32 / (1u32 << 24) as f32
    };
    (0..n).map(|_| next()).collect()
}

/// The rows that were asked for, as they are raced.
struct Contest {
    wanted: Vec<String>,
    table: Table,
}

impl Contest {
    /// A row of what is made on demand; `parts` is how many units of work one call does.
    fn row<'a>(&mut self, label: &str, parts: f64, entries: impl FnOnce() -> Vec<Entry<'a>>) {
        if !self.wanted.is_empty() && !self.wanted.iter().any(|wanted| label.starts_with(wanted.as_str())) {
            return;
        }
        let mut entries = entries();
        let seconds = race_for(&mut entries, Duration::from_millis(900), Duration::from_millis(3));
        let names: Vec<_> = entries.iter().map(|entry| entry.name).collect();
        let figures: Vec<f64> = seconds.iter().map(|seconds| seconds * 1e6 / parts).collect();
        self.table.row(label, &names, &figures);
    }
}

fn main() {
    let mut threads = 1;
    let mut contest = Contest { wanted: Vec::new(), table: Table::of_times(false, "µs") };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--threads" => threads = arguments.next().and_then(|n| n.parse().ok()).expect("--threads N"),
            "--json" => contest.table.json = true,
            _ => contest.wanted.push(argument),
        }
    }
    // All of them work on rayon's pool; candle reads the number of threads from the environment besides.
    if std::env::var("RAYON_NUM_THREADS").ok().as_deref() != Some(&threads.to_string()) {
        let program = std::env::current_exe().expect("the path of this program");
        let again = std::process::Command::new(program)
            .args(std::env::args().skip(1))
            .env("RAYON_NUM_THREADS", threads.to_string())
            .env("MATMUL_NUM_THREADS", threads.to_string())
            .status();
        std::process::exit(again.expect("this program, started again").code().unwrap_or(1));
    }
    lesson::rows(&mut contest);
    mlp::rows(&mut contest);
    elementwise::rows(&mut contest);
    matmul::rows(&mut contest);
}
