"""Amounts, rates, dates and addresses as people read them. Exact: no floating point."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from babel import Locale
from babel.dates import format_date, format_skeleton
from markupsafe import Markup

from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.types import Token

_THIN_NO_BREAK = "\u202f"
_ID = re.compile(r"([a-z]+_)[a-z2-7]{26}")


def amount(base_units: str | int, token: Token) -> str:
    """Base units as a decimal: at least two places, grouped in thousands, nothing cut off."""
    decimals = token.decimals or 0
    whole, rest = divmod(int(base_units), 10**decimals)
    fraction = str(rest).rjust(decimals, "0")[:decimals].rstrip("0") if decimals else ""
    if decimals:
        fraction = fraction.ljust(min(2, decimals), "0")
    return f"{whole:,}" + (f".{fraction}" if fraction else "")


def unit(token: Token) -> str:
    """The token's symbol, or its short address while it does not tell."""
    return token.symbol or short(token.address)


def percent(rate: str | int) -> str:
    """A rate of 1e-9 per year as per cent."""
    whole, rest = divmod(int(rate), 10**7)
    fraction = str(rest).rjust(7, "0").rstrip("0")
    return f"{whole}{'.' + fraction if fraction else ''}{_THIN_NO_BREAK}%"


def short(value: str) -> str:
    """The first and last four bytes' worth of an address or hash; of an id of ours its kind and
    end."""
    if (found := _ID.fullmatch(value)) is not None:
        return f"{found[1]}…{value[-4:]}"
    return f"{value[:6]}…{value[-4:]}" if len(value) > 12 else value


def identifier(value: str) -> Markup:
    """An address or hash: short to the eye, whole on hover and to copy."""
    return Markup('<abbr class="id" title="{0}">{1}</abbr>').format(value, short(value))


def day(value: str | date, locale: Locale) -> Markup:
    """A date, marked up so that machines can read it too."""
    when = date.fromisoformat(value) if isinstance(value, str) else value
    text = format_date(when, "medium", locale=locale)
    return Markup('<time datetime="{0}">{1}</time>').format(when.isoformat(), text)


def moment(value: str, locale: Locale) -> Markup:
    """An RFC 3339 time, in UTC."""
    when = datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    text = f"{format_date(when, 'medium', locale=locale)} {when:%H:%M}"
    return Markup('<time datetime="{0}">{1} UTC</time>').format(value, text)


def month(value: date, locale: Locale) -> str:
    """A month and its year."""
    return format_skeleton("yMMMM", value, locale=locale)


def weekday(value: date, locale: Locale) -> str:
    """The day of the week, in short."""
    return format_date(value, "ccc", locale=locale)


def query(status: str | None, search: str, chain_id: int | None, after: str | None = None) -> str:
    """The part of the list's address that tells which loans it shows."""
    given = {"status": status, "q": search, "chain_id": chain_id, "after": after}
    text = urlencode({name: value for name, value in given.items() if value})
    return f"?{text}" if text else ""


def ymd(value: int) -> date:
    """A date of the agreement, yyyymmdd."""
    return date(value // 10_000, value // 100 % 100, value % 100)


def is_account(address: str) -> bool:
    """Whether an address is one, and not the zero address that stands for none."""
    return int(address, 16) != 0


def grouped(value: str) -> str:
    """A decimal of the API with its thousands apart."""
    whole, point, rest = value.partition(".")
    return f"{int(whole):,}{point}{rest}"


def said(text: ReasonText, language: str) -> str:
    """A sentence of the API in the reader's language."""
    return text.zh_hans if language == "zh_Hans" else text.en
