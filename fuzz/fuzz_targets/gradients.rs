//! Random smooth programs: the backward pass against finite differences and forward products, at first and second order, on
//! one thread and on several, which must agree to the bit; and so must checkpoints.
#![no_main]

use gradus::autograd::functional::{hvp, jvp, value_and_grad};
use gradus::autograd::{Autodiff, GradcheckOptions, checkpoint, try_gradcheck, try_gradgradcheck};
use gradus::tensor_core::{Backend, Generator, Parallel, Serial, Tensor};
use libfuzzer_sys::fuzz_target;

/// Runs the program in `data` on a stack of tensors; each byte is an operation. Every value is kept small and away from
/// kinks, so that finite differences mean something; an operation that refuses its operands does nothing.
fn run<B: Backend>(data: &[u8], mut stack: Vec<Tensor<f64, B>>) -> Tensor<f64, B> {
    for &byte in data.iter().take(8) {
        let (op, which) = (byte & 15, byte as usize >> 4);
        let a = stack[which % stack.len()].clone();
        let b = stack[(which + 1) % stack.len()].clone();
        let made = match op {
            0 => a.try_add(&b).ok(),
            1 => a.try_mul(&b).ok(),
            2 => a.try_div(b.square() + 1.0).ok(),
            3 => a.try_matmul(&b).ok(),
            4 => Some(a.sigmoid()),
            5 => Some(a.exp()),
            6 => Some((a.square() + 0.5).ln()),
            7 => a.try_t().ok().map(|view| view.into_tensor()),
            8 => a.try_sum_axes(0).ok(),
            9 => a.try_slice((.., 0)).ok().map(|view| view.into_tensor()),
            10 => a.try_cumsum(0).ok(),
            11 => a.try_softmax(-1).ok(),
            12 => Tensor::try_concat(&[&a, &b], 0).ok(),
            13 => a.try_index_select(0, &Tensor::new([0, -1, 0])).ok(),
            14 => (a.square() + 1.0).try_prod_axes(-1).ok(),
            _ => a.try_unsqueeze(0).ok().map(|view| view.into_tensor()),
        };
        if let Some(made) = made.filter(|made| made.numel() <= 64 && made.rank() <= 4) {
            stack.insert(0, made.tanh());
            stack.truncate(4);
        }
    }
    stack.swap_remove(0)
}

fn inputs<B: Backend>() -> Vec<Tensor<f64, Autodiff<B>>> {
    let generator = &mut Generator::new(1);
    let shapes: [&[usize]; 3] = [&[2, 2], &[2], &[]];
    shapes.iter().map(|shape| Tensor::<f64, Serial>::rand_with(generator, *shape).to_backend()).collect()
}

/// The bits of value, gradient, forward product and product with the Hessian.
fn bits<B: Backend>(data: &[u8], checkpointed: bool) -> Vec<u64> {
    type Tensors<B> = Vec<Tensor<f64, Autodiff<B>>>;
    let x: Tensors<B> = inputs();
    let owned = data.to_vec();
    let f = |x: &Tensors<B>| {
        let owned = owned.clone();
        if checkpointed { checkpoint(move |x: &Tensors<B>| run(&owned, x.clone()), x) } else { run(&owned, x.clone()) }
    };
    let loss = |x: &Tensors<B>| f(x).square().sum();
    let (value, gradient) = value_and_grad(loss, &x);
    let (_, along) = jvp(f, &x, &x);
    let bent = hvp(loss, &x, &x);
    let all = [value, along].into_iter().chain(gradient).chain(bent);
    all.flat_map(|x| x.to_vec()).map(f64::to_bits).collect()
}

fn check<B: Backend>(data: &[u8]) {
    let inputs = inputs::<B>();
    let inputs: Vec<&Tensor<f64, Autodiff<B>>> = inputs.iter().collect();
    let f = |x: &[Tensor<f64, Autodiff<B>>]| run(data, x.to_vec());
    let options = GradcheckOptions { relative: Some(1e-4), absolute: Some(1e-6), ..Default::default() };
    try_gradcheck(f, &inputs, options).unwrap();
    try_gradgradcheck(f, &inputs, options).unwrap();
}

fuzz_target!(|data: &[u8]| {
    check::<Serial>(data);
    check::<Parallel>(data);
    let serial = bits::<Serial>(data, false);
    assert_eq!(bits::<Parallel>(data, false), serial);
    assert_eq!(bits::<Serial>(data, true), serial);
});
