"""What parties do with a loan after it began: shorthand on a `World`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eth_utils import keccak
from tests.integration.world import Party, World

from tallystick.chain import calls
from tallystick.chain.client import BookClient
from tallystick.chain.typed_data import amendment_digest, assignment_digest, settlement_digest
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import SECONDS_PER_DAY, date_of, day_at, month_day, ymd_of
from tallystick.loans.consents import Amendment, Assignment, Settlement
from tallystick.loans.kinds import Amortization, Status
from tallystick.loans.members import NO_ADDRESS, NO_HASH

_STORE = keccak(text="store(uint96[])")[:4]
_ADDRESS_OF = keccak(text="addressOf(uint96[])")[:4]


class Servicing:
    """Acts on the loans of a world. Amounts in base units; every call is mined at once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = BookClient(world.url, world.book)
        self._nonce = 10**9

    def amend(self, before: Agreement, loan_id: bytes, **changes: Any) -> Agreement:
        """New terms from today; members of the amendment and of the agreement in `changes`.

        Unless told otherwise: the same rows again from today for what is outstanding, unpaid
        interest deferred, all penalty waived.
        """
        after, amendment = self.terms_after(before, loan_id, **changes)
        world = self.world
        digest = amendment_digest(after, amendment, world.chain_id, world.book)
        call = calls.amend_call(before, after, amendment, world.signatures(after, digest))
        world.send(Party.named("deployer"), call)
        return after

    def terms_after(
        self, before: Agreement, loan_id: bytes, **changes: Any
    ) -> tuple[Agreement, Amendment]:
        """The terms and the amendment that `amend` signs."""
        self._nonce += 1
        amendment = Amendment(
            terms_before=self.client.terms_of(loan_id),
            status_before=self.client.debt_of(loan_id)[0].status,
            waived_penalty=2**96 - 1,
            waived_interest=0,
            waived_principal=0,
            capitalise=False,
            watch_rows=0,
            reason=2,
            plan_hash=keccak(text=f"plan {self._nonce}"),
        )
        own = {name: changes.pop(name) for name in Amendment.__slots__ if name in changes}
        start = date_of(day_at(self.world.now()))
        conditions = replace(
            before.conditions,
            borrower_nonce=self._nonce,
            lender_nonce=self._nonce,
            guarantor_nonce=0 if before.conditions.guarantor == NO_ADDRESS else self._nonce,
            deadline=self.world.now() + 7 * SECONDS_PER_DAY,
        )
        after = replace(
            before,
            lender=self.client.holder_of(before),
            amends=loan_id,
            start_date=ymd_of(start),
            first_due_date=ymd_of(month_day(start.year, start.month, 1, start.day)),
            due_day=start.day,
            conditions=conditions,
        )
        return replace(after, **changes), replace(amendment, **own)

    def settle(self, agreement: Agreement, loan_id: bytes, amount: int, payer: str = "ada") -> None:
        """Closes the loan for `amount`; both sign, `payer` pays."""
        self._nonce += 1
        terms = Settlement(
            self.client.terms_of(loan_id),
            amount,
            *(3, NO_HASH, self._nonce, self._nonce),
            self.world.now() + SECONDS_PER_DAY,
        )
        digest = settlement_digest(terms, self.world.chain_id, self.world.book)
        holder = self.client.holder_of(agreement)
        signatures = (
            self.world.at(account).sign(digest) for account in (agreement.borrower, holder)
        )
        self.world.send(self.world.parties[payer], calls.settle_call(agreement, terms, *signatures))

    def assign(self, agreement: Agreement, loan_id: bytes, to: str, price: int = 0) -> None:
        """The holder sells its claim to the party `to`, who sends and pays."""
        self._nonce += 1
        holder, buyer = self.client.holder_of(agreement), self.world.parties[to]
        assignment = Assignment(
            loan_id,
            holder,
            buyer.address,
            self.world.token,
            price,
            self._nonce,
            self.world.now() + SECONDS_PER_DAY,
        )
        digest = assignment_digest(assignment, self.world.chain_id, self.world.book)
        signature = self.world.at(holder).sign(digest)
        self.world.send(buyer, calls.assign_call(agreement, assignment, signature))

    def default(self, agreement: Agreement) -> None:
        """The holder declares default."""
        self._holder(agreement, calls.declare_default_call(agreement))

    def accelerate(self, agreement: Agreement) -> None:
        """The holder calls everything due."""
        self._holder(agreement, calls.accelerate_call(agreement))

    def write_off(self, agreement: Agreement) -> None:
        """The holder writes the loan off."""
        self._holder(agreement, calls.write_off_call(agreement))

    def autopay(self, agreement: Agreement, *, on: bool) -> None:
        """The borrower switches autopay."""
        self.world.send(self.world.at(agreement.borrower), calls.set_autopay_call(agreement, on=on))

    def draw(self, agreement: Agreement) -> None:
        """Anyone pulls what is due from the guarantor."""
        self.world.send(Party.named("deployer"), calls.draw_guarantor_call(agreement))

    def repay_recourse(self, agreement: Agreement, amount: int) -> None:
        """The borrower pays its guarantor back."""
        call = calls.repay_recourse_call(agreement, agreement.conditions.guarantor, amount)
        self.world.send(self.world.at(agreement.borrower), call)

    def add_collateral(self, agreement: Agreement, amount: int) -> None:
        """The borrower adds collateral."""
        call = calls.add_collateral_call(agreement, amount)
        self.world.send(self.world.at(agreement.borrower), call)

    def buy(self, agreement: Agreement, buyer: str, amount: int) -> None:
        """The party `buyer` buys collateral at the price of the moment."""
        call = calls.buy_collateral_call(agreement, amount, 2**96 - 1)
        self.world.send(self.world.parties[buyer], call)

    def release(self, agreement: Agreement) -> None:
        """Anyone returns the collateral of a closed loan."""
        self.world.send(Party.named("deployer"), calls.release_collateral_call(agreement))

    def store_rows(self, plan: tuple[int, ...]) -> str:
        """Address of the contract that lists these balances, stored if it was not."""
        words = (32, len(plan), *plan)
        arguments = b"".join(number.to_bytes(32, "big") for number in words)
        store = self.world.deploy("CustomRows")
        self.world.send(Party.named("deployer"), _STORE + arguments, to=store)
        call = {"to": store, "data": "0x" + (_ADDRESS_OF + arguments).hex()}
        answer: str = self.world.rpc.call("eth_call", call, "latest")
        return self.world.checked(answer[-40:])

    def custom(self, plan: tuple[int, ...], **terms: Any) -> Agreement:
        """A loan whose rows leave these balances, originated."""
        rows = self.store_rows(plan)
        agreement = self.world.terms(
            amortization=Amortization.CUSTOM,
            installment=0,
            count=len(plan),
            rows=rows,
            plan=plan,
            **terms,
        )
        return self.world.originate(agreement)

    def status(self, loan_id: bytes) -> Status:
        """The loan's status in the book."""
        return self.client.debt_of(loan_id)[0].status

    def _holder(self, agreement: Agreement, call: bytes) -> None:
        self.world.send(self.world.at(self.client.holder_of(agreement)), call)
