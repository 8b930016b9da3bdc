"""The general history of a wallet by RPC, as of a block, in a bounded number of calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from tallystick.chain.errors import RpcRefused
from tallystick.chain.rpc import Call, Rpc
from tallystick.wallets.repository import Cut

MOST_BATCHES: Final = 24
"""Exchanges with the node that the search for a wallet's beginning may take."""
_POINTS: Final = 7
"""Blocks looked at in one exchange; each cuts what is left to an eighth."""
_BALANCE_OF: Final = "0x70a08231"
_DELEGATED: Final = "0xef0100"
"""EIP-7702: the code of an account with a key that lets a contract act for it."""
_DAY: Final = 86_400

Kind = Literal["key", "delegated", "contract"]
AgeSource = Literal["nonce", "balance", "code", "no_archive", "unused"]


@dataclass(frozen=True, slots=True)
class Beginning:
    """The block of a wallet's first transaction or of its code, by its hash; Unix seconds."""

    block: int
    hash: str
    timestamp: int
    source: AgeSource


@dataclass(frozen=True, slots=True)
class WalletFacts:
    """A wallet at a block; `balance` in wei, `token_balance` in base units of `token`.

    `first_block` is where the wallet began, as `age_from` says: its first transaction (`nonce`) or
    code is exact; `balance` is one block at which money came to a wallet that had none, so the
    wallet is at least that old. None where the node keeps no old states (`no_archive`) or nothing
    ever happened (`unused`). `begun` is the same where it is exact, to be handed in again.
    `batches` counts the exchanges with the node.
    """

    wallet: str
    block: int
    kind: Kind
    nonce: int
    balance: int
    token: str
    token_balance: int
    first_block: int | None
    begun: Beginning | None
    age_days: int | None
    age_from: AgeSource
    batches: int

    def features(self) -> dict[str, float | str | None]:
        """The figures that a scorecard may use, by column name."""
        return {
            "wallet_kind": self.kind,
            "wallet_nonce": self.nonce,
            "wallet_age_days": self.age_days,
            "wallet_has_native": int(self.balance > 0),
            "wallet_token_balance": self.token_balance,
        }


@dataclass(frozen=True, slots=True)
class _State:
    nonce: int
    balance: int
    code: str


def wallet_facts(
    rpc: Rpc, wallet: str, token: str, cut: Cut, begun: Beginning | None = None
) -> WalletFacts:
    """Facts of a wallet at the cut. A beginning that was found before is only looked at: a
    transaction happens once, unless its block was taken back.

    Raises RpcUnavailable, and RpcRefused when the node does not know the state at the cut itself.
    """
    at = hex(cut.number)
    calls = [*_state_calls(wallet, at), _holding(wallet, token, at)]
    if begun is not None:
        calls.append(_block(begun.block))
    answers = rpc.batch(calls)
    now, held = _state(answers[:3]), answers[3]
    search, source = _Search(rpc, wallet, cut.number), _source(now)
    if begun is None or not _stands(begun, source, answers[4], cut):
        begun = search.beginning(now)
    first = None if begun is None else begun.block
    no_age: AgeSource = "unused" if source == "unused" else "no_archive"
    return WalletFacts(
        wallet=wallet,
        block=cut.number,
        kind=_kind(now.code),
        nonce=now.nonce,
        balance=now.balance,
        token=token,
        token_balance=int(held, 16) if len(held) == 66 else 0,
        first_block=first,
        begun=None if begun is None or begun.source == "balance" else begun,
        age_days=None if begun is None else (cut.timestamp - begun.timestamp) // _DAY,
        age_from=no_age if begun is None else begun.source,
        batches=search.batches + 1,
    )


def _stands(begun: Beginning, source: AgeSource, block: Any, cut: Cut) -> bool:
    there = bool(block) and block["hash"] == begun.hash
    return there and begun.source == source and begun.block <= cut.number


class _Search:
    """Finds the block in which a wallet began, and counts what that takes."""

    def __init__(self, rpc: Rpc, wallet: str, last: int) -> None:
        self._rpc = rpc
        self._wallet = wallet
        self._last = last
        self.batches = 0

    def beginning(self, now: _State) -> Beginning | None:
        """The block, and by what it was recognised; None where there is none to be found."""
        source = _source(now)
        if source == "unused":
            return None
        low, high = -1, self._last  # it was not there at low, it was at high
        while high - low > 1 and self.batches < MOST_BATCHES:
            step = max(1, (high - low) // (_POINTS + 1))
            points = list(range(low + step, high, step))[:_POINTS]
            try:
                states = self._states(points)
            except RpcRefused:
                return None
            there = [_there(state, source) for state in states]
            if True in there:
                place = there.index(True)
                high = points[place]
                low = points[place - 1] if place else low
            else:
                low = points[-1]
        self.batches += 1
        (found,) = self._rpc.batch([_block(high)])
        return Beginning(high, found["hash"], int(found["timestamp"], 16), source)

    def _states(self, blocks: list[int]) -> list[_State]:
        self.batches += 1
        calls = [call for block in blocks for call in _state_calls(self._wallet, hex(block))]
        answers = self._rpc.batch(calls)
        return [_state(answers[place : place + 3]) for place in range(0, len(answers), 3)]


def _state_calls(wallet: str, at: str) -> list[Call]:
    return [
        ("eth_getTransactionCount", (wallet, at)),
        ("eth_getBalance", (wallet, at)),
        ("eth_getCode", (wallet, at)),
    ]


def _holding(wallet: str, token: str, at: str) -> Call:
    data = _BALANCE_OF + wallet[2:].lower().rjust(64, "0")
    return "eth_call", ({"to": token, "data": data}, at)


def _block(number: int) -> Call:
    return "eth_getBlockByNumber", (hex(number), False)


def _state(answers: list[str]) -> _State:
    return _State(int(answers[0], 16), int(answers[1], 16), answers[2])


def _kind(code: str) -> Kind:
    if code in ("0x", ""):
        return "key"
    return "delegated" if code.startswith(_DELEGATED) else "contract"


def _source(now: _State) -> AgeSource:
    if _kind(now.code) == "contract":
        return "code"
    if now.nonce:
        return "nonce"
    return "balance" if now.balance else "unused"


def _there(state: _State, source: AgeSource) -> bool:
    if source == "code":
        return _kind(state.code) == "contract"
    return bool(state.nonce if source == "nonce" else state.balance)
