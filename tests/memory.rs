//! A training step in steady state takes no memory from the system: no growth, no page faults.

use gradus::memory;
use gradus::prelude::*;

/// The pages that the system has given to this process so far, where it tells.
#[cfg(target_os = "linux")]
fn page_faults() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // Behind the name, which may hold anything but a closing parenthesis at its end: the eighth field.
    stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(7)?.parse().ok()).expect("a number")
}

#[cfg(not(target_os = "linux"))]
fn page_faults() -> u64 {
    0
}

#[test]
fn a_training_step_repeats_without_new_memory() {
    let (x, label) = (randn([256, 400]), randint(0, 10, [256]));
    let layers = [Linear::new(400, 300), Linear::new(300, 10)];
    let parameters: Vec<Parameter> = layers.iter().flat_map(|layer| layer.parameters()).collect();
    let mut optimizer = Adam::new(&parameters, 1e-3);
    let mut step = || {
        let loss = cross_entropy(&layers[1].forward(&layers[0].forward(&x).relu()), &label);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        loss.item()
    };
    let first = step();
    // Until every page of the program that a step runs through has been read.
    (0..50).for_each(|_| _ = step());
    let (before, faults) = (memory::stats(), page_faults());
    (0..50).for_each(|_| _ = step());
    let (after, faults) = (memory::stats(), page_faults() - faults);
    assert!(step() < first);
    assert_eq!((after.allocations, after.live), (before.allocations, before.live));
    assert!(faults < 50, "{faults} page faults in 50 steps");
}
