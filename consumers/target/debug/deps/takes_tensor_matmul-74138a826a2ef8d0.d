/work/main/consumers/target/debug/deps/takes_tensor_matmul-74138a826a2ef8d0.d: takes-tensor-matmul/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_tensor_matmul-74138a826a2ef8d0.rmeta: takes-tensor-matmul/src/main.rs

takes-tensor-matmul/src/main.rs:
