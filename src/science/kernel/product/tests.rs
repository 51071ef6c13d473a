//! Products against the triple loop, in every bit.

use super::*;
use crate::science::seed::{Purpose, Stream, Streams, standard_normal};

/// Whether a shape is small enough for where the tests run: an interpreter takes a thousand times as long.
const fn is_affordable(products: usize) -> bool {
    !cfg!(miri) || products < 500
}

#[expect(clippy::cast_possible_truncation, reason = "test data in f32")]
fn numbers(count: usize, stream: &mut Stream) -> Vec<f32> {
    (0..count).map(|_| standard_normal(stream) as f32).collect()
}

#[test]
fn a_factor_stored_by_columns_gives_the_same_bits() {
    let mut stream = Streams { seed: 1, replicate: 0 }.stream(Purpose::TrainingData);
    for (rows, inner, columns) in [(5, 7, 20), (60, 300, 530), (200, 33, 512), (48, 1, 600)] {
        if !is_affordable(rows * inner * columns) {
            continue;
        }
        let width = padded(columns);
        let data = numbers(rows * inner, &mut stream);
        let left = Left { data: &data, row_stride: inner, inner_stride: 1 };
        let right = numbers(columns * inner, &mut stream);
        let mut by_rows = vec![0.0; inner * width];
        transpose(&right, inner, &mut by_rows, width);
        for isa in Isa::available() {
            let (mut expected, mut result) = (vec![f32::NAN; rows * width], vec![f32::NAN; rows * width]);
            product(isa, rows, inner, width, left, &by_rows, None, &mut expected);
            let mut scratch = vec![0.0; inner * width];
            product_transposed(isa, rows, inner, width, left, &right, &mut scratch, &mut result);
            assert_eq!(expected, result, "{isa:?} {rows} {inner} {columns}");
        }
    }
}

#[test]
fn every_instruction_set_gives_the_bits_of_the_triple_loop() {
    let mut stream = Streams { seed: 0, replicate: 0 }.stream(Purpose::TrainingData);
    for rows in [1, 2, 3, 5, 13, 14, 15, 31, 33, 61, 205] {
        for inner in [0, 1, 2, 17, 40, 600] {
            for width in [16, 32, 48, 80, 528] {
                let is_tried = width < 100 || [33, 61, 205].contains(&rows);
                if !is_tried || !is_affordable(rows * inner * width) {
                    continue;
                }
                for (row_stride, inner_stride) in [(inner + 3, 1), (1, rows + 2)] {
                    let data = numbers((rows + 3) * (inner + 3), &mut stream);
                    let left = Left { data: &data, row_stride, inner_stride };
                    let right = numbers(inner * width, &mut stream);
                    let start = numbers(width, &mut stream);
                    let mut expected = vec![0.0f32; rows * width];
                    for i in 0..rows {
                        for j in 0..width {
                            let mut sum = start[j];
                            for p in 0..inner {
                                sum = data[i * row_stride + p * inner_stride]
                                    .mul_add(right[p * width + j], sum);
                            }
                            expected[i * width + j] = sum;
                        }
                    }
                    for isa in Isa::available() {
                        let mut result = vec![f32::NAN; rows * width];
                        product(isa, rows, inner, width, left, &right, Some(&start), &mut result);
                        let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                        assert_eq!(bits(&result), bits(&expected), "{isa:?} {rows} {inner} {width}");
                    }
                }
            }
        }
    }
}
