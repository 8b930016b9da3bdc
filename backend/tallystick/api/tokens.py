"""What tokens say of themselves: symbol and decimals, asked once and kept."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from tallystick.chain.errors import RpcError, RpcUnavailable
from tallystick.chain.hashing import to_checksum_address
from tallystick.chain.rpc import Rpc

_SYMBOL = "0x95d89b41"
_DECIMALS = "0x313ce567"
_LONGEST_SYMBOL = 16
_AFTER_SILENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """`symbol` and `decimals` are None when the token does not tell, or the node is silent, and
    then `asked` is False."""

    address: str
    symbol: str | None
    decimals: int | None
    asked: bool = True


class Tokens:
    """Facts of tokens by address. A silent node is asked again a while later, a token is not."""

    def __init__(self, rpc: Rpc, now: Callable[[], float] = time.monotonic) -> None:
        self._rpc = rpc
        self._now = now
        self._ask_again = float("-inf")
        self._known: dict[str, TokenFacts] = {}
        self._lock = Lock()

    @property
    def known(self) -> int:
        """How many tokens have told of themselves."""
        return len(self._known)

    def at_hand(self, address: str) -> TokenFacts | None:
        """The token's facts if they can be told at once; None when the node is to be asked first.
        `address` is EIP-55."""
        known = self._known.get(address)
        if known is None and self._now() < self._ask_again:
            return TokenFacts(address, None, None, asked=False)
        return known

    def facts(self, address: str) -> TokenFacts:
        """The token's facts; never raises."""
        known = self._known.get(address)
        if known is not None:
            return known
        address = to_checksum_address(address)
        with self._lock:
            known = self.at_hand(address)
            if known is not None:
                return known
        try:
            facts = TokenFacts(
                address,
                _symbol(self._read(address, _SYMBOL)),
                _decimals(self._read(address, _DECIMALS)),
            )
        except RpcUnavailable:
            with self._lock:
                self._ask_again = self._now() + _AFTER_SILENCE_SECONDS
            return TokenFacts(address, None, None, asked=False)
        with self._lock:
            self._known[address] = facts
        return facts

    def _read(self, address: str, data: str) -> bytes:
        try:
            answer = self._rpc.call("eth_call", {"to": address, "data": data}, "latest")
        except RpcUnavailable:
            raise
        except RpcError:
            return b""
        return bytes.fromhex(str(answer)[2:])


class UnknownTokens:
    """Of a chain without a node: nothing is known of its tokens."""

    def at_hand(self, address: str) -> TokenFacts:
        """The address alone."""
        return self.facts(address)

    def facts(self, address: str) -> TokenFacts:
        """The address alone."""
        return TokenFacts(to_checksum_address(address), None, None, asked=False)


def _symbol(answer: bytes) -> str | None:
    """Old tokens answer 32 bytes, others an ABI string. Only characters that print are kept: a
    symbol is chosen by whoever deploys a token, and may try to reorder the text around it."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    if len(answer) == 32:
        text = answer.rstrip(b"\0").decode("utf-8", "replace")
    else:
        try:
            (raw,) = decode(["bytes"], answer)
        except (DecodingError, OverflowError):
            return None
        text = raw[: 4 * _LONGEST_SYMBOL].decode("utf-8", "replace")
    shown = "".join(c for c in text if unicodedata.category(c)[0] in "LNPS" and c != "\ufffd")
    return shown[:_LONGEST_SYMBOL] or None


def _decimals(answer: bytes) -> int | None:
    if len(answer) != 32:
        return None
    decimals = int.from_bytes(answer, "big")
    return decimals if decimals <= 77 else None
