//! Learns the length and the damping of a pendulum from a film of its swing, by differentiating through the simulation.
//!
//! `cargo run --release --example pendulum`

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use gradus::{autograd::live_nodes, f64::*, io::csv, memory};

#[allow(dead_code, reason = "no example needs all that they share")]
mod support {
    pub(crate) mod args;
    pub(crate) mod axes;
    pub(crate) mod canvas;
    pub(crate) mod losses;
    pub(crate) mod swings;
}

use support::{
    args::{Args, Failure, finish, say},
    losses::Run,
    swings::swing_plot,
};

const HELP: &str = "\
Finds the length and the damping of a pendulum, and how it was let go, from a record of its angle: the simulation runs
for thousands of steps, and one backward pass through them tells how each parameter should change.

Usage: cargo run --release --example pendulum -- [DATA.csv] [options]

  DATA.csv          columns t (seconds, evenly spaced) and angle (radians from the vertical); default
                    examples/data/pendulum.csv
  --substeps N      steps of the simulation from one row to the next (default 20)
  --every N         rows between two checkpoints (default: about the root of their number)
  --length X        the first guess of the length in metres (default 1)
  --damping X       that of the damping in 1/s (default 0)
  --plot OUT.png    draw the record, the fit, and the way there
  --record OUT.csv  write a record to play with instead: a pendulum of 1.25 m, damping 0.1/s, let go at 2.2 rad with
                    0.3 rad/s, measured with errors of 0.03 rad
  --seed S          for these errors (default 1)
  --help            this text
";

const GRAVITY: f64 = 9.80665;
const NAMES: [(&str, &str); 4] =
    [("length", "m"), ("damping", "1/s"), ("angle at start", "rad"), ("speed at start", "rad/s")];

struct Options {
    data: Option<PathBuf>,
    substeps: usize,
    every: Option<usize>,
    length: f64,
    damping: f64,
    plot: Option<PathBuf>,
    record: Option<PathBuf>,
    seed: u64,
}

fn options() -> Result<Options, Failure> {
    let mut args = Args::new(HELP);
    let mut options =
        Options { data: None, substeps: 20, every: None, length: 1.0, damping: 0.0, plot: None, record: None, seed: 1 };
    while let Some(argument) = args.next()? {
        match argument.as_deref() {
            Ok("substeps") => options.substeps = args.value("substeps", "a number")?,
            Ok("every") => options.every = Some(args.value("every", "a number of rows")?),
            Ok("length") => options.length = args.value("length", "a positive number")?,
            Ok("damping") => options.damping = args.value("damping", "a number from 0 on")?,
            Ok("plot") => options.plot = Some(args.value("plot", "a file's name")?),
            Ok("record") => options.record = Some(args.value("record", "a file's name")?),
            Ok("seed") => options.seed = args.value("seed", "a whole number")?,
            Ok(other) => return Err(args.unknown(&format!("--{other}"))),
            Err(word) if options.data.is_none() => options.data = Some(PathBuf::from(word)),
            Err(word) => return Err(Failure::Input(format!("one file is enough: `{}` is too much", word.display()))),
        }
    }
    if options.substeps == 0 || options.every == Some(0) {
        return Err(Failure::input("--substeps and --every need at least 1"));
    }
    if !(options.length > 0.0 && options.length.is_finite()) {
        return Err(Failure::Input(format!("--length needs a positive number, not {}", options.length)));
    }
    if !(options.damping >= 0.0 && options.damping.is_finite()) {
        return Err(Failure::Input(format!("--damping needs a number from 0 on, not {}", options.damping)));
    }
    Ok(options)
}

fn main() -> ExitCode {
    finish("pendulum", options().and_then(run))
}

/// How a swing is simulated: the time between two rows, the steps in between, how many rows are a stretch, and whether only
/// the state between two stretches is kept for the backward pass.
#[derive(Clone, Copy)]
struct Clock {
    spacing: f64,
    substeps: usize,
    every: usize,
    checkpoints: bool,
}

impl Clock {
    /// The angles in the first `rows` rows, for length, damping, angle and speed at the start.
    fn angles(self, b: &Tensor, rows: usize) -> Tensor {
        let mut state = b.slice(2..).into_tensor();
        let mut parts = vec![state.unsqueeze(0).into_tensor()];
        let mut left = rows - 1;
        while left > 0 {
            let count = self.every.min(left);
            let stretch = move |(state, b): &(Tensor, Tensor)| self.stretch(state, b, count);
            let given = (state, b.clone());
            let path = if self.checkpoints { checkpoint(stretch, &given) } else { stretch(&given) };
            state = path.slice(-1).into_tensor();
            parts.push(path);
            left -= count;
        }
        Tensor::concat(&parts.iter().collect::<Vec<_>>(), 0).slice((.., 0)).into_tensor()
    }

    /// Angle and speed in the next `rows` rows: θ'' = −(g/L) sin θ − c θ', by Verlet's method (half a kick, a drift, half a
    /// kick; the damping of the second half is implicit).
    fn stretch(self, state: &Tensor, b: &Tensor, rows: usize) -> Tensor {
        let h = self.spacing / self.substeps as f64;
        let pull = 0.5 * h * GRAVITY / b.slice(0);
        let drag = 0.5 * h * b.slice(1);
        let (keep, brake) = (1.0 - &drag, 1.0 / (1.0 + &drag));
        let (mut angle, mut speed) = (state.slice(0).into_tensor(), state.slice(1).into_tensor());
        let mut kick = angle.sin() * &pull;
        let mut path = Vec::new();
        for _ in 0..rows {
            for _ in 0..self.substeps {
                speed = speed * &keep - kick;
                angle += &speed * h;
                kick = angle.sin() * &pull;
                speed = (speed - &kick) * &brake;
            }
            path.push(Tensor::stack(&[&angle, &speed], 0));
        }
        Tensor::stack(&path.iter().collect::<Vec<_>>(), 0)
    }
}

fn run(options: Options) -> Result<(), Failure> {
    if let Some(path) = &options.record {
        return record(path, options.seed);
    }
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/pendulum.csv");
    let (times, angles) = read(options.data.as_deref().unwrap_or(&bundled))?;
    let rows = times.len();
    let spacing = (times[rows - 1] - times[0]) / (rows - 1) as f64;
    let every = options.every.unwrap_or((rows as f64).sqrt().round() as usize);
    let clock = Clock { spacing, substeps: options.substeps, every, checkpoints: true };
    let whole = Clock { checkpoints: false, ..clock };
    let measured = tensor(angles.clone());
    // Let go at the first angle measured.
    let guess = tensor([options.length, options.damping, angles[0], (angles[1] - angles[0]) / spacing]);
    say(format_args!(
        "{rows} rows over {:.1} s, {} steps of the simulation\n",
        times[rows - 1] - times[0],
        (rows - 1) * options.substeps
    ));

    // One gradient: with checkpoints first, so that nothing in the memory is left over from the larger one.
    say(format_args!("{:32}{:>14}{:>14}{:>14}", "one gradient", "kept nodes", "peak memory", "milliseconds"));
    let name = format!("a checkpoint every {every} rows");
    let with = gradient(&name, clock, &guess, &measured);
    let without = gradient("the whole simulation on the tape", whole, &guess, &measured);
    let same = if with == without { "The gradients have the same bits." } else { "The gradients differ!" };
    say(format_args!("{same}\n"));

    // A guess that is off by a tenth is off by whole swings after a while, and the loss then has a valley for each of
    // them. So the beginning is fitted first, and then more and more.
    let mut b = guess.clone();
    let mut stages = Vec::new();
    let began = Instant::now();
    let mut count = 0;
    for part in [8, 4, 2, 1] {
        let rows = (rows / part).max(rows.min(4));
        let target = measured.slice(..rows).into_tensor();
        let mut losses = Vec::new();
        let method = Lbfgs { gtol: 1e-7, max_iterations: 200, ..Lbfgs::default() };
        let end = method
            .try_minimize_watched(
                |b: &Tensor| mse(&clock.angles(b, rows), &target),
                &b,
                |at| {
                    losses.push(((count + at.evaluations) as f64, at.value));
                    std::ops::ControlFlow::Continue(())
                },
            )
            .map_err(Failure::run)?;
        let seconds = (rows - 1) as f64 * spacing;
        say(format_args!("fitted to {seconds:5.1} s: loss {:.6} after {} gradients", end.value, end.evaluations));
        stages.push(Run { name: format!("{seconds:.1} s"), losses });
        count += end.evaluations;
        b = end.parameters;
    }

    // The last digits, and how uncertain they are.
    let fit = LevenbergMarquardt { ftol: 1e-10, ..LevenbergMarquardt::default() }
        .try_minimize(|b: &Tensor| whole.angles(b, rows) - &measured, &b)
        .map_err(Failure::run)?;
    say(format_args!("{:.1} s in all\n", began.elapsed().as_secs_f64()));
    let deviations = fit.standard_deviations.as_ref().map_or(vec![f64::NAN; 4], Tensor::to_vec);
    for ((name, unit), (value, deviation)) in NAMES.iter().zip(fit.parameters.to_vec().into_iter().zip(deviations)) {
        say(format_args!("{name:16}{value:10.5} ± {deviation:.5} {unit}"));
    }
    say(format_args!("{:16}{:10.5} rad", "error of a row", fit.variance().sqrt()));

    if let Some(path) = &options.plot {
        let line = |b: &Tensor| -> Vec<(f64, f64)> {
            // Five points from one row to the next.
            let fine =
                Clock { spacing: spacing / 5.0, substeps: options.substeps.div_ceil(5), every: 5 * rows, ..whole };
            let angles = no_grad(|| fine.angles(b, 5 * (rows - 1) + 1)).to_vec();
            angles.into_iter().enumerate().map(|(i, angle)| (times[0] + i as f64 * spacing / 5.0, angle)).collect()
        };
        let points: Vec<(f64, f64)> = times.iter().copied().zip(angles).collect();
        let title = "Measured (points), first guess (grey), fitted (line)";
        swing_plot(path, title, &points, &line(&guess), &line(&fit.parameters), &stages)
            .map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
        say(format_args!("\nPicture: {}", path.display()));
    }
    Ok(())
}

/// The gradient of the loss, and a line that says what it took.
fn gradient(name: &str, clock: Clock, b: &Tensor, measured: &Tensor) -> Vec<f64> {
    memory::trim();
    memory::reset_peak();
    let before = memory::stats().live;
    let began = Instant::now();
    let b = b.detach().with_grad();
    let loss = mse(&clock.angles(&b, measured.numel()), measured);
    let nodes = live_nodes();
    loss.backward();
    let milliseconds = 1e3 * began.elapsed().as_secs_f64();
    let megabytes = (memory::stats().peak - before) as f64 / 1e6;
    say(format_args!("{name:32}{nodes:14}{:>14}{milliseconds:14.1}", format!("{megabytes:.2} MB")));
    b.grad().to_vec()
}

fn read(path: &Path) -> Result<(Vec<f64>, Vec<f64>), Failure> {
    let data = csv::read(path).map_err(Failure::input)?;
    let (times, angles) = (data.column("t").map_err(Failure::input)?, data.column("angle").map_err(Failure::input)?);
    let wrong = |problem: String| Err(Failure::Input(format!("{}: {problem}", data.source)));
    if times.len() < 8 {
        return wrong(format!("{} rows are too few: there should be 8 at least", times.len()));
    }
    if let Some(row) = times.iter().zip(&angles).position(|(t, angle)| !(t.is_finite() && angle.is_finite())) {
        return wrong(format!("row {} has a number that is not finite", row + 1));
    }
    let spacing = (times[times.len() - 1] - times[0]) / (times.len() - 1) as f64;
    let even = |pair: &[f64]| (pair[1] - pair[0] - spacing).abs() <= 1e-3 * spacing;
    match times.windows(2).position(|pair| !even(pair)) {
        _ if spacing <= 0.0 => wrong("the times should grow".into()),
        Some(row) => {
            wrong(format!("row {} is not {spacing:.4} s after the one before: times should be evenly spaced", row + 2))
        }
        None => Ok((times, angles)),
    }
}

/// Writes what was measured of a pendulum that is known.
fn record(path: &Path, seed: u64) -> Result<(), Failure> {
    manual_seed(seed);
    // In steps ten times finer than the fit takes.
    let clock = Clock { spacing: 0.1, substeps: 200, every: 200, checkpoints: false };
    let angles = no_grad(|| clock.angles(&tensor([1.25, 0.1, 2.2, 0.3]), 201));
    let measured = angles + 0.03 * randn([201]);
    let mut text = String::from("t,angle\n");
    for (row, angle) in measured.to_vec().into_iter().enumerate() {
        writeln!(text, "{:.1},{angle:.4}", 0.1 * row as f64).map_err(Failure::run)?;
    }
    fs::write(path, text).map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
    say(format_args!("201 rows in {}", path.display()));
    Ok(())
}
