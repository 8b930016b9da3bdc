"""Exceptions of the indexer.

::

    IndexerError
    ├── WriterBusy           another process writes this index
    ├── WriterOvertaken      the cursor moved under our feet; the lock was circumvented
    ├── OtherBook            the index was made for another book or chain
    └── SourceError          what the node says cannot be used now; trying again later may help
        ├── SourceBehind         it lacks a block that it, or another node, has shown before
        ├── SourceInconsistent   its answers contradict each other
        └── FinalityBroken       it takes back blocks that were final
"""

from __future__ import annotations


class IndexerError(Exception):
    """Base of all errors of this package."""


class WriterBusy(IndexerError):
    """Another process holds the index; exactly one may write."""


class WriterOvertaken(IndexerError):
    """Somebody else advanced the stored cursor."""


class OtherBook(IndexerError):
    """The index belongs to another chain or contract."""


class SourceError(IndexerError):
    """The node's answers cannot be used now."""


class SourceBehind(SourceError):
    """The node lacks a block that should exist."""


class FinalityBroken(SourceError):
    """The node takes back blocks that were final, which only a wrong or faulty node does."""


class SourceInconsistent(SourceError):
    """The node's answers contradict each other: a reorg in between, or a faulty node."""
