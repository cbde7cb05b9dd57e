//! Functions of each element, sums and softmax, without gradients.

use crate::{Contest, data};
use burn::tensor::{Device as BurnDevice, Tensor as Burn, TensorData, activation};
use candle_core::{Device, Tensor as Candle};
use gradus::DefaultBackend;
use gradus::tensor_core::Tensor;
use ndarray::Array1;
use peers::Entry;
use std::hint::black_box;

type Ours = Tensor<f32, DefaultBackend>;

/// The same numbers for all.
struct Operands {
    ours: [Ours; 2],
    candle: [Candle; 2],
    burn: [Burn<1>; 2],
    ndarray: [Array1<f32>; 2],
}

impl Operands {
    fn new(n: usize) -> Self {
        let both = [data(n, 1), data(n, 2)];
        Operands {
            ours: both.clone().map(|data| Ours::new(&data[..])),
            candle: both.clone().map(|data| Candle::from_vec(data, n, &Device::Cpu).unwrap()),
            burn: both.clone().map(|data| Burn::from_data(TensorData::new(data, [n]), &BurnDevice::flex())),
            ndarray: both.map(Array1::from_vec),
        }
    }
}

/// A row of the same operation by all, its operands `a` and `b`.
macro_rules! row {
    ($contest:ident, $label:expr, $n:expr, |$a:ident, $b:ident|
     $ours:expr, $candle:expr, $burn:expr $(, $ndarray:expr)?) => {
        $contest.row($label, 1.0, || {
            let operands = Operands::new($n);
            let ([$a, $b], mut entries) = (operands.ours, Vec::new());
            entries.push(Entry::new("gradus", move || _ = black_box({ _ = &$b; $ours })));
            let [$a, $b] = operands.candle;
            entries.push(Entry::new("candle", move || _ = black_box({ _ = &$b; $candle.unwrap() })));
            let [$a, $b] = operands.burn;
            entries.push(Entry::new("burn", move || _ = black_box({ _ = &$b; $burn })));
            $(
                let [$a, $b] = operands.ndarray;
                entries.push(Entry::new("ndarray", move || _ = black_box({ _ = &$b; $ndarray })));
            )?
            entries
        });
    };
}

pub fn rows(contest: &mut Contest) {
    for (n, name) in [(1_000, "1 000"), (1_000_000, "1 M"), (16_000_000, "16 M")] {
        row!(contest, &format!("add, {name}"), n, |a, b| &a + &b, &a + &b, a.clone() + b.clone(), &a + &b);
        row!(contest, &format!("exp, {name}"), n, |a, b| a.exp(), a.exp(), a.clone().exp(), a.mapv(f32::exp));
        if n == 16_000_000 {
            continue;
        }
        row!(contest, &format!("tanh, {name}"), n, |a, b| a.tanh(), a.tanh(), a.clone().tanh(), a.mapv(f32::tanh));
        row!(contest, &format!("sum, {name}"), n, |a, b| a.sum(), a.sum_all(), a.clone().sum(), a.sum());
        row!(
            contest,
            &format!("softmax, {}×1000", n / 1000),
            n,
            |a, b| a.reshape([n / 1000, 1000]).softmax(1),
            candle_nn::ops::softmax_last_dim(&a.reshape((n / 1000, 1000)).unwrap()),
            activation::softmax(a.clone().reshape([n / 1000, 1000]), 1)
        );
    }
}
