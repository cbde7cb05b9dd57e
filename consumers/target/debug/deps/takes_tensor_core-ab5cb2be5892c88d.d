/work/main/consumers/target/debug/deps/takes_tensor_core-ab5cb2be5892c88d.d: takes-tensor-core/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_tensor_core-ab5cb2be5892c88d.rmeta: takes-tensor-core/src/main.rs

takes-tensor-core/src/main.rs:
