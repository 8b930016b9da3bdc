"""Writes into the tables what both ways of living come to: `python -m tests.lives.record NAME...`.

For a new life: write its terms and the first two columns, run this, then read what came out as if
somebody else had written it. Nothing is written where chain and mathematics differ.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.integration.anvil import Anvil
from tests.integration.world import World
from tests.lives import table
from tests.lives.live import live


def main(names: list[str]) -> int:
    """Records the named tables, or all; 1 when any life differs from itself."""
    wrong = 0
    with Anvil() as anvil:
        world = World(anvil)
        snapshot = anvil.rpc.call("evm_snapshot")
        for path in table.tables():
            if names and path.stem not in names:
                continue
            anvil.rpc.call("evm_revert", snapshot)
            snapshot = anvil.rpc.call("evm_snapshot")
            page = table.read(path)
            with tempfile.TemporaryDirectory() as folder:
                chain, model = live(world, page, Path(folder) / "index.db")
            for row, one, other in zip(page.rows, chain, model, strict=True):
                if one != other:
                    wrong += 1
                    told = f"{path.stem} {row.day} {row.step}\n  chain {one}\n  model {other}\n"
                    sys.stderr.write(told)
            if chain == model:
                path.write_text(table.write(page, [seen.cells() for seen in chain]), "utf-8")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
