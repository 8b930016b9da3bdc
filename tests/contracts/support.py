"""The chain, common calls and expectations, shared by the contract tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from agreements import STRANGER, terms, timestamp
from brownie import (
    Contract,
    LoanAgreements,
    LoanBook,
    LoanServicing,
    Permit2Deployer,
    accounts,
    project,
    web3,
)
from brownie.network import state
from eth_abi import decode
from eth_utils import keccak
from scripts import export_abi
from signing import amend_arguments, loan_id, origination

from tallystick.loans.agreement import Agreement
from tallystick.loans.consents import Amendment
from tallystick.loans.debt import Carry, Debt, Owed, Penalty, Split

_PERMIT2_ABI = [
    {
        "type": "function",
        "name": "allowance",
        "stateMutability": "view",
        "inputs": [{"name": n, "type": "address"} for n in ("owner", "token", "spender")],
        "outputs": [
            {"name": "amount", "type": "uint160"},
            {"name": "expiration", "type": "uint48"},
            {"name": "nonce", "type": "uint48"},
        ],
    },
    {
        "type": "function",
        "name": "approve",
        "stateMutability": "nonpayable",
        "inputs": [
            {"name": "token", "type": "address"},
            {"name": "spender", "type": "address"},
            {"name": "amount", "type": "uint160"},
            {"name": "expiration", "type": "uint48"},
        ],
        "outputs": [],
    },
]


def sender(account: Any) -> Any:
    """The Brownie account of a key, with ether for gas."""
    known = accounts.at(account.address, force=True) if account.address in accounts else None
    signer = known or accounts.add(account.key)
    if signer.balance() < 10**18:
        accounts[0].transfer(signer, 10**19)
    return signer


def go_to(day: date, second: int = 0) -> None:
    """Mine a block at that time and make the next one follow it."""
    rpc("evm_setNextBlockTimestamp", timestamp(day, second))
    rpc("evm_mine")


def rpc(method: str, *params: Any) -> Any:
    answer = web3.provider.make_request(method, list(params))
    assert "error" not in answer, answer["error"]
    return answer["result"]


def originate(book: Any, agreement: Agreement, **given: bytes) -> Any:
    """A third party submits all signatures."""
    arguments = origination(book, agreement, **given)
    return book.originate(*arguments, {"from": sender(STRANGER)})


def amend(
    book: Any, before: Agreement, after: Agreement, amendment: Amendment, **given: bytes
) -> Any:
    """A third party submits all signatures."""
    arguments = amend_arguments(book, before, after, amendment, **given)
    return book.amend(*arguments, {"from": sender(STRANGER)})


def deploy_permit2() -> Any:
    """The real Permit2 at its own address."""
    address = Permit2Deployer.deploy({"from": accounts[0]}).deploy({"from": accounts[0]})
    return Contract.from_abi("Permit2", address.return_value, _PERMIT2_ABI)


def debt_of(book: Any, agreement: Agreement) -> tuple[Debt, Penalty, Carry]:
    """What is stored."""
    debt, penalty, carry = book.debtOf(loan_id(book, agreement))
    return Debt(*debt), Penalty(*penalty), Carry(*carry)


def owed_of(book: Any, agreement: Agreement, at: int) -> Owed:
    """What is owed at Unix time `at`."""
    due, *rest = book.owedAt(terms(agreement), at)
    return Owed(Split(*due), *rest)


def paid(tx: Any) -> tuple[int, ...]:
    """Penalty, interest, fee, principal and outstanding of the only payment."""
    event = tx.events["Paid"]
    names = ("penalty", "interest", "fee", "principal", "outstanding")
    return tuple(event[name] for name in names)


def refusal(book: Any, method: str, *args: Any, by: Any) -> tuple[Any, ...]:
    """The typed error with which the call is refused: name, then arguments.

    Fails when the call would succeed. Nothing is sent, so nothing can change.
    """
    call = {
        "from": by.address,
        "to": book.address,
        "data": getattr(book, method).encode_input(*args),
        "gas": hex(20_000_000),
    }
    answer = web3.provider.make_request("eth_call", [call, "latest"])
    assert "error" in answer, f"{method} was not refused"
    data = answer["error"].get("data")
    assert data, f"{method} was refused without a typed error: {answer['error']}"
    return typed_error(book, data)


def typed_error(book: Any, data: str) -> tuple[Any, ...]:
    raw = bytes.fromhex(data[2:])
    for entry in book.abi:
        if entry["type"] != "error":
            continue
        kinds = [argument["type"] for argument in entry["inputs"]]
        if keccak(text=f"{entry['name']}({','.join(kinds)})")[:4] == raw[:4]:
            values = decode(kinds, raw[4:])
            return entry["name"], *(_plain(v) for v in values)
    raise AssertionError(f"not an error of the book: {data}")


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.rstrip(b"\0").decode() if value[-1:] == b"\0" else "0x" + value.hex()
    if isinstance(value, str) and value.startswith("0x"):
        return web3.to_checksum_address(value)
    return value


def selector(name: str, *kinds: str) -> str:
    return "0x" + keccak(text=f"{name}({','.join(kinds)})")[:4].hex()


def calldata(book: Any, method: str, *args: Any) -> str:
    return str(getattr(book, method).encode_input(*args))


def collect_many(book: Any, agreements: list[Agreement], **options: Any) -> tuple[Any, Any]:
    """What `collectMany` took per agreement, and its transaction."""
    batch = [terms(agreement) for agreement in agreements]
    tx = book.collectMany(batch, {"from": sender(STRANGER), **options})
    return tuple(tx.return_value), tx


def deploy_book(permit2: Any) -> Any:
    """A book in its three parts, under everything that it answers at its one address."""
    by = {"from": accounts[0]}
    servicing = LoanServicing.deploy(permit2, by)
    agreements = LoanAgreements.deploy(permit2, servicing, by)
    book = LoanBook.deploy(permit2, agreements, by)
    abi = export_abi.merged(project.get_loaded_projects()[0], "LoanBook")
    merged = Contract.from_abi("Book", book.address, abi)
    state._add_contract(merged)  # so that transactions to it are decoded by the whole interface
    return merged
