/work/main/consumers/target/debug/deps/takes_nn-bc1af2998256ec18.d: takes-nn/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_nn-bc1af2998256ec18.rmeta: takes-nn/src/main.rs

takes-nn/src/main.rs:
