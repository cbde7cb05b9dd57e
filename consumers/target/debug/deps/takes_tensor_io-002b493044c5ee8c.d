/work/main/consumers/target/debug/deps/takes_tensor_io-002b493044c5ee8c.d: takes-tensor-io/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_tensor_io-002b493044c5ee8c.rmeta: takes-tensor-io/src/main.rs

takes-tensor-io/src/main.rs:
