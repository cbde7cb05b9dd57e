//! Three ways down Rosenbrock's valley in a thousand dimensions: gradients, what they tell in passing of the curvature,
//! and the curvature itself, by Hessian-vector products.
//!
//! `cargo run --release --example newton`

use std::{ops::ControlFlow, path::PathBuf, process::ExitCode, time::Instant};

use gradus::{
    f64::*,
    optim::{Minimum, Progress},
};

#[allow(dead_code, reason = "no example needs all that they share")]
mod support {
    pub(crate) mod args;
    pub(crate) mod axes;
    pub(crate) mod canvas;
    pub(crate) mod descents;
}

use support::{
    args::{Args, Failure, finish, say},
    descents::{Descent, descent_plot},
};

const HELP: &str = "\
Finds the minimum of Rosenbrock's function in many dimensions, sum of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2, which is 0
where all are 1: by gradient descent, by L-BFGS, and by Newton's method with conjugate gradients, which takes products of
the Hessian with vectors and never the Hessian itself.

Usage: cargo run --release --example newton -- [options]

  --dimensions N   how many variables (default 1000)
  --steps N        how many steps gradient descent may take (default 20000)
  --lr X           its learning rate (default 0.0005; it diverges from 0.001 on)
  --seed S         for the start, each variable between -2 and 2 (default 1)
  --out DIR        where the picture goes (default target/newton)
  --help           this text
";

struct Options {
    dimensions: usize,
    steps: usize,
    lr: f64,
    seed: u64,
    out: PathBuf,
}

fn options() -> Result<Options, Failure> {
    let mut args = Args::new(HELP);
    let mut options = Options { dimensions: 1000, steps: 20_000, lr: 0.0005, seed: 1, out: "target/newton".into() };
    while let Some(argument) = args.next()? {
        match argument.as_deref() {
            Ok("dimensions") => options.dimensions = args.value("dimensions", "a number from 2 on")?,
            Ok("steps") => options.steps = args.value("steps", "a number")?,
            Ok("lr") => options.lr = args.value("lr", "a positive number")?,
            Ok("seed") => options.seed = args.value("seed", "a whole number")?,
            Ok("out") => options.out = args.value("out", "a folder's name")?,
            Ok(other) => return Err(args.unknown(&format!("--{other}"))),
            Err(word) => return Err(Failure::Input(format!("`{}` is no option (--help lists them)", word.display()))),
        }
    }
    if options.dimensions < 2 {
        return Err(Failure::input("--dimensions needs a number from 2 on"));
    }
    if !(options.lr > 0.0 && options.lr.is_finite()) {
        return Err(Failure::Input(format!("--lr needs a positive number, not {}", options.lr)));
    }
    Ok(options)
}

fn main() -> ExitCode {
    finish("newton", options().and_then(run))
}

/// Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)². Each variable but the last has a valley along the parabola of the one before.
fn rosenbrock(x: &Tensor) -> Tensor {
    let (here, next) = (x.slice(..-1), x.slice(1..));
    100.0 * (next - here.square()).square().sum() + (1.0 - here).square().sum()
}

fn run(options: Options) -> Result<(), Failure> {
    manual_seed(options.seed);
    let start = 4.0 * rand([options.dimensions]) - 2.0;
    say(format_args!(
        "Rosenbrock's function of {} variables, {:.1} at the start\n",
        options.dimensions,
        rosenbrock(&start).item()
    ));
    say(format_args!(
        "{:20}{:>8}{:>12}{:>10}{:>13}{:>14}",
        "", "steps", "gradients", "products", "milliseconds", "loss"
    ));

    let mut descents = Vec::new();
    let mut losses = Vec::new();
    let began = Instant::now();
    let mut x = start.clone();
    for _ in 0..options.steps {
        let (loss, gradient) = functional::value_and_grad(rosenbrock, &x);
        losses.push((began.elapsed().as_secs_f64(), loss.item()));
        if !loss.item().is_finite() {
            break;
        }
        x.sub_(options.lr * gradient);
    }
    let loss = rosenbrock(&x).item();
    losses.push((began.elapsed().as_secs_f64(), loss));
    line("gradient descent", losses.len() - 1, losses.len() - 1, 0, &losses, loss);
    descents.push(Descent { name: "gradient descent".into(), losses });

    // Both with what is as good as no tolerance: how far do they get?
    let lbfgs = Lbfgs { gtol: 1e-10, ..Lbfgs::default() };
    descents.push(follow("L-BFGS", |watch| lbfgs.minimize_watched(rosenbrock, &start, watch)));
    let newton = NewtonCg { gtol: 1e-10, ..NewtonCg::default() };
    descents.push(follow("Newton-CG", |watch| newton.minimize_watched(rosenbrock, &start, watch)));

    std::fs::create_dir_all(&options.out)
        .map_err(|error| Failure::Input(format!("{}: {error}", options.out.display())))?;
    let picture = options.out.join("newton.png");
    let title = format!("Rosenbrock's valley in {} dimensions", options.dimensions);
    descent_plot(&picture, &title, &descents)
        .map_err(|error| Failure::Input(format!("{}: {error}", picture.display())))?;
    say(format_args!("\nPicture: {}", picture.display()));
    Ok(())
}

/// Has a method run, notes the loss and the time after each step, and prints a line.
fn follow(
    name: &str,
    run: impl FnOnce(&mut dyn FnMut(&Progress<'_, Tensor>) -> ControlFlow<()>) -> Minimum<Tensor>,
) -> Descent {
    let mut losses = Vec::new();
    let began = Instant::now();
    let end = run(&mut |at| {
        losses.push((began.elapsed().as_secs_f64(), at.value));
        ControlFlow::Continue(())
    });
    line(name, end.iterations, end.evaluations, end.products, &losses, end.value);
    Descent { name: name.into(), losses }
}

fn line(name: &str, steps: usize, gradients: usize, products: usize, losses: &[(f64, f64)], loss: f64) {
    let milliseconds = 1e3 * losses.last().map_or(0.0, |last| last.0);
    say(format_args!("{name:20}{steps:8}{gradients:12}{products:10}{milliseconds:13.1}{loss:14.3e}"));
}
