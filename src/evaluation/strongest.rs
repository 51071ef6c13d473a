//! The strongest decoder of each cell, chosen without the replicate that it reports.
//!
//! For a replicate the decoder is taken whose mean over the other replicates is largest, of a search
//! that of the tuning replicates: nothing that was chosen reports itself, so that nothing is paid for
//! the choice. A single replicate pays log2 of the number of decoders.

use crate::outcome::TrialOutcome;
use crate::science::decoder::Decoder;
use crate::spec::CellSpec;

/// Names of the quantities that the strongest decoder gives.
pub const STRONGEST: [&str; 2] = ["memorized_bits_strongest", "noise_bits_strongest"];

/// A quantity by the strongest decoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Strongest {
    /// Name of the quantity.
    pub name: &'static str,
    /// One for each trial; `None` for those without measurements.
    pub readings: Vec<Option<Reading>>,
}

/// Bits of one replicate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Bits after their cost.
    pub bits: f64,
    /// The decoder that read them.
    pub decoder: Decoder,
}

/// The bits of the trials of one cell, `tuning` being others of the same setting that are not
/// reported. Quantities that no decoder gives are left out.
#[must_use]
pub fn strongest(outcomes: &[&TrialOutcome], tuning: &[&TrialOutcome], spec: &CellSpec) -> Vec<Strongest> {
    let shape = spec.dataset.process().shape();
    let symbols = shape.samples * shape.targets.width();
    let memorized = |outcome: &TrialOutcome, decoder: Decoder| {
        Some(outcome.value(decoder.memorized_bits()?)? - decoder.cost(symbols, false).0)
    };
    let noise = |outcome: &TrialOutcome, decoder: Decoder| outcome.value(decoder.noise_bits());
    let paid: [&dyn Fn(&TrialOutcome, Decoder) -> Option<f64>; 2] = [&memorized, &noise];
    let of = |(name, paid): (_, &dyn Fn(&TrialOutcome, Decoder) -> Option<f64>)| {
        let read = |outcome: &&TrialOutcome| Decoder::ALL.map(|decoder| paid(outcome, decoder));
        let own: Vec<Bits> = outcomes.iter().map(read).collect();
        let readings = readings(&own, &tuning.iter().map(read).collect::<Vec<_>>());
        readings.iter().any(Option::is_some).then_some(Strongest { name, readings })
    };
    STRONGEST.into_iter().zip(paid).filter_map(of).collect()
}

/// Bits of one trial by each of [`Decoder::ALL`].
type Bits = [Option<f64>; Decoder::ALL.len()];

fn readings(own: &[Bits], tuning: &[Bits]) -> Vec<Option<Reading>> {
    let has_any = |bits: &&Bits| bits.iter().any(Option::is_some);
    let measured: Vec<&Bits> = own.iter().filter(has_any).collect();
    let tuning: Vec<&Bits> = tuning.iter().filter(has_any).collect();
    // decoders are compared where all of them read
    let is_usable = |decoder: &usize| measured.iter().chain(&tuning).all(|bits| bits[*decoder].is_some());
    let usable: Vec<usize> = (0..Decoder::ALL.len()).filter(is_usable).collect();
    let sum = |all: &[&Bits], decoder: usize| all.iter().filter_map(|bits| bits[decoder]).sum::<f64>();
    let reading = |bits: &Bits| {
        has_any(&bits).then_some(())?;
        let others = |decoder: usize| {
            if tuning.is_empty() {
                sum(&measured, decoder) - bits[decoder].unwrap_or_default()
            } else {
                sum(&tuning, decoder)
            }
        };
        let is_single = tuning.is_empty() && measured.len() == 1;
        let worth =
            |decoder: usize| if is_single { bits[decoder].unwrap_or_default() } else { others(decoder) };
        // of equal ones the first
        let best = usable.iter().copied().reduce(|a, b| if worth(b) > worth(a) { b } else { a })?;
        #[expect(clippy::cast_precision_loss, reason = "a few decoders")]
        let cost = if is_single { libm::log2(usable.len() as f64) } else { 0.0 };
        Some(Reading { bits: bits[best]? - cost, decoder: Decoder::ALL[best] })
    };
    own.iter().map(reading).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(raw: f64, recalibrated: f64) -> Bits {
        [Some(raw), Some(recalibrated), None, None, None]
    }

    fn read(own: &[Bits], tuning: &[Bits]) -> Vec<(f64, &'static str)> {
        readings(own, tuning).iter().flatten().map(|r| (r.bits, r.decoder.name())).collect()
    }

    #[test]
    fn each_replicate_is_read_by_the_decoder_that_the_others_choose() {
        // without the first the raw one reads more, without the others the recalibrated one
        let own = [bits(0.0, 9.0), bits(5.0, 4.0), bits(5.0, 4.0)];
        assert_eq!(read(&own, &[]), [(0.0, "raw"), (4.0, "recalibrated"), (4.0, "recalibrated")]);
    }

    #[test]
    fn tuning_replicates_choose_for_all() {
        let own = [bits(0.0, 9.0), bits(5.0, 4.0)];
        assert_eq!(read(&own, &[bits(2.0, 1.0)]), [(0.0, "raw"), (5.0, "raw")]);
    }

    #[test]
    fn a_single_replicate_pays_for_its_choice() {
        assert_eq!(read(&[bits(3.0, 7.0)], &[]), [(6.0, "recalibrated")]);
        let only_raw = [Some(3.0), None, None, None, None];
        assert_eq!(read(&[only_raw], &[]), [(3.0, "raw")]);
    }

    #[test]
    fn trials_without_measurements_read_nothing_and_choose_nothing() {
        let own = [bits(1.0, 2.0), [None; 5], bits(1.0, 2.0)];
        assert_eq!(read(&own, &[]), [(2.0, "recalibrated"); 2]);
        assert!(readings(&own, &[])[1].is_none());
    }

    #[test]
    fn decoders_that_do_not_read_everywhere_are_no_candidates() {
        let own = [bits(1.0, 2.0), [Some(1.0), None, None, None, None]];
        assert_eq!(read(&own, &[]), [(1.0, "raw"); 2]);
    }

    #[test]
    fn nothing_is_gained_by_choosing_among_noise() {
        use crate::science::seed::{Purpose, Streams, standard_normal};
        let mut stream = Streams { seed: 3, replicate: 0 }.stream(Purpose::Probe);
        let mut sums = [0.0, 0.0];
        let jobs = 4000;
        for _ in 0..jobs {
            let own: Vec<Bits> =
                (0..4).map(|_| std::array::from_fn(|_| Some(standard_normal(&mut stream)))).collect();
            sums[0] += read(&own, &[]).iter().map(|reading| reading.0).sum::<f64>() / 4.0;
            sums[1] += read(&own[..1], &[])[0].0;
        }
        // 0 within four standard errors of the first; the largest of five costs more than it gains
        let means = sums.map(|sum| sum / f64::from(jobs));
        assert!(means[0].abs() < 4.0 * 0.5 / f64::from(jobs).sqrt() && means[1] < 0.0, "{means:?}");
    }
}
