//! The ordinary tokens of a tokenizer and their merges.

use super::splits::RankSplitter;
use super::{Merge, Semantics, TokenId};
use crate::error::VocabularyError;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

/// The ordinary tokens of a tokenizer and their merges; special tokens are kept apart, in [`Definition::added_tokens`].
///
/// Cheap to clone: clones share their tables.
///
/// [`Definition::added_tokens`]: super::Definition::added_tokens
///
/// # Examples
/// ```
/// use bytewright::vocabulary::{Merge, Vocabulary};
///
/// let ranks = vec![(b"a".to_vec(), 0), (b"b".to_vec(), 1), (b"ab".to_vec(), 2)];
/// let vocabulary = Vocabulary::from_ranks(ranks)?;
/// assert_eq!(vocabulary.id(b"ab"), Some(2));
/// assert_eq!(vocabulary.merges(), [Merge { left: 0, right: 1, id: 2 }]);
/// # Ok::<(), bytewright::error::VocabularyError>(())
/// ```
#[derive(Clone)]
pub struct Vocabulary {
    table: Arc<Inner>,
    /// In the order of ids.
    decode_only: Arc<[(TokenId, Box<str>)]>,
}

struct Inner {
    tokens: Vec<Option<Box<[u8]>>>,
    count: usize,
    ids: TokenIndex,
    /// For [`Semantics::Ranks`] derived at first use: encoding by ranks and loading do without.
    merges: OnceLock<Vec<Merge>>,
    semantics: Semantics,
}

/// What is wrong with a list of tokens or merges, by its place in the list, so that a reader of a file can name the place there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    EmptyToken { index: usize },
    SameToken { index: usize, first: usize },
    SameId { index: usize, first: usize },
    IdTooHigh { index: usize, limit: usize },
    MergeOfUnusedId { index: usize, id: TokenId },
    MergeOtherBytes { index: usize },
    SameMerge { index: usize, first: usize },
}

/// Ids are an index into a list, so a forged one must not make that list larger than a file of that size can account for. Published
/// vocabularies leave out some tens of ids.
pub(super) fn highest_id_allowed(tokens: usize) -> usize {
    tokens
        .saturating_mul(16)
        .saturating_add(1 << 20)
        .min(u32::MAX as usize - 1)
}

impl Vocabulary {
    /// From ranks, as in a `.tiktoken` file; the merges follow from them (each token that merging reaches, and the two tokens that are
    /// left of it just before).
    ///
    /// # Errors
    /// Two tokens with one rank, two ranks for one token, an empty token, a rank far above the number of tokens.
    pub fn from_ranks(ranks: Vec<(Vec<u8>, TokenId)>) -> Result<Self, VocabularyError> {
        let places = place_by_id(&ranks).map_err(|fault| {
            let token = |index: usize| match ranks.get(index) {
                Some((bytes, id)) => format!("token \"{}\" of rank {id}", bytes.escape_ascii()),
                None => format!("token {index}"),
            };
            VocabularyError::Inconsistent(match fault {
                Fault::SameId { index, first } => {
                    format!("{} has the rank of {}", token(index), token(first))
                }
                Fault::IdTooHigh { index, limit } => {
                    format!(
                        "{}: ranks of {} tokens may go up to {limit}",
                        token(index),
                        ranks.len()
                    )
                }
                other => return inconsistent(&other),
            })
        })?;
        Self::from_places(ranks, &places).map_err(|fault| inconsistent(&fault))
    }

    /// [`Vocabulary::from_ranks`] of ranks that [`place_by_id`] has put in order; faults go by id.
    pub(super) fn from_places(
        ranks: Vec<(Vec<u8>, TokenId)>,
        places: &[Option<usize>],
    ) -> Result<Self, Fault> {
        let mut owned: Vec<_> = ranks.into_iter().map(|(bytes, _)| Some(bytes)).collect();
        let take = |place: &Option<usize>| Some(owned.get_mut((*place)?)?.take()?.into_boxed_slice());
        Self::assemble(places.iter().map(take).collect(), None, Semantics::Ranks)
    }

    /// [`Vocabulary::from_ranks`] of ranks that go up.
    pub(super) fn from_increasing(ranks: Vec<(Box<[u8]>, TokenId)>) -> Result<Self, Fault> {
        let size = ranks.last().map_or(0, |(_, id)| *id as usize + 1);
        let limit = highest_id_allowed(ranks.len());
        if size > limit + 1 {
            let index = ranks.len() - 1;
            return Err(Fault::IdTooHigh { index, limit });
        }
        let mut tokens = Vec::with_capacity(size);
        for (bytes, id) in ranks {
            while tokens.len() < id as usize {
                tokens.push(None);
            }
            tokens.push(Some(bytes));
        }
        Self::assemble(tokens, None, Semantics::Ranks)
    }

    /// From tokens by id (`None`: unused) and a list of merges.
    ///
    /// # Errors
    /// A token twice, an empty token, a merge of or into an unknown id or whose bytes do not join to its token's, a pair merged twice.
    pub fn from_merges(
        tokens: Vec<Option<Box<[u8]>>>,
        merges: Vec<Merge>,
        ignore_merges: bool,
    ) -> Result<Self, VocabularyError> {
        Self::check_and_assemble(tokens, merges, ignore_merges).map_err(|fault| inconsistent(&fault))
    }

    /// [`Vocabulary::from_merges`], with the place of a fault.
    pub(super) fn check_and_assemble(
        tokens: Vec<Option<Box<[u8]>>>,
        merges: Vec<Merge>,
        ignore_merges: bool,
    ) -> Result<Self, Fault> {
        let mut pairs: HashTable<u32> = HashTable::with_capacity(merges.len());
        let hasher = RandomState::default();
        let pair = |merge: &Merge| (merge.left, merge.right);
        for (index, merge) in merges.iter().enumerate() {
            let bytes = |id: TokenId| {
                let token = tokens.get(id as usize).and_then(Option::as_deref);
                token.ok_or(Fault::MergeOfUnusedId { index, id })
            };
            let (left, right, whole) = (bytes(merge.left)?, bytes(merge.right)?, bytes(merge.id)?);
            if whole.len() != left.len() + right.len() || !whole.starts_with(left) || !whole.ends_with(right)
            {
                return Err(Fault::MergeOtherBytes { index });
            }
            let same = |other: &u32| pair(&merges[*other as usize]) == pair(merge);
            let entry = pairs.entry(hasher.hash_one(pair(merge)), same, |other| {
                hasher.hash_one(pair(&merges[*other as usize]))
            });
            match entry {
                hashbrown::hash_table::Entry::Occupied(first) => {
                    return Err(Fault::SameMerge {
                        index,
                        first: *first.get() as usize,
                    });
                }
                hashbrown::hash_table::Entry::Vacant(place) => {
                    let Ok(index) = u32::try_from(index) else {
                        return Err(Fault::IdTooHigh {
                            index,
                            limit: u32::MAX as usize,
                        });
                    };
                    place.insert(index);
                }
            }
        }
        Self::assemble(tokens, Some(merges), Semantics::Merges { ignore_merges })
    }

    fn assemble(
        mut tokens: Vec<Option<Box<[u8]>>>,
        merges: Option<Vec<Merge>>,
        semantics: Semantics,
    ) -> Result<Self, Fault> {
        while tokens.last().is_some_and(Option::is_none) {
            tokens.pop();
        }
        if tokens.len() > u32::MAX as usize {
            return Err(Fault::IdTooHigh {
                index: u32::MAX as usize,
                limit: u32::MAX as usize - 1,
            });
        }
        let (ids, count) = TokenIndex::new(&tokens)?;
        let table = Arc::new(Inner {
            tokens,
            count,
            ids,
            merges: merges.map_or_else(OnceLock::new, OnceLock::from),
            semantics,
        });
        let decode_only = Arc::default();
        Ok(Self { table, decode_only })
    }

    /// The same with tokens that ids are decoded to, and no text is encoded to.
    ///
    /// # Errors
    /// An id that is used, or far above the number of tokens.
    pub fn with_decode_only(
        self,
        mut decode_only: Vec<(TokenId, Box<str>)>,
    ) -> Result<Self, VocabularyError> {
        if decode_only.is_empty() && self.decode_only().is_empty() {
            return Ok(self);
        }
        decode_only.sort_unstable_by_key(|(id, _)| *id);
        let limit = highest_id_allowed(self.len() + decode_only.len());
        for (index, (id, _)) in decode_only.iter().enumerate() {
            let twice = index > 0 && decode_only[index - 1].0 == *id;
            if twice || self.table.tokens.get(*id as usize).is_some_and(Option::is_some) {
                return Err(VocabularyError::Inconsistent(format!(
                    "id {id} is that of two tokens"
                )));
            }
            if *id as usize > limit {
                return Err(VocabularyError::Inconsistent(format!(
                    "id {id}: ids may go up to {limit}"
                )));
            }
        }
        let decode_only = decode_only.into();
        Ok(Self { decode_only, ..self })
    }

    /// The same without some tokens, where merging does not need them: single bytes, and those that merges make or use, stay.
    pub(super) fn without(&self, ids: &[TokenId]) -> Result<Self, VocabularyError> {
        let needed: std::collections::HashSet<TokenId> = self
            .merges()
            .iter()
            .flat_map(|merge| [merge.left, merge.right, merge.id])
            .collect();
        let mut tokens = self.tokens().to_vec();
        for id in ids {
            if let Some(token) = tokens.get_mut(*id as usize)
                && token.as_ref().is_some_and(|bytes| bytes.len() > 1)
                && !needed.contains(id)
            {
                *token = None;
            }
        }
        let merges = match self.semantics() {
            Semantics::Ranks => None,
            Semantics::Merges { .. } => Some(self.merges().to_vec()),
        };
        let smaller =
            Self::assemble(tokens, merges, self.semantics()).map_err(|fault| inconsistent(&fault))?;
        smaller.with_decode_only(self.decode_only().to_vec())
    }

    /// Bytes by id, of the tokens that text is encoded to; `None` where an id is unused (or one of [`Vocabulary::decode_only`]).
    pub fn tokens(&self) -> &[Option<Box<[u8]>>] {
        &self.table.tokens
    }

    /// Tokens that ids are decoded to, and that no text is encoded to, in the order of ids: a published file spells some with characters
    /// that stand for no byte. Their bytes may be those of an ordinary token.
    pub fn decode_only(&self) -> &[(TokenId, Box<str>)] {
        &self.decode_only
    }

    /// The bytes of a token.
    pub fn bytes(&self, id: TokenId) -> Option<&[u8]> {
        if let Some(bytes) = self.table.tokens.get(id as usize).and_then(Option::as_deref) {
            return Some(bytes);
        }
        let place = self
            .decode_only
            .binary_search_by_key(&id, |(other, _)| *other)
            .ok()?;
        Some(self.decode_only[place].1.as_bytes())
    }

    /// The token of these bytes.
    pub fn id(&self, bytes: &[u8]) -> Option<TokenId> {
        self.table.ids.get(&self.table.tokens, bytes)
    }

    /// Bytes of memory, about: what an allocator adds to each token is counted as it mostly is.
    pub(crate) fn memory(&self) -> usize {
        let Inner {
            tokens, ids, merges, ..
        } = &*self.table;
        let lengths = tokens.iter().flatten().map(|bytes| bytes.len());
        let bytes: usize = lengths
            .map(|length| (length + 8).next_multiple_of(16).max(32))
            .sum();
        let list = tokens.capacity() * size_of::<Option<Box<[u8]>>>();
        let merges = merges.get().map_or(0, Vec::capacity) * size_of::<Merge>();
        bytes + list + merges + ids.table.allocation_size()
    }

    /// Number of tokens, those of [`Vocabulary::decode_only`] included.
    pub fn len(&self) -> usize {
        self.table.count + self.decode_only.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The highest id + 1.
    pub fn size(&self) -> usize {
        let decode_only = self.decode_only.last().map_or(0, |(id, _)| *id as usize + 1);
        self.table.tokens.len().max(decode_only)
    }

    /// In order. For [`Semantics::Ranks`] they are found at the first call: about 0.1 s for 200,000 tokens.
    pub fn merges(&self) -> &[Merge] {
        self.table.merges.get_or_init(|| {
            let mut splitter = RankSplitter::new(self);
            let token = |(id, bytes): (usize, &Option<Box<[u8]>>)| {
                let (left, right) = splitter.split(bytes.as_deref()?)?;
                #[expect(clippy::cast_possible_truncation, reason = "ids fit, by construction")]
                let id = id as TokenId;
                Some(Merge { left, right, id })
            };
            self.table.tokens.iter().enumerate().filter_map(token).collect()
        })
    }

    /// Which semantics encoding follows.
    pub fn semantics(&self) -> Semantics {
        self.table.semantics
    }
}

impl PartialEq for Vocabulary {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table)
            || (self.semantics() == other.semantics()
                && self.tokens() == other.tokens()
                && self.decode_only() == other.decode_only()
                && (self.semantics() == Semantics::Ranks || self.merges() == other.merges()))
    }
}

impl Eq for Vocabulary {}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Vocabulary")
            .field("semantics", &self.semantics())
            .field("len", &self.len())
            .field("size", &self.size())
            .field("merges", &self.table.merges.get().map(Vec::len))
            .finish_non_exhaustive()
    }
}

/// Bytes to id, without a second copy of the bytes.
struct TokenIndex {
    table: HashTable<TokenId>,
    hasher: RandomState,
}

impl TokenIndex {
    fn new(tokens: &[Option<Box<[u8]>>]) -> Result<(Self, usize), Fault> {
        let hasher = RandomState::default();
        let count = tokens.iter().flatten().count();
        let mut table: HashTable<TokenId> = HashTable::with_capacity(count);
        let bytes = |id: &TokenId| tokens[*id as usize].as_deref();
        for (index, token) in tokens.iter().enumerate() {
            let Some(token) = token.as_deref() else { continue };
            if token.is_empty() {
                return Err(Fault::EmptyToken { index });
            }
            let entry = table.entry(
                hasher.hash_one(token),
                |other| bytes(other) == Some(token),
                |other| hasher.hash_one(bytes(other).unwrap_or_default()),
            );
            match entry {
                hashbrown::hash_table::Entry::Occupied(first) => {
                    let first = *first.get() as usize;
                    return Err(Fault::SameToken { index, first });
                }
                hashbrown::hash_table::Entry::Vacant(place) => {
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "the caller has checked the length"
                    )]
                    place.insert(index as TokenId);
                }
            }
        }
        Ok((Self { table, hasher }, count))
    }

    fn get(&self, tokens: &[Option<Box<[u8]>>], bytes: &[u8]) -> Option<TokenId> {
        let same = |id: &TokenId| tokens[*id as usize].as_deref() == Some(bytes);
        self.table.find(self.hasher.hash_one(bytes), same).copied()
    }
}

/// For each id the place in `ranks` that has it.
pub(super) fn place_by_id(ranks: &[(Vec<u8>, TokenId)]) -> Result<Vec<Option<usize>>, Fault> {
    let limit = highest_id_allowed(ranks.len());
    let mut places: Vec<Option<usize>> = Vec::with_capacity(ranks.len());
    for (index, (_, id)) in ranks.iter().enumerate() {
        let id = *id as usize;
        if id > limit {
            return Err(Fault::IdTooHigh { index, limit });
        }
        if places.len() <= id {
            places.resize(id + 1, None);
        }
        if let Some(first) = places[id].replace(index) {
            return Err(Fault::SameId { index, first });
        }
    }
    Ok(places)
}

fn inconsistent(fault: &Fault) -> VocabularyError {
    VocabularyError::Inconsistent(match fault {
        Fault::EmptyToken { index } => format!("the token of id {index} is empty; leave the id unused"),
        Fault::SameToken { index, first } => format!("ids {first} and {index} are the same token"),
        Fault::SameId { index, first } => format!("tokens {first} and {index} have the same id"),
        Fault::IdTooHigh { index, limit } => format!("token {index}: ids may go up to {limit}"),
        Fault::MergeOfUnusedId { index, id } => format!("merge {index} is about id {id}, which no token has"),
        Fault::MergeOtherBytes { index } => {
            format!("merge {index}: left and right do not join to the bytes of its token")
        }
        Fault::SameMerge { index, first } => format!("merges {first} and {index} are of the same pair"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::splits::split_by_ranks;
    use proptest::prelude::*;

    fn ranks(tokens: &[&str]) -> Vec<(Vec<u8>, TokenId)> {
        let token =
            |(id, token): (usize, &&str)| (token.as_bytes().to_vec(), u32::try_from(id).expect("small"));
        tokens.iter().enumerate().map(token).collect()
    }

    fn merges_of(tokens: &[&str]) -> Vec<(String, String)> {
        let vocabulary = Vocabulary::from_ranks(ranks(tokens)).expect("valid");
        let text = |id| String::from_utf8_lossy(vocabulary.bytes(id).expect("used")).into_owned();
        vocabulary
            .merges()
            .iter()
            .map(|merge| (text(merge.left), text(merge.right)))
            .collect()
    }

    fn message(result: Result<Vocabulary, VocabularyError>) -> String {
        result.expect_err("must be refused").to_string()
    }

    #[test]
    fn ids_and_sizes_with_gaps() {
        let vocabulary = Vocabulary::from_ranks(vec![(b"b".to_vec(), 7), (b"a".to_vec(), 2)]).expect("valid");
        assert_eq!((vocabulary.len(), vocabulary.size()), (2, 8));
        assert_eq!(
            (vocabulary.id(b"a"), vocabulary.id(b"b"), vocabulary.id(b"c")),
            (Some(2), Some(7), None)
        );
        assert_eq!(
            (vocabulary.bytes(7), vocabulary.bytes(3), vocabulary.bytes(8)),
            (Some(&b"b"[..]), None, None)
        );
        let empty = Vocabulary::from_ranks(Vec::new()).expect("valid");
        assert!(empty.is_empty() && empty.size() == 0 && empty.merges().is_empty());
    }

    #[test]
    fn merges_follow_from_ranks() {
        let pair = |left: &str, right: &str| (left.to_owned(), right.to_owned());
        assert_eq!(
            merges_of(&["a", "b", "c", "ab", "abc"]),
            [pair("a", "b"), pair("ab", "c")]
        );
        assert_eq!(merges_of(&["a", "b", "c", "bc", "ab", "abc"])[2], pair("a", "bc"));
        // Never reached: "ab" comes first, and nothing joins it to "c" but "abc" itself by way of "bc".
        assert_eq!(merges_of(&["a", "b", "c", "d", "bc", "abcd"]).len(), 1);
        // The part "ab" has a higher rank than the whole, and is merged on the way all the same.
        assert_eq!(
            merges_of(&["a", "b", "c", "abc", "ab"]),
            [pair("ab", "c"), pair("a", "b")]
        );
        // No token for the byte "b": no pair of ids says it.
        assert!(merges_of(&["a", "ab"]).is_empty());
    }

    #[test]
    fn faults_are_named() {
        let refused = |list: &[(&str, u32)]| {
            message(Vocabulary::from_ranks(
                list.iter()
                    .map(|(token, id)| (token.as_bytes().to_vec(), *id))
                    .collect(),
            ))
        };
        assert!(refused(&[("a", 1), ("b", 1)]).contains("token \"b\" of rank 1 has the rank of token \"a\""));
        assert!(refused(&[("a", 1), ("a", 3)]).contains("ids 1 and 3 are the same token"));
        assert!(refused(&[("", 4)]).contains("id 4 is empty"));
        assert!(refused(&[("a", u32::MAX)]).contains("may go up to 1048592"));

        let tokens = || {
            ["a", "b", "ab"]
                .map(|token| Some(token.as_bytes().into()))
                .to_vec()
        };
        let merge = |left, right, id| Merge { left, right, id };
        let refused = |merges: Vec<Merge>| message(Vocabulary::from_merges(tokens(), merges, false));
        assert!(refused(vec![merge(0, 9, 2)]).contains("merge 0 is about id 9"));
        assert!(refused(vec![merge(1, 0, 2)]).contains("merge 0: left and right do not join"));
        assert!(refused(vec![merge(0, 1, 2); 2]).contains("merges 0 and 1 are of the same pair"));
    }

    #[test]
    fn equality_is_of_content() {
        let tokens: Vec<Option<Box<[u8]>>> = ["a", "b", "ab"]
            .map(|token| Some(token.as_bytes().into()))
            .to_vec();
        let merge = Merge {
            left: 0,
            right: 1,
            id: 2,
        };
        let listed = Vocabulary::from_merges(tokens.clone(), vec![merge], false).expect("valid");
        let unused_at_the_end = [tokens.clone(), vec![None; 3]].concat();
        assert_eq!(
            listed,
            Vocabulary::from_merges(unused_at_the_end, vec![merge], false).expect("valid")
        );
        assert_ne!(
            listed,
            Vocabulary::from_merges(tokens.clone(), vec![], false).expect("valid")
        );
        assert_ne!(
            listed,
            Vocabulary::from_merges(tokens, vec![merge], true).expect("valid")
        );
        assert_ne!(
            listed,
            Vocabulary::from_ranks(ranks(&["a", "b", "ab"])).expect("valid")
        );
    }

    proptest! {
        #[test]
        fn splits_are_those_of_the_reference(tokens in proptest::collection::btree_set("[ab]{2,6}", 0..40), order in any::<u64>()) {
            let mut tokens: Vec<_> = tokens.iter().map(String::as_str).chain(["a", "b"]).collect();
            let half = tokens.len() / 2;
            let turn = usize::try_from(order).expect("64-bit") % tokens.len();
            tokens.rotate_left(turn);
            tokens[..half].reverse();
            let vocabulary = Vocabulary::from_ranks(ranks(&tokens)).expect("valid");
            let expected: Vec<Merge> = (0..).zip(vocabulary.tokens()).filter_map(|(id, token)| {
                let (left, right) = split_by_ranks(&vocabulary, token.as_deref()?)?;
                Some(Merge { left, right, id })
            }).collect();
            prop_assert_eq!(vocabulary.merges(), expected);
        }
    }
}
