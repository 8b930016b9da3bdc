"""The development chain's clock and purse."""

from __future__ import annotations

from tallystick.chain.errors import RpcRefused
from tallystick.chain.rpc import Rpc


class NotADevelopmentChain(Exception):
    """The node is not anvil: its clock cannot be set, and its money may be worth something."""


class DevelopmentChain:
    """An anvil node. All methods raise RpcError."""

    def __init__(self, rpc: Rpc) -> None:
        """Raises NotADevelopmentChain."""
        self._rpc = rpc
        try:
            rpc.call("anvil_nodeInfo")
        except RpcRefused:
            raise NotADevelopmentChain(
                f"{rpc.endpoint} is not a development chain (anvil), so its clock is left alone"
            ) from None

    def now(self) -> int:
        """Time of the next block, Unix seconds."""
        block = self._rpc.call("eth_getBlockByNumber", "pending", False)  # noqa: FBT003
        return int(block["timestamp"], 16)

    def move_to(self, timestamp: int) -> None:
        """Mines a block at `timestamp`; the clock goes on from there."""
        self._rpc.batch([("evm_setNextBlockTimestamp", (timestamp,)), ("evm_mine", ())])

    def fund(self, account: str, wei: int = 10**21) -> None:
        """Gives `account` money for gas."""
        self._rpc.call("anvil_setBalance", account, hex(wei))
