"""Gas is the price tag: the committed figures must be what a payment costs today."""

from __future__ import annotations

import json
from pathlib import Path

from scripts.bench_gas import SNAPSHOT, measure


def test_the_committed_gas_is_what_it_costs() -> None:
    committed = json.loads(Path(SNAPSHOT).read_text())
    measured = measure()
    assert measured.keys() == committed.keys()
    # addresses differ with what was deployed before, and with them the zero bytes of calldata
    off = {
        step: (gas, committed[step])
        for step, gas in measured.items()
        if step != "terms" and abs(gas / committed[step] - 1) > 0.005
    }
    assert not off, f"run `make bench-gas` and commit bench/gas.json: {off}"
