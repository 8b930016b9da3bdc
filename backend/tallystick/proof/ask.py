"""State proofs from a node (EIP-1186)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tallystick.chain.errors import RpcRefused
from tallystick.chain.rpc import Rpc
from tallystick.proof.errors import ProofUnavailable


def ask_proof(rpc: Rpc, account: str, keys: Sequence[bytes], number: int) -> dict[str, Any]:
    """The answer to eth_getProof. Raises ProofUnavailable when the node lacks that state."""
    try:
        answer = rpc.call("eth_getProof", account, ["0x" + key.hex() for key in keys], hex(number))
    except RpcRefused as error:
        raise ProofUnavailable(f"the node proves no state of block {number}: {error}") from error
    if not isinstance(answer, dict):
        raise ProofUnavailable(f"the node proves no state of block {number}")
    return answer


def nodes_of(answer: dict[str, Any]) -> set[bytes]:
    """All trie nodes in an answer to eth_getProof."""
    storage = (node for entry in answer["storageProof"] for node in entry["proof"])
    return {bytes.fromhex(node[2:]) for node in (*answer["accountProof"], *storage)}
