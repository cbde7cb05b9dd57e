//! A model of one's own with the names of the facade, in both precisions.

macro_rules! in_precision {
    ($names:ident) => {
        mod $names {
            use gradus::$names::*;

            struct Model {
                hidden: Linear,
                output: Linear,
            }

            impl Model {
                fn forward(&self, x: &Tensor) -> Tensor {
                    self.output.forward(&self.hidden.forward(x).tanh())
                }
            }

            impl Module for Model {
                type Parameter = Parameter;

                fn named_parameters(&self) -> Vec<(String, Parameter)> {
                    gradus::nn::join(&[("hidden", &self.hidden), ("output", &self.output)])
                }
            }

            #[test]
            fn learns_exclusive_or() {
                let generator = &mut Generator::new(1);
                let model =
                    Model { hidden: Linear::new_with(generator, 2, 8), output: Linear::new_with(generator, 8, 2) };
                let x = tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
                let classes = IndexTensor::new([0, 1, 1, 0]);
                let mut optimiser = Adam::new(model.parameters(), 0.05);
                for _ in 0..200 {
                    optimiser.zero_grad();
                    cross_entropy(&model.forward(&x), &classes).backward();
                    optimiser.step();
                }
                assert!(cross_entropy(&model.forward(&x), &classes).item() < 0.01);
                assert_eq!(model.forward(&x).argmax(-1).to_vec(), classes.to_vec());
            }

            #[test]
            fn sgd_reads_like_the_lesson() {
                let x = tensor([[-1.0, 1.0], [0.0, 1.0], [2.0, 1.0]]);
                let y = x.matmul(&tensor([3.0, 2.0]));
                let a = Parameter::new(tensor([-1.0, 1.0]));
                let mut optimiser = Sgd::new([&a], 0.1).momentum(0.5);
                for _ in 0..200 {
                    let loss = mse(&x.matmul(&a), &y);
                    loss.backward();
                    optimiser.step();
                    optimiser.zero_grad();
                }
                assert!((a.value() - tensor([3.0, 2.0])).abs().max().item() < 1e-5);
            }

            #[test]
            fn a_saved_tensor_is_loaded() {
                let file = format!("gradus-{}-{}.npy", stringify!($names), std::process::id());
                let path = std::env::temp_dir().join(file);
                let x = Tensor::randn_with(&mut Generator::new(2), [3, 4]);
                gradus::io::npy::save(&path, &x.t()).unwrap();
                let back: Tensor = gradus::io::npy::load(&path).unwrap();
                std::fs::remove_file(path).unwrap();
                assert_eq!(back.to_vec(), x.t().to_vec());
            }
        }
    };
}

in_precision!(f32);
in_precision!(f64);
