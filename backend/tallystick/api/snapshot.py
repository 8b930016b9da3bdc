"""The index as one request sees it, in the API's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, cast

from tallystick.api.problems import FieldError, Problem
from tallystick.api.schemas.agreement import AgreementTerms
from tallystick.api.schemas.events import LedgerEvent
from tallystick.api.schemas.loans import (
    AmendmentEntry,
    AmendmentsAnswer,
    DueAnswer,
    Escrow,
    EventsAnswer,
    Guaranty,
    LastPull,
    Loan,
    LoanAnswer,
    LoanPage,
    LoanStatus,
    NextDue,
    Payment,
    PaymentsAnswer,
    PaymentSource,
    RowAmounts,
    ScheduleAnswer,
    ScheduleRow,
    Watch,
)
from tallystick.api.schemas.types import AsOf, ChainRef, SplitAmounts, Token, iso_date, rfc3339
from tallystick.api.tokens import Tokens, UnknownTokens
from tallystick.chain.hashing import to_checksum_address
from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.indexer.repository import Chain, Cursor, LoanFilter, Standing
from tallystick.loans import fold
from tallystick.loans.allocation import RowStanding, allocate
from tallystick.loans.calendar import day_at
from tallystick.loans.debt import Guarantee, Owed, Split
from tallystick.loans.events import Amended, EventRef
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import open_rows, owed_at
from tallystick.loans.members import NO_ADDRESS
from tallystick.loans.position import OpenRow
from tallystick.settlement.attempts import Attempt, last_attempts

STATUSES = {
    "active": Status.ACTIVE,
    "overdue": Status.ACTIVE,
    "defaulted": Status.DEFAULTED,
    "written_off": Status.WRITTEN_OFF,
    "closed": Status.CLOSED,
}
"""Status on chain for each status of the API; what is overdue is told by its due day as well."""
_LABELS: dict[Status, LoanStatus] = {
    Status.ACTIVE: "active",
    Status.DEFAULTED: "defaulted",
    Status.WRITTEN_OFF: "written_off",
    Status.CLOSED: "closed",
}
ADDRESS_DIGITS = 40


class View(NamedTuple):
    """A chain at one block. `now` is Unix seconds on the chain's clock."""

    chain: Chain
    now: int
    tokens: Tokens | UnknownTokens


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The index at one moment, as seen from one book of one chain; `views` has every chain."""

    db: Database
    book: str
    chain_id: int
    views: Mapping[int, View]

    def at(self, chain_id: int, book: str) -> Snapshot:
        """The same moment seen from another book."""
        return replace(self, chain_id=chain_id, book=book)

    @property
    def chain(self) -> Chain:
        return self.views[self.chain_id].chain

    @property
    def head(self) -> Cursor:
        return self.chain.cursor

    @property
    def standing(self) -> Standing:
        return self.chain.standing

    @property
    def now(self) -> int:
        """Unix seconds on the chain's clock."""
        return self.views[self.chain_id].now

    @property
    def clocks(self) -> dict[int, int]:
        """The present of every chain by its id, Unix seconds."""
        return {chain_id: view.now for chain_id, view in self.views.items()}

    @property
    def tokens(self) -> Tokens | UnknownTokens:
        return self.views[self.chain_id].tokens

    @property
    def today(self) -> int:
        """Days since 1970-01-01."""
        return day_at(self.now)

    def within(self, chain_id: int | None, book: str | None) -> list[tuple[Snapshot, int | None]]:
        """The chains that these conditions leave, the first one first, each with the id of the
        book, if one is meant. Raises `Problem` for what is not indexed."""
        if chain_id is not None and chain_id not in self.views:
            raise _not_indexed("chain_id", "is no chain of the index")
        here = list(self.views) if chain_id is None else [chain_id]
        if book is None:
            return [(replace(self, chain_id=one), None) for one in here]
        wanted = to_checksum_address(book)
        found = [repository.book(self.db, one, wanted) for one in here]
        books = [(self.at(one.chain_id, one.address), one.id) for one in found if one]
        if not books:
            raise _not_indexed("book", "is no book of the index")
        return [(view, id_) for view, id_ in books]

    def one_book(self, chain_id: int | None, book: str | None) -> Snapshot:
        """Seen from the one book that the members of a body name: from this one if none is named,
        from a chain's only book if that is all. Raises `Problem`."""
        if book is None and chain_id in (None, self.chain_id):
            return self
        wanted = None if book is None else to_checksum_address(book)
        found = [
            one
            for one in repository.books(self.db, chain_id)
            if one.at is None and one.chain_id in self.views and wanted in (None, one.address)
        ]
        if len(found) == 1:
            return self.at(found[0].chain_id, found[0].address)
        if found:
            name, rule = "chain_id" if book else "book", "must be told, as there are several"
        else:
            name, rule = "book" if book else "chain_id", "is not in the index"
        error = FieldError(rule, pointer=f"#/{name}")
        raise Problem("validation_failed", f"Please check: {name}.", errors=[error])

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
        chain_id: int | None = None,
        book: str | None = None,
        limit: int,
        starting_after: str | None = None,
    ) -> LoanPage:
        """Loans of all chains, newest first, after the one given. Raises `Problem`.

        `search`: an address, or hexadecimal digits as `LoanFilter` takes them.
        """
        digits = None if search is None else search.lower().removeprefix("0x")
        is_address = digits is not None and len(digits) == ADDRESS_DIGITS
        after = None if starting_after is None else self._known(starting_after)
        here = self.within(chain_id, book)
        found: list[tuple[Snapshot, LoanState]] = []
        for view, book_id in here:
            wanted = LoanFilter(
                borrower=_address(borrower),
                lender=_address(lender),
                token=_address(token),
                party=_address(digits) if is_address else None,
                digits=None if is_address else digits,
                status=None if status is None else STATUSES[status],
                due_by=view.today - 1 if status == "overdue" else None,
                chain=view.chain.key if len(self.views) > 1 else None,
                book=book_id,
            )
            loans = repository.list_loans(self.db, wanted, after, limit + 1)
            found += [(view, state) for state in loans]
        if len(here) > 1:
            found.sort(key=lambda one: (-one[1].originated.timestamp, -one[0].chain.key))
        shown = found[:limit]
        pulls = last_attempts(self.db, [state.loan_id for _, state in shown])
        chains = [view.as_of(None if book_id is None else view.book) for view, book_id in here]
        return LoanPage(
            data=[Loan(**view.members(state, pulls)) for view, state in shown],
            has_more=len(found) > limit,
            as_of=chains[0],
            chains=chains,
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

    def as_of(self, book: str | None = "") -> AsOf:
        """Where the chain stands; `book` None for what is about several books."""
        return AsOf(
            chain_id=self.chain_id,
            book=self.book if book == "" else book,
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
        escrow = state.escrow
        return LoanAnswer(
            **self.members(state, last_attempts(self.db, [state.loan_id])),
            agreement=AgreementTerms.of(state.agreement),
            terms=hex_of(state.terms),
            guarantees=guaranties(state),
            escrow=Escrow(token=self.token(escrow.token), amount=str(escrow.amount))
            if escrow.amount
            else None,
            as_of=self.as_of(),
        )

    def amendments(self, state: LoanState) -> AmendmentsAnswer:
        """The state with its changes."""
        amended = [change for change in state.changes if isinstance(change, Amended)]
        return AmendmentsAnswer(
            loan_id=hex_of(state.loan_id),
            token=self.token(state.agreement.token),
            original=AgreementTerms.of(state.original),
            data=[self._amendment(event) for event in amended],
            as_of=self.as_of(),
        )

    def _amendment(self, event: Amended) -> AmendmentEntry:
        amendment = event.amendment
        return AmendmentEntry(
            terms_before=hex_of(amendment.terms_before),
            terms_after=hex_of(event.terms_after),
            status_before=_LABELS[amendment.status_before],
            reason=amendment.reason,
            plan_hash=hex_of(amendment.plan_hash),
            waived=split_amounts(event.waived),
            capitalised=amendment.capitalise,
            balance=str(event.balance),
            deferred=str(event.deferred),
            watch_rows=amendment.watch_rows,
            agreement=AgreementTerms.of(event.agreement),
            chain=self.reference(event.ref),
        )

    def events(self, state: LoanState) -> EventsAnswer:
        """Everything that the book said about the loan."""
        events = repository.events_of(self.db, state.loan_id)
        return EventsAnswer(
            loan_id=hex_of(state.loan_id),
            token=self.token(state.agreement.token),
            data=[LedgerEvent.of(event, self.reference(event.ref)) for event in events],
            as_of=self.as_of(),
        )

    def members(self, state: LoanState, pulls: Mapping[bytes, Attempt]) -> dict[str, Any]:
        """What `Loan` and `LoanAnswer` have in common."""
        agreement = state.agreement
        pull = pulls.get(state.loan_id)
        owed = owed_at(agreement, state.stored, self.today)
        return {
            "loan_id": hex_of(state.loan_id),
            "chain_id": state.originated.chain_id,
            "book": state.originated.book,
            "status": status_of(state, owed),
            "accelerated": state.debt.accelerated,
            "borrower": agreement.borrower,
            "lender": state.original.lender,
            "holder": state.holder,
            "token": self.token(agreement.token),
            "principal": str(state.original.principal),
            "outstanding": str(owed.outstanding),
            "annual_rate": str(agreement.annual_rate),
            "amortization": agreement.amortization.label,
            "frequency": agreement.frequency.label,
            "every": agreement.every,
            "count": agreement.count,
            "days_past_due": owed.days_past_due,
            "next_due": next_due(state),
            "paid": split_amounts(state.paid),
            "autopay": not state.debt.manual,
            "restructurings": self._restructurings(state),
            "watch": watch(state),
            "last_pull": pull and last_pull(pull),
            "originated": self.reference(state.originated),
            "closed": self.reference(state.closed) if state.closed else None,
        }

    def _restructurings(self, state: LoanState) -> int:
        return repository.count_amendments(self.db, state.loan_id) if state.debt.amended else 0

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
            source=source_of(payment),
            split=split_amounts(payment.split),
            outstanding=str(payment.outstanding),
            row=payment.row + 1,
            chain=self.reference(payment.ref),
        )

    def due(self, state: LoanState, at: int) -> DueAnswer:
        """Raises `Problem` for a time before the loan's last change: the state then is not kept."""
        moves = [move.ref for move in (*state.payments, *state.changes)]
        last = max([state.originated, *moves], key=lambda ref: ref.timestamp)
        if day_at(at) < day_at(last.timestamp):
            rule = f"must not lie before the loan's last change, {rfc3339(last.timestamp)}"
            error = FieldError(rule, parameter="at")
            raise Problem("validation_failed", "Please check: at.", errors=[error])
        owed = owed_at(state.agreement, state.stored, day_at(at))
        return DueAnswer(
            loan_id=hex_of(state.loan_id),
            token=self.token(state.agreement.token),
            at=rfc3339(at),
            due=split_amounts(owed.due),
            accrued=str(owed.accrued),
            fee=str(owed.fee),
            payoff=str(owed.payoff),
            outstanding=str(owed.outstanding),
            days_past_due=owed.days_past_due,
            next_due=next_due(state),
            as_of=self.as_of(),
        )


def status_of(state: LoanState, owed: Owed) -> LoanStatus:
    """As on chain, and `overdue` for an active loan with a due date past."""
    status = state.debt.status
    if status is Status.ACTIVE and owed.days_past_due:
        return "overdue"
    return _LABELS[status]


def source_of(payment: fold.Payment) -> PaymentSource:
    return cast("PaymentSource", payment.source.label)


def watch(state: LoanState) -> Watch | None:
    debt = state.debt
    if not debt.watch_left or debt.status is Status.CLOSED:
        return None
    return Watch(rows_left=debt.watch_left, rows=debt.watch_rows)


def guaranties(state: LoanState) -> list[Guaranty]:
    """Of the guarantor under the terms in force and of all who paid before."""
    conditions = state.agreement.conditions
    present = {} if conditions.guarantor == NO_ADDRESS else {conditions.guarantor: Guarantee()}
    return [
        Guaranty(
            guarantor=guarantor,
            guaranteed=str(conditions.guaranteed if guarantor in present else 0),
            drawn=str(guarantee.drawn),
            recourse=str(guarantee.recourse),
        )
        for guarantor, guarantee in (present | dict(state.guarantees)).items()
    ]


def next_open_row(state: LoanState) -> OpenRow | None:
    """The oldest row that still owes something."""
    return next((row for row in open_rows(state.agreement, state.stored) if row.unpaid), None)


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
        fee=str(split.fee),
        principal=str(split.principal),
        total=str(split.total),
    )


def row_amounts(interest: int, principal: int) -> RowAmounts:
    return RowAmounts(
        interest=str(interest), principal=str(principal), total=str(interest + principal)
    )


def _not_indexed(parameter: str, rule: str) -> Problem:
    error = FieldError(rule, parameter=parameter)
    return Problem("validation_failed", f"Please check: {parameter}.", errors=[error])


def loan_id_bytes(text: str) -> bytes:
    """The id in an address; anything that is no id is an unknown loan. Raises `Problem`."""
    digits = text.removeprefix("0x")
    if len(digits) == 64 and len(text) == 66 and set(digits.lower()) <= set("0123456789abcdef"):
        return bytes.fromhex(digits)
    raise Problem("loan_not_found", "A loan id is 0x and 64 hexadecimal digits.")


def _address(given: str | None) -> str | None:
    return None if given is None else to_checksum_address(given)
