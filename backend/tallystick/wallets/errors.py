"""Everything that can go wrong while a wallet's past is read.

WalletError
├── IndexBehind       the index does not reach the moment that is asked for
└── CutOrphaned       a reorganisation took the block of the cut back
"""

from __future__ import annotations


class WalletError(Exception):
    """Root of the tree."""


class IndexBehind(WalletError):
    """The index does not reach the moment that is asked for; later it will."""


class CutOrphaned(WalletError):
    """A reorganisation took the block of the cut back: what was seen there never happened."""
