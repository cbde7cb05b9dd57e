use crate::{X, at, close, indices, random};
use nn::functional::*;

/// Where element `i` of the new axis lies on the old one.
fn source(i: usize, old: usize, new: usize, corners: bool) -> f64 {
    match corners {
        true if new == 1 => 0.0,
        true => i as f64 * (old - 1) as f64 / (new - 1) as f64,
        false => (i as f64 + 0.5) * old as f64 / new as f64 - 0.5,
    }
}

/// The element at whole places, those beyond the ends being the last ones.
fn clamped(x: &X, i: &[usize], rows: isize, columns: isize) -> f64 {
    let [h, w] = [x.shape()[2] as isize, x.shape()[3] as isize];
    at(x, &[i[0] as isize, i[1] as isize, rows.clamp(0, h - 1), columns.clamp(0, w - 1)])
}

/// The weight of an element at a distance.
fn kernel(cubic: bool, d: f64) -> f64 {
    let (d, a) = (d.abs(), -0.75);
    match cubic {
        false => (1.0 - d).max(0.0),
        true if d <= 1.0 => (a + 2.0) * d.powi(3) - (a + 3.0) * d.powi(2) + 1.0,
        true if d < 2.0 => a * d.powi(3) - 5.0 * a * d.powi(2) + 8.0 * a * d - 4.0 * a,
        true => 0.0,
    }
}

#[test]
fn values_between_elements_are_sums_of_their_neighbours() {
    let x = random(1, [2, 2, 4, 5]);
    for (mode, cubic) in [(Interpolation::Linear, false), (Interpolation::Cubic, true)] {
        for align_corners in [false, true] {
            for size in [[4, 5], [7, 3], [1, 1], [8, 11], [2, 10]] {
                let shape = [2, 2, size[0], size[1]];
                let value = |i: Vec<usize>| {
                    let place = [0, 1].map(|a| {
                        let at = source(i[2 + a], x.shape()[2 + a], size[a], align_corners);
                        if cubic { at } else { at.max(0.0) }
                    });
                    let mut sum = 0.0;
                    for r in place[0].floor() as isize - 2..place[0].floor() as isize + 4 {
                        for c in place[1].floor() as isize - 2..place[1].floor() as isize + 4 {
                            let weight = kernel(cubic, place[0] - r as f64) * kernel(cubic, place[1] - c as f64);
                            sum += weight * clamped(&x, &i, r, c);
                        }
                    }
                    sum
                };
                let options = Interpolate { mode, align_corners, ..Interpolate::default() };
                let y = interpolate(&x, Resize::To(&size), options);
                close(&y, &X::from_vec(indices(&shape).into_iter().map(value).collect(), shape));
            }
        }
    }
}

#[test]
fn the_nearest_element() {
    let x = X::arange(0.0, 5.0, 1.0).reshape([1, 1, 5]).into_tensor();
    let to = |size: usize, mode| {
        interpolate(&x, Resize::To(&[size]), Interpolate { mode, ..Interpolate::default() }).to_vec()
    };
    assert_eq!(to(3, Interpolation::Nearest), [0.0, 1.0, 3.0]);
    assert_eq!(to(3, Interpolation::NearestExact), [0.0, 2.0, 4.0]);
    assert_eq!(to(10, Interpolation::Nearest), [0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]);
    assert_eq!(to(10, Interpolation::NearestExact), to(10, Interpolation::Nearest));
}

#[test]
fn a_factor_serves_for_size_and_distance() {
    let x = X::arange(0.0, 4.0, 1.0).reshape([1, 1, 4]).into_tensor();
    let linear = Interpolate { mode: Interpolation::Linear, ..Interpolate::default() };
    let y = interpolate(&x, Resize::By(&[1.7]), linear);
    close(&y, &X::new([[[0.0, 1.5 / 1.7 - 0.5, 2.5 / 1.7 - 0.5, 3.5 / 1.7 - 0.5, 4.5 / 1.7 - 0.5, 5.5 / 1.7 - 0.5]]]));
    let again = Interpolate { recompute_scale_factor: true, ..linear };
    close(&interpolate(&x, Resize::By(&[1.7]), again), &interpolate(&x, Resize::To(&[6]), linear));
}

#[test]
fn areas_are_means_and_three_axes_are_three_times_one() {
    let x = random(1, [1, 2, 4, 3, 5]);
    let by = |mode| Interpolate { mode, ..Interpolate::default() };
    let y = interpolate(&x, Resize::To(&[2, 3, 2]), by(Interpolation::Area));
    close(&y, &adaptive_avg_pool3d(&x, [2, 3, 2]));
    let y = interpolate(&x, Resize::To(&[6, 2, 7]), by(Interpolation::Linear));
    let two = interpolate(&x.reshape([1, 8, 3, 5]), Resize::To(&[2, 7]), by(Interpolation::Linear));
    let flat = two.reshape([1, 2, 4, 14]).permute([0, 1, 3, 2]).reshape([1, 28, 4]).into_tensor();
    let three = interpolate(&flat, Resize::To(&[6]), by(Interpolation::Linear));
    close(&y, &three.reshape([1, 2, 14, 6]).permute([0, 1, 3, 2]).reshape([1, 2, 6, 2, 7]));
}

#[test]
fn what_resizing_refuses() {
    let x = X::ones([1, 1, 4]);
    let plain = Interpolate::default();
    assert!(try_interpolate(&x, Resize::To(&[2, 2]), plain).is_err());
    assert!(try_interpolate(&x, Resize::To(&[0]), plain).is_err());
    assert!(try_interpolate(&x, Resize::By(&[-1.0]), plain).is_err());
    assert!(try_interpolate(&x, Resize::By(&[f64::NAN]), plain).is_err());
    assert!(try_interpolate(&X::ones([4, 4]), Resize::To(&[2]), plain).is_err());
    assert!(try_interpolate(&x, Resize::To(&[2]), Interpolate { align_corners: true, ..plain }).is_err());
}

#[test]
fn every_way_to_pad() {
    let x = X::new([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let rows = |padding: &[(isize, isize)], mode| pad(&x, padding, mode);
    assert_eq!(
        rows(&[(1, 0), (0, 1)], PadMode::Constant(9.0)).to_vec(),
        [9.0, 1.0, 2.0, 3.0, 9.0, 4.0, 5.0, 6.0, 9.0, 9.0, 9.0, 9.0]
    );
    assert_eq!(rows(&[(-1, 1), (-1, 0)], PadMode::default()).to_vec(), [5.0, 6.0, 0.0]);
    assert_eq!(rows(&[(2, 1)], PadMode::Reflect).slice(0).to_vec(), [3.0, 2.0, 1.0, 2.0, 3.0, 2.0]);
    assert_eq!(rows(&[(-1, 2)], PadMode::Reflect).slice(0).to_vec(), [2.0, 3.0, 2.0, 1.0]);
    assert_eq!(rows(&[(1, 2), (1, 0)], PadMode::Replicate).slice(0).to_vec(), [1.0, 1.0, 2.0, 3.0, 3.0, 3.0]);
    assert_eq!(rows(&[(3, 1)], PadMode::Circular).slice(1).to_vec(), [4.0, 5.0, 6.0, 4.0, 5.0, 6.0, 4.0]);
    assert_eq!(rows(&[(1, -1)], PadMode::Circular).slice(0).to_vec(), [2.0, 1.0, 2.0]);
    assert_eq!(pad(&X::zeros([0, 3]), &[(1, 1)], PadMode::Reflect).shape(), [0, 5]);
    assert_eq!(rows(&[(-1, -2)], PadMode::default()).shape(), [2, 0]);

    assert!(try_pad(&x, &[(3, 0)], PadMode::Reflect).is_err());
    assert!(try_pad(&x, &[(4, 0)], PadMode::Circular).is_err());
    assert!(try_pad(&x, &[(-2, -2)], PadMode::default()).is_err());
    assert!(try_pad(&x, &[(1, 1); 3], PadMode::default()).is_err());
    assert!(try_pad(&X::zeros([0]), &[(1, 0)], PadMode::Replicate).is_err());
    assert!(try_pad(&x, &[(isize::MIN, isize::MAX)], PadMode::Circular).is_err());
}

#[test]
fn shuffles_are_permutations() {
    let x = X::arange(0.0, 32.0, 1.0).reshape([1, 8, 2, 2]).into_tensor();
    let y = pixel_shuffle(&x, 2);
    for i in indices(&[2, 4, 4]) {
        let channel = i[0] * 4 + i[1] % 2 * 2 + i[2] % 2;
        let from = [0, channel, i[1] / 2, i[2] / 2].map(|i| i as isize);
        assert_eq!(at(&y, &[0, i[0] as isize, i[1] as isize, i[2] as isize]), at(&x, &from));
    }
    close(&pixel_unshuffle(&y, 2), &x);
    assert_eq!(pixel_shuffle(&X::zeros([1, 0, 1, 1]), 1).shape(), [1, 0, 1, 1]);
    assert!(try_pixel_shuffle(&x, 3).is_err() && try_pixel_shuffle(&x, 0).is_err());
    assert!(try_pixel_unshuffle(&x, 3).is_err() && try_channel_shuffle(&x, 3).is_err());
}
