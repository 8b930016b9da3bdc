"""The verifier of the pages comes to the same verdicts as `tallystick verify`, run by Node.js."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.integration.contracts import ROOT
from tests.integration.proof import forgeries
from tests.integration.proof.story import Proven, prove
from tests.integration.scenario import Life
from tests.integration.world import World

from tallystick.proof.errors import ProofRefused
from tallystick.proof.verify import parse, verify

NODE = ROOT / ".tools" / "bin" / "node"
MODULE = ROOT / "backend" / "tallystick" / "web" / "static" / "proof" / "verify.js"
RUNNER = Path(__file__).with_name("verdicts.mjs")

Case = tuple[Any, list[bytes]]


def in_node(cases: list[Case], folder: Path) -> list[Any]:
    """What the pages' verifier says of each case."""
    file = folder / "cases.jsonl"
    lines = (
        json.dumps({"proof": proof, "trusted": ["0x" + hash_.hex() for hash_ in trusted]})
        for proof, trusted in cases
    )
    file.write_text("\n".join(lines))
    command = [str(NODE), "--no-warnings", str(RUNNER), str(MODULE), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return [json.loads(line) for line in done.stdout.splitlines()]


def in_python(proof: Any, trusted: list[bytes]) -> Any:
    try:
        found = verify(parse(proof), trusted)
    except ProofRefused:
        return None
    return str(found.state.debt.balance), len(found.events)


def test_what_is_proven(proven: Proven, tmp_path: Path) -> None:
    cases = [(proof, [proven.block_hash]) for proof in proven.proofs.values()]
    for (proof, trusted), said in zip(cases, in_node(cases, tmp_path), strict=True):
        assert said["proven"], said
        assert in_python(proof, trusted) == (said["balance"], said["events"])


def test_what_is_refused(proven: Proven, tmp_path: Path) -> None:
    cases: list[Case] = []
    for name, proof in proven.proofs.items():
        parts = ["witness", "steps", *(["events"] if name != "poor" else [])]
        forged = [
            *forgeries.changed_values(proof),
            *forgeries.left_out(proof, *parts),
            *(forgeries.kept_back(proof) if name != "poor" else []),
        ]
        cases += [(one, [proven.block_hash]) for one in forged]
    late = proven.proofs["late"]
    cases += [(one, [proven.block_hash]) for one in forgeries.reordered(proven.proofs["ahead"])]
    cases += [(forgeries.backdated(late, 20), [proven.block_hash])]
    cases += [(late, []), (late, [b"\1" * 32])]
    cases += [(one, [proven.block_hash]) for one in (None, [], 1, "proof", {})]
    cases += [(forged, [hash_]) for forged, hash_ in forgeries.odd_nodes(proven.proofs["new"])]
    assert len(cases) > 500
    for (proof, trusted), said in zip(cases, in_node(cases, tmp_path), strict=True):
        assert in_python(proof, trusted) is None
        assert not said["proven"]


def test_random_lives_come_to_the_same_state(world: World, tmp_path: Path) -> None:
    """Both verifiers have mathematics of their own; the contract's storage is the judge."""
    life = Life(world, seed=7)
    life.play(90)
    cases: list[Case] = []
    for agreement in life.loans:
        proof = prove(world, agreement, tmp_path / "index.db")
        cases.append((proof, [bytes.fromhex(proof["block"]["hash"][2:])]))
    assert sum(len(proof["events"]) for proof, _ in cases) > 60
    for (proof, _), said in zip(cases, in_node(cases, tmp_path), strict=True):
        assert said["proven"], said
        assert said["balance"] == proof["state"]["balance"]
