"""One loan: how late, in which bucket and class, with which provision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.loans.delinquency.days import Pause, days_past_due, delinquent_days
from tallystick.loans.delinquency.exposure import Exposure
from tallystick.loans.delinquency.policy import AssetClass, Policy


@dataclass(frozen=True, slots=True)
class Standing:
    """A loan on one day. `provision` in base units, rounded up."""

    days_past_due: int
    delinquent_days: int
    bucket: str
    asset_class: AssetClass
    outstanding: int
    provision: int

    def to_json(self) -> dict[str, object]:
        """Amounts as integer strings, the class by name."""
        return {
            "days_past_due": self.days_past_due,
            "delinquent_days": self.delinquent_days,
            "bucket": self.bucket,
            "asset_class": self.asset_class.label,
            "outstanding": str(self.outstanding),
            "provision": str(self.provision),
        }


def standing(
    exposure: Exposure,
    day: int,
    policy: Policy,
    grace_days: int = 0,
    pauses: Iterable[Pause] = (),
) -> Standing:
    """The loan with this exposure on `day`, classed by the days that `policy` counts."""
    raw = days_past_due(exposure.due_day, day)
    after = delinquent_days(exposure.due_day, day, grace_days, pauses)
    counted = after if policy.after_grace else raw
    asset_class = policy.asset_class(counted)
    return Standing(
        days_past_due=raw,
        delinquent_days=after,
        bucket=policy.bucket_labels[policy.bucket(counted)],
        asset_class=asset_class,
        outstanding=exposure.outstanding,
        provision=policy.provision(asset_class, exposure.outstanding),
    )
