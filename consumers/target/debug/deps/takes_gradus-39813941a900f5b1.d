/work/main/consumers/target/debug/deps/takes_gradus-39813941a900f5b1.d: takes-gradus/src/main.rs

/work/main/consumers/target/debug/deps/libtakes_gradus-39813941a900f5b1.rmeta: takes-gradus/src/main.rs

takes-gradus/src/main.rs:
