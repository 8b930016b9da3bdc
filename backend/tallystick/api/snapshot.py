"""The index as one request sees it, in the API's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.api.problems import FieldError, Problem
from tallystick.api.schemas.agreement import AgreementTerms
from tallystick.api.schemas.loans import (
    DueAnswer,
    LastPull,
    Loan,
    LoanAnswer,
    LoanPage,
    LoanStatus,
    NextDue,
    Payment,
    PaymentsAnswer,
    RowAmounts,
    ScheduleAnswer,
    ScheduleRow,
)
from tallystick.api.schemas.types import AsOf, ChainRef, SplitAmounts, Token, iso_date, rfc3339
from tallystick.api.tokens import Tokens
from tallystick.chain.deployment import Deployment
from tallystick.chain.hashing import to_checksum_address
from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.indexer.repository import Cursor, LoanFilter, Standing
from tallystick.loans import fold
from tallystick.loans.allocation import RowStanding, allocate
from tallystick.loans.calendar import day_at
from tallystick.loans.debt import Owed, Split
from tallystick.loans.events import EventRef
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import OpenRow, open_rows, owed_at
from tallystick.settlement.attempts import Attempt, last_attempts

STATUSES = {"active": Status.ACTIVE, "overdue": None, "closed": Status.CLOSED}
"""Status on chain for each status of the API; what is overdue is told by its due day alone."""
ADDRESS_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One block's state. `now` is Unix seconds on the chain's clock."""

    db: Database
    deployment: Deployment
    head: Cursor
    now: int
    tokens: Tokens
    standing: Standing

    @property
    def today(self) -> int:
        """Days since 1970-01-01."""
        return day_at(self.now)

    def find(self, loan_id: bytes) -> LoanState:
        """Raises `Problem`."""
        state = repository.get_loan(self.db, loan_id)
        if state is None:
            raise Problem("loan_not_found", "The index knows no loan with this id.")
        return state

    def page(
        self,
        *,
        borrower: str | None = None,
        lender: str | None = None,
        token: str | None = None,
        status: str | None = None,
        search: str | None = None,
        limit: int,
        starting_after: str | None = None,
    ) -> LoanPage:
        """Loans, newest first, after the one given. Raises `Problem`.

        `search`: an address, or hexadecimal digits as `LoanFilter` takes them.
        """
        digits = None if search is None else search.lower().removeprefix("0x")
        is_address = digits is not None and len(digits) == ADDRESS_DIGITS
        wanted = LoanFilter(
            borrower=_address(borrower),
            lender=_address(lender),
            token=_address(token),
            party=_address(digits) if is_address else None,
            digits=None if is_address else digits,
            status=None if status is None else STATUSES[status],
            due_by=self.today - 1 if status == "overdue" else None,
        )
        after = None if starting_after is None else self._known(starting_after)
        found = repository.list_loans(self.db, wanted, after, limit + 1)
        shown = found[:limit]
        pulls = last_attempts(self.db, [state.loan_id for state in shown])
        return LoanPage(
            data=[Loan(**self._members(state, pulls)) for state in shown],
            has_more=len(found) > limit,
            as_of=self.as_of(),
        )

    def _known(self, starting_after: str) -> bytes:
        try:
            loan_id = loan_id_bytes(starting_after)
        except Problem:
            loan_id = b""
        if repository.get_loan_bare(self.db, loan_id) is None:
            error = FieldError("is no loan of the index", parameter="starting_after")
            raise Problem("cursor_unknown", "Start from the first page.", errors=[error])
        return loan_id

    def as_of(self) -> AsOf:
        return AsOf(
            chain_id=self.deployment.chain_id,
            book=self.deployment.book,
            block_number=self.head.number,
            block_hash=hex_of(self.head.hash),
            block_time=rfc3339(self.head.timestamp),
            proven_block=self.standing.proven,
            safe_block=self.standing.safe,
            finalized_block=self.standing.finalized,
            today=iso_date(self.today),
        )

    def token(self, address: str) -> Token:
        facts = self.tokens.facts(address)
        return Token(address=facts.address, symbol=facts.symbol, decimals=facts.decimals)

    def reference(self, ref: EventRef) -> ChainRef:
        return ChainRef(
            chain_id=ref.chain_id,
            block_number=ref.block_number,
            block_hash=hex_of(ref.block_hash),
            block_time=rfc3339(ref.timestamp),
            transaction_hash=hex_of(ref.tx_hash),
            log_index=ref.log_index,
            confirmations=self.head.number - ref.block_number + 1,
            finality=self.standing.finality(ref.block_number),
        )

    def loan_answer(self, state: LoanState) -> LoanAnswer:
        return LoanAnswer(
            **self._members(state, last_attempts(self.db, [state.loan_id])),
            agreement=AgreementTerms.of(state.agreement),
            as_of=self.as_of(),
        )

    def _members(self, state: LoanState, pulls: Mapping[bytes, Attempt]) -> dict[str, Any]:
        agreement = state.agreement
        pull = pulls.get(state.loan_id)
        owed = owed_at(agreement, state.debt, state.penalty, self.today)
        return {
            "loan_id": hex_of(state.loan_id),
            "status": status_of(state, owed),
            "borrower": agreement.borrower,
            "lender": state.lender,
            "token": self.token(agreement.token),
            "principal": str(agreement.principal),
            "outstanding": str(owed.outstanding),
            "annual_rate": str(agreement.annual_rate),
            "amortization": agreement.amortization.label,
            "frequency": agreement.frequency.label,
            "every": agreement.every,
            "count": agreement.count,
            "days_past_due": owed.days_past_due,
            "next_due": next_due(state),
            "paid": split_amounts(state.paid),
            "last_pull": pull and last_pull(pull),
            "originated": self.reference(state.originated),
            "closed": self.reference(state.closed) if state.closed else None,
        }

    def schedule(self, state: LoanState) -> ScheduleAnswer:
        rows = allocate(state)
        interest = sum(row.agreed.interest for row in rows)
        principal = sum(row.agreed.principal for row in rows)
        return ScheduleAnswer(
            loan_id=hex_of(state.loan_id),
            token=self.token(state.agreement.token),
            data=[self._row(row) for row in rows],
            agreed_totals=row_amounts(interest, principal),
            as_of=self.as_of(),
        )

    def _row(self, row: RowStanding) -> ScheduleRow:
        return ScheduleRow(
            n=row.agreed.n,
            due_date=row.agreed.due_date.isoformat(),
            agreed=row_amounts(row.agreed.interest, row.agreed.principal),
            agreed_balance=str(row.agreed.balance),
            actual=row_amounts(row.interest, row.principal),
            paid=row_amounts(row.paid_interest, row.paid_principal),
            prepaid=str(row.prepaid),
            paid_on=None if row.paid_day is None else iso_date(row.paid_day),
            status=row.status(self.today),
            days_late=row.days_late(self.today),
        )

    def payments(self, state: LoanState) -> PaymentsAnswer:
        return PaymentsAnswer(
            loan_id=hex_of(state.loan_id),
            token=self.token(state.agreement.token),
            data=[self._payment(payment) for payment in state.payments],
            totals=split_amounts(state.paid),
            credited=str(state.credited),
            as_of=self.as_of(),
        )

    def _payment(self, payment: fold.Payment) -> Payment:
        return Payment(
            paid_at=rfc3339(payment.ref.timestamp),
            payer=payment.payer,
            collected=payment.collected,
            split=split_amounts(payment.split),
            outstanding=str(payment.outstanding),
            row=payment.row + 1,
            chain=self.reference(payment.ref),
        )

    def due(self, state: LoanState, at: int) -> DueAnswer:
        """Raises `Problem` for a time before the last payment: the state then is not kept."""
        last = state.payments[-1].ref if state.payments else state.originated
        if day_at(at) < day_at(last.timestamp):
            rule = f"must not lie before the last payment, {rfc3339(last.timestamp)}"
            error = FieldError(rule, parameter="at")
            raise Problem("validation_failed", "Please check: at.", errors=[error])
        owed = owed_at(state.agreement, state.debt, state.penalty, day_at(at))
        return DueAnswer(
            loan_id=hex_of(state.loan_id),
            token=self.token(state.agreement.token),
            at=rfc3339(at),
            due=split_amounts(owed.due),
            accrued=str(owed.accrued),
            payoff=str(owed.payoff),
            outstanding=str(owed.outstanding),
            days_past_due=owed.days_past_due,
            next_due=next_due(state),
            as_of=self.as_of(),
        )


def status_of(state: LoanState, owed: Owed) -> LoanStatus:
    """`active`, `overdue` or `closed`."""
    if state.debt.status is Status.CLOSED:
        return "closed"
    return "overdue" if owed.days_past_due else "active"


def next_open_row(state: LoanState) -> OpenRow | None:
    """The oldest row that still owes something."""
    if state.debt.status is Status.CLOSED:
        return None
    return next((row for row in open_rows(state.agreement, state.debt) if row.unpaid), None)


def next_due(state: LoanState) -> NextDue | None:
    row = next_open_row(state)
    if row is None:
        return None
    return NextDue(row=row.row + 1, due_date=iso_date(row.due), amount=str(row.unpaid))


def last_pull(attempt: Attempt) -> LastPull:
    available, required = attempt.shortfall or (None, None)
    return LastPull(
        at=rfc3339(attempt.attempted_at),
        outcome="collected" if attempt.reason is None else "failed",
        amount=str(attempt.amount),
        reason=attempt.reason,
        available=None if available is None else str(available),
        required=None if required is None else str(required),
        failures=attempt.failures,
        next_try=None if attempt.retry_at is None else rfc3339(attempt.retry_at),
    )


def hex_of(value: bytes) -> str:
    return "0x" + value.hex()


def split_amounts(split: Split) -> SplitAmounts:
    return SplitAmounts(
        penalty=str(split.penalty),
        interest=str(split.interest),
        principal=str(split.principal),
        total=str(split.total),
    )


def row_amounts(interest: int, principal: int) -> RowAmounts:
    return RowAmounts(
        interest=str(interest), principal=str(principal), total=str(interest + principal)
    )


def loan_id_bytes(text: str) -> bytes:
    """The id in an address; anything that is no id is an unknown loan. Raises `Problem`."""
    digits = text.removeprefix("0x")
    if len(digits) == 64 and len(text) == 66 and set(digits.lower()) <= set("0123456789abcdef"):
        return bytes.fromhex(digits)
    raise Problem("loan_not_found", "A loan id is 0x and 64 hexadecimal digits.")


def _address(given: str | None) -> str | None:
    return None if given is None else to_checksum_address(given)
