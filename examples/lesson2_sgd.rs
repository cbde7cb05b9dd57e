//! Lesson 2 of fast.ai's course, in Rust: stochastic gradient descent finds the line through a cloud of points.
//!
//! `cargo run --release --example lesson2_sgd`

use std::{fs, path::Path, path::PathBuf, process::ExitCode};

use gradus::prelude::*;

mod support {
    pub(crate) mod args;
    pub(crate) mod axes;
    pub(crate) mod canvas;
    pub(crate) mod gif;
    pub(crate) mod lines;
    pub(crate) mod losses;
}

use support::{
    args::{Args, Failure, finish, say},
    canvas::save_png,
    lines::{Line, animation, before_and_after},
    losses::{Run, loss_curves},
};

const HELP: &str = "\
Makes 100 points around the line y = 3x + 2, and finds the line again by stochastic gradient descent: with all points at
once, with mini-batches of ten, with one point at a time, with a learning rate too small, with one too large, and with
an optimiser that has momentum.

Usage: cargo run --release --example lesson2_sgd -- [options]

  --out DIR    where the pictures go (default target/lesson2_sgd)
  --seed S     for the points and the order they are taken in (default 42)
  --help       this text
";

const STEPS: usize = 100;

#[expect(clippy::manual_is_multiple_of, reason = "`t % 10 == 0` is how the lesson has it")]
fn lesson(options: Options) -> Result<(), Failure> {
    manual_seed(options.seed);

    // The data: 100 points around the line y = 3x + 2. The second column of `x` stays 1, so that `x.matmul(&a)` is
    // a[0] times the first column plus a[1]: slope and intercept are learned alike.
    let n = 100;
    let mut x = ones([n, 2]);
    x.slice_mut((.., 0)).uniform_(-1.0, 1.0);
    let y = x.matmul(tensor([3.0, 2.0])) + rand([n]);
    say(format_args!("x = {}\n    … and {} more rows", x.slice(..5), n - 5));
    say(format_args!("y = {}\n    … and {} more", y.slice(..5), n - 5));

    // From here on nobody knows the 3 and the 2. This is the first guess, and the loss says how bad it is. (The noise is
    // 0.5 on average, so the best line is about 3x + 2.5, and no line has a loss of 0.)
    let guess = || Parameter::new(tensor([-1.0, 1.0]));

    // The heart of the lesson. `backward` finds how the loss changes with `a`; a small step against that makes it
    // smaller. The step itself is not part of what is differentiated, and the next one wants a gradient of its own.
    let update = |t: usize, a: &Parameter, lr: f32, x: &Tensor, y: &Tensor| {
        let y_hat = x.matmul(a);
        let loss = mse(&y_hat, y);
        if t % 10 == 0 {
            say(format_args!("  step {t:2}  loss {loss}"));
        }
        loss.backward();
        no_grad(|| a.sub_(lr * a.grad()));
        a.zero_grad();
    };
    let mut album = Album { x: &x, y: &y, runs: Vec::new() };

    // Gradient descent proper: every step looks at all points.
    let a = guess();
    album.follow("all points, lr 0.1", &a, |t| update(t, &a, 0.1, &x, &y));
    say(&a);

    // Stochastic gradient descent: every step looks at ten points drawn at random. Its loss is that of those ten, so it
    // goes up and down, but a step costs a tenth.
    let a = guess();
    album.follow("mini-batches of 10, lr 0.1", &a, |t| {
        let rand_idx = randperm(n).slice(..10);
        update(t, &a, 0.1, &x.select(&rand_idx), &y.select(&rand_idx));
    });

    // A batch may be a single point. The line then jumps after each of them, and never quite settles.
    let a = guess();
    album.follow("single points, lr 0.1", &a, |t| {
        let rand_idx = randperm(n).slice(..1);
        update(t, &a, 0.1, &x.select(&rand_idx), &y.select(&rand_idx));
    });

    // With a learning rate too small it takes for ever…
    let a = guess();
    album.follow("lr too small: 0.003", &a, |t| update(t, &a, 0.003, &x, &y));

    // … and with one too large, every step lands further up on the other side of the valley.
    let a = guess();
    album.follow("lr too large: 1.1", &a, |t| update(t, &a, 1.1, &x, &y));

    // An optimiser knows the update, and better ones: momentum keeps part of the last step going.
    let a = guess();
    let mut optimiser = Sgd::new([&a], 0.1).momentum(0.6);
    album.follow("Sgd, lr 0.1, momentum 0.6", &a, |t| {
        let loss = mse(&x.matmul(&a), &y);
        if t % 10 == 0 {
            say(format_args!("  step {t:2}  loss {loss}"));
        }
        optimiser.zero_grad();
        loss.backward();
        optimiser.step();
    });

    album.print(&options.out)
}

/// What the pictures show: the points, and for each run the lines from the first guess to the last.
struct Album<'a> {
    x: &'a Tensor,
    y: &'a Tensor,
    runs: Vec<(&'static str, Vec<Line>)>,
}

impl Album<'_> {
    /// Does all steps of a run, keeps the lines in between, and says how it ended.
    fn follow(&mut self, name: &'static str, a: &Parameter, mut step: impl FnMut(usize)) {
        say(format_args!("\n{name}"));
        let mut lines = vec![self.line(a)];
        for t in 0..STEPS {
            step(t);
            lines.push(self.line(a));
        }
        let (first, last) = (lines[0], lines[STEPS]);
        if last.loss <= first.loss {
            say(format_args!("  y = {:.4} x + {:.4}, loss {:.4}", last.slope, last.intercept, last.loss));
        } else {
            let growth = format!("the loss grew from {:.3} to {:.3e}", first.loss, last.loss);
            say(format_args!("  It diverges: {growth}. Try a smaller learning rate."));
        }
        self.runs.push((name, lines));
    }

    /// The line that `a` stands for, with its loss over all points.
    fn line(&self, a: &Parameter) -> Line {
        let a = a.detach();
        let loss = mse(&self.x.matmul(&a), self.y);
        let [slope, intercept] = [0, 1].map(|i| a.slice(i).item());
        Line { slope: slope.into(), intercept: intercept.into(), loss: loss.item().into() }
    }

    fn print(&self, folder: &Path) -> Result<(), Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::Input(format!("{}: {error}", folder.display())))?;
        let [lines, losses, moving] = ["before-and-after.png", "losses.png", "fit.gif"].map(|name| folder.join(name));
        let x = self.x.slice((.., 0)).cast::<f64>().to_vec();
        let y = self.y.cast::<f64>().to_vec();

        let steps = &self.runs[0].1;
        before_and_after(&lines, &x, &y, steps[0], steps[STEPS]).map_err(Failure::run)?;
        animation(&moving, &x, &y, &steps[..=60]).map_err(Failure::run)?;
        let curve = |(name, lines): &(&str, Vec<Line>)| Run {
            name: name.to_string(),
            losses: lines.iter().enumerate().map(|(step, line)| (step as f64, line.loss)).collect(),
        };
        let curves: Vec<Run> = self.runs.iter().map(curve).collect();
        save_png(&losses, (1000, 480), |area| loss_curves(area, "The loss of six runs", "step", &curves))
            .map_err(Failure::run)?;
        say(format_args!("\nPictures: {}, {}, {}", lines.display(), losses.display(), moving.display()));
        Ok(())
    }
}

struct Options {
    out: PathBuf,
    seed: u64,
}

fn options() -> Result<Options, Failure> {
    let mut args = Args::new(HELP);
    let mut options = Options { out: "target/lesson2_sgd".into(), seed: 42 };
    while let Some(argument) = args.next()? {
        match argument.as_deref() {
            Ok("out") => options.out = args.value("out", "a folder's name")?,
            Ok("seed") => options.seed = args.value("seed", "a whole number")?,
            Ok(other) => return Err(args.unknown(&format!("--{other}"))),
            Err(word) => return Err(Failure::Input(format!("`{}` is no option (--help lists them)", word.display()))),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    finish("lesson2_sgd", options().and_then(lesson))
}
