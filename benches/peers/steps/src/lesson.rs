//! The lesson's steps, and operations on one element.

use crate::workloads::{self, Lesson};
use crate::{Contest, data};
use burn::tensor::{Device as BurnDevice, Int, Tensor as Burn, TensorData};
use candle_core::{Device, Tensor as Candle, Var};
use gradus::prelude::*;
use peers::{BY_HAND, Entry};
use std::hint::black_box;

/// A hundred points, x beside a 1, and what lies 3 x + 2 and a little above.
fn points() -> (Vec<f32>, Vec<f32>) {
    let x: Vec<f32> = data(100, 1).into_iter().flat_map(|x| [2.0 * x - 1.0, 1.0]).collect();
    let y = x.chunks(2).zip(data(100, 2)).map(|(x, noise)| 3.0 * x[0] + 2.0 * x[1] + noise).collect();
    (x, y)
}

/// The peers are given the indices of a mini-batch; this project draws them in the step.
fn indices() -> Vec<u32> {
    (0..64).map(|i| (i * 37) % 100).collect()
}

struct CandleLesson {
    x: Candle,
    y: Candle,
    a: Var,
}

impl CandleLesson {
    fn new() -> Self {
        let ((x, y), cpu) = (points(), &Device::Cpu);
        CandleLesson {
            x: Candle::from_vec(x, (100, 2), cpu).unwrap(),
            y: Candle::from_vec(y, (100, 1), cpu).unwrap(),
            a: Var::from_vec(vec![-1f32, 1.0], (2, 1), cpu).unwrap(),
        }
    }

    fn step(&self, x: &Candle, y: &Candle) -> candle_core::Result<()> {
        let loss = (x.matmul(&self.a)? - y)?.sqr()?.mean_all()?;
        let gradients = loss.backward()?;
        let gradient = gradients.get(&self.a).expect("a gradient");
        self.a.set(&(self.a.as_tensor() - (gradient * 0.1)?)?.detach())
    }

    fn mini_batch(&self, indices: &[u32]) -> candle_core::Result<()> {
        let i = Candle::from_slice(indices, 64, &Device::Cpu)?;
        self.step(&self.x.index_select(&i, 0)?, &self.y.index_select(&i, 0)?)
    }
}

struct BurnLesson {
    x: Burn<2>,
    y: Burn<2>,
    a: Burn<2>,
    device: BurnDevice,
}

impl BurnLesson {
    fn new() -> Self {
        let ((x, y), device) = (points(), BurnDevice::flex().autodiff());
        BurnLesson {
            x: Burn::from_data(TensorData::new(x, [100, 2]), &device),
            y: Burn::from_data(TensorData::new(y, [100, 1]), &device),
            a: Burn::from_data(TensorData::new(vec![-1f32, 1.0], [2, 1]), &device).require_grad(),
            device,
        }
    }

    fn step(&mut self, x: Burn<2>, y: Burn<2>) {
        let error = x.matmul(self.a.clone()) - y;
        let gradients = (error.clone() * error).mean().backward();
        let gradient = self.a.grad(&gradients).expect("a gradient");
        self.a = (self.a.clone().inner() - gradient * 0.1).autodiff().require_grad();
    }

    fn full_batch(&mut self) {
        self.step(self.x.clone(), self.y.clone());
    }

    fn mini_batch(&mut self, indices: &[i64]) {
        let i = Burn::<1, Int>::from_data(TensorData::new(indices.to_vec(), [64]), &self.device);
        self.step(self.x.clone().select(0, i.clone()), self.y.clone().select(0, i));
    }
}

/// The lesson's full batch written out in plain Rust: what there is to win.
fn by_hand() -> impl FnMut() {
    let (x, y) = points();
    let mut a = [-1f32, 1.0];
    move || {
        let (mut g, mut loss) = ([0f32; 2], 0f32);
        for (x, y) in x.chunks_exact(2).zip(&y) {
            let error = x[0] * a[0] + x[1] * a[1] - y;
            loss += error * error;
            g[0] += error * x[0];
            g[1] += error * x[1];
        }
        black_box(loss);
        a[0] -= 0.1 * 2.0 / 100.0 * g[0];
        a[1] -= 0.1 * 2.0 / 100.0 * g[1];
        black_box(&mut a);
    }
}

pub fn rows(contest: &mut Contest) {
    contest.row("lesson, full batch", 1.0, || {
        let (ours, candle, mut burn) = (Lesson::new(), CandleLesson::new(), BurnLesson::new());
        vec![
            Entry::new("gradus", move || ours.full_batch()),
            Entry::new("candle", move || candle.step(&candle.x, &candle.y).unwrap()),
            Entry::new("burn", move || burn.full_batch()),
            Entry::new(BY_HAND, by_hand()),
        ]
    });
    contest.row("lesson, mini-batch of 64", 1.0, || {
        let (ours, candle, mut burn) = (Lesson::new(), CandleLesson::new(), BurnLesson::new());
        let unsigned = indices();
        let signed: Vec<i64> = unsigned.iter().map(|&i| i.into()).collect();
        vec![
            Entry::new("gradus", move || ours.mini_batch()),
            Entry::new("candle", move || candle.mini_batch(&unsigned).unwrap()),
            Entry::new("burn", move || burn.mini_batch(&signed)),
        ]
    });
    contest.row("one-element operation", 1000.0, || {
        let ours = tensor([1.0001]);
        let candle = Candle::from_vec(vec![1.0001f32], 1, &Device::Cpu).unwrap();
        let burn = Burn::<1>::from_data(TensorData::new(vec![1.0001f32], [1]), &BurnDevice::flex());
        vec![
            Entry::new("gradus", move || drop(black_box(workloads::chain(&ours)))),
            Entry::new("candle", move || {
                let mut z = candle.clone();
                for _ in 0..500 {
                    z = ((&z * &candle).unwrap() + &candle).unwrap();
                }
                black_box(z);
            }),
            Entry::new("burn", move || {
                let mut z = burn.clone();
                for _ in 0..500 {
                    z = z * burn.clone() + burn.clone();
                }
                black_box(z);
            }),
        ]
    });
    contest.row("one-element operation with backward", 1000.0, || {
        let ours = Parameter::new(tensor([1.0001]));
        let candle = Var::from_vec(vec![1.0001f32], 1, &Device::Cpu).unwrap();
        let burn =
            Burn::<1>::from_data(TensorData::new(vec![1.0001f32], [1]), &BurnDevice::flex().autodiff()).require_grad();
        vec![
            Entry::new("gradus", move || workloads::recorded_chain(&ours)),
            Entry::new("candle", move || {
                let mut z = candle.as_tensor().clone();
                for _ in 0..500 {
                    z = ((&z * candle.as_tensor()).unwrap() + candle.as_tensor()).unwrap();
                }
                black_box(z.sum_all().unwrap().backward().unwrap());
            }),
            Entry::new("burn", move || {
                let mut z = burn.clone();
                for _ in 0..500 {
                    z = z * burn.clone() + burn.clone();
                }
                black_box(z.sum().backward());
            }),
        ]
    });
}
