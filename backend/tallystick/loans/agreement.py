"""The loan agreement that borrower and lender sign, its JSON form and its bounds.

Members stand in EIP-712 order, as in `contracts/types/Agreement.sol`; the bounds are those of
`docs/ledger.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from tallystick.loans.calendar import date_from_ymd, day_at, day_of, due_day, month_length
from tallystick.loans.errors import AgreementExpired, AgreementInvalid, OutsideStartWindow
from tallystick.loans.kinds import Amortization, Frequency, Status

__all__ = [
    "RATE_SCALE",
    "Agreement",
    "Amortization",
    "Frequency",
    "Status",
    "check_agreement",
    "check_start_window",
]

RATE_SCALE = 10**9
"""Rates are integers of 1e-9 per year."""

_MAX_RATE = 10 * RATE_SCALE
_MAX_COUNT = 600
_MAX_TERM_DAYS = 18_300
_MAX_EVERY = {Frequency.DAYS: 3650, Frequency.WEEKS: 520, Frequency.MONTHS: 120}
_UINT = {
    "principal": 96,
    "installment": 96,
    "quantum": 96,
    "borrower_nonce": 256,
    "lender_nonce": 256,
}
_SMALL = {
    "grace_days": 365,
    "penalty_cap_days": 3650,
    "due_day": 31,
    "deadline": 2**40 - 1,
    "start_date": 2**32 - 1,
    "first_due_date": 2**32 - 1,
    "every": 2**16 - 1,
    "count": 2**16 - 1,
    "annual_rate": 2**64 - 1,
    "penalty_rate": 2**64 - 1,
}
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,77}")
_AS_TEXT = (*_UINT, "annual_rate", "penalty_rate")
_PARTIES = ("borrower", "lender", "token")
_FORMS = {
    **dict.fromkeys(_AS_TEXT, (_DECIMAL, "must be a decimal string without sign or leading zeros")),
    **dict.fromkeys(_PARTIES, (_ADDRESS, "must be 0x and 40 hexadecimal digits")),
    "document_hash": (_HASH, "must be 0x and 64 hexadecimal digits"),
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """Terms of one loan. Amounts in token base units, rates in 1e-9 per year, dates `yyyymmdd`."""

    borrower: str
    lender: str
    token: str
    principal: int
    installment: int
    quantum: int
    annual_rate: int
    penalty_rate: int
    grace_days: int
    penalty_cap_days: int
    amortization: Amortization
    frequency: Frequency
    every: int
    count: int
    start_date: int
    first_due_date: int
    due_day: int
    document_hash: bytes
    borrower_nonce: int
    lender_nonce: int
    deadline: int

    def to_json(self) -> dict[str, str | int]:
        """Amounts, rates, nonces as decimal strings, kinds by name, small integers as such."""
        out: dict[str, str | int] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in _AS_TEXT:
                out[field.name] = str(value)
            elif isinstance(value, (Amortization, Frequency)):
                out[field.name] = value.label
            elif isinstance(value, bytes):
                out[field.name] = "0x" + value.hex()
            else:
                out[field.name] = value
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Agreement:
        """The inverse of `to_json`; raises `AgreementInvalid` for a wrong form only."""
        unknown = set(data) - {field.name for field in fields(cls)}
        if unknown:
            raise AgreementInvalid(min(unknown), "is not a member of the agreement")
        values: dict[str, Any] = {field.name: _from_json(field.name, data) for field in fields(cls)}
        return cls(**values)


def _from_json(name: str, data: Mapping[str, Any]) -> object:
    if name not in data:
        raise AgreementInvalid(name, "is missing")
    value = data[name]
    if name in ("amortization", "frequency"):
        return _kind(name, value)
    if name in _SMALL and name not in _AS_TEXT:
        if not isinstance(value, int) or isinstance(value, bool):
            raise AgreementInvalid(name, "must be an integer")
        return value
    form, rule = _FORMS[name]
    if not (isinstance(value, str) and form.fullmatch(value)):
        raise AgreementInvalid(name, rule)
    if name == "document_hash":
        return bytes.fromhex(value[2:])
    return int(value) if name in _AS_TEXT else value


def _kind(name: str, value: object) -> Amortization | Frequency:
    kind = Amortization if name == "amortization" else Frequency
    for member in kind:
        if member.label == value:
            return member
    raise AgreementInvalid(name, "must be one of " + ", ".join(member.label for member in kind))


def check_agreement(agreement: Agreement) -> None:
    """Raise `AgreementInvalid` for the first bound of `docs/ledger.md` that the terms break.

    Everything but the time of origination is checked; for that see `check_start_window`.
    """
    _check_words(agreement)
    _check_parties(agreement)
    _require(agreement.principal >= 1, "principal", "must be at least 1")
    _require(1 <= agreement.quantum <= agreement.principal, "quantum", "must lie in 1..principal")
    _require(agreement.annual_rate <= _MAX_RATE, "annual_rate", f"must be at most {_MAX_RATE}")
    _require(agreement.penalty_rate <= _MAX_RATE, "penalty_rate", f"must be at most {_MAX_RATE}")
    _require(1 <= agreement.count <= _MAX_COUNT, "count", f"must lie in 1..{_MAX_COUNT}")
    most = _MAX_EVERY[agreement.frequency]
    _require(
        1 <= agreement.every <= most, "every", f"must lie in 1..{most} {agreement.frequency.label}"
    )
    _check_dates(agreement)
    _check_installment(agreement)
    _check_reach(agreement)


def check_start_window(agreement: Agreement, timestamp: int) -> None:
    """Raise `AgreementExpired` or `OutsideStartWindow` when `timestamp` (Unix s) is not within."""
    if timestamp > agreement.deadline:
        raise AgreementExpired(agreement.deadline, timestamp)
    start = day_of(date_from_ymd(agreement.start_date))
    first = day_of(date_from_ymd(agreement.first_due_date))
    today = day_at(timestamp)
    if not start <= today < first:
        raise OutsideStartWindow(start, first, today)


def _require(holds: object, field: str, rule: str) -> None:
    if not holds:
        raise AgreementInvalid(field, rule)


def _check_words(agreement: Agreement) -> None:
    for name, bits in _UINT.items():
        _require(0 <= getattr(agreement, name) < 2**bits, name, f"must fit {bits} unsigned bits")
    for name, most in _SMALL.items():
        _require(0 <= getattr(agreement, name) <= most, name, f"must lie in 0..{most}")
    _require(len(agreement.document_hash) == 32, "document_hash", "must have 32 bytes")


def _check_parties(agreement: Agreement) -> None:
    for name in _PARTIES:
        value = getattr(agreement, name)
        _require(
            _ADDRESS.fullmatch(value) is not None, name, "must be 0x and 40 hexadecimal digits"
        )
        _require(int(value, 16) != 0, name, "must not be the zero address")
    same = agreement.borrower.lower() == agreement.lender.lower()
    _require(not same, "lender", "must not be the borrower")


def _check_date(name: str, ymd: int) -> date:
    try:
        when = date_from_ymd(ymd)
    except ValueError:
        raise AgreementInvalid(name, "must be a real date, yyyymmdd") from None
    _require(1970 <= when.year < 2200, name, "must lie in the years 1970 to 2199")
    return when


def _check_dates(agreement: Agreement) -> None:
    start = _check_date("start_date", agreement.start_date)
    first = _check_date("first_due_date", agreement.first_due_date)
    _require(first > start, "first_due_date", "must lie after start_date")
    if agreement.frequency is Frequency.MONTHS:
        _require(agreement.due_day >= 1, "due_day", "must lie in 1..31")
        anchor = min(agreement.due_day, month_length(first.year, first.month))
        _require(first.day == anchor, "first_due_date", "must fall on due_day or its month's end")
    else:
        _require(agreement.due_day == 0, "due_day", "must be 0 unless the frequency is months")
    _require(
        _term_days(agreement) <= _MAX_TERM_DAYS,
        "count",
        f"the last due date must lie at most {_MAX_TERM_DAYS} days after start_date",
    )


def _term_days(agreement: Agreement) -> int:
    # Far beyond the bound the calendar itself would overflow, so long terms are refused by a
    # lower estimate first: no month is shorter than 28 days.
    unit = {Frequency.DAYS: 1, Frequency.WEEKS: 7, Frequency.MONTHS: 28}[agreement.frequency]
    least = (agreement.count - 1) * agreement.every * unit
    if least > _MAX_TERM_DAYS:
        return least
    return due_day(agreement, agreement.count - 1) - day_of(date_from_ymd(agreement.start_date))


def _check_installment(agreement: Agreement) -> None:
    installment, kind = agreement.installment, agreement.amortization
    if kind in (Amortization.LEVEL, Amortization.EQUAL_PRINCIPAL):
        _require(installment >= 1, "installment", "must be at least 1")
    else:
        _require(installment == 0, "installment", f"must be 0 for {kind.label}")
    if kind is Amortization.EQUAL_PRINCIPAL:
        rest = installment * (agreement.count - 1) < agreement.principal
        _require(rest, "installment", "must leave principal for the last row")
    if kind is Amortization.BULLET:
        _require(agreement.count == 1, "count", "must be 1 for bullet")


def _check_reach(agreement: Agreement) -> None:
    interest = agreement.principal * agreement.annual_rate * (_term_days(agreement) + 360)
    most = agreement.principal + interest // (360 * RATE_SCALE) + 600 * agreement.quantum
    _require(most < 2**96, "principal", "the most the loan can cost must fit 96 bits")
