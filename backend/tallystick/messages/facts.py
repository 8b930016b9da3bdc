"""Facts of a message: what fills the places of a template, in the reader's language.

Ids, amounts, days and words from a template's own list; never free text, so that nothing personal
can get into the outbox.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from babel.dates import format_date

from tallystick.loans.statements.sheet import Currency
from tallystick.messages.errors import FactsInvalid
from tallystick.statements.amounts import grouped
from tallystick.statements.words import Language

Facts = Mapping[str, Any]
"""JSON values by name, as `FactKind` describes them."""

_LOCALES = {"en": "en", "zh": "zh_Hans"}
_HASH = re.compile(r"0x[0-9a-f]{64}")
_ACCOUNT = re.compile(r"0x[0-9a-fA-F]{40}")
_CODE = re.compile(r"[A-Za-z0-9_.:/-]{1,120}")
_UNITS = re.compile(r"0|[1-9][0-9]{0,38}")
MOST_DECIMALS = 36
MOST_SYMBOL = 42
_MOST_NUMBER = 10**9


class FactKind(StrEnum):
    """The form of a fact."""

    LOAN = "loan"
    """A loan's id, 0x and 64 lower-case hexadecimal digits."""
    HASH = "hash"
    """The same of a transaction or a document."""
    ACCOUNT = "account"
    """An address."""
    MONEY = "money"
    """As `money` makes it."""
    DAY = "day"
    """An ISO date."""
    NUMBER = "number"
    """A whole number from 0 on."""
    WORD = "word"
    """One of the words that the template translates."""
    CODE = "code"
    """An id of ours, shown as it is."""


def money(units: int, currency: Currency) -> dict[str, Any]:
    """A fact: an amount in base units with all that showing it takes."""
    return {"units": str(units), "symbol": currency.symbol, "decimals": currency.decimals}


def check(name: str, kind: FactKind, value: Any) -> None:
    """Raises `FactsInvalid` unless `value` has the form."""
    if not _is(kind, value):
        raise FactsInvalid(name, f"is no {kind}")


def show(kind: FactKind, value: Any, language: Language) -> str:
    """A fact for people; of a loan or a hash the beginning. Words are the template's."""
    match kind:
        case FactKind.MONEY:
            currency = Currency(value["symbol"], value["decimals"])
            return f"{grouped(int(value['units']), currency)} {currency.symbol}".strip()
        case FactKind.DAY:
            locale = _LOCALES[language]
            return str(format_date(date.fromisoformat(value), "long", locale=locale))
        case FactKind.LOAN | FactKind.HASH | FactKind.ACCOUNT:
            return f"{value[:10]}…"
        case _:
            return str(value)


def _is(kind: FactKind, value: Any) -> bool:
    match kind:
        case FactKind.LOAN | FactKind.HASH:
            return isinstance(value, str) and bool(_HASH.fullmatch(value))
        case FactKind.ACCOUNT:
            return isinstance(value, str) and bool(_ACCOUNT.fullmatch(value))
        case FactKind.MONEY:
            return _is_money(value)
        case FactKind.DAY:
            return isinstance(value, str) and _is_day(value)
        case FactKind.NUMBER:
            return type(value) is int and 0 <= value <= _MOST_NUMBER
        case FactKind.WORD | FactKind.CODE:
            return isinstance(value, str) and bool(_CODE.fullmatch(value))


def _is_money(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"units", "symbol", "decimals"}:
        return False
    units, symbol, decimals = value["units"], value["symbol"], value["decimals"]
    return (
        isinstance(units, str)
        and bool(_UNITS.fullmatch(units))
        and isinstance(symbol, str)
        and len(symbol) <= MOST_SYMBOL
        and symbol.isprintable()
        and type(decimals) is int
        and 0 <= decimals <= MOST_DECIMALS
    )


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
