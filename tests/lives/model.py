"""A life on paper: the ledger's mathematics alone, told as the book would tell it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.backend.loans.lives import LOAN, Chronicle, ref
from tests.backend.loans.strategies import GUARANTOR
from tests.lives.steps import Refused, Seen
from tests.lives.terms import AMENDMENT, changed
from tests.lives.tidings import Tidings

from tallystick.loans import ledger
from tallystick.loans.agreement import Agreement
from tallystick.loans.consents import Amendment
from tallystick.loans.debt import NOTHING, Split
from tallystick.loans.errors import LoanError
from tallystick.loans.events import CollectFailed, Paid
from tallystick.loans.fold import fold
from tallystick.loans.kinds import Transfer
from tallystick.loans.members import NO_ADDRESS
from tallystick.settlement.attempts import Reason, shortfall_text

_PLENTY = 2**200


class ModelLife:
    """The life of `agreement`; the borrower's purse and allowance are numbers here."""

    def __init__(self, agreement: Agreement) -> None:
        conditions = agreement.conditions
        if conditions.guarantor != NO_ADDRESS:  # the one whom a chronicle knows
            conditions = replace(conditions, guarantor=GUARANTOR)
        self._loan = Chronicle(replace(agreement, conditions=conditions))
        self._told = 0
        self._tidings = Tidings()
        self._failures: dict[int, str] = {}
        self.balance = self.allowance = _PLENTY

    def go(self, day: int) -> None:
        self._loan.day = day
        if self._told:
            self._tidings.morning(fold(self._loan.events), day)

    def wait(self) -> None:
        pass

    def originate(self) -> None:
        pass  # the chronicle begins with it

    def look(self) -> Seen:
        """As the mathematics have it; the fold of what was told agrees."""
        loan = self._loan
        state = fold(loan.events)
        assert state.stored == loan.state
        new, first, self._told = loan.events[self._told :], self._told, len(loan.events)
        self._tidings.after(state, new)
        return Seen(
            sum((_split(event) for event in new), NOTHING),
            loan.state.debt.status,
            loan.state.debt.row,
            ledger.owed_at(loan.terms, loan.state, loan.day),
            tuple(
                type(event).__name__ + self._failures.get(i, "")
                for i, event in enumerate(new, first)
            ),
            self._tidings.heard(),
        )

    def _check_purse(self, amount: int) -> None:
        if amount > min(self.allowance, self.balance):
            raise Refused("TokenTransferFailed")

    def pull(self) -> None:
        loan = self._loan
        due = ledger.owed_at(loan.terms, loan.state, loan.day).due.total
        reason = ""
        if not loan.is_open:
            reason = "LoanNotOpen"
        elif loan.state.debt.manual:
            reason = "AutopayOff"
        elif not due:
            reason = "NothingDue"
        elif due > min(self.allowance, self.balance):
            reason = "TokenTransferFailed"
            self._tell_why(due)
        if reason:
            self._failures[len(loan.events)] = f": {reason}"
            loan.tell(CollectFailed, b"\0" * 4)
        else:
            self._took(loan.pay(None).total)

    def _tell_why(self, due: int) -> None:
        reason, there = Reason.ALLOWANCE, self.allowance
        if there >= due:
            reason, there = Reason.BALANCE, self.balance
        now = ref(self._loan.day).timestamp
        state = fold(self._loan.events)
        self._tidings.failed(state, now, due, reason, shortfall_text(there, due))

    def _took(self, amount: int) -> None:
        self.allowance -= amount
        self.balance -= amount

    def pay(self, amount: int) -> None:
        loan = self._loan
        with _refusing():
            after = ledger.apply_payment(loan.terms, loan.state, loan.day, amount)
            self._check_purse(after.split.total)
            self._took(loan.pay(amount).total)

    def pay_off(self) -> None:
        self.pay(self._loan.payoff or 1)

    def pay_through(self, amount: int) -> None:
        with _refusing():
            self._loan.pay_through(amount)

    def have(self, balance: int) -> None:
        self.balance = balance

    def allow(self, allowance: int) -> None:
        self.allowance = allowance

    def autopay(self, switch: str) -> None:
        self._loan.autopay(switch == "on")

    def default(self) -> None:
        with _refusing():
            self._loan.default()

    def accelerate(self) -> None:
        with _refusing():
            self._loan.accelerate()

    def write_off(self) -> None:
        with _refusing():
            self._loan.write_off()

    def draw(self) -> None:
        loan = self._loan
        conditions = loan.terms.conditions
        if not conditions.guaranteed:
            raise Refused("NotAgreed")
        days = ledger.owed_at(loan.terms, loan.state, loan.day).days_past_due
        if days < conditions.guarantee_days:
            raise Refused("TooEarly")
        if loan.drawn == conditions.guaranteed:
            raise Refused("NothingDue")
        loan.draw()

    def repay_guarantor(self, amount: int) -> None:
        if not self._loan.recourse:
            raise Refused("NothingDue")
        self._loan.repay_recourse(amount)

    def add_collateral(self, amount: int) -> None:
        self._loan.add_collateral(amount)

    def buy_collateral(self, amount: int) -> None:
        if not self._loan.state.debt.accelerated:
            raise Refused("StatusChanged")
        self._loan.sell(amount)

    def release(self) -> None:
        if self._loan.is_open:
            raise Refused("LoanStillOpen")
        self._loan.release()

    def sell_claim(self, buyer: str, price: int) -> None:
        if self._loan.terms.conditions.transfer is Transfer.CONSENT:
            raise Refused("SignatureInvalid")
        self._loan.assign()

    def settle(self, amount: int) -> None:
        with _refusing():
            self._loan.settle(amount)

    def amend(self, words: dict[str, str]) -> None:
        loan = self._loan
        changes = changed(loan.terms, loan.day, words)
        own = {name: changes.pop(name) for name in AMENDMENT & changes.keys()}
        amendment = Amendment(
            terms_before=LOAN,
            status_before=loan.state.debt.status,
            waived_penalty=2**96 - 1,
            waived_interest=0,
            waived_principal=0,
            capitalise=False,
            watch_rows=0,
            reason=2,
            plan_hash=b"\0" * 32,
        )
        with _refusing():
            loan.amend(replace(loan.terms, **changes), replace(amendment, **own))


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except LoanError as error:
        raise Refused(type(error).__name__) from error


def _split(event: object) -> Split:
    if isinstance(event, Paid):
        return Split(event.penalty, event.interest, event.fee, event.principal)
    return NOTHING
