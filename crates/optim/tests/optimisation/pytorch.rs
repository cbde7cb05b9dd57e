//! PyTorch's optimisers, replayed step by step from its recorded gradients, where such records are at hand: in the
//! folder that `GRADUS_SHARED` names, or `shared` beside the workspace. Without them there is nothing to compare.

use optim::rule::{Adam, AdamW, Rule, Sgd};
use std::{env, fs, path::PathBuf};
use tensor_core::{Serial, Tensor};

/// What follows `"key":` in a line of JSON.
fn after<'a>(line: &'a str, key: &str) -> &'a str {
    let key = format!("\"{key}\":");
    let at = line.find(&key).unwrap_or_else(|| panic!("no {key} in {line:.200}"));
    line[at + key.len()..].trim_start()
}

/// The number, or truth value, of an option; the default if it is not given.
fn option(kwargs: &str, key: &str, default: f64) -> f64 {
    if !kwargs.contains(&format!("\"{key}\":")) {
        return default;
    }
    match after(kwargs, key).split([',', '}']).next().expect("a value").trim() {
        "true" => 1.0,
        "false" => 0.0,
        number => number.parse().expect("a number"),
    }
}

/// The numbers of a nested list, in order.
fn numbers(list: &str) -> Vec<f64> {
    let mut depth = 0;
    let end = list.find(|c| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        depth == 0
    });
    let number = |word: &str| word.parse().expect("a number");
    list[..end.expect("a whole list")].split(['[', ']', ',', ' ']).filter(|word| !word.is_empty()).map(number).collect()
}

/// Follows the recorded gradients from the first recorded values on.
fn replay(rule: impl Rule, line: &str) {
    let steps = option(line, "steps", f64::NAN) as usize;
    let (params, grads) = (numbers(after(line, "params")), numbers(after(line, "grads")));
    let n = params.len() / (steps + 1);
    let tensor = |numbers: &[f64]| Tensor::<f64, Serial>::from_slice(numbers, [n]);

    let mut state = Default::default();
    let mut x = tensor(&params[..n]);
    for (gradient, after) in grads.chunks_exact(n).zip(params[n..].chunks_exact(n)) {
        rule.update(&mut x, &tensor(gradient), &mut state);
        for (got, want) in x.to_vec().into_iter().zip(after) {
            assert!((got - want).abs() <= 1e-10 * want.abs(), "{got} is not {want} in {line:.200}");
        }
    }
}

#[test]
fn every_recorded_step_is_ours() {
    let shared = env::var_os("GRADUS_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let Ok(records) = fs::read_to_string(shared.join("conformance/optim/optimizers.jsonl")) else { return };
    for line in records.lines() {
        let kwargs = after(line, "kwargs").split_inclusive('}').next().expect("options");
        let get = |key: &str, default| option(kwargs, key, default);
        let (lr, weight_decay, maximize) = (get("lr", 0.0), get("weight_decay", 0.0), get("maximize", 0.0) == 1.0);
        let (eps, amsgrad) = (get("eps", 1e-8), get("amsgrad", 0.0) == 1.0);
        let betas = || {
            let betas = numbers(after(kwargs, "betas"));
            (betas[0], betas[1])
        };
        match after(line, "optim").split('"').nth(1) {
            Some("SGD") => {
                let (momentum, dampening) = (get("momentum", 0.0), get("dampening", 0.0));
                let nesterov = get("nesterov", 0.0) == 1.0;
                replay(Sgd { lr, momentum, dampening, weight_decay, nesterov, maximize }, line);
            }
            Some("Adam") => replay(Adam { lr, betas: betas(), eps, weight_decay, amsgrad, maximize }, line),
            Some("AdamW") => replay(AdamW { lr, betas: betas(), eps, weight_decay, amsgrad, maximize }, line),
            _ => {}
        }
    }
}
