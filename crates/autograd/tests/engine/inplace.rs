//! Writing in place, sentence by sentence: what it does to leaves, to recorded tensors and to what backward needs.

use autograd::{Autodiff, Gradient, gradcheck, gradgradcheck, no_grad};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tensor_core::{Generator, Serial, step};

type T = tensor_core::Tensor<f64, Autodiff<Serial>>;
type Index = tensor_core::Tensor<i64, Autodiff<Serial>>;
type Mask = tensor_core::Tensor<bool, Autodiff<Serial>>;

/// A way to change a matrix of two rows and three columns in place; the second tensor is what is written, where something is.
type Way = (&'static str, fn(&mut T, &T));

/// Every way there is.
const WAYS: &[Way] = &[
    ("fill_", |x, _| {
        x.fill_(7.0);
    }),
    ("zero_", |x, _| {
        x.zero_();
    }),
    ("copy_", |x, y| {
        x.copy_(y);
    }),
    ("copy_ of a number", |x, _| {
        x.copy_(3.0);
    }),
    ("add_", |x, y| {
        x.add_(y);
    }),
    ("add_ of a number", |x, _| {
        x.add_(0.5);
    }),
    ("sub_", |x, y| {
        x.sub_(y);
    }),
    ("mul_", |x, y| {
        x.mul_(y);
    }),
    ("div_", |x, y| {
        x.div_(y);
    }),
    ("add_ of a row", |x, y| {
        x.add_(y.slice(0));
    }),
    ("uniform_with_", |x, _| {
        x.uniform_with_(&mut Generator::new(1), 1.0, 2.0);
    }),
    ("normal_with_", |x, _| {
        x.normal_with_(&mut Generator::new(1), 1.0, 2.0);
    }),
    ("+=", |x, y| *x += y),
    ("-=", |x, y| *x -= y),
    ("*=", |x, y| *x *= y),
    ("/=", |x, y| *x /= y),
    ("part fill_", |x, _| {
        x.slice_mut((.., 1)).fill_(7.0);
    }),
    ("part zero_", |x, _| {
        x.slice_mut((1, step(.., -2))).zero_();
    }),
    ("part copy_", |x, y| {
        x.slice_mut((.., 0..2)).copy_(y.slice((.., 1..3)));
    }),
    ("part add_", |x, y| {
        x.slice_mut((.., 1)).add_(y.slice((.., 0)));
    }),
    ("part add_ of a number", |x, _| {
        x.slice_mut(0).add_(0.5);
    }),
    ("part sub_", |x, y| {
        x.slice_mut(step(.., -1)).sub_(y);
    }),
    ("part mul_", |x, y| {
        x.slice_mut((.., 1)).mul_(y.slice((.., 0)));
    }),
    ("part div_", |x, y| {
        x.slice_mut((0, ..2)).div_(y.slice((1, 1..)));
    }),
    ("part uniform_with_", |x, _| {
        x.slice_mut((.., 2)).uniform_with_(&mut Generator::new(1), 1.0, 2.0);
    }),
    ("part normal_with_", |x, _| {
        x.slice_mut((.., 2)).normal_with_(&mut Generator::new(1), 1.0, 2.0);
    }),
    ("part +=", |x, y| x.slice_mut((.., 1)).add_assign_(y)),
    ("part -=", |x, y| x.slice_mut((.., 1)).sub_assign_(y)),
    ("part *=", |x, y| x.slice_mut((.., 1)).mul_assign_(y)),
    ("part /=", |x, y| x.slice_mut((.., 1)).div_assign_(y)),
];

/// Those that draw from the generator that all share.
const RANDOM: &[Way] = &[
    ("uniform_", |x, _| {
        x.uniform_(1.0, 2.0);
    }),
    ("normal_", |x, _| {
        x.normal_(1.0, 2.0);
    }),
    ("part uniform_", |x, _| {
        x.slice_mut((.., 1)).uniform_(1.0, 2.0);
    }),
    ("part normal_", |x, _| {
        x.slice_mut((.., 1)).normal_(1.0, 2.0);
    }),
];

fn all_ways() -> impl Iterator<Item = &'static Way> {
    WAYS.iter().chain(RANDOM)
}

/// The operators on a column, as expressions.
trait Operators {
    fn add_assign_(self, y: &T);
    fn sub_assign_(self, y: &T);
    fn mul_assign_(self, y: &T);
    fn div_assign_(self, y: &T);
}

impl Operators for tensor_core::SliceMut<'_, f64, Autodiff<Serial>> {
    fn add_assign_(mut self, y: &T) {
        self += y.slice((.., 0));
    }
    fn sub_assign_(mut self, y: &T) {
        self -= y.slice((.., 0));
    }
    fn mul_assign_(mut self, y: &T) {
        self *= y.slice((.., 0));
    }
    fn div_assign_(mut self, y: &T) {
        self /= y.slice((.., 0));
    }
}

fn x() -> T {
    T::new([[0.5, -1.0, 1.25], [1.5, 0.3, -0.7]])
}

fn y() -> T {
    T::new([[1.1, -0.6, 0.8], [0.9, -1.3, 0.7]])
}

/// The message of the panic that `f` ends in.
fn panic_of(f: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err("no panic");
    panic.downcast_ref::<String>().expect("a message").clone()
}

#[test]
fn a_leaf_outside_no_grad_is_an_error_that_says_what_to_do_and_changes_nothing() {
    for (name, way) in all_ways() {
        let mut a = x().with_grad();
        let message = panic_of(|| way(&mut a, &y()));
        assert!(message.contains("no_grad") && message.contains("detach"), "{name}: {message}");
        assert_eq!(a.to_vec(), x().to_vec(), "{name}");
        assert!(a.is_leaf() && a.requires_grad(), "{name}");
    }
    let mut a = x().with_grad();
    assert!(a.try_add_(1.0).is_err() && a.try_fill_(1.0).is_err() && a.try_normal_(0.0, 1.0).is_err());
    assert!(a.slice_mut((.., 0)).try_mul_(2.0).is_err());
    assert_eq!(a.to_vec(), x().to_vec());
}

#[test]
fn inside_no_grad_a_leaf_changes_its_value_and_stays_the_same_leaf() {
    for (name, way) in all_ways() {
        let mut a = x().with_grad();
        a.sum().backward();
        no_grad(|| way(&mut a, &y()));
        assert_ne!(a.to_vec(), x().to_vec(), "{name}");
        assert!(a.is_leaf() && a.requires_grad(), "{name}");
        assert_eq!(a.grad().to_vec(), [1.0; 6], "{name} keeps the gradient");
        a.square().sum().backward();
        let expected: Vec<f64> = a.to_vec().iter().map(|a| 1.0 + 2.0 * a).collect();
        assert_eq!(a.grad().to_vec(), expected, "{name}: the new value has its gradient in the old place");
    }
}

#[test]
fn a_write_to_a_recorded_tensor_is_recorded_and_the_handle_is_bound_to_the_result() {
    for (name, way) in WAYS {
        // The slope with respect to what is written to, and to what is written.
        let f = |p: &[T]| {
            let mut h = p[0].exp();
            way(&mut h, &p[1]);
            assert!(!h.is_leaf() || !p[0].requires_grad(), "{name}");
            h.square()
        };
        gradcheck(f, &[&x(), &y()], Default::default());
        gradgradcheck(f, &[&x(), &y()], Default::default());
    }
}

#[test]
fn other_handles_of_a_recorded_tensor_keep_value_and_gradient() {
    for (name, way) in all_ways() {
        let a = x().with_grad();
        let before = a.exp();
        let mut h = before.clone();
        way(&mut h, &y());
        assert_eq!(before.to_vec(), a.detach().exp().to_vec(), "{name}");
        before.sum().backward();
        assert_eq!(a.grad().to_vec(), before.to_vec(), "{name}");
    }
}

#[test]
fn a_recorded_tensor_inside_no_grad_is_an_error_and_changes_nothing() {
    for (name, way) in all_ways() {
        let a = x().with_grad();
        let mut h = &a * 2.0;
        let message = panic_of(|| no_grad(|| way(&mut h, &y())));
        assert!(message.contains("detach"), "{name}: {message}");
        h.sum().backward();
        assert_eq!((h.to_vec(), a.grad().to_vec()), ((x() * 2.0).to_vec(), vec![2.0; 6]), "{name}");
    }
}

#[test]
fn an_untracked_tensor_written_with_a_tracked_source_becomes_tracked() {
    for (name, way) in WAYS {
        let f = |p: &[T]| {
            let mut z = x();
            way(&mut z, &p[0]);
            z.square()
        };
        gradcheck(f, &[&y()], Default::default());
        // Inside `no_grad` it stays a constant.
        let source = y().with_grad();
        let mut z = x();
        no_grad(|| way(&mut z, &source));
        assert!(!z.requires_grad(), "{name}");
    }
    let mut z = x();
    z.slice_mut((.., 0)).copy_(&y().with_grad().slice((.., 1)));
    assert!(z.requires_grad() && !z.is_leaf());
}

#[test]
fn a_part_of_a_recorded_tensor_can_be_written_again_and_again() {
    let f = |p: &[T]| {
        let mut table = T::zeros([4, 3]);
        for row in 0..4 {
            let previous = if row == 0 { p[0].slice(0).into_tensor() } else { table.slice(row - 1).into_tensor() };
            table.slice_mut(row).copy_((previous * p[0].slice(1)).sin());
            table.slice_mut((row, 1)).add_(p[0].slice((1, 2)));
        }
        table
    };
    gradcheck(f, &[&x()], Default::default());
    gradgradcheck(f, &[&x()], Default::default());
}

/// A graph that keeps operands and results of many kinds: the leaf, a constant, a value in between, and a number computed of
/// them.
fn graph() -> (T, T, T, T) {
    let (w, x) = (x().with_grad(), y());
    let h = (&w * &x).exp();
    let products = h.matmul(x.t()).square().sum() + (&w / &h).sum() + h.pow(&x.abs()).sum();
    let others = h.maximum(&x).cummax(1).sum() + h.softmax(1).ln().mean() + h.prod() + h.max_axes(0).sum();
    let loss =
        products + others + tensor_core::mse(&h, &x) + h.relu().sqrt().sum() + x.gt(0.0).where_cond(&h, &w).sum();
    (w, x, h, loss)
}

#[test]
fn changing_what_backward_needs_never_corrupts_a_gradient() {
    let (w, _, _, loss) = graph();
    loss.backward();
    let expected = w.grad().to_vec();
    assert!(expected.iter().all(|g| g.is_finite()));
    for (name, way) in all_ways() {
        let (mut w, mut x, mut h, loss) = graph();
        way(&mut x, &y());
        way(&mut h, &y());
        no_grad(|| way(&mut w, &y()));
        loss.backward();
        assert_eq!(w.grad().to_vec(), expected, "{name}");
    }
}

#[test]
fn changing_an_index_or_a_mask_that_backward_needs_never_corrupts_a_gradient() {
    let index_ways: &[fn(&mut Index)] = &[
        |i| {
            i.fill_(0);
        },
        |i| {
            i.zero_();
        },
        |i| {
            i.copy_(&Index::new([1, 1]));
        },
        |i| {
            i.add_(1);
        },
        |i| {
            i.sub_(1);
        },
        |i| {
            i.mul_(0);
        },
        |i| {
            i.slice_mut(0).fill_(0);
        },
        |i| *i += 1,
    ];
    let mask_ways: &[fn(&mut Mask)] = &[
        |m| {
            m.fill_(false);
        },
        |m| {
            m.copy_(&Mask::new([true, false, true]));
        },
        |m| {
            m.slice_mut(1).fill_(true);
        },
    ];
    for index_way in index_ways {
        for mask_way in mask_ways {
            let w = x().with_grad();
            let mut index = Index::new([2, 0]);
            let mut pairs = Index::new([[2, 0], [1, 1]]);
            let mut mask = Mask::new([false, false, true]);
            let weights = T::new([[1.0, 2.0], [3.0, 4.0]]);
            let chosen = w.index_select(1, &index) * &weights + w.gather(1, &pairs) * &weights;
            let placed = w.scatter(1, &pairs, &chosen).index_add(1, &index, &chosen);
            let loss = mask.where_cond(&placed, 0.0).sum() + chosen.sum();
            let kept = loss.clone();
            let kept_options = autograd::BackwardOptions { retain_graph: true, ..Default::default() };
            kept.backward_with(None, kept_options).unwrap();
            let expected = w.grad().to_vec();
            w.set_grad(None);
            index_way(&mut index);
            index_way(&mut pairs);
            mask_way(&mut mask);
            loss.backward();
            assert_eq!(w.grad().to_vec(), expected);
        }
    }
}

#[test]
fn a_gradient_handed_out_or_in_is_a_value_of_its_own() {
    let a = x().with_grad();
    let mut seed = y();
    (&a * 1.0).backward_with(Some(&seed), Default::default()).unwrap();
    seed.fill_(100.0);
    assert_eq!(a.grad().to_vec(), y().to_vec());
    let mut copy = a.grad().into_tensor();
    copy.zero_();
    assert_eq!(a.grad().to_vec(), y().to_vec());
    a.grad_mut().mul_(2.0);
    assert_eq!(a.grad().to_vec(), (y() * 2.0).to_vec());
}

#[test]
fn a_gradient_that_arrives_while_another_is_written_is_added_to_it() {
    let a = x().with_grad();
    a.sum().backward();
    let mut written = a.grad_mut();
    written.fill_(10.0);
    (&a * 2.0).sum().backward();
    drop(written);
    assert_eq!(a.grad().to_vec(), [12.0; 6]);
}

#[test]
fn a_write_that_fails_changes_nothing() {
    let a = x().with_grad();
    let mut h = &a * 2.0;
    assert!(h.try_add_(&T::ones([4])).is_err());
    assert!(h.try_copy_(&T::ones([5, 2, 3])).is_err());
    assert!(h.slice_mut((.., 7)).try_fill_(1.0).is_err());
    h.sum().backward();
    assert_eq!((h.to_vec(), a.grad().to_vec()), ((x() * 2.0).to_vec(), vec![2.0; 6]));
}

#[test]
fn whether_a_gradient_is_required_is_changed_on_leaves_only() {
    let mut a = x();
    assert!(a.requires_grad_(true).is_leaf() && a.requires_grad());
    a.sum().backward();
    a.requires_grad_(true);
    assert_eq!(a.grad().to_vec(), [1.0; 6], "the same leaf");
    let mut h = &a * 2.0;
    h.requires_grad_(true);
    h.sum().backward();
    assert_eq!(a.grad().to_vec(), [3.0; 6], "the way to the leaf is still there");
    let message = panic_of(|| {
        h.requires_grad_(false);
    });
    assert!(message.contains("detach"), "{message}");
    assert!(!a.requires_grad_(false).requires_grad());
}
