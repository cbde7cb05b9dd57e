/work/main/consumers/target/debug/deps/takes_tensor_io-394c9d63ba297853.d: takes-tensor-io/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_tensor_io-394c9d63ba297853.rmeta: takes-tensor-io/src/main.rs

takes-tensor-io/src/main.rs:
