"""The command `tallystick verify` as a lender runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.integration.proof.story import Proven

from tallystick.proof.cli import verify


@pytest.fixture
def file(proven: Proven, tmp_path: Path) -> Path:
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proven.proofs["late"]))
    return path


def run(*options: object) -> Result:
    return CliRunner().invoke(verify, [str(option) for option in options])


def test_a_proven_loan_is_told_in_full(proven: Proven, file: Path) -> None:
    proof = proven.proofs["late"]
    hash_ = proof["block"]["hash"]
    done = run(file, "--block-hash", hash_, "--book", proof["book"], "--loan", proof["loan_id"])
    assert done.exit_code == 0, done.output
    for part in ("PROVEN", proof["loan_id"], proof["book"], proof["state"]["balance"], "active"):
        assert part in done.output
    piped = CliRunner().invoke(verify, ["-", "--block-hash", hash_], input=file.read_bytes())
    assert piped.output == done.output


def test_what_is_refused(proven: Proven, file: Path) -> None:
    proof = proven.proofs["late"]
    hash_ = ("--block-hash", proof["block"]["hash"])
    other = "0x" + "5" * 64
    forged = file.with_name("forged.json")
    state = proof["state"] | {"balance": "1"}
    forged.write_text(json.dumps(proof | {"state": state}))
    broken = file.with_name("broken.json")
    broken.write_text("{")
    for options, sentence in [
        ((file, "--block-hash", other), f"--block-hash {proof['block']['hash']}"),
        ((file, *hash_, "--book", proven.world.token), f"about the book {proof['book']}"),
        ((file, *hash_, "--loan", other), f"about the loan {proof['loan_id']}"),
        ((forged, *hash_), "the stated state is not the one"),
        ((broken, *hash_), "not JSON"),
    ]:
        refused = run(*options)
        assert refused.exit_code == 1, refused.output
        assert refused.output.startswith("Error: REFUSED: ")
        assert sentence in refused.output


def test_wrong_use(file: Path) -> None:
    hash_ = ("--block-hash", "0x" + "5" * 64)
    for options in [(file,), (file, "--block-hash", "0x12"), (file.with_name("absent"), *hash_)]:
        assert run(*options).exit_code == 2
