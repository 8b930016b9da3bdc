"""One loan: its terms, events, storage and rows of the index, held against each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from tallystick.audit.report import Difference, LoanAudit
from tallystick.chain.typed_data import digest
from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.loans.bounds import check_agreement
from tallystick.loans.calendar import day_at
from tallystick.loans.debt import CLEAN, Debt
from tallystick.loans.errors import AgreementInvalid, LedgerMismatch, LoanError
from tallystick.loans.events import LoanEvent, Originated
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import owed_at
from tallystick.proof.layout import unpack_debt, unpack_penalty


def audit_events(loan_id: bytes, events: list[LoanEvent], timestamp: int) -> LoanAudit:
    """The loan as its events give it, and whether they fit each other and the signed terms.

    `outstanding` is that on the day of `timestamp` (Unix seconds).
    """
    differences: list[Difference] = []
    first = events[0]
    if isinstance(first, Originated):
        agreement, ref = first.agreement, first.ref
        found = digest(agreement, ref.chain_id, ref.book)
        if found != loan_id:
            differences.append(_difference("loan id", loan_id, found, "terms"))
        parties = (agreement.borrower, agreement.lender)
        if (first.borrower, first.lender) != parties:
            differences.append(
                _difference("parties", parties, (first.borrower, first.lender), "terms")
            )
        try:
            check_agreement(agreement)
        except AgreementInvalid as error:
            differences.append(_difference("bounds of the terms", "kept", str(error), "terms"))
            return LoanAudit(loan_id, None, 0, differences)
    try:
        state = fold(events)
    except LedgerMismatch as error:
        differences.append(_difference(error.what, error.expected, error.actual, "events"))
        return LoanAudit(loan_id, None, 0, differences)
    if (state.closed is not None) != (state.debt.status is Status.CLOSED):
        differences.append(_difference("closing event", state.debt.status.label, "none", "events"))
    owed = owed_at(state.agreement, state.debt, state.penalty, day_at(timestamp))
    return LoanAudit(loan_id, state, owed.outstanding, differences)


def compare_storage(loan: LoanAudit, debt_word: int, penalty_word: int) -> None:
    """Adds where the contract's storage differs."""
    if loan.state is None:
        return
    try:
        debt: Debt | None = unpack_debt(debt_word)
    except ValueError:
        debt = None
    loan.differences += _members("", loan.state.debt, debt, "storage")
    penalty = unpack_penalty(penalty_word) if penalty_word else CLEAN
    loan.differences += _members("penalty ", loan.state.penalty, penalty, "storage")


def compare_index(loan: LoanAudit, db: Database) -> None:
    """Adds where the index differs."""
    try:
        found = repository.get_loan(db, loan.loan_id)
    except LoanError as error:  # the index's own events do not fit together
        loan.differences.append(_difference("events", "a life of the loan", str(error), "index"))
        return
    if loan.state is not None:
        loan.differences += _members("", loan.state, found, "index")


def missing_in_events(db: Database, known: Iterable[bytes]) -> list[Difference]:
    """Loans that only the index knows."""
    indexed = {row[0] for row in db.execute("SELECT loan_id FROM loans")}
    return [
        _difference("loan", "no event", loan_id, "index")
        for loan_id in sorted(indexed - set(known))
    ]


def _members(prefix: str, expected: Any, found: Any, where: str) -> list[Difference]:
    """Each member in which two values of one dataclass differ."""
    if found is None:
        return [_difference(f"{prefix}state", "recorded", "nothing", where)]
    pairs = (
        (member.name, getattr(expected, member.name), getattr(found, member.name))
        for member in fields(expected)
    )
    differing = [(name, wanted, other) for name, wanted, other in pairs if wanted != other]
    result: list[Difference] = []
    for name, wanted, other in differing:
        if isinstance(expected, LoanState) and name in ("debt", "penalty", "agreement"):
            result += _members(f"{name} ", wanted, other, where)
        elif name == "payments":
            result += _payments(wanted, other, where)
        else:
            result.append(_difference(prefix + name.replace("_", " "), wanted, other, where))
    return result


def _payments(expected: tuple[Any, ...], found: tuple[Any, ...], where: str) -> list[Difference]:
    if len(expected) != len(found):
        return [_difference("number of payments", len(expected), len(found), where)]
    return [
        difference
        for n, (wanted, other) in enumerate(zip(expected, found, strict=True), 1)
        for difference in _members(f"payment {n} ", wanted, other, where)
    ]


def _difference(what: str, expected: object, found: object, where: str) -> Difference:
    return Difference(what, _shown(expected), _shown(found), where)


def _shown(value: object) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
