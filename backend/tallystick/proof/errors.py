"""Exceptions of proofs.

::

    ProofError
    ├── ProofUnavailable   the node cannot give what a proof needs
    └── ProofRefused       the document does not prove what it says
        └── HashUntrusted  a block hash must be trusted that was not given
"""

from __future__ import annotations


class ProofError(Exception):
    """Base of all errors of this package."""


class ProofUnavailable(ProofError):
    """The node cannot give a state or block that the proof needs, or its answers do not fit."""


class ProofRefused(ProofError):
    """The document is malformed, forged or incomplete; the message says where."""


class HashUntrusted(ProofRefused):
    """The proof rests on `hashes` as well, which nobody vouched for."""

    def __init__(self, hashes: list[str]) -> None:
        super().__init__(f"these block hashes must be trusted as well: {', '.join(hashes)}")
        self.hashes = hashes
