"""Parties, agreements and expectations shared by the contract tests."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import UTC, date, datetime
from typing import Any

from brownie import accounts, chain, web3
from eth_abi import decode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from tallystick.loans.agreement import Agreement
from tallystick.loans.kinds import Amortization, Frequency

DOLLAR = 10**6
CENT = 10**4
DAY = 86_400
START = date(2031, 1, 31)
"""Every test lives on this date, a month's end in a year before a leap year."""

_TYPES = [
    ("borrower", "address"),
    ("lender", "address"),
    ("token", "address"),
    ("principal", "uint96"),
    ("installment", "uint96"),
    ("quantum", "uint96"),
    ("annualRate", "uint64"),
    ("penaltyRate", "uint64"),
    ("graceDays", "uint16"),
    ("penaltyCapDays", "uint16"),
    ("amortization", "uint8"),
    ("frequency", "uint8"),
    ("every", "uint16"),
    ("count", "uint16"),
    ("startDate", "uint32"),
    ("firstDueDate", "uint32"),
    ("dueDay", "uint8"),
    ("documentHash", "bytes32"),
    ("borrowerNonce", "uint256"),
    ("lenderNonce", "uint256"),
    ("deadline", "uint40"),
]

BORROWER = Account.from_key(keccak(text="borrower of the contract tests"))
LENDER = Account.from_key(keccak(text="lender of the contract tests"))
STRANGER = Account.from_key(keccak(text="stranger of the contract tests"))


def sender(account: Any) -> Any:
    """The Brownie account of a key, with ether for gas."""
    known = accounts.at(account.address, force=True) if account.address in accounts else None
    signer = known or accounts.add(account.key)
    if signer.balance() < 10**18:
        accounts[0].transfer(signer, 10**19)
    return signer


def timestamp(day: date, second: int = 0) -> int:
    """Unix time of `second` on `day`, UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + second


def go_to(day: date, second: int = 0) -> None:
    """Mine a block at that time and make the next one follow it."""
    rpc("evm_setNextBlockTimestamp", timestamp(day, second))
    rpc("evm_mine")


def rpc(method: str, *params: Any) -> Any:
    answer = web3.provider.make_request(method, list(params))
    assert "error" not in answer, answer["error"]
    return answer["result"]


def ymd(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def plain(token_: Any, /, **changes: Any) -> Agreement:
    """12 monthly level installments of $1,200 at 12 %, due on the 28th to 31st, 3 days of grace."""
    agreement = Agreement(
        borrower=BORROWER.address,
        lender=LENDER.address,
        token=token_.address,
        principal=1_200 * DOLLAR,
        installment=106_620_000,
        quantum=CENT,
        annual_rate=120_000_000,
        penalty_rate=180_000_000,
        grace_days=3,
        penalty_cap_days=365,
        amortization=Amortization.LEVEL,
        frequency=Frequency.MONTHS,
        every=1,
        count=12,
        start_date=ymd(START),
        first_due_date=20310228,
        due_day=31,
        document_hash=keccak(text="salt and document"),
        borrower_nonce=1,
        lender_nonce=1,
        deadline=timestamp(START, 2 * DAY),
    )
    return replace(agreement, **changes)


def terms(agreement: Agreement) -> tuple[Any, ...]:
    """The agreement as the ABI's tuple."""
    return tuple(int(v) if isinstance(v, int) else v for v in astuple(agreement))


def typed_data(book: Any, agreement: Agreement) -> dict[str, Any]:
    """EIP-712 typed data, written down here independently of the product's own code."""
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "Agreement": [{"name": name, "type": kind} for name, kind in _TYPES],
        },
        "primaryType": "Agreement",
        "domain": {
            "name": "Tallystick",
            "version": "1",
            "chainId": chain.id,
            "verifyingContract": book.address,
        },
        "message": dict(zip((name for name, _ in _TYPES), terms(agreement), strict=True)),
    }


def digest(book: Any, agreement: Agreement) -> bytes:
    message = encode_typed_data(full_message=typed_data(book, agreement))
    return keccak(b"\x19" + message.version + message.header + message.body)


def sign(book: Any, agreement: Agreement, account: Any) -> bytes:
    message = encode_typed_data(full_message=typed_data(book, agreement))
    return bytes(account.sign_message(message).signature)


def originate(book: Any, agreement: Agreement) -> Any:
    """A third party submits both signatures."""
    return book.originate(
        terms(agreement),
        sign(book, agreement, BORROWER),
        sign(book, agreement, LENDER),
        {"from": sender(STRANGER)},
    )


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
