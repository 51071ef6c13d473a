//! The kernel's products beside the peak of fused multiply-adds of the same core.
//!
//! `cargo bench --bench kernels`: throughput in elements is floating-point
//! operations, two for each multiply-add; `peak` is what one core can do at most.

use std::hint::black_box;

use bitgauge::science::kernel::elementwise::column_sums;
use bitgauge::science::kernel::isa::Isa;
use bitgauge::science::kernel::peak::{fused_multiply_adds, operations};
use bitgauge::science::kernel::product::{Left, padded, product, product_transposed};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

#[expect(clippy::cast_precision_loss, reason = "numbers below 101")]
fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 37 + 11) % 101) as f32 / 101.0 - 0.5).collect()
}

const ROUNDS: u64 = 100_000;

fn peak(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("peak");
    for isa in Isa::available() {
        group.throughput(Throughput::Elements(ROUNDS * operations(isa)));
        group.bench_function(isa.name(), |bencher| {
            bencher.iter(|| fused_multiply_adds(isa, black_box(ROUNDS)));
        });
    }
    group.finish();
}

/// Layers of the benchmark networks: (batch, inputs, outputs).
const LAYERS: [(usize, usize, usize); 9] = [
    (1250, 20, 16),
    (1250, 16, 16),
    (32, 16, 16),
    (256, 32, 64),
    (256, 64, 64),
    (256, 256, 256),
    (256, 256, 16),
    (512, 1024, 1024),
    (4096, 64, 256),
];

fn products(criterion: &mut Criterion) {
    let isa = Isa::detect();
    for (n, d, k) in LAYERS {
        let mut group = criterion.benchmark_group(format!("layer {n} x {d} x {k}"));
        group.throughput(Throughput::Elements(2 * (n * d * k) as u64));
        let (ld_d, ld_k) = (padded(d), padded(k));
        let (x, w, dy) = (numbers(n * ld_d), numbers(d * ld_k), numbers(n * ld_k));
        let mut y = vec![0.0; n * ld_k];
        group.bench_function("forward", |bencher| {
            bencher.iter(|| {
                let left = Left { data: &x, row_stride: ld_d, inner_stride: 1 };
                product(isa, n, d, ld_k, left, &w, None, &mut y);
            });
        });
        let mut dw = vec![0.0; d * ld_k];
        group.bench_function("weight gradient", |bencher| {
            bencher.iter(|| {
                let left = Left { data: &x, row_stride: 1, inner_stride: ld_d };
                product(isa, d, n, ld_k, left, &dy, None, &mut dw);
            });
        });
        let (mut dx, mut scratch) = (vec![0.0; n * ld_d], vec![0.0; k * ld_d]);
        group.bench_function("input gradient", |bencher| {
            bencher.iter(|| {
                let left = Left { data: &dy, row_stride: ld_k, inner_stride: 1 };
                product_transposed(isa, n, k, ld_d, left, &w[..k * d], &mut scratch, &mut dx);
            });
        });
        group.finish();
    }
}

fn sums(criterion: &mut Criterion) {
    let isa = Isa::detect();
    let mut group = criterion.benchmark_group("column sums");
    for (rows, width) in [(1250, 16), (256, 256)] {
        let (x, mut sums) = (numbers(rows * width), vec![0.0; width]);
        group.throughput(Throughput::Elements((rows * width) as u64));
        group.bench_function(format!("{rows} x {width}"), |bencher| {
            bencher.iter(|| column_sums(isa, &x, &mut sums));
        });
    }
    group.finish();
}

criterion_group! {
    name = kernels;
    config = Criterion::default().sample_size(20).warm_up_time(std::time::Duration::from_millis(200))
        .measurement_time(std::time::Duration::from_millis(600));
    targets = peak, products, sums
}
criterion_main!(kernels);
