/work/main/consumers/target/debug/deps/takes_tensor_core-0af8da547b9c65dd.d: takes-tensor-core/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_tensor_core-0af8da547b9c65dd.rmeta: takes-tensor-core/src/main.rs

takes-tensor-core/src/main.rs:
