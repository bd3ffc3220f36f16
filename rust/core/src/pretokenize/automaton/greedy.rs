//! Possessive quantifiers and atomic groups, where they say the same as greedy ones.
//!
//! An automaton follows every way through an expression, so it can't forbid one. It need not where going back into the group would lead to no
//! match: what follows the group always matches, or it can begin with nothing that the group would give back. A possessive run of characters
//! of one set is a greedy one with a look-ahead behind it in any case: no more of them come, or it is as long as it may be.

use super::tree::{Node, all};
use regex_syntax::hir::ClassUnicode;

/// What may follow a part of an expression, up to the end of the expression.
#[derive(Clone)]
struct Follow {
    /// It fails unless one of these comes next (or the text ends).
    may: ClassUnicode,
    /// It matches whatever comes.
    always: bool,
}

/// The expression without atomic groups, where it means the same without them.
pub(super) fn without_atomic(node: Node) -> Option<Node> {
    loosened(node, &matched())
}

/// The end of the expression.
fn matched() -> Follow {
    Follow {
        may: all(),
        always: true,
    }
}

fn union(mut left: ClassUnicode, right: &ClassUnicode) -> ClassUnicode {
    left.union(right);
    left
}

fn loosened(node: Node, follow: &Follow) -> Option<Node> {
    Some(match node {
        Node::Empty | Node::Set(_) | Node::Ahead { .. } | Node::Start => node,
        Node::Concat(parts) => {
            let mut behind = follow.clone();
            let mut loose = Vec::with_capacity(parts.len());
            for part in parts.into_iter().rev() {
                let part = loosened(part, &behind)?;
                behind = before(&part, &behind);
                loose.push(part);
            }
            loose.reverse();
            Node::Concat(loose)
        }
        Node::Alternation(parts) => Node::Alternation(
            parts
                .into_iter()
                .map(|part| loosened(part, follow))
                .collect::<Option<_>>()?,
        ),
        Node::Repeat {
            node,
            least,
            most,
            greedy,
        } => Node::Repeat {
            node: Box::new(loosened(*node.clone(), &again(&node, least, most, follow))?),
            least,
            most,
            greedy,
        },
        Node::Atomic(node) => {
            // Within the group, its end is the end.
            let loose = loosened(*node, &matched())?;
            if follow.always || gives_back_nothing(&loose, &follow.may) {
                loose
            } else {
                run_to_its_end(loose)?
            }
        }
    })
}

/// What follows one round of a repetition.
fn again(node: &Node, least: u32, most: Option<u32>, follow: &Follow) -> Follow {
    if most == Some(1) {
        return follow.clone();
    }
    Follow {
        may: union(before(node, follow).may, &follow.may),
        always: follow.always && least <= 1,
    }
}

/// What may follow what stands before `node`.
fn before(node: &Node, follow: &Follow) -> Follow {
    match node {
        Node::Empty => follow.clone(),
        Node::Set(set) => Follow {
            may: set.clone(),
            always: false,
        },
        Node::Concat(parts) => parts
            .iter()
            .rev()
            .fold(follow.clone(), |behind, part| before(part, &behind)),
        Node::Alternation(parts) => {
            let mut found = Follow {
                may: ClassUnicode::empty(),
                always: false,
            };
            for part in parts {
                let part = before(part, follow);
                found.may.union(&part.may);
                found.always |= part.always;
            }
            found
        }
        Node::Repeat {
            node, least, most, ..
        } => {
            let once = before(node, &again(node, *least, *most, follow));
            match least {
                0 => Follow {
                    may: union(once.may, &follow.may),
                    always: once.always || follow.always,
                },
                _ => once,
            }
        }
        Node::Atomic(node) => before(node, follow),
        Node::Ahead { set, .. } => {
            let mut may = follow.may.clone();
            may.intersect(set);
            Follow { may, always: false }
        }
        Node::Start => Follow {
            may: follow.may.clone(),
            always: false,
        },
    }
}

/// A run of characters of one set with nothing but fixed parts before it, as long as it may be.
fn run_to_its_end(node: Node) -> Option<Node> {
    match node {
        Node::Concat(mut parts) => {
            let last = run_to_its_end(parts.pop()?)?;
            if !parts.iter().all(is_fixed) {
                return None;
            }
            parts.push(last);
            Some(Node::Concat(parts))
        }
        Node::Repeat {
            node,
            least,
            most,
            greedy: true,
        } => {
            let Node::Set(mut set) = *node.clone() else {
                return None;
            };
            set.negate();
            let shorter = |most| {
                let run = Node::Repeat {
                    node: node.clone(),
                    least,
                    most,
                    greedy: true,
                };
                Node::Concat(vec![run, Node::Ahead { set, end: true }])
            };
            Some(match most {
                None => shorter(None),
                Some(most) if most == least => return None,
                Some(most) => Node::Alternation(vec![
                    Node::Repeat {
                        node: node.clone(),
                        least: most,
                        most: Some(most),
                        greedy: true,
                    },
                    shorter(Some(most - 1)),
                ]),
            })
        }
        _ => None,
    }
}

/// Whether there is one way through `node`, up to a repetition at its end, and what that would give back cannot go on with one of `may`.
fn gives_back_nothing(node: &Node, may: &ClassUnicode) -> bool {
    match node {
        Node::Concat(parts) => match parts.split_last() {
            Some((last, parts)) => parts.iter().all(is_fixed) && gives_back_nothing(last, may),
            None => true,
        },
        Node::Repeat {
            node, greedy: true, ..
        } if is_fixed(node) => {
            let mut first = before(node, &matched()).may;
            first.intersect(may);
            first.ranges().is_empty()
        }
        node => is_fixed(node),
    }
}

/// Whether there is one way through `node`.
fn is_fixed(node: &Node) -> bool {
    match node {
        Node::Empty | Node::Set(_) | Node::Ahead { .. } | Node::Start => true,
        Node::Concat(parts) => parts.iter().all(is_fixed),
        Node::Repeat {
            node, least, most, ..
        } => *most == Some(*least) && is_fixed(node),
        Node::Alternation(_) | Node::Atomic(_) => false,
    }
}
