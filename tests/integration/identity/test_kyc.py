"""Being known, over HTTP: from the first upload to an attestation, and back."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from pydantic import SecretStr
from tests.integration.identity.browser import problem
from tests.integration.identity.gate import ADA, BEN, ORIGIN, Person
from tests.integration.identity.people import Someone

from tallystick.api.app import create_app
from tallystick.cli import main
from tallystick.db import write
from tallystick.identity.authority.roles import Role
from tallystick.identity.kyc.levels import ABANDONED_DAYS, DAY, RECHECK_DAYS
from tallystick.identity.kyc.provider import LocalProvider
from tallystick.screening.sanctions.lists import keep_list, read_list
from tallystick.trail.store import entries

# the example of GB 11643-1999, and a person to whom it could belong
NUMBER = "11010519491231002X"
PERSON = {"full_name": "李明", "birth_date": "1949-12-31", "country": "CN"}
PICTURE = io.BytesIO()
Image.effect_noise((80, 50), 60).convert("RGB").save(PICTURE, "PNG")


class Lists:
    """Sanctions, by name."""

    def __init__(self) -> None:
        self.listed: set[str] = set()

    def hits(
        self, names: Sequence[str], birth_date: str | None, country: str | None
    ) -> Sequence[str]:
        return [name for name in names if name in self.listed]


@pytest.fixture
def lists(http: TestClient) -> Lists:
    made = Lists()
    access = http.app.state.access  # type: ignore[attr-defined]
    access.cases.provider = LocalProvider(made)
    return made


@pytest.fixture
def http(app: FastAPI) -> Iterator[TestClient]:
    settings = app.state.server.settings.model_copy(
        update={"gate": "0x" + "22" * 20, "issuer_key": SecretStr("0x" + "33" * 32)}
    )
    with TestClient(create_app(settings), base_url=ORIGIN) as client:
        yield client


def ask(who: Someone, level: str) -> str:
    answer = who.post("/identity/cases", {"level": level})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_id"])


def upload(who: Someone, case: str, part: str, content: bytes, form: str = "image/png") -> Any:
    path = f"/v1/me/identity/cases/{case}/files/{part}"
    return who.http.put(path, content=content, headers=who.headers | {"Content-Type": form})


def submit(who: Someone, case: str, data: str = NUMBER) -> Any:
    return who.post(f"/identity/cases/{case}/submission", {"type": "cn_id", "data": data})


def review(who: Someone, case: str, rest: str = "", body: Any = None) -> Any:
    path = f"/v1/identity/cases/{case}{rest}"
    if body is None:
        return who.http.get(path, headers=who.headers)
    return who.http.post(path, json=body, headers=who.headers)


def reviewers(http: TestClient) -> tuple[Someone, Someone]:
    return Someone(http, Person("rea"), Role.REVIEWER), Someone(http, Person("ron"), Role.REVIEWER)


def approve(who: Someone, approval: str) -> Any:
    signed = who.sign("approve", approval_id=approval)
    path = f"/v1/approvals/{approval}/approve"
    return who.http.post(path, json=signed, headers=who.headers)


def known(
    http: TestClient, person: Person, number: str = NUMBER, born: str = "1949-12-31"
) -> Someone:
    who = Someone(http, person)
    who.put("person", PERSON | {"birth_date": born})
    rea, ron = reviewers(http)
    case = ask(who, "basic")
    submit(who, case, number)
    proposal = review(rea, case, "/proposal", {"judged": {}})
    assert proposal.status_code == 201, proposal.text
    assert approve(ron, proposal.json()["approval_id"]).json()["state"] == "done"
    return who


def test_from_upload_to_attestation(http: TestClient, lists: Lists, tmp_path: Path) -> None:
    ada = Someone(http, ADA)
    rea, ron = reviewers(http)
    case = ask(ada, "enhanced")
    problem(ada.post("/identity/cases", {"level": "basic"}), 409, "case_undecided")
    problem(submit(ada, case), 409, "parts_missing")
    for part in ("document_front", "selfie", "address_proof"):
        assert upload(ada, case, part, PICTURE.getvalue()).status_code == 200
    problem(submit(ada, case), 404, "record_not_found")
    ada.put("person", PERSON | {"birth_date": "1950-01-01"})
    problem(submit(ada, case, NUMBER[:-1] + "1"), 422, "document_refused")
    answer = submit(ada, case).json()
    assert answer["state"] == "open"
    assert {"birth_date_differs"} == {c["reason"] for c in answer["checks"]} & {
        "birth_date_differs"
    }
    ada.put("person", PERSON, 1)
    answer = submit(ada, case).json()
    outcomes = {check["check"]: check["outcome"] for check in answer["checks"]}
    assert outcomes == {
        "document": "passed",
        "sanctions": "passed",
        "liveness": "review",
        "address": "review",
    }
    problem(upload(ada, case, "selfie", PICTURE.getvalue()), 409, "case_closed")

    queue = http.get("/v1/identity/cases?state=in_review", headers=rea.headers).json()["data"]
    assert [found["case_id"] for found in queue] == [case]
    evidence = review(rea, case, "/evidence").json()
    assert (evidence["document"]["data"], evidence["person"]) == (NUMBER, PERSON)
    seen = review(rea, case, "/files/selfie")
    assert (seen.headers["content-type"], seen.headers["cache-control"]) == (
        "image/jpeg",
        "no-store",
    )
    assert Image.open(io.BytesIO(seen.content)).size == (80, 50)
    problem(review(rea, case, "/files/document_back"), 404, "case_not_found")
    judged = {"judged": {"liveness": "passed"}}
    problem(review(rea, case, "/proposal", judged), 409, "checks_not_passed")
    judged["judged"]["address"] = "passed"
    asked = review(rea, case, "/proposal", judged).json()
    problem(approve(rea, asked["approval_id"]), 403, "same_eyes")
    assert ada.get("/identity").json()["standing"] is None
    assert approve(ron, asked["approval_id"]).json()["state"] == "done"
    standing = ada.get("/identity").json()["standing"]
    assert standing["level"] == "enhanced"

    body = {"address": BEN.address}
    problem(ada.post("/identity/attestations", body), 404, "wallet_not_found")
    made = ada.post("/identity/attestations", {"address": ADA.address}).json()
    assert made["expires_at"] - made["issued_at"] == 365 * DAY - 1
    assert all(word not in str(made) for word in (ada.subject, "enhanced", NUMBER))

    with rea.access.file.open() as db:
        facts = [entry.fact for entry, _ in entries(db)]
    reads = [fact.object for fact in facts if (fact.actor, fact.act) == (rea.subject, "read")]
    assert reads == [
        f"{ada.subject}/{r}" for r in ("documents", "person", "documents", "documents")
    ]
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    for secret in (NUMBER.encode(), "李明".encode(), b"\xff\xd8\xff", b"JFIF"):
        assert secret not in raw

    assert ada.post("/erasure", ada.sign("erase")).status_code == 200
    assert http.get("/v1/identity/cases", headers=rea.headers).json()["data"] == []
    revoked: list[bytes] = []
    assert rea.access.levels.revoke_pending(revoked.append) == 1
    assert "0x" + revoked[0].hex() == made["digest"]
    assert rea.access.levels.revoke_pending(revoked.append) == 0


def test_uploads_that_are_refused(http: TestClient) -> None:
    ada, ben = Someone(http, ADA), Someone(http, BEN)
    case = ask(ada, "verified")
    answer = problem(upload(ada, case, "selfie", b"MZ not an image"), 422, "image_refused")
    assert answer["reason"] == "type"
    problem(upload(ada, case, "selfie", b"{}", "application/json"), 415, "unsupported_media_type")
    problem(upload(ada, case, "selfie", b"\xff" * (8 * 2**20 + 1)), 413, "payload_too_large")
    problem(upload(ada, case, "portrait", PICTURE.getvalue()), 422, "validation_failed")
    problem(upload(ben, case, "selfie", PICTURE.getvalue()), 404, "case_not_found")
    path = f"/v1/me/identity/cases/{case}/files/selfie"
    anonymous = http.put(path, content=PICTURE.getvalue(), headers={"Content-Type": "image/png"})
    problem(anonymous, 401, "unauthorized")
    assert ada.get("/identity").json()["cases"][0]["parts"] == []


def test_nobody_reviews_himself(http: TestClient, lists: Lists) -> None:
    rea = Someone(http, Person("rea"), Role.REVIEWER)
    ron = Someone(http, Person("ron"), Role.REVIEWER)
    rea.put("person", PERSON)
    case = ask(rea, "basic")
    submit(rea, case)
    problem(review(rea, case, "/proposal", {"judged": {}}), 403, "same_eyes")
    problem(review(rea, case, "/refusal", {"reason": "x"}), 403, "same_eyes")
    asked = review(ron, case, "/proposal", {"judged": {}}).json()
    problem(approve(rea, asked["approval_id"]), 403, "same_eyes")
    assert rea.get("/identity").json()["standing"] is None


def test_one_document_is_one_subjects(http: TestClient, lists: Lists) -> None:
    known(http, ADA)
    rea, ron = reviewers(http)
    ben = Someone(http, BEN)
    ben.put("person", PERSON)
    case = ask(ben, "basic")
    (check,) = (c for c in submit(ben, case).json()["checks"] if c["check"] == "document")
    assert (check["outcome"], check["reason"]) == ("review", "document_of_another")
    asked = review(rea, case, "/proposal", {"judged": {"document": "passed"}}).json()
    problem(approve(ron, asked["approval_id"]), 409, "checks_not_passed")
    refused = review(rea, case, "/refusal", {"reason": "document_of_another"}).json()
    assert refused["state"] == "refused"
    assert ben.get("/identity").json()["cases"][0]["reason"] == "document_of_another"


def test_who_is_listed_waits_for_people(http: TestClient, lists: Lists) -> None:
    lists.listed.add("李明")
    ada = Someone(http, ADA)
    ada.put("person", PERSON)
    case = ask(ada, "basic")
    checks = {c["check"]: c for c in submit(ada, case).json()["checks"]}
    assert (checks["sanctions"]["outcome"], checks["sanctions"]["reason"]) == ("review", "listed")
    rea, _ = reviewers(http)
    problem(review(rea, case, "/proposal", {"judged": {}}), 409, "checks_not_passed")


LIST = """<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-10-01T09:00:00.000+02:00">
  <sanctionEntity euReferenceNumber="EU.1.2" logicalId="13">
    <subjectType code="person" classificationCode="P"/>
    <nameAlias wholeName="李明" strong="true"/>
    <birthdate circa="false" birthdate="1949-12-31" year="1949"/></sanctionEntity></export>"""


def test_a_real_list_is_looked_into_also_by_the_daily_command(
    http: TestClient, lists: Lists, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = known(http, ADA)
    file = tmp_path / "eu.xml"
    file.write_text(LIST, encoding="utf-8")
    keep_list(read_list(file), tmp_path / "lists")
    access = ada.access
    access.cases.provider = LocalProvider(access.sanctions)
    ben = Someone(http, BEN)
    ben.put("person", PERSON)
    checks = {c["check"]: c for c in submit(ben, ask(ben, "basic")).json()["checks"]}
    assert checks["sanctions"]["reason"] == "listed"
    with access.file.open() as db, write(db) as conn:
        conn.execute("UPDATE kyc_levels SET checked_at = 0")
    settings = http.app.state.server.settings  # type: ignore[attr-defined]
    for name, value in settings.model_dump(exclude_none=True, exclude_defaults=True).items():
        secret = isinstance(value, SecretStr)
        text = value.get_secret_value() if secret else str(value)
        if name not in ("issuer_key", "gate"):
            monkeypatch.setenv(f"TALLYSTICK_{name.upper()}", text)
    done = CliRunner().invoke(main, ["identity", "recheck"])
    assert done.output == (
        "0 levels ended, 1 looked up, 1 listed, 0 cases closed, 0 attestations revoked\n"
    )
    assert access.levels.of(ada.subject) is None


def test_without_lists_nobody_passes_by_himself(http: TestClient) -> None:
    ada = Someone(http, ADA)
    ada.put("person", PERSON)
    checks = {c["check"]: c for c in submit(ada, ask(ada, "basic")).json()["checks"]}
    assert (checks["sanctions"]["outcome"], checks["sanctions"]["reason"]) == ("review", "no_list")


def test_levels_end_and_are_looked_at_again(
    http: TestClient, lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = known(http, ADA)
    levels, vault = ada.access.levels, ada.access.vault
    ada.post("/identity/attestations", {"address": ADA.address})
    begun = vault.now()
    moment = [begun]
    monkeypatch.setattr(vault, "_now", lambda: moment[0])
    assert levels.recheck(lists) == levels.recheck(lists)
    moment[0] = begun + RECHECK_DAYS * DAY
    done = levels.recheck(lists)
    assert (done.checked, done.listed) == (1, 0)
    lists.listed.add("李明")
    moment[0] += RECHECK_DAYS * DAY
    done = levels.recheck(lists)
    assert (done.checked, done.listed) == (1, 1)
    assert levels.of(ada.subject) is None
    assert levels.revoke_pending(lambda _: None) == 1
    lists.listed.clear()
    ben = known(http, BEN, "440524188001010014", "1880-01-01")
    moment[0] += 3 * 365 * DAY - 1
    assert levels.of(ben.subject) is not None
    moment[0] += 1
    assert levels.of(ben.subject) is None
    assert levels.recheck(lists).ended == 1


def test_a_case_is_withdrawn_by_hand_or_by_time(
    http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = Someone(http, ADA)
    vault = ada.access.vault

    def kept() -> list[str]:
        return [head.record for head in vault.records(ada.subject) if ":case_" in head.record]

    case = ask(ada, "verified")
    upload(ada, case, "selfie", PICTURE.getvalue())
    assert len(kept()) == 1
    assert ada.post(f"/identity/cases/{case}/withdraw", {}).json()["state"] == "withdrawn"
    assert kept() == []
    upload(ada, ask(ada, "verified"), "selfie", PICTURE.getvalue())
    later = vault.now() + ABANDONED_DAYS * DAY
    assert ada.access.cases.close_abandoned() == 0
    monkeypatch.setattr(vault, "_now", lambda: later)
    assert ada.access.cases.close_abandoned() == 1
    assert kept() == []
