//! Fits a linear model to a CSV file by stochastic gradient descent.
//!
//! `cargo run --release --example fit -- examples/data/norris.csv --target y --standardize`

use std::{path::PathBuf, process::ExitCode, time::Duration};

use gradus::{f64::*, io::csv};
use indicatif::{ProgressBar, ProgressStyle};

mod support {
    pub(crate) mod args;
    pub(crate) mod axes;
    pub(crate) mod canvas;
    pub(crate) mod losses;
    pub(crate) mod prediction;
    pub(crate) mod report;
    pub(crate) mod stats;
}

use support::{
    args::{Args, Failure, finish, say},
    losses::Run,
    prediction::prediction_plot,
    report::{digits, table},
    stats::{Scale, r_squared, residual_deviation, unscale},
};

const HELP: &str = "\
Fits target = intercept + sum of (coefficient x column) to a CSV file, by gradient descent on the mean squared error.

Usage: cargo run --release --example fit -- DATA.csv --target NAME [options]

  DATA.csv          numbers under a line of column names; every column but the target is a feature
  --target NAME     the column to predict
  --standardize     shift and scale every column to mean 0 and deviation 1 while fitting; the coefficients are printed
                    in the data's own units all the same. Columns of different size hardly fit without it
  --momentum M      from 0 to below 1 (default 0.9); the closer the features are to copies of each other,
                    the closer to 1 it should be
  --lr X            learning rate (default: from the data, as large as is safe; it is printed)
  --batch N         rows in a mini-batch (default: all of them)
  --epochs E        passes over the data at most (default 20000, with --batch 200); without --batch it stops
                    by itself when the gradient no longer gets smaller
  --seed S          for the order of the rows in mini-batches (default 1)
  --plot OUT.png    draw predictions against the truth, and the loss
  --help            this text

It ends with code 0; 2 if the command line or the file is wrong; 1 if the loss diverges.
";

struct Options {
    data: PathBuf,
    target: String,
    standardize: bool,
    momentum: f64,
    lr: Option<f64>,
    batch: Option<usize>,
    epochs: Option<usize>,
    seed: u64,
    plot: Option<PathBuf>,
}

fn options() -> Result<Options, Failure> {
    let mut args = Args::new(HELP);
    let (mut data, mut target) = (None, None);
    let (mut standardize, mut momentum, mut lr, mut batch, mut epochs, mut seed, mut plot) =
        (false, 0.9, None, None, None, 1, None);
    while let Some(argument) = args.next()? {
        let option = match argument {
            Ok(option) => option,
            Err(word) if data.is_none() => {
                data = Some(PathBuf::from(word));
                continue;
            }
            Err(word) => return Err(Failure::Input(format!("one file is enough: `{}` is too much", word.display()))),
        };
        match option.as_str() {
            "target" => target = Some(args.value("target", "a column's name")?),
            "standardize" => standardize = true,
            "momentum" => momentum = args.value("momentum", "a number from 0 to below 1")?,
            "lr" => lr = Some(args.value("lr", "a positive number")?),
            "batch" => batch = Some(args.value("batch", "a number of rows")?),
            "epochs" => epochs = Some(args.value("epochs", "a number")?),
            "seed" => seed = args.value("seed", "a whole number")?,
            "plot" => plot = Some(args.value("plot", "a file's name")?),
            other => return Err(args.unknown(&format!("--{other}"))),
        }
    }
    let needed = |what| Failure::Input(format!("{what} is missing (--help shows the usage)"));
    let options = Options {
        data: data.ok_or_else(|| needed("the CSV file"))?,
        target: target.ok_or_else(|| needed("--target NAME"))?,
        standardize,
        momentum,
        lr,
        batch,
        epochs,
        seed,
        plot,
    };
    if !(0.0..1.0).contains(&options.momentum) {
        return Err(Failure::Input(format!("--momentum needs a number from 0 to below 1, not {momentum}")));
    }
    if let Some(lr) = options.lr.filter(|lr| !(*lr > 0.0 && lr.is_finite())) {
        return Err(Failure::Input(format!("--lr needs a positive number, not {lr}")));
    }
    if options.batch == Some(0) || options.epochs == Some(0) {
        return Err(Failure::input("--batch and --epochs need at least 1"));
    }
    Ok(options)
}

fn main() -> ExitCode {
    finish("fit", options().and_then(run))
}

fn run(options: Options) -> Result<(), Failure> {
    let data = csv::read(&options.data).map_err(Failure::input)?;
    let target = data.column(&options.target).map_err(Failure::input)?;
    let names: Vec<&str> = data.names.iter().map(String::as_str).filter(|name| *name != options.target).collect();
    if names.is_empty() {
        return Err(Failure::Input(format!("{}: there is no column besides `{}`", data.source, options.target)));
    }
    if let Some(at) = data.data.iter().position(|value| !value.is_finite()) {
        let (row, column) = (at / data.names.len() + 1, &data.names[at % data.names.len()]);
        let value = data.data[at];
        return Err(Failure::Input(format!(
            "{}: row {row} has {value} in column `{column}`: leave it out",
            data.source
        )));
    }
    let x: Tensor = data.tensor(&names).map_err(Failure::input)?;
    let y = tensor(target);

    let (x_scale, y_scale) =
        if options.standardize { (Scale::of(&x), Scale::of(&y)) } else { (Scale::raw(), Scale::raw()) };
    // The weight of a column of ones is the intercept.
    let scaled = Tensor::concat(&[&ones([data.rows, 1]), &x_scale.apply(&x)], 1);
    let fit = descend(&scaled, &y_scale.apply(&y), &options, y_scale.deviation.item().powi(2))?;
    let (intercept, coefficients) = unscale(&fit.weights.slice(0), &fit.weights.slice(1..), &x_scale, &y_scale);
    let predicted = x.matmul(&coefficients) + &intercept;

    say(format_args!("{}\n", fit.end));
    let mut rows = vec![("(intercept)".to_string(), intercept.item())];
    rows.extend(names.iter().map(|name| name.to_string()).zip(coefficients.to_vec()));
    say(table(["column", "coefficient"], &rows));
    let explained = r_squared(&y, &predicted);
    say(format_args!("R²                           {}", digits(explained)));
    match residual_deviation(&y, &predicted, names.len() + 1) {
        Some(deviation) => say(format_args!("residual standard deviation  {}", digits(deviation))),
        None => say(format_args!("residual standard deviation  none: as many coefficients as rows")),
    }
    if let Some(path) = options.plot {
        let file = options.data.file_name().unwrap_or_default().display();
        let title = format!("{file}: R² = {explained:.6}");
        let run = Run { name: format!("momentum {}", options.momentum), losses: fit.losses };
        let drawn = prediction_plot(&path, &options.target, &title, &y.to_vec(), &predicted.to_vec(), run);
        drawn.map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
        say(format_args!("\nPicture: {}", path.display()));
    }
    Ok(())
}

/// Where the descent ended.
struct Fit {
    weights: Tensor,
    losses: Vec<(f64, f64)>,
    /// Why it ended there.
    end: String,
}

/// Gradient descent with momentum on the mean of `(x w − y)²`. `unit` turns that loss into the one of the data itself.
fn descend(x: &Tensor, y: &Tensor, options: &Options, unit: f64) -> Result<Fit, Failure> {
    let rows = y.numel();
    let batch = options.batch.unwrap_or(rows).min(rows);
    let full = batch == rows;
    let epochs = options.epochs.unwrap_or(if full { 20_000 } else { 200 });
    let momentum = options.momentum;
    let curvature = curvature(x, full);
    if !curvature.is_finite() {
        return Err(Failure::input("the squares of the numbers are beyond double precision: scale the columns down"));
    }
    // The best rate for a momentum β when the curvature is at most L: (1 + √β)²/L. It lets the steepest direction swing as
    // slowly as the flattest creeps (Polyak 1964). With the noise of mini-batches, a step no longer than plain SGD's 1/L.
    let safe = if full { (1.0 + momentum.sqrt()).powi(2) } else { 1.0 - momentum } / curvature;
    let lr = options.lr.unwrap_or(safe);
    // Without a smaller gradient for this long (it also swings) there is nothing left to gain but rounding errors.
    let patience = 100 + (20.0 / (1.0 - momentum)) as usize;
    let rate = if (1e-3..1e3).contains(&lr) { format!("{lr:.4}") } else { format!("{lr:.3e}") };
    let features = x.size(1) - 1;
    say(format_args!("rows {rows}, features {features}, batch {batch}, learning rate {rate}, momentum {momentum}"));

    // A descent that converges may still overshoot at first: its loss by up to 1/(1 − β)² or so.
    let far = 1e3 / (1.0 - momentum).powi(2);
    let bar = ProgressBar::new(epochs as u64).with_style(
        ProgressStyle::with_template("{bar:30} epoch {pos}/{len}  {msg}  {eta} left").expect("the template is right"),
    );
    bar.enable_steady_tick(Duration::from_millis(200));
    manual_seed(options.seed);
    let w = Parameter::new(zeros([x.size(1)]));
    let mut optimiser = Sgd::new([&w], lr).momentum(momentum);
    let mut losses: Vec<(f64, f64)> = Vec::new();
    // Momentum amplifies the last rounding errors: where the gradient was smallest, a digit or two more are right.
    let (mut smallest, mut since, mut best) = (f64::INFINITY, 0, w.detach());
    let mut end = None;
    for epoch in 0..epochs {
        let order = if full { None } else { Some(randperm(rows)) };
        let mut sum = 0.0;
        for start in (0..rows).step_by(batch) {
            let (loss, count) = match &order {
                None => (mse(&x.matmul(&w), y), rows),
                Some(order) => {
                    let index = order.slice(start..start + batch);
                    (mse(&x.select(&index).matmul(&w), y.select(&index)), index.numel())
                }
            };
            optimiser.zero_grad();
            loss.backward();
            sum += loss.item() * count as f64;
            if full {
                let steepest = w.grad().abs().max().item();
                if steepest < smallest {
                    (smallest, since, best) = (steepest, 0, w.detach());
                } else {
                    since += 1;
                }
            }
            optimiser.step();
        }
        let loss = unit * sum / rows as f64;
        losses.push((epoch as f64, loss));
        bar.set_position(epoch as u64);
        if epoch % 100 == 0 {
            bar.set_message(format!("loss {loss:.6e}"));
        }
        let first = losses[0].1;
        if loss.is_nan() || loss > far * first.max(f64::MIN_POSITIVE) {
            bar.finish_and_clear();
            let standardize = if options.standardize { "" } else { "--standardize, or " };
            return Err(Failure::run(format_args!(
                "diverged: the loss grew from {first:.3e} to {loss:.3e} by epoch {epoch}. Try {standardize}a smaller --lr ({safe:.1e} is safe)"
            )));
        }
        if full && since == patience {
            end = Some(format!("Converged after {epoch} epochs: the gradient no longer gets smaller."));
            break;
        }
    }
    bar.finish_and_clear();
    let end = end.unwrap_or_else(|| match (full, options.standardize) {
        (false, _) => {
            format!("Stopped after {epochs} epochs; with mini-batches the coefficients keep moving a little.")
        }
        (true, false) => {
            format!("Stopped after {epochs} epochs, not yet converged: try --standardize, or more --epochs.")
        }
        (true, true) => format!("Stopped after {epochs} epochs, not yet converged: try more --epochs or --momentum."),
    });
    Ok(Fit { weights: if full { best } else { w.detach() }, losses, end })
}

/// A bound of the loss's second derivative in any direction: for all rows at once, the largest absolute row sum of the
/// Hessian `2 xᵀx/n` (Gershgorin); for any few rows, that of the worst single row.
fn curvature(x: &Tensor, full: bool) -> f64 {
    let bound = match full {
        true => 2.0 / x.size(0) as f64 * x.t().matmul(x).abs().sum_axes(1),
        false => 2.0 * x.square().sum_axes(1),
    };
    bound.max().item()
}
