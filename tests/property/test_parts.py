"""Parts of a text, texts that grow, and texts in pieces, held to counting afresh."""

from __future__ import annotations

from functools import cache
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bytewright
from tests.conftest import PATTERNS, trained
from tests.property.strategies import byte_texts, texts

tokenizers = st.sampled_from([*PATTERNS, None, r"\p{L}+|\s", r"(?<=a)b|\w+"]).map(
    lambda pattern: trained(pattern, 700)
)
#: Surrogates, alone and in pairs, and text between them that can be cut.
surrogates = st.lists(
    st.sampled_from(["\ud83d", "\ude00", "\ud83d\ude00", "😀", "a", "é", "東", " the cat, ", "x" * 40]),
    max_size=30,
).map("".join)
long_texts = st.lists(
    st.one_of(texts, st.sampled_from(["the cat, the rat. ", "  \n", "123456", "don't"])), max_size=40
).map("".join)
any_text = st.one_of(texts, byte_texts, surrogates, long_texts, long_texts.map(str.encode))
positions = st.one_of(st.none(), st.integers(-80, 400))


@cache
def templated() -> bytewright.Tokenizer:
    """A tokenizer whose post-processor puts something around a text, and whose pieces all begin with a space."""
    tokenizers = pytest.importorskip("tokenizers")
    made = trained("gpt2", 700).to_tokenizers()
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=True)
    made.post_processor = tokenizers.processors.TemplateProcessing(
        single="<|fim|> $A <|fim|>",
        special_tokens=[("<|fim|>", trained("gpt2", 700).special_tokens["<|fim|>"])],
    )
    return load_json(made.to_str())


def load_json(text: str) -> bytewright.Tokenizer:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tokenizer.json")
        path.write_text(text, encoding="utf-8")
        return bytewright.Tokenizer.load(path)


@given(tokenizers, any_text, st.lists(st.tuples(positions, positions), min_size=1, max_size=12))
def test_index_counts_slices(tokenizer, text, places) -> None:
    index = tokenizer.index(text, disallowed_special=())
    assert len(index) == len(text)
    assert index.count() == tokenizer.count(text, disallowed_special=())
    for begin, end in places:
        expected = tokenizer.count(text[begin:end], disallowed_special=())
        assert index.count(begin, end) == expected
    allowing = tokenizer.index(text, allowed_special="all")
    for begin, end in places:
        assert allowing.count(begin, end) == tokenizer.count(text[begin:end], allowed_special="all")


@given(any_text, st.lists(st.tuples(positions, positions), min_size=1, max_size=8))
def test_index_and_appender_with_a_template_and_prefix_spaces(text, places) -> None:
    tokenizer = templated()
    chosen = {"disallowed_special": (), "add_special_tokens": True}
    index = tokenizer.index(text, **chosen)
    for begin, end in places:
        assert index.count(begin, end) == tokenizer.count(text[begin:end], **chosen)
    appender = tokenizer.appender(**chosen)
    assert appender.count == tokenizer.count(text[:0], **chosen)
    for cut in range(0, len(text), 7):
        appender.append(text[cut : cut + 7])
    assert appender.count == tokenizer.count(text, **chosen)


@given(tokenizers, any_text, st.lists(st.integers(0, 20), min_size=1, max_size=40))
def test_appender_counts_everything_so_far(tokenizer, text, lengths) -> None:
    appender = tokenizer.appender(disallowed_special=())
    begin = 0
    for end in accumulate(lengths):
        so_far = text[:end]
        assert appender.append(text[begin:end]) == tokenizer.count(so_far, disallowed_special=())
        assert appender.count == tokenizer.count(so_far, disallowed_special=())
        assert len(appender) == len(so_far)
        begin = end


@given(tokenizers, any_text, st.integers(1, 40), st.integers(0, 39))
def test_pieces_cover_the_text_and_fit(tokenizer, text, limit, overlap) -> None:
    overlap = min(overlap, limit - 1)
    pieces = []
    chunks = tokenizer.chunk(text, limit, overlap, disallowed_special=())
    try:
        pieces.extend(chunks)
    except bytewright.EncodeError as error:
        content = (
            text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if isinstance(text, str)
            else text
        )
        content = content.encode() if isinstance(content, str) else content
        assert error.tokens > limit
        assert not pieces or pieces[-1][1] < len(text)
        assert 0 <= error.offset < len(content)
        assert list(chunks) == []
        return
    end, last = 0, -1
    for begin, stop in pieces:
        assert last < begin <= end < stop
        assert tokenizer.count(text[begin:stop], disallowed_special=()) <= limit
        assert tokenizer.count(text[begin:end], disallowed_special=()) <= overlap
        end, last = stop, begin
    assert end == len(text)
