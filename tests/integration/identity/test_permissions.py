"""The table of permissions, tried: each role on each route, one's own objects and others'."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.integration.identity.browser import problem
from tests.integration.identity.gate import Person
from tests.integration.identity.people import Someone

from tallystick.api.callers import COOKIE
from tallystick.api.guard import GuardedRoute
from tallystick.api.permissions import TABLE, RouteUndeclared, Rule, Whose, check_table
from tallystick.identity.authority.keys import Wish
from tallystick.identity.authority.matters import Matter
from tallystick.identity.authority.roles import EVERYBODY, GRANTED, Role, Scope
from tallystick.identity.kyc.levels import Kind, Level
from tallystick.messages.outbox import enqueue, inbox
from tallystick.webhooks.outbox import Message
from tallystick.webhooks.store import Filter

SNAPSHOT = Path(__file__).parents[3] / "docs" / "permissions.md"
GUARDED = {name: rule for name, rule in TABLE.items() if not rule.public}
DENIED = {"role_missing", "scope_missing", "unauthorized", "csrf_refused"}
LOAN = "0x" + "9c" * 32


def _session(who: Someone) -> str:
    return str(who.get("").json()["session"]["session_id"])


def _contact(who: Someone) -> str:
    who.put("contact", {"email": "a@b.cd"})  # refused when it is there already
    return "contact"


def _request(who: Someone) -> str:
    asked = who.access.approvals.request(who.subject, Matter.WRITE_OFF, LOAN, {"reason": "x"})
    return asked.approval_id


def _key(who: Someone) -> str:
    return who.access.keys.create(who.subject, WISH)[0].key_id


def _case(who: Someone) -> str:
    for case in who.access.cases.of_subject(who.subject):
        if case.state == "open":
            return case.case_id
    return who.access.cases.open(who.subject, Kind.PERSON, Level.BASIC).case_id


def _message(who: Someone) -> Message:
    """The owner's only one, until its webhook is deleted."""
    held = who.http.app.state.notices  # type: ignore[attr-defined]
    for hook in held.webhooks.of_subject(who.subject):
        return held.outbox.page(who.subject, hook.webhook_id, None, 1)[0]  # type: ignore[no-any-return]
    hook, _ = held.webhooks.create(who.subject, "https://example.org/", Filter())
    return held.outbox.enqueue(who.subject, hook.webhook_id, "ping")  # type: ignore[no-any-return]


def _note(who: Someone) -> str:
    facts = {"loan": LOAN, "closed_on": "2026-03-31"}
    with who.http.app.state.messages.open() as db:  # type: ignore[attr-defined]
        enqueue(db, who.subject, "loan_closed", facts, "k")
        (note,) = inbox(db, [who.subject], 1)
    return note.message_id


WISH = Wish("x", frozenset({Scope.WEBHOOKS_READ}), 1, 60)
OBJECTS: dict[str, Callable[[Someone], str]] = {
    "session_id": _session,
    "address": lambda who: who.person.address,
    "purpose": lambda who: str(who.consent("news").json()["purpose"]),
    "record": _contact,
    "approval_id": _request,
    "key_id": _key,
    "case_id": _case,
    "part": lambda _: "selfie",
    "name": lambda _: "budget",
    "webhook_id": lambda who: _message(who).webhook_id,
    "message_id": lambda who: _message(who).message_id,
    "note_id": _note,
    "channel": lambda _: "bank",
    "receipt_id": lambda _: f"receipt_{'a' * 26}",
    "objection_id": lambda who: (
        who.access.rights.objections.file(who.subject, "decision_1", "No").objection_id
    ),
    "dispute_id": lambda who: (
        who.http.app.state.desk.dispute(  # type: ignore[attr-defined]
            who.subject, "complaint", "data", None, "Why?"
        ).dispute_id
    ),
}
"""How somebody comes to have the object that a path names."""
SHARED_NAMES = {"address", "purpose", "record", "part"}
"""Their values say nothing of whose they are: a stranger finds his own, or nothing."""
ELSEWHERE = {"application_id", "statement_id", "repair_id", "entry_id"}
"""Objects that need a lender or a loan: `tests/integration/decisions` and `repair` try them."""


def call(who: Someone, name: str, objects: dict[str, str] | None = None) -> Response:
    method, path = name.split(" ")
    for parameter in re.findall(r"{(\w+)}", path):
        value = (objects or {}).get(parameter) or _nobodys(parameter)
        path = path.replace("{" + parameter + "}", value)
    if name.startswith("PUT ") and "{part}" in name:
        headers = who.headers | {"Content-Type": "image/png"}
        return who.http.request(method, path, headers=headers, content=b"none")
    return who.http.request(method, path, headers=who.headers, json={} if method != "GET" else None)


INTRODUCTION = """\
# Who may call what

Made from the table that the service asks before every request
(`backend/tallystick/api/permissions.py`); a route without a row is not served. Every other path is
public, as the ledger is. Whoever signs in is borrower and lender of his own loans.

"""


def _nobodys(parameter: str) -> str:
    if parameter == "part":
        return "selfie"
    kind = {"message_id": "msg"}.get(parameter, parameter.removesuffix("_id"))
    return f"{kind}_{'a' * 26}" if parameter.endswith("_id") else "x"


def let_in(answer: Response) -> bool:
    return not (answer.status_code in (401, 403) and answer.json()["code"] in DENIED)


def test_anonymous_and_unknown_tokens_get_nowhere(http: TestClient) -> None:
    assert len(GUARDED) >= 27
    for name in GUARDED:
        method, path = name.split(" ")
        for headers in (
            {},
            {"Authorization": "Bearer " + "0" * 64},
            {"Authorization": f"Bearer tsk_{'a' * 26}_{'0' * 64}"},
            {"Authorization": "Basic YTpi"},
            {"Cookie": f"{COOKIE}=0"},
        ):
            filled = path.replace("{", "").replace("}", "")
            for content in (b"{}", b"{"):  # whether or not the body can be read
                answer = http.request(
                    method,
                    filled,
                    headers={"Content-Type": "application/json"} | headers,
                    content=content if method != "GET" else None,
                )
                problem(answer, 401, "unauthorized")
                assert answer.headers["www-authenticate"] == "Bearer"


def test_each_role_on_each_route(http: TestClient) -> None:
    nobody = Someone(http, Person("nobody"))
    for role in Role:
        who = nobody if role in EVERYBODY else Someone(http, Person(role), role)
        for name, rule in GUARDED.items():
            assert let_in(call(who, name)) == rule.admits(EVERYBODY | {role}), f"{role}: {name}"


def test_a_key_does_what_its_scopes_say_and_nothing_else(http: TestClient) -> None:
    bank = Someone(http, Person("bank"), Role.INTEGRATOR)
    for scope in Scope:
        key = bank.with_key(scope)
        for name, rule in GUARDED.items():
            assert let_in(call(key, name)) == (rule.scope is scope), f"{scope}: {name}"


def test_ones_own_objects_and_nobody_elses(http: TestClient) -> None:
    everything = tuple(GRANTED - {Role.AUDITOR})
    owner = Someone(http, Person("owner"), *everything)
    other = Someone(http, Person("other"), *everything)
    tried = 0
    for name, rule in GUARDED.items():
        parameters = re.findall(r"{(\w+)}", name)
        if rule.whose is not Whose.OWN or not parameters or ELSEWHERE & {*parameters}:
            continue
        tried += 1
        objects = {parameter: OBJECTS[parameter](owner) for parameter in parameters}
        theirs = call(other, name, objects)
        if set(parameters) <= SHARED_NAMES and name.startswith("GET "):
            answer = theirs.json() if theirs.status_code == 200 else {}
            assert not answer.get("data"), name
            assert "fields" not in answer, name
        else:
            assert theirs.status_code in (404, 422), f"{name}: {theirs.text}"
        mine = call(owner, name, objects)
        assert mine.status_code != 404, f"{name}: {mine.text}"
        if name == "DELETE /v1/sessions/{session_id}":
            owner = Someone(http, owner.person, *everything)
    assert tried >= 8


def test_a_route_without_a_row_does_not_start(app: FastAPI) -> None:
    check_table(app, GuardedRoute)

    @app.get("/v1/forgotten")
    def forgotten() -> None: ...

    with pytest.raises(RouteUndeclared, match="no row: GET /v1/forgotten"):
        check_table(app, GuardedRoute)
    with pytest.raises(RouteUndeclared, match="not guarded: GET /v1/me"):
        check_table(app, type("Another", (), {}))


def test_the_document_shows_the_table() -> None:
    lines = [
        "| route | " + " | ".join(str(role) for role in Role) + " | key with | about |",
        "|---|" + "---|" * (len(Role) + 2),
    ]
    for name, rule in sorted(GUARDED.items(), key=lambda item: item[0].split(" ")[::-1]):
        marks = " | ".join("yes" if rule.admits(EVERYBODY | {role}) else "" for role in Role)
        lines.append(f"| `{name}` | {marks} | {_scope(rule)} | {rule.whose} |")
    written = INTRODUCTION + "\n".join(lines) + "\n"
    if not SNAPSHOT.exists() or SNAPSHOT.read_text() != written:
        fresh = SNAPSHOT.parents[1] / "build" / "permissions.md"
        fresh.parent.mkdir(exist_ok=True)
        fresh.write_text(written)
        pytest.fail("permissions changed; if that is meant: cp build/permissions.md docs/")


def _scope(rule: Rule) -> str:
    return f"`{rule.scope}`" if rule.scope else ""
