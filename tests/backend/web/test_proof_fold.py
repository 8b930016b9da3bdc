"""The pages' verifier folds the same lives to the same state, with mathematics of its own."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from tests.backend.loans.lives import LOAN, Chronicle, chronicles

from tallystick.chain.readable import values_of
from tallystick.chain.words import plan_code, terms_words
from tallystick.loans.events import Amended, LoanEvent, Originated, Paid
from tallystick.loans.fold import fold
from tallystick.loans.ledger import owed_at
from tallystick.proof.document import ProvenState
from tallystick.proof.layout import stored_of

ROOT = Path(__file__).parents[3]
NODE = ROOT / ".tools" / "bin" / "node"
MODULES = ROOT / "backend" / "tallystick" / "web" / "static" / "proof"
RUNNER = Path(__file__).with_name("fold.mjs")


def random_lives(number: int) -> list[Chronicle]:
    lives: list[Chronicle] = []

    @settings(max_examples=number)
    @given(chronicles())
    def collect(loan: Chronicle) -> None:
        lives.append(loan)

    collect()
    return lives


def written(event: LoanEvent) -> dict[str, Any]:
    """An event as the verifier has it after reading a receipt."""
    line: dict[str, Any] = {
        "name": type(event).__name__,
        "timestamp": event.ref.timestamp,
        "values": values_of(event),
    }
    if isinstance(event, Originated | Amended):
        line["terms"] = "0x" + terms_words(event.agreement).hex()
        line["code"] = "0x" + plan_code(event.agreement.plan).hex() if event.agreement.plan else ""
    return line


def in_node(lives: list[list[LoanEvent]], days: list[int], folder: Path) -> list[Any]:
    file = folder / "lives.jsonl"
    lines = (
        {"id": "0x" + LOAN.hex(), "day": day, "events": [written(event) for event in events]}
        for events, day in zip(lives, days, strict=True)
    )
    file.write_text("\n".join(json.dumps(line) for line in lines))
    command = [str(NODE), "--no-warnings", str(RUNNER), str(MODULES), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_random_lives_come_to_the_same_state(tmp_path: Path) -> None:
    lives = random_lives(300)
    found = in_node([loan.events for loan in lives], [loan.day for loan in lives], tmp_path)
    for loan, said in zip(lives, found, strict=True):
        assert "refused" not in said, (said, loan.events)
        expected = ProvenState.of(stored_of(fold(loan.events))).model_dump(mode="json")
        assert said["state"] == expected
        outstanding = [
            str(owed_at(loan.terms, loan.state, loan.day + later).outstanding) for later in (0, 30)
        ]
        assert said["outstanding"] == outstanding


def test_a_unit_more_or_less_is_refused(tmp_path: Path) -> None:
    lives = [loan for loan in random_lives(60) if any(isinstance(e, Paid) for e in loan.events)]
    forged: list[list[LoanEvent]] = []
    for loan in lives:
        at = next(k for k, event in enumerate(loan.events) if isinstance(event, Paid))
        paid = loan.events[at]
        assert isinstance(paid, Paid)
        wrong = replace(paid, outstanding=paid.outstanding + 1)
        forged.append([*loan.events[:at], wrong, *loan.events[at + 1 :]])
    assert len(forged) > 20
    for said in in_node(forged, [loan.day for loan in lives], tmp_path):
        assert "outstanding principal" in said["refused"]
