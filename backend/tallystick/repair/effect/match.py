"""A like loan for each repaired one: exact on days past due and token, then the nearest.

Nearest in the share that is outstanding and in the logarithm of the principal, both within a
caliper; with replacement, so that no order of choosing matters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.repair.effect.units import Past, Repaired, Unit, unrepaired

SHARE_CALIPER = 0.2
SIZE_CALIPER = math.log(2)
"""At most twice as large, or half."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A repaired loan and the like one."""

    treated: Repaired
    control: Unit


def match(
    treated: Sequence[Repaired], others: Sequence[Past], last: int, horizon: int
) -> list[Pair]:
    """Pairs for all repaired loans that have a like one."""
    found: list[Pair] = []
    known: dict[int, list[Unit]] = {}
    for one in treated:
        late = one.unit.late
        if late not in known:
            candidates = (unrepaired(past, late, last, horizon) for past in others)
            known[late] = [unit for unit in candidates if unit is not None]
        best = _nearest(one.unit, known[late])
        if best is not None:
            found.append(Pair(one, best))
    return found


def _nearest(unit: Unit, candidates: Sequence[Unit]) -> Unit | None:
    best, least = None, math.inf
    for other in candidates:
        if other.past.loan.agreement.token != unit.past.loan.agreement.token:
            continue
        if other.past.loan.loan_id == unit.past.loan.loan_id:
            continue
        share = abs(other.share - unit.share) / SHARE_CALIPER
        size = abs(math.log(other.principal / unit.principal)) / SIZE_CALIPER
        if share > 1 or size > 1:
            continue
        far = share * share + size * size
        if far < least:
            best, least = other, far
    return best
