/work/main/consumers/target/debug/deps/tensor_matmul-86e552e2f69ca257.d: /work/main/crates/tensor-matmul/src/lib.rs /work/main/crates/tensor-matmul/src/blocked.rs /work/main/crates/tensor-matmul/src/exec.rs /work/main/crates/tensor-matmul/src/floats.rs /work/main/crates/tensor-matmul/src/isa.rs /work/main/crates/tensor-matmul/src/kernels.rs /work/main/crates/tensor-matmul/src/pack.rs /work/main/crates/tensor-matmul/src/raw.rs /work/main/crates/tensor-matmul/src/scalar.rs /work/main/crates/tensor-matmul/src/share.rs /work/main/crates/tensor-matmul/src/simd/mod.rs /work/main/crates/tensor-matmul/src/simd/avx2.rs /work/main/crates/tensor-matmul/src/simd/avx512.rs /work/main/crates/tensor-matmul/src/simd/portable.rs /work/main/crates/tensor-matmul/src/tile.rs /work/main/crates/tensor-matmul/src/vector.rs /work/main/crates/tensor-matmul/src/view.rs /work/main/crates/tensor-matmul/src/../README.md

/work/main/consumers/target/debug/deps/libtensor_matmul-86e552e2f69ca257.rmeta: /work/main/crates/tensor-matmul/src/lib.rs /work/main/crates/tensor-matmul/src/blocked.rs /work/main/crates/tensor-matmul/src/exec.rs /work/main/crates/tensor-matmul/src/floats.rs /work/main/crates/tensor-matmul/src/isa.rs /work/main/crates/tensor-matmul/src/kernels.rs /work/main/crates/tensor-matmul/src/pack.rs /work/main/crates/tensor-matmul/src/raw.rs /work/main/crates/tensor-matmul/src/scalar.rs /work/main/crates/tensor-matmul/src/share.rs /work/main/crates/tensor-matmul/src/simd/mod.rs /work/main/crates/tensor-matmul/src/simd/avx2.rs /work/main/crates/tensor-matmul/src/simd/avx512.rs /work/main/crates/tensor-matmul/src/simd/portable.rs /work/main/crates/tensor-matmul/src/tile.rs /work/main/crates/tensor-matmul/src/vector.rs /work/main/crates/tensor-matmul/src/view.rs /work/main/crates/tensor-matmul/src/../README.md

/work/main/crates/tensor-matmul/src/lib.rs:
/work/main/crates/tensor-matmul/src/blocked.rs:
/work/main/crates/tensor-matmul/src/exec.rs:
/work/main/crates/tensor-matmul/src/floats.rs:
/work/main/crates/tensor-matmul/src/isa.rs:
/work/main/crates/tensor-matmul/src/kernels.rs:
/work/main/crates/tensor-matmul/src/pack.rs:
/work/main/crates/tensor-matmul/src/raw.rs:
/work/main/crates/tensor-matmul/src/scalar.rs:
/work/main/crates/tensor-matmul/src/share.rs:
/work/main/crates/tensor-matmul/src/simd/mod.rs:
/work/main/crates/tensor-matmul/src/simd/avx2.rs:
/work/main/crates/tensor-matmul/src/simd/avx512.rs:
/work/main/crates/tensor-matmul/src/simd/portable.rs:
/work/main/crates/tensor-matmul/src/tile.rs:
/work/main/crates/tensor-matmul/src/vector.rs:
/work/main/crates/tensor-matmul/src/view.rs:
/work/main/crates/tensor-matmul/src/../README.md:
