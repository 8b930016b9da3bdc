"""Write the contracts' interfaces where the backend reads them.

`make abi`, or `tools/brownie run scripts/export_abi.py`. The files are sorted, so that they change
only when an interface does; tests/contracts/test_exported_abi.py compares them with the contracts.
"""

import json
from pathlib import Path
from typing import Any

# `LoanBook` hands calls that it does not know on to its other parts: users see one address
CONTRACTS = {
    "LoanBook": ("LoanBook", "LoanAgreements", "LoanServicing"),
    "RepairFund": ("RepairFund",),
    "TestDollar": ("TestDollar",),
}
ABI_FOLDER = Path(__file__).resolve().parent.parent / "backend" / "tallystick" / "chain" / "abi"


def render(abi: list[dict[str, Any]]) -> str:
    """The text of an exported file: entries by kind, then name, then parameter types."""

    def order(entry: dict[str, Any]) -> tuple[str, str, list[str]]:
        return entry["type"], entry.get("name", ""), [i["type"] for i in entry.get("inputs", [])]

    return json.dumps(sorted(abi, key=order), indent=2, sort_keys=True) + "\n"


def merged(project: Any, name: str) -> list[dict[str, Any]]:
    """All entries of the parts of a contract, each once; constructors are no interface."""
    entries = [entry for part in CONTRACTS[name] for entry in project[part].abi]
    return [
        entry
        for at, entry in enumerate(entries)
        if entry["type"] in ("function", "event", "error") and entry not in entries[:at]
    ]


def export(project: Any) -> None:
    """Write the interface of every exported contract of a loaded Brownie project."""
    ABI_FOLDER.mkdir(parents=True, exist_ok=True)
    for name in CONTRACTS:
        (ABI_FOLDER / f"{name}.json").write_text(render(merged(project, name)))


def main() -> None:
    from brownie import project

    export(project.get_loaded_projects()[0])
    print(f"Exported {', '.join(CONTRACTS)} to {ABI_FOLDER}")
