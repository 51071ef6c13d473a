//! One step of recurrent cells, forward and backward, one row at a time, in
//! passes that each vectorize.
//!
//! u units; gates lie side by side, u numbers each.

use super::isa::per_isa;
use super::real::Real;

/// What one row of one step reads and writes.
#[derive(Debug)]
pub struct Forward<'a, R> {
    /// `x W`, b and `h U` [g u].
    pub input: &'a [R],
    /// Biases [g u].
    pub bias: &'a [R],
    /// `h U` [g u].
    pub recurrent: &'a [R],
    /// State before [u].
    pub state: &'a [R],
    /// The cell's memory before [u] where there is one.
    pub memory: &'a [R],
    /// Activated gates [g u].
    pub gates: &'a mut [R],
    /// The candidate's `h U` [u] for a GRU, the memory after [u] for an LSTM.
    pub kept: &'a mut [R],
    /// State after [u].
    pub next: &'a mut [R],
}

/// The same, backward.
#[derive(Debug)]
pub struct Backward<'a, R> {
    /// Activated gates [g u].
    pub gates: &'a [R],
    /// State before [u].
    pub state: &'a [R],
    /// Memory before [u].
    pub memory: &'a [R],
    /// As in [`Forward`].
    pub kept: &'a [R],
    /// State after [u].
    pub next: &'a [R],
    /// Gradient in the state after [u].
    pub gradient: &'a [R],
    /// Gradient in the memory after [u], replaced by that in the memory before.
    pub memory_gradient: &'a mut [R],
    /// Gradients in `x W + b` [g u].
    pub input: &'a mut [R],
    /// Gradients in `h U` [g u].
    pub recurrent: &'a mut [R],
    /// Gradient in the state before that does not pass `h U` [u].
    pub direct: &'a mut [R],
}

per_isa! {
    /// `h' = tanh(x W + b + h U)`.
    pub fn tanh_forward<R: Real>(row: Forward<R>) = tanh_forward_body;
}

#[inline(always)]
fn tanh_forward_body<R: Real>(row: Forward<R>) {
    activate(row.next, row.input, row.bias, row.recurrent, R::tanh);
}

per_isa! {
    /// `h' = max(0, x W + b + h U)`.
    pub fn relu_forward<R: Real>(row: Forward<R>) = relu_forward_body;
}

#[inline(always)]
fn relu_forward_body<R: Real>(row: Forward<R>) {
    activate(row.next, row.input, row.bias, row.recurrent, |z| if z > R::ZERO { z } else { R::ZERO });
}

per_isa! {
    /// Gates r, z and candidate n: `h' = (1 - z) n + z h`.
    pub fn gru_forward<R: Real>(row: Forward<R>) = gru_forward_body;
}

#[inline(always)]
fn gru_forward_body<R: Real>(row: Forward<R>) {
    let u = row.next.len();
    let (gates, candidate) = row.gates.split_at_mut(2 * u);
    activate(gates, row.input, row.bias, row.recurrent, sigmoid);
    let (reset, keep) = gates.split_at(u);
    row.kept.copy_from_slice(&row.recurrent[2 * u..]);
    let sums = row.input[2 * u..].iter().zip(&row.bias[2 * u..]).zip(&*row.kept);
    for ((n, r), ((x, b), h)) in candidate.iter_mut().zip(reset).zip(sums) {
        *n = r.mul_add(*h, *x + *b).tanh();
    }
    for (((next, z), h), n) in row.next.iter_mut().zip(keep).zip(row.state).zip(&*candidate) {
        *next = z.mul_add(*h - *n, *n);
    }
}

per_isa! {
    /// Gates i, f, g, o: `c' = f c + i g`, `h' = o tanh c'`.
    pub fn lstm_forward<R: Real>(row: Forward<R>) = lstm_forward_body;
}

#[inline(always)]
fn lstm_forward_body<R: Real>(row: Forward<R>) {
    let u = row.next.len();
    activate(&mut row.gates[..2 * u], row.input, row.bias, row.recurrent, sigmoid);
    let part = 2 * u..3 * u;
    let (input, bias, recurrent) =
        (&row.input[part.clone()], &row.bias[part.clone()], &row.recurrent[part.clone()]);
    activate(&mut row.gates[part], input, bias, recurrent, R::tanh);
    let (input, bias, recurrent) = (&row.input[3 * u..], &row.bias[3 * u..], &row.recurrent[3 * u..]);
    activate(&mut row.gates[3 * u..], input, bias, recurrent, sigmoid);
    let gates = &*row.gates;
    let (write, forget, value) = (&gates[..u], &gates[u..2 * u], &gates[2 * u..3 * u]);
    let written = write.iter().zip(value);
    for (((kept, f), c), (i, g)) in row.kept.iter_mut().zip(forget).zip(row.memory).zip(written) {
        *kept = f.mul_add(*c, *i * *g);
    }
    for ((next, o), c) in row.next.iter_mut().zip(&gates[3 * u..]).zip(&*row.kept) {
        *next = *o * c.tanh();
    }
}

per_isa! {
    /// [`tanh_forward`], backward.
    pub fn tanh_backward<R: Real>(row: Backward<R>) = tanh_backward_body;
}

#[inline(always)]
fn tanh_backward_body<R: Real>(row: Backward<R>) {
    for ((dz, dh), h) in row.input.iter_mut().zip(row.gradient).zip(row.next) {
        *dz = *dh * (R::ONE - *h * *h);
    }
    row.recurrent.copy_from_slice(row.input);
    row.direct.fill(R::ZERO);
}

per_isa! {
    /// [`relu_forward`], backward.
    pub fn relu_backward<R: Real>(row: Backward<R>) = relu_backward_body;
}

#[inline(always)]
fn relu_backward_body<R: Real>(row: Backward<R>) {
    for ((dz, dh), h) in row.input.iter_mut().zip(row.gradient).zip(row.next) {
        *dz = if *h > R::ZERO { *dh } else { R::ZERO };
    }
    row.recurrent.copy_from_slice(row.input);
    row.direct.fill(R::ZERO);
}

per_isa! {
    /// [`gru_forward`], backward.
    pub fn gru_backward<R: Real>(row: Backward<R>) = gru_backward_body;
}

#[inline(always)]
fn gru_backward_body<R: Real>(row: Backward<R>) {
    let u = row.next.len();
    let (reset, keep) = (&row.gates[..u], &row.gates[u..2 * u]);
    let candidate = &row.gates[2 * u..];
    let (gates, dn) = row.input.split_at_mut(2 * u);
    let (dr, dz) = gates.split_at_mut(u);
    for (((dn, dh), z), n) in dn.iter_mut().zip(row.gradient).zip(keep).zip(candidate) {
        *dn = *dh * (R::ONE - *z) * (R::ONE - *n * *n);
    }
    for (((dr, dn), inner), r) in dr.iter_mut().zip(&*dn).zip(row.kept).zip(reset) {
        *dr = *dn * *inner * slope(*r);
    }
    let moved = row.state.iter().zip(candidate);
    for (((dz, dh), (h, n)), z) in dz.iter_mut().zip(row.gradient).zip(moved).zip(keep) {
        *dz = *dh * (*h - *n) * slope(*z);
    }
    let (shared, inner) = row.recurrent.split_at_mut(2 * u);
    shared.copy_from_slice(gates);
    for ((di, dn), r) in inner.iter_mut().zip(&*dn).zip(reset) {
        *di = *dn * *r;
    }
    for ((direct, dh), z) in row.direct.iter_mut().zip(row.gradient).zip(keep) {
        *direct = *dh * *z;
    }
}

per_isa! {
    /// [`lstm_forward`], backward.
    pub fn lstm_backward<R: Real>(row: Backward<R>) = lstm_backward_body;
}

#[inline(always)]
fn lstm_backward_body<R: Real>(row: Backward<R>) {
    let u = row.next.len();
    let gate = |i: usize| &row.gates[i * u..(i + 1) * u];
    let (write, forget, value, read) = (gate(0), gate(1), gate(2), gate(3));
    // tanh c', for which there is room where nothing else is said
    let memory = &mut *row.direct;
    memory.iter_mut().zip(row.kept).for_each(|(m, c)| *m = c.tanh());
    let dc = &mut *row.memory_gradient;
    for (((dc, dh), o), m) in dc.iter_mut().zip(row.gradient).zip(read).zip(&*memory) {
        *dc = *dc + *dh * *o * (R::ONE - *m * *m);
    }
    let (gates, dread) = row.input.split_at_mut(3 * u);
    let (dwrite, rest) = gates.split_at_mut(u);
    let (dforget, dvalue) = rest.split_at_mut(u);
    for (((d, dc), g), i) in dwrite.iter_mut().zip(&*dc).zip(value).zip(write) {
        *d = *dc * *g * slope(*i);
    }
    for (((d, dc), c), f) in dforget.iter_mut().zip(&*dc).zip(row.memory).zip(forget) {
        *d = *dc * *c * slope(*f);
    }
    for (((d, dc), i), g) in dvalue.iter_mut().zip(&*dc).zip(write).zip(value) {
        *d = *dc * *i * (R::ONE - *g * *g);
    }
    for (((d, dh), m), o) in dread.iter_mut().zip(row.gradient).zip(&*memory).zip(read) {
        *d = *dh * *m * slope(*o);
    }
    dc.iter_mut().zip(forget).for_each(|(dc, f)| *dc = *dc * *f);
    row.recurrent.copy_from_slice(row.input);
    row.direct.fill(R::ZERO);
}

/// `out = f(input + bias + recurrent)`, as many as `out` has.
#[inline(always)]
fn activate<R: Real>(out: &mut [R], input: &[R], bias: &[R], recurrent: &[R], f: impl Fn(R) -> R) {
    for (((out, x), b), h) in out.iter_mut().zip(input).zip(bias).zip(recurrent) {
        *out = f(*x + *b + *h);
    }
}

#[inline(always)]
fn sigmoid<R: Real>(x: R) -> R {
    R::ONE / (R::ONE + (-x).exp())
}

#[inline(always)]
fn slope<R: Real>(s: R) -> R {
    s * (R::ONE - s)
}
