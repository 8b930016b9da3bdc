"""How many blocks to ask for at once: as many as hold a good number of events and come in time.

Nodes limit ranges, results and time in many ways and say so in many words; the words are ignored.
"""

from __future__ import annotations

MOST_BLOCKS = 900
"""One request each and one for the logs: many nodes take at most 1,000 in a batch."""
WANTED_EVENTS = 3_000
"""More would only cost memory: the fixed costs of a batch are spread thinly enough."""
_FIRST_BLOCKS = 4
_SLOW_SECONDS = 3.0


class Pace:
    """The current range, in blocks."""

    def __init__(self, blocks: int = _FIRST_BLOCKS) -> None:
        self.blocks = blocks
        self._refused = MOST_BLOCKS + 1

    def succeeded(self, seconds: float, blocks: int, events: int) -> None:
        """A range of `blocks` was fetched: at most double it, at most up to the wanted events."""
        fit = WANTED_EVENTS * blocks // events if events else MOST_BLOCKS
        more = max(2 * blocks, self.blocks) if seconds < _SLOW_SECONDS else blocks // 2
        self.blocks = max(1, min(more, fit, MOST_BLOCKS, self._refused - 1))
        self._refused = min(MOST_BLOCKS + 1, self._refused + self._refused // 16 + 1)

    def failed(self) -> bool:
        """A range was refused or timed out; False when it cannot be made smaller.

        What was refused is approached again in small steps only.
        """
        if self.blocks == 1:
            return False
        self._refused = self.blocks
        self.blocks //= 2
        return True
