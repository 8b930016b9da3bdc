"""Plays the plan: day by day, over HTTP and on the chain, while the keeper does its own work."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tallystick.chain.calls import Consents, amend_call, assign_call
from tallystick.chain.client import BookClient
from tallystick.chain.devchain import DevelopmentChain
from tallystick.chain.rows import FACTORY, address_of, store_call
from tallystick.chain.rpc import Rpc
from tallystick.chain.sender import Receipt, Sender, SenderPolicy
from tallystick.chain.typed_data import amendment_typed_data, assignment_typed_data
from tallystick.db import SchemaOutdated, open_database, require_schema
from tallystick.demo.api import ServiceClient
from tallystick.demo.desk import Desk
from tallystick.demo.people import LINDIWE, NADIA, OMAR, PEOPLE, Person
from tallystick.demo.plan import (
    DAYS,
    LENGTH,
    SAVINGS,
    UNIT,
    Action,
    Apply,
    Approve,
    Lend,
    PayOff,
    Prepay,
    Restructure,
    Sell,
)
from tallystick.demo.restructuring import easier_terms
from tallystick.demo.token import approve_call, mint_call
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import date_of, day_at, due_day
from tallystick.loans.consents import Assignment
from tallystick.settlement.attempts import held_back, last_attempt
from tallystick.settlement.migrations import schema as attempts

_DAY = 86_400
_NINE = 9 * 3_600
_PATIENCE = 60.0


class KeeperSilent(Exception):
    """The keeper did not settle what was due within a minute."""


@dataclass(frozen=True, slots=True)
class World:
    """What the demo plays on. `db` is read only, to see what the keeper tried."""

    chain: DevelopmentChain
    rpc: Rpc
    client: BookClient
    service: ServiceClient
    db: Path
    token: str
    chain_id: int


@dataclass(frozen=True, slots=True)
class _Loan:
    loan_id: bytes
    agreement: Agreement


class Demo:
    """One performance. `tell` gets a sentence for whatever happens, `on_day` each day's number."""

    def __init__(
        self, world: World, tell: Callable[[str], None], on_day: Callable[[int], None]
    ) -> None:
        self._world = world
        self._tell_reader = tell
        self._on_day = on_day
        self._loans: dict[str, _Loan] = {}
        self._late: set[str] = set()
        self._desk = Desk(world.service, world.db)
        policy = SenderPolicy(poll=0.02)
        self._senders = {
            person: Sender(world.rpc, person.account.key, world.chain_id, policy)
            for person in PEOPLE
        }

    def play(self) -> None:
        """From the chain's today to `LENGTH` days later, and on to the present if that is later.

        Raises ServiceRefused, KeeperSilent, ChainError, TimeoutError.
        """
        chain = self._world.chain
        start = day_at(chain.now())
        self._prepare()
        for number in range(LENGTH):
            morning = (start + number) * _DAY + _NINE
            if morning > chain.now():
                chain.move_to(morning)
            actions = DAYS.get(number, ())
            # On the day after an action too, so that its effect falls on the same day every time.
            if actions or number - 1 in DAYS or self._falls_due(start + number):
                self._wait_for_keeper()
            for action in actions:
                self._act(action)
            self._on_day(number + 1)
        chain.move_to(max(int(time.time()), (start + LENGTH) * _DAY, chain.now() + 1))
        self._wait_for_keeper()
        self._world.service.wait_for_block(int(self._world.rpc.call("eth_blockNumber"), 16))

    def _prepare(self) -> None:
        for person in PEOPLE:
            self._world.chain.fund(person.address)
            self._send(person, self._world.token, mint_call(person.address, SAVINGS[person]))
        self._desk.open(self._present())

    def _act(self, action: Action) -> None:
        match action:
            case Lend():
                self._lend(action)
            case Apply():
                self._apply(action)
            case Approve(borrower, amount):
                self._approve(borrower, amount)
                limit = "without limit" if amount >= 2**255 else f"up to {_dollars(amount)}"
                self._tell(f"{borrower.name} lets the book pull installments {limit}")
            case Prepay(purpose, amount):
                self._pay(purpose, "pay", amount)
            case Restructure():
                self._restructure(action)
            case Sell():
                self._sell(action)
            case PayOff(purpose):
                loan = self._loans[purpose]
                owed = self._world.client.owed_at(loan.agreement, self._world.chain.now())
                self._pay(purpose, "payoff", owed.payoff)

    def _lend(self, plan: Lend) -> None:
        service, now = self._world.service, self._world.chain.now()
        start = date_of(day_at(now))
        terms = {
            "borrower": plan.borrower.address,
            "lender": plan.lender.address,
            "token": self._world.token,
            "principal": str(plan.principal),
            "annual_rate_pct": plan.annual_rate_pct,
            "amortization": plan.amortization,
            "frequency": plan.frequency,
            "every": plan.every,
            "count": plan.count,
            "start_date": start.isoformat(),
            "first_due_date": plan.first_due_date(start).isoformat(),
            "penalty_rate_pct": plan.penalty_rate_pct,
            "grace_days": plan.grace_days,
            "penalty_cap_days": plan.penalty_cap_days,
            "interest_method": plan.interest_method,
            "valid_until": f"{datetime.fromtimestamp(now + _DAY, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "document": {"text": f"Loan for: {plan.purpose}. {plan}"},
        }
        if plan.due_day is not None:
            terms["due_day"] = plan.due_day
        if plan.plan:
            self._send(plan.borrower, FACTORY, store_call(plan.plan))
            terms["rows"] = address_of(plan.plan)
        terms["conditions"] = self._conditions(plan)
        offer = service.offer(terms)
        for person in (plan.lender, plan.borrower, plan.guarantor):
            if person is not None:
                service.sign(offer, person)
        self._approve(plan.lender, plan.principal)
        to, data = service.origination(offer, plan.borrower.address)
        self._begin(plan.purpose, offer, self._send(plan.borrower, to, data))
        self._tell(
            f"{plan.lender.name} lends {plan.borrower.name} {_dollars(plan.principal)} at "
            f"{plan.annual_rate_pct} % ({plan.purpose})"
        )

    def _begin(self, purpose: str, offer: dict[str, Any], receipt: Receipt) -> None:
        """Returns once the index has the loan."""
        self._world.service.wait_for_block(receipt.block_number)
        loan_id = bytes.fromhex(offer["loan_id"][2:])
        self._loans[purpose] = _Loan(loan_id, Agreement.from_json(offer["agreement"]))

    def _apply(self, plan: Apply) -> None:
        """Asks Lindiwe's desk, and takes what it offers."""
        who, decided = self._desk.apply(plan, day_at(self._present()))
        asks = f"{plan.borrower.name} asks Lindiwe for {_dollars(plan.principal)} ({plan.purpose}):"
        reasons = " ".join(reason["text"]["en"] for reason in decided["reasons"])
        path = f"/me/applications/{decided['application_id']}"
        if decided["outcome"] == "decline":
            ways = [change["text"]["en"] for change in who.get(f"{path}/changes")["data"]]
            self._tell(" ".join([asks, "declined.", reasons, *ways]))
            return
        if decided["outcome"] == "refer":
            self._tell(f"{asks} left to people. {reasons}")
            self._desk.refer(decided, plan.waived)
            self._tell(f"{NADIA.name} and {OMAR.name} agree to lend")
            decided = who.get(path)
        offer, transactions = self._desk.accept(who, decided)
        self._approve(LINDIWE, plan.principal)
        for wanted in transactions:
            data = bytes.fromhex(wanted["data"][2:])
            receipt = self._send(plan.borrower, wanted["to"], data)
        self._begin(plan.purpose, offer, receipt)
        grade, rate = decided["grade"], decided["proposal"]["annual_rate_pct"]
        self._tell(f"{asks} grade {grade}, lent at {rate} %")

    def _present(self) -> int:
        """The chain's time, of which the service then knows as well: sessions go by it."""
        now = self._world.chain.now() + 1
        self._world.service.set_clock(now)
        return now

    def _conditions(self, plan: Lend) -> dict[str, Any]:
        conditions: dict[str, Any] = {
            "default_days": plan.default_days,
            "acceleration_days": plan.acceleration_days,
        }
        if plan.guarantor is not None:
            conditions["guaranty"] = {
                "guarantor": plan.guarantor.address,
                "guaranteed": str(plan.guaranteed),
                "guarantee_days": plan.guarantee_days,
            }
        if plan.deposit:
            conditions["collateral"] = {
                "token": self._world.token,
                "amount": str(plan.deposit),
                "price": str(plan.deposit),
                "floor": str(plan.deposit // 2),
                "auction_days": 7,
            }
        return conditions

    def _restructure(self, change: Restructure) -> None:
        """Signed by both as typed data; anyone may carry it to the book."""
        world, loan = self._world, self._loans[change.purpose]
        now = world.chain.now()
        owed = world.client.owed_at(loan.agreement, now)
        after, amendment = easier_terms(loan.agreement, loan.loan_id, change, owed, now)
        book = (world.chain_id, world.client.book)
        document = amendment_typed_data(after, amendment, *book)
        borrower, lender = self._person(after.borrower), self._person(after.lender)
        consents = Consents(borrower=_sign(borrower, document), lender=_sign(lender, document))
        call = amend_call(loan.agreement, after, amendment, consents)
        receipt = self._send(borrower, world.client.book, call)
        world.service.wait_for_block(receipt.block_number)
        self._loans[change.purpose] = _Loan(loan.loan_id, after)
        self._late.discard(change.purpose)
        self._tell(
            f"{lender.name} and {borrower.name} restructure the loan for {change.purpose}: "
            f"{_dollars(owed.payoff - owed.due.penalty)} in {after.count} installments"
        )

    def _sell(self, sale: Sell) -> None:
        """The holder signs; the buyer sends, and pays in the same transaction."""
        world, loan = self._world, self._loans[sale.purpose]
        seller = self._person(world.client.holder_of(loan.agreement))
        assignment = Assignment(
            loan.loan_id,
            seller.address,
            sale.buyer.address,
            world.token,
            sale.price,
            secrets.randbits(256),
            world.chain.now() + _DAY,
        )
        document = assignment_typed_data(assignment, world.chain_id, world.client.book)
        self._approve(sale.buyer, sale.price)
        call = assign_call(loan.agreement, assignment, _sign(seller, document))
        receipt = self._send(sale.buyer, world.client.book, call)
        world.service.wait_for_block(receipt.block_number)
        self._tell(
            f"{seller.name} sells the claim on the {sale.purpose} to {sale.buyer.name} for "
            f"{_dollars(sale.price)}"
        )

    def _person(self, address: str) -> Person:
        return next(person for person in PEOPLE if person.address == address)

    def _pay(self, purpose: str, kind: str, amount: int) -> None:
        loan = self._loans[purpose]
        payer = self._person(loan.agreement.borrower)
        to, data = self._world.service.payment(
            "0x" + loan.loan_id.hex(), kind, payer.address, amount
        )
        self._send(payer, to, data)
        what = "closes the loan for the" if kind == "payoff" else "pays ahead on the"
        self._tell(f"{payer.name} {what} {purpose} with {_dollars(amount)}")

    def _approve(self, owner: Person, amount: int) -> None:
        call = approve_call(self._world.client.book, amount)
        self._send(owner, self._world.token, call)

    def _tell(self, sentence: str) -> None:
        self._tell_reader(f"{date_of(day_at(self._world.chain.now()))}  {sentence}")

    def _send(self, person: Person, to: str, data: bytes) -> Receipt:
        return self._senders[person].send(to, data)

    def _falls_due(self, day: int) -> bool:
        """Whether a row of any loan is due on `day`, or a guarantor's turn comes."""
        agreements = [loan.agreement for loan in self._loans.values()]
        return any(
            due_day(a, row) in (day, day - a.conditions.guarantee_days)
            for a in agreements
            for row in range(a.count)
        )

    def _wait_for_keeper(self) -> None:
        """Until everything due is collected, or tried today and held back."""
        until = time.monotonic() + _PATIENCE
        while True:
            now = self._world.chain.now()
            due = self._due(now)
            held = self._held_back(now) if due else {}
            missing = (due - held.keys()) | (due & self._guaranteed(now))
            if not missing:
                break
            if time.monotonic() >= until:
                names = " and ".join(sorted(missing))
                raise KeeperSilent(
                    f"the keeper has not settled the {names} within {_PATIENCE:.0f} s"
                )
            time.sleep(0.05)
        self._tell_of_late(held)

    def _due(self, now: int) -> set[str]:
        """Loans of which something is due at `now` (chain time)."""
        owed_at = self._world.client.owed_at
        return {
            purpose
            for purpose, loan in self._loans.items()
            if owed_at(loan.agreement, now).due.total
        }

    def _guaranteed(self, now: int) -> set[str]:
        """Loans whose guarantor is to pay at `now`."""
        client = self._world.client
        found: set[str] = set()
        for purpose, loan in self._loans.items():
            terms = loan.agreement.conditions
            if terms.guarantee_days:
                overdue = client.owed_at(loan.agreement, now).days_past_due
                drawn = client.guarantee_of(loan.loan_id, terms.guarantor).drawn
                if overdue >= terms.guarantee_days and drawn < terms.guaranteed:
                    found.add(purpose)
        return found

    def _tell_of_late(self, held: dict[str, str]) -> None:
        for purpose in sorted(held.keys() - self._late):
            self._tell(f"The keeper cannot pull the {purpose}'s installment: {held[purpose]}")
        for purpose in sorted(self._late - held.keys()):
            self._tell(f"What is late on the {purpose} is paid, and the penalty")
        self._late = set(held)

    def _held_back(self, now: int) -> dict[str, str]:
        """Loans whose last attempt failed and is not to be repeated yet, and why."""
        db = open_database(self._world.db, readonly=True)
        try:
            require_schema(db, attempts)
            held = held_back(db, now)
            return {
                purpose: (last.reason or "").replace("_", " ")
                for purpose, loan in self._loans.items()
                if loan.loan_id in held and (last := last_attempt(db, loan.loan_id))
            }
        except SchemaOutdated:  # the keeper is only starting
            return {}
        finally:
            db.close()


def _sign(person: Person, document: dict[str, Any]) -> bytes:
    return bytes(person.account.sign_typed_data(full_message=document).signature)


def _dollars(amount: int) -> str:
    whole, rest = divmod(amount, UNIT)
    return f"{whole:,}.{rest // 10_000:02} TUSD"
