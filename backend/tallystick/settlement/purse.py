"""Whether the keeper can go on paying for gas."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.chain.rpc import Rpc
from tallystick.settlement.simulation import batch_gas

_LOW_BATCHES = 20


@dataclass(frozen=True, slots=True)
class Purse:
    """`balance` in wei, `price` of gas now in wei; `batches` is how many full batches it pays at
    that price, `low` when those are fewer than twenty."""

    balance: int
    price: int
    batches: int

    @property
    def low(self) -> bool:
        return self.batches < _LOW_BATCHES


def look(rpc: Rpc, account: str, batch: int) -> Purse:
    """The purse of `account`, which sends batches of up to `batch` loans. Raises RpcError."""
    answers = rpc.batch([("eth_getBalance", (account, "latest")), ("eth_gasPrice", ())])
    balance, price = (int(answer, 16) for answer in answers)
    return Purse(balance, price, balance // max(1, price * batch_gas(batch)))
