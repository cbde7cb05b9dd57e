//! Where does the time go?

use crate::observe::{Observer, Row, observed};
use std::fmt;
use std::time::Duration;

/// The cost of each operation, the most expensive first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile(pub Vec<(&'static str, Row)>);

/// Runs `f` and measures each operation: how often it ran forward and backward, the time, and the bytes of its results.
///
/// What a gradient rule computes counts for the operation it belongs to. Adding gradients up belongs to no operation.
///
/// ```
/// use autograd::{Autodiff, Gradient, profile};
/// use tensor_core::{Serial, Tensor};
/// let x = Tensor::<f32, Autodiff<Serial>>::ones([64, 64]).with_grad();
/// let (_, profile) = profile(|| x.matmul(&x).tanh().sum().backward());
/// println!("{profile}");
/// let matmul = profile.0.iter().find(|(name, _)| *name == "matmul").unwrap().1;
/// assert_eq!((matmul.forward, matmul.backward, matmul.bytes), (1, 1, 64 * 64 * 4));
/// ```
pub fn profile<R>(f: impl FnOnce() -> R) -> (R, Profile) {
    let (result, Observer::Profile(rows)) = observed(Observer::Profile(Default::default()), f) else {
        unreachable!("the observer that was put there")
    };
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.forward_time + row.backward_time));
    (result, Profile(rows))
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = |time: fn(&Row) -> Duration| self.0.iter().map(|(_, row)| time(row)).sum::<Duration>();
        let all = total(|row| row.forward_time + row.backward_time).as_secs_f64().max(f64::MIN_POSITIVE);
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        writeln!(
            f,
            "{:<20} {:>8} {:>12} {:>8} {:>12} {:>14} {:>6}",
            "operation", "forward", "µs", "backward", "µs", "bytes", "share"
        )?;
        for (name, row) in &self.0 {
            let share = (row.forward_time + row.backward_time).as_secs_f64() / all;
            writeln!(
                f,
                "{name:<20} {:>8} {:>12.1} {:>8} {:>12.1} {:>14} {:>5.1}%",
                row.forward,
                micros(row.forward_time),
                row.backward,
                micros(row.backward_time),
                row.bytes,
                100.0 * share
            )?;
        }
        let (forward, backward) = (total(|row| row.forward_time), total(|row| row.backward_time));
        writeln!(f, "{:<20} {:>8} {:>12.1} {:>8} {:>12.1}", "all", "", micros(forward), "", micros(backward))
    }
}
