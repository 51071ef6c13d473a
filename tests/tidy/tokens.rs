//! Just enough of Rust's words to read imports: names, `::` and single marks. Knows
//! comments, strings and lifetimes, so that nothing in them is taken for code.

/// A word of the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// An identifier or keyword.
    Name(String),
    /// `::`
    Joint,
    /// Any other mark.
    Mark(char),
}

/// The words of a file.
pub fn tokens(code: &str) -> Vec<Token> {
    let chars: Vec<char> = code.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        at += match rest {
            ['/', '/', ..] => rest.iter().take_while(|c| **c != '\n').count(),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => string(rest),
            ['r', '"' | '#', ..] if raw_string(rest) > 0 => raw_string(rest),
            ['\'', ..] => quoted(rest),
            [':', ':', ..] => {
                tokens.push(Token::Joint);
                2
            }
            [c, ..] if is_part(*c) => {
                let name: String = rest.iter().take_while(|c| is_part(**c)).collect();
                let length = name.chars().count();
                tokens.push(Token::Name(name));
                length
            }
            [c, ..] => {
                if !c.is_whitespace() {
                    tokens.push(Token::Mark(*c));
                }
                1
            }
            [] => 1,
        };
    }
    tokens
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn block_comment(rest: &[char]) -> usize {
    let end = rest.windows(2).skip(2).position(|pair| pair == ['*', '/']);
    end.map_or(rest.len(), |end| end + 4)
}

fn string(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Length of a raw string, 0 where there is none.
fn raw_string(rest: &[char]) -> usize {
    let marks = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest.get(1 + marks) != Some(&'"') {
        return 0;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', marks)).collect();
    let inside = rest[2 + marks..].windows(end.len()).position(|window| window == end);
    inside.map_or(rest.len(), |inside| 2 + marks + inside + end.len())
}

/// A character, or the mark before a lifetime's name.
fn quoted(rest: &[char]) -> usize {
    match rest {
        [_, '\\', ..] => 3 + rest[3..].iter().take_while(|c| **c != '\'').count() + 1,
        [_, _, '\'', ..] => 3,
        _ => 1 + rest[1..].iter().take_while(|c| is_part(**c)).count(),
    }
}

/// The code without items that are for tests alone, and the modules among those that
/// are files of their own.
pub fn without_tests(tokens: &[Token]) -> (Vec<Token>, Vec<String>) {
    let name = |text: &str| Token::Name(text.to_owned());
    let mark = Token::Mark;
    let test = [mark('#'), mark('['), name("cfg"), mark('('), name("test"), mark(')'), mark(']')];
    let (mut kept, mut modules) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].starts_with(&test) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let item = &tokens[at + test.len()..];
        let length = item_length(item);
        let module = item[..length].windows(3).find_map(|window| match window {
            [Token::Name(word), Token::Name(module), Token::Mark(';')] if word == "mod" => {
                Some(module.clone())
            }
            _ => None,
        });
        modules.extend(module);
        at += test.len() + length;
    }
    (kept, modules)
}

/// Words up to the end of an item: its `;`, or its closing brace.
fn item_length(item: &[Token]) -> usize {
    let mut depth = 0usize;
    for (i, token) in item.iter().enumerate() {
        match token {
            Token::Mark('{' | '(' | '[') => depth += 1,
            Token::Mark(close @ ('}' | ')' | ']')) => {
                depth = depth.saturating_sub(1);
                if depth == 0 && *close == '}' {
                    return i + 1;
                }
            }
            Token::Mark(';') if depth == 0 => return i + 1,
            _ => {}
        }
    }
    item.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(code: &str) -> String {
        let word = |token: Token| match token {
            Token::Name(name) => name,
            Token::Joint => "::".to_owned(),
            Token::Mark(mark) => mark.to_string(),
        };
        tokens(code).into_iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_strings_and_lifetimes_are_no_code() {
        assert_eq!(text("a::b // c::d\n/* e */ f"), "a :: b f");
        assert_eq!(text(r##"g("h::\"i", r#"j"k"#, '"', '\'', 'l')"##), "g ( , , , , )");
        assert_eq!(text("fn m<'a>(n: &'a str) {}"), "fn m < > ( n : & str ) { }");
    }

    #[test]
    fn items_for_tests_are_taken_out() {
        let code =
            "#[cfg(test)]\nmod tests { use a::b; }\n#[cfg(test)]\n#[path = \"x\"]\nmod check;\nmod kept;";
        let (kept, modules) = without_tests(&tokens(code));
        assert_eq!((kept, modules), (tokens("mod kept;"), vec!["check".to_owned()]));
    }
}
