"""Where a webhook stands in what the service itself did."""

from __future__ import annotations

from typing import NamedTuple


class FactPlace(NamedTuple):
    """Number of the last entry of the audit trail, and of the last decision, that were told."""

    trail: int
    decisions: int
