"""Texts and vocabularies for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

# Characters that patterns tell apart, each kind often enough to meet the others.
TELLING = [
    *"aZzé'sStTdDmMlLreEvV19٣Ⅷ²",
    *"\u017f\u212a\u01c5\u02b0\u0301\u0903\u20dd",  # long s, Kelvin sign, title case, modifier letter, marks of each kind
    *"東京あ한अ",
    *".,!?/\\-_$€~‍️",
    *" \t\n\r\x0b\x0c\x1c\x85\xa0\u1680\u2003\u2028\u2029\u202f\u3000\u200b\u180e\ufeff",
    *"🦀👩🏽\U000e0041",
]
PIECES = [
    "'s",
    "'LL",
    "'ſ",
    "\r\n",
    " \n ",
    "  ",
    "\n\n",
    "//",
    "...\n",
    "123",
    "\u0301",
    "e\u0301",
    "ǅ",
    "👩‍👩‍👧",
    "<|endoftext|>",
]

texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(st.sampled_from(TELLING), st.sampled_from(PIECES), st.characters()), max_size=40).map(
        "".join
    ),
)
byte_texts = st.one_of(
    st.binary(max_size=60),
    st.lists(
        st.one_of(st.binary(max_size=3), texts.map(lambda text: text.encode("utf-8", "replace"))), max_size=8
    ).map(b"".join),
)
few_letters = st.lists(st.sampled_from(b"abc "), max_size=40).map(bytes)
pretokens = st.lists(
    st.tuples(st.one_of(few_letters, st.binary(max_size=6)).filter(bool), st.integers(1, 9)),
    min_size=1,
    max_size=12,
)
