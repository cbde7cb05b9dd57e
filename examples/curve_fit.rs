//! Fits a formula to data by nonlinear least squares, and NIST's reference problems with the digits that are right.
//!
//! `cargo run --release --example curve_fit`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use gradus::{
    f64::*,
    io::csv::{self, Table},
    optim::Fit,
};

#[allow(dead_code, reason = "no example needs all that they share")]
mod support {
    pub(crate) mod args;
    pub(crate) mod axes;
    pub(crate) mod canvas;
    pub(crate) mod fit_plot;
    pub(crate) mod formula;
    pub(crate) mod models;
    pub(crate) mod nist;
}

use support::{
    args::{Args, Failure, finish, say},
    fit_plot::{Panel, fit_plot, fit_sheet},
    formula::Formula,
    models,
    nist::{self, Problem, agreement},
};

const HELP: &str = "\
Fits a formula to data by nonlinear least squares (Levenberg-Marquardt, derivatives by autograd), and says how uncertain
the parameters are.

Usage: cargo run --release --example curve_fit -- DATA.csv --model FORMULA --start VALUES [options]
       cargo run --release --example curve_fit -- [FOLDER] [--problem NAME] [--start 1|2] [options]

  DATA.csv           numbers under a line of column names
  --model FORMULA    for example \"y = b1*(1 - exp(-b2*x))\": what is no column is a parameter. Without `y =` it explains
                     the column y. Or the name of one of NIST's models, such as Misra1a
  --start VALUES     where to start from, for example 500,0.0001 or b1=500,b2=0.0001

  FOLDER             NIST's reference problems: certified.json and a CSV file for each; without it, the six that come with
                     this example. Each is solved from both of NIST's starts, and compared with the certified values
  --problem NAME     only this one
  --start 1 or 2     only from this one of the two

  --first-step F     how far the first step may lead, as a share of the start's size (default 1); less keeps near it
  --evaluations N    how often the residuals may be computed (default 10000)
  --plot OUT.png     draw the data and the fitted curves
  --help             this text

It ends with code 0; 2 if the command line or the data are wrong; 1 if there is no fit.
";

#[derive(Default)]
struct Options {
    path: Option<PathBuf>,
    model: Option<String>,
    start: Option<String>,
    problem: Option<String>,
    first_step: Option<f64>,
    evaluations: Option<usize>,
    plot: Option<PathBuf>,
}

fn options() -> Result<Options, Failure> {
    let mut args = Args::new(HELP);
    let mut options = Options::default();
    while let Some(argument) = args.next()? {
        match argument.as_deref() {
            Ok("model") => options.model = Some(args.value("model", "a formula or a model's name")?),
            Ok("start") => options.start = Some(args.value("start", "numbers")?),
            Ok("problem") => options.problem = Some(args.value("problem", "a problem's name")?),
            Ok("first-step") => options.first_step = Some(args.value("first-step", "a positive number")?),
            Ok("evaluations") => options.evaluations = Some(args.value("evaluations", "a number")?),
            Ok("plot") => options.plot = Some(args.value("plot", "a file's name")?),
            Ok(other) => return Err(args.unknown(&format!("--{other}"))),
            Err(word) if options.path.is_none() => options.path = Some(PathBuf::from(word)),
            Err(word) => {
                return Err(Failure::Input(format!("one file or folder is enough: `{}` is too much", word.display())));
            }
        }
    }
    if options.evaluations == Some(0) {
        return Err(Failure::input("--evaluations needs at least 1"));
    }
    if let Some(share) = options.first_step.filter(|share| !(*share > 0.0 && share.is_finite())) {
        return Err(Failure::Input(format!("--first-step needs a positive number, not {share}")));
    }
    Ok(options)
}

fn main() -> ExitCode {
    finish("curve_fit", options().and_then(run))
}

fn run(options: Options) -> Result<(), Failure> {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/nist");
    match &options.path {
        Some(path) if !path.is_dir() => table(path, &options),
        Some(_) if options.model.is_some() => Err(Failure::input("--model needs a CSV file, not a folder")),
        None if options.model.is_some() => {
            Err(Failure::input("the CSV file for --model is missing (--help shows the usage)"))
        }
        folder => reference(folder.as_deref().unwrap_or(&bundled), &options),
    }
}

/// A formula and the data it is to explain.
struct Task {
    title: String,
    /// `y = …`
    text: String,
    left: String,
    formula: Formula,
    /// The columns that the formula names.
    columns: Vec<(String, Tensor)>,
    /// What it is to explain.
    observed: Tensor,
}

impl Task {
    fn new(title: &str, data: &Table, left: &str, right: &str) -> Result<Task, Failure> {
        if let Some(at) = data.data.iter().position(|value| !value.is_finite()) {
            let (row, column) = (at / data.names.len() + 1, &data.names[at % data.names.len()]);
            let value = data.data[at];
            return Err(Failure::Input(format!(
                "{}: row {row} has {value} in column `{column}`: leave it out",
                data.source
            )));
        }
        let names: Vec<&str> = data.names.iter().map(String::as_str).collect();
        let column = |name: &&str| Ok((name.to_string(), tensor(data.column(name).map_err(Failure::input)?)));
        let target = Formula::parse(left, &names).map_err(Failure::input)?;
        if let Some(name) = target.parameters.first() {
            // Says which columns there are.
            data.column(name).map_err(Failure::input)?;
        }
        let formula = Formula::parse(right, &names).map_err(Failure::input)?;
        let all = names.iter().map(column).collect::<Result<Vec<_>, Failure>>()?;
        let observed = target.value(&named(&all), &zeros([0]));
        if observed.rank() == 0 {
            return Err(Failure::Input(format!("`{left}` names no column: there are {}", names.join(", "))));
        }
        let columns = all.into_iter().filter(|(name, _)| formula.columns.contains(name)).collect();
        let text = format!("{left} = {right}");
        Ok(Task { title: title.into(), text, left: left.into(), formula, columns, observed })
    }

    fn fit(&self, start: &[f64], options: &Options) -> Result<Fit<Tensor>, Failure> {
        let mut method = LevenbergMarquardt::default();
        method.initial_step = options.first_step.unwrap_or(method.initial_step);
        method.max_evaluations = options.evaluations.unwrap_or(method.max_evaluations);
        let columns = named(&self.columns);
        let residuals = |b: &Tensor| self.formula.value(&columns, b) - &self.observed;
        method.try_minimize(residuals, &tensor(start)).map_err(|error| {
            let problem = error.to_string();
            Failure::Run(format!("{}: {}", self.title, problem.lines().collect::<Vec<_>>().join(" ")))
        })
    }

    /// What the fit looks like: over the only column there is, or against what was observed.
    fn panel(&self, title: String, fit: &Fit<Tensor>) -> Panel {
        let observed = self.observed.to_vec();
        let residuals = fit.residuals.to_vec().iter().map(|residual| -residual).collect();
        let [(name, x)] = &self.columns[..] else {
            let predicted = (&fit.residuals + &self.observed).to_vec();
            let (low, high) =
                observed.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), y| (a.min(*y), b.max(*y)));
            return Panel {
                title,
                x_name: format!("{} by the model", self.left),
                y_name: self.left.clone(),
                points: predicted.into_iter().zip(observed).collect(),
                curve: vec![(low, low), (high, high)],
                residuals,
            };
        };
        let fine = linspace(x.min().item(), x.max().item(), 600);
        let curve = self.formula.value(&[(name, &fine)], &fit.parameters);
        Panel {
            title,
            x_name: name.clone(),
            y_name: self.left.clone(),
            points: x.to_vec().into_iter().zip(observed).collect(),
            curve: fine.to_vec().into_iter().zip(curve.to_vec()).filter(|(_, y)| y.is_finite()).collect(),
            residuals,
        }
    }
}

fn named(columns: &[(String, Tensor)]) -> Vec<(&str, &Tensor)> {
    columns.iter().map(|(name, column)| (name.as_str(), column)).collect()
}

/// Fits the data of a user.
fn table(path: &Path, options: &Options) -> Result<(), Failure> {
    if let Some(problem) = &options.problem {
        return Err(Failure::Input(format!("--problem {problem} needs a folder of NIST's problems, not a file")));
    }
    let data = csv::read(path).map_err(Failure::input)?;
    let model = options.model.as_deref().ok_or_else(|| {
        let columns = data.names.join(", ");
        Failure::Input(format!("--model FORMULA is missing; the columns are {columns} (--help shows the usage)"))
    })?;
    let (left, right) = models::named(model).unwrap_or_else(|| {
        let (left, right) = model.split_once('=').unwrap_or(("y", model));
        (left.trim(), right.trim())
    });
    let title = path.file_name().unwrap_or_default().display().to_string();
    let task = Task::new(&title, &data, left, right)?;
    let names = &task.formula.parameters;
    let start = start(options.start.as_deref(), names)?;
    let fit = task.fit(&start, options)?;

    say(format_args!("rows {}, parameters {}: {}\n", data.rows, names.len(), task.text));
    say(format_args!("{}\n", end(&fit)));
    say(format_args!("{:wide$}  {:>18}  {:>18}", "parameter", "value", "deviation", wide = WIDE));
    say("-".repeat(WIDE + 40));
    let values = fit.parameters.to_vec();
    let deviations = fit.standard_deviations.as_ref().map(Tensor::to_vec);
    for (i, name) in names.iter().enumerate() {
        let deviation = deviations.as_ref().map_or("not determined".into(), |all| number(all[i]));
        say(format_args!("{name:WIDE$}  {:>18}  {deviation:>18}", number(values[i])));
    }
    say("");
    say(format_args!("{:WIDE$}  {:>18}", "residual sum of squares", number(fit.sum_of_squares)));
    match fit.degrees_of_freedom {
        0 => say("residual standard deviation  none: as many parameters as rows"),
        _ => say(format_args!("{:WIDE$}  {:>18}", "residual standard deviation", number(fit.variance().sqrt()))),
    }
    match &options.plot {
        Some(path) => draw(path, &[task.panel(format!("{title}: {}", task.text), &fit)]),
        None => Ok(()),
    }
}

/// The column of names is as wide as the longest label.
const WIDE: usize = 27;

/// Where to start from: numbers in the order of the parameters, or each with its name.
fn start(text: Option<&str>, names: &[String]) -> Result<Vec<f64>, Failure> {
    let wrong = |problem: &str| {
        let all: Vec<String> = names.iter().map(|name| format!("{name}=…")).collect();
        Failure::Input(format!("{problem}: --start {}", all.join(",")))
    };
    if names.is_empty() {
        return Err(Failure::input("the formula has no parameters: every name in it is a column"));
    }
    let text = text.ok_or_else(|| wrong("where to start from is missing"))?;
    let words: Vec<&str> = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    if words.len() != names.len() {
        return Err(wrong(&format!("--start has {} values for {} parameters", words.len(), names.len())));
    }
    let mut values = vec![f64::NAN; names.len()];
    for (place, word) in words.iter().enumerate() {
        let (place, word) = match word.split_once('=') {
            None => (place, *word),
            Some((name, word)) => match names.iter().position(|known| known == name.trim()) {
                Some(place) => (place, word.trim()),
                None => return Err(wrong(&format!("there is no parameter `{}`", name.trim()))),
            },
        };
        values[place] = match word.parse() {
            Ok(value) => value,
            Err(_) => return Err(wrong(&format!("`{word}` is no number"))),
        };
    }
    if values.iter().all(|value: &f64| value.is_finite()) {
        Ok(values)
    } else {
        Err(wrong("a value is missing or not finite"))
    }
}

/// How the fit ended.
fn end(fit: &Fit<Tensor>) -> String {
    let how = if fit.stop.converged() { "Converged" } else { "Not converged" };
    format!("{how} after {} evaluations and {} Jacobians: {}.", fit.evaluations, fit.jacobians, fit.stop)
}

/// 11 significant digits, as NIST has them.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e7).contains(&size) => format!("{value:.*}", (10 - size.log10().floor() as i32) as usize),
        _ => format!("{value:.10e}"),
    }
}

/// How well a fit agrees with NIST: the digits of the parameters, of their deviations, and of the residual sum.
struct Agreement {
    parameters: f64,
    deviations: f64,
    residual_sum: f64,
    evaluations: usize,
}

/// Solves NIST's problems.
fn reference(folder: &Path, options: &Options) -> Result<(), Failure> {
    let starts: &[usize] = match options.start.as_deref() {
        None => &[1, 2],
        Some("1") => &[1],
        Some("2") => &[2],
        Some(other) => return Err(Failure::Input(format!("--start needs 1 or 2 for NIST's problems, not `{other}`"))),
    };
    let mut problems = nist::problems(folder)?;
    if let Some(name) = &options.problem {
        let all: Vec<String> = problems.iter().map(|problem| problem.name.clone()).collect();
        problems.retain(|problem| problem.name.eq_ignore_ascii_case(name));
        if problems.is_empty() {
            return Err(Failure::Input(format!("there is no problem `{name}`, but {}", all.join(", "))));
        }
    }
    let (mut summary, mut panels) = (Vec::new(), Vec::new());
    for problem in &problems {
        let task = task(folder, problem)?;
        let rows = task.observed.numel();
        say(format_args!("{} ({}, {rows} rows): {}\n", problem.name, problem.level, task.text));
        let mut line = Vec::new();
        for &start in starts {
            let fit = task.fit(&problem.starts[start - 1], options)?;
            line.push(report(problem, start, &task, &fit));
            if start == starts[starts.len() - 1] {
                panels.push(task.panel(problem.name.clone(), &fit));
            }
        }
        summary.push((problem, line));
    }
    if summary.len() > 1 {
        summarise(&summary, starts);
    }
    match &options.plot {
        Some(path) => draw(path, &panels),
        None => Ok(()),
    }
}

/// A problem as a formula: the one known by its name or, for a new name, the one that the file has.
fn task(folder: &Path, problem: &Problem) -> Result<Task, Failure> {
    let name = &problem.name;
    let written = problem.model.as_deref().and_then(|model| model.split_once('='));
    let Some((left, right)) = models::named(name).or(written) else {
        let known: Vec<&str> = models::names().collect();
        return Err(Failure::Input(format!("`{name}` has no `model`, and is none of {}", known.join(", "))));
    };
    let data = csv::read(folder.join(&problem.file)).map_err(Failure::input)?;
    let task = Task::new(name, &data, left.trim(), right.trim())?;
    if task.formula.parameters.len() != problem.parameters.len() {
        let (needed, given) = (task.formula.parameters.join(", "), problem.parameters.len());
        return Err(Failure::Input(format!("{name}: the model has the parameters {needed}, the file {given} values")));
    }
    Ok(task)
}

/// Prints a fit beside the certified values.
fn report(problem: &Problem, start: usize, task: &Task, fit: &Fit<Tensor>) -> Agreement {
    let values = fit.parameters.to_vec();
    let deviations = fit.standard_deviations.as_ref().map_or(vec![f64::NAN; values.len()], Tensor::to_vec);
    let digits = |found: &[f64], certified: &[f64]| -> Vec<f64> {
        found.iter().zip(certified).map(|(found, certified)| agreement(*found, *certified)).collect()
    };
    let least = |digits: &[f64]| digits.iter().copied().fold(f64::INFINITY, f64::min);
    let value_digits = digits(&values, &problem.parameters);
    let deviation_digits = digits(&deviations, &problem.deviations);
    let residual_sum = agreement(fit.sum_of_squares, problem.residual_sum);

    let from: Vec<String> = problem.starts[start - 1].iter().map(f64::to_string).collect();
    say(format_args!("  Start {start}, {}", from.join(", ")));
    say(format_args!("  {}", end(fit)));
    say(format_args!("  {:9}  {:>18}  digits  {:>18}  digits", "parameter", "value", "deviation"));
    for (i, name) in task.formula.parameters.iter().enumerate() {
        let (value, deviation) = (number(values[i]), number(deviations[i]));
        let (a, b) = (value_digits[i], deviation_digits[i]);
        say(format_args!("  {name:9}  {value:>18}  {a:6.1}  {deviation:>18}  {b:6.1}"));
    }
    say(format_args!("  residual sum of squares {}, {residual_sum:.1} digits\n", number(fit.sum_of_squares)));
    let (parameters, deviations) = (least(&value_digits), least(&deviation_digits));
    Agreement { parameters, deviations, residual_sum, evaluations: fit.evaluations }
}

/// One line for each problem: the least digits that agree.
fn summarise(summary: &[(&Problem, Vec<Agreement>)], starts: &[usize]) {
    say(
        "Digits that agree with NIST's, of 11: the worst of the parameters, the worst of their deviations, and the residual",
    );
    say("sum of squares; and how often the residuals were computed.\n");
    let heads: Vec<String> = starts.iter().map(|start| format!("{:>33}", format!("start {start}"))).collect();
    say(format_args!("{:18}{}", "", heads.concat()));
    let head = format!("{:>11}{:>7}{:>7}{:>8}", "parameters", "dev.", "sum", "evals");
    say(format_args!("{:9} {:8}{}", "problem", "level", vec![head; starts.len()].concat()));
    for (problem, line) in summary {
        let cells: Vec<String> = line
            .iter()
            .map(|a| format!("{:11.1}{:7.1}{:7.1}{:8}", a.parameters, a.deviations, a.residual_sum, a.evaluations))
            .collect();
        say(format_args!("{:9} {:8}{}", problem.name, problem.level, cells.concat()));
    }
}

fn draw(path: &Path, panels: &[Panel]) -> Result<(), Failure> {
    let drawn = match panels {
        [panel] => fit_plot(path, panel),
        panels => fit_sheet(path, panels),
    };
    drawn.map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
    say(format_args!("\nPicture: {}", path.display()));
    Ok(())
}
