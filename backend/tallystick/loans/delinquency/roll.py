"""Roll rates: from which ageing bucket to which the outstanding principal moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.loans.delinquency.days import days_past_due
from tallystick.loans.delinquency.exposure import History
from tallystick.loans.delinquency.policy import Policy
from tallystick.loans.delinquency.portfolio import EMPTY, Tally, ppm

CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class RollMatrix:
    """`moved[before][after]`, by bucket label, after also `closed`.

    Amounts are the outstanding at the first day, so that a line sums to the bucket at that day.
    """

    first_day: int
    last_day: int
    moved: dict[str, dict[str, Tally]]

    def rate_ppm(self, before: str, after: str) -> int:
        """Share of the outstanding in bucket `before` that came to `after`, in millionths."""
        line = self.moved[before]
        return ppm(line[after].outstanding, sum(part.outstanding for part in line.values()))


def roll(
    histories: Iterable[History], first_day: int, last_day: int, policy: Policy | None = None
) -> RollMatrix:
    """Moves between the ends of two days, for the loans that were open on the first."""
    policy = policy or Policy()
    labels = policy.bucket_labels
    moved = {before: dict.fromkeys((*labels, CLOSED), EMPTY) for before in labels}
    for history in histories:
        before, after = history.at(first_day), history.at(last_day)
        if before is None:
            continue
        begin = labels[policy.bucket(days_past_due(before.due_day, first_day))]
        end = CLOSED
        if after is not None:
            end = labels[policy.bucket(days_past_due(after.due_day, last_day))]
        moved[begin][end] += Tally(1, before.outstanding)
    return RollMatrix(first_day, last_day, moved)
