//! What every comparison needs: contestants timed in turn, in one process, and a table of who came first.

pub mod mkl;

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

/// Numbers from a cache line's beginning on, as tensors have them.
pub struct Aligned<T> {
    memory: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Copy> Aligned<T> {
    pub fn new(len: usize, value: impl Fn(usize) -> T) -> Self {
        let spare = 64 / size_of::<T>();
        let mut memory = vec![value(0); len + spare];
        let start = memory.as_ptr().align_offset(64);
        (0..len).for_each(|i| memory[start + i] = value(i));
        Aligned { memory, start, len }
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.memory[self.start..self.start + self.len]
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.memory[self.start..self.start + self.len]
    }
}

/// The name of what is no peer, but the same work without any library: it does not count in ratios.
pub const BY_HAND: &str = "by hand";

/// A contestant in a row: a name and the work, done once for each call.
pub struct Entry<'a> {
    pub name: &'static str,
    pub work: Box<dyn FnMut() + 'a>,
}

impl<'a> Entry<'a> {
    pub fn new(name: &'static str, work: impl FnMut() + 'a) -> Self {
        Entry { name, work: Box::new(work) }
    }
}

fn time(calls: usize, work: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        work();
    }
    start.elapsed().as_secs_f64() / calls as f64
}

/// Seconds that one call of each entry takes: the best of many short rounds in which all take turns, so that the clock
/// and the neighbours are the same for all. A turn begins with a call that does not count. Every other round goes backwards:
/// nobody always comes after the one whose operands are others, and have pushed these out of the caches.
pub fn race(entries: &mut [Entry<'_>], budget: Duration) -> Vec<f64> {
    race_for(entries, budget, Duration::from_micros(100))
}

/// [`race`] with turns of at least this length: what a loop costs that finds its caches as it left them.
pub fn race_for(entries: &mut [Entry<'_>], budget: Duration, turn: Duration) -> Vec<f64> {
    let calls: Vec<usize> = entries
        .iter_mut()
        .map(|entry| {
            (entry.work)();
            let mut calls = 1;
            while time(calls, &mut entry.work) * (calls as f64) < turn.as_secs_f64() {
                calls *= 2;
            }
            calls
        })
        .collect();
    let mut best = vec![f64::MAX; entries.len()];
    let start = Instant::now();
    let mut rounds = 0;
    while rounds < 5 || start.elapsed() < budget {
        for turn in 0..entries.len() {
            let i = if rounds % 2 == 0 { turn } else { entries.len() - 1 - turn };
            // Not counted: it finds the caches, and the clock, as the contestant before left them.
            (entries[i].work)();
            best[i] = time(calls[i], &mut entries[i].work).min(best[i]);
        }
        rounds += 1;
    }
    best
}

/// Rows as they come, as a table or as JSON lines. The first column is this project's.
pub struct Table {
    pub json: bool,
    pub unit: &'static str,
    less_is_better: bool,
    /// The names above the columns.
    columns: Vec<&'static str>,
}

impl Table {
    /// Of figures of which more is better.
    pub fn new(json: bool, unit: &'static str) -> Self {
        Table { json, unit, less_is_better: false, columns: Vec::new() }
    }

    /// Of times.
    pub fn of_times(json: bool, unit: &'static str) -> Self {
        Table { less_is_better: true, ..Table::new(json, unit) }
    }

    /// A row of figures. The ratio is ours to the best of the others.
    pub fn row(&mut self, label: &str, names: &[&'static str], figures: &[f64]) {
        let others = names.iter().zip(figures).skip(1).filter(|(name, _)| **name != BY_HAND).map(|(_, &figure)| figure);
        let best = if self.less_is_better { others.fold(f64::MAX, f64::min) } else { others.fold(0.0, f64::max) };
        let ratio = figures[0] / best;
        if self.json {
            let cells: Vec<String> = names.iter().zip(figures).map(|(n, f)| format!("\"{n}\":{f:.4}")).collect();
            let unit = self.unit;
            println!(
                "{{\"row\":\"{label}\",\"unit\":\"{unit}\",{},\"ratio_to_best_peer\":{ratio:.3}}}",
                cells.join(",")
            );
            return;
        }
        let width = if self.less_is_better { 40 } else { 20 };
        if self.columns != names {
            print!("{:>width$}", self.unit);
            names.iter().for_each(|name| print!(" {name:>14}"));
            println!(" {:>14}", "to best peer");
            self.columns = names.to_vec();
        }
        print!("{label:>width$}");
        figures.iter().for_each(|figure| print!(" {figure:>14.prec$}", prec = if *figure < 10.0 { 3 } else { 2 }));
        println!(" {ratio:>14.2}");
    }
}
