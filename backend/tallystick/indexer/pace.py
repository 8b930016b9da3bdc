"""How many blocks to ask for at once: grow by steps while answers are quick, halve when not.

Nodes limit ranges, results and time in many ways and say so in many words; the words are ignored.
"""

from __future__ import annotations

MOST_BLOCKS = 900
"""One request each and one for the logs: many nodes take at most 1,000 in a batch."""
_STEP = 100
_QUICK_SECONDS = 0.5
_SLOW_SECONDS = 3.0
_MANY_EVENTS = 10_000
"""More would only cost memory: the fixed costs of a batch are spread thinly enough."""


class Pace:
    """The current range, in blocks."""

    def __init__(self, blocks: int = _STEP) -> None:
        self.blocks = blocks

    def succeeded(self, seconds: float, events: int) -> None:
        """A range was fetched."""
        if seconds > _SLOW_SECONDS or events > _MANY_EVENTS:
            self.blocks = max(1, self.blocks // 2)
        elif seconds < _QUICK_SECONDS and events < _MANY_EVENTS // 2:
            self.blocks = min(MOST_BLOCKS, self.blocks + _STEP)

    def failed(self) -> bool:
        """A range was refused or timed out; False when it cannot be made smaller."""
        if self.blocks == 1:
            return False
        self.blocks //= 2
        return True
