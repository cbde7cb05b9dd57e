/work/main/consumers/target/debug/deps/optim-de223d8dff2f2f9e.d: /work/main/crates/optim/src/lib.rs /work/main/crates/optim/src/optimizer.rs /work/main/crates/optim/src/rule/mod.rs /work/main/crates/optim/src/rule/adam.rs /work/main/crates/optim/src/rule/sgd.rs /work/main/crates/optim/src/../README.md

/work/main/consumers/target/debug/deps/liboptim-de223d8dff2f2f9e.rmeta: /work/main/crates/optim/src/lib.rs /work/main/crates/optim/src/optimizer.rs /work/main/crates/optim/src/rule/mod.rs /work/main/crates/optim/src/rule/adam.rs /work/main/crates/optim/src/rule/sgd.rs /work/main/crates/optim/src/../README.md

/work/main/crates/optim/src/lib.rs:
/work/main/crates/optim/src/optimizer.rs:
/work/main/crates/optim/src/rule/mod.rs:
/work/main/crates/optim/src/rule/adam.rs:
/work/main/crates/optim/src/rule/sgd.rs:
/work/main/crates/optim/src/../README.md:
