//! A tour of what can be done with gradients besides training: a rule of one's own and its check, derivatives of functions,
//! a missing gradient explained, the first NaN found, the time of each operation, the graph as a picture.
//!
//! `cargo run --release --example gradients`

use std::{fs, path::PathBuf, process::ExitCode};

use gradus::DefaultBackend;
use gradus::autograd::strategies::{between, shapes, tensors};
use gradus::autograd::try_gradcheck;
use gradus::f64::*;
use proptest::prelude::{ProptestConfig, proptest};

#[allow(dead_code, reason = "no example needs all that they share")]
mod support {
    pub(crate) mod args;
}

use support::args::{Args, Failure, finish, say};

const HELP: &str = "\
A tour of what can be done with gradients besides training.

Usage: cargo run --release --example gradients -- [--dot FILE]

  --dot FILE  also write the graph of the small model there, for Graphviz (`dot -Tsvg FILE`)
  --help      this text
";

/// ln(1 + eˣ) by a rule of our own. It keeps the operand as it was recorded, so that it can be differentiated again.
struct Softplus {
    x: Tensor,
    /// What the gradient is wrong by, to show that the check finds it.
    off: f64,
}

impl Backward<f64, DefaultBackend> for Softplus {
    fn name(&self) -> &'static str {
        "softplus"
    }

    fn backward(&self, gradient: Tensor) -> Vec<Option<Tensor>> {
        vec![Some(gradient * (self.x.sigmoid() + self.off))]
    }
}

fn softplus(x: &Tensor, off: f64) -> Tensor {
    custom(&[x], || x.exp().log1p(), Softplus { x: x.clone(), off })
}

fn main() -> ExitCode {
    finish("gradients", picture().and_then(run))
}

/// Where the graph is to be written.
fn picture() -> Result<Option<PathBuf>, Failure> {
    let mut args = Args::new(HELP);
    let mut picture = None;
    while let Some(argument) = args.next()? {
        match argument {
            Ok(name) if name == "dot" => picture = Some(args.value("dot", "a file's name")?),
            Ok(other) => return Err(args.unknown(&format!("--{other}"))),
            Err(word) => return Err(Failure::Input(format!("`{}` is no option (--help lists them)", word.display()))),
        }
    }
    Ok(picture)
}

fn run(picture: Option<PathBuf>) -> Result<(), Failure> {
    say("A rule of one's own, held against finite differences and forward products:");
    let x = tensor([-1.0, 0.5, 2.0]);
    let report = gradcheck(|x| softplus(&x[0], 0.0), &[&x], Default::default());
    say(format_args!("  right in {} elements, off by {:.0e} at most", report.checked, report.largest_error));
    let error = try_gradcheck(|x| softplus(&x[0], 1e-3), &[&x], Default::default()).unwrap_err();
    say(format_args!("  with a mistake of 0.001 in it:\n  {}", error.to_string().replace('\n', "\n  ")));
    // An example has no folder for cases that failed.
    let settings = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(settings, |(x in tensors(shapes(4), between(-3.0, 3.0)))| {
        gradcheck(|x| softplus(&x[0], 0.0), &[&x], Default::default());
        gradgradcheck(|x| softplus(&x[0], 0.0), &[&x], Default::default());
    });
    say("  right at both orders for 256 random shapes and layouts\n");

    say("Derivatives of a function, f(x) = Σ x³ + x₀x₁:");
    let f = |x: &Tensor| x.powi(3).sum() + x.slice(0) * x.slice(1);
    say(format_args!("  gradient  {}", functional::grad(f, &x)));
    say(format_args!("  Hessian   {}", functional::hessian(f, &x).to_string().replace('\n', "\n            ")));
    say(format_args!("  along 1   {}\n", functional::hvp(f, &x, &ones([3]))));

    say("Why has this parameter no gradient?");
    let [w, b, scale] = ["w", "b", "scale"].map(|name| {
        let parameter = Parameter::new(tensor([0.5, -0.5, 1.0]));
        parameter.set_name(name);
        parameter
    });
    let loss = || (softplus(&(&w * &x), 0.0) + (&b * 2.0).detach()).sum();
    say(format_args!("  {}", explain(&[&w, &b, &scale], loss).to_string().trim_end().replace('\n', "\n  ")));

    say("\nWhere does the NaN come from?");
    let zero = tensor([1.0, 0.0]);
    let leaf = zero.clone().with_grad();
    let found = detect_anomaly(|| (leaf.sqrt() * 0.0).sum().try_backward());
    say(format_args!("  {}", found.unwrap_err()));

    say("\nWhere does the time go?");
    manual_seed(1);
    let (data, weights) = (randn([256, 64]), Parameter::new(randn([64, 64]) * 0.1));
    let (_, profile) = profile(|| data.matmul(&weights).tanh().square().mean().backward());
    say(format_args!("{profile}"));

    if let Some(file) = picture {
        let text = dot(&loss(), &[("w", &w.value()), ("b", &b.value())]);
        fs::write(&file, text).map_err(|error| Failure::Input(format!("{}: {error}", file.display())))?;
        say(format_args!("The graph is in {}.", file.display()));
    }
    Ok(())
}
