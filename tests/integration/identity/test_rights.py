"""Consents, reads by purpose, correction, export and erasure: over HTTP, and what lies below."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.integration.identity.browser import problem
from tests.integration.identity.gate import ADA, BEN
from tests.integration.identity.people import Someone

from tallystick.db import open_database
from tallystick.identity.access.access import Access
from tallystick.identity.rights.errors import FieldRefused, PurposeUnknown, ReadRefused
from tallystick.identity.rights.purposes import PURPOSES
from tallystick.identity.rights.records import clean
from tallystick.identity.vault.erasure import hold, lift
from tallystick.trail.store import entries
from tallystick.trail.verify import verify

PERSON = {"full_name": "Amara Okafor", "birth_date": "1990-02-28", "country": "NG"}
CONTACT = {"email": "amara@example.org", "phone": "+2348012345678"}


@pytest.fixture
def ada(http: TestClient) -> Someone:
    return Someone(http, ADA)


@pytest.fixture
def access(app: FastAPI) -> Access:
    opened: Access = app.state.access
    return opened


def refusal(access: Access, ada: Someone, purpose: str, record: str = "person") -> str | None:
    try:
        access.rights.read("service", ada.subject, record, purpose)
    except ReadRefused as error:
        return error.reason
    return None


def test_a_record_is_corrected_and_keeps_its_history(ada: Someone) -> None:
    problem(ada.get("/records/person"), 404, "record_not_found")
    first = ada.put("person", PERSON)
    assert (first.json()["version"], first.headers["etag"]) == (1, '"1"')
    assert first.headers["cache-control"] == "no-store"
    answer = problem(ada.put("person", PERSON), 412, "record_changed")
    assert answer["version"] == 1
    ada.put("person", PERSON | {"full_name": "Amara Okafor-Bello"}, 1)
    assert ada.get("/records/person").json()["fields"]["full_name"] == "Amara Okafor-Bello"
    assert ada.get("/records/person?version=1").json()["fields"] == PERSON
    assert [v["version"] for v in ada.get("/records/person/versions").json()["data"]] == [1, 2]
    assert ada.put("contact", {"email": "x"}).json()["errors"][0]["pointer"] == "#/fields/email"


def test_nobody_sees_anothers_data(ada: Someone, http: TestClient, access: Access) -> None:
    ada.put("person", PERSON)
    ben = Someone(http, BEN)
    problem(ben.get("/records/person"), 404, "record_not_found")
    with pytest.raises(ReadRefused):
        access.rights.read(ben.subject, ada.subject, "person", "own_request")


def test_each_purpose_reads_what_it_may_and_no_more(ada: Someone, access: Access) -> None:
    ada.put("person", PERSON)
    ada.put("contact", CONTACT)
    assert refusal(access, ada, "scoring") == "consent"
    assert refusal(access, ada, "servicing") == "record"
    assert refusal(access, ada, "servicing", "contact") is None
    assert refusal(access, ada, "identity_check") is None
    assert ada.consent("scoring").status_code == 201
    assert refusal(access, ada, "scoring") is None
    assert refusal(access, ada, "scoring", "contact") == "record"
    assert refusal(access, ada, "news", "contact") == "consent"
    assert ada.post("/restriction", {"restricted": True}).json()["restricted_since"]
    assert refusal(access, ada, "scoring") == "restricted"
    assert refusal(access, ada, "servicing", "contact") == "restricted"
    assert refusal(access, ada, "identity_check") is None
    assert ada.get("/records/person").status_code == 200
    assert ada.post("/restriction", {"restricted": False}).json() == {"restricted_since": None}
    ada.post("/consents/scoring/withdraw", {})
    assert refusal(access, ada, "scoring") == "consent"
    problem(ada.post("/consents/scoring/withdraw", {}), 404, "consent_not_found")
    with pytest.raises(PurposeUnknown):
        access.rights.read("service", ada.subject, "person", "curiosity")


def test_a_consent_binds_purpose_version_and_words(ada: Someone, http: TestClient) -> None:
    texts = {text["purpose"]: text for text in http.get("/v1/consent-texts").json()["data"]}
    news = ada.sign("give_consent", purpose="news", version=1)
    assert texts["news"]["sha256"][2:] in news["message"]
    given = ada.post("/consents", news | {"purpose": "scoring", "version": 1})
    problem(given, 403, "signed_message_refused")
    foreign = ada.sign("give_consent", BEN, purpose="news", version=1)
    given = ada.post("/consents", foreign | {"purpose": "news", "version": 1})
    problem(given, 403, "signed_message_refused")
    for about in ({"purpose": "news", "version": 2}, {"purpose": "servicing", "version": 1}):
        body = {"act": "give_consent", "signer": ADA.address, **about}
        problem(ada.post("/challenges", body), 404, "record_not_found")
    assert ada.get("/consents").json()["data"] == []
    ada.consent("news")
    again = ada.consent("news").json()
    first, second = sorted(
        ada.get("/consents").json()["data"], key=lambda c: c["withdrawn_at"] is None
    )
    assert first["withdrawn_at"] is not None
    assert second == again


def test_every_read_is_in_the_trail_before_it_is_answered(
    ada: Someone, access: Access, tmp_path: Path
) -> None:
    ada.put("person", PERSON)
    refusal(access, ada, "scoring")
    refusal(access, ada, "identity_check")
    with open_database(tmp_path / "identity.db", readonly=True) as db:
        written = [entry.fact for entry, _ in entries(db)][-2:]
        assert verify(db, []).findings == ()
    assert [(f.actor, f.act, f.object, f.purpose) for f in written] == [
        ("service", "read_refused", f"{ada.subject}/person", "scoring"),
        ("service", "read", f"{ada.subject}/person", "identity_check"),
    ]


def test_an_export_is_complete_and_signed_for(ada: Someone) -> None:
    ada.put("person", PERSON)
    ada.put("person", PERSON | {"country": "GH"}, 1)
    ada.consent("scoring")
    problem(ada.post("/export", ada.sign("erase")), 403, "signed_message_refused")
    export = ada.post("/export", ada.sign("export")).json()
    records = [record["record"].partition(":")[0] for record in export["records"]]
    assert sorted(records) == ["consent", "person", "person", "wallet"]
    assert ADA.address in str(export["records"])
    assert export["consents"][0]["purpose"] == "scoring"
    acts = [entry["act"] for entry in export["trail"]]
    assert acts.count("correct") == 2
    assert acts[-1] == "export"


def test_an_erasure_leaves_nothing_but_its_receipt(
    ada: Someone, http: TestClient, access: Access, tmp_path: Path
) -> None:
    ada.put("person", PERSON)
    ada.consent("scoring")
    with access.vault.keys.open() as db:
        (wrapped,) = db.execute("SELECT wrapped FROM subject_keys").fetchone()
    kept = hold(access.vault, ada.subject, "Anti-Money Laundering Law, art. 34", None)
    refused = problem(ada.post("/erasure", ada.sign("erase")), 409, "legal_hold")
    assert refused["basis"] == "Anti-Money Laundering Law, art. 34"
    assert ada.get("/records/person").status_code == 200
    lift(access.vault, kept.hold_id)
    problem(ada.post("/erasure", ada.sign("export")), 403, "signed_message_refused")
    receipt = ada.post("/erasure", ada.sign("erase")).json()
    assert receipt["finished_at"] is not None
    assert http.get(f"/v1/erasures/{receipt['erasure_id']}").json() == receipt
    problem(http.get("/v1/erasures/erasure_" + "a" * 26), 404, "erasure_not_found")
    problem(ada.get("/records/person"), 401, "unauthorized")
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    for secret in (wrapped, b"Okafor", b"1990-02-28", ADA.address.encode()):
        assert secret not in files
    assert Someone(http, ADA).subject != ada.subject


def test_a_session_that_outlives_its_subject_opens_nothing(ada: Someone, access: Access) -> None:
    from tallystick.identity.vault.erasure import erase

    erase(access.vault, ada.subject)  # as if the process had died before the sessions went
    problem(ada.get(""), 401, "unauthorized")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", ""),
        ("full_name", " \n "),
        ("full_name", "a" * 201),
        ("full_name", "Ada \u202e ecalevoL"),
        ("full_name", "Ada\x00"),
        ("full_name", "\ud800"),
        ("full_name", "Ada\u200b"),
        ("birth_date", "1990-02-30"),
        ("birth_date", "19900228"),
        ("birth_date", "1790-01-01"),
        ("country", "ng"),
        ("nickname", "Ada"),
    ],
)
def test_hostile_values_are_refused(field: str, value: str) -> None:
    with pytest.raises(FieldRefused) as caught:
        clean("person", {field: value})
    assert caught.value.field == field


def test_names_of_the_world_are_kept() -> None:
    for name in ("林黛玉", "Nguy\u1ec5n Th\u1ecb", "O'Brien-Müller", "محمد"):
        assert clean("person", {"full_name": name})["full_name"].decode() == name


def test_no_text_that_was_signed_changes() -> None:
    digests = {
        (purpose.name, text.version): text.digest.hex()[:16]
        for purpose in PURPOSES.values()
        for text in purpose.texts
    }
    assert digests == {
        ("scoring", 1): "bafb30c004453be8",
        ("shop_data", 1): "f7cd6138d44167c0",
        ("device_data", 1): "22ebccd587aa9bf4",
        ("meter_data", 1): "2f47c461a10a350d",
        ("publish_standing", 1): "8edac843bd4a2145",
        ("news", 1): "392f3f389ef653eb",
    }
