//! Polynomial features: all monomials up to a degree.

use garde::Validate;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Fitted, Map};
use crate::science::family::Item;
use crate::science::network::footprint::{Footprint, count};
use crate::science::seed::Stream;

/// All products of at most `degree` inputs, repetition allowed, without the
/// constant: C(d + degree, degree) - 1 of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Polynomial {
    /// Factors of a product at most.
    #[garde(range(min = 1, max = 8))]
    pub degree: usize,
}

impl Item for Polynomial {
    const SUMMARY: &'static str = "all monomials of the inputs up to a degree";

    fn example() -> Self {
        Self { degree: 2 }
    }
}

impl Map for Polynomial {
    fn width(&self, inputs: usize) -> Option<usize> {
        let mut count: u128 = 1;
        for i in 1..=self.degree {
            // stays whole: after i factors it is C(d + i, i)
            count = count.checked_mul((inputs + i) as u128)? / i as u128;
        }
        usize::try_from(count - 1).ok()
    }

    fn fit(&self, inputs: &Array2<f32>, _stream: &mut Stream) -> Fitted {
        let monomials = monomials(inputs.ncols(), self.degree);
        Fitted::new(move |inputs| {
            let mut features = Array2::zeros((inputs.nrows(), monomials.len()));
            for (x, mut row) in inputs.rows().into_iter().zip(features.rows_mut()) {
                for (feature, factors) in row.iter_mut().zip(&monomials) {
                    *feature = factors.iter().map(|&i| x[i]).product();
                }
            }
            features
        })
    }

    fn footprint(&self, inputs: usize) -> Footprint {
        let features = count(self.width(inputs).unwrap_or(usize::MAX));
        // a list of places each, eight bytes a place
        let weights = features * (10.0 + 2.0 * count(self.degree));
        Footprint { weights, encoding: 5.0 * features * count(self.degree), ..Footprint::default() }
    }
}

/// Which inputs each monomial multiplies, by degree and then in order.
fn monomials(inputs: usize, degree: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = Vec::new();
    let mut last: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..degree {
        let longer = |factors: &Vec<usize>| {
            let from = factors.last().copied().unwrap_or(0);
            let factors = factors.clone();
            (from..inputs).map(move |i| [&factors[..], &[i]].concat())
        };
        last = last.iter().flat_map(longer).collect();
        all.extend(last.iter().cloned());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monomials_of_two_inputs_to_degree_three() {
        let expected: Vec<Vec<usize>> = vec![
            vec![0],
            vec![1],
            vec![0, 0],
            vec![0, 1],
            vec![1, 1],
            vec![0, 0, 0],
            vec![0, 0, 1],
            vec![0, 1, 1],
            vec![1, 1, 1],
        ];
        assert_eq!(monomials(2, 3), expected);
        assert_eq!(Polynomial { degree: 3 }.width(2), Some(9));
        assert_eq!(Polynomial { degree: 8 }.width(65_536).map(|w| w > 1 << 60), None);
    }
}
