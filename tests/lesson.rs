//! The lesson's page, row by row: what PyTorch does there, on every backend and in both precisions.

use gradus::autograd::{Autodiff, Gradient, NoGrad, Parameter, is_grad_enabled, no_grad};
use gradus::io::npy;
use gradus::optim::{Adam, AdamW, Sgd};
#[cfg(feature = "rayon")]
use gradus::tensor_core::Parallel;
use gradus::tensor_core::{
    Backend, DType, Ellipsis, Generator, Nested, NewAxis, Real, Serial, Tensor, View, manual_seed, mse, step, try_mse,
};
use std::ops::{Add, Div, Mul, Sub};
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

/// Each row becomes a test for each backend and precision.
macro_rules! on_every_backend {
    ($($row:ident)*) => { $(
        mod $row {
            use super::*;
            #[test] fn in_f32_on_serial() { super::$row::<f32, Serial>(); }
            #[test] fn in_f64_on_serial() { super::$row::<f64, Serial>(); }
            #[test] fn in_f32_on_autodiff_over_serial() { super::$row::<f32, Autodiff<Serial>>(); }
            #[test] fn in_f64_on_autodiff_over_serial() { super::$row::<f64, Autodiff<Serial>>(); }
            #[cfg(feature = "rayon")]
            #[test] fn in_f32_on_parallel() { super::$row::<f32, Parallel>(); }
            #[cfg(feature = "rayon")]
            #[test] fn in_f64_on_parallel() { super::$row::<f64, Parallel>(); }
            #[cfg(feature = "rayon")]
            #[test] fn in_f32_on_autodiff_over_parallel() { super::$row::<f32, Autodiff<Parallel>>(); }
            #[cfg(feature = "rayon")]
            #[test] fn in_f64_on_autodiff_over_parallel() { super::$row::<f64, Autodiff<Parallel>>(); }
        }
    )* };
}

/// Each row that needs gradients becomes a test for `Autodiff` over each backend, in each precision.
macro_rules! with_gradients {
    ($($row:ident)*) => { $(
        mod $row {
            use super::*;
            #[test] fn in_f32_over_serial() { super::$row::<f32, Serial>(); }
            #[test] fn in_f64_over_serial() { super::$row::<f64, Serial>(); }
            #[cfg(feature = "rayon")]
            #[test] fn in_f32_over_parallel() { super::$row::<f32, Parallel>(); }
            #[cfg(feature = "rayon")]
            #[test] fn in_f64_over_parallel() { super::$row::<f64, Parallel>(); }
        }
    )* };
}

on_every_backend! {
    a_tensor_is_made_from_numbers_of_any_nesting
    ragged_or_mismatched_data_is_refused
    a_tensor_prints_as_in_pytorch
    tensors_are_filled_counted_and_spaced
    the_same_seed_draws_the_same_numbers
    a_slice_is_a_tuple_of_ranges_steps_indices_ellipsis_and_new_axes
    a_part_is_written_in_place
    every_way_of_writing_in_place_writes
    matmul_takes_vectors_matrices_and_batches
    arithmetic_broadcasts_between_owned_borrowed_and_numbers
    reductions_go_along_any_axes
    mse_refuses_unequal_shapes
    indices_pick_rows_in_any_order
    a_loss_prints_as_a_number_and_gives_one
    a_tensor_leaves_the_library_as_numbers_and_as_a_file
}

with_gradients! {
    a_parameter_is_a_shared_handle_that_prints_as_in_pytorch
    gradients_accumulate_until_they_are_zeroed
    a_leaf_is_updated_in_place_inside_no_grad_alone
    no_grad_nests_counts_for_one_thread_and_ends_with_a_panic
    writing_in_place_never_changes_a_gradient
    a_repeated_index_collects_both_gradients
    a_batch_of_one_is_a_batch
    sgd_is_the_loop_written_by_hand
    momentum_dampening_and_decay_are_the_formulas
    adam_steps_by_the_learning_rate
    gradient_descent_finds_the_line
}

/// Data of any nesting, in the precision at hand.
fn tensor<T: Real, B: Backend>(data: impl Nested<f64>) -> Tensor<T, B> {
    Tensor::<f64, B>::new(data).cast()
}

/// A number in the precision at hand.
fn number<T: Real>(x: f64) -> T {
    T::from_f64(x)
}

fn numbers<T: Real, B: Backend>(x: &Tensor<T, B>) -> Vec<f64> {
    x.to_vec().into_iter().map(T::as_f64).collect()
}

/// The generator behind `rand` and its kin is the process's own: whoever seeds it draws alone.
fn seeded(seed: u64) -> MutexGuard<'static, ()> {
    static DRAWING: Mutex<()> = Mutex::new(());
    let alone = DRAWING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    manual_seed(seed);
    alone
}

// tensor(3., 2); tensors of any rank

fn a_tensor_is_made_from_numbers_of_any_nesting<T: Real, B: Backend>() {
    assert_eq!(tensor::<T, B>(3.0).shape(), []);
    assert_eq!(numbers(&tensor::<T, B>([3.0, 2.0])), [3.0, 2.0]);
    assert_eq!(tensor::<T, B>(vec![vec![1.0, 2.0], vec![3.0, 4.0], vec![5.0, 6.0]]).shape(), [3, 2]);
    let image = tensor::<T, B>([[[0.0; 3]; 32]; 28]);
    assert_eq!((image.rank(), image.shape(), image.size(-1), image.numel()), (3, &[28, 32, 3][..], 3, 28 * 32 * 3));
    let x = Tensor::<T, B>::from_vec((0..6).map(|i| number(i.into())).collect(), [2, 3]);
    assert_eq!(numbers(&x.slice(1)), [3.0, 4.0, 5.0]);
}

fn ragged_or_mismatched_data_is_refused<T: Real, B: Backend>() {
    let ragged = Tensor::<T, B>::try_new(vec![vec![T::one(), T::one()], vec![T::one()]]);
    assert!(ragged.unwrap_err().to_string().contains("ragged"));
    let mismatched = Tensor::<T, B>::try_from_vec(vec![T::zero(); 5], [2, 3]).unwrap_err().to_string();
    assert!(mismatched.contains("[2, 3]") && mismatched.contains('5'), "{mismatched}");
}

fn a_tensor_prints_as_in_pytorch<T: Real, B: Backend>() {
    let dtype = if T::DTYPE == DType::F32 { "" } else { ", dtype=f64" };
    let x = tensor::<T, B>([[1.0, 2.5], [-30.0, 4.0]]);
    assert_eq!(format!("{x}"), format!("tensor([[  1.0000,   2.5000],\n        [-30.0000,   4.0000]]{dtype})"));
    let long = Tensor::<T, B>::arange(T::zero(), number(2000.0), T::one());
    let elided = "tensor([   0.,    1.,    2., ..., 1997., 1998., 1999.]";
    assert_eq!(format!("{long}"), format!("{elided}{dtype})"));
}

// torch.ones(n, 2)

fn tensors_are_filled_counted_and_spaced<T: Real, B: Backend>() {
    let ones = Tensor::<T, B>::ones([100, 2]);
    assert_eq!((ones.shape(), ones.sum().item()), (&[100, 2][..], number(200.0)));
    assert_eq!(numbers(&Tensor::<T, B>::zeros([2])), [0.0, 0.0]);
    assert_eq!(numbers(&Tensor::<T, B>::full([2], number(7.0))), [7.0, 7.0]);
    assert_eq!(numbers(&Tensor::<T, B>::eye(2)), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(numbers(&Tensor::<T, B>::arange(T::zero(), number(1.0), number(0.25))), [0.0, 0.25, 0.5, 0.75]);
    assert_eq!(numbers(&Tensor::<T, B>::linspace(T::zero(), number(1.0), 3)), [0.0, 0.5, 1.0]);
    for like in [ones.zeros_like(), ones.ones_like(), ones.full_like(number(3.0)), ones.rand_like(), ones.randn_like()]
    {
        assert_eq!(like.shape(), ones.shape());
    }
}

fn the_same_seed_draws_the_same_numbers<T: Real, B: Backend>() {
    let alone = seeded(7);
    let first = Tensor::<T, B>::rand([1000]);
    manual_seed(7);
    assert_eq!(Tensor::<T, B>::rand([1000]).to_vec(), first.to_vec());
    assert_ne!(Tensor::<T, B>::rand([1000]).to_vec(), first.to_vec());
    drop(alone);
    let mut generator = Generator::new(7);
    assert_eq!(Tensor::<T, B>::rand_with(&mut generator, [1000]).to_vec(), first.to_vec());
    assert!(first.ge(T::zero()).and(first.lt(T::one())).all());
    let normal = Tensor::<T, B>::randn_with(&mut generator, [10_000]);
    assert!(normal.mean().item().as_f64().abs() < 0.05 && (normal.std(1).item().as_f64() - 1.0).abs() < 0.05);
}

// x[:, 0].uniform_(-1., 1)

fn a_slice_is_a_tuple_of_ranges_steps_indices_ellipsis_and_new_axes<T: Real, B: Backend>() {
    let x = Tensor::<T, B>::arange(T::zero(), number(24.0), T::one()).reshape([2, 3, 4]).into_tensor();
    assert_eq!(numbers(&x.slice((1, -1, ..2))), [20.0, 21.0]);
    assert_eq!(numbers(&x.slice((Ellipsis, 0))), [0.0, 4.0, 8.0, 12.0, 16.0, 20.0]);
    assert_eq!(numbers(&x.slice((0, 0, step(.., 2)))), [0.0, 2.0]);
    assert_eq!(numbers(&x.slice((0, 0, step(.., -1)))), [3.0, 2.0, 1.0, 0.0]);
    assert_eq!(numbers(&x.slice((0, 0, -2..))), [2.0, 3.0]);
    assert_eq!(x.slice((.., NewAxis, 1)).shape(), [2, 1, 4]);
    assert!(x.try_slice(2).is_err());
}

fn a_part_is_written_in_place<T: Real, B: Backend>() {
    let mut x = Tensor::<T, B>::ones([100, 2]);
    let whole = x.clone();
    x.slice_mut((.., 0)).uniform_with_(&mut Generator::new(1), number(-1.0), number(1.0));
    let column = x.slice((.., 0));
    assert!(column.ge(number::<T>(-1.0)).and(column.lt(number::<T>(1.0))).all());
    assert!(column.min().item() < number(-0.8) && column.max().item() > number(0.8));
    assert!(x.slice((.., 1)).eq(T::one()).all(), "the other column stays");
    assert!(whole.eq(T::one()).all(), "tensors are values");
}

fn every_way_of_writing_in_place_writes<T: Real, B: Backend>() {
    let mut x = tensor::<T, B>([[1.0, 2.0], [3.0, 4.0]]);
    x.add_(number::<T>(1.0)).mul_(number::<T>(6.0)).sub_(number::<T>(2.0)).div_(number::<T>(2.0));
    assert_eq!(numbers(&x), [5.0, 8.0, 11.0, 14.0]);
    x += &tensor([1.0, 2.0]);
    x -= number::<T>(6.0);
    x *= number::<T>(2.0);
    x /= tensor([[2.0], [1.0]]);
    assert_eq!(numbers(&x), [0.0, 4.0, 12.0, 20.0]);
    x.slice_mut(0).copy_(tensor([8.0, 9.0]));
    x.slice_mut((1, 0)).zero_();
    x.slice_mut((1, 1)).fill_(number(7.0));
    let mut column = x.slice_mut((.., -1));
    column -= number::<T>(1.0);
    assert_eq!(numbers(&x), [8.0, 8.0, 0.0, 6.0]);
    assert_ne!(x.normal_with_(&mut Generator::new(1), T::zero(), T::one()).slice((0, 0)).item(), number(8.0));
    assert!(x.try_add_(tensor([1.0, 2.0, 3.0])).is_err(), "what is written must fit its place");
}

// x @ a + torch.rand(n)

fn matmul_takes_vectors_matrices_and_batches<T: Real, B: Backend>() {
    let (v, m) = (tensor::<T, B>([10.0, 1.0]), tensor::<T, B>([[1.0, 2.0], [3.0, 4.0]]));
    assert_eq!(v.matmul(&v).item(), number(101.0));
    assert_eq!(numbers(&m.matmul(&v)), [12.0, 34.0]);
    assert_eq!(numbers(&v.matmul(&m)), [13.0, 24.0]);
    assert_eq!(numbers(&m.matmul(&m)), [7.0, 10.0, 15.0, 22.0]);
    let batches = Tensor::<T, B>::ones([5, 1, 3, 2]).matmul(m.expand([4, 2, 2]));
    assert_eq!(batches.shape(), [5, 4, 3, 2]);
    assert_eq!(numbers(&batches.slice((4, 3, 2))), [4.0, 6.0]);
    assert!(m.try_matmul(tensor([1.0, 2.0, 3.0])).is_err());
}

fn arithmetic_broadcasts_between_owned_borrowed_and_numbers<T, B: Backend>()
where
    T: Real
        + Add<Tensor<T, B>, Output = Tensor<T, B>>
        + Sub<Tensor<T, B>, Output = Tensor<T, B>>
        + Mul<Tensor<T, B>, Output = Tensor<T, B>>
        + Div<Tensor<T, B>, Output = Tensor<T, B>>,
{
    let (x, row) = (tensor::<T, B>([[1.0, 2.0], [3.0, 4.0]]), tensor::<T, B>([10.0, 20.0]));
    let sum = [11.0, 22.0, 13.0, 24.0];
    for each in [&x + &row, x.clone() + &row, &x + row.clone(), x.clone() + row.clone(), x.slice(..) + row.slice(..)] {
        assert_eq!(numbers(&each), sum);
    }
    assert_eq!(numbers(&(&x + &tensor([[10.0], [20.0]]))), [11.0, 12.0, 23.0, 24.0]);
    assert_eq!(numbers(&(&x * number::<T>(2.0))), [2.0, 4.0, 6.0, 8.0]);
    assert_eq!(numbers(&(number::<T>(1.0) + x.clone())), [2.0, 3.0, 4.0, 5.0]);
    assert_eq!(numbers(&(number::<T>(1.0) - x.clone())), [0.0, -1.0, -2.0, -3.0]);
    assert_eq!(numbers(&(number::<T>(3.0) * row.clone())), [30.0, 60.0]);
    assert_eq!(numbers(&(number::<T>(20.0) / row.clone())), [2.0, 1.0]);
    assert!(x.try_add(tensor([1.0, 2.0, 3.0])).unwrap_err().to_string().contains("axis -1"));
}

// ((y_hat - y)**2).mean()

fn reductions_go_along_any_axes<T: Real, B: Backend>() {
    let x = Tensor::<T, B>::arange(T::zero(), number(24.0), T::one()).reshape([2, 3, 4]).into_tensor();
    assert_eq!((x.sum().item(), x.mean().item()), (number(276.0), number(11.5)));
    assert_eq!((x.max().item(), x.min().item()), (number(23.0), number(0.0)));
    assert_eq!(numbers(&x.sum_axes([0, -1])), [60.0, 92.0, 124.0]);
    assert_eq!(x.mean_keepdim([0, -1]).shape(), [1, 3, 1]);
    assert_eq!(numbers(&x.max_axes([0, 1])), [20.0, 21.0, 22.0, 23.0]);
    assert_eq!(numbers(&x.min_keepdim(-1)), [0.0, 4.0, 8.0, 12.0, 16.0, 20.0]);
    assert_eq!(numbers(&tensor::<T, B>([4.0, 9.0]).sqrt()), [2.0, 3.0]);
}

fn mse_refuses_unequal_shapes<T: Real, B: Backend>() {
    let (y_hat, y) = (tensor::<T, B>([1.0, 2.0]), tensor::<T, B>([1.0, 4.5]));
    assert_eq!(mse(&y_hat, &y).item(), number(3.125));
    assert_eq!((&y_hat - &y).square().mean().item(), number(3.125));
    assert!(try_mse(&y_hat, y.reshape([2, 1])).is_err());
}

// nn.Parameter(a)

fn a_parameter_is_a_shared_handle_that_prints_as_in_pytorch<T: Real, B: Backend>() {
    let dtype = if T::DTYPE == DType::F32 { "" } else { ", dtype=f64" };
    let a = Parameter::<T, B>::new(tensor([-1.0, 1.0]));
    assert_eq!(a.to_string(), format!("Parameter containing:\ntensor([-1.,  1.]{dtype}, requires_grad=true)"));
    let same = a.share();
    same.set_name("a");
    no_grad(|| same.add_(T::one()));
    assert_eq!((a.name().as_str(), numbers(&a.value())), ("a", vec![0.0, 2.0]));
    a.value().sum().backward();
    assert_eq!(numbers(&same.grad()), [1.0, 1.0]);
    assert!(a.duplicate().get_grad().is_none() && !a.is_same(&a.duplicate()));
}

// loss.backward(), a.grad

fn gradients_accumulate_until_they_are_zeroed<T: Real, B: Backend>() {
    let a = Parameter::<T, B>::new(tensor([-1.0, 1.0]));
    let x = tensor([[1.0, 1.0], [2.0, 1.0]]);
    let backward = || x.matmul(&a).square().mean().backward();
    assert!(a.get_grad().is_none());
    backward();
    assert_eq!(numbers(&a.grad()), [-2.0, -1.0]);
    backward();
    assert_eq!(numbers(&a.grad()), [-4.0, -2.0]);
    a.grad_mut().zero_();
    backward();
    assert_eq!(numbers(&a.grad()), [-2.0, -1.0]);
    a.zero_grad();
    assert_eq!(numbers(&a.grad()), [0.0, 0.0]);
    a.set_grad(None);
    assert!(a.get_grad().is_none());
}

// with torch.no_grad(): a.sub_(lr * a.grad)

fn a_leaf_is_updated_in_place_inside_no_grad_alone<T, B: Backend>()
where
    T: Real + Mul<View<T, Autodiff<B>>, Output = Tensor<T, Autodiff<B>>>,
{
    let a = Parameter::<T, B>::new(tensor([3.0, 2.0]));
    a.value().square().sum().backward();
    let lr = number::<T>(0.25);
    let outside = a.try_sub_(lr * a.grad()).map(|_| ()).unwrap_err().to_string();
    assert!(outside.contains("no_grad"), "{outside}");
    let address = a.value().as_slice().unwrap().as_ptr();
    no_grad(|| a.sub_(lr * a.grad()));
    assert_eq!(numbers(&a.value()), [1.5, 1.0]);
    assert_eq!(a.value().as_slice().unwrap().as_ptr(), address, "the update is in place");
    assert!(a.requires_grad() && a.value().is_leaf());
}

fn no_grad_nests_counts_for_one_thread_and_ends_with_a_panic<T: Real, B: Backend>() {
    let a = Parameter::<T, B>::new(tensor([3.0, 2.0]));
    no_grad(|| {
        no_grad(|| ());
        assert!(!(&a * T::one()).requires_grad(), "the outer one is still in force");
        std::thread::scope(|scope| scope.spawn(|| assert!((&a * T::one()).requires_grad())).join().unwrap());
    });
    let guard = NoGrad::new();
    assert!(!is_grad_enabled());
    drop(guard);
    // `resume_unwind` panics without the message that would clutter the tests' output.
    let panicked = std::panic::catch_unwind(|| no_grad(|| std::panic::resume_unwind(Box::new(()))));
    assert!(panicked.is_err() && is_grad_enabled());
    assert!((&a * T::one()).requires_grad());
}

// In-place change of what backward needs

fn writing_in_place_never_changes_a_gradient<T: Real, B: Backend>() {
    type Write<T, B> = fn(&mut Tensor<T, Autodiff<B>>);
    let ways: [(&str, Write<T, B>); 14] = [
        ("fill_", |x| _ = x.fill_(number(9.0))),
        ("zero_", |x| _ = x.zero_()),
        ("copy_", |x| _ = x.copy_(tensor([8.0, 9.0]))),
        ("add_", |x| _ = x.add_(T::one())),
        ("sub_", |x| _ = x.sub_(T::one())),
        ("mul_", |x| _ = x.mul_(number::<T>(2.0))),
        ("div_", |x| _ = x.div_(number::<T>(2.0))),
        ("uniform_", |x| _ = x.uniform_with_(&mut Generator::new(1), number(5.0), number(6.0))),
        ("normal_", |x| _ = x.normal_with_(&mut Generator::new(1), number(5.0), T::one())),
        ("+=", |x| *x += T::one()),
        ("-=", |x| *x -= T::one()),
        ("*=", |x| *x *= number::<T>(2.0)),
        ("/=", |x| *x /= number::<T>(2.0)),
        ("a part", |x| _ = x.slice_mut(0).fill_(number(9.0))),
    ];
    for (name, write) in ways {
        // The gradient of a needs x as it was, whoever writes to it meanwhile.
        let a = Parameter::<T, B>::new(tensor([3.0, 2.0]));
        let mut x = tensor([5.0, 7.0]);
        let loss = (&a * &x).sum();
        write(&mut x);
        assert_ne!(numbers(&x), [5.0, 7.0], "{name} writes");
        loss.backward();
        assert_eq!(numbers(&a.grad()), [5.0, 7.0], "{name}");

        // And so does a gradient that needs the parameter itself.
        let loss = a.value().square().sum();
        a.set_grad(None);
        no_grad(|| a.update(write));
        loss.backward();
        assert_eq!(numbers(&a.grad()), [6.0, 4.0], "{name} on the parameter");
    }
}

// v.detach().numpy()

fn a_tensor_leaves_the_library_as_numbers_and_as_a_file<T: Real + npy::Element, B: Backend>() {
    let x = tensor::<T, B>([[1.0, 2.0], [3.0, 4.0]]);
    let v = x.detach();
    assert_eq!(v.as_slice(), Some(&[1.0, 2.0, 3.0, 4.0].map(number)[..]));
    assert_eq!(v.t().as_slice(), None);
    assert_eq!(numbers(&v.t()), [1.0, 3.0, 2.0, 4.0]);
    // Each test has a thread of its own.
    let name = format!("lesson-{:?}.npy", std::thread::current().id());
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    npy::save(&file, &v).unwrap();
    let back = npy::load::<T, B>(&file).unwrap();
    std::fs::remove_file(file).unwrap();
    assert_eq!((back.shape(), back.to_vec()), (x.shape(), x.to_vec()));
}

// x[rand_idx], y[rand_idx]

fn indices_pick_rows_in_any_order<T: Real, B: Backend>() {
    let alone = seeded(3);
    let rand_idx = Tensor::<i64, B>::randperm(100);
    let drawn = Tensor::<i64, B>::randint(-5, 5, [1000]);
    drop(alone);
    let x = Tensor::<T, B>::arange(T::zero(), number(200.0), T::one()).reshape([100, 2]).into_tensor();
    let shuffled = x.select(&rand_idx);
    assert_ne!(shuffled.to_vec(), x.to_vec());
    assert_eq!(shuffled.slice((.., 0)).sort(0, false).0.to_vec(), x.slice((.., 0)).to_vec());
    assert_eq!((drawn.min().item(), drawn.max().item()), (-5, 4));
    assert_eq!(numbers(&x.index_select(1, &Tensor::new([-1])).slice(..2)), [1.0, 3.0]);
    assert!(x.try_select(&Tensor::new([100])).is_err());
}

fn a_repeated_index_collects_both_gradients<T: Real, B: Backend>() {
    let a = Parameter::<T, B>::new(tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]));
    let picked = a.value().select(&Tensor::new([2, 0, 2]));
    (picked * tensor([[1.0], [10.0], [100.0]])).sum().backward();
    assert_eq!(numbers(&a.grad()), [10.0, 10.0, 0.0, 0.0, 101.0, 101.0]);
}

// One sample at a time

fn a_batch_of_one_is_a_batch<T: Real, B: Backend>() {
    let x = tensor([[0.5, 1.0], [0.25, 1.0]]);
    let y = tensor([4.0, 2.0]);
    let a = Parameter::<T, B>::new(tensor([-1.0, 1.0]));
    let one = Tensor::new([1]);
    let loss = mse(&x.select(&one).matmul(&a), y.select(&one));
    loss.backward();
    // (−0.25 + 1 − 2)² and 2 (−1.25) (0.25, 1)
    assert_eq!((loss.item(), numbers(&a.grad())), (number(1.5625), vec![-0.625, -2.5]));
}

// if t % 10 == 0: print(loss)

fn a_loss_prints_as_a_number_and_gives_one<T: Real, B: Backend>() {
    let loss = mse(&tensor::<T, B>([1.0, 2.0]), tensor([1.0, 4.5]));
    assert_eq!(format!("{loss} {loss:.2} {loss:>8}"), "3.1250 3.12   3.1250");
    assert_eq!(loss.item(), number(3.125));
    assert!(tensor::<T, B>([1.0, 2.0]).try_item().is_err());
}

// The update as a loop of one's own, and `optim`

/// The lesson's points: `x` with a column of ones, and `y` about 3x + 2.
fn points<T: Real, B: Backend>(n: usize) -> (Tensor<T, B>, Tensor<T, B>) {
    let mut generator = Generator::new(42);
    let mut x = Tensor::ones([n, 2]);
    x.slice_mut((.., 0)).uniform_with_(&mut generator, number(-1.0), number(1.0));
    let y = x.matmul(tensor([3.0, 2.0])) + Tensor::rand_with(&mut generator, [n]);
    (x, y)
}

/// The lesson's loop: where `steps` steps from (−1, 1) lead.
fn descend<T, B: Backend>(x: &Tensor<T, Autodiff<B>>, y: &Tensor<T, Autodiff<B>>, steps: usize) -> Vec<T>
where
    T: Real + Mul<View<T, Autodiff<B>>, Output = Tensor<T, Autodiff<B>>>,
{
    let a = Parameter::<T, B>::new(tensor([-1.0, 1.0]));
    let lr = number::<T>(0.1);
    for _ in 0..steps {
        let loss = mse(&x.matmul(&a), y);
        loss.backward();
        no_grad(|| a.sub_(lr * a.grad()));
        a.zero_grad();
    }
    a.to_vec()
}

fn gradient_descent_finds_the_line<T, B: Backend>()
where
    T: Real + Mul<View<T, Autodiff<B>>, Output = Tensor<T, Autodiff<B>>>,
{
    let (x, y) = points(100);
    let found = descend::<T, B>(&x, &y, 1000);
    let a = tensor::<T, Autodiff<B>>([found[0].as_f64(), found[1].as_f64()]);
    // At the bottom of the valley the residuals are at right angles to the data.
    let slope = x.t().matmul(&y - x.matmul(&a)) / number::<T>(100.0);
    assert!(slope.abs().max().item() < number(16.0 * T::epsilon().as_f64()), "{slope}");
    assert!((found[0].as_f64() - 3.0).abs() < 0.2 && (found[1].as_f64() - 2.5).abs() < 0.1, "{a}");
}

#[cfg(feature = "rayon")]
#[test]
fn serial_and_parallel_descend_to_the_same_bits() {
    // Enough points that `Parallel` does use its threads.
    let (n, steps) = (50_000, 5);
    let (x, y) = points::<f32, Autodiff<Serial>>(n);
    let (x_parallel, y_parallel) = points::<f32, Autodiff<Parallel>>(n);
    assert_eq!(descend(&x, &y, steps), descend(&x_parallel, &y_parallel, steps));
}

fn sgd_is_the_loop_written_by_hand<T, B: Backend>()
where
    T: Real + Mul<View<T, Autodiff<B>>, Output = Tensor<T, Autodiff<B>>>,
{
    let (x, y) = points(100);
    let a = Parameter::<T, B>::new(tensor([-1.0, 1.0]));
    let mut optimiser = Sgd::new([&a], 0.1);
    for _ in 0..50 {
        optimiser.zero_grad();
        mse(&x.matmul(&a), &y).backward();
        optimiser.step();
    }
    assert_eq!(a.to_vec(), descend::<T, B>(&x, &y, 50));
}

fn momentum_dampening_and_decay_are_the_formulas<T: Real, B: Backend>() {
    // The gradient of ½a² is a, so that plain numbers can follow.
    let follows = |optimiser: Sgd<T, B>, a: &Parameter<T, B>, mut by_hand: Box<dyn FnMut(&mut f64)>| {
        let (mut optimiser, mut expected) = (optimiser, a.value().item().as_f64());
        for _ in 0..20 {
            optimiser.zero_grad();
            (a.value().square() * number::<T>(0.5)).backward();
            optimiser.step();
            by_hand(&mut expected);
        }
        let found = a.value().item().as_f64();
        assert!((found - expected).abs() < 100.0 * T::epsilon().as_f64(), "{found}, not {expected}");
    };
    let start = || Parameter::<T, B>::new(tensor(2.0));

    let (a, mut v) = (start(), None);
    let momentum = move |a: &mut f64| {
        let b = v.map_or(*a, |v: f64| 0.75 * v + 0.5 * *a);
        v = Some(b);
        *a -= 0.125 * b;
    };
    follows(Sgd::new([&a], 0.125).momentum(0.75).dampening(0.5), &a, Box::new(momentum));

    let (a, mut v) = (start(), 0.0);
    let nesterov = move |a: &mut f64| {
        v = 0.75 * v + *a;
        *a -= 0.125 * (*a + 0.75 * v);
    };
    follows(Sgd::new([&a], 0.125).momentum(0.75).nesterov(true), &a, Box::new(nesterov));

    let a = start();
    follows(Sgd::new([&a], 0.125).weight_decay(0.5), &a, Box::new(|a| *a -= 0.125 * 1.5 * *a));
}

fn adam_steps_by_the_learning_rate<T: Real, B: Backend>() {
    let close = |a: &Parameter<T, B>, expected: [f64; 2]| {
        assert!((a.value() - tensor(expected)).abs().max().item().as_f64() < 1e-6, "{a}");
    };
    // The first step is the learning rate in each direction, however steep; decay pulls AdamW to 0 besides.
    let a = Parameter::<T, B>::new(tensor([3.0, -200.0]));
    let mut adam = Adam::new([&a], 0.5);
    a.value().square().sum().backward();
    adam.step();
    close(&a, [2.5, -199.5]);

    let a = Parameter::<T, B>::new(tensor([3.0, -2.0]));
    let mut adam = AdamW::new([&a], 0.5).weight_decay(0.25);
    a.value().square().sum().backward();
    adam.step();
    close(&a, [3.0 * 0.875 - 0.5, -2.0 * 0.875 + 0.5]);
}
