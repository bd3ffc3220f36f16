//! A regular expression as a tree over sets of characters, where an automaton can follow it.
//!
//! The tree is that of fancy-regex's own parser, so what is read here is what that engine reads. An expression for Oniguruma comes here in
//! fancy-regex's spelling (`oniguruma.rs`).

use fancy_regex::{Assertion, Expr, LookAround};
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

/// Copies that one repetition may ask for.
const COPIES: usize = 1000;

/// A part of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Empty,
    /// One character.
    Set(ClassUnicode),
    Concat(Vec<Node>),
    /// The first that leads to a match.
    Alternation(Vec<Node>),
    Repeat {
        node: Box<Node>,
        least: u32,
        most: Option<u32>,
        greedy: bool,
    },
    /// The first way through, for good.
    Atomic(Box<Node>),
    /// Nothing, where one of these comes next, or (`end`) where the text ends.
    Ahead {
        set: ClassUnicode,
        end: bool,
    },
    /// Nothing, at the start of the text.
    Start,
}

impl Node {
    /// The tree of an expression in fancy-regex's spelling; `None` where it asks for more than one character of look-ahead, for what lies
    /// behind, or for groups.
    pub(super) fn parse(regex: &str) -> Option<Self> {
        Self::of(&Expr::parse_tree(regex).ok()?.expr)
    }

    fn of(expression: &Expr) -> Option<Self> {
        Some(match expression {
            Expr::Empty => Self::Empty,
            Expr::Any { newline: true, .. } => Self::Set(all()),
            Expr::Any {
                newline: false,
                crlf: false,
            } => Self::Set(leaf(".", false)?),
            Expr::Literal { val, casei } => Self::concat(
                val.chars()
                    .map(|character| {
                        leaf(&regex_syntax::escape(character.encode_utf8(&mut [0; 4])), *casei).map(Self::Set)
                    })
                    .collect::<Option<_>>()?,
            ),
            Expr::Delegate { inner, casei } => Self::Set(leaf(inner, *casei)?),
            Expr::Concat(parts) => Self::concat(parts.iter().map(Self::of).collect::<Option<_>>()?),
            Expr::Alt(parts) => Self::alternation(parts.iter().map(Self::of).collect::<Option<_>>()?),
            Expr::Group(part) => Self::of(part)?,
            Expr::AtomicGroup(part) => Self::Atomic(Box::new(Self::of(part)?)),
            Expr::Repeat {
                child,
                lo,
                hi,
                greedy,
            } => {
                let node = Box::new(Self::of(child)?);
                let most = if *hi == usize::MAX { None } else { Some(*hi) };
                let repeats = most.is_none_or(|most| most > 1);
                if *lo > COPIES || most.is_some_and(|most| most > COPIES || most < *lo) {
                    return None;
                }
                // What engines make of nothing, repeated, is their own; so is what they make of `(.+?)*`.
                if repeats && (node.may_be_empty() || node.repeats(!*greedy)) {
                    return None;
                }
                Self::Repeat {
                    node,
                    least: *lo as u32,
                    most: most.map(|most| most as u32),
                    greedy: *greedy,
                }
            }
            Expr::LookAround(part, LookAround::LookAhead) => {
                let (set, end) = Self::of(part)?.ahead()?;
                Self::Ahead { set, end }
            }
            Expr::LookAround(part, LookAround::LookAheadNeg) => {
                let (mut set, end) = Self::of(part)?.ahead()?;
                set.negate();
                Self::Ahead { set, end: !end }
            }
            Expr::Assertion(Assertion::StartText) => Self::Start,
            Expr::Assertion(Assertion::EndText) => Self::Ahead {
                set: ClassUnicode::empty(),
                end: true,
            },
            Expr::Assertion(Assertion::EndLine { crlf: false }) => Self::Ahead {
                set: ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]),
                end: true,
            },
            _ => return None,
        })
    }

    fn concat(mut parts: Vec<Self>) -> Self {
        match parts.len() {
            1 => parts.remove(0),
            _ => Self::Concat(parts),
        }
    }

    /// Alternatives that are one character each are one set: which of them takes it makes no difference.
    fn alternation(parts: Vec<Self>) -> Self {
        let mut union = ClassUnicode::empty();
        for part in &parts {
            match part {
                Self::Set(set) => union.union(set),
                _ => return Self::Alternation(parts),
            }
        }
        Self::Set(union)
    }

    /// What this asks of the next character, where it asks nothing else: which it may be, and whether there need be none.
    fn ahead(&self) -> Option<(ClassUnicode, bool)> {
        Some(match self {
            Self::Empty => (all(), true),
            Self::Set(set) => (set.clone(), false),
            Self::Ahead { set, end } => (set.clone(), *end),
            Self::Alternation(parts) => {
                let mut union = (ClassUnicode::empty(), false);
                for part in parts {
                    let (set, end) = part.ahead()?;
                    union.0.union(&set);
                    union.1 |= end;
                }
                union
            }
            Self::Repeat { least: 0, .. } => (all(), true),
            Self::Repeat { node, least: 1, .. } => node.ahead()?,
            Self::Atomic(node) => node.ahead()?,
            _ => return None,
        })
    }

    /// Whether there is a repetition in it that takes as little as it may (`any`: one of either kind).
    fn repeats(&self, any: bool) -> bool {
        match self {
            Self::Empty | Self::Set(_) | Self::Ahead { .. } | Self::Start => false,
            Self::Concat(parts) | Self::Alternation(parts) => parts.iter().any(|part| part.repeats(any)),
            Self::Repeat {
                node,
                least,
                most,
                greedy,
            } => (any || !greedy) && *most != Some(*least) || node.repeats(any),
            Self::Atomic(node) => node.repeats(any),
        }
    }

    /// Whether it may match nothing.
    pub(super) fn may_be_empty(&self) -> bool {
        match self {
            Self::Empty | Self::Ahead { .. } | Self::Start => true,
            Self::Set(_) => false,
            Self::Concat(parts) => parts.iter().all(Self::may_be_empty),
            Self::Alternation(parts) => parts.iter().any(Self::may_be_empty),
            Self::Repeat { node, least, .. } => *least == 0 || node.may_be_empty(),
            Self::Atomic(node) => node.may_be_empty(),
        }
    }
}

/// Every character.
pub(super) fn all() -> ClassUnicode {
    ClassUnicode::new([ClassUnicodeRange::new('\0', char::MAX)])
}

/// The characters of an expression that is one character long.
fn leaf(regex: &str, folded: bool) -> Option<ClassUnicode> {
    let hir = regex_syntax::ParserBuilder::new()
        .case_insensitive(folded)
        .build()
        .parse(regex)
        .ok()?;
    match hir.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        HirKind::Class(Class::Bytes(class)) => class.to_unicode_class(),
        HirKind::Literal(literal) => {
            let mut characters = std::str::from_utf8(&literal.0).ok()?.chars();
            let character = characters.next()?;
            characters
                .next()
                .is_none()
                .then(|| ClassUnicode::new([ClassUnicodeRange::new(character, character)]))
        }
        _ => None,
    }
}
