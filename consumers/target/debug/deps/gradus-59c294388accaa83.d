/work/main/consumers/target/debug/deps/gradus-59c294388accaa83.d: /work/main/src/lib.rs /work/main/src/../README.md

/work/main/consumers/target/debug/deps/libgradus-59c294388accaa83.rmeta: /work/main/src/lib.rs /work/main/src/../README.md

/work/main/src/lib.rs:
/work/main/src/../README.md:
