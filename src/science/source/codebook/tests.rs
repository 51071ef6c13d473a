//! Codes against enumeration of all strings and of all codes.

use std::collections::BTreeSet;

use super::super::ledger::check;
use super::*;

fn book(information: usize, length: usize, code: Code, flips: f64) -> Codebook {
    Codebook { information, length, code, flips, samples: 1 }
}

#[test]
fn ledgers_equal_exhaustive_enumeration() {
    for book in [
        book(1, 1, Code::Linear, 0.0),
        book(3, 7, Code::Linear, 0.0),
        book(6, 6, Code::Linear, 0.0),
        book(2, 6, Code::Repetition, 0.0),
        book(3, 6, Code::Repetition, 0.1),
        book(1, 5, Code::Repetition, 0.3),
    ] {
        // every word by every pattern of flips
        let distribution = Drawn::new(book.code, book.information, book.length, &mut check::rule_stream());
        let words: BTreeSet<Vec<bool>> =
            (0..4000).map(|i| distribution.word(0.0, &mut check::stream(i))).collect();
        assert_eq!(words.len(), 1 << book.information);
        check::enumerate(&book, |string| {
            let of_word = |word: &Vec<bool>| -> f64 {
                let same = word.iter().zip(string).map(|(a, b)| u32::from(*a) == *b);
                same.map(|same| if same { 1.0 - book.flips } else { book.flips }).product()
            };
            words.iter().map(of_word).sum::<f64>() / words.len() as f64
        });
    }
}

#[test]
fn draws_follow_the_law() {
    check::draws(&Codebook { samples: 4000, ..book(5, 20, Code::Linear, 0.0) });
    check::draws(&Codebook { samples: 4000, ..book(4, 20, Code::Repetition, 0.1) });
}

#[test]
fn the_bits_of_the_rule_count_the_codes() {
    for (information, length, code) in
        [(1, 3, Code::Linear), (2, 3, Code::Linear), (2, 4, Code::Repetition), (1, 3, Code::Repetition)]
    {
        let mut codes = BTreeSet::new();
        for replicate in 0..4000 {
            let drawn = Drawn::new(code, information, length, &mut check::stream(replicate));
            let words: BTreeSet<Vec<bool>> =
                (0..64).map(|i| drawn.word(0.0, &mut check::stream(9000 + i))).collect();
            codes.insert(words);
        }
        let bits = book(information, length, code, 0.0).ledger().rule.unwrap().0;
        assert!((bits - (codes.len() as f64).log2()).abs() < 1e-9, "{bits} {}", codes.len());
    }
}

#[test]
fn a_single_string_is_uniform_without_the_code() {
    for code in [Code::Linear, Code::Repetition] {
        let source = book(1, 2, code, 0.0);
        let mut counts = [0u32; 4];
        for replicate in 0..4000 {
            let data =
                source.distribution(&mut check::stream(replicate)).draw(&mut check::stream(5000 + replicate));
            let string = data.targets.symbols();
            counts[(2 * string[[0, 0]] + string[[0, 1]]) as usize] += 1;
        }
        // five standard errors of a count with mean 1000
        assert!(
            counts.iter().all(|count| f64::from(count.abs_diff(1000)) < 5.0 * 750f64.sqrt()),
            "{counts:?}"
        );
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    assert!(book(3, 12, Code::Repetition, 0.1).validate().is_ok());
    assert!(book(5, 12, Code::Repetition, 0.0).validate().is_err());
    assert!(book(13, 12, Code::Linear, 0.0).validate().is_err());
    assert!(book(3, 12, Code::Linear, 0.1).validate().is_err());
}
