"""The commands, as an operator types them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.backend.decisions.cards import lending_card
from tests.integration.decisions.stage import CHECKER, MAKER, ROOT, Applicant, Stage
from tests.integration.identity.gate import Person

from tallystick.config import PREFIX
from tallystick.decisions.cli import decisions
from tallystick.scoring import signing
from tallystick.scoring.card import dump_card
from tallystick.scoring.layout import card_name
from tallystick.scoring.store import sign_folder


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A signed model's folder, trusted here."""
    key = tmp_path / "model.key"
    key.write_text("11" * 32)
    monkeypatch.setenv(signing.KEY, str(key))
    folder = tmp_path / "model"
    folder.mkdir()
    body = dump_card(lending_card())

    (folder / card_name(hashlib.sha256(body).hexdigest())).write_bytes(body)
    sign_folder(folder)
    return folder


@pytest.fixture
def typed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A terminal with the stage's settings in its environment."""
    for name, value in stage.settings.model_dump(exclude_none=True, exclude_defaults=True).items():
        secret = getattr(value, "get_secret_value", None)
        text = ",".join(value) if isinstance(value, tuple) else str(secret() if secret else value)
        monkeypatch.setenv(PREFIX + name.upper(), text)
    monkeypatch.chdir(ROOT)
    return CliRunner()


def run(typed: CliRunner, *arguments: str) -> Result:
    return typed.invoke(decisions, arguments)


def test_from_check_to_release_to_replay(stage: Stage, typed: CliRunner, model: Path) -> None:
    checked = run(typed, "check", "--model", str(model))
    assert checked.output == "21 cases decided as they should be\n"
    made = json.loads(run(typed, "release", "--model", str(model)).output)
    number, id_ = str(made["activation"]), made["release"]
    maker, checker = Person(MAKER), Person(CHECKER)
    signature = "0x" + maker.sign(made["maker_signs"]).hex()
    assert run(typed, "propose", id_, maker.address, signature).exit_code == 0
    again = run(typed, "approve", number, maker.address, signature)
    assert "whoever proposed a release cannot approve it" in again.output
    signature = "0x" + checker.sign(made["checker_signs"]).hex()
    assert (
        f"release {id_} is in force"
        in run(typed, "approve", number, checker.address, signature).output
    )

    decided = Applicant(stage, Person("tom")).apply()
    assert decided["versions"]["release"] == id_
    same = run(typed, "replay", decided["application_id"])
    assert (same.exit_code, same.output) == (0, f"SAME: {decided['application_id']} approve\n")
    with stage.database() as db:
        db.execute(
            "UPDATE decisions SET inputs = zeroblob(32) WHERE decision_id = ?",
            (decided["application_id"],),
        )
    differs = run(typed, "replay", decided["application_id"])
    assert differs.exit_code == 1
    assert differs.output.startswith("hash of inputs: was 00")
    assert "there is no decision" in run(typed, "replay", "application_none").output


def test_what_if_and_the_daily_commands(
    stage: Stage, typed: CliRunner, model: Path, tmp_path: Path
) -> None:
    Applicant(stage, Person("uma")).apply()
    policy = tmp_path / "candidate.yaml"
    text = (ROOT / "lending" / "policy.yaml").read_text()
    policy.write_text(text.replace('documents_missing: "> 0"', 'documents_missing: "> 9"'))
    refused = run(typed, "what-if", "--policy", str(policy), "--model", str(model))
    assert "outcome should be refer, is approve" in refused.output
    found = json.loads(run(typed, "what-if", "--model", str(model), "--days", "3650").output)
    assert found["decided"] >= 1
    assert found["then"]["approved"] >= 1
    assert run(typed, "standings").exit_code == 0
    rooted = run(typed, "root", "--day", "2025-12-31")
    assert rooted.exit_code == 0, rooted.output
    assert "a day is written as" in run(typed, "root", "--day", "yesterday").output
