"""Objections: filed once, answered by somebody else, gone with their subject."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient
from tests.integration.identity.browser import problem
from tests.integration.identity.gate import ADA, BEN, Person
from tests.integration.identity.people import Someone

from tallystick.identity.authority.roles import Role
from tallystick.identity.rights.objections import ANSWER_SECONDS, Objection
from tallystick.trail.store import entries

DECISION = "decision_7"
GROUNDS = "My salary was read\nfrom an old statement: 工资"


def test_a_person_answers_an_objection(http: TestClient, tmp_path: Path) -> None:
    ada, ben = Someone(http, ADA, Role.REVIEWER), Someone(http, BEN)
    rob = Someone(http, Person("rob"), Role.RISK_OFFICER)
    heard: list[Objection] = []
    ada.access.rights.objections.on_outcome.append(lambda _, outcome: heard.append(outcome))
    body = {"decision": DECISION, "grounds": GROUNDS}
    made = ada.post("/objections", body).json()
    problem(ada.post("/objections", body), 409, "objection_exists")
    for grounds in ("", "a\x00b", "a\u202eb", "a" * 4001):
        problem(ada.post("/objections", body | {"grounds": grounds}), 422, "validation_failed")
    path = f"/v1/objections/{made['objection_id']}"
    (waiting,) = http.get("/v1/objections", headers=rob.headers).json()["data"]
    assert waiting == made
    problem(ben.get(f"/objections/{made['objection_id']}/words"), 404, "objection_not_found")
    words = http.get(f"{path}/words", headers=rob.headers).json()
    assert words == {"grounds": GROUNDS, "explanation": None}
    answer = {"outcome": "overturned", "explanation": "The new statement counts."}
    problem(http.post(f"{path}/answer", json=answer, headers=ada.headers), 403, "same_eyes")
    assert heard == []
    done = http.post(f"{path}/answer", json=answer, headers=rob.headers).json()
    assert done["outcome"] == "overturned"
    problem(
        http.post(f"{path}/answer", json=answer, headers=rob.headers), 409, "objection_answered"
    )
    (told,) = heard
    assert (told.decision, told.outcome, told.reviewer) == (DECISION, "overturned", rob.subject)
    assert told.due_at - told.filed_at == ANSWER_SECONDS
    words = ada.get(f"/objections/{made['objection_id']}/words").json()
    assert words == {"grounds": GROUNDS, "explanation": answer["explanation"]}
    assert http.get("/v1/objections", headers=rob.headers).json()["data"] == []
    with ada.access.file.open() as db:
        acts = [entry.fact.act for entry, _ in entries(db) if entry.fact.actor == rob.subject]
    assert acts == ["begin_session", "read", "overturned"]
    ada.post("/erasure", ada.sign("erase"))
    problem(http.get(f"{path}/words", headers=rob.headers), 404, "objection_not_found")
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    for secret in (b"My salary", "工资".encode(), b"new statement"):
        assert secret not in raw


def test_an_answer_that_nobody_heard_was_not_given(http: TestClient) -> None:
    ada, rob = Someone(http, ADA), Someone(http, Person("rob"), Role.RISK_OFFICER)
    objections = ada.access.rights.objections
    made = objections.file(ada.subject, DECISION, GROUNDS)

    def deaf(*_: object) -> None:
        raise RuntimeError

    objections.on_outcome.append(deaf)
    try:
        objections.answer(rob.subject, made.objection_id, "upheld", "It stands.")
    except RuntimeError:
        assert objections.get(made.objection_id) == made
        assert objections.words(rob.subject, made.objection_id).explanation is None
    else:
        raise AssertionError("the answer was given")
