"""A bag of byte strings that are looked up by their own hash: headers, nodes of tries, code.

Nothing in the bag is believed. What a trusted hash leads to is what it says, and anything else in
the bag is never looked at; so a changed byte means a missing entry.
"""

from __future__ import annotations

from collections.abc import Iterable

import rlp
from rlp.exceptions import RLPException
from trie import HexaryTrie
from trie.exceptions import InvalidNibbles, InvalidNode, MissingTrieNode
from trie.exceptions import ValidationError as TrieInvalid

from tallystick.chain.hashing import keccak
from tallystick.proof.errors import ProofRefused
from tallystick.proof.header import Header, decode_header

_NODE_ERRORS = (
    InvalidNibbles,
    InvalidNode,
    TrieInvalid,
    RLPException,
    AssertionError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)
"""What the trie library raises for nodes that are none."""


class Witness:
    """The bag."""

    def __init__(self, entries: Iterable[bytes]) -> None:
        self._by_hash = {keccak(entry): entry for entry in entries}

    def header(self, block_hash: bytes, what: str) -> Header:
        """The header with this hash. Raises ProofRefused."""
        encoded = self._by_hash.get(block_hash)
        if encoded is None:
            raise ProofRefused(f"the header of {what} is missing or was changed")
        return decode_header(encoded)

    def code(self, state_root: bytes, address: bytes, what: str) -> bytes:
        """Code of an account. Raises ProofRefused."""
        _, code_hash = self.account(state_root, address, what)
        found = self._by_hash.get(code_hash)
        if found is None:
            raise ProofRefused(f"the code of {what} is missing or was changed")
        return found

    def lookup(self, root: bytes, key: bytes, what: str) -> bytes:
        """Value of `key` in the trie with this root; empty when absent. Raises ProofRefused."""
        try:
            value: bytes = HexaryTrie(self._by_hash, root)[key]
        except MissingTrieNode as error:
            raise ProofRefused(f"a node on the way to {what} is missing or was changed") from error
        except _NODE_ERRORS as error:
            raise ProofRefused(f"a node on the way to {what} cannot be read") from error
        return value

    def account(self, state_root: bytes, address: bytes, what: str) -> tuple[bytes, bytes]:
        """Storage root and code hash of an account. Raises ProofRefused."""
        value = self.lookup(state_root, keccak(address), what)
        try:
            _, _, storage_root, code_hash = rlp.decode(value)
        except (RLPException, ValueError, TypeError) as error:
            raise ProofRefused(f"there is no account of {what}") from error
        return storage_root, code_hash

    def word(self, storage_root: bytes, key: bytes, what: str) -> int:
        """A word of an account's storage; 0 when absent. Raises ProofRefused."""
        value = self.lookup(storage_root, keccak(key), what)
        try:
            word = rlp.decode(value) if value else b""
        except RLPException as error:
            raise ProofRefused(f"{what} cannot be read") from error
        if not isinstance(word, bytes) or len(word) > 32:
            raise ProofRefused(f"{what} cannot be read")
        return int.from_bytes(word, "big")
