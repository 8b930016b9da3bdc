"""The chain's state on disk, safe from a machine that stops while it is written.

anvil overwrites its file in place every two seconds. So it works on a file of its own, and whenever
that is whole it is copied over the one that counts, in one step.
"""

from __future__ import annotations

import json
import shutil
from typing import Any

from tallystick.stack.layout import Layout


class ChainFile:
    """The state of the chain of one layout."""

    def __init__(self, layout: Layout) -> None:
        self._good = layout.chain_state
        self._working = layout.chain_working
        self._seen = 0

    def adopt(self) -> None:
        """Takes over what anvil has saved, if that is new and whole."""
        try:
            written = self._working.stat().st_mtime_ns
            if written == self._seen:
                return
            data = self._working.read_bytes()
            _first_second(json.loads(data))
        except (OSError, ValueError, LookupError, TypeError):
            return
        self._seen = written
        draft = self._good.with_suffix(".draft")
        draft.write_bytes(data)
        draft.replace(self._good)

    def prepare(self) -> int | None:
        """Lays the state out for anvil; the Unix second the chain began, None for a new chain.

        Raises OSError, ValueError, LookupError or TypeError for a damaged file.
        """
        self._good.parent.mkdir(parents=True, exist_ok=True)
        if not self._good.exists():
            self._working.unlink(missing_ok=True)
            return None
        first_second = _first_second(json.loads(self._good.read_bytes()))
        shutil.copyfile(self._good, self._working)
        return first_second


def _first_second(state: Any) -> int:
    for block in state["blocks"]:
        if int(block["header"]["number"], 16) == 0:
            return int(block["header"]["timestamp"], 16)
    raise LookupError("no first block")
