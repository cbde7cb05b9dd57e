/work/main/consumers/target/debug/deps/takes_autograd-9941274250e776e5.d: takes-autograd/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_autograd-9941274250e776e5.rmeta: takes-autograd/src/main.rs

takes-autograd/src/main.rs:
