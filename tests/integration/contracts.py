"""Compiled contracts for tests that deploy them without Brownie.

Compiled with the project's compiler and settings, once per state of the sources.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
_COMPILER = ROOT / ".tools" / "solc" / "solc-v0.8.30"
_WANTED = (
    *("LoanBook", "LoanAgreements", "LoanServicing", "CustomRows", "Anchor", "IssuerGate"),
    *("RepairFund", "TestDollar", "AwkwardToken", "LoadMaker", "ContractWallet"),
)


def compiled() -> dict[str, str]:
    """Creation bytecode, 0x hex, of each contract the tests deploy."""
    job = _compiler_input()
    key = hashlib.sha256(json.dumps([job, _WANTED], sort_keys=True).encode()).hexdigest()[:32]
    cached = ROOT / "build" / "integration" / f"{key}.json"
    if not cached.exists():
        cached.parent.mkdir(parents=True, exist_ok=True)
        fresh = cached.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(_compile(job)))
        fresh.rename(cached)  # whole or not at all, also with several test processes
    result: dict[str, str] = json.loads(cached.read_text())
    return result


def _compiler_input() -> dict[str, Any]:
    config = yaml.safe_load((ROOT / "brownie-config.yaml").read_text())["compiler"]
    solc = config["solc"]
    sources = sorted((ROOT / "contracts").rglob("*.sol"))
    return {
        "language": "Solidity",
        "sources": {str(path.relative_to(ROOT)): {"content": path.read_text()} for path in sources},
        "settings": {
            "optimizer": solc["optimizer"],
            "viaIR": solc.get("viaIR", False),
            "evmVersion": config["evm_version"],
            "remappings": solc["remappings"],
            "outputSelection": {"*": {"*": ["evm.bytecode.object"]}},
        },
    }


def storage_layout(name: str) -> dict[str, Any]:
    """The compiler's storage layout of the contract in `contracts/<name>.sol`."""
    job = _compiler_input()
    source = f"contracts/{name}.sol"
    job["settings"]["outputSelection"] = {source: {name: ["storageLayout"]}}
    layout: dict[str, Any] = _run(job)["contracts"][source][name]["storageLayout"]
    return layout


def _compile(job: dict[str, Any]) -> dict[str, str]:
    # only what is wanted, and what that imports: the rest takes a minute longer
    sources = {at: text for at, text in job["sources"].items() if Path(at).stem in _WANTED}
    job = job | {"sources": sources}
    by_name = {
        name: "0x" + contract["evm"]["bytecode"]["object"]
        for contracts in _run(job)["contracts"].values()
        for name, contract in contracts.items()
    }
    return {name: by_name[name] for name in _WANTED}


def _run(job: dict[str, Any]) -> dict[str, Any]:
    answer = subprocess.run(
        [str(_COMPILER), "--standard-json", "--base-path", str(ROOT)],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    output: dict[str, Any] = json.loads(answer.stdout)
    problems = [e["formattedMessage"] for e in output.get("errors", []) if e["severity"] == "error"]
    assert not problems, "\n".join(problems)
    return output
