//! The tables of a vocabulary: made, or made again of what was found out the last time.

use super::cuts::Cuts;
use super::kept;
use super::layout::Layout;
use super::making::{self, SMALL};
use super::model::Model;
use super::table_cache::TableCache;
use crate::beside::beside;
use crate::error::VocabularyError;
use crate::vocabulary::Vocabulary;

/// Vocabularies of fewer tokens are made in a time that nobody waits for, and are not kept: a file takes room.
const WORTH_KEEPING: usize = 50_000;

/// All that is asked while pretokens are looked up and merged.
pub(crate) struct Tables {
    pub(super) model: Model,
    pub(super) cuts: Option<Cuts>,
}

impl Tables {
    /// Out of the cache where they are there, else made, and put into it.
    ///
    /// # Errors
    /// More ids or merges than symbols can number.
    pub(crate) fn new(vocabulary: &Vocabulary, cache: Option<&TableCache>) -> Result<Self, VocabularyError> {
        Model::check(vocabulary)?;
        let cache = cache.filter(|_| vocabulary.len() >= WORTH_KEEPING);
        let Some(cache) = cache else {
            return Ok(Self::make(vocabulary, |_, _| {}));
        };
        let digest = kept::digest(vocabulary);
        if let Some(content) = cache.read(digest)
            && let Some(tables) = Self::from_kept(vocabulary, digest, &content)
        {
            return Ok(tables);
        }
        Ok(Self::make(vocabulary, |tables, layout| {
            cache.write(digest, &kept::content(vocabulary, digest, tables, layout));
        }))
    }

    /// Finds out how merging makes each token, and where pretokens may be cut; `keep` is shown what was found.
    pub(super) fn make(vocabulary: &Vocabulary, keep: impl FnOnce(&Self, &Layout)) -> Self {
        let all = vocabulary.tokens().iter().flatten();
        let (mut made, cuts) = beside(
            vocabulary.len() > SMALL,
            || making::make(vocabulary),
            || Cuts::new(all.clone().map(|bytes| &**bytes)),
        );
        let layout = made.layout.take();
        let model = Model::of(vocabulary, made);
        // Where a token is taken whole that merging would not give, a piece must not be mistaken for a pretoken.
        let cuts = if !model.merges_reach_all() {
            None
        } else if model.reached().count() == all.count() {
            cuts
        } else {
            Cuts::new(model.reached().filter_map(|id| vocabulary.bytes(id)))
        };
        let tables = Self { model, cuts };
        if let Some(layout) = layout {
            keep(&tables, &layout);
        }
        tables
    }

    /// From the content of a file; nothing where it is not one of this vocabulary.
    pub(super) fn from_kept(vocabulary: &Vocabulary, digest: u128, content: &[u8]) -> Option<Self> {
        let (made, cuts) = kept::read(vocabulary, digest, content)?;
        let model = Model::of(vocabulary, made);
        let cuts = cuts.filter(|_| model.merges_reach_all());
        Some(Self { model, cuts })
    }
}
