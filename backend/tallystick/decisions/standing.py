"""What a borrower's behaviour changes: grade and limit, up and down, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tallystick.decisions.case import Reason
from tallystick.decisions.policy import Policy
from tallystick.decisions.reasons import reason
from tallystick.decisions.table import Fact, first


class Adjusted(NamedTuple):
    """Grades up (below 0: down), per cent of the usual limit, and why."""

    grade_shift: int
    limit_pct: int
    reason: Reason


def standing_of(books: Mapping[str, int | None], policy: Policy) -> Adjusted:
    """What the policy makes of the facts of our own books. Raises `FactMissing`."""
    facts: dict[str, Fact] = {f"books.{name}": value for name, value in books.items()}
    row = first(policy.standing, facts)
    return Adjusted(row.grade_shift, row.limit_pct, reason(row.reason, facts, policy.reasons))
