/work/main/consumers/target/debug/deps/takes_tensor_matmul-a787dd41560181d1.d: takes-tensor-matmul/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_tensor_matmul-a787dd41560181d1.rmeta: takes-tensor-matmul/src/main.rs

takes-tensor-matmul/src/main.rs:
