"""What people do with a loan, each act signed by whoever must and sent by whoever wants."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from typing import Any

from tallystick.chain import calls
from tallystick.chain.calls import Consents
from tallystick.chain.errors import BookRevert
from tallystick.chain.typed_data import (
    amendment_typed_data,
    assignment_typed_data,
    settlement_typed_data,
    typed_data,
)
from tallystick.chain.words import address_word, word
from tallystick.demo.people import Person
from tallystick.demo.token import approve_call, mint_call
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import SECONDS_PER_DAY
from tallystick.loans.consents import Assignment, Settlement
from tallystick.loans.fold import LoanState
from tallystick.loans.ledger import owed_at
from tallystick.loans.members import NO_ADDRESS
from tallystick.simulate.people import Borrower, People
from tallystick.simulate.stage import Stage
from tallystick.simulate.terms import agree, easier
from tallystick.simulate.wallets import Wallets

_TRANSFER = bytes.fromhex("a9059cbb")
_LIMITLESS = 2**256 - 1
_EMPLOYER = b"employer".ljust(32, b"\0")


class Acts:
    """Acts on the loans of a stage; `done` counts them, `refused` what the book did not allow."""

    def __init__(self, stage: Stage, everybody: People, chance: random.Random) -> None:
        self._stage = stage
        self._chance = chance
        self._everybody = everybody
        self.wallets = Wallets(stage.rpc, stage.record.chain_id)
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        people = [*everybody.lenders, *everybody.guarantors, everybody.buyer]
        self._by_address = {
            person.address: person
            for person in (*people, *(borrower.person for borrower in everybody.borrowers))
        }

    def prepare(self) -> None:
        """Gas for everybody; money and allowances for those who have enough of it."""
        fund = [("anvil_setBalance", (address, hex(10**24))) for address in self._by_address]
        self._stage.rpc.batch(fund)
        rich = [*self._everybody.lenders, *self._everybody.guarantors, self._everybody.buyer]
        for person in rich:
            self._token(person, mint_call(person.address, 10**15), "money")
            self.allow(person, _LIMITLESS)

    def wages(self, paid: list[tuple[Person, int]]) -> None:
        """Pays many people at once, base units each."""
        mints = [(self._stage.token, mint_call(person.address, sum_)) for person, sum_ in paid]
        self.wallets.send_all(self._everybody.buyer, mints, "wages")

    def allow(self, person: Person, amount: int = _LIMITLESS) -> None:
        """Lets the book pull up to `amount` from now on."""
        self._token(person, approve_call(self._stage.book.book, amount), "allowance")

    def lend(self, borrower: Borrower, start: date) -> Agreement:
        """A new loan, originated and spent."""
        chance, stage = self._chance, self._stage
        lender = chance.choice(self._everybody.lenders)
        guarantor = chance.choice(self._everybody.guarantors) if chance.random() < 0.15 else None
        terms = agree(borrower, lender, stage.token, start, chance, guarantor)
        document = typed_data(terms, stage.record.chain_id, stage.book.book)
        consents = self._consents(terms, document)
        self._book(borrower.person, calls.originate_call(terms, consents), "originate")
        self._spend(borrower.person, terms.principal)
        return terms

    def _spend(self, person: Person, amount: int) -> None:
        call = _TRANSFER + address_word(self._everybody.buyer.address) + word(amount)
        self._token(person, call, "spend")

    def pay(self, loan: LoanState, amount: int) -> None:
        """The borrower pays by hand."""
        payer = self._by_address[loan.agreement.borrower]
        self._book(payer, calls.pay_call(loan.agreement, amount), "pay")

    def pay_through(self, loan: LoanState, amount: int) -> None:
        """The employer pays on the borrower's behalf."""
        call = calls.pay_through_call(loan.agreement, amount, _EMPLOYER, loan.loan_id)
        self._book(self._everybody.buyer, call, "pay through a channel")

    def amend(self, loan: LoanState, day: int) -> None:
        """Both sign easier terms."""
        stage = self._stage
        owed = owed_at(loan.agreement, loan.stored, day)
        after, amendment = easier(loan, owed, stage.chain.now(), self._chance)
        document = amendment_typed_data(after, amendment, stage.record.chain_id, stage.book.book)
        consents = self._consents(after, document)
        call = calls.amend_call(loan.agreement, after, amendment, consents)
        self._book(self._by_address[after.borrower], call, "amend")

    def settle(self, loan: LoanState, amount: int) -> None:
        """Both agree that `amount` ends it; the borrower's family brings the money."""
        stage = self._stage
        borrower = self._by_address[loan.agreement.borrower]
        self._token(self._everybody.buyer, mint_call(borrower.address, amount), "money")
        self.allow(borrower)
        terms = Settlement(
            *(loan.terms, amount, 3, b"\0" * 32),
            *(self._chance.getrandbits(255), self._chance.getrandbits(255)),
            stage.chain.now() + SECONDS_PER_DAY,
        )
        document = settlement_typed_data(terms, stage.record.chain_id, stage.book.book)
        holder = self._by_address[loan.holder]
        signed = Wallets.sign(borrower, document), Wallets.sign(holder, document)
        self._book(borrower, calls.settle_call(loan.agreement, terms, *signed), "settle")

    def sell(self, loan: LoanState, price: int) -> None:
        """The holder sells the claim to another lender, who sends and pays."""
        stage = self._stage
        others = [each for each in self._everybody.lenders if each.address != loan.holder]
        buyer = self._chance.choice(others)
        sale = Assignment(
            *(loan.loan_id, loan.holder, buyer.address, stage.token, price),
            self._chance.getrandbits(255),
            stage.chain.now() + SECONDS_PER_DAY,
        )
        document = assignment_typed_data(sale, stage.record.chain_id, stage.book.book)
        signature = Wallets.sign(self._by_address[loan.holder], document)
        self._book(buyer, calls.assign_call(loan.agreement, sale, signature), "assign")

    def repay_guarantor(self, loan: LoanState, amount: int) -> None:
        """The borrower pays back what the guarantor paid."""
        agreement = loan.agreement
        call = calls.repay_recourse_call(agreement, agreement.conditions.guarantor, amount)
        self._book(self._by_address[agreement.borrower], call, "repay the guarantor")

    def default(self, loan: LoanState) -> None:
        """The holder declares default."""
        self._holder(loan, calls.declare_default_call(loan.agreement), "declare default")

    def accelerate(self, loan: LoanState) -> None:
        """The holder calls everything due."""
        self._holder(loan, calls.accelerate_call(loan.agreement), "accelerate")

    def write_off(self, loan: LoanState) -> None:
        """The holder gives up."""
        self._holder(loan, calls.write_off_call(loan.agreement), "write off")

    def _consents(self, terms: Agreement, document: dict[str, Any]) -> Consents:
        """Everybody's signature; the lender of the terms is who holds the claim."""
        parties = (terms.borrower, terms.lender, terms.conditions.guarantor)
        return Consents(
            *(
                b"" if party == NO_ADDRESS else Wallets.sign(self._by_address[party], document)
                for party in parties
            )
        )

    def _holder(self, loan: LoanState, call: bytes, what: str) -> None:
        self._book(self._by_address[loan.holder], call, what)

    def _token(self, person: Person, call: bytes, what: str) -> None:
        self.wallets.send(person, self._stage.token, call, what)

    def _book(self, person: Person, call: bytes, what: str) -> None:
        try:
            self.wallets.send(person, self._stage.book.book, call, what)
        except BookRevert as refused:
            self.refused[f"{what}: {refused.name}"] += 1
        else:
            self.done[what] += 1
