"""From where money came to a wallet: senders of a token's transfers, by RPC, and those who paid its
installments, by the index. In a bounded number of calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from tallystick.chain.errors import RpcRefused
from tallystick.chain.hashing import to_checksum_address
from tallystick.chain.rpc import Rpc
from tallystick.db import Database
from tallystick.loans.events import Paid
from tallystick.wallets.repository import Cut, events_of_borrower

TRANSFER: Final = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
"""keccak-256 of Transfer(address,address,uint256)."""
SPAN: Final = 50_000
"""Blocks asked for at once; halved as often as the node refuses."""
MOST_CALLS: Final = 24
MOST_SENDERS: Final = 50


@dataclass(frozen=True, slots=True)
class Funding:
    """Wallets that sent money to `wallet`, EIP-55, with how often; the newest `blocks` were seen.

    `complete` says whether that was all that was asked for.
    """

    wallet: str
    senders: dict[str, int]
    blocks: int
    complete: bool


def token_senders(
    rpc: Rpc, wallet: str, token: str, cut: Cut, blocks: int, leave_out: Collection[str] = ()
) -> Funding:
    """Senders of a token to a wallet in the newest `blocks` up to the cut, newest first.

    `leave_out` are contracts that pay everybody, such as the book. Raises RpcUnavailable.
    """
    senders: Counter[str] = Counter()
    high, end, span = cut.number, max(-1, cut.number - blocks), SPAN
    known = {wallet, *leave_out, "0x" + "00" * 20}
    for _ in range(MOST_CALLS):
        if high <= end or len(senders) >= MOST_SENDERS:
            break
        low = max(end + 1, high - span + 1)
        try:
            logs = rpc.call("eth_getLogs", _filter(wallet, token, low, high))
        except RpcRefused:
            span = max(1, span // 8)  # too many blocks or results for this node
            continue
        for log in reversed(logs):
            sender = to_checksum_address(log["topics"][1][-40:])
            if sender not in known:
                senders[sender] += 1
        high = low - 1
    return Funding(wallet, dict(senders), cut.number - high, high <= end)


def payers(db: Database, wallet: str, cut: Cut) -> dict[str, int]:
    """Other wallets that paid the installments of a borrower, with how often."""
    found: Iterable[Any] = events_of_borrower(db, wallet, cut)
    return dict(Counter(e.payer for e in found if isinstance(e, Paid) and e.payer != wallet))


def _filter(wallet: str, token: str, low: int, high: int) -> dict[str, object]:
    to = "0x" + wallet[2:].lower().rjust(64, "0")
    return {
        "address": token,
        "fromBlock": hex(low),
        "toBlock": hex(high),
        "topics": [TRANSFER, None, to],
    }
