"""Lines and branches of the contracts that the forge tests reach. Run by `make coverage`.

With little optimisation, which it needs, forge loses the two ways out of
`require(condition, Error())`: it reports them missed although tests see both. So the contracts are
measured as a copy in which each such statement reads `if (!(condition)) revert Error();`, which is
the same and is counted. Exits 1 below `LEAST` per cent of the branches.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "build" / "coverage-source"
LEAST = 95
QUICK = {"FOUNDRY_INVARIANT_RUNS": "10", "FOUNDRY_FUZZ_RUNS": "50"}
_REQUIRE = re.compile(r"\brequire\(")


def closing(text: str, start: int) -> int:
    """Index of the parenthesis that closes the one before `start`."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise ValueError("a parenthesis is not closed")


def split(arguments: str) -> tuple[str, str]:
    """Condition and error: the last comma outside of parentheses parts them."""
    depth = 0
    for at in range(len(arguments) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(arguments[at], 0)
        if arguments[at] == "," and depth == 0:
            return arguments[:at].strip(), arguments[at + 1 :].strip()
    raise ValueError(f"require without an error: {arguments}")


def rewritten(text: str) -> str:
    """The source with every `require` as an `if`."""
    out, last = [], 0
    for match in _REQUIRE.finditer(text):
        end = closing(text, match.end())
        condition, error = split(text[match.end() : end])
        out += [text[last : match.start()], f"if (!({condition})) {{ revert {error}; }}"]
        last = end + 2  # the parenthesis and the semicolon
    return "".join(out) + text[last:]


def copy() -> None:
    for folder in ("contracts", "tests/invariants"):
        shutil.rmtree(COPY / folder, ignore_errors=True)
        shutil.copytree(ROOT / folder, COPY / folder)
    shutil.copy(ROOT / "foundry.toml", COPY)
    for link in ("node_modules", ".tools"):
        if not (COPY / link).exists():
            (COPY / link).symlink_to(ROOT / link)
    for source in (COPY / "contracts").rglob("*.sol"):
        if "mocks" not in source.parts:
            source.write_text(rewritten(source.read_text()))


def main() -> None:
    COPY.mkdir(parents=True, exist_ok=True)
    copy()
    command = [
        str(ROOT / ".tools" / "bin" / "forge"),
        *("coverage", "--ir-minimum", "--no-match-coverage", "tests|mocks|node_modules"),
        *("--no-match-test", "_every_|_small_", "--report", "summary"),
        *("--report", "lcov", "--report-file", str(ROOT / "build" / "coverage.lcov")),
    ]
    done = subprocess.run(
        command, cwd=COPY, env=os.environ | QUICK, capture_output=True, text=True, check=False
    )
    print(done.stdout[done.stdout.find("╭---") :] if done.returncode == 0 else done.stdout)
    if done.returncode:
        sys.exit(done.stderr)
    lcov = (ROOT / "build" / "coverage.lcov").read_text()
    found, hit = (
        sum(map(int, re.findall(rf"^{key}:(\d+)$", lcov, re.MULTILINE))) for key in ("BRF", "BRH")
    )
    print(f"branches: {hit} of {found}, {100 * hit / found:.1f} %")
    sys.exit(0 if 100 * hit >= LEAST * found else 1)


if __name__ == "__main__":
    main()
