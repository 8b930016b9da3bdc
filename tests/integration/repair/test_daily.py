"""What runs every day: invitations by early warning, and supervision from the index."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.integration.decisions.stage import Stage
from tests.integration.repair.people import Someone, application, late

from tallystick.cli import main
from tallystick.earlywarning.run import run
from tallystick.jobs.job import NotYet, Turn
from tallystick.repair.daily import daily


def test_the_service_offers_help_and_the_borrower_answers(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dora = Someone(stage, "dora")
    _, loan_id = late(stage, "dora", "ben", 40)
    settings = stage.settings.model_copy(update={"warnings": tmp_path / "warnings.db"})
    run(settings.db, settings.warnings, None)
    turn = Turn(0, 1, stage.now)
    assert daily(settings, turn).startswith("1 invited")
    assert daily(settings, turn).startswith("0 invited")
    (case,) = dora.seen("/me/repairs")["data"]
    assert case["stage"] == "assessment"
    path = f"/me/repairs/{case['repair_id']}"
    assert [step["by"] for step in dora.seen(path)["steps"]] == ["service"]
    answered = dora.done("/me/repairs", application(loan_id, "900.00"), 201)
    assert (answered["repair_id"], answered["stage"]) == (case["repair_id"], "plan")
    dora.done(f"{path}/offers/1/acceptance")
    dora.stage.world.travel(stage.now + 9 * 86_400)
    stage.sync()
    for name, value in {
        "RPC_URL": settings.rpc_url,
        "DB": settings.db,
        "DEPLOYMENT": settings.deployment,
        "IDENTITY": settings.identity,
        "VAULT": settings.vault,
        "WARNINGS": settings.warnings,
        "VAULT_KEYS": _secret(settings.vault_keys),
        "VAULT_INDEX_KEY": _secret(settings.vault_index_key),
    }.items():
        monkeypatch.setenv(f"TALLYSTICK_{name}", str(value))
    told = CliRunner().invoke(main, ["repair", "supervise"], catch_exceptions=False)
    moved = [json.loads(line) for line in told.output.splitlines()]
    assert {"repair_id": case["repair_id"], "stage": "plan", "restarts": 0} in moved
    assert dora.seen(path)["steps"][-1]["reason"] == "expired"
    listed = CliRunner().invoke(main, ["repair", "list", "--stage", "plan"])
    assert case["repair_id"] in listed.output
    assert CliRunner().invoke(main, ["repair", "list", "--stage", "x"]).exit_code == 1


def test_without_a_vault_there_is_nothing_to_do(stage: Stage) -> None:
    settings = stage.settings.model_copy(update={"vault_index_key": None})
    with pytest.raises(NotYet):
        daily(settings, Turn(0, 1, stage.now))


def _secret(value: object) -> str:
    return value.get_secret_value()  # type: ignore[attr-defined, no-any-return]
