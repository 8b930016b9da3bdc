"""Objections: filed once, answered by somebody else, gone with their subject."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.integration.identity.browser import problem
from tests.integration.identity.gate import ADA, BEN, Person
from tests.integration.identity.people import Someone

from tallystick.identity.authority.roles import Role
from tallystick.identity.rights.errors import ObjectionClosed, ObjectionFiled, OwnObjection
from tallystick.identity.rights.objections import ANSWER_SECONDS, OVERTURNED
from tallystick.trail.store import entries

DECISION = "decision_7"
GROUNDS = "My salary was read\nfrom an old statement: 工资"


def test_a_person_answers_an_objection(http: TestClient, tmp_path: Path) -> None:
    ada, ben = Someone(http, ADA, Role.REVIEWER), Someone(http, BEN)
    rob = Someone(http, Person("rob"), Role.RISK_OFFICER)
    objections = ada.access.rights.objections
    filed = objections.file(ada.subject, DECISION, GROUNDS)
    with pytest.raises(ObjectionFiled):
        objections.file(ada.subject, DECISION, GROUNDS)
    (made,) = ada.get("/objections").json()["data"]
    path = f"/v1/objections/{made['objection_id']}"
    (waiting,) = http.get("/v1/objections", headers=rob.headers).json()["data"]
    assert waiting == made
    problem(ben.get(f"/objections/{made['objection_id']}/words"), 404, "objection_not_found")
    words = http.get(f"{path}/words", headers=rob.headers).json()
    assert words == {"grounds": GROUNDS, "explanation": None}
    explanation = "The new statement counts."
    given = filed.objection_id, OVERTURNED, explanation
    with pytest.raises(OwnObjection):
        objections.answer(ada.subject, *given)
    told = objections.answer(rob.subject, *given)
    with pytest.raises(ObjectionClosed):
        objections.answer(rob.subject, *given)
    assert (told.decision, told.outcome, told.reviewer) == (DECISION, "overturned", rob.subject)
    assert told.due_at - told.filed_at == ANSWER_SECONDS
    words = ada.get(f"/objections/{made['objection_id']}/words").json()
    assert words == {"grounds": GROUNDS, "explanation": explanation}
    assert http.get("/v1/objections", headers=rob.headers).json()["data"] == []
    with ada.access.file.open() as db:
        acts = [entry.fact.act for entry, _ in entries(db) if entry.fact.actor == rob.subject]
    assert acts == ["begin_session", "read", "overturned"]
    ada.post("/erasure", ada.sign("erase"))
    problem(http.get(f"{path}/words", headers=rob.headers), 404, "objection_not_found")
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    for secret in (b"My salary", "工资".encode(), b"new statement"):
        assert secret not in raw
