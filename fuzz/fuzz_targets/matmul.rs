#![no_main]

use libfuzzer_sys::fuzz_target;
use std::fmt::Debug;
use tensor_matmul::{Isa, MatMut, MatRef, Scalar, Sequential, force, gemm};

fn view(bytes: &mut impl Iterator<Item = u8>, rows: usize, cols: usize) -> (usize, [isize; 2]) {
    let mut byte = || bytes.next().unwrap_or(0);
    match byte() % 4 {
        0 => (0, [cols as isize, 1]),
        1 => (0, [1, rows as isize]),
        2 => ((rows * cols).saturating_sub(1), [-(cols as isize), -1]),
        _ => (byte().into(), [isize::from(byte() as i8), isize::from(byte() as i8)]),
    }
}

fuzz_target!(|input: &[u8]| match input.split_first() {
    Some((0..128, rest)) => product::<f32>(rest),
    Some((_, rest)) => product::<f64>(rest),
    None => {}
});

/// A product of any shape through any strides from any offset, on small integers: every sum is exact.
fn product<T: Scalar + From<i8> + Debug>(input: &[u8]) {
    let mut bytes = input.iter().copied();
    let mut byte = || bytes.next().unwrap_or(0);
    let isa = Isa::ALL[byte() as usize % Isa::ALL.len()];
    if force(Some(isa)).is_err() {
        return;
    }
    let [m, n] = [byte(), byte()].map(|b| usize::from(b % 80));
    let k = usize::from(byte()) * if byte() % 8 == 0 { 5 } else { 1 };
    let [alpha, beta] = [byte(), byte()].map(|b| T::from((b % 5) as i8 - 2));
    let lens = [byte(), byte(), byte()].map(|b| usize::from(b) * 64);
    let (a_place, b_place, c_place) = (view(&mut bytes, m, k), view(&mut bytes, k, n), view(&mut bytes, m, n));
    let number = |i: usize| T::from((input[i % input.len()] % 7) as i8 - 3);
    let [a, b, c] = lens.map(|len| (0..len).map(number).collect::<Vec<_>>());
    let mut out = c.clone();
    let Ok(a_view) = MatRef::try_strided(&a, a_place.0, [m, k], a_place.1) else { return };
    let Ok(b_view) = MatRef::try_strided(&b, b_place.0, [k, n], b_place.1) else { return };
    let Ok(c_view) = MatMut::try_strided(&mut out, c_place.0, [m, n], c_place.1) else { return };
    gemm(alpha, a_view, b_view, beta, c_view, &Sequential);
    let at = |(offset, strides): (usize, [isize; 2]), i: usize, j: usize| {
        (offset as isize + i as isize * strides[0] + j as isize * strides[1]) as usize
    };
    let mut want = c.clone();
    for i in 0..m {
        for j in 0..n {
            let sum = (0..k).fold(T::zero(), |sum, p| sum + a[at(a_place, i, p)] * b[at(b_place, p, j)]);
            let place = at(c_place, i, j);
            want[place] = alpha * sum + beta * c[place];
        }
    }
    assert_eq!(out, want);
}
