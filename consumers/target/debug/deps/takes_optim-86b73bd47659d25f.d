/work/main/consumers/target/debug/deps/takes_optim-86b73bd47659d25f.d: takes-optim/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_optim-86b73bd47659d25f.rmeta: takes-optim/src/main.rs

takes-optim/src/main.rs:
