//! What a post-processor adds to a text, in both its forms: ids before and after, and the steps of a `tokenizer.json`.

use super::{AddedToken, PostProcessor, Template, TemplatePiece, TemplateToken, TokenId};

impl PostProcessor {
    /// The ids that it puts before and after one text; `None` where it does not leave exactly that text between them.
    pub(super) fn around_single(&self) -> Option<(Vec<TokenId>, Vec<TokenId>)> {
        match self {
            Self::ByteLevel { .. } => Some((Vec::new(), Vec::new())),
            Self::Roberta { sep, cls, .. } => Some((vec![cls.1], vec![sep.1])),
            Self::Template {
                single,
                special_tokens,
                ..
            } => {
                let ids = |piece: &TemplatePiece| match piece {
                    TemplatePiece::SpecialToken { name, .. } => special_tokens
                        .iter()
                        .find(|token| token.name == *name)
                        .map(|token| token.ids.as_slice()),
                    TemplatePiece::Sequence { .. } => None,
                };
                let is_text =
                    |piece: &TemplatePiece| matches!(piece, TemplatePiece::Sequence { second: false, .. });
                let text = single.iter().position(is_text)?;
                let join = |pieces: &[TemplatePiece]| {
                    pieces
                        .iter()
                        .map(ids)
                        .collect::<Option<Vec<_>>>()
                        .map(|ids| ids.concat())
                };
                Some((join(&single[..text])?, join(&single[text + 1..])?))
            }
        }
    }
}

impl Template {
    /// The steps that say no more than `before` and `after`; a text of a pair has them around itself, as `tokenizers` has it by default.
    pub(super) fn plain_steps(&self, added: &[AddedToken]) -> Option<Vec<PostProcessor>> {
        let offsets = PostProcessor::ByteLevel {
            add_prefix_space: false,
            trim_offsets: false,
            use_regex: false,
        };
        if self.before.is_empty() && self.after.is_empty() {
            return Some(vec![offsets]);
        }
        let mut special_tokens: Vec<TemplateToken> = Vec::new();
        for id in self.before.iter().chain(&self.after) {
            let name = &added.iter().find(|token| token.id == *id)?.content;
            if !special_tokens.iter().any(|token| token.name == *name) {
                special_tokens.push(TemplateToken {
                    name: name.clone(),
                    ids: vec![*id],
                    tokens: vec![name.clone()],
                });
            }
        }
        let around = |second: bool, type_id: u32| {
            let special = |id: &TokenId| {
                let name = &special_tokens.iter().find(|token| token.ids == [*id])?.name;
                Some(TemplatePiece::SpecialToken {
                    name: name.clone(),
                    type_id,
                })
            };
            let text = [Some(TemplatePiece::Sequence { second, type_id })];
            let pieces = self
                .before
                .iter()
                .map(special)
                .chain(text)
                .chain(self.after.iter().map(special));
            pieces.collect::<Option<Vec<_>>>()
        };
        let template = PostProcessor::Template {
            single: around(false, 0)?,
            pair: [around(false, 0)?, around(true, 1)?].concat(),
            special_tokens,
        };
        Some(vec![offsets, template])
    }

    /// Leaves out steps that say no more than `before` and `after`, so that what was saved is equal when it is loaded.
    pub(super) fn in_short(self, added: &[AddedToken]) -> Self {
        if self.post_processors.is_empty() || self.plain_steps(added).as_ref() == Some(&self.post_processors)
        {
            Self {
                post_processors: Vec::new(),
                ..self
            }
        } else {
            self
        }
    }
}
