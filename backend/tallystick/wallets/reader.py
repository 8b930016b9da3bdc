"""What wallets have done, for whoever decides on them: read as of a cut, and with few questions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from threading import Lock
from typing import Final

from tallystick.chain.rpc import Rpc
from tallystick.db import Database
from tallystick.wallets.funding import payers, token_senders
from tallystick.wallets.onchain import Beginning, WalletFacts, wallet_facts
from tallystick.wallets.repository import Cut

FUNDING_BLOCKS: Final = 100_000
"""How far back senders of money are looked for."""
_MOST_KNOWN: Final = 100_000


class WalletReader:
    """Wallets on the chain of `rpc`, and one token there. Safe to share between threads.

    `leave_out` are accounts that pay everybody, such as the book and its lender.
    """

    def __init__(self, rpc: Rpc, token: str, leave_out: Collection[str]) -> None:
        self._rpc = rpc
        self._token = token
        self._leave_out = frozenset(leave_out)
        self._begun: dict[str, Beginning] = {}
        self._lock = Lock()

    def facts(self, wallet: str, cut: Cut) -> WalletFacts:
        """A wallet at the cut. Raises `RpcUnavailable`, `RpcRefused`."""
        found = wallet_facts(self._rpc, wallet, self._token, cut, self._begun.get(wallet))
        if found.begun is not None:
            with self._lock:
                if len(self._begun) >= _MOST_KNOWN:
                    self._begun.pop(next(iter(self._begun)))
                self._begun[wallet] = found.begun
        return found

    def funders(self, db: Database, wallets: Iterable[str], cut: Cut) -> dict[str, tuple[str, ...]]:
        """From which other wallets money came, by wallet: transfers of the token, and payments of
        its installments. Raises `RpcUnavailable`."""
        own = frozenset(wallets)
        found = {}
        for wallet in sorted(own):
            sent = token_senders(
                self._rpc, wallet, self._token, cut, FUNDING_BLOCKS, self._leave_out
            )
            others = sorted({*sent.senders, *payers(db, wallet, cut)} - own - self._leave_out)
            if others:
                found[wallet] = tuple(others)
        return found
