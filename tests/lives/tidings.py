"""What people are told while a loan lives: each thing once, as the outbox would have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tallystick.loans.calendar import day_at
from tallystick.loans.events import LoanEvent
from tallystick.loans.fold import LoanState
from tallystick.loans.statements.sheet import Currency
from tallystick.messages.drafts import Draft, Scene, failed_pull, notices, reminder
from tallystick.messages.rules import load_rules
from tallystick.settlement.attempts import RETRY_AFTER, Attempt, Reason

_DOLLAR = Currency("TUSD", 6)
_RULES = load_rules()


class Tidings:
    """Collects messages of one loan; every key is told once to each recipient."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str, str]] = set()
        self._waiting: list[str] = []

    def morning(self, loan: LoanState, day: int) -> None:
        """What the day itself gives occasion to."""
        self._take(loan, [found] if (found := reminder(loan, day, _DOLLAR, _RULES)) else [])

    def after(self, loan: LoanState, events: Iterable[LoanEvent]) -> None:
        """What a step's events tell, and the row that comes next."""
        events = list(events)
        self._take(loan, self._of(loan, events))
        if events:
            self.morning(loan, day_at(events[-1].ref.timestamp))

    def failed(self, loan: LoanState, now: int, amount: int, reason: Reason, detail: str) -> None:
        """What a pull that failed at `now` (Unix seconds) tells."""
        attempt = Attempt(loan.loan_id, now, amount, reason, detail, 1, now + RETRY_AFTER[0])
        self._take(loan, [found] if (found := failed_pull(loan, attempt, _DOLLAR)) else [])

    def heard(self) -> tuple[str, ...]:
        """What was told since the last time; to the borrower unless said."""
        out, self._waiting = tuple(self._waiting), []
        return out

    def _of(self, loan: LoanState, events: list[LoanEvent]) -> Iterator[Draft]:
        for event in events:
            yield from notices(event, Scene(loan, _DOLLAR, _DOLLAR, 0))

    def _take(self, loan: LoanState, drafts: Iterable[Draft]) -> None:
        for draft in drafts:
            key = (draft.recipient, draft.kind, draft.key)
            if draft.source or key not in self._told:  # each event happens once
                self._told.add(key)
                self._waiting.append(draft.kind + self._to(loan, draft.recipient))

    @staticmethod
    def _to(loan: LoanState, recipient: str) -> str:
        names = {
            loan.agreement.borrower: "",
            loan.holder: " (lender)",
            loan.agreement.conditions.guarantor: " (guarantor)",
        }
        return names[recipient]
