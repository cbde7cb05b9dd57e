//! Functions of each element, pair or triple.

use crate::arrays::{
    Described, Epsilon, Sample, arrays, broadcastable_to, for_all, for_types, laid_out, pairs, shapes,
};
use crate::check::{Near, agree, agree_on, bits, error_of, error_of_two, verb};
use proptest::collection::vec;
use proptest::prelude::*;
use tensor_core::ops::*;
use tensor_core::{Arg, Backend, Num, Real, Serial, step};

for_types!(functions_of_a_number: f32 f64 i64 i32 u8);
fn functions_of_a_number<T: Sample + Num>() {
    for_all(arrays(), |x| {
        let x = x.made(T::wild);
        for &op in Unary::ALL {
            agree(op.name(), [&x], &verb!(B, [x] => B::unary(op, x)), Near::Exactly);
        }
    });
}

for_types!(functions_of_a_real: f32 f64);
fn functions_of_a_real<T: Epsilon + Real>() {
    for_all(arrays(), |x| {
        let x = x.made(T::wild);
        for &op in UnaryReal::ALL {
            agree(op.name(), [&x], &verb!(B, [x] => B::unary_real(op, x)), Near::Within(&error_of::<T>(op)));
        }
    });
}

for_types!(what_ieee_754_defines_is_exact: f32 f64);
fn what_ieee_754_defines_is_exact<T: Sample + Real>() {
    use UnaryReal::*;
    for_all(pairs(), |(x, y)| {
        let (x, y) = (x.made(T::wild), y.made(T::wild));
        agree("copysign", [&x, &y], &verb!(B, [x, y] => B::binary_real(BinaryReal::Copysign, x, y)), Near::Exactly);
        agree("gate", [&x, &y], &verb!(B, [x, y] => B::binary_real(BinaryReal::Gate, x, y)), Near::Exactly);
        for op in [Reciprocal, Sqrt, Relu, Floor, Ceil, Round, Trunc] {
            agree(op.name(), [&x], &verb!(B, [x] => B::unary_real(op, x)), Near::Exactly);
        }
        agree("div", [&x, &y], &verb!(B, [x, y] => B::binary_real(BinaryReal::Div, x, y)), Near::Exactly);
    });
}

for_types!(no_bit_of_a_function_depends_on_the_layout: f32 f64);
fn no_bit_of_a_function_depends_on_the_layout<T: Sample + Real>() {
    for_all(arrays(), |x| {
        let x = x.made(T::wild);
        let (strided, contiguous) = (x.on::<Serial>(), x.contiguous().on::<Serial>());
        for &op in UnaryReal::ALL {
            let of = |x| bits(&Serial::unary_real(op, Arg::Ref(x)).unwrap());
            assert_eq!(of(&strided), of(&contiguous), "{}", op.name());
        }
    });
}

for_types!(functions_of_two_numbers: f32 f64 i64 i32 u8);
fn functions_of_two_numbers<T: Sample + Num>() {
    for_all(pairs(), |(a, b)| {
        let (a, b) = (a.made(T::wild), b.made(T::wild));
        for &op in Binary::ALL {
            agree(op.name(), [&a, &b], &verb!(B, [a, b] => B::binary(op, a, b)), Near::Exactly);
        }
        for &op in Compare::ALL {
            agree(op.name(), [&a, &b], &verb!(B, [a, b] => B::compare(op, a, b)), Near::Exactly);
        }
    });
}

for_types!(functions_of_two_reals: f32 f64);
fn functions_of_two_reals<T: Epsilon + Real>() {
    for_all(pairs(), |(a, b)| {
        let (a, b) = (a.made(T::wild), b.made(T::wild));
        for &op in BinaryReal::ALL.iter().filter(|&&op| op != BinaryReal::Polygamma) {
            agree(
                op.name(),
                [&a, &b],
                &verb!(B, [a, b] => B::binary_real(op, a, b)),
                Near::Within(&error_of_two::<T>(op)),
            );
        }
    });
}

for_types!(derivatives_of_the_digamma_function: f32 f64);
fn derivatives_of_the_digamma_function<T: Epsilon + Real>() {
    let orders = [0.0, 1.0, 2.0, 3.0, 4.0, 1.4, -1.0, 171.0, f64::NAN];
    let special = [0.0, -0.0, -1.0, -2.0, f64::INFINITY, f64::NAN, 1e30];
    for_all(pairs(), |(n, x)| {
        let n = n.made(|word| T::from_f64(orders[word as usize % orders.len()]));
        let x = x.made(|word| match word % 4 {
            0 => T::from_f64(special[word as usize / 4 % special.len()]),
            _ => T::tame(word).abs() * T::from_f64(2f64.powi((word / 4 % 11) as i32 - 5)),
        });
        let op = BinaryReal::Polygamma;
        agree(op.name(), [&n, &x], &verb!(B, [n, x] => B::binary_real(op, n, x)), Near::Within(&error_of_two::<T>(op)));
    });
}

for_types!(operands_may_share_a_buffer: f32 i32);
fn operands_may_share_a_buffer<T: Sample + Num>() {
    for_all(arrays(), |x| {
        let x = x.made(T::wild);
        let backwards = View::Slice(vec![step(.., -1); x.shape().len()]);
        let (a, b) = (x.on::<Serial>(), x.clone().seen(backwards.clone()).on::<Serial>());
        for &op in Binary::ALL {
            let apart = Serial::binary(op, Arg::Ref(&a), Arg::Ref(&b)).unwrap();
            let mut one = x.on::<Serial>();
            let mut other = Serial::view(&one, &backwards).unwrap();
            let together = Serial::binary(op, Arg::Own(&mut one), Arg::Own(&mut other)).unwrap();
            assert_eq!(bits(&together), bits(&apart), "{}", op.name());
        }
    });
}

#[test]
fn logic_of_two_truth_values() {
    for_all(pairs(), |(a, b)| {
        let (a, b) = (a.made(bool::wild), b.made(bool::wild));
        for &op in Logic::ALL {
            agree(op.name(), [&a, &b], &verb!(B, [a, b] => B::logic(op, a, b)), Near::Exactly);
        }
    });
}

for_types!(a_mask_chooses_between_two: f32 f64 i64 i32 u8 bool);
fn a_mask_chooses_between_two<T: Sample>() {
    let shapes = shapes().prop_flat_map(|shape| vec(broadcastable_to(shape), 3));
    let triples = shapes.prop_flat_map(|own| own.into_iter().map(laid_out).collect::<Vec<_>>());
    for_all(triples.boxed(), |triple| {
        let (mask, a, b) = (triple[0].made(bool::wild), triple[1].made(T::wild), triple[2].made(T::wild));
        agree("select", [&a, &b], &verb!(B, [a, b] => B::select(&mask.on::<B>(), a, b)), Near::Exactly);
    });
}

for_types!(conversions: f32 f64 i64 i32 u8 bool);
fn conversions<T: Sample>() {
    fn to<T: Sample, U: Sample>(x: &Described<T>) {
        agree_on("cast", &verb!(B, [] => B::cast::<T, U>(&x.on::<B>())), Near::Exactly);
    }
    for_all(arrays(), |x| {
        let x = x.made(T::wild);
        to::<T, f32>(&x);
        to::<T, f64>(&x);
        to::<T, i64>(&x);
        to::<T, i32>(&x);
        to::<T, u8>(&x);
        to::<T, bool>(&x);
    });
}

#[test]
fn an_update_replaces_a_value_or_leaves_it() {
    for_all(pairs(), |(x, y)| {
        let (x, y) = (x.made(f32::wild), y.made(f32::wild));
        let verb = verb!(B, [] => {
            let (mut value, other) = (x.on::<B>(), y.on::<B>());
            match B::update(&mut value, |value| B::binary(Binary::Sub, value, Arg::Ref(&other))) {
                Ok(()) => Ok(value),
                // What is left shows in the result.
                Err(_) => B::unary(Unary::Neg, Arg::Ref(&value)),
            }
        });
        agree_on("update", &verb, Near::Exactly);
    });
}

#[test]
fn an_update_of_a_value_that_no_one_shares_stays_in_its_buffer() {
    let mut x = Described::of(vec![1.0f32; 6], &[2, 3]).on::<Serial>();
    let address = x.address();
    Serial::update(&mut x, |x| Serial::binary(Binary::Add, x, Arg::Scalar(1.0))).unwrap();
    assert_eq!((x.address(), x.to_vec()), (address, vec![2.0; 6]));
}
