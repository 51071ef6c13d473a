//! Bearer tokens: the name, what it permits, and a digest in the place of the token itself. Knows neither
//! files nor requests.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// Characters that a token has at least: fewer could be guessed.
const LEAST: usize = 20;
/// Characters of a token's name, at most.
const LONGEST_NAME: usize = 64;
/// Name of a token that is given without one.
const ONLY: &str = "token";

/// What a token permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Everything.
    Full,
    /// GET and HEAD.
    Read,
}

/// Whom a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Name of the token, for the log.
    pub name: Arc<str>,
    /// What it permits.
    pub kind: TokenKind,
}

/// Why tokens are refused. Never shows a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// The token could be guessed.
    #[error(
        "the token has {0} characters; it must have at least {LEAST} (`openssl rand -hex 32` makes one of 64)"
    )]
    Short(usize),
    /// A header cannot carry it as it is.
    #[error("the token may have visible ASCII characters only, without spaces")]
    Characters,
    /// There is nobody who may ask.
    #[error("there is no token")]
    Empty,
    /// A line of a list is not valid.
    #[error("line {line}: {fault}")]
    Line {
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong.
        fault: LineFault,
    },
}

/// What is wrong with a line of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// It has not three words.
    #[error("has {0} words in the place of three: NAME full|read TOKEN")]
    Words(usize),
    /// The name is none.
    #[error("a name has letters, digits, `.`, `_` and `-`, at most {LONGEST_NAME}")]
    Name,
    /// The kind is none.
    #[error("the kind is neither `full` nor `read`")]
    Kind,
    /// The token is none.
    #[error(transparent)]
    Token(Box<TokenFault>),
    /// Two lines have one name.
    #[error("the name stands in an earlier line")]
    NameTwice,
    /// Two lines have one token.
    #[error("the token stands in an earlier line")]
    TokenTwice,
}

/// Tokens in memory, as digests. Without any, everybody may ask.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Vec<(Holder, [u8; 32])>);

impl Tokens {
    /// One token, which permits everything.
    ///
    /// # Errors
    /// When it is too short or no header can carry it.
    pub fn single(token: &str) -> Result<Self, TokenFault> {
        check(token)?;
        let holder = Holder { name: ONLY.into(), kind: TokenKind::Full };
        Ok(Self(vec![(holder, digest(token.as_bytes()))]))
    }

    /// Reads a list: name, kind and token in each line, and comments after `#` at a line's start.
    ///
    /// # Errors
    /// When a line is not valid, a name or a token stands in two, or there is none.
    pub fn parse(text: &str) -> Result<Self, TokenFault> {
        let mut tokens = Vec::new();
        let (mut names, mut digests) = (BTreeSet::new(), BTreeSet::new());
        for (place, line) in text.lines().enumerate() {
            let failed = |fault| TokenFault::Line { line: place + 1, fault };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (holder, digest) = read(line).map_err(failed)?;
            if !names.insert(Arc::clone(&holder.name)) {
                return Err(failed(LineFault::NameTwice));
            }
            if !digests.insert(digest) {
                return Err(failed(LineFault::TokenTwice));
            }
            tokens.push((holder, digest));
        }
        if tokens.is_empty() { Err(TokenFault::Empty) } else { Ok(Self(tokens)) }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose token this is. Looks at every byte of every digest, whichever matches: the time tells
    /// nothing.
    pub(super) fn holder(&self, offered: &[u8]) -> Option<&Holder> {
        let offered = digest(offered);
        let mut found = None;
        for (holder, digest) in &self.0 {
            let differing = digest.iter().zip(offered).fold(0, |bits, (a, b)| bits | (a ^ b));
            if std::hint::black_box(differing) == 0 {
                found = Some(holder);
            }
        }
        found
    }
}

fn read(line: &str) -> Result<(Holder, [u8; 32]), LineFault> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let [name, kind, token] = words[..] else { return Err(LineFault::Words(words.len())) };
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || "._-".contains(sign);
    if name.len() > LONGEST_NAME || !name.chars().all(is_sign) {
        return Err(LineFault::Name);
    }
    let kind = match kind {
        "full" => TokenKind::Full,
        "read" => TokenKind::Read,
        _ => return Err(LineFault::Kind),
    };
    check(token).map_err(|fault| LineFault::Token(Box::new(fault)))?;
    Ok((Holder { name: name.into(), kind }, digest(token.as_bytes())))
}

fn check(token: &str) -> Result<(), TokenFault> {
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(TokenFault::Characters);
    }
    if token.len() < LEAST { Err(TokenFault::Short(token.len())) } else { Ok(()) }
}

fn digest(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0123456789abcdefghij";
    const B: &str = "0123456789abcdefghiJ";

    #[test]
    fn each_token_has_its_holder_and_nothing_else_has_one() {
        let tokens = Tokens::parse(&format!("# who\n\n ada full {A}\r\n\tgrace.h read {B}")).unwrap();
        let name = |token: &str| tokens.holder(token.as_bytes()).map(|holder| (&*holder.name, holder.kind));
        assert_eq!(name(A), Some(("ada", TokenKind::Full)));
        assert_eq!(name(B), Some(("grace.h", TokenKind::Read)));
        for wrong in ["", &A[1..], &format!("{A} "), "ada", "0123456789abcdefghik"] {
            assert_eq!(name(wrong), None, "{wrong:?}");
        }
        assert!(!format!("{tokens:?}").contains(A));
    }

    #[test]
    fn faults_name_the_line_and_never_the_token() {
        let long = "n".repeat(65);
        for (text, fault) in [
            ("ada full".to_owned(), LineFault::Words(2)),
            (format!("ada full {A} more"), LineFault::Words(4)),
            (format!("{long} full {A}"), LineFault::Name),
            (format!("a/b full {A}"), LineFault::Name),
            (format!("ada write {A}"), LineFault::Kind),
            ("ada full 0123456789abcdefghi".to_owned(), LineFault::Token(Box::new(TokenFault::Short(19)))),
            (format!("ada full {A}é"), LineFault::Token(Box::new(TokenFault::Characters))),
        ] {
            let found = Tokens::parse(&format!("\n{text}")).unwrap_err();
            assert_eq!(found, TokenFault::Line { line: 2, fault }, "{text}");
            assert!(!found.to_string().contains("0123456789"));
        }
        let twice = |text: String| Tokens::parse(&text).unwrap_err().to_string();
        assert_eq!(twice(format!("a full {A}\na full {B}")), "line 2: the name stands in an earlier line");
        assert_eq!(twice(format!("a full {A}\nb read {A}")), "line 2: the token stands in an earlier line");
        assert_eq!(Tokens::parse("# nobody\n").unwrap_err(), TokenFault::Empty);
        assert_eq!(Tokens::single("short").unwrap_err(), TokenFault::Short(5));
        assert_eq!(Tokens::single("twenty characters and spaces").unwrap_err(), TokenFault::Characters);
    }
}
