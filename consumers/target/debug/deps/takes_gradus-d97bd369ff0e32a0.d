/work/main/consumers/target/debug/deps/takes_gradus-d97bd369ff0e32a0.d: takes-gradus/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_gradus-d97bd369ff0e32a0.rmeta: takes-gradus/src/main.rs

takes-gradus/src/main.rs:
