"""A bank statement of made-up months, as a bank would write it."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.loans.calendar import date_of

_HEADER = "Date,Description,Amount,Balance,Currency"
_WEEK = 7
_MONTH = 30


def statement_csv(last_day: int, income: int, months: int = 6, currency: str = "USD") -> bytes:
    """`months` of 30 days up to `last_day` (since 1970-01-01): `income` once a month, in whole
    currency, of which rent, food and a phone take about two thirds. Balances follow from it."""
    balance = income * 100
    lines = [_HEADER]
    for day, text, amount in _entries(last_day - months * _MONTH + 1, last_day, income * 100):
        balance += amount
        lines.append(f"{date_of(day)},{text},{_money(amount)},{_money(balance)},{currency}")
    return "\n".join(lines).encode() + b"\n"


def _entries(first: int, last: int, income: int) -> Iterator[tuple[int, str, int]]:
    for day in range(first, last + 1):
        place = day - first
        if place % _MONTH == 0:
            yield day, "Salary Blue Harbour", income
        if place % _MONTH == 2:
            yield day, "Rent", -income * 3 // 10
        if place % _MONTH == 11:
            yield day, "Phone", -2_500
        if place % _WEEK == 3:
            yield day, f"Market {place // _WEEK + 1}", -income * (7 + place % 3) // 100


def _money(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
