/work/main/consumers/target/debug/deps/autograd-2cd137b1e0d7f6b8.d: /work/main/crates/autograd/src/lib.rs /work/main/crates/autograd/src/backend.rs /work/main/crates/autograd/src/engine.rs /work/main/crates/autograd/src/function.rs /work/main/crates/autograd/src/gradcheck/mod.rs /work/main/crates/autograd/src/gradcheck/probe.rs /work/main/crates/autograd/src/gradcheck/report.rs /work/main/crates/autograd/src/gradient.rs /work/main/crates/autograd/src/graph.rs /work/main/crates/autograd/src/mode.rs /work/main/crates/autograd/src/parameter.rs /work/main/crates/autograd/src/record.rs /work/main/crates/autograd/src/rules.rs /work/main/crates/autograd/src/strategies.rs /work/main/crates/autograd/src/../README.md

/work/main/consumers/target/debug/deps/libautograd-2cd137b1e0d7f6b8.rmeta: /work/main/crates/autograd/src/lib.rs /work/main/crates/autograd/src/backend.rs /work/main/crates/autograd/src/engine.rs /work/main/crates/autograd/src/function.rs /work/main/crates/autograd/src/gradcheck/mod.rs /work/main/crates/autograd/src/gradcheck/probe.rs /work/main/crates/autograd/src/gradcheck/report.rs /work/main/crates/autograd/src/gradient.rs /work/main/crates/autograd/src/graph.rs /work/main/crates/autograd/src/mode.rs /work/main/crates/autograd/src/parameter.rs /work/main/crates/autograd/src/record.rs /work/main/crates/autograd/src/rules.rs /work/main/crates/autograd/src/strategies.rs /work/main/crates/autograd/src/../README.md

/work/main/crates/autograd/src/lib.rs:
/work/main/crates/autograd/src/backend.rs:
/work/main/crates/autograd/src/engine.rs:
/work/main/crates/autograd/src/function.rs:
/work/main/crates/autograd/src/gradcheck/mod.rs:
/work/main/crates/autograd/src/gradcheck/probe.rs:
/work/main/crates/autograd/src/gradcheck/report.rs:
/work/main/crates/autograd/src/gradient.rs:
/work/main/crates/autograd/src/graph.rs:
/work/main/crates/autograd/src/mode.rs:
/work/main/crates/autograd/src/parameter.rs:
/work/main/crates/autograd/src/record.rs:
/work/main/crates/autograd/src/rules.rs:
/work/main/crates/autograd/src/strategies.rs:
/work/main/crates/autograd/src/../README.md:
