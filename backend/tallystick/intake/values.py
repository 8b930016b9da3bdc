"""Dates and amounts as files write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

from babel.numbers import get_currency_precision

from tallystick.intake.errors import DocumentRefused
from tallystick.loans.calendar import day_of

DateOrder = Literal["ymd", "dmy", "mdy"]
Cell = tuple[int, str]
"""Row and text."""

MOST_DIGITS: Final = 18
_PARTS: Final = re.compile(
    r"\s*(\d{1,4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,4})\s*日?(?:[T ].*)?"
)
_PACKED: Final = re.compile(r"\s*(\d{4})(\d{2})(\d{2})\s*")
_NUMBER: Final = re.compile(r"([+-]?)(\d[\d.,' \u00a0\u202f]*)([+-]?)")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_SIGNS: Final = str.maketrans({"\u2212": "-", "\uff0d": "-", "\uff0c": ",", "\uff0e": "."})
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def currency_of(text: str, *, row: int, column: str) -> str:
    """An ISO 4217 code. Raises `DocumentRefused`."""
    code = {"RMB": "CNY", "CNH": "CNY"}.get(text.strip().upper(), text.strip().upper())
    if not _CURRENCY.fullmatch(code):
        raise DocumentRefused(f"{shown(text)} is not a currency code", row=row, column=column)
    return code


def decimals_of(currency: str) -> int:
    """Decimals of a currency in ISO 4217."""
    return int(get_currency_precision(currency))


def read_dates(cells: Sequence[Cell], column: str, order: DateOrder | None = None) -> list[int]:
    """Days since 1970-01-01 of dates in any usual form, all in one.

    Raises `DocumentRefused`, also when day and month cannot be told apart.
    """
    orders: tuple[DateOrder, ...] = (order,) if order else ("ymd", "dmy", "mdy")
    fitting: list[list[int]] = []
    failure: DocumentRefused | None = None
    for one in orders:
        try:
            days = [_day(text, one, row, column) for row, text in cells]
        except DocumentRefused as error:
            # the form that gets furthest tells best what is wrong
            if failure is None or (error.row or 0) > (failure.row or 0):
                failure = error
            continue
        if days not in fitting:
            fitting.append(days)
    if not fitting:
        assert failure is not None  # noqa: S101 - every order failed
        raise failure
    if len(fitting) > 1:
        ordered = [days for days in fitting if days in (sorted(days), sorted(days, reverse=True))]
        if len(ordered) != 1:
            rule = "day and month cannot be told apart; name the order as dates: dmy or mdy"
            raise DocumentRefused(rule, column=column)
        return ordered[0]
    return fitting[0]


def _day(text: str, order: DateOrder, row: int, column: str) -> int:
    packed = _PACKED.fullmatch(text)
    found = packed or _PARTS.fullmatch(text)
    if found is None:
        raise DocumentRefused(f"{shown(text)} is not a date", row=row, column=column)
    one, two, three = found.groups()
    if packed or len(one) == 4:
        year, month, day = one, two, three
    elif len(three) != 4 or order == "ymd":
        raise DocumentRefused(f"{shown(text)} has no year of four digits", row=row, column=column)
    else:
        year = three
        day, month = (one, two) if order == "dmy" else (two, one)
    try:
        when = date(int(year), int(month), int(day))
    except ValueError:
        raise DocumentRefused(f"{shown(text)} is not a date", row=row, column=column) from None
    if not _FIRST_YEAR <= when.year <= _LAST_YEAR:
        raise DocumentRefused(f"{shown(text)} is too far away", row=row, column=column)
    return day_of(when)


def decimal_mark(cells: Sequence[Cell], column: str) -> str:
    """The mark before the decimals in a column of amounts, `.` or `,`.

    Raises `DocumentRefused` when 1.234 may be more than a thousand or little more than one.
    """
    marks: set[str] = set()
    unsure: int | None = None
    for row, text in cells:
        digits = text.strip().strip("+-").rstrip("0123456789")
        tail = len(text.strip().strip("+-")) - len(digits)
        mark = digits[-1:]
        if mark not in (".", ","):
            continue
        other = "," if mark == "." else "."
        if other in digits or tail != 3:
            marks.add(mark if digits.count(mark) == 1 or tail != 3 else other)
        elif digits.count(mark) > 1:
            marks.add(other)
        elif unsure is None:
            unsure = row
    if len(marks) > 1:
        raise DocumentRefused("both . and , stand before decimals", column=column)
    if marks:
        return marks.pop()
    if unsure is not None:
        rule = "1.234 or 1,234 may be more than a thousand or not; name the mark as decimal"
        raise DocumentRefused(rule, row=unsure, column=column)
    return "."


def amount_of(text: str, mark: str, decimals: int, *, row: int, column: str) -> int:
    """An amount in base units: signs before or after, marks for thousands, brackets for below zero.

    Raises `DocumentRefused`.
    """

    def refused(rule: str) -> DocumentRefused:
        return DocumentRefused(f"{shown(text)} {rule}", row=row, column=column)

    plain = text.translate(_SIGNS).strip()
    negative = plain.startswith("(") and plain.endswith(")")
    found = _NUMBER.fullmatch(plain.strip("()¥￥$€£ ") if negative else plain.strip("¥￥$€£ "))
    if found is None:
        raise refused("is not an amount")
    before, digits, after = found.groups()
    negative = negative or "-" in (before, after)
    whole, _, rest = digits.partition(mark)
    whole = re.sub(r"[.,' \u00a0\u202f]", "", whole)
    if not rest.isdecimal() and rest:
        raise refused("is not an amount")
    if rest[decimals:].strip("0"):
        raise refused(f"has more than {decimals} decimals")
    number = whole + rest[:decimals].ljust(decimals, "0")
    if not number.isascii() or len(number) > MOST_DIGITS:
        raise refused("is too large")
    return -int(number) if negative else int(number)


def plain_amount(text: str, decimals: int, *, row: int, column: str) -> int:
    """An amount as XML and OFX write it: digits, one point, a sign before."""
    if not re.fullmatch(r"[+-]?\d+([.,]\d*)?", text.strip()):
        raise DocumentRefused(f"{shown(text)} is not an amount", row=row, column=column)
    return amount_of(text.replace(",", "."), ".", decimals, row=row, column=column)


def shown(text: str) -> str:
    """A cell as an error may show it."""
    printable = "".join(mark if mark.isprintable() else "?" for mark in text[:40])
    return repr(printable + ("…" if len(text) > 40 else ""))
