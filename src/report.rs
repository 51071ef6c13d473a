//! The report of a job as one file for a browser: question, verdicts, figures, tables, limits, spec,
//! certificate and receipt. It has no script and loads nothing; every text of a user is escaped.

mod html;
mod receipt;
mod sections;

use crate::evaluation::Evaluation;
use crate::outcome::Digest;
use html::{Html, element};
pub use receipt::Receipt;

/// The one style of the file.
const STYLE: &str = include_str!("report/style.css");

/// The policy under which a browser shows the file: its own style, and nothing else at all.
#[must_use]
pub fn policy() -> String {
    let digest = base64(&bytes_of(&Digest::of(STYLE.as_bytes())));
    format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
}

/// The whole file.
#[must_use]
pub fn html(evaluation: &Evaluation, receipt: &Receipt) -> String {
    let common = evaluation.spec.common();
    let name = if common.name.trim().is_empty() { "job" } else { &common.name };
    let mut page = Html::default();
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", policy()));
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    element(&mut page, "title", &format!("{name}: bitgauge"));
    page.raw(&format!("<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"));
    element(&mut page, "h1", name);
    if !common.question.trim().is_empty() {
        page.raw("<p class=\"question\">");
        page.text(&common.question);
        page.raw("</p>\n");
    }
    sections::summary(&mut page, evaluation, receipt);
    sections::verdicts(&mut page, evaluation, receipt);
    sections::figures(&mut page, evaluation);
    sections::tables(&mut page, evaluation);
    sections::ledger(&mut page, evaluation);
    sections::limits(&mut page, evaluation);
    sections::spec(&mut page, receipt);
    sections::certificate(&mut page, receipt);
    sections::receipt(&mut page, evaluation, receipt);
    page.raw("</main>\n</body>\n</html>\n");
    page.done()
}

fn bytes_of(digest: &Digest) -> Vec<u8> {
    let digits = digest.as_str().as_bytes().chunks(2);
    digits.map(|pair| pair.iter().fold(0, |all, digit| 16 * all + hexadecimal(*digit))).collect()
}

fn hexadecimal(digit: u8) -> u8 {
    match digit {
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'0'),
    }
}

/// Bytes in the alphabet of RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let word = (0..3).fold(0u32, |word, i| word << 8 | u32::from(three.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * i)) as usize & 63];
            text.push(if i <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_digest_of_the_style() {
        // RFC 4648, section 10
        for (plain, coded) in [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        // FIPS 180-4: the digest of abc
        let digest = base64(&bytes_of(&Digest::of(b"abc")));
        assert_eq!(digest, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }
}
