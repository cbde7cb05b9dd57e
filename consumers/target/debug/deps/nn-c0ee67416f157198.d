/work/main/consumers/target/debug/deps/nn-c0ee67416f157198.d: /work/main/crates/nn/src/lib.rs /work/main/crates/nn/src/init.rs /work/main/crates/nn/src/linear.rs /work/main/crates/nn/src/loss.rs /work/main/crates/nn/src/module.rs /work/main/crates/nn/src/../README.md

/work/main/consumers/target/debug/deps/libnn-c0ee67416f157198.rmeta: /work/main/crates/nn/src/lib.rs /work/main/crates/nn/src/init.rs /work/main/crates/nn/src/linear.rs /work/main/crates/nn/src/loss.rs /work/main/crates/nn/src/module.rs /work/main/crates/nn/src/../README.md

/work/main/crates/nn/src/lib.rs:
/work/main/crates/nn/src/init.rs:
/work/main/crates/nn/src/linear.rs:
/work/main/crates/nn/src/loss.rs:
/work/main/crates/nn/src/module.rs:
/work/main/crates/nn/src/../README.md:
