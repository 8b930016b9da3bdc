"""Exceptions of the chain layer.

::

    ChainError
    ├── RpcError
    │   ├── RpcUnavailable        the node did not answer (network, timeout, 5xx, not JSON)
    │   └── RpcRefused            the node answered with a JSON-RPC error
    ├── BookRevert                a call was refused by a contract, decoded
    ├── DeploymentError
    │   ├── DeploymentMissing     no deployment record at the path
    │   ├── DeploymentInvalid     the record cannot be read
    │   ├── WrongChain            the node serves another chain id
    │   ├── ChainReplaced         same chain id, another genesis: the chain was started anew
    │   ├── BookMissing           no code at the book's address
    │   └── CodeMismatch          other code than the one recorded
    ├── LogUndecodable            a log of the book is not one of its events
    └── SendError
        ├── InsufficientGasFunds  the sender cannot pay for gas
        ├── TransactionReverted   mined, but reverted
        ├── TransactionStuck      not mined within the given time, at the highest fee allowed
        └── NonceConflict         another process keeps using the same key
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ChainError(Exception):
    """Base of all errors of this package."""


class RpcError(ChainError):
    """Base of errors of a JSON-RPC exchange."""


class RpcUnavailable(RpcError):
    """The node did not give a JSON-RPC answer; trying again later may help."""

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(f"no answer from {endpoint}: {reason}")
        self.endpoint = endpoint
        self.reason = reason


class RpcRefused(RpcError):
    """The node answered with an error object; trying the same again does not help."""

    def __init__(self, method: str, code: int, message: str, data: Any = None) -> None:
        super().__init__(f"{method} refused ({code}): {message}")
        self.method = method
        self.code = code
        self.message = message
        self.data = data


class BookRevert(ChainError):
    """A contract refused a call.

    `name` is the custom error (``LoanExists`` …), ``Error`` for a plain reason, ``Panic``, or
    ``Unknown`` when no ABI at hand has the selector; `args` maps its parameters by name.
    """

    def __init__(self, name: str, args: Mapping[str, Any], data: bytes = b"") -> None:
        shown = ", ".join(f"{key}={_show(value)}" for key, value in args.items())
        super().__init__(f"{name}({shown})")
        self.name = name
        self.arguments = dict(args)
        self.data = data


class DeploymentError(ChainError):
    """The configured contract is not the one on the configured chain."""


class DeploymentMissing(DeploymentError):
    """No deployment record at the configured path."""


class DeploymentInvalid(DeploymentError):
    """The deployment record cannot be read."""


class WrongChain(DeploymentError):
    """The node serves another chain id than the record or the index."""


class ChainReplaced(DeploymentError):
    """The chain id is right, the first block is not: the chain was started anew."""


class BookMissing(DeploymentError):
    """There is no contract at the book's address."""


class CodeMismatch(DeploymentError):
    """The contract at the book's address is not the recorded one."""


class LogUndecodable(ChainError):
    """A log of the book's address has not the form of any of its events."""


class SendError(ChainError):
    """A transaction was not carried out."""


class InsufficientGasFunds(SendError):
    """The sending account cannot pay for the gas."""


class TransactionReverted(SendError):
    """Mined and reverted: the state changed between simulation and inclusion."""

    def __init__(self, tx_hash: bytes) -> None:
        super().__init__(f"transaction 0x{tx_hash.hex()} reverted")
        self.tx_hash = tx_hash


class TransactionStuck(SendError):
    """Not mined within the patience given, even at the highest fee allowed."""

    def __init__(self, tx_hashes: list[bytes], seconds: float) -> None:
        super().__init__(
            f"not mined after {seconds:.0f} s: {', '.join('0x' + h.hex() for h in tx_hashes)}"
        )
        self.tx_hashes = tx_hashes


class NonceConflict(SendError):
    """Every nonce tried was taken by somebody else who signs with the same key."""


def _show(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
