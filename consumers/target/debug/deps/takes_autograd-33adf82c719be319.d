/work/main/consumers/target/debug/deps/takes_autograd-33adf82c719be319.d: takes-autograd/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_autograd-33adf82c719be319.rmeta: takes-autograd/src/main.rs

takes-autograd/src/main.rs:
