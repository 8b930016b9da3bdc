"""Static analysis of the contracts: format, solhint, slither, sizes. Run by `make analyze`.

solhint must be silent. Every finding of slither must be answered in docs/analysis.md, where a line
of the table starts with its key in backticks; a finding without answer fails, and so does an answer
without a finding, so the page says neither less nor more than the tool. Exits 1 on any of these.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
OUT = ROOT / "build" / "analysis"
ANSWERS = ROOT / "docs" / "analysis.md"
FOLDERS = (
    "contracts/*.sol",
    *(f"contracts/{f}/*.sol" for f in ("base", "interfaces", "libraries", "periphery", "types")),
)
EIP170 = 24_576
MARGIN = 1_024
PARTS = ("LoanBook", "LoanAgreements", "LoanServicing")
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{TOOLS / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    "FOUNDRY_OUT": str(OUT),
    "FOUNDRY_CACHE_PATH": str(OUT / "cache"),
}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )


def must_pass(what: str, *command: str) -> bool:
    done = run(*command)
    print(f"{what}: {'clean' if done.returncode == 0 else 'findings'}")
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
    return done.returncode == 0


def name_of(element: dict[str, Any]) -> str:
    """Qualified name with parameter types, which survives every edit of the lines around it."""
    fields = element.get("type_specific_fields", {})
    name: str = fields.get("signature") or element["name"]
    parent = fields.get("parent")
    return f"{name_of(parent)}.{name}" if parent and parent["type"] != "file" else name


def slither_findings() -> set[str]:
    report = OUT / "slither.json"
    report.unlink(missing_ok=True)
    done = run(
        str(TOOLS / "slither" / "bin" / "slither"),
        ".",
        *("--ignore-compile", "--foundry-out-directory", str(OUT.relative_to(ROOT))),
        *("--filter-paths", "node_modules|contracts/mocks"),
        *("--json", str(report)),
    )
    if not report.exists():
        sys.exit(f"slither did not run:\n{done.stderr}")
    answer = json.loads(report.read_text())
    if not answer["success"]:
        sys.exit(f"slither failed: {answer['error']}")
    detectors = answer["results"].get("detectors", [])
    return {f"{d['check']} {name_of(d['elements'][0])}" for d in detectors}


def answered() -> set[str]:
    return set(re.findall(r"^\| `([a-z-]+ [A-Z][^`]*)` \|", ANSWERS.read_text(), re.MULTILINE))


def check_slither() -> bool:
    found, answers = slither_findings(), answered()
    for key in sorted(found - answers):
        print(f"slither: not answered in docs/analysis.md: {key}", file=sys.stderr)
    for key in sorted(answers - found):
        print(f"slither: answered, but not found any more: {key}", file=sys.stderr)
    print(f"slither: {len(found)} findings, {len(found & answers)} answered")
    return found == answers


def check_size() -> bool:
    fits = True
    for part in PARTS:
        artifact = json.loads((OUT / f"{part}.sol" / f"{part}.json").read_text())
        size = (len(artifact["deployedBytecode"]["object"]) - 2) // 2
        print(f"{part}: {size:,} of {EIP170:,} bytes")
        fits &= size <= EIP170 - MARGIN
    return fits


def main() -> None:
    solhint = str(TOOLS / "solhint" / "node_modules" / ".bin" / "solhint")
    clean = must_pass("forge fmt", "forge", "fmt", "--check")
    clean &= must_pass(
        "solhint", solhint, "--disc", "--max-warnings", "0", "--config", ".solhint.json", *FOLDERS
    )
    built = run("forge", "build", "contracts", "--force", "--build-info")
    if built.returncode:
        sys.exit(built.stdout + built.stderr)
    clean &= check_slither()
    clean &= check_size()
    sys.exit(0 if clean else 1)


if __name__ == "__main__":
    main()
