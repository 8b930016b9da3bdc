"""Roles, approvals and keys over HTTP, from the first administrator on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.integration.identity.browser import problem
from tests.integration.identity.gate import ADA, BEN, ORIGIN, Person
from tests.integration.identity.people import Someone

from tallystick.api.app import create_app
from tallystick.identity.authority.roles import Role
from tallystick.identity.vault.keys import new_key_text, parse_keys
from tallystick.identity.vault.rotation import pending

LOAN = "0x" + "9c" * 32


@pytest.fixture
def http(app: FastAPI) -> Iterator[TestClient]:
    settings = app.state.server.settings.model_copy(
        update={"administrators": (ADA.address, BEN.address)}
    )
    with TestClient(create_app(settings), base_url=ORIGIN) as client:
        yield client


def ask(who: Someone, matter: str, object_: str, **content: str) -> dict[str, Any]:
    body = {"matter": matter, "object": object_, "content": content}
    answer = who.http.post("/v1/approvals", json=body, headers=who.headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def decide(who: Someone, asked: dict[str, Any], word: str, body: Any = None) -> Any:
    path = f"/v1/approvals/{asked['approval_id']}/{word}"
    return who.http.post(path, json=body, headers=who.headers)


def approve(who: Someone, asked: dict[str, Any]) -> Any:
    signed = who.sign("approve", approval_id=asked["approval_id"])
    assert asked["sha256"][2:] in signed["message"]
    return decide(who, asked, "approve", signed)


def test_from_the_first_administrators_to_a_write_off(http: TestClient) -> None:
    ada, ben = Someone(http, ADA), Someone(http, BEN)
    assert "administrator" in ada.get("").json()["roles"]
    cora, rob = Someone(http, Person("cora")), Someone(http, Person("rob"))
    for who, role in ((cora, "collector"), (rob, "risk_officer")):
        asked = ask(ada, "grant_role", who.subject, role=role)
        problem(approve(ada, asked), 403, "same_eyes")
        assert approve(ben, asked).json()["state"] == "done"
    grants = http.get("/v1/roles", headers=ada.headers).json()["data"]
    assert {(g["subject"], g["role"]) for g in grants} == {
        (cora.subject, "collector"),
        (rob.subject, "risk_officer"),
    }
    asked = ask(cora, "write_off", LOAN, reason="insolvency")
    other = ask(cora, "write_off", LOAN, reason="fraud")
    problem(decide(cora, asked, "use"), 409, "approval_closed")
    # a signature for one request does not approve another, nor does no signature
    signed = rob.sign("approve", approval_id=other["approval_id"])
    problem(decide(rob, asked, "approve", signed), 403, "signed_message_refused")
    problem(decide(rob, asked, "approve", {}), 422, "validation_failed")
    problem(decide(ada, asked, "approve", ada.sign("export")), 403, "signed_message_refused")
    problem(decide(ada, asked, "refuse"), 403, "role_missing")
    assert approve(rob, asked).json()["state"] == "approved"
    assert decide(cora, asked, "use").json()["state"] == "done"
    problem(decide(cora, asked, "use"), 409, "approval_closed")
    assert decide(cora, other, "withdraw").json()["state"] == "withdrawn"
    page = http.get("/v1/approvals?limit=3", headers=rob.headers).json()
    assert (len(page["data"]), page["has_more"]) == (3, True)
    last = page["data"][-1]["approval_id"]
    rest = http.get(f"/v1/approvals?starting_after={last}", headers=rob.headers).json()
    assert (len(rest["data"]), rest["has_more"]) == (1, False)


def test_requests_say_no_more_than_ids_and_words(http: TestClient) -> None:
    ada = Someone(http, ADA)
    for body in (
        {"matter": "grant_role", "object": "subject_" + "a" * 26, "content": {"role": "auditor"}},
        {"matter": "rotate_keys", "object": "vault", "content": {"why": "Ada said so"}},
        {"matter": "identity_level", "object": "x", "content": {"level": "kyc_basic"}},
        {"matter": "rotate_keys", "object": "elsewhere"},
    ):
        answer = http.post("/v1/approvals", json=body, headers=ada.headers)
        problem(answer, 422, "validation_failed")


def test_keys_are_rotated_by_two(http: TestClient) -> None:
    ada, ben = Someone(http, ADA), Someone(http, BEN)
    vault = ada.access.vault
    (old,) = pending(vault)
    held = vault.service._keys[old]  # type: ignore[attr-defined]
    vault.service = parse_keys(f"new:{new_key_text()}")
    vault.service._keys[old] = held  # type: ignore[attr-defined]
    asked = ask(ada, "rotate_keys", "vault")
    approve(ben, asked)
    assert old in pending(vault)
    assert decide(ada, asked, "use").json()["state"] == "done"
    assert list(pending(vault)) == ["new"]


def test_a_key_is_made_by_hand_used_and_ended(http: TestClient) -> None:
    bank = Someone(http, Person("bank"), Role.INTEGRATOR)
    wish = {"name": "core", "scopes": ["webhooks:read"], "per_minute": 5}
    refused = bank.post("/api-keys", wish | {"confirmation": bank.sign("export")})
    problem(refused, 403, "signed_message_refused")
    made = bank.post("/api-keys", wish | {"confirmation": bank.sign("create_key")}).json()
    key = {"Authorization": f"Bearer {made['token']}"}
    path = f"/v1/me/api-keys/{made['key_id']}"
    problem(http.delete(path, headers=key), 403, "scope_missing")
    problem(http.get("/v1/me", headers=key), 403, "scope_missing")
    assert "token" not in str(bank.get("/api-keys").json())
    rotated = bank.post(f"/api-keys/{made['key_id']}/rotate", bank.sign("create_key")).json()
    problem(http.get("/v1/consent-texts", headers=key), 401, "unauthorized")
    key = {"Authorization": f"Bearer {rotated['token']}"}
    answers = [http.get("/v1/consent-texts", headers=key) for _ in range(6)]
    assert [answer.status_code for answer in answers[:3]] == [200, 200, 200]
    limited = problem(answers[5], 429, "rate_limited")
    assert int(answers[5].headers["retry-after"]) > 0
    assert "5 requests" in limited["detail"]
    assert http.get("/v1/consent-texts", headers=bank.headers).status_code == 200
    assert http.delete(path, headers=bank.headers).status_code == 204
    problem(http.get("/v1/consent-texts", headers=key), 401, "unauthorized")


def test_an_auditor_looks_and_nothing_more(http: TestClient) -> None:
    audra = Someone(http, Person("audra"), Role.AUDITOR)
    assert http.get("/v1/approvals", headers=audra.headers).json()["data"] == []
    body = {"matter": "write_off", "object": LOAN, "content": {"reason": "x"}}
    problem(http.post("/v1/approvals", json=body, headers=audra.headers), 403, "role_missing")
