"""The tools that are compared, one file each."""

from __future__ import annotations

import importlib

from bytewright.bench.peers.peer import Learned, Peer, UnsupportedError

__all__ = ["PEERS", "Learned", "Peer", "UnsupportedError", "load"]

# In the order of the report; ours first.
PEERS = ("bytewright", "gigatoken", "tiktoken", "tokenizers", "rustbpe")


def load(name: str) -> Peer:
    """The peer of that name; its package is not imported yet."""
    module = importlib.import_module(f"bytewright.bench.peers.{name}")
    peer: Peer = module.PEER
    return peer
