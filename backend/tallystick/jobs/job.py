"""What a job is: a name, a period, and the function to call once each period is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import Literal, NamedTuple

from tallystick.config import Settings
from tallystick.loans.calendar import SECONDS_PER_DAY, date_of, day_at

DAY = SECONDS_PER_DAY


class NotYet(Exception):
    """A job cannot run now and nothing is wrong: what it needs is not configured, or not there yet.

    It is asked again soon.
    """


class Turn(NamedTuple):
    """The period that a job runs for, from `begin` until before `end`, and the present.

    Unix seconds on the chain's clock.
    """

    begin: int
    end: int
    now: int

    @property
    def day(self) -> date:
        """The UTC day in which it begins."""
        return date_of(day_at(self.begin))


Run = Callable[[Settings, Turn], str]
"""Does a turn's work and says in a line what it did. Raises `NotYet`.

Whatever is killed is run again for the same turn, so running twice must be as good as once.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """`run` names a `Run` as module:function, which is imported when it is needed.

    Periods are `every` seconds long and counted from 1970-01-01; one is due `after` seconds after
    its end. Of several that passed while nothing ran, `each` is run in order, or only the `last`,
    for work on what is so now.
    """

    name: str
    every: int
    run: str
    catch_up: Literal["each", "last"] = "last"
    after: int = 0

    def load(self) -> Run:
        module, _, function = self.run.partition(":")
        found: Run = getattr(import_module(module), function)
        return found

    def turns(self, last: int | None, now: int) -> list[Turn]:
        """What is due, oldest first, when the turn that began at `last` was the last one done.

        A job that never ran begins with the newest period that is over.
        """
        newest = (now - self.after) // self.every * self.every - self.every
        first = newest if last is None or self.catch_up == "last" else last + self.every
        if last is not None and newest <= last:
            return []
        return [
            Turn(begin, begin + self.every, now) for begin in range(first, newest + 1, self.every)
        ]
