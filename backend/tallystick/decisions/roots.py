"""One root for each day's decisions, in the trail that is anchored on chain.

    leaf = SHA-256(0x00 | what is kept of the decision in the open)
    node = SHA-256(0x01 | left | right); a last one without partner moves up as it is

Whoever has the root knows whether a decision of that day was changed, added or taken away later.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import NamedTuple

from tallystick.db import Database, write
from tallystick.decisions import store
from tallystick.decisions.errors import DecisionConflict
from tallystick.identity.vault.files import PrivateFile
from tallystick.loans.calendar import SECONDS_PER_DAY, day_of
from tallystick.trail.entry import Fact
from tallystick.trail.store import append, entries_about

_ACT = "daily_root"


class Root(NamedTuple):
    """The root over `decisions` decisions of a day (UTC)."""

    day: date
    decisions: int
    root: str


def root_of(db: Database, day: date) -> Root:
    """The root over a day's decisions as they are now; of none it is 32 zero bytes."""
    begin = day_of(day) * SECONDS_PER_DAY
    level = [each.leaf() for each in store.between(db, begin, begin + SECONDS_PER_DAY)]
    count = len(level)
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        odd = level[-1:] if len(level) % 2 else []
        level = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in pairs] + odd
    return Root(day, count, (level[0] if level else bytes(32)).hex())


def record_root(db: Database, file: PrivateFile, day: date, now: int) -> Root:
    """Writes the root of a day that is over into the trail, once.

    Raises `DecisionConflict` while the day lasts, and when the trail has another root of it.
    """
    if now < (day_of(day) + 1) * SECONDS_PER_DAY:
        raise DecisionConflict(f"{day} is not over")
    found = root_of(db, day)
    with file.open() as trail, write(trail) as conn:
        known = recorded_root(trail, day)
        if known is None:
            fact = Fact("decisions", _ACT, f"{_object(day)}/{found.root}", str(found.decisions))
            append(conn, fact, now)
        elif known != found.root:
            raise DecisionConflict(f"the trail has another root of {day}: {known}")
    return found


def recorded_root(trail: Database, day: date) -> str | None:
    """The root of a day in the trail, in hexadecimal digits."""
    for entry in entries_about(trail, _object(day)):
        if entry.fact.act == _ACT:
            return entry.fact.object.rpartition("/")[2]
    return None


def day_at(timestamp: int) -> date:
    """The UTC day of a Unix second."""
    return datetime.fromtimestamp(timestamp, UTC).date()


def _object(day: date) -> str:
    return f"decisions:{day.isoformat()}"
