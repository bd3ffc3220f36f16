"""Special tokens that stand in the text."""

from __future__ import annotations

import pytest

import bytewright
from bytewright import Tokenizer
from tests.conftest import SPECIAL

END, FIM = SPECIAL
TEXT = f"one{END}two{FIM}"


def test_raise_unless_allowed(tokenizer: Tokenizer) -> None:
    with pytest.raises(bytewright.SpecialTokenError) as caught:
        tokenizer.encode(TEXT)
    assert (caught.value.token, caught.value.offset) == (END, 3)
    assert END in str(caught.value) and "allowed_special" in str(caught.value)
    with pytest.raises(bytewright.SpecialTokenError) as caught:
        tokenizer.encode(TEXT, allowed_special={END})
    assert (caught.value.token, caught.value.offset) == (FIM, 3 + len(END) + 3)


def test_allowed_become_their_ids(tokenizer: Tokenizer) -> None:
    ids = [*tokenizer.encode("one"), 998, *tokenizer.encode("two"), 999]
    assert tokenizer.encode(TEXT, allowed_special="all") == ids
    assert tokenizer.encode(TEXT, allowed_special={END, FIM}) == ids
    assert tokenizer.encode(TEXT, allowed_special=[END, FIM]) == ids
    assert tokenizer.encode_batch([TEXT] * 2, allowed_special="all", threads=2) == [ids, ids]
    assert tokenizer.count(TEXT, allowed_special="all") == len(ids)
    assert tokenizer.fits(TEXT, len(ids), allowed_special="all")
    assert tokenizer.encode_with_offsets(TEXT, allowed_special="all")[0] == ids


def test_ordinary_text(tokenizer: Tokenizer) -> None:
    ordinary = tokenizer.encode_ordinary(TEXT)
    assert not {998, 999} & set(ordinary)
    assert tokenizer.decode(ordinary) == TEXT
    assert tokenizer.encode(TEXT, disallowed_special=()) == ordinary
    some = tokenizer.encode(TEXT, allowed_special={FIM}, disallowed_special=())
    assert some[-1] == 999 and 998 not in some


def test_named_in_both_raises(small: Tokenizer) -> None:
    with pytest.raises(bytewright.SpecialTokenError):
        small.encode(TEXT, allowed_special={END, FIM}, disallowed_special={END})


def test_batches_raise_too(small: Tokenizer) -> None:
    with pytest.raises(bytewright.SpecialTokenError):
        small.encode_batch(["fine", TEXT], threads=2)
    with pytest.raises(bytewright.SpecialTokenError):
        small.count(TEXT)


def test_choices_are_checked(small: Tokenizer) -> None:
    for wrong in (END, "none"):
        with pytest.raises(TypeError, match="collection"):
            small.encode(TEXT, allowed_special=wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="collection"):
            small.encode(TEXT, disallowed_special=wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        small.encode(TEXT, allowed_special={3})  # type: ignore[arg-type]


def test_decoding_may_skip_them(small: Tokenizer) -> None:
    ids = small.encode(TEXT, allowed_special="all")
    assert small.decode(ids) == TEXT
    assert small.decode(ids, skip_special_tokens=True) == "onetwo"
    assert small.decode_bytes(ids, skip_special_tokens=True) == b"onetwo"
    assert small.decode_batch([ids], skip_special_tokens=True) == ["onetwo"]


def test_longer_ones_come_first() -> None:
    tokenizer = Tokenizer.from_ranks(
        {bytes([byte]): byte for byte in range(256)}, None, {"<s>": 300, "<s>>": 301}
    )
    assert tokenizer.encode("<s>>", allowed_special="all") in ([301], [300, 62])
