//! From counts to a tokenizer: checks what was asked for, lays the words out, runs the merge loop, numbers the tokens.

use super::alphabet::alphabet;
use super::base::Base;
use super::counts::PretokenCounts;
use super::merge::{Goal, Learner, Step, Threshold};
use super::options::{Ties, TrainOptions, Trained};
use super::symbol::{Position, Symbol};
use super::text::{NARROW, Text, WIDE};
use crate::error::TrainError;
use crate::monitor::Monitor;
use crate::pretokenize::PretokenizerSpec;
use crate::vocabulary::{AddedToken, Definition, Merge, Semantics, Template, TokenId, Vocabulary};
use std::collections::HashSet;

/// Learns merges; `base` is continued, its ids and merges kept as a prefix.
///
/// At each step the pair that occurs most often becomes a token, nothing merges across the ends of pretokens, and ties go as
/// `options.ties` says. With [`Ties::SmallestIds`] the merges are, in order, those of the `BpeTrainer` of `tokenizers`.
///
/// With a base the new ids go on after its highest one, `vocab_size` counts its tokens too, and its pretokenizer, normaliser and special
/// tokens stay. A pair whose bytes are already a token (one that merging never reached) becomes that token.
///
/// # Errors
/// No pretokens; a setting that can't be met, or special tokens that clash; counts made with another pretokenizer than that of the base;
/// [`Ties::FirstSeen`] without positions; an interruption.
pub fn train(
    counts: &PretokenCounts,
    options: &TrainOptions,
    base: Option<&Definition>,
    monitor: &Monitor<'_>,
) -> Result<Trained, TrainError> {
    train_with(counts, options, base, Threshold::default(), monitor)
}

pub(super) fn train_with(
    counts: &PretokenCounts,
    options: &TrainOptions,
    base: Option<&Definition>,
    threshold: Threshold,
    monitor: &Monitor<'_>,
) -> Result<Trained, TrainError> {
    let special = check_special_tokens(options, base)?;
    let there = match base {
        Some(base) => base.vocabulary.tokens().iter().flatten().count() + base.added_tokens.len(),
        None => 256,
    };
    let smallest = there + special.len();
    if options.vocab_size < smallest {
        let kept = if base.is_some() {
            format!("{there} tokens of the vocabulary that is extended")
        } else {
            "256 bytes".to_owned()
        };
        return Err(TrainError::Setting(format!(
            "vocab_size is {}, but the {kept} and {} special tokens need at least {smallest}",
            options.vocab_size,
            special.len()
        )));
    }
    if u32::try_from(options.vocab_size).is_err() {
        return Err(TrainError::Setting(format!(
            "vocab_size is {}, but ids have 32 bits: at most {}",
            options.vocab_size,
            u32::MAX
        )));
    }
    if options.max_token_length == Some(0) {
        return Err(TrainError::Setting(
            "max_token_length is 0, but a token has at least one byte".to_owned(),
        ));
    }
    check_counts(counts, options, base)?;

    let goal = Goal {
        tokens: options.vocab_size - smallest,
        min_frequency: options.min_frequency,
        max_token_length: options
            .max_token_length
            .map_or(u64::from(u32::MAX), |length| length as u64),
        ties: options.ties,
        threshold,
    };
    let base_tokens = base.map(|base| Base::new(&base.vocabulary));
    let steps = run(counts, goal, base_tokens.as_ref(), monitor)?;
    let merge_counts = steps.iter().map(|step| step.count).collect();
    let first_new = base_tokens.as_ref().map_or(256, |base| base.ids.len());
    let made = steps
        .iter()
        .filter(|step| step.id >= first_new)
        .map(|step| step.id)
        .collect::<HashSet<_>>()
        .len();
    let definition = match (base, &base_tokens) {
        (Some(base), Some(tokens)) => extended(base, tokens, &steps, special, options)?,
        _ => fresh(counts, &steps, special, options)?,
    };
    Ok(Trained {
        definition,
        merge_counts,
        exhausted: made < goal.tokens,
    })
}

/// The special tokens to add: those of the options that the base does not have.
fn check_special_tokens<'a>(
    options: &'a TrainOptions,
    base: Option<&Definition>,
) -> Result<Vec<&'a str>, TrainError> {
    let mut seen = HashSet::new();
    let mut special = Vec::new();
    for token in &options.special_tokens {
        if token.is_empty() {
            return Err(TrainError::Setting(
                "a special token is empty; give it a text".to_owned(),
            ));
        }
        if !seen.insert(token.as_str()) {
            return Err(TrainError::Setting(format!(
                "special token {token:?} is given twice; give it once"
            )));
        }
        let there = base.is_some_and(|base| base.added_tokens.iter().any(|added| added.content == *token));
        if !there {
            special.push(token.as_str());
        }
    }
    Ok(special)
}

fn check_counts(
    counts: &PretokenCounts,
    options: &TrainOptions,
    base: Option<&Definition>,
) -> Result<(), TrainError> {
    if counts.is_empty() {
        return Err(TrainError::EmptyCorpus(
            "the corpus is empty: no text to train on; give at least one document that is not empty"
                .to_owned(),
        ));
    }
    if options.ties == Ties::FirstSeen && !counts.has_positions() {
        return Err(TrainError::Setting(
            "ties go to the pair seen first, but these counts do not say where pretokens were seen (a profile does not); train on the text"
                .to_owned(),
        ));
    }
    if let Some(base) = base {
        if !same_pretokenizer(&base.pretokenizer, counts.pretokenizer()) {
            return Err(TrainError::Setting(format!(
                "the vocabulary that is extended splits text by {:?}, but the pretokens were counted with {:?}; count them with the same",
                base.pretokenizer,
                counts.pretokenizer()
            )));
        }
        if base.normalizer != counts.normalizer() {
            return Err(TrainError::Setting(format!(
                "the vocabulary that is extended normalises text by {:?}, but the pretokens were counted with {:?}; count them with the same",
                base.normalizer,
                counts.normalizer()
            )));
        }
    }
    let mut symbols = 0_u128;
    for index in 0..counts.len() {
        let (pretoken, count) = counts.get(index);
        if u32::try_from(pretoken.len()).is_err() {
            return Err(TrainError::Setting(format!(
                "a pretoken has {} bytes; at most {} can be trained on (split the text with a pattern)",
                pretoken.len(),
                u32::MAX
            )));
        }
        symbols += pretoken.len() as u128 * u128::from(count);
    }
    if symbols > u128::from(u64::MAX) {
        return Err(TrainError::Setting(format!(
            "the pretokens have {symbols} bytes in all; counts have 64 bits: at most {} (scale the counts down)",
            u64::MAX
        )));
    }
    Ok(())
}

/// Whether two specifications split alike: equal, or the same scheme in two spellings.
pub(crate) fn same_pretokenizer(a: &PretokenizerSpec, b: &PretokenizerSpec) -> bool {
    a == b || (a.name().is_some() && a.name() == b.name())
}

/// Runs the merge loop with the narrowest symbols and positions that do.
fn run(
    counts: &PretokenCounts,
    goal: Goal,
    base: Option<&Base<'_>>,
    monitor: &Monitor<'_>,
) -> Result<Vec<Step>, TrainError> {
    let (order, changes, shift) = match goal.ties {
        Ties::SmallestIds => {
            let (order, changes) = by_count(counts.counts());
            (order, changes, WIDE)
        }
        Ties::FirstSeen => (by_first(counts.firsts()), counts.len(), NARROW),
    };
    // Each pretoken is followed by one slot, and each change of weight by less than a block.
    let slots = counts.text_length() as u64 + counts.len() as u64 + ((changes as u64 + 2) << shift);
    let layout = Layout {
        counts,
        order,
        slots: slots as usize,
        shift,
        base,
    };
    let ids = base.map_or(256, |base| base.ids.len()) + goal.tokens;
    Ok(
        match (ids < <u16 as Symbol>::LIMIT, slots < <u32 as Position>::LIMIT) {
            (true, true) => run_as::<u16, u32>(layout, goal, monitor)?,
            (true, false) => run_as::<u16, u64>(layout, goal, monitor)?,
            (false, true) => run_as::<u32, u32>(layout, goal, monitor)?,
            (false, false) => run_as::<u32, u64>(layout, goal, monitor)?,
        },
    )
}

/// What is laid out, and in which order.
struct Layout<'a> {
    counts: &'a PretokenCounts,
    order: Vec<u32>,
    /// Slots that this takes at the most.
    slots: usize,
    shift: u32,
    base: Option<&'a Base<'a>>,
}

fn run_as<S: Symbol, P: Position>(
    layout: Layout<'_>,
    goal: Goal,
    monitor: &Monitor<'_>,
) -> Result<Vec<Step>, TrainError> {
    let Layout {
        counts, order, base, ..
    } = layout;
    let mut text = Text::<S>::with_capacity(layout.slots, layout.shift);
    if let Some(base) = base {
        for (done, index) in order.into_iter().enumerate() {
            if done % 4096 == 0 {
                monitor.check()?;
            }
            let (pretoken, count) = counts.get(index as usize);
            text.push(base.encode(pretoken).into_iter(), count);
        }
        return Ok(Learner::<S, P>::new(text, base.lengths(), goal, monitor).run(Some(base.known()))?);
    }
    let mut symbols = [S::END; 256];
    for (id, byte) in alphabet().into_iter().enumerate() {
        symbols[usize::from(byte)] = S::new(id);
    }
    for (at, &index) in order.iter().enumerate() {
        if let Some(&ahead) = order.get(at + 16) {
            counts.prefetch(ahead as usize);
        }
        if let Some(&ahead) = order.get(at + 8) {
            counts.prefetch_bytes(ahead as usize);
        }
        let (pretoken, count) = counts.get(index as usize);
        text.push_bytes(pretoken, &symbols, count);
    }
    Ok(Learner::<S, P>::new(text, vec![1; 256], goal, monitor).run(None)?)
}

/// Places of words, the most frequent first; and how often the count changes on the way, at the most.
fn by_count(counts: &[u64]) -> (Vec<u32>, usize) {
    const LISTS: usize = 1 << 14;
    let list = |count: u64| LISTS - 1 - (count.min(LISTS as u64 - 1) as usize);
    let mut ends = vec![0_u32; LISTS + 1];
    for &count in counts {
        ends[list(count) + 1] += 1;
    }
    for at in 1..=LISTS {
        ends[at] += ends[at - 1];
    }
    let frequent = ends[1] as usize;
    let changes = frequent + ends.windows(2).filter(|ends| ends[0] < ends[1]).count();
    let mut order = vec![0_u32; counts.len()];
    for (index, &count) in counts.iter().enumerate() {
        let next = &mut ends[list(count)];
        order[*next as usize] = index as u32;
        *next += 1;
    }
    order[..frequent].sort_unstable_by_key(|&index| std::cmp::Reverse(counts[index as usize]));
    (order, changes)
}

/// Places of words, the one seen first first: slots are then in the order in which the corpus has them.
fn by_first(firsts: &[u64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..firsts.len() as u32).collect();
    order.sort_unstable_by_key(|&index| firsts[index as usize]);
    order
}

/// A tokenizer of the bytes and what was learned.
fn fresh(
    counts: &PretokenCounts,
    steps: &[Step],
    special: Vec<&str>,
    options: &TrainOptions,
) -> Result<Definition, TrainError> {
    let before = if options.special_first { special.len() } else { 0 };
    let mut tokens: Vec<Option<Box<[u8]>>> = vec![None; before];
    tokens.extend(alphabet().map(|byte| Some(Box::from([byte]))));
    let id = |place: usize| (before + place) as TokenId;
    let merges = number(&mut tokens, steps, id);
    let first = if options.special_first { 0 } else { tokens.len() };
    let added_tokens = add_special(&tokens, special, first)?;
    Ok(Definition {
        vocabulary: Vocabulary::from_merges(tokens, merges, false)?,
        added_tokens,
        normalizer: counts.normalizer(),
        pretokenizer: counts.pretokenizer().clone(),
        template: Template::default(),
    })
}

/// The base and what was learned.
fn extended(
    base: &Definition,
    places: &Base<'_>,
    steps: &[Step],
    special: Vec<&str>,
    options: &TrainOptions,
) -> Result<Definition, TrainError> {
    let mut tokens = base.vocabulary.tokens().to_vec();
    let mut first = base.size();
    let first_special = first;
    if options.special_first {
        first += special.len();
    }
    tokens.resize(first, None);
    let old = places.ids.len();
    let id = |place: usize| {
        places
            .ids
            .get(place)
            .copied()
            .unwrap_or((first + place - old) as TokenId)
    };
    let learned = number(&mut tokens, steps, id);
    let again = steps.iter().any(|step| step.id < old);
    let first_special = if options.special_first {
        first_special
    } else {
        tokens.len()
    };
    if tokens.len() + special.len() > u32::MAX as usize {
        return Err(TrainError::Setting(
            "the new ids do not fit into 32 bits".to_owned(),
        ));
    }
    let mut added_tokens = base.added_tokens.clone();
    added_tokens.extend(add_special(&tokens, special, first_special)?);
    added_tokens.sort_by_key(|added| added.id);
    // Trailing ids without a token are none.
    while tokens.last().is_some_and(Option::is_none) {
        tokens.pop();
    }
    let vocabulary = match base.vocabulary.semantics() {
        // By rank, two neighbours merge into any token there is: that is what was learned as long as no token of the base was made again.
        Semantics::Ranks if !again => {
            let ranks = tokens
                .iter()
                .enumerate()
                .filter_map(|(id, token)| Some((token.as_ref()?.to_vec(), id as TokenId)));
            Vocabulary::from_ranks(ranks.collect())?
        }
        semantics => {
            let whole = match semantics {
                Semantics::Ranks => true,
                Semantics::Merges { ignore_merges } => ignore_merges,
            };
            let mut merges = base.vocabulary.merges().to_vec();
            merges.extend(learned);
            Vocabulary::from_merges(tokens, merges, whole)?
        }
    };
    let vocabulary = vocabulary.with_decode_only(base.vocabulary.decode_only().to_vec())?;
    Ok(Definition {
        vocabulary,
        added_tokens,
        ..base.clone()
    })
}

/// The merges with ids, and the bytes of their tokens put behind `tokens`.
fn number(tokens: &mut Vec<Option<Box<[u8]>>>, steps: &[Step], id: impl Fn(usize) -> TokenId) -> Vec<Merge> {
    let mut merges = Vec::with_capacity(steps.len());
    for step in steps {
        let merge = Merge {
            left: id(step.left),
            right: id(step.right),
            id: id(step.id),
        };
        if merge.id as usize == tokens.len() {
            let bytes = |id: TokenId| tokens[id as usize].as_deref().unwrap_or_default();
            let joined = [bytes(merge.left), bytes(merge.right)].concat();
            tokens.push(Some(joined.into()));
        }
        merges.push(merge);
    }
    merges
}

/// Special tokens with ids from `first` on; none may be an ordinary token.
fn add_special(
    tokens: &[Option<Box<[u8]>>],
    special: Vec<&str>,
    first: usize,
) -> Result<Vec<AddedToken>, TrainError> {
    if !special.is_empty() {
        let ordinary: HashSet<&[u8]> = tokens.iter().flatten().map(AsRef::as_ref).collect();
        if let Some(token) = special.iter().find(|token| ordinary.contains(token.as_bytes())) {
            return Err(TrainError::Setting(format!(
                "special token {token:?} is also an ordinary token of the vocabulary; give it a text that training can't learn"
            )));
        }
    }
    let ids = first as TokenId..;
    Ok(special
        .into_iter()
        .zip(ids)
        .map(|(token, id)| AddedToken::special(token, id))
        .collect())
}
