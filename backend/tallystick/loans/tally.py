"""What one loan's events add up to, changed in place: the fold for whoever has many of them.

Whatever the chain reports is computed again and compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from tallystick.loans import servicing
from tallystick.loans.account import Account
from tallystick.loans.calendar import SECONDS_PER_DAY, day_at
from tallystick.loans.collateral import collateral_price, collateral_sale
from tallystick.loans.debt import Escrow, Guarantee
from tallystick.loans.errors import LedgerMismatch, LoanError, NotAgreed
from tallystick.loans.events import (
    Accelerated,
    Amended,
    Assigned,
    AutopaySet,
    Change,
    CollateralAdded,
    CollateralReleased,
    CollateralSold,
    Cured,
    Defaulted,
    RecourseRecorded,
    RecourseRepaid,
    Restored,
    Settled,
    WrittenOff,
)
from tallystick.loans.kinds import Source, Status

Ref = TypeVar("Ref")
"""However the caller names an event."""

Amounts = tuple[int, int, int, int, int]
"""Penalty, interest, fee and principal paid and the principal outstanding afterwards."""

_CLOSED = Status.CLOSED
_PAID, _COLLECTED = Source.PAID, Source.COLLECTED
_NO_GUARANTEE, _NO_ESCROW = Guarantee(), Escrow()


class Tally(Generic[Ref]):
    """A loan's account, security and totals.

    `holder` has the claim, `terms` is the digest of the agreement in force, `guarantees` are by
    guarantor. `paid` is penalty, interest, fee and principal so far; `credited` what of it could
    not reach the holder directly; `closed` names the closing event, `failed` the last failure to
    collect since the last payment.

    `plain`, once set, stays so until something else happens than payments of whole rows. These
    change nothing but the account's `row`, `balance` and `accrued_to`, interest and principal in
    `paid`, and `payments`.
    """

    __slots__ = (
        "_awaited",
        "account",
        "closed",
        "credited",
        "escrow",
        "failed",
        "guarantees",
        "holder",
        "loan_id",
        "paid",
        "payments",
        "plain",
        "terms",
    )

    def __init__(
        self,
        loan_id: bytes,
        account: Account,
        holder: str,
        *,
        terms: bytes | None = None,
        guarantees: Mapping[str, Guarantee] | None = None,
        escrow: Escrow = _NO_ESCROW,
        paid: tuple[int, int, int, int] = (0, 0, 0, 0),
        credited: int = 0,
        payments: int = 0,
        closed: Ref | None = None,
        failed: Ref | None = None,
    ) -> None:
        self.loan_id = loan_id
        self.account = account
        self.holder = holder
        self.terms = terms or loan_id
        self.guarantees = dict(guarantees or {})
        self.escrow = escrow
        self.paid = paid
        self.credited = credited
        self.payments = payments
        self.closed = closed
        self.failed = failed
        self.plain = False
        # events that must follow in the same transaction, with what is to be said in them
        self._awaited: dict[str, Any] = {}

    def pay(self, timestamp: int, actual: Amounts, source: Source) -> None:
        """A payment at `timestamp` (Unix seconds) as the chain reports it, recomputed and compared.

        Raises `LedgerMismatch`.
        """
        if self._awaited:
            self._check_awaited("Paid")
        account = self.account
        status, watched = account.status, account.watch_rows
        total = sum(actual[:4])
        self.plain = False
        try:
            if source is _PAID:
                expected = account.pay(timestamp // SECONDS_PER_DAY, total)
            elif source is _COLLECTED and not account.manual:
                expected = account.pay(timestamp // SECONDS_PER_DAY, None)
            else:
                expected = self._pay_from(source, timestamp, total)
        except LoanError as error:
            raise self._mismatch("payment", f"refused ({error!r})", actual[:4]) from error
        if expected != actual:
            if expected[:4] != actual[:4]:
                raise self._mismatch("split of the payment", expected[:4], actual[:4])
            raise self._mismatch("outstanding principal", expected[4], actual[4])
        if account.status is not status:
            self._awaited["Closed" if account.status is _CLOSED else "Cured"] = None
        if account.watch_rows != watched:
            self._awaited["Restored"] = None
        self._count([(timestamp, actual, source)])

    def pay_all(self, payments: Sequence[tuple[int, Amounts, Source]]) -> None:
        """Payments one after another, as `pay` takes them, but quicker. Raises `LedgerMismatch`."""
        collected = not self.account.manual
        whole = [
            (
                timestamp // SECONDS_PER_DAY,
                actual if source is _PAID or (source is _COLLECTED and collected) else None,
            )
            for timestamp, actual, source in payments
        ]
        at, end = 0, len(payments)
        while at < end:
            first, at = at, at if self._awaited else self.account.pay_rows(whole, at)
            if at > first:
                self._count(payments[first:at])
                if self.account.status is _CLOSED:
                    self._awaited["Closed"], self.plain = None, False
            if at < end:
                self.pay(*payments[at])
                at += 1

    def _count(self, payments: Sequence[tuple[int, Amounts, Source]]) -> None:
        penalty, interest, fee, principal = self.paid
        for _, actual, _ in payments:
            penalty += actual[0]
            interest += actual[1]
            fee += actual[2]
            principal += actual[3]
        self.paid = penalty, interest, fee, principal
        self.payments += len(payments)
        if self.failed is not None:
            self.failed, self.plain = None, False

    def close(self, ref: Ref) -> None:
        """Nothing is owed any more. Raises `LedgerMismatch`."""
        if "Closed" not in self._awaited:
            raise self._mismatch("balance when closed", 0, self.account.balance)
        del self._awaited["Closed"]
        self.closed, self.plain = ref, False

    def credit(self, amount: int) -> None:
        """So much of the last payment could not reach the holder directly."""
        self.credited, self.plain = self.credited + amount, False

    def fail(self, ref: Ref) -> None:
        """What was due could not be collected."""
        self.failed, self.plain = ref, False

    def follow(self, event: Change) -> None:
        """Anything that happened to the loan beside payments. Raises `LedgerMismatch`."""
        name = type(event).__name__
        if name not in self._awaited:
            self._check_awaited(name)
        self.plain = False
        try:
            self._follow(event)
        except LoanError as error:
            if isinstance(error, LedgerMismatch):
                raise
            raise self._mismatch(name, f"refused ({error!r})", event) from error
        self._awaited.pop(name, None)

    def end(self) -> None:
        """Raise `LedgerMismatch` if an event is missing that must follow the last one."""
        self._check_awaited("nothing")

    def _follow(self, event: Change) -> None:
        account, day = self.account, day_at(event.ref.timestamp)
        match event:
            case AutopaySet():
                account.manual = not event.on
            case Amended():
                self._amend(event, day)
            case Settled():
                self._same(self._awaited.get("Settled"), event.waived, "waived amounts")
            case Restored() | Cured():
                if type(event).__name__ not in self._awaited:
                    raise self._mismatch("event", "none", type(event).__name__)
            case Defaulted() | Accelerated() | WrittenOff():
                self._default(event, day)
            case Assigned():
                self._same(self.holder, event.from_, "holder of the claim")
                self.holder = event.to
                account.assigned = True
            case RecourseRecorded() | RecourseRepaid():
                self._recourse(event)
            case CollateralAdded() | CollateralSold() | CollateralReleased():
                self._collateral(event)

    def _default(self, event: Defaulted | Accelerated | WrittenOff, day: int) -> None:
        match event:
            case Defaulted():
                days = servicing.declare_default(self.account, day)
                self._same(days, event.days_past_due, "days past due")
            case Accelerated():
                called = servicing.accelerate(self.account, day)
                self._same(called, (event.principal, event.interest), "debt that falls due")
            case WrittenOff():
                left = servicing.write_off(self.account, day)
                self._same(left, event.outstanding, "outstanding principal")

    def _pay_from(self, source: Source, timestamp: int, total: int) -> Amounts:
        """A payment that is neither the payer's own will nor a collection that may be."""
        account, day = self.account, timestamp // SECONDS_PER_DAY
        conditions = account.agreement.conditions
        if source is Source.SETTLEMENT:
            taken, waived = servicing.settle(account, day, total)
            self._awaited["Settled"] = waived
            return taken.penalty, taken.interest, taken.fee, taken.principal, waived.principal
        owed = account.owed(day)
        if source is Source.GUARANTOR and owed.days_past_due >= conditions.guarantee_days > 0:
            before = self.guarantees.get(conditions.guarantor, _NO_GUARANTEE)
            guarantee = Guarantee(before.drawn + total, before.recourse + total)
            if guarantee.drawn <= conditions.guaranteed:
                self.guarantees[conditions.guarantor] = guarantee
                self._awaited["RecourseRecorded"] = conditions.guarantor, guarantee.recourse
                return account.pay(day, total, ahead=False)
        elif source is Source.COLLATERAL and account.accelerated:
            called = account.start + account.accrued_to
            price = collateral_price(conditions, called, timestamp)
            self._awaited["CollateralSold"] = conditions, price, owed.due.total, total
            return account.pay(day, total, ahead=False)
        raise NotAgreed

    def _amend(self, event: Amended, day: int) -> None:
        account, amendment = self.account, event.amendment
        self._same(self.terms, amendment.terms_before, "terms before the amendment")
        self._same(self.loan_id, event.agreement.amends, "loan that is amended")
        self._same(self.holder, event.agreement.lender, "holder of the claim")
        waived = servicing.amend(account, day, event.agreement, amendment)
        self._same(waived, event.waived, "waived amounts")
        debt = account.balance, account.deferred
        self._same(debt, (event.balance, event.deferred), "debt under the new terms")
        self.terms = event.terms_after

    def _recourse(self, event: RecourseRecorded | RecourseRepaid) -> None:
        if isinstance(event, RecourseRecorded):
            recorded = event.guarantor, event.recourse
            self._same(self._awaited.get("RecourseRecorded"), recorded, "recourse")
            return
        before = self.guarantees.get(event.guarantor, _NO_GUARANTEE)
        if event.amount > before.recourse:
            raise self._mismatch("recourse repaid", before.recourse, event.amount)
        after = Guarantee(before.drawn, before.recourse - event.amount)
        self.guarantees[event.guarantor] = after

    def _collateral(self, event: CollateralAdded | CollateralSold | CollateralReleased) -> None:
        amount = self.escrow.amount
        if isinstance(event, CollateralAdded):
            amount += event.amount
        else:
            amount -= event.amount
        other = self.escrow.amount and self.escrow.token != event.token
        if amount < 0 or other or (isinstance(event, CollateralReleased) and amount):
            raise self._mismatch("collateral", self.escrow, (event.token, event.amount))
        if isinstance(event, CollateralReleased):
            self.escrow = _NO_ESCROW
            return
        if isinstance(event, CollateralSold):
            self._check_sale(event)
        self.escrow = Escrow(event.token, amount)

    def _check_sale(self, event: CollateralSold) -> None:
        conditions, price, due, paid = self._awaited["CollateralSold"]
        sold = event.amount, event.price
        self._same(paid, event.price, "price of the collateral")
        if sold == collateral_sale(conditions, price, event.amount, due):
            return
        most = due * conditions.collateral // price, due
        self._same(most, sold, "collateral sold, and its price")

    def _check_awaited(self, name: str) -> None:
        if self._awaited:
            raise self._mismatch("event after the payment", ", ".join(self._awaited), name)

    def _same(self, expected: object, actual: object, what: str) -> None:
        if expected != actual:
            raise self._mismatch(what, expected, actual)

    def _mismatch(self, what: str, expected: object, actual: object) -> LedgerMismatch:
        return LedgerMismatch(self.loan_id, what, expected, actual)
