"""What tokens are called, asked of a node once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tallystick.chain.client import BookClient
from tallystick.chain.errors import BookRevert, RpcRefused, RpcUnavailable
from tallystick.loans.statements.sheet import Currency
from tallystick.messages.facts import MOST_DECIMALS, MOST_SYMBOL

_SILENT = Currency("units", 0)
"""Of a token that does not say: its base units."""


class Currencies:
    """Tokens by chain and address; `nodes` are the URLs of each chain's nodes by its id."""

    def __init__(self, nodes: Mapping[int, Sequence[str]]) -> None:
        self._nodes = nodes
        self._known: dict[tuple[int, str], Currency] = {}

    def of(self, chain_id: int, token: str) -> Currency:
        """Raises RpcUnavailable while no node of the chain answers, for then it is told later."""
        found = self._known.get((chain_id, token))
        if found is None:
            found = self._known[chain_id, token] = self._ask(chain_id, token)
        return found

    def _ask(self, chain_id: int, token: str) -> Currency:
        failure: RpcUnavailable | None = None
        for url in self._nodes.get(chain_id, ()):
            try:
                symbol, decimals = BookClient(url, token).token_facts(token)
            except RpcUnavailable as error:
                failure = error
            except (BookRevert, RpcRefused, ValueError):
                return _SILENT
            else:
                fits = (
                    len(symbol) <= MOST_SYMBOL
                    and symbol.isprintable()
                    and decimals <= MOST_DECIMALS
                )
                return Currency(symbol, decimals) if fits else _SILENT
        raise failure or RpcUnavailable(f"chain {chain_id}", "no node is named")
