"""What the close says of one loan: pure functions of its exposure, the day and the policy."""

from __future__ import annotations

from typing import NamedTuple

from tallystick.db import pack_amount
from tallystick.loans.calendar import date_of
from tallystick.loans.delinquency.days import days_past_due
from tallystick.loans.delinquency.exposure import Exposure
from tallystick.loans.delinquency.policy import AssetClass, Policy

_ZERO = pack_amount(0)


class Line(NamedTuple):
    """Where a loan stood at the end of a business date; `due_day` None: nothing is owed any more.

    `days` past due from the oldest unpaid row; `bucket` indexes the policy's labels and
    `asset_class` the five categories. Amounts as `pack_amount` writes them, so that equal lines are
    equal rows.
    """

    due_day: int | None
    days: int
    bucket: int
    asset_class: int
    outstanding: str
    provision: str

    @property
    def runs(self) -> bool:
        return self.due_day is not None

    def to_json(self) -> dict[str, object]:
        """For corrections: amounts as integer strings, the class by name."""
        return {
            "due_date": None if self.due_day is None else str(date_of(self.due_day)),
            "days_past_due": self.days,
            "asset_class": AssetClass(self.asset_class).label,
            "outstanding": str(int(self.outstanding)),
            "provision": str(int(self.provision)),
        }


OVER = Line(None, 0, 0, 0, _ZERO, _ZERO)
"""A loan of which nothing is owed."""


class Classes:
    """Lines under one policy. Days past due fall into few buckets, so these are looked up."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._of_days: dict[int, tuple[int, int]] = {}

    def line(self, due_day: int, outstanding: str, day: int, *, grace_days: int = 0) -> Line:
        """The line of a loan that is owed; `grace_days` count only where the policy says so."""
        days = days_past_due(due_day, day)
        counted = max(0, days - grace_days) if self.policy.after_grace else days
        found = self._of_days.get(counted)
        if found is None:
            found = self.policy.bucket(counted), int(self.policy.asset_class(counted))
            self._of_days[counted] = found
        bucket, asset_class = found
        provision = self.policy.provision(AssetClass(asset_class), int(outstanding))
        return Line(due_day, days, bucket, asset_class, outstanding, pack_amount(provision))

    def of(self, exposure: Exposure | None, day: int, *, grace_days: int = 0) -> Line:
        """The line of a loan with this exposure; None: closed."""
        if exposure is None:
            return OVER
        packed = pack_amount(exposure.outstanding)
        return self.line(exposure.due_day, packed, day, grace_days=grace_days)
