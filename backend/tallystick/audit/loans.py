"""One loan: its terms, events, storage and rows of the index, held against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from tallystick.audit.report import Difference, LoanAudit
from tallystick.chain.typed_data import digest
from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.loans.bounds import check_agreement
from tallystick.loans.calendar import day_at
from tallystick.loans.errors import LedgerMismatch, LoanError, TermsInvalid
from tallystick.loans.events import Amended, LoanEvent, Originated
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.ledger import owed_at
from tallystick.proof.layout import guarantors_of, loan_keys, seat_of, stored_of, unpack


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
        except TermsInvalid as error:
            differences.append(_difference("bounds of the terms", "kept", str(error), "terms"))
            return LoanAudit(loan_id, None, 0, differences)
    differences += _amendments(event for event in events if isinstance(event, Amended))
    try:
        state = fold(events)
    except LedgerMismatch as error:
        differences.append(_difference(error.what, error.expected, error.actual, "events"))
        return LoanAudit(loan_id, None, 0, differences)
    owed = owed_at(state.agreement, state.stored, day_at(timestamp))
    return LoanAudit(loan_id, state, owed.outstanding, differences)


def _amendments(events: Iterable[Amended]) -> Iterator[Difference]:
    """New terms whose digest is not the one that the book put in force."""
    for number, event in enumerate(events, 1):
        found = digest(event.agreement, event.ref.chain_id, event.ref.book)
        if found != event.terms_after:
            what = f"digest of amendment {number}"
            yield _difference(what, event.terms_after, found, "terms")


def guarantors_of_loan(state: LoanState) -> list[str]:
    """Everybody who ever answered for the borrower."""
    changes = [change.agreement for change in state.changes if isinstance(change, Amended)]
    return guarantors_of([state.original, *changes])


def storage_keys(loan: LoanAudit) -> list[bytes]:
    """Keys of the words that `compare_storage` takes."""
    if loan.state is None:
        return loan_keys(loan.loan_id, [])
    return loan_keys(loan.loan_id, guarantors_of_loan(loan.state), seat_of(loan.state))


def compare_storage(loan: LoanAudit, words: list[int]) -> None:
    """Adds where the contract's storage, the words at the loan's keys, differs."""
    if loan.state is None:
        return
    expected = stored_of(loan.state)
    try:
        found = unpack(words, guarantors_of_loan(loan.state), seat_of(loan.state))
    except ValueError:
        loan.differences.append(_difference("state", "recorded", "nothing", "storage"))
        return
    loan.differences += _members("", expected, found, "storage")


def compare_index(loan: LoanAudit, db: Database) -> None:
    """Adds where the index differs."""
    try:
        found = repository.get_loan(db, loan.loan_id)
    except LoanError as error:  # the index's own events do not fit together
        loan.differences.append(_difference("events", "a life of the loan", str(error), "index"))
        return
    if loan.state is not None:
        loan.differences += _members("", loan.state, found, "index")


def missing_in_events(db: Database, book_id: int, known: Iterable[bytes]) -> list[Difference]:
    """Loans of the book that only the index knows."""
    indexed = set(repository.loan_ids(db, book_id))
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
        if name == "stored":
            for part in ("debt", "penalty", "carry"):
                result += _members(f"{part} ", getattr(wanted, part), getattr(other, part), where)
        elif is_dataclass(wanted) and is_dataclass(other):
            result += _nested(name, wanted, other, where)
        elif name in ("payments", "changes"):
            result += _each(name, wanted, other, where)
        else:
            result.append(_difference(prefix + name.replace("_", " "), wanted, other, where))
    return result


def _nested(name: str, expected: Any, found: Any, where: str) -> list[Difference]:
    """As `_members`; the members of a debt are known by their own names."""
    return _members("" if name == "debt" else f"{name} ", expected, found, where)


def _each(
    name: str, expected: tuple[Any, ...], found: tuple[Any, ...], where: str
) -> list[Difference]:
    if len(expected) != len(found):
        return [_difference(f"number of {name}", len(expected), len(found), where)]
    return [
        difference
        for n, (wanted, other) in enumerate(zip(expected, found, strict=True), 1)
        for difference in (
            _members(f"{name.removesuffix('s')} {n} ", wanted, other, where)
            if type(wanted) is type(other)
            else [_difference(f"{name.removesuffix('s')} {n}", wanted, other, where)]
        )
    ]


def _difference(what: str, expected: object, found: object, where: str) -> Difference:
    return Difference(what, _shown(expected), _shown(found), where)


def _shown(value: object) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
