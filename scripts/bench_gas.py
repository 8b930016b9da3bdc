"""Gas of every step in a loan's life: `make bench-gas`.

Whole transactions on a fresh chain, an OpenZeppelin ERC-20 with unlimited allowance, balances and
nonce words that are not zero, the optimizer at 200 runs. Writes `bench/gas.json`, which a contract
test compares; prints a table and last one JSON object.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from time import sleep
from typing import Any

from brownie import LoanBook, TermsCost, TestDollar, accounts
from eth_account import Account
from eth_utils import keccak

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOT = ROOT / "bench" / "gas.json"
sys.path.insert(0, str(ROOT / "tests" / "contracts"))

import support  # noqa: E402  the contract tests' own parties and terms

DAY = 86_400
FIRST = date(2031, 2, 28)
UNLIMITED = 2**256 - 1

REFERENCES = {
    "originate": "TrueFi 270,433 in 3 transactions, PWN 403,321",
    "pay": "TrueFi 73,235 (no late fee), Teller 122,002",
    "collect": "Teller 203,432",
    "pay_late": "Maple 179,352, Teller 281,001",
    "pay_last": "TrueFi 77,550, Teller 147,978",
}


def measure() -> dict[str, Any]:
    """Gas used by each step. The chain's clock stands at the tests' start date and moves on."""
    unlocked = True
    support.rpc("anvil_autoImpersonateAccount", unlocked)
    book = LoanBook.deploy({"from": accounts[0]})
    dollar = TestDollar.deploy({"from": accounts[0]})
    for party in (support.BORROWER, support.LENDER, support.STRANGER):
        fund(book, dollar, party)
    nonces = iter(range(1, 256))
    originate(book, support.plain(dollar), nonces)  # the nonce words are in use from here on

    gas: dict[str, Any] = {}
    loans = {}
    kinds = {
        "pay": {},
        "collect": {},
        "late": {},
        "last": {"count": 1, "installment": 1_212 * support.DOLLAR},
        "long": {"count": 360, "installment": 12_340_000},
    }
    for name, changes in kinds.items():
        loans[name], gas["originate"] = originate(book, support.plain(dollar, **changes), nonces)
    batch = [batch_loan(book, dollar, index, nonces) for index in range(100)]
    terms_cost = compare_terms(dollar)

    at = {name: support.terms(agreement) for name, agreement in loans.items()}
    support.rpc("evm_setNextBlockTimestamp", support.timestamp(FIRST, 60))
    row = 106_620_000
    gas["pay"] = send(support.BORROWER, book, "pay", at["pay"], row)
    gas["collect"] = send(support.STRANGER, book, "collect", at["collect"])
    gas["pay_last"] = send(support.BORROWER, book, "pay", at["last"], 1_212 * support.DOLLAR)
    many = send(support.STRANGER, book, "collectMany", [support.terms(a) for a in batch])
    gas["collect_many_100_each"] = many // 100
    first_row = book.scheduleOf(at["long"])[0]
    long = send(support.BORROWER, book, "pay", at["long"], first_row[1] + first_row[2])
    gas["rows_360_over_12"] = round(long / gas["pay"], 4)
    support.go_to(FIRST + timedelta(days=20))
    gas["pay_late"] = send(support.BORROWER, book, "pay", at["late"], row + 900_000)
    return gas | {"terms": terms_cost}


def send(by: Any, contract: Any, method: str, *args: Any) -> int:
    """Gas used by the transaction, sent in a block of its own."""
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


def fund(book: Any, dollar: Any, party: Any) -> None:
    support.rpc("anvil_setBalance", party.address, hex(10**20))
    send(party, dollar, "mint", party.address, 10**6 * support.DOLLAR)
    send(party, dollar, "approve", book.address, UNLIMITED)


def originate(book: Any, agreement: Any, nonces: Any) -> tuple[Any, int]:
    """A third party submits an agreement with fresh nonces; the agreement and the gas."""
    nonce = next(nonces)
    agreement = replace(agreement, borrower_nonce=nonce, lender_nonce=nonce)
    return agreement, submit(book, agreement, support.BORROWER)


def batch_loan(book: Any, dollar: Any, index: int, nonces: Any) -> Any:
    """One of a hundred loans of one lender to distinct borrowers."""
    borrower = Account.from_key(keccak(text=f"borrower {index} of the batch"))
    fund(book, dollar, borrower)
    agreement = support.plain(
        dollar, borrower=borrower.address, borrower_nonce=1, lender_nonce=next(nonces)
    )
    submit(book, agreement, borrower)
    return agreement


def submit(book: Any, agreement: Any, borrower: Any) -> int:
    signatures = [support.sign(book, agreement, by) for by in (borrower, support.LENDER)]
    return send(support.STRANGER, book, "originate", support.terms(agreement), *signatures)


def compare_terms(dollar: Any) -> dict[str, int]:
    """Terms stored in packed slots against terms handed in again and hashed."""
    cost = TermsCost.deploy({"from": accounts[0]})
    by = support.STRANGER
    stored, hashed = (support.plain(dollar, borrower_nonce=nonce) for nonce in (1, 2))
    typed = support.encode_typed_data(full_message=support.typed_data(dollar, stored))
    return {
        "originate_stored": send(by, cost, "originateStored", support.terms(stored)),
        "pay_stored": send(by, cost, "payStored", bytes(typed.body)),
        "originate_hashed": send(by, cost, "originateHashed", support.terms(hashed)),
        "pay_hashed": send(by, cost, "payHashed", support.terms(hashed)),
    }


def main() -> None:
    support.go_to(support.START)
    gas = measure()
    print(f"\n{'step':<24}{'gas':>10}   elsewhere")
    for name, value in gas.items():
        if name != "terms":
            print(f"{name:<24}{value:>10,}   {REFERENCES.get(name, '')}")
    for name, value in gas["terms"].items():
        print(f"terms: {name:<17}{value:>10,}")
    SNAPSHOT.write_text(json.dumps(gas, indent=2) + "\n")
    print(json.dumps(gas))
