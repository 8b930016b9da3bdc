"""Gas of every step in a loan's life: `make bench-gas`.

Whole transactions on a fresh chain, an OpenZeppelin ERC-20 with unlimited allowance, balances and
nonce words that are not zero, a buyer who holds another claim of the lender, the optimizer at 200
runs. Writes `bench/gas.json`, which a contract
test compares; prints a table and last one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from time import sleep
from typing import Any

from brownie import CustomRows, TermsCost, TestDollar, accounts, rpc
from eth_account import Account
from eth_utils import keccak

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOT = ROOT / "bench" / "gas.json"
sys.path.insert(0, str(ROOT / "tests" / "contracts"))

import agreements  # noqa: E402  the contract tests' own parties and terms
import signing  # noqa: E402
import support  # noqa: E402

FIRST = agreements.FIRST
DOLLAR = agreements.DOLLAR
BORROWER, LENDER, STRANGER = agreements.BORROWER, agreements.LENDER, agreements.STRANGER
UNLIMITED = 2**256 - 1
HEADLINE = (
    "originate",
    "pay",
    "collect",
    "pay_late",
    "collect_many_100_each",
    "pay_last",
    "amend",
    "claim_transfer",
    "rows_360_over_12",
)
REFERENCES = {
    "originate": "TrueFi 270,433 in 3 transactions, PWN 403,321",
    "pay": "TrueFi 73,235 (no late fee), Teller 122,002",
    "collect": "Teller 203,432",
    "pay_late": "Maple 179,352, Teller 281,001",
    "pay_last": "TrueFi 77,550, Teller 147,978",
    "amend": "Maple 279,275",
}


class Bench:
    """A book, its parties, and nonces that were never used."""

    def __init__(self) -> None:
        self.book = support.deploy_book(support.deploy_permit2())
        self.dollar = TestDollar.deploy({"from": accounts[0]})
        self.store = CustomRows.deploy({"from": accounts[0]})
        self.nonces: Iterator[int] = iter(range(1, 256))
        for party in (BORROWER, LENDER, STRANGER):
            self.fund(party)
        self.originate(agreements.plain(self.dollar))  # the nonce words are in use from here on

    def fund(self, party: Any) -> None:
        support.rpc("anvil_setBalance", party.address, hex(10**20))
        self.send(party, "mint", party.address, 10**6 * DOLLAR, to=self.dollar)
        self.send(party, "approve", self.book.address, UNLIMITED, to=self.dollar)

    def send(self, by: Any, method: str, *args: Any, to: Any = None) -> int:
        """Gas used by the transaction, sent in a block of its own."""
        contract = to or self.book
        transaction = {
            "from": by.address,
            "to": contract.address,
            "data": support.calldata(contract, method, *args),
            "gas": hex(29_000_000),
        }
        sent = support.rpc("eth_sendTransaction", transaction)
        while (receipt := support.rpc("eth_getTransactionReceipt", sent)) is None:
            sleep(0.01)  # mined in the background
        if int(receipt["status"], 16) != 1:
            raise SystemExit(f"{method} failed in transaction {sent}")
        return int(receipt["gasUsed"], 16)

    def originate(self, agreement: Any, borrower: Any = BORROWER) -> tuple[Any, int]:
        """A third party submits an agreement with fresh nonces; the agreement and the gas."""
        nonce = next(self.nonces)
        own = nonce if borrower is BORROWER else 1
        agreement = agreements.changed(agreement, borrower_nonce=own, lender_nonce=nonce)
        signed = signing.sign(self.book, agreement, borrower)
        arguments = signing.origination(self.book, agreement, borrower=signed)
        return agreement, self.send(STRANGER, "originate", *arguments)

    def batch(self, size: int) -> list[Any]:
        """Loans of one lender to distinct borrowers."""
        loans = []
        for index in range(size):
            borrower = Account.from_key(keccak(text=f"borrower {index} of the batch"))
            self.fund(borrower)
            terms = agreements.plain(self.dollar, borrower=borrower.address)
            loans.append(self.originate(terms, borrower)[0])
        return loans


def measure() -> dict[str, Any]:
    """Gas used by each step. The chain's clock stands at the tests' start date and moves on."""
    unlocked = True
    support.rpc("anvil_autoImpersonateAccount", unlocked)
    bench = Bench()
    gas: dict[str, Any] = {}
    loans = {}
    long = {"count": 360, "installment": 12_340_000}
    kinds: dict[str, dict[str, Any]] = {
        "pay": {},
        "collect": {},
        "late": {},
        "claim": {},
        "another claim": {},
        "amend": {"default_days": 30},
        "last": {"count": 1, "installment": 1_212 * DOLLAR},
        "long": long,
    }
    for name, changes in kinds.items():
        loans[name], gas["originate"] = bench.originate(agreements.plain(bench.dollar, **changes))
    plan = tuple(100 * DOLLAR * left for left in range(11, -1, -1))
    bench.store.store(plan, {"from": accounts[0]})
    loans["custom"], _ = bench.originate(agreements.custom(bench.dollar, bench.store, plan))
    batch = bench.batch(100)
    terms_cost = compare_terms(bench)

    gas["claim_transfer_new_buyer"] = transfer(bench, loans["another claim"], LENDER, STRANGER)
    gas["claim_transfer"] = transfer(bench, loans["claim"], LENDER, STRANGER)
    support.rpc("evm_setNextBlockTimestamp", agreements.timestamp(FIRST, 60))
    payments(bench, gas, loans)
    many = bench.send(STRANGER, "collectMany", [agreements.terms(a) for a in batch])
    gas["collect_many_100_each"] = many // 100
    late = FIRST + timedelta(days=20)
    support.go_to(late)
    paid = agreements.INSTALLMENT + 900_000
    gas["pay_late"] = bench.send(BORROWER, "pay", agreements.terms(loans["late"]), paid)
    gas["amend"] = restructure(bench, loans["amend"], late)
    ordered = {name: gas[name] for name in HEADLINE}
    others = {name: gas[name] for name in ("pay_custom", "claim_transfer_new_buyer")}
    return ordered | others | {"terms": terms_cost}


def payments(bench: Bench, gas: dict[str, Any], loans: dict[str, Any]) -> None:
    """Everything that is paid on the first due day."""
    at = {name: agreements.terms(agreement) for name, agreement in loans.items()}
    gas["pay"] = bench.send(BORROWER, "pay", at["pay"], agreements.INSTALLMENT)
    gas["collect"] = bench.send(STRANGER, "collect", at["collect"])
    gas["pay_last"] = bench.send(BORROWER, "pay", at["last"], 1_212 * DOLLAR)
    row_of = {name: bench.book.scheduleOf(at[name])[0] for name in ("long", "custom")}
    due = {name: row[1] + row[2] for name, row in row_of.items()}
    gas["pay_custom"] = bench.send(BORROWER, "pay", at["custom"], due["custom"])
    long = bench.send(BORROWER, "pay", at["long"], due["long"])
    gas["rows_360_over_12"] = round(long / gas["pay"], 4)


def transfer(bench: Bench, loan: Any, holder: Any, to: Any) -> int:
    """The holder gives its claim away in a transaction of its own."""
    assignment = signing.assignment_of(bench.book, loan, to, from_=holder.address)
    arguments = signing.assign_arguments(bench.book, loan, assignment, holder=None)
    return bench.send(holder, "assign", *arguments)


def restructure(bench: Bench, loan: Any, today: date) -> int:
    """A missed installment becomes principal of longer terms; a third party submits it."""
    nonce = next(bench.nonces)
    after = signing.renewed(
        bench.book,
        loan,
        today,
        date(2031, 4, 30),
        principal=1_300 * DOLLAR,
        installment=60 * DOLLAR,
        count=24,
        borrower_nonce=nonce,
        lender_nonce=nonce,
    )
    amendment = signing.amendment_of(bench.book, loan, waived_penalty=10 * DOLLAR, watch_rows=6)
    arguments = signing.amend_arguments(bench.book, loan, after, amendment)
    return bench.send(STRANGER, "amend", *arguments)


def compare_terms(bench: Bench) -> dict[str, int]:
    """Terms stored in packed slots against terms handed in again and hashed."""
    cost = TermsCost.deploy({"from": accounts[0]})
    stored, hashed = (agreements.plain(bench.dollar, borrower_nonce=nonce) for nonce in (1, 2))
    struct_hash = bytes(signing.agreement_message(bench.dollar, stored).body)
    terms = agreements.terms
    return {
        "originate_stored": bench.send(STRANGER, "originateStored", terms(stored), to=cost),
        "pay_stored": bench.send(STRANGER, "payStored", struct_hash, to=cost),
        "originate_hashed": bench.send(STRANGER, "originateHashed", terms(hashed), to=cost),
        "pay_hashed": bench.send(STRANGER, "payHashed", terms(hashed), to=cost),
    }


def main() -> None:
    support.go_to(agreements.START)
    gas = measure()
    print(f"\n{'step':<24}{'gas':>10}   elsewhere")
    for name, value in gas.items():
        if name != "terms":
            print(f"{name:<24}{value:>10,}   {REFERENCES.get(name, '')}")
    for name, value in gas["terms"].items():
        print(f"terms: {name:<17}{value:>10,}")
    SNAPSHOT.write_text(json.dumps(gas, indent=2) + "\n")
    rpc.kill(exc=False)  # says so on its way out, and the last line shall be the figures
    print(json.dumps({name: gas[name] for name in HEADLINE}))
