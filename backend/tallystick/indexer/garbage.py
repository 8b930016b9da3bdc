"""The collector of cycles, for processes that do nothing but index."""

from __future__ import annotations

import gc


def rarely_collect_garbage() -> None:
    """The many tuples of such a process hold no cycles, and looking for some in them takes a tenth
    of the time."""
    gc.freeze()
    gc.set_threshold(400_000, 20, 100)
