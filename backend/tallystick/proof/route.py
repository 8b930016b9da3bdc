"""Finds the way from one block to older ones, as `steps.walk` will go it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.chain.rpc import Rpc
from tallystick.proof.ask import ask_proof, nodes_of
from tallystick.proof.document import Step
from tallystick.proof.errors import ProofUnavailable
from tallystick.proof.header import encode_header
from tallystick.proof.steps import HISTORY, HISTORY_WINDOW, history_key

MOST_HOPS = 256
"""Blocks walked through where the history of one block does not reach; 4 to 6 kB each."""
MOST_PARENTS = 64
"""Headers walked through where the chain keeps no history; about 600 bytes each."""


class Route:
    """Steps from the block `head`, and the headers and nodes that prove them.

    No step by history is longer than `stride` blocks.
    """

    def __init__(self, rpc: Rpc, head: dict[str, Any], stride: int = HISTORY_WINDOW) -> None:
        self.steps: list[Step] = []
        self.witness: set[bytes] = set()
        self._rpc = rpc
        self._stride = stride
        self._head = int(head["number"], 16)
        self._lowest = self._head
        self._reached = {self._head}
        self._hops = MOST_HOPS

    def reach(self, blocks: Iterable[dict[str, Any]]) -> None:
        """Adds steps to these blocks. Raises RpcError."""
        wanted = {int(block["number"], 16): block for block in blocks}
        near = [n for n in wanted if n < self._head and self._head - n <= self._stride]
        self._by_history(self._head, [wanted[n] for n in sorted(near, reverse=True)])
        for number in sorted(set(wanted) - self._reached, reverse=True):
            self._step_to(wanted[number])

    def _step_to(self, block: dict[str, Any]) -> None:
        number = int(block["number"], 16)
        while self._lowest - number > self._stride and self._hops > 0:
            self._hops -= 1
            if not self._by_history(self._lowest, [self._block(self._lowest - self._stride)]):
                break
        if self._lowest - number <= self._stride and self._by_history(self._lowest, [block]):
            return
        if self._lowest - number <= MOST_PARENTS:
            while self._lowest - number > 0:
                parent = self._block(self._lowest - 1)
                self._add(parent, "parent", self._lowest)
            return
        self._add(block, "trusted", None)

    def _by_history(self, origin: int, blocks: list[dict[str, Any]]) -> bool:
        """Steps to blocks whose hashes the state of `origin` holds; False if it holds none."""
        if not blocks:
            return True
        keys = [history_key(int(block["number"], 16)) for block in blocks]
        try:
            answer = ask_proof(self._rpc, "0x" + HISTORY.hex(), keys, origin)
        except ProofUnavailable:  # an old state, kept by archive nodes only
            return False
        held = [int(entry["value"], 16) for entry in answer["storageProof"]]
        if held != [int(block["hash"], 16) for block in blocks]:
            return False
        self.witness |= nodes_of(answer)
        for block in blocks:
            self._add(block, "history", origin)
        return True

    def _add(self, block: dict[str, Any], by: Any, of: int | None) -> None:
        number = int(block["number"], 16)
        self.steps.append(Step(block=number, hash=block["hash"], by=by, of=of))
        self.witness.add(encode_header(block))
        self._reached.add(number)
        self._lowest = min(self._lowest, number)

    def _block(self, number: int) -> dict[str, Any]:
        block = self._rpc.call("eth_getBlockByNumber", hex(number), False)  # noqa: FBT003
        if block is None:
            raise ProofUnavailable(f"the node lacks block {number}")
        answer: dict[str, Any] = block
        return answer
