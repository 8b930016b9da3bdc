"""What an account holds of a token, and what it lets the book take: of the token, or by Permit2."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.chain.hashing import keccak
from tallystick.chain.rpc import Rpc

PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3"
"""Uniswap's Permit2, at the same address of every chain that has it."""

_BALANCE_OF = keccak(text="balanceOf(address)")[:4].hex()
_ALLOWANCE = keccak(text="allowance(address,address)")[:4].hex()
_PERMITTED = keccak(text="allowance(address,address,address)")[:4].hex()
_WORD = 32


@dataclass(frozen=True, slots=True)
class Funds:
    """Base units: the account's `balance`, its `allowance` for the book by the token itself, and
    what `permit2` may take for the book, at most what the token lets Permit2 take."""

    balance: int
    allowance: int
    permit2: int

    @property
    def allowed(self) -> int:
        """The most that the book can pull at once: it asks the one, and then the other."""
        return max(self.allowance, self.permit2)


def funds(rpc: Rpc, token: str, owner: str, book: str, timestamp: int, tag: str) -> Funds:
    """As of the block `tag`, for a transaction at `timestamp` (Unix seconds).

    Raises RpcUnavailable, RpcRefused when the token does not answer.
    """
    account, spender = _word(owner), _word(book)
    asked = [
        (token, _BALANCE_OF + account),
        (token, _ALLOWANCE + account + spender),
        (token, _ALLOWANCE + account + _word(PERMIT2)),
        (PERMIT2, _PERMITTED + account + _word(token) + spender),
    ]
    answers = rpc.batch(
        [("eth_call", ({"to": to, "data": f"0x{data}"}, tag)) for to, data in asked]
    )
    balance, allowance, through, permitted, expires = (
        int.from_bytes(word, "big") for word in _words(answers)
    )
    live = permitted if timestamp <= expires else 0
    return Funds(balance, allowance, min(live, through))


def _words(answers: list[str]) -> list[bytes]:
    """The first word of each answer, of the last one two; nothing where there is no contract."""
    raw = [bytes.fromhex(answer[2:]) for answer in answers]
    return [*(one[:_WORD] for one in raw), raw[-1][_WORD : 2 * _WORD]]


def _word(account: str) -> str:
    return account[2:].lower().rjust(2 * _WORD, "0")
