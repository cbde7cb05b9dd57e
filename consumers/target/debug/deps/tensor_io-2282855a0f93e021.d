/work/main/consumers/target/debug/deps/tensor_io-2282855a0f93e021.d: /work/main/crates/tensor-io/src/lib.rs /work/main/crates/tensor-io/src/csv.rs /work/main/crates/tensor-io/src/error.rs /work/main/crates/tensor-io/src/npy.rs /work/main/crates/tensor-io/src/npy/element.rs /work/main/crates/tensor-io/src/npy/header.rs /work/main/crates/tensor-io/src/npy/tensor.rs

/work/main/consumers/target/debug/deps/libtensor_io-2282855a0f93e021.rmeta: /work/main/crates/tensor-io/src/lib.rs /work/main/crates/tensor-io/src/csv.rs /work/main/crates/tensor-io/src/error.rs /work/main/crates/tensor-io/src/npy.rs /work/main/crates/tensor-io/src/npy/element.rs /work/main/crates/tensor-io/src/npy/header.rs /work/main/crates/tensor-io/src/npy/tensor.rs

/work/main/crates/tensor-io/src/lib.rs:
/work/main/crates/tensor-io/src/csv.rs:
/work/main/crates/tensor-io/src/error.rs:
/work/main/crates/tensor-io/src/npy.rs:
/work/main/crates/tensor-io/src/npy/element.rs:
/work/main/crates/tensor-io/src/npy/header.rs:
/work/main/crates/tensor-io/src/npy/tensor.rs:
