"""Ageing buckets, five-category classes, provision rates and the thresholds of PAR."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

from tallystick.loans.errors import InputInvalid

PPM = 1_000_000
MOST_DAYS = 36_500
"""No threshold lies further than a hundred years."""


class AssetClass(IntEnum):
    """The five categories 正常, 关注, 次级, 可疑, 损失, from good to bad."""

    NORMAL = 0
    SPECIAL_MENTION = 1
    SUBSTANDARD = 2
    DOUBTFUL = 3
    LOSS = 4

    @property
    def label(self) -> str:
        """The name in JSON: lower snake case."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Policy:
    """What days past due mean. Raises `InputInvalid` with the pointer of the field and its rule.

    `bucket_ends`: the last day of every ageing bucket after `current`; one more bucket is open.
    `class_above`: a loan is of class 1 to 4 when its days exceed the threshold of that class.
    `provision_ppm`: provision of each class from normal to loss, in millionths of the outstanding.
    `par_above`: thresholds n of PAR n, the share of the outstanding more than n days overdue.
    `after_grace`: count days after grace and pauses instead of raw days past due.
    """

    bucket_ends: tuple[int, ...] = (30, 60, 90, 180, 360)
    class_above: tuple[int, ...] = (0, 90, 270, 360)
    provision_ppm: tuple[int, ...] = (10_000, 20_000, 250_000, 500_000, 1_000_000)
    par_above: tuple[int, ...] = (1, 30, 90)
    after_grace: bool = False

    def __post_init__(self) -> None:
        _check(self, "bucket_ends", least=1)
        _check(self, "class_above", length=len(AssetClass) - 1)
        _check(self, "par_above")
        _check(self, "provision_ppm", length=len(AssetClass), most=PPM, strictly=False)
        if not isinstance(self.after_grace, bool):
            raise InputInvalid("/after_grace", "must be true or false")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Policy:
        """The inverse of `to_json`; a field left out keeps its default."""
        known = {field.name for field in fields(cls)}
        for name in data:
            if name not in known:
                raise InputInvalid(f"/{name}", "is not a known field")
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        return cls(**values)

    def to_json(self) -> dict[str, object]:
        """Every field by name, thresholds as lists."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}

    @property
    def bucket_labels(self) -> tuple[str, ...]:
        """`current`, `1-30`, …, `361+`."""
        begins = [1, *(end + 1 for end in self.bucket_ends)]
        closed = [f"{begin}-{end}" for begin, end in zip(begins, self.bucket_ends, strict=False)]
        return ("current", *closed, f"{begins[-1]}+")

    def bucket(self, days: int) -> int:
        """Index into `bucket_labels` of a loan `days` overdue."""
        return 1 + bisect_left(self.bucket_ends, days) if days > 0 else 0

    def asset_class(self, days: int) -> AssetClass:
        """The class of a loan `days` overdue."""
        return AssetClass(bisect_left(self.class_above, days))

    def provision(self, asset_class: AssetClass, outstanding: int) -> int:
        """Provision for an outstanding amount of one class, base units, rounded up."""
        return -(-outstanding * self.provision_ppm[asset_class] // PPM)


def _check(
    policy: Policy,
    name: str,
    *,
    least: int = 0,
    most: int = MOST_DAYS,
    length: int | None = None,
    strictly: bool = True,
) -> None:
    values: Sequence[object] = getattr(policy, name)
    if not isinstance(values, tuple):
        raise InputInvalid(f"/{name}", "must be an array of integers")
    if length is not None and len(values) != length:
        raise InputInvalid(f"/{name}", f"must have {length} entries")
    if not values:
        raise InputInvalid(f"/{name}", "must have an entry")
    before: int | None = None
    for index, value in enumerate(values):
        pointer = f"/{name}/{index}"
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise InputInvalid(pointer, f"must be an integer in {least}..{most}")
        if before is not None and (value < before or (strictly and value == before)):
            rule = "above" if strictly else "at least"
            raise InputInvalid(pointer, f"must be {rule} the entry before it")
        before = value
