"""A chain with the loan book, a token and parties who sign: where integration tests start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from eth_account import Account
from eth_utils import keccak, to_checksum_address
from tests.integration.anvil import Anvil
from tests.integration.contracts import compiled

from tallystick.chain import calls
from tallystick.chain.calls import Consents
from tallystick.chain.deployment import Deployment, Part
from tallystick.chain.errors import RpcRefused
from tallystick.chain.reverts import as_revert
from tallystick.chain.rpc import Rpc
from tallystick.chain.typed_data import digest
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import (
    SECONDS_PER_DAY,
    date_from_ymd,
    date_of,
    day_at,
    month_day,
    ymd_of,
)
from tallystick.loans.conditions import Conditions
from tallystick.loans.installment import level_installment
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Waterfall,
)
from tallystick.loans.members import NO_ADDRESS, NO_HASH

UNIT = 10**6
"""One whole test dollar in base units."""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a key, a name for messages and some money."""

    name: str
    key: bytes
    address: str

    @classmethod
    def named(cls, name: str) -> Party:
        """The party whose key is the hash of its name."""
        key = keccak(text=name)
        return cls(name, key, Account.from_key(key).address)

    def sign(self, digest_: bytes) -> bytes:
        """65-byte ECDSA signature of a digest."""
        return bytes(Account.unsafe_sign_hash(digest_, self.key).signature)


class World:
    """The book, deployed on a running anvil, and shorthand for what its users do."""

    def __init__(
        self,
        anvil: Anvil,
        parties: Sequence[str] = ("ada", "ben", "cem", "dora"),
        permit2: str = NO_ADDRESS,
    ) -> None:
        self.anvil = anvil
        self.rpc: Rpc = anvil.rpc
        self.url = anvil.url
        self.chain_id = int(self.rpc.call("eth_chainId"), 16)
        self._nonce = 0
        code = compiled()
        deployer = Party.named("deployer").address
        self._fund(deployer)
        token = self.create(deployer, code["TestDollar"])
        self.token = to_checksum_address(token["contractAddress"])
        servicing = self.create(deployer, code["LoanServicing"] + _address(permit2))
        agreements = self.create(
            deployer,
            code["LoanAgreements"] + _address(permit2) + _address(servicing["contractAddress"]),
        )
        receipt = self.create(
            deployer,
            code["LoanBook"] + _address(permit2) + _address(agreements["contractAddress"]),
        )
        genesis, runtime, *parts = self.rpc.batch(
            [
                ("eth_getBlockByNumber", ("0x0", False)),
                ("eth_getCode", (receipt["contractAddress"], "latest")),
                ("eth_getCode", (agreements["contractAddress"], "latest")),
                ("eth_getCode", (servicing["contractAddress"], "latest")),
            ]
        )
        self.deployment = Deployment(
            chain_id=self.chain_id,
            book=to_checksum_address(receipt["contractAddress"]),
            from_block=int(receipt["blockNumber"], 16),
            code_hash=keccak(bytes.fromhex(runtime[2:])),
            genesis_hash=bytes.fromhex(genesis["hash"][2:]),
            token=self.token,
            parts=tuple(
                Part(to_checksum_address(made["contractAddress"]), keccak(bytes.fromhex(half[2:])))
                for made, half in zip((agreements, servicing), parts, strict=True)
            ),
        )
        self.book = self.deployment.book
        self.parties = {name: self.party(name) for name in parties}
        self.ready = self.head()
        """Head once everything stands: a reorg that reaches below takes allowances back."""

    def deploy(self, name: str) -> str:
        """Address of another contract of the tests."""
        created = self.create(Party.named("deployer").address, compiled()[name])
        return to_checksum_address(created["contractAddress"])

    def checked(self, digits: str) -> str:
        """The EIP-55 form of 40 hexadecimal digits."""
        return to_checksum_address("0x" + digits)

    def party(self, name: str, dollars: int = 10_000_000) -> Party:
        """A party with ether, test dollars and an unlimited allowance for the book."""
        party = Party.named(name)
        self._fund(party.address)
        mint = keccak(text="mint(address,uint256)")[:4] + _words(party.address, dollars * UNIT)
        self.send(party, mint, to=self.token)
        self.approve(party, 2**256 - 1)
        return party

    def approve(self, party: Party, amount: int, token: str | None = None) -> None:
        """Sets what the book may pull from a party."""
        call = keccak(text="approve(address,uint256)")[:4] + _words(self.book, amount)
        self.send(party, call, to=token or self.token)

    def terms(self, borrower: str = "ada", lender: str = "ben", **overrides: Any) -> Agreement:
        """A level loan of 1,200 dollars, 12 months, 12 %, from today, unless overridden, also in
        its conditions."""
        self._nonce += 1
        start = date_of(day_at(self.now()))
        first = month_day(start.year, start.month, 1, start.day)
        agreement = Agreement(
            borrower=self.parties[borrower].address,
            lender=self.parties[lender].address,
            token=self.token,
            principal=1_200 * UNIT,
            installment=0,
            quantum=10_000,
            annual_rate=120_000_000,
            penalty_rate=60_000_000,
            prepayment_fee=0,
            grace_days=3,
            penalty_cap_days=180,
            amortization=Amortization.LEVEL,
            interest_method=InterestMethod.DECLINING,
            day_count=DayCount.THIRTY_360,
            prepayment=Prepayment.SHORTER_TERM,
            waterfall=Waterfall.PENALTY_INTEREST_PRINCIPAL,
            frequency=Frequency.MONTHS,
            every=1,
            count=12,
            grace_principal=0,
            grace_interest=0,
            start_date=ymd_of(start),
            first_due_date=ymd_of(first),
            due_day=start.day,
            rows=NO_ADDRESS,
            amends=NO_HASH,
            conditions=Conditions(
                document_hash=keccak(text=f"document {self._nonce}"),
                borrower_nonce=self._nonce,
                lender_nonce=self._nonce,
                guarantor_nonce=self._nonce if "guarantor" in overrides else 0,
                deadline=self.now() + 7 * SECONDS_PER_DAY,
            ),
        )
        named = {field.name for field in fields(Conditions)}
        conditions = {name: overrides.pop(name) for name in named & overrides.keys()}
        agreement = replace(
            agreement, conditions=replace(agreement.conditions, **conditions), **overrides
        )
        if agreement.amortization is Amortization.LEVEL and "installment" not in overrides:
            agreement = replace(agreement, installment=_installment(agreement))
        return agreement

    def loan_id(self, agreement: Agreement) -> bytes:
        """The digest that both sign."""
        return digest(agreement, self.chain_id, self.book)

    def signatures(self, agreement: Agreement, digest_: bytes | None = None) -> Consents:
        """All parties' signatures over the loan id, or another digest."""
        digest_ = digest_ or self.loan_id(agreement)
        guarantor = agreement.conditions.guarantor
        return Consents(
            borrower=self.at(agreement.borrower).sign(digest_),
            lender=self.at(agreement.lender).sign(digest_),
            guarantor=b"" if guarantor == NO_ADDRESS else self.at(guarantor).sign(digest_),
        )

    def at(self, address: str) -> Party:
        """The party with this address."""
        return next(party for party in self.parties.values() if party.address == address)

    def originate(self, agreement: Agreement | None = None, **overrides: Any) -> Agreement:
        """Originates `agreement` or `terms(**overrides)`: both sign, a third party sends."""
        agreement = agreement or self.terms(**overrides)
        call = calls.originate_call(agreement, self.signatures(agreement))
        self.send(Party.named("deployer"), call)
        return agreement

    def pay(self, agreement: Agreement, amount: int) -> dict[str, Any]:
        """The borrower pays `amount` base units."""
        return self.send(self._borrower(agreement), calls.pay_call(agreement, amount))

    def payoff(self, agreement: Agreement) -> dict[str, Any]:
        """The borrower closes the loan."""
        return self.send(self._borrower(agreement), calls.payoff_call(agreement, 2**128))

    def collect(self, *agreements: Agreement) -> dict[str, Any]:
        """Anyone collects what is due from all."""
        return self.send(Party.named("deployer"), calls.collect_many_call(agreements))

    def send(self, party: Party, data: bytes, to: str | None = None) -> dict[str, Any]:
        """Receipt of a call of the book (or `to`), mined at once; raises BookRevert."""
        return self._transact({"from": party.address, "to": to or self.book, "data": _hex(data)})

    def now(self) -> int:
        """Timestamp of the head, Unix seconds."""
        return int(self.rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def head(self) -> int:
        """Number of the head."""
        return int(self.rpc.call("eth_blockNumber"), 16)

    def travel(self, timestamp: int) -> None:
        """Mines a block at `timestamp`, Unix seconds; later blocks follow from there."""
        self.rpc.call("evm_setNextBlockTimestamp", timestamp)
        self.rpc.call("evm_mine")

    def travel_to_day(self, day: int) -> None:
        """Mines a block at noon of `day`, days since 1970-01-01."""
        self.travel(day * SECONDS_PER_DAY + SECONDS_PER_DAY // 2)

    def mine(self, blocks: int = 1) -> None:
        """Mines empty blocks."""
        self.rpc.call("anvil_mine", hex(blocks))

    def reorg(self, depth: int) -> None:
        """Replaces the last `depth` blocks by empty ones: their transactions vanish."""
        self.rpc.call("anvil_reorg", depth, [])

    def _borrower(self, agreement: Agreement) -> Party:
        return self.at(agreement.borrower)

    def _fund(self, address: str) -> None:
        self.rpc.call("anvil_setBalance", address, hex(10**24))

    def create(self, deployer: str, code: str) -> dict[str, Any]:
        """Receipt of the contract made by this creation code."""
        return self._transact({"from": deployer, "data": code})

    def _transact(self, transaction: dict[str, str]) -> dict[str, Any]:
        try:
            gas = self.rpc.call("eth_estimateGas", transaction)
            tx_hash = self.rpc.call("eth_sendTransaction", transaction | {"gas": gas})
        except RpcRefused as error:
            raise as_revert(error) or error from error
        receipt: dict[str, Any] | None = None
        while receipt is None:  # mined at once, yet a moment after the hash is answered
            receipt = self.rpc.call("eth_getTransactionReceipt", tx_hash)
        assert int(receipt["status"], 16) == 1
        return receipt


def _installment(agreement: Agreement) -> int:
    return level_installment(
        agreement.principal,
        agreement.annual_rate,
        agreement.quantum,
        agreement.frequency,
        agreement.every,
        agreement.count,
        date_from_ymd(agreement.start_date),
        date_from_ymd(agreement.first_due_date),
        agreement.due_day,
    )


def _address(account: str) -> str:
    return account[2:].lower().rjust(64, "0")


def _words(address: str, number: int) -> bytes:
    return bytes.fromhex(address[2:]).rjust(32, b"\0") + number.to_bytes(32, "big")


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
