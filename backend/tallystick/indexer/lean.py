"""What a process that does nothing but index can do without."""

from __future__ import annotations

import gc
import sys


def be_lean() -> None:
    """To be called first.

    The many tuples of such a process hold no cycles, and looking for some in them takes a tenth of
    the time. And sqlite-utils imports pandas and numpy wherever they are installed, for values that
    are not used here: they take 50 MB and longer than all the rest of a start.
    """
    gc.freeze()
    gc.set_threshold(400_000, 20, 100)
    for name in ("pandas", "numpy"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
