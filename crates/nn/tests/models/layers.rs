//! Linear layers and where weights begin.

use autograd::{Autodiff, Gradient};
use nn::init::{self, Fan};
use nn::{Linear, Module};
use tensor_core::{Generator, Serial, Tensor, manual_seed};

type X = Tensor<f64, Autodiff<Serial>>;

#[test]
fn a_layer_without_bias_is_a_product() {
    let layer = Linear::<f64, Serial>::new_with(&mut Generator::new(1), 3, 2).without_bias();
    let x = X::randn_with(&mut Generator::new(2), [4, 3]);
    assert_eq!(layer.forward(&x).to_vec(), x.matmul(layer.weight.value().t()).to_vec());
    assert_eq!(layer.named_parameters().len(), 1);
}

#[test]
fn one_row_is_a_batch_of_one() {
    let layer = Linear::<f64, Serial>::new_with(&mut Generator::new(1), 3, 2);
    let x = X::randn_with(&mut Generator::new(2), [1, 3]);
    let (batch, one) = (layer.forward(&x), layer.forward(&x.slice(0)));
    assert_eq!((batch.shape(), one.shape()), (&[1, 2][..], &[2][..]));
    for (a, b) in batch.to_vec().into_iter().zip(one.to_vec()) {
        assert!((a - b).abs() < 1e-15);
    }
}

#[test]
fn gradients_reach_weight_and_bias() {
    let layer = Linear::<f64, Serial>::new(2, 1);
    layer.forward(&X::new([[1.0, 2.0], [3.0, 4.0]])).sum().backward();
    let [weight, bias] = &layer.parameters()[..] else { panic!("two parameters") };
    assert_eq!((weight.grad().to_vec(), bias.grad().to_vec()), (vec![4.0, 6.0], vec![2.0]));
    assert_eq!((weight.name(), bias.name()), ("weight".into(), "bias".into()));
}

#[test]
fn an_input_of_another_size_is_refused() {
    let layer = Linear::<f64, Serial>::new(3, 2);
    assert!(layer.try_forward(&X::ones([4, 2])).unwrap_err().to_string().starts_with("matmul"));
}

#[test]
fn a_layer_begins_within_one_over_the_root_of_its_inputs() {
    let layer = Linear::<f64, Serial>::new_with(&mut Generator::new(3), 25, 400);
    for parameter in layer.parameters() {
        let largest = parameter.value().abs().max().item();
        assert!((0.19..=0.2).contains(&largest), "{largest}");
    }
    assert_eq!(Linear::<f64, Serial>::new(0, 2).forward(&X::ones([3, 0])).to_vec(), [0.0; 6]);
}

#[test]
fn the_same_seed_begins_the_same() {
    let made = |seed| {
        manual_seed(seed);
        let layer = Linear::<f32, Serial>::new(3, 2);
        layer.parameters().iter().map(|p| p.to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(made(5), made(5));
    assert_ne!(made(5), made(6));
}

#[test]
fn initialisers_have_their_scale() {
    let shape = [40, 30, 5];
    let (fan_in, fan_out) = (150f64, 200f64);
    assert_eq!(init::fans(shape), (150, 200));
    let generator = &mut Generator::new(9);
    let weights: [(Tensor<f64, Serial>, f64, bool); 8] = [
        (init::uniform_with(generator, -0.5, 0.5, shape), (1.0 / 12f64).sqrt(), true),
        (init::normal_with(generator, 0.0, 0.25, shape), 0.25, false),
        (init::xavier_uniform_with(generator, init::TANH, shape), init::TANH * (2.0 / (fan_in + fan_out)).sqrt(), true),
        (init::xavier_normal_with(generator, 1.0, shape), (2.0 / (fan_in + fan_out)).sqrt(), false),
        (init::kaiming_uniform_with(generator, Fan::In, init::RELU, shape), (2.0 / fan_in).sqrt(), true),
        (init::kaiming_uniform_with(generator, Fan::Out, init::LINEAR, shape), fan_out.sqrt().recip(), true),
        (init::kaiming_normal_with(generator, Fan::In, init::leaky_relu(0.5), shape), (1.6 / fan_in).sqrt(), false),
        (init::kaiming_normal_with(generator, Fan::Out, init::RELU, shape), (2.0 / fan_out).sqrt(), false),
    ];
    for (weight, std, uniform) in weights {
        assert_eq!(weight.shape(), shape);
        assert!((weight.std(0).item() / std - 1.0).abs() < 0.03);
        assert!(weight.mean().item().abs() < 0.05 * std);
        // All of a uniform distribution lies within √3 standard deviations.
        assert_eq!(weight.abs().max().item() <= 3f64.sqrt() * std, uniform);
    }
}

#[test]
fn weights_without_elements_and_without_axes() {
    assert_eq!(init::kaiming_normal::<f32, Serial>(Fan::In, 1.0, [3, 0]).numel(), 0);
    assert_eq!(init::xavier_uniform::<f32, Serial>(1.0, [0, 0]).numel(), 0);
    assert!(init::try_fans([3]).unwrap_err().to_string().contains("[out, in, …]"));
}
