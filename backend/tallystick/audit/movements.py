"""What the events say that tokens moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable

from tallystick.loans.events import (
    Assigned,
    BookEvent,
    Claimed,
    CollateralAdded,
    CollateralReleased,
    CollateralSold,
    Credited,
    LoanEvent,
    NonceRevoked,
    Originated,
    Paid,
    RecourseRepaid,
)

Movement = tuple[bytes, str, str, str]
"""Transaction, token, from and to."""


def expected_movements(events: Iterable[BookEvent], sound: Container[bytes]) -> Counter[Movement]:
    """Of the loans in `sound`, and of claims, in base units."""
    movements = _Movements()
    for event in events:
        if isinstance(event, Claimed):
            movements.add(event, event.token, event.ref.book, event.to, event.amount)
        elif not isinstance(event, NonceRevoked) and event.loan_id in sound:
            movements.follow(event)
    return movements.moved


class _Movements:
    """The sums so far, and what later events mean by those before them."""

    def __init__(self) -> None:
        self.moved: Counter[Movement] = Counter()
        self._tokens: dict[bytes, str] = {}
        self._holders: dict[bytes, str] = {}
        self._credit: Credited | None = None
        """Came just before the event that could not deliver its money."""

    def add(self, event: BookEvent, token: str, sender: str, to: str, amount: int) -> None:
        self.moved[event.ref.tx_hash, token, sender, to] += amount

    def follow(self, event: LoanEvent) -> None:
        match event:
            case Originated(agreement=terms):
                self._tokens[event.loan_id] = terms.token
                self._holders[event.loan_id] = terms.lender
                self.add(event, terms.token, terms.lender, terms.borrower, terms.principal)
            case Credited():
                self._credit = event
            case Paid():
                total = event.penalty + event.interest + event.fee + event.principal
                self._deliver(event, self._holders[event.loan_id], total)
            case RecourseRepaid():
                self._deliver(event, event.guarantor, event.amount)
            case Assigned():
                self._holders[event.loan_id] = event.to
                if event.price:
                    self.add(event, event.token, event.to, event.from_, event.price)
            case CollateralAdded() | CollateralSold() | CollateralReleased():
                self._collateral(event)

    def _deliver(self, event: Paid | RecourseRepaid, to: str, amount: int) -> None:
        """To the receiver, or to the book where it owes the receiver the money."""
        token, credit = self._tokens[event.loan_id], self._taken(event)
        if credit is None:
            self.add(event, token, event.payer, to, amount)
        else:
            self.add(event, token, event.payer, event.ref.book, credit.amount)

    def _collateral(self, event: CollateralAdded | CollateralSold | CollateralReleased) -> None:
        book = event.ref.book
        match event:
            case CollateralAdded():
                self.add(event, event.token, event.from_, book, event.amount)
            case CollateralSold():
                self.add(event, event.token, book, event.buyer, event.amount)
            case CollateralReleased() if self._taken(event) is None:
                self.add(event, event.token, book, event.to, event.amount)

    def _taken(self, event: LoanEvent) -> Credited | None:
        credit, self._credit = self._credit, None
        return credit if credit is not None and credit.loan_id == event.loan_id else None
