"""The repair fund: `contracts/periphery/RepairFund.sol`, read by RPC, and its calls.

Amounts in base units of the fund's token, times in Unix seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.chain.hashing import keccak, to_checksum_address
from tallystick.chain.rpc import Rpc
from tallystick.chain.words import AGREEMENT_TUPLE, address_word, agreement_values, word
from tallystick.loans.agreement import Agreement

CHANNEL = b"repair-fund"
"""Channel under which the book records the fund's payments."""
_HELPED = keccak(text="Helped(bytes32,address,uint256,uint256,bool)")


@dataclass(frozen=True, slots=True)
class FundRules:
    """Whom a fund helps and how far, fixed when it was made. `lock` seconds hold a sponsor's money
    after its latest deposit."""

    gate: str
    kind: bytes
    per_loan: int
    per_borrower: int
    first_rows: int
    lock: int


@dataclass(frozen=True, slots=True)
class FundState:
    """A fund at one block. `sponsored` and `repaid` are there, `lent` is owed by borrowers."""

    address: str
    book: str
    token: str
    rules: FundRules
    sponsored: int
    repaid: int
    lent: int
    total_shares: int


@dataclass(frozen=True, slots=True)
class FundAccount:
    """What one account has in a fund, and owes it."""

    shares: int
    worth: int
    unlocked: int
    owed: int


@dataclass(frozen=True, slots=True)
class Help:
    """A payment of a fund for a loan."""

    loan_id: bytes
    borrower: str
    amount: int
    penalty_only: bool
    block: int
    tx_hash: bytes


def read_fund(rpc: Rpc, address: str, block: str = "latest") -> FundState:
    """The fund's rules and money. Raises `RpcUnavailable`, `RpcRefused`."""
    names = ("book", "token", "rules", "sponsored", "repaid", "lent", "totalShares")
    book, token, told, *numbers = _read(rpc, address, [_selector(name) for name in names], block)
    gate, kind, per_loan, per_borrower, first_rows, lock = _words(told)
    rules = FundRules(
        gate=_account(gate),
        kind=kind,
        per_loan=_number(per_loan),
        per_borrower=_number(per_borrower),
        first_rows=_number(first_rows),
        lock=_number(lock),
    )
    return FundState(
        to_checksum_address(address),
        _account(book),
        _account(token),
        rules,
        *(_number(number) for number in numbers),
    )


def read_account(rpc: Rpc, address: str, account: str, block: str = "latest") -> FundAccount:
    """What an account has in the fund and owes it. Raises `RpcUnavailable`, `RpcRefused`."""
    of = address_word(account)
    calls = [_selector("sponsorOf", "address") + of, _selector("owedBy", "address") + of]
    sponsor, owed = _read(rpc, address, calls, block)
    shares, worth, unlocked = (_number(each) for each in _words(sponsor))
    return FundAccount(shares, worth, unlocked, _number(owed))


def read_helps(rpc: Rpc, address: str, from_block: int, most: int) -> list[Help]:
    """The fund's newest payments, at most `most`. Raises `RpcUnavailable`, `RpcRefused`."""
    wanted = {
        "address": address,
        "fromBlock": hex(from_block),
        "toBlock": "latest",
        "topics": ["0x" + _HELPED.hex()],
    }
    logs: list[dict[str, Any]] = rpc.call("eth_getLogs", wanted)
    found = []
    for log in logs[-most:]:
        amount, _, penalty = _words(bytes.fromhex(log["data"][2:]))
        found.append(
            Help(
                loan_id=bytes.fromhex(log["topics"][1][2:]),
                borrower=_account(bytes.fromhex(log["topics"][2][2:])),
                amount=_number(amount),
                penalty_only=bool(_number(penalty)),
                block=int(log["blockNumber"], 16),
                tx_hash=bytes.fromhex(log["transactionHash"][2:]),
            )
        )
    return found[::-1]


def help_call(agreement: Agreement, amount: int, attestation: bytes) -> bytes:
    """Calldata of ``help``; `attestation` as the fund's gate takes it."""
    from eth_abi.abi import encode

    kinds = (AGREEMENT_TUPLE, "uint256", "bytes")
    values = (agreement_values(agreement), amount, attestation)
    return _selector("help", *kinds) + encode(kinds, values)


def pay_back_call(borrower: str, amount: int) -> bytes:
    """Calldata of ``payBack``."""
    return _selector("payBack", "address", "uint256") + address_word(borrower) + word(amount)


def deposit_call(amount: int) -> bytes:
    """Calldata of ``deposit``."""
    return _selector("deposit", "uint256") + word(amount)


def withdraw_call(shares: int) -> bytes:
    """Calldata of ``withdraw``; `shares` of the sponsor's."""
    return _selector("withdraw", "uint256") + word(shares)


def _read(rpc: Rpc, address: str, calls: Sequence[bytes], block: str) -> list[bytes]:
    asked = [("eth_call", ({"to": address, "data": "0x" + call.hex()}, block)) for call in calls]
    return [bytes.fromhex(answer[2:]) for answer in rpc.batch(asked)]


def _selector(name: str, *kinds: str) -> bytes:
    return keccak(text=f"{name}({','.join(kinds)})")[:4]


def _words(data: bytes) -> list[bytes]:
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _account(data: bytes) -> str:
    found: str = to_checksum_address(data[-20:].hex())
    return found
