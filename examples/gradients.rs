//! A tour of what can be done with gradients besides training: a rule of one's own and its check, derivatives of functions,
//! a missing gradient explained, the first NaN found, the time of each operation, the graph as a picture.

use gradus::DefaultBackend;
use gradus::autograd::{Backward, gradcheck, try_gradcheck};
use gradus::f64::*;

const HELP: &str = "\
A tour of what can be done with gradients besides training.

Usage: gradients [--dot FILE]

  --dot FILE  also write the graph of the small model there, for Graphviz (`dot -Tsvg FILE`)";

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

fn main() {
    let mut words = std::env::args().skip(1);
    let picture = match (words.next().as_deref(), words.next()) {
        (None, _) => None,
        (Some("--dot"), Some(file)) => Some(file),
        (Some("--help" | "-h"), _) => return println!("{HELP}"),
        (Some(word), _) => {
            eprintln!("gradients: `{word}` is not understood (--help lists the options)");
            std::process::exit(2);
        }
    };

    println!("A rule of one's own, held against finite differences and forward products:");
    let x = tensor([-1.0, 0.5, 2.0]);
    let report = gradcheck(|x| softplus(&x[0], 0.0), &[&x], Default::default());
    println!("  right in {} elements, off by {:.0e} at most", report.checked, report.largest_error);
    let error = try_gradcheck(|x| softplus(&x[0], 1e-3), &[&x], Default::default()).unwrap_err();
    println!("  with a mistake of 0.001 in it:\n  {}\n", error.to_string().replace('\n', "\n  "));

    println!("Derivatives of a function, f(x) = Σ x³ + x₀x₁:");
    let f = |x: &Tensor| x.powi(3).sum() + x.slice(0) * x.slice(1);
    println!("  gradient  {}", functional::grad(f, &x));
    println!("  Hessian   {}", functional::hessian(f, &x).to_string().replace('\n', "\n            "));
    println!("  along 1   {}\n", functional::hvp(f, &x, &ones([3])));

    println!("Why has this parameter no gradient?");
    let [w, b, scale] = ["w", "b", "scale"].map(|name| {
        let parameter = Parameter::new(tensor([0.5, -0.5, 1.0]));
        parameter.set_name(name);
        parameter
    });
    let loss = || (softplus(&(&w * &x), 0.0) + (&b * 2.0).detach()).sum();
    println!("  {}", explain(&[&w, &b, &scale], loss).to_string().trim_end().replace('\n', "\n  "));

    println!("\nWhere does the NaN come from?");
    let zero = tensor([1.0, 0.0]);
    let leaf = zero.clone().with_grad();
    let found = detect_anomaly(|| (leaf.sqrt() * 0.0).sum().try_backward());
    println!("  {}", found.unwrap_err());

    println!("\nWhere does the time go?");
    manual_seed(1);
    let (data, weights) = (randn([256, 64]), Parameter::new(randn([64, 64]) * 0.1));
    let (_, profile) = profile(|| data.matmul(&weights).tanh().square().mean().backward());
    println!("{profile}");

    if let Some(file) = picture {
        let text = dot(&loss(), &[("w", &w.value()), ("b", &b.value())]);
        match std::fs::write(&file, text) {
            Ok(()) => println!("The graph is in {file}."),
            Err(error) => {
                eprintln!("gradients: {file}: {error}");
                std::process::exit(1);
            }
        }
    }
}
