//! Work of a trial by kind, and how long a machine takes for each. Knows no clock: speeds are given.

use std::ops::{Add, Mul};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Work by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Workload {
    /// Multiply-adds of matrix products, those of filled lanes included.
    pub products: f64,
    /// Numbers that are touched one by one by vector instructions.
    pub elements: f64,
    /// Operations on single numbers: random draws, double precision, lists.
    pub operations: f64,
    /// Code lengths of single outputs.
    pub codes: f64,
    /// Passes through the network.
    pub steps: f64,
    /// Trials.
    pub trials: f64,
}

impl Add for Workload {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            products: self.products + other.products,
            elements: self.elements + other.elements,
            operations: self.operations + other.operations,
            codes: self.codes + other.codes,
            steps: self.steps + other.steps,
            trials: self.trials + other.trials,
        }
    }
}

impl Mul<f64> for Workload {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        Self {
            products: self.products * times,
            elements: self.elements * times,
            operations: self.operations * times,
            codes: self.codes * times,
            steps: self.steps * times,
            trials: self.trials * times,
        }
    }
}

/// Seconds of the reference machine for each kind: one core of a server with AVX-512, measured in 2026.
const REFERENCE: Workload = Workload {
    products: 1.6e-11,
    elements: 2.2e-10,
    operations: 4.5e-10,
    codes: 7.4e-10,
    steps: 2e-6,
    trials: 2e-3,
};

impl Workload {
    /// Seconds on the reference machine.
    #[must_use]
    pub fn reference_seconds(&self) -> f64 {
        self.products * REFERENCE.products
            + self.elements * REFERENCE.elements
            + self.operations * REFERENCE.operations
            + self.codes * REFERENCE.codes
            + self.steps * REFERENCE.steps
            + self.trials * REFERENCE.trials
    }
}

impl Workload {
    /// The part that large products are.
    #[must_use]
    pub fn in_products(&self) -> Self {
        Self { products: self.products, ..Self::default() }
    }

    /// The part that steps are beside products.
    #[must_use]
    pub fn in_steps(&self) -> Self {
        Self { elements: self.elements, steps: self.steps, ..Self::default() }
    }

    /// The part that drawing, evaluating and storing are.
    #[must_use]
    pub fn in_evaluation(&self) -> Self {
        Self { operations: self.operations, codes: self.codes, trials: self.trials, ..Self::default() }
    }

    /// Floating-point operations.
    #[must_use]
    pub fn flop(&self) -> f64 {
        2.0 * self.products + self.elements
    }
}

/// How long a machine takes, against the reference machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed {
    /// For large products.
    pub products: f64,
    /// For steps of narrow networks.
    pub steps: f64,
    /// For evaluations, in double precision.
    pub evaluation: f64,
    /// For the same work while all workers run, against one alone.
    pub crowded: f64,
}

impl Default for Speed {
    fn default() -> Self {
        Self { products: 1.0, steps: 1.0, evaluation: 1.0, crowded: 1.0 }
    }
}

impl Speed {
    /// Seconds of one worker alone.
    #[must_use]
    pub fn seconds(&self, work: &Workload) -> f64 {
        self.products * work.in_products().reference_seconds()
            + self.steps * work.in_steps().reference_seconds()
            + self.evaluation * work.in_evaluation().reference_seconds()
    }
}
