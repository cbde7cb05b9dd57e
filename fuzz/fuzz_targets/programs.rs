//! Random programs: the same bits on one thread and on several, recorded or not, forward and backward, and the values of
//! the reference backend.
#![no_main]

use gradus::autograd::{Autodiff, Gradient};
use gradus::tensor_core::{Backend, Generator, Parallel, Serial, Tensor, try_mse};
use libfuzzer_sys::fuzz_target;
use reference::Reference;

/// What came of a program: the loss and the gradients of the inputs, as bits; `None` where an operation refused.
type Outcome = Option<Vec<u64>>;

fn bits(x: &[f64]) -> impl Iterator<Item = u64> + '_ {
    // All NaNs are one.
    x.iter().map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() })
}

/// Runs the program in `data` on a stack of tensors; each byte is an operation.
fn run<B: Backend>(data: &[u8], mut stack: Vec<Tensor<f64, B>>) -> Option<Tensor<f64, B>> {
    for &byte in data.iter().take(24) {
        let (op, which) = (byte & 31, byte as usize >> 5);
        let a = stack[which % stack.len()].clone();
        let b = stack[(which + 1) % stack.len()].clone();
        let made = match op {
            0 => a.try_add(&b).ok()?,
            1 => a.try_sub(b).ok()?,
            2 => a.try_mul(&b).ok()?,
            3 => a.try_div(&b).ok()?,
            4 => a.try_matmul(&b).ok()?,
            5 => a.try_maximum(&b).ok()?,
            6 => a.try_minimum(0.5).ok()?,
            7 => a.square(),
            8 => a.tanh(),
            9 => a.sigmoid(),
            10 => a.relu(),
            11 => a.try_t().ok()?.into_tensor(),
            12 => a.try_flip(0).ok()?.into_tensor(),
            13 => a.try_sum_axes(0).ok()?,
            14 => a.try_mean_keepdim(-1).ok()?,
            15 => a.try_max_axes(0).ok()?,
            16 => a.try_slice((.., 1)).ok()?.into_tensor(),
            17 => a.unsqueeze(0).into_tensor(),
            18 => a.try_squeeze(0).ok()?.into_tensor(),
            19 => a.try_cumsum(0).ok()?,
            20 => a.try_softmax(-1).ok()?,
            21 => Tensor::try_concat(&[&a, &b], 0).ok()?,
            22 => a.try_index_select(0, &Tensor::new([0, -1, 0])).ok()?,
            23 => a.abs().sqrt(),
            24 => (-a.square()).exp(),
            25 => a.gt(0.0).where_cond(&a, 0.1),
            26 => {
                let mut x = a.clone();
                x.slice_mut(0).try_mul_(2.0).ok()?;
                x
            }
            27 => {
                let mut x = a.clone();
                x.try_add_(&b).ok()?;
                x
            }
            28 => a.flatten().into_tensor(),
            29 => a.sin() + a.cos(),
            30 => try_mse(&a, &b).ok()?,
            _ => 1.0 - a,
        };
        if made.numel() > 10_000 || made.rank() > 6 {
            return None;
        }
        stack.insert(0, made);
        stack.truncate(6);
    }
    Some(stack.swap_remove(0))
}

fn inputs<B: Backend>() -> Vec<Tensor<f64, B>> {
    let generator = &mut Generator::new(1);
    let shapes: [&[usize]; 4] = [&[3, 3], &[3], &[], &[2, 1, 3]];
    shapes.map(|shape| Tensor::<f64, Serial>::rand_with(generator, shape).to_backend()).to_vec()
}

fn recorded<B: Backend>(data: &[u8]) -> Outcome {
    let inputs: Vec<_> = inputs::<Autodiff<B>>().into_iter().map(Gradient::with_grad).collect();
    let out = run(data, inputs.clone())?;
    let mut outcome: Vec<u64> = bits(&out.to_vec()).collect();
    if out.requires_grad() {
        out.sum().backward();
    }
    for input in &inputs {
        outcome.extend(input.get_grad().iter().flat_map(|g| bits(&g.to_vec()).collect::<Vec<_>>()));
    }
    Some(outcome)
}

fuzz_target!(|data: &[u8]| {
    assert_eq!(recorded::<Serial>(data), recorded::<Parallel>(data));
    let plain = run(data, inputs::<Serial>());
    let recorded = run(data, inputs::<Autodiff<Serial>>());
    let defined = run(data, inputs::<Reference>());
    match (plain, recorded, defined) {
        (Some(a), Some(b), Some(c)) => {
            assert!(bits(&a.to_vec()).eq(bits(&b.to_vec())));
            assert_eq!(a.shape(), c.shape());
        }
        (None, None, None) => {}
        _ => panic!("a backend refused what another did"),
    }
});
