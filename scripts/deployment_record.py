"""The record of a deployment: which contract stands where, made by which compiler.

One JSON file per chain. The indexer starts at the recorded block and refuses a contract whose code
hash differs, so the record is committed together with the release that uses it.
"""

import json
import os
from pathlib import Path
from typing import Any

from brownie import web3
from brownie._config import CONFIG
from brownie.network.transaction import TransactionReceipt

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "backend" / "tallystick" / "chain" / "deployments"


def is_development_chain() -> bool:
    """Whether the node is a private toy, where a test stablecoin does no harm."""
    return bool(web3.client_version.lower().startswith("anvil"))


def path_of_record() -> Path:
    """`$TALLYSTICK_DEPLOYMENT` if set, else beside the development chain's state in `var`, or for
    every other chain its file inside the backend package."""
    chosen = os.environ.get("TALLYSTICK_DEPLOYMENT")
    if chosen:
        return Path(chosen)
    if is_development_chain():
        return ROOT / "var" / "deployment.json"
    return FOLDER / f"{web3.eth.chain_id}.json"


def code_hash(address: str) -> str | None:
    """keccak-256 of the runtime code at an address, 0x hex; None when there is no code."""
    code = web3.eth.get_code(address)
    return "0x" + bytes(web3.keccak(code)).hex() if code else None


def describe(receipt: TransactionReceipt) -> dict[str, Any]:
    """The entry of one contract, from the receipt of its creation."""
    return {
        "address": receipt.contract_address,
        "block": receipt.block_number,
        "transaction": receipt.txid,
        "code_hash": code_hash(receipt.contract_address),
    }


def new_record(
    build: dict[str, Any],
    book: TransactionReceipt,
    parts: list[TransactionReceipt],
    token: TransactionReceipt | None,
) -> dict[str, Any]:
    """The whole record; `build` is Brownie's build artifact of the loan book."""
    via_ir = bool(CONFIG.settings["compiler"]["solc"].get("viaIR"))
    record = {
        "chain_id": web3.eth.chain_id,
        "genesis_hash": "0x" + bytes(web3.eth.get_block(0)["hash"]).hex(),
        "book": describe(book),
        "parts": [describe(part) for part in parts],
        "compiler": build["compiler"] | {"via_ir": via_ir},
    }
    return record | ({"token": describe(token)} if token else {})


def registry_of(path: Path) -> Path:
    """The folder of records that the service indexes beside the one at `path`."""
    chosen = os.environ.get("TALLYSTICK_DEPLOYMENTS")
    return Path(chosen) if chosen else path.parent / "deployments"


def keep_former(path: Path, record: dict[str, Any]) -> None:
    """Puts a record that is replaced into the registry: its loans live on."""
    name = f"{record['chain_id']}-{record['book']['address']}.json"
    write(registry_of(path) / name, record)


def read(path: Path) -> dict[str, Any] | None:
    record: dict[str, Any] | None = json.loads(path.read_text()) if path.exists() else None
    return record


def write(path: Path, record: dict[str, Any]) -> None:
    """Replace the file in one step, so that no reader ever sees half a record."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(record, indent=2) + "\n")
    draft.replace(path)
