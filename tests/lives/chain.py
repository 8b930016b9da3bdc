"""A life on a chain: contracts, an index that follows it, and people who send transactions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_utils import keccak
from tests.integration.scenario import assert_stored
from tests.integration.servicing import Servicing
from tests.integration.world import World
from tests.lives.steps import Refused, Seen
from tests.lives.terms import changed, members
from tests.lives.tidings import Tidings

from tallystick.chain import calls
from tallystick.chain.errors import BookRevert
from tallystick.chain.reverts import error_name
from tallystick.indexer import repository
from tallystick.indexer.indexer import Indexer
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import date_from_ymd, day_at
from tallystick.loans.debt import NOTHING, Split
from tallystick.loans.events import CollectFailed, LoanEvent
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Amortization
from tallystick.settlement.attempts import Reason
from tallystick.settlement.simulation import Simulator

_TRANSFER = keccak(text="transfer(address,uint256)")[:4]
_SINK = "0x" + "51" * 20


class ChainLife:
    """The loan of ada (borrower) and ben (lender) in a world, seen through the index at `path`."""

    def __init__(self, world: World, path: Path, words: dict[str, str]) -> None:
        self.world = world
        self.servicing = Servicing(world)
        self._path = path
        self._told = 0
        self._tidings = Tidings()
        self._signed = self.agreement = self._terms(words)
        self.loan_id = b""

    def _terms(self, words: dict[str, str]) -> Agreement:
        given = members(words)
        if "guarantor" in given:
            given["guarantor"] = self.world.parties[given["guarantor"]].address
        if given.get("collateral"):
            given["collateral_token"] = self.world.token
        if "first_due_date" in given and "due_day" not in given:
            given["due_day"] = date_from_ymd(given["first_due_date"]).day
        if given.get("frequency", 2) != 2:
            given["due_day"] = 0
        if given.get("amortization") is Amortization.CUSTOM:
            given |= {"rows": self.servicing.store_rows(given["plan"]), "count": len(given["plan"])}
        if given.get("amortization", Amortization.LEVEL) is not Amortization.LEVEL:
            given.setdefault("installment", 0)
        return self.world.terms(**given)

    def go(self, day: int) -> None:
        if day > day_at(self.world.now()):
            self.world.travel_to_day(day)
        if self.loan_id:
            self._tidings.morning(self._indexed()[0], day)

    def wait(self) -> None:
        pass

    def look(self) -> Seen:
        """As index and contract agree, storage included."""
        world, client = self.world, self.servicing.client
        state, events = self._indexed()
        assert_stored(client, state, world.head())
        assert state.agreement == self.agreement
        new, self._told = events[self._told :], len(events)
        self._tidings.after(state, new)
        return Seen(
            sum((self._split(event, state) for event in new), NOTHING),
            state.debt.status,
            state.debt.row,
            client.owed_at(self.agreement, world.now()),
            tuple(_name(event) for event in new),
            self._tidings.heard(),
        )

    def _indexed(self) -> tuple[LoanState, list[LoanEvent]]:
        world = self.world
        with Indexer(world.rpc, world.deployment, self._path) as indexer:
            indexer.run_until_head()
        with repository.open_index(self._path) as db:
            state = repository.get_loan(db, self.loan_id)
            assert state is not None
            return state, repository.events_of(db, self.loan_id)

    @staticmethod
    def _split(event: LoanEvent, state: LoanState) -> Split:
        return next((paid.split for paid in state.payments if paid.ref == event.ref), NOTHING)

    def _do(self, party: str, call: bytes) -> None:
        self.world.send(self.world.parties[party], call)

    def originate(self) -> None:
        self.world.originate(self.agreement)
        self.loan_id = self.world.loan_id(self.agreement)

    def pull(self) -> None:
        state, client = self._indexed()[0], self.servicing.client
        now = self.world.now()
        amount = client.owed_at(self.agreement, now).due.total
        book = Simulator(self.world.rpc, client, self.world.parties["dora"].address)
        found = book.diagnose(self.agreement, amount, book.next_block())
        if found.reason is not None and found.reason is not Reason.REFUSED:
            self._tidings.failed(state, now, amount, found.reason, found.detail or "")
        self.world.collect(self.agreement)

    def pay(self, amount: int) -> None:
        self.world.pay(self.agreement, amount)

    def pay_off(self) -> None:
        self.world.payoff(self.agreement)

    def pay_through(self, amount: int) -> None:
        call = calls.pay_through_call(self.agreement, amount, b"\x0a" * 32, b"\x0b" * 32)
        self._do("cem", call)

    def have(self, balance: int) -> None:
        ada = self.world.parties["ada"]
        held = self.servicing.client.balance_of(self.world.token, ada.address)
        giver, taker = (ada, _SINK) if held > balance else (self.world.parties["dora"], ada.address)
        words = taker[2:].rjust(64, "0") + f"{abs(held - balance):064x}"
        self.world.send(giver, _TRANSFER + bytes.fromhex(words), to=self.world.token)

    def allow(self, allowance: int) -> None:
        self.world.approve(self.world.parties["ada"], allowance)

    def autopay(self, switch: str) -> None:
        self.servicing.autopay(self.agreement, on=switch == "on")

    def default(self) -> None:
        self.servicing.default(self.agreement)

    def accelerate(self) -> None:
        self.servicing.accelerate(self.agreement)

    def write_off(self) -> None:
        self.servicing.write_off(self.agreement)

    def draw(self) -> None:
        self.servicing.draw(self.agreement)

    def repay_guarantor(self, amount: int) -> None:
        self.servicing.repay_recourse(self.agreement, amount)

    def add_collateral(self, amount: int) -> None:
        self.servicing.add_collateral(self.agreement, amount)

    def buy_collateral(self, amount: int) -> None:
        self.servicing.buy(self.agreement, "dora", amount)

    def release(self) -> None:
        self.servicing.release(self.agreement)

    def sell_claim(self, buyer: str, price: int) -> None:
        self.servicing.assign(self.agreement, self.loan_id, buyer, price)

    def settle(self, amount: int) -> None:
        self.servicing.settle(self.agreement, self.loan_id, amount)

    def amend(self, words: dict[str, str]) -> None:
        changes = changed(self.agreement, day_at(self.world.now()), words)
        self.agreement = self.servicing.amend(self.agreement, self.loan_id, **changes)


def _name(event: LoanEvent) -> str:
    name = type(event).__name__
    return f"{name}: {error_name(event.reason)}" if isinstance(event, CollectFailed) else name


class Refusing:
    """A life on a chain whose reverts are refusals."""

    def __init__(self, life: ChainLife) -> None:
        self._life = life

    def __getattr__(self, name: str) -> Callable[..., Any]:
        step = getattr(self._life, name)

        def attempt(*arguments: Any) -> Any:
            try:
                return step(*arguments)
            except BookRevert as error:
                raise Refused(error.name) from error

        return attempt
