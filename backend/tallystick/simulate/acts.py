"""What people do with a loan, each act signed by whoever must and sent by whoever wants."""

from __future__ import annotations

import random
from datetime import date

from tallystick.chain import calls
from tallystick.chain.calls import Consents
from tallystick.chain.typed_data import (
    assignment_digest,
    digest,
    settlement_digest,
)
from tallystick.chain.words import address_word, word
from tallystick.demo.people import Person
from tallystick.demo.token import approve_call, mint_call
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import SECONDS_PER_DAY
from tallystick.loans.consents import Assignment, Settlement
from tallystick.loans.fold import LoanState
from tallystick.loans.members import NO_ADDRESS
from tallystick.simulate.people import Borrower, People
from tallystick.simulate.stage import Stage
from tallystick.simulate.terms import agree
from tallystick.simulate.wallets import Wallets

_TRANSFER = bytes.fromhex("a9059cbb")
_LIMITLESS = 2**256 - 1
_EMPLOYER = b"employer".ljust(32, b"\0")


class Acts:
    """Acts on the loans of a stage; each is mined with the next block, whose time is `now`."""

    def __init__(self, stage: Stage, everybody: People, chance: random.Random) -> None:
        self._stage = stage
        self._chance = chance
        self._everybody = everybody
        self.wallets = Wallets(stage.rpc, stage.record.chain_id)
        self.now = 0
        people = [*everybody.lenders, *everybody.guarantors, everybody.buyer]
        self.people = {
            person.address: person
            for person in (*people, *(borrower.person for borrower in everybody.borrowers))
        }

    def prepare(self) -> None:
        """Gas for everybody; money and allowances for those who have enough of it."""
        fund = [("anvil_setBalance", (address, hex(10**24))) for address in self.people]
        self._stage.rpc.batch(fund)
        rich = [*self._everybody.lenders, *self._everybody.guarantors, self._everybody.buyer]
        for person in rich:
            self._token(person, mint_call(person.address, 10**15), "money")
            self.allow(person)

    def wages(self, paid: list[tuple[Person, int]]) -> None:
        """Pays many people at once, base units each."""
        for person, sum_ in paid:
            self._token(self._everybody.buyer, mint_call(person.address, sum_), "wages")

    def allow(self, person: Person, amount: int = _LIMITLESS) -> None:
        """Lets the book pull up to `amount` from now on."""
        self._token(person, approve_call(self._stage.book.book, amount), "allowance")

    def lend(self, borrower: Borrower, start: date) -> tuple[Agreement, bytes]:
        """A new loan, originated and spent; its terms and id."""
        chance, stage = self._chance, self._stage
        lender = chance.choice(self._everybody.lenders)
        guarantor = chance.choice(self._everybody.guarantors) if chance.random() < 0.15 else None
        terms = agree(borrower, lender, stage.token, start, chance, guarantor)
        loan_id = digest(terms, stage.record.chain_id, stage.book.book)
        consents = self._consents(terms, loan_id)
        self._book(borrower.person, calls.originate_call(terms, consents), "originate")
        self._spend(borrower.person, terms.principal)
        return terms, loan_id

    def _spend(self, person: Person, amount: int) -> None:
        call = _TRANSFER + address_word(self._everybody.buyer.address) + word(amount)
        self._token(person, call, "spend")

    def pay(self, loan: LoanState, amount: int) -> None:
        """The borrower pays by hand."""
        payer = self.people[loan.agreement.borrower]
        self._book(payer, calls.pay_call(loan.agreement, amount), "pay")

    def pay_through(self, loan: LoanState, amount: int) -> None:
        """The employer pays on the borrower's behalf."""
        call = calls.pay_through_call(loan.agreement, amount, _EMPLOYER, loan.loan_id)
        self._book(self._everybody.buyer, call, "pay through a channel")

    def settle(self, loan: LoanState, amount: int) -> None:
        """Both agree that `amount` ends it; the borrower's family brings the money."""
        stage = self._stage
        borrower = self.people[loan.agreement.borrower]
        self._token(self._everybody.buyer, mint_call(borrower.address, amount), "money")
        self.allow(borrower)
        terms = Settlement(
            *(loan.terms, amount, 3, b"\0" * 32),
            *(self._chance.getrandbits(255), self._chance.getrandbits(255)),
            self.now + SECONDS_PER_DAY,
        )
        agreed = settlement_digest(terms, stage.record.chain_id, stage.book.book)
        holder = self.people[loan.holder]
        signed = Wallets.sign(borrower, agreed), Wallets.sign(holder, agreed)
        self._book(borrower, calls.settle_call(loan.agreement, terms, *signed), "settle")

    def sell(self, loan: LoanState, price: int) -> None:
        """The holder sells the claim to another lender, who sends and pays."""
        stage = self._stage
        others = [each for each in self._everybody.lenders if each.address != loan.holder]
        buyer = self._chance.choice(others)
        sale = Assignment(
            *(loan.loan_id, loan.holder, buyer.address, stage.token, price),
            self._chance.getrandbits(255),
            self.now + SECONDS_PER_DAY,
        )
        sold = assignment_digest(sale, stage.record.chain_id, stage.book.book)
        signature = Wallets.sign(self.people[loan.holder], sold)
        self._book(buyer, calls.assign_call(loan.agreement, sale, signature), "assign")

    def repay_guarantor(self, loan: LoanState, amount: int) -> None:
        """The borrower pays back what the guarantor paid."""
        agreement = loan.agreement
        call = calls.repay_recourse_call(agreement, agreement.conditions.guarantor, amount)
        self._book(self.people[agreement.borrower], call, "repay the guarantor")

    def default(self, loan: LoanState) -> None:
        """The holder declares default."""
        self._holder(loan, calls.declare_default_call(loan.agreement), "declare default")

    def accelerate(self, loan: LoanState) -> None:
        """The holder calls everything due."""
        self._holder(loan, calls.accelerate_call(loan.agreement), "accelerate")

    def write_off(self, loan: LoanState) -> None:
        """The holder gives up."""
        self._holder(loan, calls.write_off_call(loan.agreement), "write off")

    def _consents(self, terms: Agreement, agreed: bytes) -> Consents:
        """Everybody's signature; the lender of the terms is who holds the claim."""
        parties = (terms.borrower, terms.lender, terms.conditions.guarantor)
        return Consents(
            *(
                b"" if party == NO_ADDRESS else Wallets.sign(self.people[party], agreed)
                for party in parties
            )
        )

    def _holder(self, loan: LoanState, call: bytes, what: str) -> None:
        self._book(self.people[loan.holder], call, what)

    def _token(self, person: Person, call: bytes, what: str) -> None:
        self.wallets.send(person, self._stage.token, call, what)

    def _book(self, person: Person, call: bytes, what: str) -> None:
        self.wallets.send(person, self._stage.book.book, call, what)
