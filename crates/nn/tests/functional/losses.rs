use crate::{G, X, close, random};
use autograd::Gradient;
use nn::functional::*;
use tensor_core::{Serial, Tensor};

type I = Tensor<i64, Serial>;

#[test]
fn every_reduction_is_one_of_the_losses() {
    let (x, y) = (random(1, [4, 3]), random(2, [4, 3]));
    let each = l1_loss(&x, &y, Reduction::None);
    assert_eq!(each.shape(), [4, 3]);
    close(&l1_loss(&x, &y, Reduction::Mean), &each.mean());
    close(&l1_loss(&x, &y, Reduction::Sum), &each.sum());
    close(&l1_loss(&x, &y, Reduction::BatchMean), &(each.sum() / 4.0));
    close(&mse_loss(&x, &y, Reduction::Mean), &mse_loss(&x, &y, Reduction::None).mean());
    assert!(l1_loss(&X::zeros([0]), X::zeros([0]), Reduction::Mean).item().is_nan());
    assert_eq!(l1_loss(&X::zeros([0]), X::zeros([0]), Reduction::Sum).item(), 0.0);
}

#[test]
fn cross_entropy_of_classes_is_that_of_their_probabilities() {
    for shape in [&[5, 4][..], &[3, 4, 2, 3], &[4]] {
        let logits = random(1, shape);
        let axis = 1.min(shape.len() - 1);
        let mut places = shape.to_vec();
        places.remove(axis);
        let classes = I::from_vec((0..places.iter().product::<usize>() as i64).map(|i| i * 7 % 4).collect(), places);
        let hot = classes.one_hot(4).cast::<f64>();
        let order: Vec<isize> = match shape.len() {
            1 => vec![0],
            n => [0, n as isize - 1].into_iter().chain(1..n as isize - 1).collect(),
        };
        let hot = hot.permute(order);
        let weight = random(2, [4]).abs();
        for label_smoothing in [0.0, 0.3] {
            for weight in [None, Some(&weight)] {
                let of = |reduction| CrossEntropy { weight, label_smoothing, reduction, ..CrossEntropy::default() };
                let each = cross_entropy(&logits, &classes, of(Reduction::None));
                close(&each, &cross_entropy(&logits, &*hot, of(Reduction::None)));
                let total: f64 = match weight {
                    Some(weight) => weight.index_select(0, &classes).sum().item(),
                    None => classes.numel() as f64,
                };
                close(&cross_entropy(&logits, &classes, of(Reduction::Mean)), &(each.sum() / total));
                close(&cross_entropy(&logits, &*hot, of(Reduction::Mean)), &each.mean());
            }
        }
    }
}

#[test]
fn ignored_classes_count_for_nothing() {
    let scores = random(1, [4, 3]).log_softmax(1);
    let (all, some) = (I::new([0, -100, 2, -100]), I::new([0, 2]));
    let rows = scores.index_select(0, &I::new([0, 2]));
    let weight = X::new([1.0, 2.0, 3.0]);
    for weight in [None, Some(&weight)] {
        let options = Nll { weight, ..Nll::default() };
        close(&nll_loss(&scores, &all, options), &nll_loss(&rows, &some, options));
        let smooth = CrossEntropy { weight, label_smoothing: 0.2, ..CrossEntropy::default() };
        close(&cross_entropy(&scores, &all, smooth), &cross_entropy(&rows, &some, smooth));
        let each = nll_loss(&scores, &all, Nll { reduction: Reduction::None, ..options }).to_vec();
        assert_eq!((each[1], each[3]), (0.0, 0.0));
    }
    assert!(nll_loss(&scores, &I::full([4], 7), Nll { ignore_index: 7, ..Nll::default() }).item().is_nan());
    assert_eq!(nll_loss(&X::new([0.5, 2.0]), &I::new(1), Nll::default()).item(), -2.0);
}

#[test]
fn margins_by_plain_loops() {
    let scores = random(1, [4, 5]);
    let classes = [0usize, 3, 4, 3];
    let weight = random(2, [5]);
    let (s, w) = (scores.to_vec(), weight.to_vec());
    for p in [1, 2] {
        let expected: Vec<f64> = (0..4)
            .map(|n| {
                let other = |i: &usize| *i != classes[n];
                let term = |i: usize| (0.7 - s[n * 5 + classes[n]] + s[n * 5 + i]).max(0.0).powi(p) * w[classes[n]];
                (0..5).filter(other).map(term).sum::<f64>() / 5.0
            })
            .collect();
        let index = I::from_vec(classes.iter().map(|&c| c as i64).collect(), [4]);
        let options = MultiMargin { p, margin: 0.7, weight: Some(&weight), reduction: Reduction::None };
        close(&multi_margin_loss(&scores, &index, options), &X::new(expected));
    }
    let lists = [[2, 0, -1, 1, 1], [1, -1, 3, 3, 3], [-1, 0, 0, 0, 0], [4, 3, 2, 1, 0]];
    let expected: Vec<f64> = (0..4)
        .map(|n| {
            let right: Vec<usize> = lists[n].iter().take_while(|&&c| c >= 0).map(|&c| c as usize).collect();
            let others = || (0..5).filter(|i| !right.contains(i));
            let term = |j: usize, i: usize| (1.0 - s[n * 5 + j] + s[n * 5 + i]).max(0.0);
            right.iter().map(|&j| others().map(|i| term(j, i)).sum::<f64>()).sum::<f64>() / 5.0
        })
        .collect();
    close(&multilabel_margin_loss(&scores, &I::new(lists), Reduction::None), &X::new(expected));
    close(
        &multilabel_margin_loss(&scores.slice(0), &I::new(lists[0]), Reduction::Mean),
        &multilabel_margin_loss(&scores.slice(0..1), &I::new([lists[0]]), Reduction::Mean),
    );
}

/// Minus the logarithm of the summed probability of all ways to read `labels`, each step's class written out.
fn ctc_by_enumeration(log_probabilities: &X, labels: &[i64], blank: i64) -> f64 {
    let (steps, classes) = (log_probabilities.shape()[0], log_probabilities.shape()[1]);
    let log_probabilities = log_probabilities.to_vec();
    let way = |number: usize| (0..steps).map(move |step| number / classes.pow(step as u32) % classes);
    let read = |number: usize| {
        let mut classes: Vec<i64> = way(number).map(|class| class as i64).collect();
        classes.dedup();
        classes.retain(|&class| class != blank);
        classes
    };
    let ways = (0..classes.pow(steps as u32)).filter(|&number| read(number) == labels);
    let logarithm =
        |number| way(number).enumerate().map(|(t, class)| log_probabilities[t * classes + class]).sum::<f64>();
    -ways.map(|number| logarithm(number).exp()).sum::<f64>().ln()
}

#[test]
fn ctc_sums_over_all_ways_to_read_the_labels() {
    let x = random(3, [5, 4, 3]).log_softmax(-1);
    for blank in 0..3 {
        let (a, b) = ((blank + 1) % 3, (blank + 2) % 3);
        let labels = [&[a, b, a][..], &[a, a], &[], &[b, b, b]];
        let steps = [5, 4, 3, 5];
        let each: Vec<f64> = (0..4)
            .map(|n| ctc_by_enumeration(&x.slice((..steps[n], n as isize)).into_tensor(), labels[n], blank))
            .collect();
        let options = |reduction| Ctc { blank: blank as usize, reduction, zero_infinity: false };
        let all = I::from_vec(labels.concat(), [8]);
        let lengths = labels.map(<[i64]>::len);
        close(&ctc_loss(&x, &all, &steps, &lengths, options(Reduction::None)), &X::new(each.clone()));
        // What stands behind the labels of a row is not looked at.
        let rows = labels.map(|labels| [labels, &[-7; 3]].concat()[..3].to_vec()).concat();
        let rows = I::from_vec(rows, [4, 3]);
        close(&ctc_loss(&x, &rows, &steps, &lengths, options(Reduction::Sum)), &X::new(each.iter().sum::<f64>()));
        let mean = each.iter().zip(lengths).map(|(loss, n)| loss / n.max(1) as f64).sum::<f64>() / 4.0;
        close(&ctc_loss(&x, &rows, &steps, &lengths, options(Reduction::Mean)), &X::new(mean));
        let alone = x.index_axis(1, 0).into_tensor();
        let loss = ctc_loss(&alone, &I::from_vec(labels[0].to_vec(), [3]), &[5], &[3], options(Reduction::None));
        close(&loss, &X::new(each[0]));
    }
}

/// The numbers are those of PyTorch 2.15, `torch.nn.functional.ctc_loss(x.log_softmax(2), …)` and its gradient by x.
#[test]
fn ctc_and_its_gradient_in_the_logits_are_those_of_pytorch() {
    type Labels = Tensor<i64, autograd::Autodiff<Serial>>;
    let check = |x: G, labels: Labels, steps: &[usize], lengths: &[usize], options, loss: f64, gradient: &[f64]| {
        let x = x.with_grad();
        let found = ctc_loss(&x.log_softmax(2), &labels, steps, lengths, options);
        found.backward();
        assert!((found.item() - loss).abs() < 1e-13, "{found} is not {loss}");
        let off = |(a, b): (f64, &f64)| (a - b).abs();
        assert!(x.grad().to_vec().into_iter().zip(gradient).map(off).fold(0.0, f64::max) < 1e-14, "{}", x.grad());
    };
    // Equal labels one after the other, an input that ends early, the last class for the blank.
    check(
        G::new([
            [[0.5, -1.0, 0.2], [-0.3, 0.8, 0.1]],
            [[1.2, 0.4, -0.6], [0.0, -0.5, 1.5]],
            [[-1.1, 0.7, 0.3], [0.9, 0.2, -0.4]],
            [[0.6, 0.1, -0.2], [1.0, -0.7, 0.3]],
        ]),
        Labels::new([[1, 1, 0], [1, 0, 1]]),
        &[4, 3],
        &[2, 3],
        Ctc { blank: 2, reduction: Reduction::Sum, zero_infinity: false },
        7.632509636092845,
        &[
            [0.5091783520182475, -0.2980660706818673, -0.21111228133638016],
            [0.18195081663295015, -0.45338953864198317, 0.2714387220090331],
            [0.6193377616715134, -0.4872333316296913, -0.13210443004182212],
            [-0.835748372374912, 0.09962364806231827, 0.7361247243125938],
            [0.09005076442430246, 0.37548291705404524, -0.46553368147834767],
            [0.5652537086405653, -0.719303315375504, 0.15404960673493862],
            [0.48641453356484693, -0.6329309981759379, 0.146516464611091],
            [0.0, 0.0, 0.0],
        ]
        .concat(),
    );
    // No label, two that do not fit and count for 0, and one.
    check(
        G::new([
            [[0.4, -0.9, 1.3], [0.2, 0.6, -0.5], [-0.8, 0.3, 1.1]],
            [[0.7, 0.0, -0.4], [1.4, -0.2, 0.5], [-0.6, 0.9, 0.1]],
        ]),
        Labels::new([[0, 2], [2, 2], [2, 0]]),
        &[2, 2, 2],
        &[0, 2, 1],
        Ctc { blank: 1, reduction: Reduction::Mean, zero_infinity: true },
        1.4676970075033775,
        &[
            [0.08931438490045472, -0.30899232387268244, 0.21967793897222773],
            [0.0, 0.0, 0.0],
            [0.031181613461071647, 0.05291783920181549, -0.08409945266288714],
            [0.18220348711933887, -0.2428537593303223, 0.060650272210983416],
            [0.0, 0.0, 0.0],
            [0.04447147255819132, -0.0025629571480254862, -0.04190851541016583],
        ]
        .concat(),
    );
}

#[test]
fn labels_that_do_not_fit_have_an_infinite_ctc_loss_without_a_gradient() {
    let x = G::from_vec(random(3, [3, 2, 3]).log_softmax(-1).to_vec(), [3, 2, 3]).with_grad();
    // Two equal labels need a blank between them; and there is no way through a step of probability 0.
    let labels = Tensor::<i64, _>::new([[1, 1], [1, 2]]);
    let loss = |x: &G, zero_infinity| {
        let options = Ctc { zero_infinity, reduction: Reduction::None, ..Ctc::default() };
        ctc_loss(x, &labels, &[2, 3], &[2, 2], options)
    };
    assert_eq!(loss(&x, false).to_vec()[0], f64::INFINITY);
    assert_eq!(loss(&x, true).to_vec()[0], 0.0);
    loss(&x, false).sum().backward();
    assert_eq!(x.grad().slice((.., 0)).to_vec(), [0.0; 9]);
    assert!(x.grad().slice((.., 1)).to_vec().iter().sum::<f64>() < 0.0);
    let shut = G::full([3, 2, 3], f64::NEG_INFINITY).with_grad();
    loss(&shut, false).sum().backward();
    assert_eq!(loss(&shut, false).to_vec(), [f64::INFINITY; 2]);
    assert_eq!(shut.grad().to_vec(), [0.0; 18]);
}

#[test]
fn on_the_margin_losses_have_a_gradient_of_0() {
    let slope = |loss: &dyn Fn(&G) -> G, x: G| {
        let x = x.with_grad();
        loss(&x).backward();
        x.grad().to_vec().iter().map(|g| g.abs()).sum::<f64>()
    };
    let (class, one) = (Tensor::<i64, _>::new([0]), || G::new([1.0]));
    let all = Tensor::<i64, _>::new([[0, -1]]);
    assert_eq!(slope(&|x| multi_margin_loss(x, &class, MultiMargin::default()), G::new([[1.0, 0.0]])), 0.0);
    assert_eq!(slope(&|x| multilabel_margin_loss(x, &all, Reduction::Mean), G::new([[1.0, 0.0]])), 0.0);
    assert_eq!(slope(&|x| hinge_embedding_loss(x, -one(), HingeEmbedding::default()), one()), 0.0);
    assert_eq!(slope(&|x| margin_ranking_loss(x, &one(), &one(), MarginRanking::default()), one()), 0.0);
}

#[test]
fn probabilities_of_0_and_1_have_finite_losses_and_gradients() {
    let x = G::new([0.0, 1.0, 0.0, 1.0]).with_grad();
    let loss = binary_cross_entropy(
        &x,
        G::new([0.0, 0.0, 1.0, 1.0]),
        BinaryCrossEntropy { reduction: Reduction::Sum, ..BinaryCrossEntropy::default() },
    );
    assert_eq!(loss.item(), 200.0);
    loss.backward();
    assert_eq!(x.grad().to_vec(), [0.0, 1e12, -1e12, 0.0]);
    assert!(try_binary_cross_entropy(&X::new([1.5]), X::new([1.0]), BinaryCrossEntropy::default()).is_err());
    assert!(try_binary_cross_entropy(&X::new([f64::NAN]), X::new([1.0]), BinaryCrossEntropy::default()).is_err());
}

#[test]
fn a_distribution_diverges_from_itself_by_nothing() {
    let p = random(1, [3, 4]).softmax(1);
    let batch = KlDiv { reduction: Reduction::BatchMean, ..KlDiv::default() };
    assert!(kl_div(&p.ln(), &p, batch).item().abs() < 1e-15);
    let q = random(2, [3, 4]).softmax(1);
    close(&kl_div(&p.ln(), &q, batch), &kl_div(&p.ln(), q.ln(), KlDiv { log_target: true, ..batch }));
}

#[test]
fn a_variance_below_eps_counts_as_eps() {
    let (x, y) = (X::new([[1.0, 2.0]]), X::new([[1.0, 3.0]]));
    let options = GaussianNll { eps: 0.25, ..GaussianNll::default() };
    let loss = gaussian_nll_loss(&x, &y, &X::new([0.0]), options).item();
    assert!((loss - (0.25f64.ln() + 2.0) / 2.0).abs() < 1e-15);
    close(
        &gaussian_nll_loss(&x, &y, &X::new([[0.5]]), options),
        &gaussian_nll_loss(&x, &y, &X::new([[0.5, 0.5]]), options),
    );
    assert!(try_gaussian_nll_loss(&x, &y, &X::new([[-1.0]]), options).is_err());
    assert!(try_gaussian_nll_loss(&x, &y, &X::ones([2, 2]), options).is_err());
}

#[test]
fn lengths_of_0_have_gradients_of_0() {
    let x = G::zeros([1, 3]).with_grad();
    let exact = PairwiseDistance { eps: 0.0, ..PairwiseDistance::default() };
    for p in [0.5, 1.0, 2.0, 3.0] {
        x.zero_grad();
        pairwise_distance(&x, &G::zeros([1, 3]), PairwiseDistance { p, ..exact }).sum().backward();
        assert_eq!(x.grad().to_vec(), [0.0; 3], "{p}");
    }
    assert_eq!(normalize(&X::zeros([1, 3]), Normalize::default()).to_vec(), [0.0; 3]);
    let cosine = cosine_similarity(&X::zeros([1, 3]), &X::ones([1, 3]), CosineSimilarity::default());
    assert_eq!(cosine.to_vec(), [0.0]);
    let x = X::new([[3.0, -4.0, 0.0]]);
    let norm = |p| pairwise_distance(&x, &X::zeros([3]), PairwiseDistance { p, ..exact }).item();
    assert_eq!(
        [norm(0.0), norm(1.0), norm(f64::INFINITY), norm(f64::NEG_INFINITY), norm(-1.0)],
        [2.0, 7.0, 4.0, 0.0, 0.0]
    );
    assert!((norm(3.0) - 91f64.cbrt()).abs() < 1e-14);
}

#[test]
fn what_losses_refuse() {
    let (column, vector, weight) = (X::ones([3, 1]), X::ones([3]), X::ones([2]));
    let refusals = [
        try_l1_loss(&column, &vector, Reduction::Mean),
        try_mse_loss(&column, &vector, Reduction::Sum),
        try_smooth_l1_loss(&column, &vector, SmoothL1::default()),
        try_smooth_l1_loss(&vector, &vector, SmoothL1 { beta: -1.0, ..SmoothL1::default() }),
        try_huber_loss(&vector, &vector, Huber { delta: 0.0, ..Huber::default() }),
        try_kl_div(&column, &vector, KlDiv::default()),
        try_poisson_nll_loss(&column, &vector, PoissonNll::default()),
        try_gaussian_nll_loss(&column, &vector, &vector, GaussianNll::default()),
        try_binary_cross_entropy(&column, &vector, BinaryCrossEntropy::default()),
        try_binary_cross_entropy(
            &vector,
            &vector,
            BinaryCrossEntropy { weight: Some(&weight), ..BinaryCrossEntropy::default() },
        ),
        try_soft_margin_loss(&column, &vector, Reduction::Mean),
        try_hinge_embedding_loss(&column, &vector, HingeEmbedding::default()),
        try_margin_ranking_loss(&vector, &vector, &column, MarginRanking::default()),
        try_cosine_embedding_loss(&column, &column, &X::ones([2]), CosineEmbedding::default()),
        try_triplet_margin_loss(&vector, &vector, &vector, TripletMargin { margin: 0.0, ..TripletMargin::default() }),
        try_triplet_margin_loss(&vector, &column, &vector, TripletMargin::default()),
        try_cross_entropy(&X::ones([2, 3]), &I::new([0, 3]), CrossEntropy::default()),
        try_cross_entropy(&X::ones([2, 3]), &X::ones([3, 2]), CrossEntropy::default()),
        try_cross_entropy(
            &X::ones([2, 3]),
            &I::new([0, 0]),
            CrossEntropy { weight: Some(&weight), ..CrossEntropy::default() },
        ),
        try_nll_loss(&X::new(1.0), &I::new(0), Nll::default()),
        try_multi_margin_loss(&X::ones([2, 3]), &I::new([0, 0]), MultiMargin { p: 3, ..MultiMargin::default() }),
        try_multilabel_margin_loss(&X::ones([2, 3]), &I::new([[0, 3, 0], [0, 0, 0]]), Reduction::Mean),
        try_ctc_loss(&X::ones([3]), &I::new([1]), &[3], &[1], Ctc::default()),
        try_ctc_loss(&X::ones([3, 1, 2]), &I::new([1]), &[4], &[1], Ctc::default()),
        try_ctc_loss(&X::ones([3, 1, 2]), &I::new([1]), &[3], &[2], Ctc::default()),
        try_ctc_loss(&X::ones([3, 1, 2]), &I::new([1]), &[3, 3], &[1], Ctc::default()),
        try_ctc_loss(&X::ones([3, 1, 2]), &I::new([[1]]), &[3], &[2], Ctc::default()),
        try_ctc_loss(&X::ones([3, 1, 2]), &I::new([2]), &[3], &[1], Ctc::default()),
        try_ctc_loss(&X::ones([3, 1, 2]), &I::new([0]), &[3], &[1], Ctc::default()),
        try_ctc_loss(&X::ones([3, 1, 2]), &I::new([1]), &[3], &[1], Ctc { blank: 2, ..Ctc::default() }),
    ];
    for (i, refusal) in refusals.into_iter().enumerate() {
        assert!(refusal.is_err(), "{i}");
    }
}
