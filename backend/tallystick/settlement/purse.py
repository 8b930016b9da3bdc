"""Whether the keeper can go on paying for gas."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.chain.rpc import Rpc
from tallystick.settlement.simulation import batch_gas

_LOW_BATCHES = 20


@dataclass(frozen=True, slots=True)
class Purse:
    """`balance` in wei; `low` when it does not pay twenty full batches at today's gas price."""

    balance: int
    low: bool


def look(rpc: Rpc, account: str, batch: int) -> Purse:
    """The purse of `account`, which sends batches of up to `batch` loans. Raises RpcError."""
    balance, price = rpc.batch([("eth_getBalance", (account, "latest")), ("eth_gasPrice", ())])
    enough = _LOW_BATCHES * batch_gas(batch) * int(price, 16)
    return Purse(int(balance, 16), int(balance, 16) < enough)
