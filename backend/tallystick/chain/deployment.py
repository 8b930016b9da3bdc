"""The deployment record, and the check that a node serves the very contract it describes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tallystick.chain.errors import (
    BookMissing,
    ChainReplaced,
    CodeMismatch,
    DeploymentInvalid,
    DeploymentMissing,
    WrongChain,
)
from tallystick.chain.hashing import keccak, to_checksum_address
from tallystick.chain.rpc import Rpc


@dataclass(frozen=True, slots=True)
class Part:
    """Code at an address of its own that the book runs as its own."""

    address: str
    code_hash: bytes


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the book lives; None for what the record does not say.

    `token` is the test stablecoin of a development chain.
    """

    chain_id: int
    book: str
    from_block: int
    code_hash: bytes | None = None
    genesis_hash: bytes | None = None
    token: str | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainIdentity:
    """What a node was found to serve."""

    chain_id: int
    genesis_hash: bytes
    code_hash: bytes


def load_deployment(path: Path) -> Deployment:
    """Reads a record written by the deployment script.

    Raises DeploymentMissing, DeploymentInvalid.
    """
    try:
        record = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise DeploymentMissing(
            f"no deployment record at {path}: deploy first, or set TALLYSTICK_DEPLOYMENT"
        ) from None
    except (OSError, orjson.JSONDecodeError) as error:
        raise DeploymentInvalid(f"cannot read the deployment record {path}: {error}") from error
    try:
        return _from_record(record)
    except (KeyError, TypeError, ValueError) as error:
        raise DeploymentInvalid(f"deployment record {path}: {error!r}") from error


def verify(rpc: Rpc, deployment: Deployment) -> ChainIdentity:
    """Checks that the node serves the recorded chain and contract.

    Raises WrongChain, ChainReplaced, BookMissing, CodeMismatch, RpcError.
    """
    chain_id, genesis, code, *others = rpc.batch(
        [
            ("eth_chainId", ()),
            ("eth_getBlockByNumber", ("0x0", False)),
            ("eth_getCode", (deployment.book, "latest")),
            *(("eth_getCode", (part.address, "latest")) for part in deployment.parts),
        ]
    )
    if int(chain_id, 16) != deployment.chain_id:
        raise WrongChain(
            f"{rpc.endpoint} serves chain {int(chain_id, 16)}, the book is on chain "
            f"{deployment.chain_id}: use another RPC URL or another deployment record"
        )
    found = ChainIdentity(
        deployment.chain_id, bytes.fromhex(genesis["hash"][2:]), keccak(bytes.fromhex(code[2:]))
    )
    if deployment.genesis_hash not in (None, found.genesis_hash):
        raise ChainReplaced(
            f"chain {deployment.chain_id} at {rpc.endpoint} was started anew since the book was "
            "deployed (its first block differs): deploy again and index into a new database"
        )
    if code == "0x":
        raise BookMissing(
            f"no contract at {deployment.book} on chain {deployment.chain_id}: deploy first, or "
            "correct the deployment record"
        )
    expected = [(deployment.book, deployment.code_hash)]
    expected += [(part.address, part.code_hash) for part in deployment.parts]
    for (address, recorded), served in zip(expected, [code, *others], strict=True):
        hash_ = keccak(bytes.fromhex(served[2:]))
        if recorded not in (None, hash_):
            raise CodeMismatch(
                f"the contract at {address} is not the recorded one (code hash 0x{hash_.hex()}): "
                "correct the deployment record or deploy again"
            )
    return found


def _from_record(record: dict[str, Any]) -> Deployment:
    book, token = record["book"], record.get("token")
    return Deployment(
        chain_id=int(record["chain_id"]),
        book=checked_address(book["address"]),
        from_block=int(book["block"]),
        code_hash=_hash(book.get("code_hash")),
        genesis_hash=_hash(record.get("genesis_hash")),
        token=token and checked_address(token["address"]),
        parts=tuple(
            Part(checked_address(part["address"]), bytes.fromhex(part["code_hash"][2:]))
            for part in record.get("parts", ())
        ),
    )


def checked_address(text: str) -> str:
    """The EIP-55 form of an address; raises ValueError for anything else."""
    return to_checksum_address(text)


def _hash(text: str | None) -> bytes | None:
    if text is None:
        return None
    value = bytes.fromhex(text.removeprefix("0x"))
    if len(value) != 32:
        raise ValueError(f"not a 32-byte hash: {text!r}")
    return value
