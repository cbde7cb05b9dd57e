/work/main/consumers/target/debug/deps/takes_nn-64f92c11efd62921.d: takes-nn/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_nn-64f92c11efd62921.rmeta: takes-nn/src/main.rs

takes-nn/src/main.rs:
