use crate::{G, X, close, random};
use autograd::Gradient;
use nn::functional::*;
use tensor_core::{Generator, Serial, Tensor};

type I = Tensor<i64, Serial>;

#[test]
fn an_embedding_is_a_table_whose_padding_does_not_learn() {
    let weight = G::from_vec(random(1, [4, 3]).to_vec(), [4, 3]).with_grad();
    let index = Tensor::new([[0, 2], [3, 2]]);
    let rows = embedding(&weight, &index, Some(-2));
    assert_eq!(rows.shape(), [2, 2, 3]);
    assert_eq!(rows.slice((0, 1)).to_vec(), weight.slice(2).to_vec());
    rows.sum().backward();
    assert_eq!(weight.grad().sum_axes(1).to_vec(), [3.0, 0.0, 0.0, 3.0]);

    let weight = random(1, [4, 3]);
    assert_eq!(embedding(&weight, &I::new(1), None).shape(), [3]);
    assert_eq!(embedding(&weight, &I::zeros([0, 2]), None).shape(), [0, 2, 3]);
    assert!(
        try_embedding(&weight, &I::new([4]), None).is_err() && try_embedding(&weight, &I::new([-1]), None).is_err()
    );
    assert!(try_embedding(&weight, &I::new([0]), Some(4)).is_err());
    assert!(try_embedding(&X::ones([2]), &I::new([0]), None).is_err());
}

#[test]
fn a_bilinear_form_is_a_double_sum() {
    let (x, y, weight, bias) = (random(1, [2, 3]), random(2, [2, 4]), random(3, [5, 3, 4]), random(4, [5]));
    let expected = (0..5).map(|o| (x.matmul(weight.slice(o)) * &y).sum_axes(-1)).collect::<Vec<_>>();
    let expected = X::stack(&expected.iter().collect::<Vec<_>>(), -1) + &bias;
    close(&bilinear(&x, &y, &weight, Some(&bias)), &expected);
    close(&bilinear(&x.slice(0), &y.slice(0), &weight, Some(&bias)), &expected.slice(0));
    assert!(try_bilinear(&x, &y.slice(0), &weight, None).is_err());
    close(&linear(&x, &weight.slice(0).t(), None), &x.matmul(weight.slice(0)));
}

#[test]
fn attention_is_a_softmax_of_scores() {
    let (query, key, value) = (random(1, [2, 3, 4]), random(2, [2, 5, 4]), random(3, [2, 5, 6]));
    let plain = scaled_dot_product_attention(&query, &key, &value, Attention::default());
    let scores = query.matmul(key.mt()) * 0.5;
    close(&plain, &scores.softmax(-1).matmul(&value));

    let allowed = Tensor::<bool, Serial>::new([[true, false, true, true, false], [false; 5], [true; 5]]);
    let added = allowed.where_cond(0.0, f64::NEG_INFINITY);
    for mask in [Mask::Allowed(&allowed), Mask::Added(&added)] {
        let y =
            scaled_dot_product_attention(&query, &key, &value, Attention { mask: Some(mask), ..Attention::default() });
        let kept = X::concat(&[&key.slice((.., 0..1)), &key.slice((.., 2..4))], 1);
        let kept_values = X::concat(&[&value.slice((.., 0..1)), &value.slice((.., 2..4))], 1);
        close(
            &y.slice((.., 0..1)),
            &scaled_dot_product_attention(&query.slice((.., 0..1)), &kept, &kept_values, Attention::default()),
        );
        assert_eq!(y.slice((.., 1)).to_vec(), vec![0.0; 12]);
        close(&y.slice((.., 2)), &plain.slice((.., 2)));
    }
    let causal = Attention { is_causal: true, scale: Some(2.0), ..Attention::default() };
    let y = scaled_dot_product_attention(&query, &key, &value, causal);
    close(&y.slice((.., 0)), &value.slice((.., 0)));
    let both = Attention { mask: Some(Mask::Allowed(&allowed)), ..causal };
    assert!(try_scaled_dot_product_attention(&query, &key, &value, both).is_err());
}

#[test]
fn heads_of_keys_can_serve_several_queries() {
    let (query, key, value) = (random(1, [4, 3, 8]), random(2, [2, 5, 8]), random(3, [2, 5, 8]));
    let grouped = Attention { enable_gqa: true, ..Attention::default() };
    let y = scaled_dot_product_attention(&query, &key, &value, grouped);
    for head in 0..4 {
        let (k, v) = (key.slice(head / 2), value.slice(head / 2));
        close(&y.slice(head), &scaled_dot_product_attention(&query.slice(head), &k, &v, Attention::default()));
    }
    assert!(try_scaled_dot_product_attention(&query.slice(0..3), &key, &value, grouped).is_err());
}

#[test]
fn attention_to_nothing_has_no_gradient_and_no_nan() {
    let leaf = |seed| G::from_vec(random(seed, [2, 2]).to_vec(), [2, 2]).with_grad();
    let (query, key, value) = (leaf(1), leaf(2), leaf(3));
    let nothing = Tensor::new([[true, true], [false, false]]);
    let mask = Some(Mask::Allowed(&nothing));
    scaled_dot_product_attention(&query, &key, &value, Attention { mask, ..Attention::default() }).sum().backward();
    assert!([&query, &key, &value].iter().all(|x| x.grad().to_vec().iter().all(|g| g.is_finite())));
    assert_eq!(query.grad().slice(1).to_vec(), [0.0, 0.0]);
}

#[test]
fn dropout_drops_as_often_as_it_is_told() {
    let x = X::full([100, 100], 2.0);
    let y = dropout_with(&mut Generator::new(1), &x, 0.3, true);
    let dropped = y.eq(0.0).count();
    assert!((2800..3200).contains(&dropped));
    assert!(y.to_vec().iter().all(|&y| y == 0.0 || (y - 2.0 / 0.7).abs() < 1e-15));
    assert_eq!(y.to_vec(), dropout_with(&mut Generator::new(1), &x, 0.3, true).to_vec());
    assert_eq!(dropout(&x, 1.0, true).to_vec(), vec![0.0; 10000]);
    assert!(try_dropout(&x, 1.5, false).is_err() && try_dropout(&x, f64::NAN, true).is_err());

    let whole = feature_dropout(&X::ones([20, 30, 4]), 0.5, true).to_vec();
    assert!(whole.chunks(4).all(|channel| channel.iter().all(|&v| v == channel[0])));
    let alpha = alpha_dropout_with(&mut Generator::new(2), &random(1, [100, 100]), 0.3, true);
    assert!(alpha.mean().item().abs() < 0.05 && (alpha.var(0).item() - 1.0).abs() < 0.05);
}
