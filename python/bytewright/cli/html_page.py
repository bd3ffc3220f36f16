"""A page that shows the tokens of a text; one file, nothing loaded from elsewhere."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from bytewright.cli.terminal import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bytewright.cli.tokens import Token

COLOURS = 6

STYLE = """
:root { color-scheme: light dark; --page: #fbfbfa; --ink: #1c1c1e; --soft: #6b6b70; --line: #dcdcd8; --card: #fff;
  --c0: #cfe3ff; --c1: #d3f2d6; --c2: #ffe7c2; --c3: #ffd6e0; --c4: #e3dafc; --c5: #cdf0ee; --special: #1c1c1e; }
@media (prefers-color-scheme: dark) { :root { --page: #17181a; --ink: #ececee; --soft: #9a9aa2; --line: #35363a; --card: #1f2023;
  --c0: #24405f; --c1: #21492b; --c2: #5a4218; --c3: #5c2a3a; --c4: #42356b; --c5: #1c4a49; --special: #ececee; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1.25rem 4rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.25rem; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0 0 1rem; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; font-size: 1.1rem; font-variant-numeric: tabular-nums; }
#text { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; overflow-wrap: anywhere;
  white-space: pre-wrap; font: 14px/1.9 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
#text span { border-radius: 3px; padding: 2px 0; }
#text span:hover, #text span.same { outline: 2px solid var(--ink); }
#text i { font-style: normal; opacity: .4; }
.c0 { background: var(--c0); } .c1 { background: var(--c1); } .c2 { background: var(--c2); }
.c3 { background: var(--c3); } .c4 { background: var(--c4); } .c5 { background: var(--c5); }
.special { background: var(--special); color: var(--page); }
#about { position: sticky; top: 0; z-index: 1; min-height: 2.2rem; padding: .4rem 0; background: var(--page); color: var(--soft);
  font: 13px/1.4 ui-monospace, Menlo, Consolas, monospace; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .15rem 1.25rem .15rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: normal; font-size: .8rem; }
td.token { font-family: ui-monospace, Menlo, Consolas, monospace; white-space: pre; text-align: left; }
th.token { text-align: left; }
"""

SCRIPT = """
const about = document.getElementById("about"), text = document.getElementById("text"), hint = about.textContent;
let marked = [];
text.addEventListener("mouseover", event => {
  const token = event.target.closest("span");
  marked.forEach(other => other.classList.remove("same"));
  marked = [];
  if (!token) { about.textContent = hint; return; }
  about.textContent = token.title;
  const id = token.dataset.id;
  marked = [...text.querySelectorAll(`span[data-id="${id}"]`)];
  marked.forEach(other => other.classList.add("same"));
  about.textContent += ` · ${marked.length} times here`;
});
"""


def page(title: str, vocabulary: str, tokens: Sequence[Token], shown: int) -> Iterator[str]:
    """The page, in parts.

    Args:
        title: What the text is called.
        vocabulary: What the vocabulary is called.
        tokens: All tokens of the text; the counts are over them.
        shown: How many of them the page shows.
    """
    total = sum(len(token.data) for token in tokens)
    distinct = len({token.id for token in tokens})
    facts = {
        "tokens": f"{len(tokens):,}",
        "bytes": f"{total:,}",
        "bytes per token": f"{total / len(tokens):.2f}" if tokens else "–",
        "distinct tokens": f"{distinct:,}",
        "vocabulary": vocabulary,
    }
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{escape(title)}: {len(tokens):,} tokens</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    yield f"<h1>{escape(title)}</h1>\n<dl>\n"
    yield from (f"<div><dt>{name}</dt><dd>{escape(fact)}</dd></div>\n" for name, fact in facts.items())
    yield "</dl>\n"
    if shown < len(tokens):
        yield f"<p>The first {shown:,} tokens are shown; the counts are over all {len(tokens):,}.</p>\n"
    yield '<div id="about">Point at a token to see its id and bytes, and where else it stands.</div>\n<div id="text">'
    yield from (_span(token, place) for place, token in enumerate(tokens[:shown]))
    yield "</div>\n"
    yield from _frequent(tokens)
    yield f"<script>{SCRIPT}</script>\n</body>\n</html>\n"


def _span(token: Token, place: int) -> str:
    kind = "special" if token.special else f"c{place % COLOURS}"
    unit = "byte" if len(token.data) == 1 else "bytes"
    title = f"id {token.id} · {len(token.data)} {unit} · {token.data[:64].hex(' ')}{' …' if len(token.data) > 64 else ''}"
    return f'<span class="{kind}" data-id="{token.id}" title="{title}">{_signs(visible(token.data, "↵" + chr(10)))}</span>'


def _signs(text: str) -> str:
    """Signs of white space in a lighter shade than letters."""
    out = escape(text)
    for sign in "·→↵":
        out = out.replace(sign, f"<i>{sign}</i>")
    return out


def _frequent(tokens: Sequence[Token], rows: int = 40) -> Iterator[str]:
    counts = Counter(tokens)
    yield f"<h2>Most frequent of {len(counts):,} distinct tokens</h2>\n"
    yield '<table>\n<tr><th class="token">token</th><th>id</th><th>times</th><th>share of tokens</th></tr>\n'
    for token, count in sorted(counts.items(), key=lambda item: (-item[1], item[0].id))[:rows]:
        share = f"{100 * count / len(tokens):.2f} %"
        name = _signs(visible(token.data))
        yield f'<tr><td class="token">{name}</td><td>{token.id}</td><td>{count:,}</td><td>{share}</td></tr>\n'
    yield "</table>\n"
