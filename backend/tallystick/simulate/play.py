"""Plays a portfolio day by day: wages, new loans, the keeper, and what people do about it."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from tallystick.chain.codec import TOPICS, paid_source
from tallystick.chain.errors import RpcUnavailable
from tallystick.indexer import repository
from tallystick.loans.calendar import date_of, month_day
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Source, Status
from tallystick.loans.ledger import owed_at
from tallystick.loans.members import NO_ADDRESS
from tallystick.simulate.acts import Acts
from tallystick.simulate.helpline import Helpline
from tallystick.simulate.office import Office
from tallystick.simulate.people import Borrower, Habit, People
from tallystick.simulate.stage import Stage
from tallystick.simulate.terms import ACCELERATION_DAYS, DEFAULT_DAYS, WRITE_OFF_DAYS

_NINE, _TEN = 9 * 3_600, 10 * 3_600
_DAY = 86_400
_PAGE = 500
_HELP_AFTER = 25
"""Days past due after which somebody in trouble asks for easier terms."""
_OUTAGES, _REORGS, _MAIL_OUTAGES = 0.02, 0.03, 0.03
"""How often a day has one."""
_WEEK = 7
_EPOCH = date(1970, 1, 1).toordinal()

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Noted:
    """What a run did beside what the chain tells. `pulls` of the keeper, by outcome."""

    pulls: Counter[str] = field(default_factory=Counter)
    keeper_gas: int = 0
    keeper_transactions: int = 0
    outages: int = 0
    reorgs: int = 0
    mail_outages: int = 0


class Simulation:
    """One run from `first` (a day since 1970-01-01) on; `on_day` is told each day's number."""

    def __init__(
        self,
        stage: Stage,
        everybody: People,
        office: Office,
        chance: random.Random,
        first: int,
        on_day: Callable[[int], None],
    ) -> None:
        self._stage = stage
        self._db = stage.index
        self._office = office
        self._chance = chance
        self._first = first
        self._on_day = on_day
        self._borrowers = everybody.borrowers
        self._by_address = {b.person.address: b for b in everybody.borrowers}
        self.acts = Acts(stage, everybody, chance)
        self.helpline = Helpline(stage.layout.url, self.acts.people, self.acts.wallets)
        self.noted = Noted()

    def play(self, months: int) -> int:
        """Lives `months` months; returns the last day. Raises ChainError, TimeoutError."""
        self.acts.prepare()
        begin = date_of(self._first)
        last = month_day(begin.year, begin.month, months, begin.day).toordinal() - _EPOCH
        for day in range(self._first, last + 1):
            self._live(day, ends=last)
            self._on_day(day - self._first + 1)
        self._stage.settle_index()
        self.helpline.close()
        return last

    def _live(self, day: int, ends: int) -> None:
        number = day - self._first
        self._pay_wages(day, number)
        self._begin_loans(day, number, ends)
        self._wake(number)
        self._mine(day * _DAY + _NINE)
        self._collect()
        self._work(day * _DAY + _NINE, number)
        self.acts.now = day * _DAY + _TEN
        for loan in self._overdue(day):
            self._borrower_acts(loan, day, number)
            self._lender_acts(loan, day)
        if number % 30 == 29:
            self._trade(day)
        if self.acts.wallets.waiting:
            self._mine(self.acts.now)

    def _mine(self, timestamp: int) -> None:
        self.acts.wallets.mine(timestamp)
        self._stage.settle_index()

    def _work(self, now: int, number: int) -> None:
        """What the service does by itself; on some days the mail server is down meanwhile."""
        self._office.close(now)
        if self._chance.random() < _MAIL_OUTAGES:
            self.noted.mail_outages += 1
            with self._stage.mailbox.outage():
                self._office.messages(now)
        else:
            self._office.messages(now)
        if number % _WEEK == 0:
            self._office.repairs()

    # People with enough

    def _pay_wages(self, day: int, number: int) -> None:
        today = date_of(day).day
        paid = [
            (borrower.person, borrower.income(number))
            for borrower in self._borrowers
            if borrower.payday == today and borrower.loans
        ]
        self.acts.wages([each for each in paid if each[1]])

    def _begin_loans(self, day: int, number: int, ends: int) -> None:
        for borrower in self._borrowers:
            if borrower.next_loan != number or day > ends - 60:
                continue
            borrower.next_loan = None
            terms, loan_id = self.acts.lend(borrower, date_of(day))
            if borrower.mails and not borrower.loans:
                self.helpline.enrol(borrower.person)
            if not borrower.loans:  # savings, so that one late wage is no failure
                self.acts.wages([(borrower.person, borrower.spare)])
            borrower.loans.append(loan_id)
            match borrower.habit:
                case Habit.FORGETFUL:
                    self.acts.allow(borrower.person, 4 * terms.installment)
                case Habit.FRAUDULENT:
                    self.acts.allow(borrower.person, borrower.honest_rows * terms.installment)
                case _:
                    self.acts.allow(borrower.person)

    def _wake(self, number: int) -> None:
        for borrower in self._borrowers:
            if borrower.wakes == number:
                borrower.wakes = None
                self.acts.allow(borrower.person, 10 * borrower.spare)

    # The keeper, through accidents

    def _collect(self) -> None:
        if self._chance.random() < _OUTAGES:
            self._collect_in_an_outage()
        if self._pull() and self._chance.random() < _REORGS:
            self._reorganise()
            self._pull()

    def _pull(self) -> int:
        """A round of the keeper; how many loans it collected."""
        done = self._stage.keeper.run_once()
        assert done is not None  # noqa: S101 - nobody else holds the lock
        self.noted.pulls.update(
            collected=done.collected, drawn=done.drawn, failed=done.failed, settled=done.settled
        )
        self.noted.keeper_gas += done.gas_used
        self.noted.keeper_transactions += done.transactions
        if done.transactions:
            self._stage.settle_index()
        return done.collected

    def _collect_in_an_outage(self) -> None:
        """The node is out of reach for a round."""
        self.noted.outages += 1
        head = self._head()
        with self._stage.outage():
            try:
                self._stage.keeper.run_once()
            except RpcUnavailable:
                self.noted.pulls["cut short"] += 1
        # what it had sent by then it could tell nobody
        self.noted.pulls["collected"] += self._pulled(head + 1)

    def _reorganise(self) -> None:
        """The keeper's last block is replaced by an empty one: it must pull again."""
        self.noted.pulls["undone"] += self._pulled(self._head())
        self._stage.rpc.call("anvil_reorg", 1, [])
        self.noted.reorgs += 1
        self._stage.settle_index()

    def _head(self) -> int:
        return int(self._stage.rpc.call("eth_blockNumber"), 16)

    def _pulled(self, first: int) -> int:
        """How many installments were pulled from a block on, by the chain."""
        if first > self._head():
            return 0
        paid = "0x" + TOPICS["Paid"].hex()
        wanted = {"fromBlock": hex(first), "address": self._stage.record.book, "topics": [paid]}
        logs = self._stage.rpc.call("eth_getLogs", wanted)
        topics = (bytes.fromhex("".join(topic[2:] for topic in log["topics"])) for log in logs)
        return sum(paid_source(each) is Source.COLLECTED for each in topics)

    # People in trouble

    def _overdue(self, day: int) -> list[LoanState]:
        """Loans with something due that the keeper could not pull, and those in default."""
        found: list[LoanState] = []
        book = repository.book(self._db, self._stage.record.chain_id, self._stage.record.book)
        after = None
        while book and (page := repository.due_loans(self._db, book.id, day - 1, _PAGE, after)):
            found += page
            last = page[-1].loan_id
            due_day = repository.next_due(self._db, last)
            if due_day is None:
                break
            after = (due_day, last)
        return found

    def _borrower_acts(self, loan: LoanState, day: int, number: int) -> None:
        borrower = self._by_address[loan.original.borrower]
        owed = owed_at(loan.agreement, loan.stored, day)
        chance = self._chance
        match borrower.habit:
            case Habit.FORGETFUL if borrower.wakes is None:
                borrower.wakes = number + borrower.notices
            case Habit.STRUGGLING:
                self._struggle(borrower, loan, day, owed.days_past_due)
            case _:
                pass
        recourse = sum(each.recourse for each in loan.guarantees.values())
        if recourse and borrower.habit is Habit.FORGETFUL and chance.random() < 0.2:
            self.acts.repay_guarantor(loan, recourse)

    def _struggle(self, borrower: Borrower, loan: LoanState, day: int, late: int) -> None:
        active = loan.debt.status is Status.ACTIVE
        asks = borrower.seeks_help and borrower.asked != loan.loan_id
        if asks and late >= _HELP_AFTER and active and not loan.debt.amended:
            borrower.asked = loan.loan_id
            self.helpline.repair(borrower, loan, self.acts.now)
        elif late >= DEFAULT_DAYS + 20 and self._chance.random() < 0.02:
            owed = owed_at(loan.agreement, loan.stored, day)
            self.acts.settle(loan, max(1, owed.outstanding * 6 // 10))
        elif late % 10 == 3 and self._chance.random() < 0.3:
            self._pay_some(borrower, loan)

    def _pay_some(self, borrower: Borrower, loan: LoanState) -> None:
        """What is in the purse, or a little from the employer."""
        held = self._stage.book.balance_of(self._stage.token, borrower.person.address)
        if held > 0:
            self.acts.pay(loan, held)
        else:
            self.acts.pay_through(loan, max(1, loan.agreement.installment // 4))

    def _lender_acts(self, loan: LoanState, day: int) -> None:
        late = owed_at(loan.agreement, loan.stored, day).days_past_due
        debt = loan.debt
        if debt.status is Status.ACTIVE and late >= DEFAULT_DAYS:
            self.acts.default(loan)
        elif debt.status is Status.DEFAULTED and late >= WRITE_OFF_DAYS:
            self.acts.write_off(loan)
        elif debt.status is Status.DEFAULTED and late >= ACCELERATION_DAYS and not debt.accelerated:
            self.acts.accelerate(loan)

    # What happens now and then

    def _trade(self, day: int) -> None:
        """Claims are sold, some borrowers close early, and whoever is free borrows again."""
        number = day - self._first
        running = {state.loan_id: state for state in self._running()}
        some = self._chance.sample(sorted(running), min(len(running), 1 + len(running) // 50))
        for index, loan_id in enumerate(some):
            loan = running[loan_id]
            owed = owed_at(loan.agreement, loan.stored, day)
            if index % 3 == 2:
                self._close_early(loan, owed.payoff)
            elif loan.debt.status is Status.ACTIVE:
                self.acts.sell(loan, max(1, owed.outstanding * 97 // 100))
        open_borrowers = {state.original.borrower for state in running.values()}
        for borrower in self._borrowers:
            free = borrower.loans and borrower.person.address not in open_borrowers
            if free and borrower.next_loan is None and self._chance.random() < 0.8:
                borrower.next_loan = number + self._chance.randint(2, 29)

    def _close_early(self, loan: LoanState, payoff: int) -> None:
        borrower = self._by_address[loan.original.borrower]
        if borrower.habit is Habit.FRAUDULENT or loan.agreement.conditions.guarantor == NO_ADDRESS:
            return
        self.acts.wages([(borrower.person, payoff)])
        self.acts.allow(borrower.person)
        self.acts.pay(loan, payoff)

    def _running(self) -> list[LoanState]:
        """Every open loan."""
        found: list[LoanState] = []
        after = None
        while page := repository.list_loans(
            self._db, repository.LoanFilter(status=Status.ACTIVE), after, _PAGE
        ):
            found += page
            after = page[-1].loan_id
        return found
