//! Who imports whom, read from the code: `use` trees however they are broken into
//! lines, and paths in the code itself. Tests are left out, with all files that are
//! modules of tests alone.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{Token, tokens, without_tests};

/// Files by their module, `["science", "network", "mlp"]`.
pub struct Tree {
    files: BTreeMap<Vec<String>, File>,
}

struct File {
    /// Path below `src`.
    name: String,
    tokens: Vec<Token>,
}

/// Of each file the files that it imports.
pub type Imports = BTreeMap<String, BTreeSet<String>>;

impl Tree {
    /// From paths below `src` and what stands there.
    pub fn new<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut files = BTreeMap::new();
        let mut of_tests = Vec::new();
        for (name, code) in sources {
            let module = module_of(name);
            let (tokens, tests) = without_tests(&tokens(code));
            of_tests.extend(tests.into_iter().map(|test| [&module[..], &[test]].concat()));
            files.insert(module, File { name: name.to_owned(), tokens });
        }
        files.retain(|module, _| !of_tests.iter().any(|test| module.starts_with(test)));
        Self { files }
    }

    /// Imports of every file. A family's list and its members do not count as one
    /// importing the other where the list names them.
    pub fn imports(&self, family_lists: &[&str]) -> Imports {
        for list in family_lists {
            assert!(self.files.values().any(|file| file.name == *list), "there is no family list {list}");
        }
        let mut imports = Imports::new();
        for (module, file) in &self.files {
            let mut members = BTreeSet::new();
            if family_lists.contains(&file.name.as_str()) {
                members = family_members(&file.tokens);
                assert!(!members.is_empty(), "{} has no family", file.name);
            }
            let is_member = |target: &[String]| {
                target
                    .strip_prefix(&module[..])
                    .and_then(|rest| rest.first())
                    .is_some_and(|m| members.contains(m))
            };
            // what a file only hands on, it does not use
            let used = paths(&file.tokens).into_iter().filter(|path| !path.is_handed_on);
            let targets = used.filter_map(|path| self.resolve(module, &path.names));
            let others = targets.filter(|target| *target != &module[..] && !is_member(target));
            let names = others.map(|target| self.files[target].name.clone()).collect();
            imports.insert(file.name.clone(), names);
        }
        imports
    }

    /// The innermost module that a path in a module leads to: where a name is handed on, the
    /// module that has it.
    fn resolve(&self, module: &[String], path: &[String]) -> Option<&[String]> {
        let mut found = self.absolute(module, path)?;
        loop {
            let (at, rest) = self.innermost(&found)?;
            let handed_on = rest.first().and_then(|name| {
                let paths = paths(&self.files[at].tokens);
                let path =
                    paths.into_iter().find(|path| path.is_import && path.names.last() == Some(name))?;
                self.absolute(at, &path.names)
            });
            match handed_on {
                // a name of another crate, or one that a module below has for itself
                None => return Some(at),
                Some(next) if next == found => return Some(at),
                Some(next) => found = next,
            }
        }
    }

    /// The innermost module on a path from the root, and what of the path lies in it.
    fn innermost<'p>(&self, path: &'p [String]) -> Option<(&[String], &'p [String])> {
        let module =
            |end: usize| self.files.get_key_value(&path[..end]).map(|(key, _)| (&key[..], &path[end..]));
        (1..=path.len()).rev().find_map(module)
    }

    /// A path in a module as a path from the root; `None` where it leads out of the crate.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let mut base = module.to_vec();
        let mut rest = path;
        match path[0].as_str() {
            "crate" => {
                base.clear();
                rest = &path[1..];
            }
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            // a module below this one; anything else is a name that something imported
            first => {
                base.push(first.to_owned());
                self.files.get(&base)?;
                base.pop();
            }
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }
}

/// The module of a file, `science/network/mlp.rs` being `["science", "network", "mlp"]`.
fn module_of(name: &str) -> Vec<String> {
    let stem = name.strip_suffix(".rs").expect("a file of Rust");
    stem.split('/').filter(|part| !["lib", "main", "mod"].contains(part)).map(str::to_owned).collect()
}

/// A path that stands in a file.
struct Path {
    names: Vec<String>,
    /// Whether `use` brings its last name into the file.
    is_import: bool,
    /// Whether it only hands that name on: `pub use`.
    is_handed_on: bool,
}

/// All paths of at least two names, those of `use` trees taken apart.
fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut found = Vec::new();
    let (mut at, mut is_public) = (0, false);
    while at < tokens.len() {
        match &tokens[at] {
            Token::Name(name) if name == "use" => {
                let mut tree = Vec::new();
                at = use_tree(tokens, at + 1, &[], &mut tree);
                let path = |names| Path { names, is_import: true, is_handed_on: is_public };
                found.extend(tree.into_iter().map(path));
                is_public = false;
            }
            Token::Name(name) if name == "pub" => {
                at += 1;
                is_public = true;
                // `pub(crate)` and the like
                if tokens.get(at) == Some(&Token::Mark('(')) {
                    at += tokens[at..].iter().position(|token| *token == Token::Mark(')')).unwrap_or(0) + 1;
                }
            }
            Token::Name(_) => {
                is_public = false;
                let mut names = Vec::new();
                while let Some(Token::Name(name)) = tokens.get(at) {
                    names.push(name.clone());
                    at += 1;
                    if tokens.get(at) != Some(&Token::Joint) {
                        break;
                    }
                    at += 1;
                }
                if names.len() > 1 {
                    found.push(Path { names, is_import: false, is_handed_on: false });
                }
            }
            // what follows belongs to something else than a module
            Token::Joint => at += 2,
            Token::Mark(_) => {
                is_public = false;
                at += 1;
            }
        }
    }
    found
}

/// One branch of a `use` tree from `at` on; returns where it ends.
fn use_tree(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    loop {
        match tokens.get(at) {
            Some(Token::Name(name)) if name == "as" => at += 2,
            Some(Token::Name(name)) => {
                // `{self}` is the module itself
                if name != "self" || path.is_empty() {
                    path.push(name.clone());
                }
                at += 1;
            }
            Some(Token::Mark('*') | Token::Joint) => at += 1,
            Some(Token::Mark('{')) => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != Token::Mark('}')) {
                    at = use_tree(tokens, at, &path, found);
                    if tokens.get(at) == Some(&Token::Mark(',')) {
                        at += 1;
                    }
                }
                return at + 1;
            }
            _ => break,
        }
    }
    if !path.is_empty() {
        found.push(path);
    }
    at
}

/// Modules that the families in the code list.
fn family_members(tokens: &[Token]) -> BTreeSet<String> {
    let is_family = |window: &[Token]| {
        matches!(&window[0], Token::Name(name) if name == "family")
            && window[1..] == [Token::Mark('!'), Token::Mark('{')]
    };
    let starts = tokens.windows(3).enumerate().filter(|(_, window)| is_family(window));
    starts
        .flat_map(|(start, _)| {
            let mut depth = 0;
            let inside = tokens[start + 2..].iter().take_while(move |token| {
                match token {
                    Token::Mark('{') => depth += 1,
                    Token::Mark('}') => depth -= 1,
                    _ => {}
                }
                depth > 0
            });
            let inside: Vec<Token> = inside.cloned().collect();
            paths(&inside).into_iter().map(|mut path| path.names.swap_remove(0))
        })
        .collect()
}

/// A circle among the files, if there is one: each imports the next, and the last the first.
pub fn circle(imports: &Imports) -> Option<Vec<String>> {
    fn walk<'a>(
        at: &'a str,
        imports: &'a Imports,
        way: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(start) = way.iter().position(|name| *name == at) {
            return Some(way[start..].iter().map(|name| (*name).to_owned()).collect());
        }
        if done.contains(at) {
            return None;
        }
        way.push(at);
        let found = imports.get(at).into_iter().flatten().find_map(|next| walk(next, imports, way, done));
        way.pop();
        done.insert(at);
        found
    }
    let mut done = BTreeSet::new();
    imports.keys().find_map(|name| walk(name, imports, &mut Vec::new(), &mut done))
}

/// Imports among files below `layer` that go from a room to one that does not stand
/// before it in `order`; rooms are the files and folders of the layer.
pub fn disorder(imports: &Imports, layer: &str, order: &[&str]) -> Vec<String> {
    let room_of = |name: &str| {
        let rest = name.strip_prefix(layer)?.strip_prefix('/')?;
        Some(rest.split(['/', '.']).next().unwrap_or(rest).to_owned())
    };
    let place_of = |room: &str| order.iter().position(|name| *name == room);
    let mut faults = Vec::new();
    for (name, targets) in imports {
        let Some(room) = room_of(name) else { continue };
        let Some(place) = place_of(&room) else {
            faults.push(format!("src/{name}: the order has no room {room}"));
            continue;
        };
        for target in targets {
            let Some(other) = room_of(target) else { continue };
            if other != room && place_of(&other).is_none_or(|before| before > place) {
                faults.push(format!("src/{name} imports {other}, which does not stand before {room}"));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports_of(sources: &[(&'static str, &'static str)], lists: &[&str]) -> Imports {
        Tree::new(sources.iter().copied()).imports(lists)
    }

    #[test]
    fn imports_are_read_from_trees_and_paths() {
        let sources = [
            ("lib.rs", "pub mod a;"),
            ("a.rs", "mod b;\nmod c;\nmod d;\n/// [`crate::a::d`]\npub fn f() { b::g(\"crate::a::d\") }"),
            ("a/b.rs", "use super::{\n    c::{self, H},\n};\n"),
            ("a/c.rs", "use crate::{\n    a::d::*,\n};\npub struct H<'a>(&'a str);"),
            ("a/d.rs", "use std::a::b;\nfn f(a: A) { a.b::<u8>(); A::b() }"),
        ];
        let imports = imports_of(&sources, &[]);
        let of = |name: &str| imports[name].iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!((of("a.rs"), of("a/b.rs")), (vec!["a/b.rs"], vec!["a/c.rs"]));
        assert_eq!((of("a/c.rs"), of("a/d.rs")), (vec!["a/d.rs"], vec![]));
        assert_eq!(circle(&imports), None);
    }

    #[test]
    fn a_circle_is_found_however_it_is_written() {
        let closing = [
            "use crate::a::b::B;",
            "use super::super::{\n    b::{\n        B,\n    },\n};",
            "fn f() -> crate::a::b::B { todo!() }",
            "#[cfg(not(test))]\nuse crate::a::b::B;",
        ];
        for code in closing {
            let sources = [
                ("a.rs", "pub mod b;\npub mod c;"),
                ("a/b.rs", "use super::c::d::D;"),
                ("a/c.rs", "pub mod d;"),
                ("a/c/d.rs", code),
            ];
            let found = circle(&imports_of(&sources, &[]));
            assert_eq!(found, Some(vec!["a/b.rs".to_owned(), "a/c/d.rs".to_owned()]), "{code}");
        }
    }

    #[test]
    fn a_name_that_is_handed_on_is_where_it_was_made() {
        let sources = [
            ("a.rs", "mod b;\nmod c;\npub use b::B;\npub(crate) use c::{C, D};"),
            ("a/b.rs", "use super::C;\npub struct B(C);"),
            ("a/c.rs", "pub struct C;\npub struct D;"),
            ("e.rs", "use crate::a::{B, D};"),
        ];
        let imports = imports_of(&sources, &[]);
        let of = |name: &str| imports[name].iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!((of("a.rs"), of("a/b.rs")), (vec![], vec!["a/c.rs"]));
        assert_eq!((of("e.rs"), circle(&imports)), (vec!["a/b.rs", "a/c.rs"], None));
        // and what is used as well closes a circle
        let sources = [
            ("a.rs", "mod b;\npub use b::B;\nfn f() -> b::B { todo!() }\npub struct A;"),
            ("a/b.rs", "pub struct B(super::A);"),
        ];
        assert!(circle(&imports_of(&sources, &[])).is_some());
    }

    #[test]
    fn tests_and_their_files_do_not_count() {
        let sources = [
            ("a.rs", "#[cfg(test)]\nmod check;\nmod b;\nuse b::B;"),
            ("a/b.rs", "#[cfg(test)]\nmod tests {\n    use crate::a::{A, check};\n}\npub struct B;"),
            ("a/check.rs", "use super::A;"),
        ];
        let imports = imports_of(&sources, &[]);
        assert_eq!((imports.len(), circle(&imports)), (2, None));
    }

    #[test]
    fn a_list_and_its_members_are_no_circle_and_anything_else_is() {
        let list = "mod b;\nmod c;\nfamily! {\n    A \"as\" as Rule { B(b::B) }\n}\npub trait Rule {}";
        let sources = [("a.rs", list), ("a/b.rs", "use super::Rule;"), ("a/c.rs", "")];
        assert_eq!(circle(&imports_of(&sources, &["a.rs"])), None);
        assert!(circle(&imports_of(&sources, &[])).is_some());
        let other = "mod b;\nmod c;\nuse c::C;\nfamily! {\n    A \"as\" as Rule { B(b::B) }\n}";
        let sources = [("a.rs", other), ("a/b.rs", "use super::Rule;"), ("a/c.rs", "use super::A;")];
        assert_eq!(
            circle(&imports_of(&sources, &["a.rs"])),
            Some(vec!["a.rs".to_owned(), "a/c.rs".to_owned()])
        );
    }

    #[test]
    fn rooms_out_of_order_are_named() {
        let sources = [
            ("a.rs", "pub mod low;\npub mod high;"),
            ("a/low.rs", "use crate::b::C;"),
            ("a/low/part.rs", "use crate::a::high::H;"),
            ("a/high.rs", "use super::low::L;"),
            ("a/forgotten.rs", ""),
            ("b.rs", ""),
        ];
        let faults = disorder(&imports_of(&sources, &[]), "a", &["low", "high"]);
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].contains("no room forgotten") && faults[1].contains("imports high"), "{faults:?}");
    }
}
