"""What was decided on belongs to whom it is about: taken along, and erased."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.integration.decisions.stage import Applicant, Stage
from tests.integration.identity.gate import Person

from tallystick.decisions import store
from tallystick.decisions.errors import InputsErased
from tallystick.decisions.releases import bench_named
from tallystick.decisions.replay import replay
from tallystick.decisions.what_if import what_if


def signed(who: Applicant, act: str) -> dict[str, Any]:
    body = {"act": act, "signer": who.person.address}
    given = who.post("/me/challenges", body).json()
    signature = "0x" + who.person.sign(given["message"]).hex()
    return {"message": given["message"], "signature": signature}


def test_an_application_is_exported_and_erased_with_its_subject(stage: Stage) -> None:
    yara = Applicant(stage, Person("yara"))
    decided = yara.apply(documents={})
    id_ = decided["application_id"]
    export = yara.post("/me/export", signed(yara, "export"))
    assert export.status_code == 200, export.text
    records = {each["record"]: each for each in export.json()["records"]}
    case = json.loads(records[f"application:{id_}"]["fields"]["case"])
    assert case["declared"]["savings"] == "more"

    access = stage.app.state.access
    files = [stage.settings.db, stage.settings.vault]
    erased = yara.post("/me/erasure", signed(yara, "erase"))
    assert erased.status_code in (200, 201), erased.text
    with stage.database() as db:
        decision = store.get(db, id_)
        with pytest.raises(InputsErased):
            replay(db, access.vault, access.rights, decision, "auditor")
        bench = bench_named(db, decision.release, decision.arm)
        found = what_if([decision], bench, access.vault, access.rights, "auditor")
    assert (found.decided, found.skipped) == (0, 1)
    for path in files:
        assert b'residence_since":"4' not in path.read_bytes()
        assert yara.person.address[2:].lower().encode() not in path.read_bytes().lower()
