"""Which loan an entry pays, or why a person has to look."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tallystick.channels.catalogue import Channel
from tallystick.channels.reference import prefix_of, references_in
from tallystick.db import Database
from tallystick.indexer.repository import LoanFilter, list_loans
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Status


class Reason(StrEnum):
    """Why a receipt is open."""

    NO_REFERENCE = "no_reference"
    REFERENCE_INVALID = "reference_invalid"
    SEVERAL_REFERENCES = "several_references"
    UNKNOWN_REFERENCE = "unknown_reference"
    WRONG_CURRENCY = "wrong_currency"
    WRONG_TOKEN = "wrong_token"  # noqa: S105 - no password
    LOAN_CLOSED = "loan_closed"
    CHARGED_BACK = "charged_back"
    """The bank took back what it had booked; it may be on chain already."""
    REFUSED = "refused"
    """The book refused the payment."""
    SURPLUS = "surplus"
    """More came than the loan owed: the rest has to go back."""


@dataclass(frozen=True, slots=True)
class Match:
    """`reference` found, the loan that it names, and why that is not enough; None if it is."""

    reference: str | None = None
    loan_id: bytes | None = None
    reason: Reason | None = None


def match(index: Database, channel: Channel, amount: int, currency: str, text: str) -> Match:
    """By the reference in `text`; the amount never decides which loan, only what is asked of it."""
    if amount < 0:
        return Match(reason=Reason.CHARGED_BACK)
    sound, looked_like = references_in(text)
    if len(sound) != 1:
        if sound:
            return Match(reason=Reason.SEVERAL_REFERENCES)
        return Match(reason=Reason.REFERENCE_INVALID if looked_like else Reason.NO_REFERENCE)
    (reference,) = sound
    found = list_loans(index, LoanFilter(digits=prefix_of(reference).hex()), limit=2)
    if len(found) != 1:
        return Match(reference, reason=Reason.UNKNOWN_REFERENCE)
    if currency != channel.currency:
        return Match(reference, found[0].loan_id, Reason.WRONG_CURRENCY)
    return Match(reference, found[0].loan_id, fits(channel, found[0]))


def fits(channel: Channel, loan: LoanState) -> Reason | None:
    """Why a loan cannot be paid by a channel; None if it can."""
    if loan.agreement.token != channel.token:
        return Reason.WRONG_TOKEN
    return Reason.LOAN_CLOSED if loan.debt.status is Status.CLOSED else None
