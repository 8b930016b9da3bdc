"""How likely a loan that is late is current again: from the early-warning score, or from what our
own closes saw of loans as late."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import NamedTuple

from tallystick.db import Database
from tallystick.servicing.policy import ServicingPolicy

PPM = 1_000_000
SCORED_BELOW = 30
"""The card says how likely a loan is to come to so many days past due; later it says nothing."""
_LOOKS = 6


class Seen(NamedTuple):
    """Loans of a band of days past due, and how many of them were current `horizon` days later."""

    loans: int
    cured: int


class Cures:
    """`bands`: for each band of the policy what the closes have seen."""

    def __init__(self, policy: ServicingPolicy, bands: Mapping[int, Seen]) -> None:
        self._prior = policy.cure.prior_pct
        self._weight = policy.cure.weight
        self._ends = [end for end, _ in self._prior]
        self._bands = bands

    def ppm(self, days: int, pd_ppm: int | None = None) -> int:
        """Probability, in millionths; with a score only while the loan is not yet as late as the
        score foretells."""
        if days < SCORED_BELOW and pd_ppm is not None:
            return PPM - pd_ppm
        band = min(bisect_left(self._ends, max(1, days)), len(self._ends) - 1)
        seen = self._bands.get(band, Seen(0, 0))
        believed = self._prior[band][1] * self._weight * PPM // 100
        return (believed + seen.cured * PPM) // (self._weight + seen.loans)


def cures(db: Database, policy: ServicingPolicy) -> Cures:
    """What the closes have seen: every late loan on up to six dates a horizon apart, and where it
    stood a horizon later. `db` is the file of closes."""
    horizon = policy.cases.horizon
    (last,) = db.execute("SELECT max(day) FROM closes WHERE done_at IS NOT NULL").fetchone()
    ends = [end for end, _ in policy.cure.prior_pct]
    found: dict[int, list[int]] = {}
    for look in range(1, _LOOKS + 1) if last is not None else ():
        day = last - look * horizon
        rows = db.execute(
            "SELECT n.days, (SELECT l.days = 0 FROM close_lines l WHERE l.loan = n.loan"
            " AND l.day <= :later ORDER BY l.day DESC, l.version DESC LIMIT 1)"
            " FROM close_lines n WHERE n.day = :day AND n.days > 0 AND n.version ="
            " (SELECT max(version) FROM close_lines v WHERE v.loan = n.loan AND v.day = n.day)",
            {"day": day, "later": day + horizon},
        )
        for days, cured in rows:
            band = found.setdefault(min(bisect_left(ends, days), len(ends) - 1), [0, 0])
            band[0] += 1
            band[1] += cured
    return Cures(policy, {band: Seen(*counts) for band, counts in found.items()})
