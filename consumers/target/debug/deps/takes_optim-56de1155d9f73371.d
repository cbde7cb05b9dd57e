/work/main/consumers/target/debug/deps/takes_optim-56de1155d9f73371.d: takes-optim/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_optim-56de1155d9f73371.rmeta: takes-optim/src/main.rs

takes-optim/src/main.rs:
