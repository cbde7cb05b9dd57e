//! Steps of classifiers of layers with relu between them: forward, cross-entropy, backward, update.

use crate::workloads::Mlp;
use crate::{Contest, data};
use burn::optim::{Adam as BurnAdam, AdamConfig, AdamState, Optimizer as _};
use burn::tensor::{Device as BurnDevice, Int, Tensor as Burn, TensorData, activation};
use candle_core::{DType, Device, Tensor as Candle, Var};
use candle_nn::Optimizer as _;
use gradus::prelude::*;
use peers::Entry;

/// Weights, small and different.
fn weights(inputs: usize, outputs: usize) -> Vec<f32> {
    data(inputs * outputs, 9).into_iter().map(|x| (x - 0.5) * 0.1).collect()
}

struct CandleMlp {
    x: Candle,
    classes: Candle,
    layers: Vec<[Var; 2]>,
}

impl CandleMlp {
    fn new(sizes: &[usize], batch: usize) -> candle_core::Result<Self> {
        let cpu = &Device::Cpu;
        let layer = |pair: &[usize]| -> candle_core::Result<[Var; 2]> {
            let weight = Candle::from_vec(weights(pair[0], pair[1]), (pair[1], pair[0]), cpu)?;
            Ok([Var::from_tensor(&weight)?, Var::from_tensor(&Candle::zeros(pair[1], DType::F32, cpu)?)?])
        };
        Ok(CandleMlp {
            x: Candle::from_vec(data(batch * sizes[0], 3), (batch, sizes[0]), cpu)?,
            classes: Candle::from_vec((0..batch as u32).map(|i| i % 10).collect::<Vec<_>>(), batch, cpu)?,
            layers: sizes.windows(2).map(layer).collect::<Result<_, _>>()?,
        })
    }

    fn parameters(&self) -> Vec<Var> {
        self.layers.iter().flatten().cloned().collect()
    }

    fn step(&self, optimizer: &mut impl candle_nn::Optimizer) -> candle_core::Result<()> {
        let mut h = self.x.clone();
        for (i, [weight, bias]) in self.layers.iter().enumerate() {
            h = h.matmul(&weight.t()?)?.broadcast_add(bias)?;
            if i + 1 < self.layers.len() {
                h = h.relu()?;
            }
        }
        optimizer.backward_step(&candle_nn::loss::cross_entropy(&h, &self.classes)?)
    }
}

struct BurnMlp {
    x: Burn<2>,
    classes: Burn<2, Int>,
    /// Weights and biases, in turn.
    parameters: Vec<Burn<2>>,
    adam: Option<BurnAdam>,
    states: Vec<Option<AdamState<2>>>,
}

impl BurnMlp {
    fn new(sizes: &[usize], batch: usize, adam: bool) -> Self {
        let device = &BurnDevice::flex().autodiff();
        let layer = |pair: &[usize]| {
            let weight = TensorData::new(weights(pair[0], pair[1]), [pair[0], pair[1]]);
            [Burn::<2>::from_data(weight, device).require_grad(), Burn::<2>::zeros([1, pair[1]], device).require_grad()]
        };
        let classes: Vec<i64> = (0..batch as i64).map(|i| i % 10).collect();
        let parameters: Vec<_> = sizes.windows(2).flat_map(layer).collect();
        BurnMlp {
            x: Burn::from_data(TensorData::new(data(batch * sizes[0], 3), [batch, sizes[0]]), device),
            classes: Burn::from_data(TensorData::new(classes, [batch, 1]), device),
            adam: adam.then(|| AdamConfig::new().build()),
            states: parameters.iter().map(|_| None).collect(),
            parameters,
        }
    }

    fn step(&mut self) {
        let mut h = self.x.clone();
        let count = self.parameters.len();
        for (i, layer) in self.parameters.chunks(2).enumerate() {
            h = h.matmul(layer[0].clone()) + layer[1].clone();
            if 2 * i + 2 < count {
                h = activation::relu(h);
            }
        }
        let loss = activation::log_softmax(h, 1).gather(1, self.classes.clone()).mean().neg();
        let gradients = loss.backward();
        for (parameter, state) in self.parameters.iter_mut().zip(&mut self.states) {
            let (value, gradient) = (parameter.clone().inner(), parameter.grad(&gradients).expect("a gradient"));
            let value = match &self.adam {
                None => value - gradient * 0.01,
                Some(adam) => {
                    let (value, next) = adam.step(1e-3, value, gradient, state.take());
                    *state = next;
                    value
                }
            };
            *parameter = value.autodiff().require_grad();
        }
    }
}

pub fn rows(contest: &mut Contest) {
    for (sizes, batch) in [(&[784, 128, 10][..], 64), (&[784, 1024, 1024, 10], 256)] {
        let name: Vec<String> = sizes.iter().map(usize::to_string).collect();
        let name = format!("MLP {}, batch of {batch}", name.join("-"));
        contest.row(&format!("{name}, SGD"), 1.0, || {
            let (ours, candle) = (Mlp::new(sizes, batch), CandleMlp::new(sizes, batch).unwrap());
            let mut sgd = Sgd::new(ours.parameters(), 0.01);
            let mut candle_sgd = candle_nn::SGD::new(candle.parameters(), 0.01).unwrap();
            let mut burn = BurnMlp::new(sizes, batch, false);
            vec![
                Entry::new("gradus", move || ours.step(&mut sgd)),
                Entry::new("candle", move || candle.step(&mut candle_sgd).unwrap()),
                Entry::new("burn", move || burn.step()),
            ]
        });
        contest.row(&format!("{name}, Adam"), 1.0, || {
            let (ours, candle) = (Mlp::new(sizes, batch), CandleMlp::new(sizes, batch).unwrap());
            let mut adam = Adam::new(ours.parameters(), 1e-3);
            let options = candle_nn::ParamsAdamW { weight_decay: 0.0, ..Default::default() };
            let mut candle_adam = candle_nn::AdamW::new(candle.parameters(), options).unwrap();
            let mut burn = BurnMlp::new(sizes, batch, true);
            vec![
                Entry::new("gradus", move || ours.step(&mut adam)),
                Entry::new("candle", move || candle.step(&mut candle_adam).unwrap()),
                Entry::new("burn", move || burn.step()),
            ]
        });
    }
}
