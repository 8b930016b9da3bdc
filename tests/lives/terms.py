"""From the words of a table to members of an agreement and of an amendment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from tests.lives.table import units

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import date_from_ymd, date_of, month_day, ymd_of
from tallystick.loans.consents import Amendment
from tallystick.loans.installment import level_installment
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Transfer,
    Waterfall,
)


def _share(text: str) -> int:
    """Percent to the rate's units of 1e-9."""
    return units(text.removesuffix("%").strip()) * 10


def _day(text: str) -> int:
    return ymd_of(date.fromisoformat(text))


def _plan(text: str) -> tuple[int, ...]:
    return tuple(units(balance) for balance in text.split())


_READ: dict[str, Callable[[str], Any]] = {
    "amortization": Amortization.from_label,
    "interest_method": InterestMethod.from_label,
    "day_count": DayCount.from_label,
    "frequency": Frequency.from_label,
    "prepayment": Prepayment.from_label,
    "waterfall": Waterfall.from_label,
    "transfer": Transfer.from_label,
    "annual_rate": _share,
    "penalty_rate": _share,
    "prepayment_fee": _share,
    "start_date": _day,
    "first_due_date": _day,
    "plan": _plan,
    "capitalise": lambda text: text == "yes",
    "guarantor": str,
} | dict.fromkeys(
    (
        "principal",
        "installment",
        "quantum",
        "guaranteed",
        "collateral",
        "collateral_price",
        "collateral_floor",
        "waived_penalty",
        "waived_interest",
        "waived_principal",
    ),
    units,
)
AMENDMENT = {field.name for field in fields(Amendment)}


def members(words: Mapping[str, str]) -> dict[str, Any]:
    """Members by name, as values."""
    return {name: _READ.get(name, int)(text) for name, text in words.items()}


def changed(before: Agreement, day: int, words: Mapping[str, str]) -> dict[str, Any]:
    """What new terms from `day` on change of `before`, and the amendment's own members.

    They run from that day, first due a month later, and their level installment repays them, unless
    the words say otherwise.
    """
    given = members(words)
    start = date_of(day)
    dates = {
        "start_date": ymd_of(start),
        "first_due_date": ymd_of(month_day(start.year, start.month, 1, start.day)),
        "due_day": start.day,
    }
    if "first_due_date" in given:
        dates["due_day"] = date_from_ymd(given["first_due_date"]).day
    changes = dates | given
    terms = replace(before, **{k: v for k, v in changes.items() if k not in AMENDMENT})
    if terms.amortization is Amortization.LEVEL and "installment" not in given:
        changes["installment"] = level_installment(
            terms.principal,
            terms.annual_rate,
            terms.quantum,
            terms.frequency,
            terms.every,
            terms.count - terms.grace_principal,
            date_from_ymd(terms.start_date),
            date_from_ymd(terms.first_due_date),
            terms.due_day,
        )
    return changes
