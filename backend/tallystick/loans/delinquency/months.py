"""Calendar months as one integer each, `12 * year + month - 1`, so that they can be counted."""

from __future__ import annotations

from datetime import date

from tallystick.loans.calendar import date_of, day_of


def month_of(day: int) -> int:
    """The month that a day lies in."""
    when = date_of(day)
    return 12 * when.year + when.month - 1


def month_end(month: int) -> int:
    """The last day of a month."""
    year, month0 = divmod(month + 1, 12)
    return day_of(date(year, month0 + 1, 1)) - 1


def month_label(month: int) -> str:
    """ISO form, `2026-03`."""
    year, month0 = divmod(month, 12)
    return f"{year:04d}-{month0 + 1:02d}"
